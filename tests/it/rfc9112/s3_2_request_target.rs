//! RFC 9112 section 3.2: the four forms of a target, and the Host that goes with it.

use crate::client::request;
use crate::server::Server;

/// 3.2.1, origin-form: a path that begins with a slash, and perhaps a query.
#[test]
fn origin_form() {
    let server = Server::with_digits(&[]);
    for target in ["/video/a.mp4", "/video/a.mp4?", "/video/a.mp4?a=b&c=/d?e"] {
        assert_eq!(server.get(target, &[]).status, 200, "{target}");
    }
    let get = |target: &str| request("GET", target, &[]);
    server.refuses(
        400,
        "bad-target",
        &["video/a.mp4", "?", "/video/%zz.mp4"].map(get),
    );
    let odd = ["/video/a\u{1}.mp4", "/video/a\u{7f}.mp4"];
    server.refuses(400, "control-byte", &odd.map(get));
}

/// 3.2.2, absolute-form: a server MUST accept it, and MUST then ignore the Host field's value.
#[test]
fn absolute_form() {
    let server = Server::with_digits(&[]);
    let targets = [
        "http://reeld.test/video/a.mp4",
        "http://other.test:8080/video/a.mp4?v=1",
        "HTTP://[::1]:80/video/a.mp4",
        "http://127.0.0.1/video/a.mp4",
    ];
    for target in targets {
        assert_eq!(
            server.get(target, &["Range: bytes=3-3"]).body,
            b"3",
            "{target}"
        );
    }
    for target in [
        "http://reeld.test",
        "http://reeld.test/",
        "http://reeld.test?x",
    ] {
        assert!(server.get(target, &[]).text().contains("<html"), "{target}");
    }
    assert_eq!(
        server
            .answer("GET http://a/video/a.mp4 HTTP/1.1\r\nHost: b\r\n\r\n")
            .status,
        200
    );
    let reply = server.refusal("GET http:///video/a.mp4 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(reply.status, 400);
    let reply = server.refusal("GET http://a/video/a.mp4 HTTP/1.1\r\n\r\n");
    assert!(reply.text().contains("missing-host"), "{reply:?}");
}

/// 3.2.3, authority-form: for CONNECT alone.
#[test]
fn authority_form() {
    let reply = Server::with_digits(&[]).refusal(request("GET", "reeld.test:80", &[]));
    assert_eq!(reply.status, 400);
}

/// 3.2.4, asterisk-form: for OPTIONS alone.
#[test]
fn asterisk_form() {
    let server = Server::with_digits(&[]);
    assert_eq!(server.ask("OPTIONS", "*", &[]).status, 204);
    server.refuses(400, "bad-target", &[request("GET", "*", &[])]);
}

/// 3.2: a request of HTTP/1.1 without Host, with two of them or with an invalid one MUST be 400.
#[test]
fn host_is_there_once_and_valid() {
    let get = |hosts: &str| format!("GET /video/a.mp4 HTTP/1.1\r\n{hosts}\r\n");
    let server = Server::with_digits(&[]);
    server.refuses(400, "missing-host", &["", "X-Host: a\r\n"].map(get));
    let two = ["Host: a\r\nHost: b\r\n", "Host: a\r\nhost: a\r\n"];
    server.refuses(400, "second-host", &two.map(get));
    for host in ["a b", "a/b", "user@a", "a:80:80", "a:8o", "[::1", "a?b"] {
        server.refuses(400, "bad-host", &[get(&format!("Host: {host}\r\n"))]);
    }
    let hosts = [
        "a",
        "a:80",
        "a:",
        "127.0.0.1:8080",
        "[::1]",
        "[fe80::1]:8080",
        "xn--bcher-kva.example",
        "",
    ];
    for host in hosts {
        assert_eq!(
            server.answer(get(&format!("Host: {host}\r\n"))).status,
            200,
            "{host}"
        );
    }
}

/// HTTP/1.0 knew no Host; two of them are as wrong there.
#[test]
fn host_in_http_1_0() {
    let server = Server::with_digits(&[]);
    assert_eq!(
        server.answer("GET /video/a.mp4 HTTP/1.0\r\n\r\n").status,
        200
    );
    let two = "GET /video/a.mp4 HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n";
    server.refuses(400, "second-host", &[two]);
}
