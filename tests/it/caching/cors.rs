//! `--cors`: what other sites may read (the Fetch standard's CORS protocol).

use crate::client::{Reply, request};
use crate::server::Server;

const EXPOSED: &str = "Content-Range, Content-Length, Accept-Ranges, ETag";

/// Replies of every kind, success or not; a player on another site has to see why it failed.
fn replies(server: &Server, origin: &str) -> Vec<Reply> {
    let origin = format!("Origin: {origin}");
    let with = |field| [origin.as_str(), field];
    vec![
        server.get("/video/a.mp4", &[&origin]),
        server.get("/video/a.mp4", &with("Range: bytes=0-0")),
        server.get("/video/a.mp4", &with("Range: bytes=0-0,5-5")),
        server.get("/video/a.mp4", &with("If-None-Match: *")),
        server.get("/video/a.mp4", &with("If-Match: \"other\"")),
        server.get("/video/a.mp4", &with("Range: bytes=99-")),
        server.get("/video/none.mp4", &[&origin]),
        server.get("/library.json", &[&origin]),
        server.ask("HEAD", "/video/a.mp4", &[&origin]),
        server.refusal(request("POST", "/video/a.mp4", &[&origin])),
        server.refusal(request("GET", "/video/%zz", &[&origin])),
    ]
}

/// Without the option no reply says anything about origins.
#[test]
fn off() {
    for reply in replies(&Server::with_digits(&[]), "http://a.test") {
        for name in [
            "Access-Control-Allow-Origin",
            "Access-Control-Expose-Headers",
        ] {
            assert_eq!(reply.field(name), None, "{reply:?}");
        }
    }
}

/// With `*` every reply may be read by everybody.
#[test]
fn every_origin() {
    let server = Server::with_digits(&["--cors", "*"]);
    for reply in replies(&server, "http://a.test") {
        assert_eq!(reply.must("Access-Control-Allow-Origin"), "*", "{reply:?}");
        assert_eq!(
            reply.must("Access-Control-Expose-Headers"),
            EXPOSED,
            "{reply:?}"
        );
    }
    assert_eq!(
        server
            .get("/video/a.mp4", &[])
            .must("Access-Control-Allow-Origin"),
        "*"
    );
    // Not even the head was understood, and yet the reason can be read.
    let reply = server.refusal("GET /video/a.mp4 HTTP/1.1\r\nHost : a\r\n\r\n");
    assert_eq!(reply.must("Access-Control-Allow-Origin"), "*");
}

/// With a list an origin of the list is named, and caches are told to keep origins apart.
#[test]
fn listed_origins() {
    let server = Server::with_digits(&["--cors", "http://a.test", "--cors", "https://b.test:8443"]);
    for origin in ["http://a.test", "https://b.test:8443"] {
        for reply in replies(&server, origin) {
            assert_eq!(
                reply.must("Access-Control-Allow-Origin"),
                origin,
                "{reply:?}"
            );
            assert!(reply.lists("Vary", "Origin"), "{reply:?}");
            assert_eq!(
                reply.must("Access-Control-Expose-Headers"),
                EXPOSED,
                "{reply:?}"
            );
        }
    }
}

/// With a list an origin that is not on it is not allowed, however close it is.
#[test]
fn other_origins() {
    let server = Server::with_digits(&["--cors", "http://a.test"]);
    let others = [
        "http://b.test",
        "https://a.test",
        "http://a.test:8080",
        "http://a.test.b.test",
        "http://xa.test",
        "http://a.tes",
        "null",
        "*",
        "",
    ];
    for origin in others {
        let reply = server.get("/video/a.mp4", &[&format!("Origin: {origin}")]);
        assert_eq!((reply.status, reply.text()), (200, "0123456789"));
        assert_eq!(reply.field("Access-Control-Allow-Origin"), None, "{origin}");
        assert!(reply.lists("Vary", "Origin"), "{origin}: {reply:?}");
    }
    let reply = server.get("/video/a.mp4", &[]);
    assert_eq!(reply.field("Access-Control-Allow-Origin"), None);
    assert!(reply.lists("Vary", "Origin"), "{reply:?}");
}

/// A browser asks before it sends Range or a precondition to another site.
#[test]
fn preflight() {
    let ask = [
        "Access-Control-Request-Method: GET",
        "Access-Control-Request-Headers: range",
    ];
    for (cors, allowed) in [("*", "*"), ("http://a.test", "http://a.test")] {
        let server = Server::with_digits(&["--cors", cors]);
        for target in ["/video/a.mp4", "/library.json"] {
            let reply = server.ask(
                "OPTIONS",
                target,
                &["Origin: http://a.test", ask[0], ask[1]],
            );
            assert_eq!(reply.status, 204);
            assert_eq!(reply.must("Access-Control-Allow-Origin"), allowed);
            assert_eq!(
                reply.must("Access-Control-Allow-Methods"),
                "GET, HEAD, OPTIONS"
            );
            assert_eq!(
                reply.must("Access-Control-Allow-Headers"),
                "Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since"
            );
            assert_eq!(reply.must("Access-Control-Max-Age"), "86400");
        }
    }
    let server = Server::with_digits(&["--cors", "http://a.test"]);
    let reply = server.ask(
        "OPTIONS",
        "/video/a.mp4",
        &["Origin: http://b.test", ask[0]],
    );
    assert_eq!(
        reply.field("Access-Control-Allow-Origin"),
        None,
        "{reply:?}"
    );
    let server = Server::with_digits(&[]);
    let reply = server.ask(
        "OPTIONS",
        "/video/a.mp4",
        &["Origin: http://b.test", ask[0]],
    );
    assert_eq!(
        reply.field("Access-Control-Allow-Methods"),
        None,
        "{reply:?}"
    );
}
