//! Init segments and segments: files that nobody wrote, with everything that a file has.

use super::{below, counted, everything, fill, put, rest, sample, server, stream};
use crate::bytes::Dice;
use crate::client::{Reply, request};
use crate::server::Server;

fn whole(server: &Server, target: &str) -> Reply {
    let reply = server.get(target, &[]);
    assert_eq!(reply.status, 200, "{target}: {reply:?}");
    let len = u64::try_from(reply.body.len()).unwrap();
    assert_eq!(reply.content_length(), len, "{target}");
    reply
}

#[test]
fn kept_for_ever_under_their_version() {
    let server = server(&[]);
    let file = server.get("/video/video.mp4", &[]);
    for target in stream(&server) {
        let reply = whole(&server, &target);
        assert_eq!(reply.must("Content-Type"), "video/mp4", "{target}");
        let for_ever = "public, max-age=31536000, immutable";
        assert_eq!(reply.must("Cache-Control"), for_ever, "{target}");
        assert_eq!(reply.must("Last-Modified"), file.must("Last-Modified"));
        assert_eq!(reply.must("Accept-Ranges"), "bytes", "{target}");

        let (bare, _) = target.split_once('?').unwrap();
        let plain = whole(&server, bare);
        assert_eq!(plain.must("Cache-Control"), "no-cache", "{target}");
        assert_eq!(plain.body, reply.body, "{target}");
        assert_eq!(plain.must("ETag"), reply.must("ETag"), "{target}");
    }
}

#[test]
fn each_has_a_strong_tag() {
    let server = server(&[]);
    let mut tags: Vec<String> = Vec::new();
    for target in stream(&server) {
        let reply = whole(&server, &target);
        let tag = reply.must("ETag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        let again = server.get(&target, &[&format!("If-None-Match: {tag}")]);
        assert_eq!((again.status, again.must("ETag")), (304, &*tag));
        assert_eq!(server.get(&target, &["If-Match: \"x\""]).status, 412);
        let since = format!("If-Modified-Since: {}", reply.must("Last-Modified"));
        assert_eq!(server.get(&target, &[&since]).status, 304);
        let head = server.ask("HEAD", &target, &[]);
        assert_eq!(head.lasting_fields(), reply.lasting_fields(), "{target}");
        tags.push(tag);
    }
    let count = tags.len();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), count, "one each");
}

/// Whatever is cut out of a segment is that part of it.
#[test]
fn ranges() {
    let server = server(&[]);
    let mut dice = Dice::new(7);
    let mut wire = server.wire();
    for target in stream(&server) {
        let all = whole(&server, &target);
        let len = all.body.len();
        for round in 0..40 {
            let from = match round % 4 {
                // Where our own bytes end and the file's begin.
                0 => dice.below(len.min(12_000)),
                _ => dice.below(len),
            };
            let last = from + dice.below(len - from);
            let (field, start, end) = match round % 3 {
                0 => (format!("Range: bytes={from}-"), from, len),
                1 => (format!("Range: bytes=-{}", len - from), from, len),
                _ => (format!("Range: bytes={from}-{last}"), from, last + 1),
            };
            wire.send(request("GET", &target, &[&field]));
            let reply = wire.reply();
            assert_eq!(reply.status, 206, "{target} {field}: {reply:?}");
            assert!(reply.body == all.body[start..end], "{target} {field}");
            let range = format!("bytes {start}-{}/{len}", end - 1);
            assert_eq!(reply.must("Content-Range"), range, "{target}");
        }
        let reply = server.get(&target, &[&format!("Range: bytes={len}-")]);
        assert_eq!(reply.status, 416, "{target}");
        assert_eq!(reply.must("Content-Range"), format!("bytes */{len}"));
        // Conditions on ranges, and HEAD, which has none.
        let field = "Range: bytes=0-0";
        let other = server.get(&target, &[field, "If-Range: \"x\""]);
        assert_eq!((other.status, other.body.len()), (200, len));
        let same = server.get(
            &target,
            &[field, &format!("If-Range: {}", all.must("ETag"))],
        );
        assert_eq!((same.status, same.body.len()), (206, 1));
        assert_eq!(server.ask("HEAD", &target, &[field]).status, 200);
    }
}

