//! RFC 9110 section 15.5.13: 412 Precondition Failed.

use super::with_old_digits;
use crate::client::get_digits;

/// Nothing of the file is in it, and the connection goes on.
#[test]
fn it_holds_nothing_of_the_file() {
    let server = with_old_digits();
    let mut wire = server.wire();
    wire.send(get_digits(&["If-Match: \"other\""]));
    let reply = wire.reply();
    assert_eq!(reply.status, 412);
    assert!(
        reply.must("Content-Type").starts_with("text/plain"),
        "{reply:?}"
    );
    assert!(!reply.text().contains("0123"), "{reply:?}");
    wire.send(get_digits(&[]));
    assert_eq!(wire.reply().body, b"0123456789");
}
