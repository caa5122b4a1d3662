//! RFC 9110 section 15.4.5: 304 Not Modified.

use super::with_old_digits;
use crate::client::get_digits;

/// 304 MUST carry what 200 would have carried of Cache-Control, ETag, Date and Vary.
#[test]
fn the_fields_that_caches_need_are_there() {
    let server = with_old_digits();
    for target in ["/video/a.mp4", "/library.json", "/"] {
        let whole = server.get(target, &[]);
        let Some(tag) = whole.field("ETag") else {
            continue;
        };
        let reply = server.get(target, &[&format!("If-None-Match: {tag}")]);
        assert_eq!(reply.status, 304, "{target}");
        for name in ["Cache-Control", "ETag", "Vary"] {
            assert_eq!(reply.field(name), whole.field(name), "{target}: {name}");
        }
        assert_eq!(reply.field("Content-Range"), None);
    }
}

/// It ends with its head: the next reply follows directly.
#[test]
fn it_has_no_body() {
    let server = with_old_digits();
    let mut wire = server.wire();
    wire.send(get_digits(&["If-None-Match: *"]).repeat(3));
    wire.send(get_digits(&[]));
    for _ in 0..3 {
        assert_eq!(wire.reply().status, 304);
    }
    assert_eq!(wire.reply().body, b"0123456789");
}
