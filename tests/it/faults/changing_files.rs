//! A file that is truncated, replaced, deleted or grows while a slow reader has it under way.

use std::fs;
use std::os::unix::fs::FileExt;
use std::thread;
use std::time::Duration;

use crate::bytes::clip;
use crate::client::{Reply, Wire, get_digits, request};
use crate::server::Server;

/// More than any socket takes, so that the reply is under way for as long as the test wants.
const LEN: usize = 32_000_000;
/// Where files are cut: within a page, and beyond what the sockets hold.
const CUT: usize = 20_000_500;

/// As files are mapped on a large machine, and in windows as on one with little address space.
const MAPPINGS: [&[&str]; 3] = [
    &["--limit", "recheck_millis=20"],
    &["--limit", "recheck_millis=20", "--transfer", "copy"],
    &[
        "--limit",
        "recheck_millis=20",
        "--limit",
        "map_window_bytes=65536",
    ],
];

/// Longer than `recheck_millis`: a new viewer sees the file as it is now.
fn recheck() {
    thread::sleep(Duration::from_millis(100));
}

/// Servers for each way of mapping, each with a slow reader that has the head and some bytes.
fn under_way() -> impl Iterator<Item = (Server, Wire, Reply, Vec<u8>)> {
    MAPPINGS.into_iter().map(|args| {
        let bytes = clip(7, LEN);
        let server = Server::start(args, |folder| {
            folder.write("a.mp4", &bytes);
            folder.write("small.mp4", "small");
        });
        let (mut wire, head) = server.slow_reader("/video/a.mp4");
        assert!(wire.take(70_000) == bytes[..70_000]);
        (server, wire, head, bytes[70_000..].to_vec())
    })
}

/// The reply ends early, at the new end at the latest, and holds nothing but the file's bytes.
fn assert_cut_short(server: &Server, wire: Wire, rest: &[u8], len: usize) {
    let got = wire.rest();
    assert!(
        got.len() <= len,
        "{} bytes of a file cut to {len}",
        got.len()
    );
    assert!(
        got == rest[..got.len()],
        "bytes that were never in the file"
    );
    assert_eq!(server.get("/video/small.mp4", &[]).text(), "small");
}

/// A file that shrinks ends the reply early; no byte is made up to keep the promised length.
#[test]
fn truncated_far_ahead() {
    for (server, wire, _, rest) in under_way() {
        server.folder().open("a.mp4").set_len(CUT as u64).unwrap();
        assert_cut_short(&server, wire, &rest, CUT - 70_000);
        recheck();
        assert_eq!(server.get("/video/a.mp4", &[]).content_length(), CUT as u64);
    }
}

/// The same when nothing is left at all, not even what is being sent.
#[test]
fn truncated_to_nothing() {
    for (server, wire, _, rest) in under_way() {
        server.folder().open("a.mp4").set_len(0).unwrap();
        assert_cut_short(&server, wire, &rest, LEN);
        recheck();
        assert_eq!(server.get("/video/a.mp4", &[]).content_length(), 0);
    }
}

/// Within the last page the kernel would give zeros without a word; they are not sent.
#[test]
fn truncated_within_a_page() {
    for args in MAPPINGS {
        let bytes = clip(8, 9_000_000);
        let server = Server::start(args, |folder| folder.write("a.mp4", &bytes));
        for cut in [
            8_999_999, 8_999_000, 8_994_817, 8_994_816, 8_994_815, 8_000_001,
        ] {
            server.folder().write("a.mp4", &bytes);
            recheck();
            let (wire, head) = server.slow_reader("/video/a.mp4");
            assert_eq!(head.content_length(), 9_000_000);
            server.folder().open("a.mp4").set_len(cut as u64).unwrap();
            let got = wire.rest();
            assert!(
                got.len() <= cut,
                "{} bytes of a file cut to {cut}",
                got.len()
            );
            assert!(
                got == bytes[..got.len()],
                "bytes that were never in the file"
            );
        }
    }
}

/// What is queued behind a reply that lost its end must not be taken for that end: neither the next
/// reply of the connection, nor the next part of the same one.
#[test]
fn nothing_takes_the_place_of_what_was_cut() {
    for args in MAPPINGS {
        let bytes = clip(9, 9_000_000);
        let server = Server::start(args, |folder| folder.write("a.mp4", &bytes));
        let fields: [&[&str]; 2] = [&[], &["Range: bytes=100-8999999,0-1"]];
        for (cut, fields) in [8_999_999, 8_999_950, 8_999_000]
            .map(|cut| fields.map(|f| (cut, f)))
            .concat()
        {
            server.folder().write("a.mp4", &bytes);
            recheck();
            let mut wire = server.wire();
            wire.send(request("GET", "/video/a.mp4", fields));
            wire.head(); // it has been understood: the length is promised
            recheck();
            server.folder().open("a.mp4").set_len(cut).unwrap();
            wire.send(request("GET", "/library.json", &["Connection: close"]));
            let got = wire.rest();
            let heads = got.windows(9).filter(|nine| nine == b"HTTP/1.1 ").count();
            assert_eq!(
                heads, 0,
                "the next reply, after a body that is not whole: {cut} {fields:?}"
            );
            assert!(
                !got.ends_with(b"--\r\n"),
                "it looks whole: {cut} {fields:?}"
            );
        }
    }
}

