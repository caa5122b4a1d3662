//! RFC 9112 section 9.6: how a connection ends.

use crate::bytes::clip;
use crate::client::{get_digits, request};
use crate::server::Server;

/// A server that gets `close` MUST close after its reply, and SHOULD say `close` in it.
#[test]
fn close_is_answered_with_close() {
    let server = Server::with_digits(&[]);
    let requests = [
        ("GET", "/video/a.mp4"),
        ("GET", "/video/none"),
        ("OPTIONS", "*"),
        ("GET", "/"),
    ];
    for (method, target) in requests {
        let reply = server.ask(method, target, &[]);
        assert!(reply.closes(), "{method} {target}: {reply:?}");
    }
}

/// The server MUST NOT act on what follows, and closes in stages, so that nothing is lost:
/// bytes which it had not read must not turn the end into a reset.
#[test]
fn the_last_reply_arrives_whole() {
    let large = clip(3, 6_000_000);
    let server = Server::start(&[], |folder| folder.write("large.mp4", &large));
    let mut wire = server.wire();
    wire.send(request("GET", "/video/large.mp4", &["Connection: close"]));
    wire.send(request("GET", "/video/large.mp4", &[]).repeat(200));
    assert!(wire.reply().body == large, "the last body is damaged");
    wire.end();
}

/// The same for a refusal behind which more requests are waiting.
#[test]
fn a_refusal_arrives_whole() {
    let server = Server::with_digits(&[]);
    let more = get_digits(&[]).repeat(500);
    let reply = server.refusal(request("POST", "/video/a.mp4", &[]) + &more);
    assert_eq!(reply.status, 405);
}
