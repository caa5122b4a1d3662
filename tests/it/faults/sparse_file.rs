//! A file of 8 GiB, sparse, with marks where 32 bits end: positions are 64 bits wide everywhere.

use std::os::unix::fs::FileExt;

use crate::client::request;
use crate::server::Server;

const LEN: u64 = 8 << 30;
/// Where a mark begins, around every power of two at which a number could wrap.
const MARKS: [u64; 6] = [
    0,
    (2 << 30) - 8,
    (4 << 30) - 8,
    (4 << 30) + 4096,
    6 << 30,
    LEN - 16,
];
const MARK: &[u8; 16] = b"<a mark: 16 B..>";

fn start(args: &[&str]) -> Server {
    Server::start(args, |folder| {
        folder.write("huge.mp4", "");
        let file = folder.open("huge.mp4");
        file.set_len(LEN).unwrap();
        for mark in MARKS {
            file.write_all_at(MARK, mark).unwrap();
        }
    })
}

/// The length is told in full, and a range finds each mark, whatever way the file is mapped.
#[test]
fn ranges_beyond_4_gib() {
    for args in [&[][..], &["--limit", "map_window_bytes=65536"]] {
        let server = start(args);
        assert_eq!(
            server.ask("HEAD", "/video/huge.mp4", &[]).content_length(),
            LEN
        );
        let mut wire = server.wire();
        for mark in MARKS {
            let last = mark + 15;
            wire.send(request(
                "GET",
                "/video/huge.mp4",
                &[&format!("Range: bytes={mark}-{last}")],
            ));
            let reply = wire.reply();
            assert_eq!(
                reply.must("Content-Range"),
                format!("bytes {mark}-{last}/{LEN}")
            );
            assert_eq!(reply.body, MARK, "{mark}");
        }
        wire.send(request("GET", "/video/huge.mp4", &["Range: bytes=-16"]));
        assert_eq!(wire.reply().body, MARK);
        wire.send(request(
            "GET",
            "/video/huge.mp4",
            &[&format!("Range: bytes={}-", LEN - 16)],
        ));
        assert_eq!(wire.reply().body, MARK);
        wire.send(request(
            "GET",
            "/video/huge.mp4",
            &[&format!("Range: bytes={LEN}-")],
        ));
        assert_eq!(wire.reply().must("Content-Range"), format!("bytes */{LEN}"));
    }
}

/// Megabytes across the place where 32 bits end.
#[test]
fn a_range_across_4_gib() {
    for args in [&[][..], &["--limit", "map_window_bytes=65536"]] {
        let server = start(args);
        let (first, len) = ((4 << 30) - 3_000_008, 6_000_000);
        let range = format!("Range: bytes={first}-{}", first + len - 1);
        let reply = server.get("/video/huge.mp4", &[&range]);
        assert_eq!(reply.content_length(), len);
        let mut expected = vec![0; 6_000_000];
        expected[3_000_000..3_000_016].copy_from_slice(MARK);
        expected[3_004_104..3_004_120].copy_from_slice(MARK);
        assert!(reply.body == expected, "the body is damaged");
    }
}

/// Several parts of which each lies in another 4 GiB.
#[test]
fn parts_beyond_4_gib() {
    let server = start(&[]);
    let set = format!(
        "Range: bytes=0-15,{0}-{1},-16",
        6_u64 << 30,
        (6_u64 << 30) + 15
    );
    let reply = server.get("/video/huge.mp4", &[&set]);
    assert_eq!(reply.status, 206);
    let body = String::from_utf8(reply.body).unwrap();
    assert_eq!(body.matches("<a mark: 16 B..>").count(), 3, "{body}");
    assert!(
        body.contains(&format!("Content-Range: bytes 6442450944-6442450959/{LEN}")),
        "{body}"
    );
}

/// The whole of it is begun, and nothing of it is loaded.
#[test]
fn the_whole_file_is_begun() {
    let server = start(&[]);
    let (mut wire, head) = server.slow_reader("/video/huge.mp4");
    assert_eq!(head.content_length(), LEN);
    assert_eq!(&wire.take(16), MARK);
    assert!(wire.take(8_000_000).iter().all(|byte| *byte == 0));
    let anonymous = server.anonymous_bytes();
    assert!(anonymous < 8 << 20, "{anonymous} bytes");
}
