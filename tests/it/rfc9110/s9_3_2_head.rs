//! RFC 9110 section 9.3.2: HEAD is GET without the body.

use crate::server::Server;

/// The server SHOULD send the same fields as to GET; here it always does.
#[test]
fn the_fields_are_those_of_get() {
    let server = Server::with_digits(&[]);
    let targets = [
        "/",
        "/library.json",
        "/_/page.css",
        "/_/page.js",
        "/favicon.ico",
        "/video/a.mp4",
        "/video/a.mp4?v=old",
        "/video/none.mp4",
        "/none",
    ];
    for target in targets {
        let (get, head) = (server.get(target, &[]), server.ask("HEAD", target, &[]));
        assert_eq!(get.status, head.status, "{target}");
        assert_eq!(get.lasting_fields(), head.lasting_fields(), "{target}");
    }
}

/// Range is defined for GET only (section 14.2): HEAD gets the head of the whole file.
#[test]
fn range_is_ignored() {
    let server = Server::with_digits(&[]);
    for range in [
        "Range: bytes=0-1",
        "Range: bytes=99-",
        "Range: bytes=0-0,5-5",
    ] {
        let reply = server.ask("HEAD", "/video/a.mp4", &[range]);
        assert_eq!((reply.status, reply.content_length()), (200, 10), "{range}");
        assert_eq!(reply.field("Content-Range"), None);
    }
}

/// Preconditions hold for HEAD as for GET.
#[test]
fn preconditions_are_evaluated() {
    let server = Server::with_digits(&[]);
    let status = |field| server.ask("HEAD", "/video/a.mp4", &[field]).status;
    assert_eq!(status("If-None-Match: *"), 304);
    assert_eq!(status("If-None-Match: \"other\""), 200);
    assert_eq!(status("If-Match: \"other\""), 412);
}
