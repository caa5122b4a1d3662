//! Subtitles that stand beside a title are renditions of it.

use std::fs;

use super::{HLS, MASTER, addresses, below, put, refused, sample};
use crate::client::eventually;
use crate::server::{Folder, Server};

const SUBRIP: &str = "\u{feff}1\r\n00:00:01,500 --> 00:00:04,000\r\n{\\an8}<i>Où?</i>\r\n\r\n";
const WEBVTT: &str = "\u{feff}WEBVTT - a film\r\n\r\n00:01.500 --> 00:04.000\r\nOù?\r\n";
const MAP: &str = "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000";

fn fill(folder: &Folder) {
    super::fill(folder);
    put(folder, "video.en.srt", SUBRIP);
    put(folder, "video.pt-BR.forced.vtt", WEBVTT);
    put(folder, "video.srt", SUBRIP);
    put(folder, "video2.fr.srt", SUBRIP);
}

/// The playlists of subtitles that the multivariant playlist names, by their keys.
fn playlists(server: &Server) -> Vec<(String, String)> {
    let master = server.get(MASTER, &[]);
    let found = addresses(master.text()).into_iter().filter_map(|address| {
        let key = address.strip_prefix("t-")?.split_once(".m3u8")?.0;
        Some((key.to_owned(), below("/hls/video.mp4", address)))
    });
    let mut found: Vec<_> = found.collect();
    found.sort();
    found
}

/// The text that a playlist of subtitles leads to.
fn text(server: &Server, playlist: &str) -> String {
    let playlist = server.get(playlist, &[]);
    assert_eq!(playlist.status, 200, "{playlist:?}");
    assert_eq!(playlist.must("Content-Type"), HLS);
    let found = addresses(playlist.text());
    let [address] = found[..] else {
        panic!("one segment, not {found:?}");
    };
    below("/hls/video.mp4", address)
}

#[test]
fn they_are_renditions() {
    let server = Server::start(&[], fill);
    let found = playlists(&server);
    let keys: Vec<&str> = found.iter().map(|(key, _)| &**key).collect();
    assert_eq!(keys, ["en", "pt-BR-forced", "und"]);
    for (key, playlist) in &found {
        let target = text(&server, playlist);
        assert!(target.contains(&format!("/t-{key}.vtt?v=")), "{target}");
        let reply = server.get(&target, &[]);
        assert_eq!(reply.status, 200, "{target}: {reply:?}");
        assert_eq!(reply.must("Content-Type"), "text/vtt; charset=utf-8");
        assert!(reply.lists("Cache-Control", "immutable"), "{reply:?}");
        let mut lines = reply.text().lines();
        assert!(lines.next().unwrap().starts_with("WEBVTT"), "{target}");
        assert_eq!(lines.next(), Some(MAP), "{target}");
        assert_eq!(lines.next(), Some(""), "{target}");
        assert!(reply.text().contains("Où?"), "{target}");
        let (bare, _) = target.split_once('?').unwrap();
        assert_eq!(server.get(bare, &[]).must("Cache-Control"), "no-cache");
        refused(&server.get(&format!("{bare}?v=1-2-3"), &[]), 410, "gone");
        let head = server.ask("HEAD", &target, &[]);
        assert_eq!(head.lasting_fields(), reply.lasting_fields());
    }
}

/// They come, change and go while the title stays as it is.
#[test]
fn they_follow_their_files() {
    let server = Server::start(&["--limit", "recheck_millis=20"], fill);
    let old = playlists(&server);
    let text_of = |key: &str| {
        let playlists = playlists(&server);
        let found = playlists.iter().find(|(known, _)| known == key);
        text(&server, &found.unwrap().1)
    };
    let old_text = text_of("en");
    put(server.folder(), "video.de.vtt", WEBVTT);
    eventually("German", || playlists(&server).len() == old.len() + 1);
    server
        .folder()
        .replace("video.en.srt", SUBRIP.replace("Où?", "New."));
    eventually("410", || server.get(&old_text, &[]).status == 410);
    eventually("new words", || {
        let reply = server.get(&text_of("en"), &[]);
        reply.status == 200 && reply.text().contains("New.")
    });
    fs::remove_file(server.folder().path("video.en.srt")).unwrap();
    eventually("no English", || playlists(&server).len() == old.len());
    eventually("404", || {
        server.get("/hls/video.mp4/t-en.vtt", &[]).status == 404
    });
}

/// Two names of one file: each has the subtitles beside it.
#[test]
fn by_the_name_of_the_title() {
    let server = Server::start(&[], |folder| {
        fill(folder);
        fs::hard_link(folder.path("video.mp4"), folder.path("other.mp4")).unwrap();
        put(folder, "other.it.srt", SUBRIP);
    });
    let one = server.get(MASTER, &[]);
    let other = server.get("/hls/other.mp4/master.m3u8", &[]);
    assert!(one.text().contains("t-en.m3u8") && !one.text().contains("t-it.m3u8"));
    assert!(other.text().contains("t-it.m3u8") && !other.text().contains("t-en.m3u8"));
    assert_eq!(server.get("/hls/other.mp4/t-it.vtt", &[]).status, 200);
    assert_eq!(server.get("/hls/other.mp4/t-en.vtt", &[]).status, 404);
}

#[test]
fn too_long() {
    let server = Server::start(&["--limit", "subtitle_bytes_max=200"], |folder| {
        super::fill(folder);
        put(folder, "video.en.srt", SUBRIP.repeat(9));
    });
    refused(
        &server.get("/hls/video.mp4/t-en.vtt", &[]),
        413,
        "subtitle-too-large",
    );
    assert_eq!(
        server.get("/video/video.mp4", &[]).body,
        sample("video.mp4")
    );
}