/// Several at once: the parts, and what stands between them, make up what was promised.
#[test]
fn several_ranges() {
    let server = server(&[]);
    let target = below("/hls/video.mp4", "m-0.m4s");
    let all = whole(&server, &target).body;
    let len = all.len();
    let reply = server.get(&target, &["Range: bytes=0-9,100-20000,-5"]);
    assert_eq!(reply.status, 206, "{reply:?}");
    let media_type = reply.must("Content-Type");
    let boundary = media_type.strip_prefix("multipart/byteranges; boundary=");
    let boundary = boundary.unwrap();
    let mut wanted = Vec::new();
    for (start, end) in [(0, 10), (100, 20_001), (len - 5, len)] {
        let part = format!(
            "\r\n--{boundary}\r\nContent-Type: video/mp4\r\nContent-Range: bytes {start}-{}/{len}\r\n\r\n",
            end - 1
        );
        wanted.extend_from_slice(part.as_bytes());
        wanted.extend_from_slice(&all[start..end]);
    }
    wanted.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    assert!(reply.body == wanted, "{} bytes", reply.body.len());
    assert_eq!(reply.content_length(), u64::try_from(wanted.len()).unwrap());
}

/// Copied or not, pipelined or not, it is the same bytes.
#[test]
fn each_way_of_sending() {
    let one = server(&["--transfer", "copy"]);
    let targets = stream(&one);
    let copied: Vec<Vec<u8>> = targets.iter().map(|it| whole(&one, it).body).collect();
    let bytes = sample("video.mp4");
    let two = Server::start(
        &["--transfer", "splice", "--limit", "map_window_bytes=65536"],
        |folder| {
            put(folder, "video.mp4", &bytes);
            rest(folder, "video.mp4");
        },
    );
    let mut wire = two.wire();
    // Of another inode, so without the version.
    let bare = targets.iter().map(|it| it.split_once('?').unwrap().0);
    let all: String = bare.map(|it| request("GET", it, &[])).collect();
    wire.send(all);
    for (target, copied) in targets.iter().zip(copied) {
        let reply = wire.reply();
        assert_eq!(reply.status, 200, "{target}: {reply:?}");
        assert!(reply.body == copied, "{target}");
    }
}

/// Every one that is named is there, has a type, and is counted.
#[test]
fn all_streams() {
    let server = Server::start(&[], |folder| {
        fill(folder);
        put(folder, "bells.m4a", sample("music/bells.m4a"));
        put(folder, "late.mp4", sample("plasma (moov at end).mp4"));
    });
    for (name, media_type) in [
        ("video.mp4", "video/mp4"),
        ("bells.m4a", "audio/mp4"),
        ("late.mp4", "video/mp4"),
    ] {
        let before = counted(&server, "reeld_segments_total");
        let all = everything(&server, &format!("/hls/{name}"));
        let media: Vec<_> = all
            .iter()
            .filter(|it| !it.contains(".m3u8") && !it.contains(".vtt"))
            .collect();
        for target in &media {
            let reply = whole(&server, target);
            assert_eq!(reply.must("Content-Type"), media_type, "{target}");
        }
        let sent = counted(&server, "reeld_segments_total") - before;
        assert_eq!(sent, 2 * u64::try_from(media.len()).unwrap(), "{name}");
    }
}

/// One connection that plays a title is one stream of it, in the log.
#[test]
fn one_stream_in_the_log() {
    let server = server(&["-v"]);
    let targets = stream(&server);
    let mut wire = server.wire();
    for target in &targets {
        wire.send(request("GET", target, &[]));
        assert_eq!(wire.reply().status, 200);
    }
    drop(wire);
    let lines = || {
        let stderr = server.stderr();
        let lines = stderr.lines().filter(|it| it.contains(" video.mp4 bytes="));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    crate::client::eventually("one line", || lines().len() == 1);
}
