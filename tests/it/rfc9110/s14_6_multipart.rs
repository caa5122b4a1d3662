//! RFC 9110 section 14.6: `multipart/byteranges`.
//!
//! ```text
//! --BOUNDARY CRLF
//! Content-Type: video/mp4 CRLF
//! Content-Range: bytes 0-1/10 CRLF
//! CRLF
//! 01 CRLF
//! --BOUNDARY CRLF … CRLF
//! --BOUNDARY-- CRLF
//! ```

use crate::bytes::clip;
use crate::client::{Reply, get_digits};
use crate::server::Server;

/// The parts of a reply as (first, last, bytes), read as strictly as RFC 2046 allows.
fn parts(reply: &Reply, file_len: usize) -> Vec<(usize, usize, Vec<u8>)> {
    assert_eq!(reply.status, 206);
    assert_eq!(
        reply.field("Content-Range"),
        None,
        "that field belongs to the parts"
    );
    let boundary = reply
        .must("Content-Type")
        .strip_prefix("multipart/byteranges; boundary=")
        .unwrap();
    let boundary = boundary.trim_matches('"');
    assert!((1..=70).contains(&boundary.len()), "{boundary}");
    let delimiter = format!("--{boundary}\r\n");
    let end = format!("--{boundary}--\r\n");

    let mut rest = reply.body.strip_prefix(b"\r\n").unwrap_or(&reply.body);
    let mut parts = Vec::new();
    while rest != end.as_bytes() {
        rest = rest.strip_prefix(delimiter.as_bytes()).expect("a boundary");
        let head_len = rest
            .windows(4)
            .position(|bytes| bytes == b"\r\n\r\n")
            .expect("a part's head");
        let head = str::from_utf8(&rest[..head_len]).unwrap();
        rest = &rest[head_len + 4..];
        let (mut kind, mut range) = (None, None);
        for line in head.split("\r\n") {
            let (name, value) = line.split_once(": ").unwrap();
            match name {
                "Content-Type" => assert!(kind.replace(value).is_none()),
                "Content-Range" => assert!(range.replace(value).is_none()),
                _ => panic!("an unexpected field in a part: {line}"),
            }
        }
        assert_eq!(kind, Some("video/mp4"));
        let range = range.unwrap().strip_prefix("bytes ").unwrap();
        let (range, len) = range.split_once('/').unwrap();
        assert_eq!(len, file_len.to_string());
        let (first, last) = range.split_once('-').unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        let body = rest[..=last - first].to_vec();
        rest = rest[last - first + 1..]
            .strip_prefix(b"\r\n")
            .expect("CRLF after a part");
        parts.push((first, last, body));
    }
    parts.sort();
    parts
}

fn ranges(reply: &Reply, bytes: &[u8]) -> Vec<(usize, usize)> {
    let parts = parts(reply, bytes.len());
    for (first, last, body) in &parts {
        assert!(
            *body == bytes[*first..=*last],
            "the part {first}-{last} is damaged"
        );
    }
    parts
        .into_iter()
        .map(|(first, last, _)| (first, last))
        .collect()
}

/// Several ranges are several parts, each with its own type and Content-Range.
#[test]
fn several_ranges() {
    let server = Server::with_digits(&[]);
    let table: [(&str, &[(usize, usize)]); 9] = [
        ("0-0,9-9", &[(0, 0), (9, 9)]),
        ("0-1,4-5", &[(0, 1), (4, 5)]),
        ("0-1, 4-5", &[(0, 1), (4, 5)]),
        ("0-1 ,\t4-5", &[(0, 1), (4, 5)]),
        (
            "0-0,2-2,4-4,6-6,8-8",
            &[(0, 0), (2, 2), (4, 4), (6, 6), (8, 8)],
        ),
        ("7-,0-2", &[(0, 2), (7, 9)]),
        ("0-2,-2", &[(0, 2), (8, 9)]),
        ("-2,1-1", &[(1, 1), (8, 9)]),
        ("0-0,5-5,99-", &[(0, 0), (5, 5)]),
    ];
    for (set, expected) in table {
        let reply = server.get("/video/a.mp4", &[&format!("Range: bytes={set}")]);
        assert_eq!(ranges(&reply, b"0123456789"), expected, "{set}");
    }
}

/// Ranges that overlap or touch are joined; one that is left is an ordinary 206.
#[test]
fn joined_ranges() {
    let server = Server::with_digits(&[]);
    let table = [
        ("0-3,2-5", "bytes 0-5/10", "012345"),
        ("2-5,0-3", "bytes 0-5/10", "012345"),
        ("0-1,2-3", "bytes 0-3/10", "0123"),
        ("2-3,0-1", "bytes 0-3/10", "0123"),
        ("1-4,2-3", "bytes 1-4/10", "1234"),
        ("0-1,99-", "bytes 0-1/10", "01"),
        ("-0,4-5", "bytes 4-5/10", "45"),
    ];
    for (set, range, body) in table {
        let reply = server.get("/video/a.mp4", &[&format!("Range: bytes={set}")]);
        assert_eq!(reply.must("Content-Range"), range, "{set}");
        assert_eq!(reply.text(), body, "{set}");
        assert_eq!(reply.must("Content-Type"), "video/mp4", "{set}");
    }
    let reply = server.get("/video/a.mp4", &["Range: bytes=0-1,2-3,8-8"]);
    assert_eq!(ranges(&reply, b"0123456789"), [(0, 3), (8, 8)]);
}

/// Large parts, so that boundaries lie between what one write can take.
#[test]
fn large_parts_have_an_exact_length() {
    let bytes = clip(5, 6_000_000);
    let server = Server::start(&[], |folder| folder.write("a.mp4", &bytes));
    let set = "Range: bytes=-1,4000000-4999999,10-2000000,3000000-3000000";
    let mut wire = server.wire();
    for _ in 0..2 {
        wire.send(get_digits(&[set]));
        let expected = [
            (10, 2_000_000),
            (3_000_000, 3_000_000),
            (4_000_000, 4_999_999),
            (5_999_999, 5_999_999),
        ];
        assert_eq!(ranges(&wire.reply(), &bytes), expected);
    }
    // The connection lives on behind it: the length was exact.
    wire.send(get_digits(&["Range: bytes=7-7"]));
    assert_eq!(wire.reply().body, &bytes[7..8]);
}

/// The validators and the caching rule are those of the file.
#[test]
fn the_fields_of_the_file_are_there() {
    let server = Server::with_digits(&[]);
    let whole = server.get("/video/a.mp4", &[]);
    let several = server.get("/video/a.mp4", &["Range: bytes=0-0,9-9"]);
    for name in ["ETag", "Last-Modified", "Cache-Control", "Accept-Ranges"] {
        assert_eq!(several.must(name), whole.must(name), "{name}");
    }
}
