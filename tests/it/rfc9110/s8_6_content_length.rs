//! RFC 9110 section 8.6: Content-Length.

use crate::client::get_digits;
use crate::server::Server;

/// MUST NOT be in 1xx and 204 (checked for every reply); to HEAD it is that of GET or not there.
#[test]
fn the_length_of_head_is_the_length_of_get() {
    let server = Server::start(&[], |folder| {
        folder.write("empty.mp4", "");
        folder.write("a.mp4", "0123456789");
    });
    for (target, length) in [("/video/empty.mp4", 0), ("/video/a.mp4", 10)] {
        assert_eq!(server.get(target, &[]).content_length(), length);
        assert_eq!(server.ask("HEAD", target, &[]).content_length(), length);
    }
}

/// In 304 it MUST be the length that 200 would have had, if it is there.
#[test]
fn the_length_of_304() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    wire.send(get_digits(&["If-None-Match: *"]));
    let reply = wire.reply();
    assert_eq!(reply.status, 304);
    assert!(
        matches!(reply.field("Content-Length"), None | Some("10")),
        "{reply:?}"
    );
}
