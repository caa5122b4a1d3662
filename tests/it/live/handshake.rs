//! Who may have a socket, where, and what the others are told.

use crate::client::{Reply, request};
use crate::server::Server;
use crate::socket::{Page, UPGRADE, frame, take_frame, upgrade};

const HERE: &str = "/_/live?session=a";

#[track_caller]
fn refused(reply: &Reply, status: u16, why: &str) {
    assert_eq!(reply.status, status, "{reply:?}");
    assert!(reply.text().contains(why), "{reply:?}");
}

/// The four fields without one of them, or with another in its place.
fn with(old: &str, new: &[&str]) -> String {
    let kept = UPGRADE.iter().filter(|field| !field.starts_with(old));
    let fields: Vec<&str> = kept.chain(new).copied().collect();
    request("GET", HERE, &fields)
}

/// The example of RFC 6455 1.3, and what the server says first.
#[test]
fn accepted() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    wire.send(upgrade(HERE, &[]));
    let reply = wire.head();
    assert_eq!(reply.status, 101);
    assert_eq!(
        reply.must("Sec-WebSocket-Accept"),
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    );
    assert!(reply.lists("Upgrade", "websocket") && reply.lists("Connection", "Upgrade"));
    assert_eq!(reply.field("Sec-WebSocket-Extensions"), None);
    assert_eq!(reply.field("Sec-WebSocket-Protocol"), None);
    let (first, text) = take_frame(&mut wire);
    assert_eq!(first, 0x81);
    let hello = format!(
        "{{\"type\":\"hello\",\"session\":\"a\",\"server\":\"reeld {}\",\"sees\":\"all\"}}",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(String::from_utf8(text).unwrap(), hello);
}

/// Field values in any case and in lists, as browsers and proxies write them; offers of extensions
/// and subprotocols are not taken up.
#[test]
fn accepted_in_other_words() {
    let server = Server::with_digits(&[]);
    for asked in [
        with("Upgrade", &["upgrade: WebSocket"]),
        with("Connection", &["Connection: keep-alive, UPGRADE"]),
        with("Upgrade", &["Upgrade: h2c, websocket"]),
        upgrade(HERE, &["Sec-WebSocket-Extensions: permessage-deflate"]),
        upgrade(HERE, &["Sec-WebSocket-Protocol: chat"]),
        upgrade("/?session=a", &[]),
        upgrade("/?v=1&session=A-z_0.9", &[]),
        upgrade(&format!("/?session={}", "x".repeat(64)), &[]),
    ] {
        let mut wire = server.wire();
        wire.send(&asked);
        let reply = wire.head();
        assert_eq!(reply.status, 101, "{asked} gave {reply:?}");
        assert_eq!(reply.field("Sec-WebSocket-Extensions"), None);
        assert_eq!(reply.field("Sec-WebSocket-Protocol"), None);
    }
}

/// Frames that come in one packet with the request are not lost.
#[test]
fn frames_with_the_request() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    let mut bytes = upgrade(HERE, &[]).into_bytes();
    bytes.extend(frame(0x89, "early"));
    wire.send(bytes);
    assert_eq!(wire.head().status, 101);
    assert_eq!(take_frame(&mut wire).0, 0x81);
    assert_eq!(take_frame(&mut wire), (0x8A, b"early".to_vec()));
}

/// A connection that has served a video may become a socket, also behind requests in a pipeline.
#[test]
fn behind_other_requests() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    wire.send(request("GET", "/video/a.mp4", &[]) + &upgrade(HERE, &[]));
    assert_eq!(wire.reply().text(), "0123456789");
    assert_eq!(wire.head().status, 101);
    assert_eq!(take_frame(&mut wire).0, 0x81);
}

/// A version that is not spoken: which one is (RFC 6455 4.4, RFC 9110 15.5.22).
#[test]
fn another_version() {
    let server = Server::with_digits(&[]);
    for asked in [
        with("Sec-WebSocket-Version", &["Sec-WebSocket-Version: 8"]),
        with("Sec-WebSocket-Version", &[]),
        upgrade(HERE, &["Sec-WebSocket-Version: 8"]),
    ] {
        let reply = server.answer(asked);
        refused(&reply, 426, "websocket-version");
        assert_eq!(reply.must("Sec-WebSocket-Version"), "13");
        assert_eq!(reply.must("Upgrade"), "websocket");
        assert!(reply.lists("Connection", "Upgrade"), "{reply:?}");
    }
    let leaving = with("Sec-WebSocket-Version", &["Connection: close"]);
    let reply = server.answer(leaving);
    assert!(
        reply.closes() && reply.lists("Connection", "Upgrade"),
        "{reply:?}"
    );
}

