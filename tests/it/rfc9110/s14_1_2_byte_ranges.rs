//! RFC 9110 section 14.1.2: byte ranges, `a-b`, `a-` and `-n`, of a file of ten digits.

use crate::client::get_digits;
use crate::server::Server;

const LARGE: &str = "99999999999999999999999999999999999999";

/// Each form, with the part that it means.
#[test]
fn every_form_that_means_a_part() {
    let server = Server::with_digits(&[]);
    let table = [
        ("bytes=0-0", "0-0"),
        ("bytes=0-1", "0-1"),
        ("bytes=0-9", "0-9"),
        ("bytes=0-", "0-9"),
        ("bytes=9-", "9-9"),
        ("bytes=5-", "5-9"),
        ("bytes=3-7", "3-7"),
        ("bytes=003-0007", "3-7"),
        ("bytes=9-9", "9-9"),
        // The last position is clamped to the end.
        ("bytes=0-10", "0-9"),
        ("bytes=8-999", "8-9"),
        ("bytes=9-18446744073709551615", "9-9"),
        ("bytes=9-18446744073709551616", "9-9"),
        ("bytes=0-9223372036854775807", "0-9"),
        (&format!("bytes=2-{LARGE}"), "2-9"),
        // A suffix that is longer than the file is all of it.
        ("bytes=-1", "9-9"),
        ("bytes=-3", "7-9"),
        ("bytes=-10", "0-9"),
        ("bytes=-11", "0-9"),
        ("bytes=-18446744073709551616", "0-9"),
        (&format!("bytes=-{LARGE}"), "0-9"),
        // The unit is case-insensitive, and a list may have empty members and spaces.
        ("Bytes=1-2", "1-2"),
        ("BYTES=-2", "8-9"),
        ("bytes=1-2,", "1-2"),
        ("bytes=,1-2", "1-2"),
        ("bytes=, ,1-2 , ,", "1-2"),
    ];
    for (range, part) in table {
        let reply = server.get("/video/a.mp4", &[&format!("Range: {range}")]);
        let (first, last) = part.split_once('-').unwrap();
        let body = &b"0123456789"[first.parse().unwrap()..=last.parse().unwrap()];
        assert_eq!(reply.status, 206, "{range}");
        assert_eq!(
            reply.must("Content-Range"),
            format!("bytes {part}/10"),
            "{range}"
        );
        assert_eq!(reply.body, body, "{range}");
    }
}

/// A field that is no valid set of byte ranges is ignored: the whole file.
#[test]
fn every_form_that_is_ignored() {
    let server = Server::with_digits(&[]);
    let ranges = [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=1",
        "bytes=5-2",
        "bytes=a-b",
        "bytes=1-b",
        "bytes=a-2",
        "bytes=0x1-2",
        "bytes=--1",
        "bytes=1--2",
        "bytes=1-2-3",
        "bytes=+1-2",
        "bytes=-+1",
        "bytes=1.0-2",
        "bytes=1 - 2",
        "bytes=1- 2",
        "bytes==1-2",
        "bytes:1-2",
        "bytes 1-2",
        "bytes=1-2x",
        "bytes=1-2;3-4",
        "bytes=1-2,x",
        "bytes=x,1-2",
        "bytes=1-2,5-4",
        "bytes=1-2/10",
        "bytes=\u{661}-\u{662}",
        "=1-2",
        "1-2",
        "items=1-2",
        "byte=1-2",
        "bytess=1-2",
        "none",
    ];
    for range in ranges {
        let reply = server.get("/video/a.mp4", &[&format!("Range: {range}")]);
        assert_eq!(
            (reply.status, reply.text()),
            (200, "0123456789"),
            "{range:?}"
        );
        assert_eq!(reply.field("Content-Range"), None, "{range:?}");
    }
}

/// A set that is valid and meets no byte cannot be satisfied.
#[test]
fn every_form_that_cannot_be_satisfied() {
    let server = Server::with_digits(&[]);
    let ranges = [
        "bytes=10-",
        "bytes=10-10",
        "bytes=10-20",
        "bytes=-0",
        "bytes=18446744073709551615-",
        "bytes=18446744073709551616-",
        "bytes=18446744073709551616-18446744073709551617",
        "bytes=10-,-0",
        "bytes=11-12,13-14,15-",
        &format!("bytes={LARGE}-"),
        &format!("bytes={LARGE}-{LARGE}"),
    ];
    for range in ranges {
        let reply = server.get("/video/a.mp4", &[&format!("Range: {range}")]);
        assert_eq!(reply.status, 416, "{range}");
        assert_eq!(reply.must("Content-Range"), "bytes */10", "{range}");
    }
}

/// Every pair of positions of a small file, against the slice that it means.
#[test]
fn every_pair_of_positions() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    for first in 0..12 {
        for last in first..12 {
            let range = format!("Range: bytes={first}-{last}");
            wire.send(get_digits(&[&range]));
            let reply = wire.reply();
            if first < 10 {
                let end = last.min(9);
                assert_eq!(reply.body, &b"0123456789"[first..=end], "{range}");
                assert_eq!(
                    reply.must("Content-Range"),
                    format!("bytes {first}-{end}/10")
                );
            } else {
                assert_eq!(reply.status, 416, "{range}");
            }
        }
    }
}

/// An empty file has no byte that a range could meet: it is sent as it is, with 200.
#[test]
fn an_empty_file_is_whole() {
    let server = Server::start(&[], |folder| folder.write("empty.mp4", ""));
    for range in [
        "bytes=0-",
        "bytes=0-0",
        "bytes=5-9",
        "bytes=-5",
        "bytes=0-0,-1",
    ] {
        let reply = server.get("/video/empty.mp4", &[&format!("Range: {range}")]);
        assert_eq!((reply.status, reply.content_length()), (200, 0), "{range}");
        assert_eq!(reply.field("Content-Range"), None, "{range}");
    }
}
