//! `?as=faststart`: the same file with its index in front.

use super::{put, refused, rest, sample};
use crate::bytes::Dice;
use crate::client::request;
use crate::server::{Folder, Server};

const TARGET: &str = "/video/late.mp4?as=faststart";

fn fill(folder: &Folder) {
    super::fill(folder);
    put(folder, "late.mp4", sample("plasma (moov at end).mp4"));
    put(folder, "digits.mp4", "0123456789");
    put(folder, "life.webm", sample("life.webm"));
}

/// The kinds of the boxes at the top, in order, with their lengths.
fn boxes(mut bytes: &[u8]) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let len = usize::try_from(u32::from_be_bytes(bytes[..4].try_into().unwrap())).unwrap();
        found.push((str::from_utf8(&bytes[4..8]).unwrap().to_owned(), len));
        bytes = &bytes[len..];
    }
    found
}

#[test]
fn the_index_comes_first() {
    let server = Server::start(&[], fill);
    let file = server.get("/video/late.mp4", &[]);
    let fast = server.get(TARGET, &[]);
    assert_eq!(fast.status, 200, "{fast:?}");
    assert_eq!(fast.must("Content-Type"), "video/mp4");
    assert_eq!(fast.must("Last-Modified"), file.must("Last-Modified"));
    assert_ne!(fast.must("ETag"), file.must("ETag"));
    let at = |bytes: &[u8], kind: &str| boxes(bytes).iter().position(|(it, _)| it == kind);
    assert!(at(&file.body, "moov") > at(&file.body, "mdat"));
    assert!(at(&fast.body, "moov") < at(&fast.body, "mdat"));
    let media = |bytes: &[u8]| {
        let all = boxes(bytes);
        let place = all.iter().position(|(kind, _)| kind == "mdat").unwrap();
        let from: usize = all[..place].iter().map(|(_, len)| len).sum();
        bytes[from..from + all[place].1].to_vec()
    };
    assert!(media(&fast.body) == media(&file.body), "the same media");
}

/// Conditions and ranges, as a file has them.
#[test]
fn as_a_file() {
    let server = Server::start(&[], fill);
    let all = server.get(TARGET, &[]);
    let len = all.body.len();
    assert_eq!(all.content_length(), u64::try_from(len).unwrap());
    let head = server.ask("HEAD", TARGET, &[]);
    assert_eq!(head.lasting_fields(), all.lasting_fields());
    let tag = format!("If-None-Match: {}", all.must("ETag"));
    assert_eq!(server.get(TARGET, &[&tag]).status, 304);
    let mut dice = Dice::new(3);
    let mut wire = server.wire();
    for round in 0..60 {
        let from = if round % 2 == 0 {
            dice.below(20_000)
        } else {
            dice.below(len)
        };
        let last = from + dice.below(len - from);
        let field = format!("Range: bytes={from}-{last}");
        wire.send(request("GET", TARGET, &[&field]));
        let reply = wire.reply();
        assert_eq!(reply.status, 206, "{field}");
        assert!(reply.body == all.body[from..=last], "{field}");
    }
    assert_eq!(
        server
            .get(TARGET, &[&format!("Range: bytes={len}-")])
            .status,
        416
    );
}

/// The address of the list, asked for so, may be kept as the file may.
#[test]
fn versions() {
    let server = Server::start(&[], fill);
    let tag = server.get("/video/late.mp4", &[]).must("ETag").to_owned();
    let version = tag.trim_matches('"');
    let reply = server.get(&format!("{TARGET}&v={version}"), &[]);
    assert!(reply.lists("Cache-Control", "immutable"), "{reply:?}");
    assert_eq!(server.get(TARGET, &[]).must("Cache-Control"), "no-cache");
}

/// What has nothing to be moved is the file itself.
#[test]
fn what_is_as_good_as_it_is() {
    let server = Server::start(&[], fill);
    for name in ["video.mp4", "digits.mp4", "life.webm"] {
        let file = server.get(&format!("/video/{name}"), &[]);
        let same = server.get(&format!("/video/{name}?as=faststart"), &[]);
        assert_eq!(same.status, 200, "{name}");
        assert_eq!(same.must("ETag"), file.must("ETag"), "{name}");
        assert!(same.body == file.body, "{name}");
    }
    refused(
        &server.get("/video/none.mp4?as=faststart", &[]),
        404,
        "not-found",
    );
}

#[test]
fn while_it_is_written() {
    let server = Server::start(&["--limit", "recheck_millis=20"], |folder| {
        folder.write("late.mp4", sample("plasma (moov at end).mp4"));
    });
    refused(&server.get(TARGET, &[]), 503, "settling");
    rest(server.folder(), "late.mp4");
    crate::client::eventually("it rests", || server.get(TARGET, &[]).status == 200);
}