/// What is no handshake.
#[test]
fn bad_requests() {
    let server = Server::with_digits(&[]);
    for (asked, why) in [
        (with("Upgrade", &[]), "not-websocket"),
        (with("Upgrade", &["Upgrade: h2c"]), "not-websocket"),
        (with("Connection", &[]), "upgrade-not-in-connection"),
        (with("Sec-WebSocket-Key", &[]), "websocket-key"),
        (
            with("Sec-WebSocket-Key", &["Sec-WebSocket-Key: c2hvcnQ="]),
            "websocket-key",
        ),
        (
            upgrade(HERE, &["Content-Length: 2"]) + "ab",
            "upgrade-with-body",
        ),
        (
            upgrade(HERE, &[]).replace("HTTP/1.1", "HTTP/1.0"),
            "upgrade-too-old",
        ),
        (request("GET", HERE, &[]), "not-websocket"),
    ] {
        let reply = server.answer(&asked);
        assert!(reply.text().contains(why), "{asked} gave {reply:?}");
        refused(&reply, 400, why);
    }
    let mut wire = server.wire();
    wire.send(upgrade(HERE, &[]).replace("GET", "HEAD"));
    assert_eq!(wire.head().status, 400);
}

/// A session has a name of at most 64 of a few characters.
#[test]
fn bad_sessions() {
    let server = Server::with_digits(&[]);
    let long = format!("/_/live?session={}", "x".repeat(65));
    for target in [
        "/_/live",
        "/_/live?",
        "/_/live?session",
        "/_/live?session=",
        "/_/live?session=a%20b",
        "/_/live?session=a/b",
        "/_/live?sessions=a",
        "/?session=%61",
        "/",
        &long,
    ] {
        refused(&server.answer(upgrade(target, &[])), 400, "bad-session");
    }
}

/// Without an upgrade `/` is the page as ever, and elsewhere there is no socket.
#[test]
fn only_where_it_is_served() {
    let server = Server::with_digits(&[]);
    assert_eq!(server.get("/?session=a", &[]).status, 200);
    assert_eq!(server.answer(upgrade("/none?session=a", &[])).status, 404);
    let reply = server.answer(upgrade("/video/a.mp4?session=a", &[]));
    assert_eq!(
        reply.text(),
        "0123456789",
        "what cannot be upgraded is served"
    );
}

/// A page of somebody else's may not listen in, unless `--cors` lets it.
#[test]
fn origins() {
    const FOREIGN: [&str; 5] = [
        "Origin: http://a.test",
        "Origin: https://a.test",
        "Origin: null",
        "Origin: http://reeld.test:81",
        "Origin: http://reeld.test.a.test",
    ];
    let server = Server::with_digits(&[]);
    for origin in FOREIGN {
        refused(
            &server.answer(upgrade(HERE, &[origin])),
            403,
            "foreign-origin",
        );
    }
    // The same host, by either scheme: TLS may end in front of us.
    let own = ["Origin: http://reeld.test", "Origin: https://REELD.test"];
    let open = |server: &Server, origin: &str| {
        let mut wire = server.wire();
        wire.send(upgrade(HERE, &[origin]));
        wire.head().status
    };
    for origin in own {
        assert_eq!(open(&server, origin), 101, "{origin}");
    }
    let server = Server::with_digits(&["--cors", "*"]);
    for origin in FOREIGN.iter().chain(&own) {
        assert_eq!(open(&server, origin), 101, "{origin}");
    }
    let server = Server::with_digits(&["--cors", "http://a.test"]);
    assert_eq!(open(&server, "Origin: http://a.test"), 101);
    assert_eq!(open(&server, own[0]), 101);
    let reply = server.answer(upgrade(HERE, &["Origin: http://b.test"]));
    refused(&reply, 403, "foreign-origin");
    assert_eq!(
        open(&server, "X-Origin: none"),
        101,
        "who is no browser has none"
    );
}

/// Who knows nothing but a port gets its socket there, on every address that is listened at.
#[test]
fn on_a_second_address() {
    let server = Server::with_digits(&["-b", "127.0.0.1:0"]);
    let addresses = server.addresses();
    assert_eq!(addresses.len(), 2, "{addresses:?}");
    for address in addresses {
        let origin = format!("http://{address}");
        let page = Page::open_at(address, "/?session=a", &[("Origin", &origin)]);
        assert_eq!(page.hello.at("session").text(), "a");
        page.close();
    }
}
