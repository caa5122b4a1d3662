//! RFC 9110 section 14.2: Range, and what bounds the work that it asks for.

use crate::client::get_digits;
use crate::server::Server;

/// A second Range field could be read in two ways.
#[test]
fn a_second_range_field_is_refused() {
    let two = get_digits(&["Range: bytes=0-0", "Range: bytes=1-1"]);
    Server::with_digits(&[]).refuses(400, "duplicate-range", &[two]);
}

/// A server MAY ignore Range: it does so for a field that is too long or names too many ranges.
#[test]
fn too_much_of_it_is_ignored() {
    let server = Server::start(&[], |folder| folder.write("a.mp4", [b'a'; 1000]));
    let spread = |count: usize| {
        let ranges: Vec<String> = (0..count).map(|n| format!("{0}-{0}", n * 5)).collect();
        format!("Range: bytes={}", ranges.join(","))
    };
    assert_eq!(server.get("/video/a.mp4", &[&spread(8)]).status, 206);
    for field in [
        spread(9),
        spread(100),
        format!("Range: bytes={}0-1", "0".repeat(1100)),
    ] {
        let reply = server.get("/video/a.mp4", &[&field]);
        assert_eq!(
            (reply.status, reply.content_length()),
            (200, 1000),
            "{field}"
        );
    }
    let long = format!("Range: bytes=0-1{}", ",".repeat(2000));
    assert_eq!(server.get("/video/a.mp4", &[&long]).status, 200);
}

/// Overlapping ranges are a known attack (section 17.15): never more bytes than the file has.
#[test]
fn overlapping_ranges_do_not_amplify() {
    let server = Server::with_digits(&[]);
    for range in [
        "0-,0-,0-",
        "0-9,0-9",
        "-10,-10,-10",
        "0-5,3-9",
        "0-8,1-9",
        "0-,-1",
    ] {
        let reply = server.get("/video/a.mp4", &[&format!("Range: bytes={range}")]);
        assert!(matches!(reply.status, 200 | 206), "{range}");
        assert_eq!(reply.text(), "0123456789", "{range}");
    }
}

/// Only the methods that it is defined for look at it.
#[test]
fn it_is_for_get_alone() {
    let server = Server::with_digits(&[]);
    assert_eq!(
        server
            .ask("HEAD", "/video/a.mp4", &["Range: bytes=99-"])
            .status,
        200
    );
    assert_eq!(
        server
            .ask("OPTIONS", "/video/a.mp4", &["Range: bytes=99-"])
            .status,
        204
    );
}

/// `--reply-max` caps what a client asks for without an end, and nothing else.
#[test]
fn reply_max_caps_open_ended_ranges() {
    let server = Server::with_digits(&["--reply-max", "4"]);
    let table = [
        ("Range: bytes=0-", 206, "0123"),
        ("Range: bytes=5-", 206, "5678"),
        ("Range: bytes=6-", 206, "6789"),
        ("Range: bytes=8-", 206, "89"),
        ("Range: bytes=1-8", 206, "12345678"),
        ("Range: bytes=-6", 206, "456789"),
        ("Range: bytes=10-", 416, ""),
        ("X: no range", 200, "0123456789"),
    ];
    for (field, status, body) in table {
        let reply = server.get("/video/a.mp4", &[field]);
        assert_eq!(reply.status, status, "{field}");
        if status < 300 {
            assert_eq!(reply.text(), body, "{field}");
        }
    }
    let reply = server.get("/video/a.mp4", &["Range: bytes=5-"]);
    assert_eq!(reply.must("Content-Range"), "bytes 5-8/10");
}

/// The size of `--reply-max` may be given in units of 1024.
#[test]
fn reply_max_has_units() {
    for (size, length) in [("1000", 1000), ("1K", 1024), ("2k", 2048), ("1M", 1 << 20)] {
        let server = Server::start(&["--reply-max", size], |folder| {
            folder.write("a.mp4", vec![b'a'; 2 << 20]);
        });
        let reply = server.get("/video/a.mp4", &["Range: bytes=0-"]);
        assert_eq!(
            (reply.status, reply.content_length()),
            (206, length),
            "{size}"
        );
    }
}
