//! RFC 9112 section 6.3: where a message ends.

use crate::client::{get_digits, request};
use crate::server::Server;

/// A request without either field has no body: the next byte is the next request.
#[test]
fn no_framing_is_no_body() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    wire.send(get_digits(&["Content-Type: text/plain"]).repeat(3));
    for _ in 0..3 {
        assert_eq!(wire.reply().status, 200);
    }
}

/// A body is as long as its length says, to the byte.
#[test]
fn a_length_is_exact() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    for len in [1, 2, 3, 255, 4096, 40_000] {
        let field = format!("Content-Length: {len}");
        wire.send(get_digits(&[&field]) + &"G".repeat(len));
        wire.send(get_digits(&["Range: bytes=4-4"]));
        assert_eq!(wire.reply().status, 200, "{len}");
        assert_eq!(wire.reply().body, b"4", "{len}");
    }
}

/// A client that goes away before its body is complete is owed no answer to it.
#[test]
fn a_body_that_ends_early() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    wire.send(get_digits(&["Content-Length: 10"]) + "abc");
    wire.finish_sending();
    let rest = wire.rest();
    assert!(
        rest.is_empty() || rest.starts_with(b"HTTP/1.1 400 "),
        "{}",
        rest.escape_ascii()
    );
}

/// Replies that never have a body: to HEAD, 1xx, 204 and 304.
#[test]
fn replies_without_a_body() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    wire.send(request("HEAD", "/video/a.mp4", &[]));
    assert_eq!(wire.head().content_length(), 10);
    wire.send(request("HEAD", "/video/none.mp4", &[]));
    assert_eq!(wire.head().status, 404);
    wire.send(request("OPTIONS", "/", &[]));
    assert_eq!(wire.head().status, 204);
    wire.send(get_digits(&["If-None-Match: *"]));
    assert_eq!(wire.head().status, 304);
    wire.send(get_digits(&["Connection: close"]));
    assert_eq!(wire.reply().body, b"0123456789");
    wire.end();
}
