//! RFC 9110 section 9.3.7: OPTIONS.

use crate::client::request;
use crate::server::Server;

/// The reply tells what the server allows, for one resource or with `*` for all of it.
#[test]
fn it_tells_what_is_allowed() {
    let server = Server::with_digits(&[]);
    for target in ["*", "/", "/video/a.mp4", "/library.json"] {
        let reply = server.ask("OPTIONS", target, &[]);
        assert_eq!(reply.status, 204, "{target}");
        assert_eq!(reply.must("Allow"), "GET, HEAD, OPTIONS", "{target}");
    }
}

/// It opens nothing, judges nothing and keeps the connection.
#[test]
fn it_is_no_get() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    for field in [
        "Range: bytes=99-",
        "If-Match: \"other\"",
        "If-None-Match: *",
    ] {
        wire.send(request("OPTIONS", "/video/a.mp4", &[field]));
        assert_eq!(wire.reply().status, 204, "{field}");
    }
}
