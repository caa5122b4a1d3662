//! RFC 9110 section 14.4: Content-Range, `bytes first-last/length`, both ends inclusive.

use crate::bytes::clip;
use crate::server::Server;

/// It names exactly what the body holds.
#[test]
fn it_names_what_the_body_holds() {
    let bytes = clip(4, 300_000);
    let server = Server::start(&[], |folder| folder.write("a.mp4", &bytes));
    let positions = [
        0, 1, 4095, 4096, 4097, 65_535, 65_536, 262_143, 262_144, 299_999,
    ];
    for first in positions {
        for last in positions.into_iter().filter(|last| *last >= first) {
            let reply = server.get("/video/a.mp4", &[&format!("Range: bytes={first}-{last}")]);
            assert_eq!(
                reply.must("Content-Range"),
                format!("bytes {first}-{last}/300000")
            );
            assert!(reply.body == bytes[first..=last], "damaged: {first}-{last}");
        }
    }
}

/// It is in 206 with one part and in 416, and nowhere else.
#[test]
fn it_is_nowhere_else() {
    let server = Server::with_digits(&[]);
    let table: [(&[&str], u16); 5] = [
        (&[], 200),
        (&["Range: x"], 200),
        (&["Range: bytes=0-0,5-5"], 206),
        (&["Range: bytes=0-0", "If-None-Match: *"], 304),
        (&["Range: bytes=0-0", "If-Match: \"a\""], 412),
    ];
    for (fields, status) in table {
        let reply = server.get("/video/a.mp4", fields);
        assert_eq!(reply.status, status, "{fields:?}");
        assert_eq!(reply.field("Content-Range"), None, "{fields:?}");
    }
}