/// A file that shrinks and is written anew, shorter: the reader gets no mix past the new end.
#[test]
fn truncated_and_grown_again() {
    for (server, wire, _, rest) in under_way() {
        let file = server.folder().open("a.mp4");
        file.set_len(CUT as u64).unwrap();
        file.set_len(LEN as u64).unwrap();
        // The reply may also come to its promised length; then the end has to be asked for.
        wire.finish_sending();
        let got = wire.rest();
        let before = got.len().min(CUT - 70_000);
        assert!(
            got[..before] == rest[..before],
            "bytes that were never in the file"
        );
        assert_eq!(server.get("/video/small.mp4", &[]).text(), "small");
    }
}

/// A file that another is put in the place of: the reply goes on from the old one, the next
/// viewer gets the new one, and the two are told apart by their tags.
#[test]
fn replaced_by_rename() {
    for (server, mut wire, head, rest) in under_way() {
        let new = clip(9, LEN);
        server.folder().replace("a.mp4", &new);
        recheck();
        let reply = server.get("/video/a.mp4", &[]);
        assert!(reply.body == new, "not the new file");
        assert_ne!(reply.must("ETag"), head.must("ETag"));
        assert!(wire.take(rest.len()) == rest, "not the old file");
        // The same connection gets the new file too when it asks again.
        wire.send(get_digits(&["Range: bytes=-99"]));
        assert_eq!(wire.reply().body, &new[LEN - 99..]);
    }
}

/// Many replacements with readers in between: every reply is one version, whole.
#[test]
fn replaced_again_and_again() {
    let versions: Vec<Vec<u8>> = (20..28).map(|seed| clip(seed, 3_000_000)).collect();
    let server = Server::start(&["--limit", "recheck_millis=1"], |folder| {
        folder.write("a.mp4", &versions[0]);
    });
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for version in versions.iter().cycle().take(80) {
                server.folder().replace("a.mp4", version);
                thread::sleep(Duration::from_millis(5));
            }
        });
        let mut tags = std::collections::HashMap::new();
        let mut wire = server.wire();
        while !writer.is_finished() {
            wire.send(get_digits(&[]));
            let reply = wire.reply();
            let version = versions.iter().position(|version| *version == reply.body);
            let version = version.expect("a mix of two versions");
            let known = *tags.entry(reply.must("ETag").to_owned()).or_insert(version);
            assert_eq!(known, version, "one tag for two versions");
        }
    });
}

/// A deleted file is read to its end by who has it under way, and is 404 for the next.
#[test]
fn deleted() {
    for (server, mut wire, _, rest) in under_way() {
        fs::remove_file(server.folder().path("a.mp4")).unwrap();
        recheck();
        assert_eq!(server.get("/video/a.mp4", &[]).status, 404);
        assert!(wire.take(rest.len()) == rest, "the body is damaged");
        wire.send(get_digits(&[]));
        assert_eq!(wire.reply().status, 404);
    }
}

/// A file that grows changes nothing for a reply that has promised its length.
#[test]
fn grown() {
    for (server, mut wire, _, rest) in under_way() {
        server
            .folder()
            .open("a.mp4")
            .write_all_at(b"more", LEN as u64)
            .unwrap();
        recheck();
        let reply = server.get("/video/a.mp4", &["Range: bytes=-5"]);
        assert_eq!(
            reply.must("Content-Range"),
            "bytes 31999999-32000003/32000004"
        );
        assert_eq!(&reply.body[1..], b"more");
        assert!(wire.take(rest.len()) == rest, "the body is damaged");
        wire.send(request("GET", "/video/small.mp4", &[]));
        assert_eq!(wire.reply().text(), "small");
    }
}

/// A recording in progress: each viewer gets a consistent file, longer each time.
#[test]
fn growing_all_the_time() {
    let bytes = clip(10, 2_000_000);
    let server = Server::start(&["--limit", "recheck_millis=1"], |folder| {
        folder.write("a.mp4", "");
    });
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let file = server.folder().open("a.mp4");
            for (n, chunk) in bytes.chunks(10_000).enumerate() {
                file.write_all_at(chunk, n as u64 * 10_000).unwrap();
                thread::sleep(Duration::from_millis(1));
            }
        });
        let mut wire = server.wire();
        let mut len = 0;
        while !writer.is_finished() {
            wire.send(get_digits(&[]));
            let reply = wire.reply();
            assert!(
                reply.body == bytes[..reply.body.len()],
                "bytes that are not in the file"
            );
            assert!(reply.body.len() >= len, "shorter than before");
            len = reply.body.len();
        }
    });
    recheck();
    assert_eq!(server.get("/video/a.mp4", &[]).content_length(), 2_000_000);
}

/// A folder that is moved away and back, with everything in it.
#[test]
fn the_folder_of_a_file_is_moved() {
    let bytes = clip(11, 16_000_000);
    let server = Server::start(&["--limit", "recheck_millis=20"], |folder| {
        folder.write("shows/a.mp4", &bytes);
    });
    let (mut wire, _) = server.slow_reader("/video/shows/a.mp4");
    fs::rename(server.folder().path("shows"), server.folder().path("moved")).unwrap();
    recheck();
    assert_eq!(server.get("/video/shows/a.mp4", &[]).status, 404);
    assert_eq!(
        server.get("/video/moved/a.mp4", &[]).content_length(),
        16_000_000
    );
    assert!(wire.take(bytes.len()) == bytes, "the body is damaged");
}
