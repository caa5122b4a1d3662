//! RFC 9110 section 15.3.7: 206 Partial Content.

use super::with_old_digits;
use crate::client::get_digits;

/// 206 MUST carry what 200 would have carried of these, and the length of the part.
#[test]
fn the_fields_of_200_are_there() {
    let server = with_old_digits();
    let whole = server.get("/video/a.mp4", &[]);
    let part = server.get("/video/a.mp4", &["Range: bytes=2-4"]);
    assert_eq!(part.status, 206);
    let same = [
        "ETag",
        "Cache-Control",
        "Last-Modified",
        "Content-Type",
        "Accept-Ranges",
    ];
    for name in same {
        assert_eq!(part.must(name), whole.must(name), "{name}");
    }
    assert_eq!(part.content_length(), 3);
}

/// `bytes=0-` and `bytes=0-1` are 206 even when they are all of the file: Safari depends on it.
#[test]
fn the_whole_as_a_part_is_206() {
    let server = with_old_digits();
    server.folder().write("two.mp4", "ab");
    for (target, range) in [
        ("/video/a.mp4", "0-"),
        ("/video/a.mp4", "0-1"),
        ("/video/two.mp4", "0-1"),
    ] {
        let reply = server.get(target, &[&format!("Range: bytes={range}")]);
        assert_eq!(reply.status, 206, "{target} {range}");
    }
}

/// The parts that a player asks for one after the other make up the file.
#[test]
fn parts_make_up_the_whole() {
    let server = with_old_digits();
    for step in 1..=10 {
        let mut wire = server.wire();
        let mut whole = Vec::new();
        while whole.len() < 10 {
            let last = whole.len() + step - 1;
            let range = format!("Range: bytes={}-{last}", whole.len());
            wire.send(get_digits(&[&range]));
            whole.extend(wire.reply().body);
        }
        assert_eq!(whole, b"0123456789", "in steps of {step}");
    }
}
