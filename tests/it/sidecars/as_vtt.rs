//! `?as=vtt`: what browsers play, made of what people have.

use std::fs;

use crate::client::{Reply, eventually, request};
use crate::json::Json;
use crate::server::{Folder, Server};

const SUBRIP: &str = "\u{feff}1\r\n00:00:01,500 --> 00:00:04,000\r\n{\\an8}<i>Où?</i>\r\n\r\n";
const WEBVTT: &str = "WEBVTT\n\n00:00:01.500 --> 00:00:04.000\n<i>Où?</i>\n";

fn fill(folder: &Folder) {
    folder.write("a.mp4", "0123456789");
    folder.write("a.en.srt", SUBRIP);
    folder.write("latin.srt", b"00:01,0 --> 00:02,0\nO\xf9?\n");
    folder.write("empty.srt", "");
    folder.write("b.vtt", WEBVTT);
}

fn is_vtt(reply: &Reply) {
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.must("Content-Type"), "text/vtt; charset=utf-8");
    let len = u64::try_from(reply.body.len()).unwrap();
    assert_eq!(reply.content_length(), len);
}

/// SubRip in either encoding, and a file of nothing.
#[test]
fn subtitles_are_translated() {
    let server = Server::start(&[], fill);
    for (target, text) in [
        ("/video/a.en.srt?as=vtt", WEBVTT),
        ("/video/a.en.srt?session=x&as=vtt", WEBVTT),
        (
            "/video/latin.srt?as=vtt",
            "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nOù?\n",
        ),
        ("/video/empty.srt?as=vtt", "WEBVTT\n"),
    ] {
        let reply = server.get(target, &[]);
        is_vtt(&reply);
        assert_eq!(reply.text(), text, "{target}");
    }
    // Without the question it is the file itself.
    let reply = server.get("/video/a.en.srt", &[]);
    assert_eq!(reply.must("Content-Type"), "application/x-subrip");
    assert_eq!(reply.text(), SUBRIP);
    assert_eq!(server.get("/video/a.en.srt?as=other", &[]).text(), SUBRIP);
}

/// The address in the listing leads there, and may be kept for ever.
#[test]
fn the_listed_address() {
    let server = Server::start(&[], fill);
    let listing = Json::parse(server.get("/library.json", &[]).text());
    let subtitles = listing.at("videos").list()[0].at("subtitles");
    let reply = server.get(subtitles.list()[0].at("href").text(), &[]);
    is_vtt(&reply);
    assert!(reply.lists("Cache-Control", "immutable"), "{reply:?}");
    let plain = server.get("/video/a.en.srt?as=vtt", &[]);
    assert_eq!(plain.must("Cache-Control"), "no-cache");
}

/// A tag of its own, conditions, HEAD; a Range is not looked at.
#[test]
fn it_is_a_representation_of_its_own() {
    let server = Server::start(&[], fill);
    let target = "/video/a.en.srt?as=vtt";
    let reply = server.get(target, &[]);
    let tag = reply.must("ETag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    assert_ne!(tag, server.get("/video/a.en.srt", &[]).must("ETag"));
    let modified = format!("If-Modified-Since: {}", reply.must("Last-Modified"));
    for field in [&format!("If-None-Match: {tag}"), &modified] {
        let reply = server.get(target, &[field]);
        assert_eq!((reply.status, reply.must("ETag")), (304, &*tag), "{field}");
    }
    assert_eq!(server.get(target, &["If-Match: \"x\""]).status, 412);
    let head = server.ask("HEAD", target, &[]);
    assert_eq!(head.lasting_fields(), reply.lasting_fields());
    is_vtt(&server.get(target, &["Range: bytes=0-3"]));
}

/// A changed file is translated anew.
#[test]
fn it_follows_its_file() {
    let server = Server::start(&["--limit", "recheck_millis=50"], fill);
    let tag = server
        .get("/video/a.en.srt?as=vtt", &[])
        .must("ETag")
        .to_owned();
    server
        .folder()
        .replace("a.en.srt", "00:05,0 --> 00:06,0\nNew.\n");
    eventually("the new subtitles", || {
        let field = format!("If-None-Match: {tag}");
        let reply = server.get("/video/a.en.srt?as=vtt", &[&field]);
        reply.status == 200 && reply.text().contains("\nNew.\n")
    });
    fs::remove_file(server.folder().path("a.en.srt")).unwrap();
    eventually("404", || {
        server.get("/video/a.en.srt?as=vtt", &[]).status == 404
    });
}

/// What cannot be translated is refused by name, and the connection goes on.
#[test]
fn refusals() {
    let server = Server::start(&["--limit", "subtitle_bytes_max=200"], |folder| {
        fill(folder);
        folder.write("long.srt", SUBRIP.repeat(9));
        fs::create_dir(folder.path("folder.srt")).unwrap();
    });
    let mut wire = server.wire();
    for (target, status, why) in [
        ("/video/none.srt?as=vtt", 404, "not-found"),
        ("/video/folder.srt?as=vtt", 404, "not-found"),
        ("/video/long.srt?as=vtt", 413, "subtitle-too-large"),
        ("/video/a.mp4?as=vtt", 422, "not-subrip"),
        ("/video/b.vtt?as=vtt", 422, "not-subrip"),
        ("/video/%2e%2e/a.srt?as=vtt", 404, "not-found"),
    ] {
        wire.send(request("GET", target, &[]));
        let reply = wire.reply();
        assert_eq!(reply.status, status, "{target}: {reply:?}");
        assert!(reply.text().contains(why), "{target}: {reply:?}");
        wire.send(request("GET", "/video/a.en.srt?as=vtt", &[]));
        assert_eq!(wire.reply().text(), WEBVTT);
    }
}

/// Pipelined among others, replies keep their order.
#[test]
fn pipelined() {
    let server = Server::start(&[], fill);
    let mut wire = server.wire();
    let targets = ["/video/a.mp4", "/video/a.en.srt?as=vtt", "/library.json"];
    let all = targets.map(|target| request("GET", target, &[])).concat();
    wire.send(all.repeat(5));
    for _ in 0..5 {
        assert_eq!(wire.reply().text(), "0123456789");
        assert_eq!(wire.reply().text(), WEBVTT);
        assert!(wire.reply().text().starts_with("{\"videos\""));
    }
}

/// Readers that stop reading cost one translation, not one each.
#[test]
fn slow_readers_share_what_was_made() {
    let server = Server::start(&["--workers", "1"], |folder| {
        let cue = |at: usize| {
            format!(
                "{:02}:{:02},0 --> 59:59,0\n{}\n\n",
                at / 60,
                at % 60,
                "x".repeat(900)
            )
        };
        folder.write("long.srt", (0..2_000).map(cue).collect::<String>());
    });
    let before = server.anonymous_bytes();
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (mut wire, head) = server.slow_reader("/video/long.srt?as=vtt");
            assert_eq!(head.status, 200);
            wire.send(request("GET", "/video/long.srt?as=vtt", &[]).repeat(10));
            wire
        })
        .collect();
    assert_eq!(server.get("/video/long.srt?as=vtt", &[]).status, 200);
    let more = server.anonymous_bytes().saturating_sub(before);
    assert!(
        more < 24 << 20,
        "{more} bytes for {} readers",
        readers.len()
    );
}

/// Pages of other sites may read them where they may read files.
#[test]
fn other_origins() {
    let server = Server::start(&["--cors", "*"], fill);
    let reply = server.get("/video/a.en.srt?as=vtt", &["Origin: http://a.test"]);
    assert_eq!(reply.must("Access-Control-Allow-Origin"), "*");
}
