//! The list says of each title whether it can be packaged, and why not.

use super::{fill, put, rest, sample};
use crate::client::eventually;
use crate::json::Json;
use crate::server::{Folder, Server};

fn titles(server: &Server) -> Json {
    Json::parse(server.get("/library.json", &[]).text())
}

fn title<'a>(list: &'a Json, name: &str) -> &'a Json {
    let mut all = list.at("videos").list().iter();
    all.find(|it| it.at("name").text() == name).unwrap()
}

/// Waits until everything is known of these.
fn known(server: &Server, names: &[&str]) -> Json {
    // Another worker may still have an older list.
    let mut list = titles(server);
    eventually("verdicts", || {
        list = titles(server);
        names.iter().all(|name| title(&list, name).has("hls"))
    });
    list
}

fn library(folder: &Folder) {
    fill(folder);
    put(folder, "late.mp4", sample("plasma (moov at end).mp4"));
    put(folder, "bells.m4a", sample("music/bells.m4a"));
    put(folder, "digits.mp4", "0123456789");
    put(folder, "life.webm", sample("life.webm"));
    let mut cut = sample("video.mp4");
    cut.truncate(cut.len() * 3 / 4);
    put(folder, "cut.mp4", cut);
}

#[test]
fn what_is_known() {
    let server = Server::start(&["--limit", "recheck_millis=20"], library);
    let before = server.get("/library.json", &[]).must("ETag").to_owned();
    let list = known(
        &server,
        &[
            "video.mp4",
            "late.mp4",
            "bells.m4a",
            "digits.mp4",
            "cut.mp4",
        ],
    );
    eventually("another list", || {
        server.get("/library.json", &[]).must("ETag") != before
    });
    for (name, verdict) in [
        ("video.mp4", "ok"),
        ("late.mp4", "ok"),
        ("bells.m4a", "ok"),
        ("digits.mp4", "no-moov"),
        ("cut.mp4", "ok"),
    ] {
        let title = title(&list, name);
        assert_eq!(title.at("hls").text(), verdict, "{name}");
        assert_eq!(title.has("indexLast"), name == "late.mp4", "{name}");
        let is_cut = ["cut.mp4", "digits.mp4"].contains(&name);
        assert_eq!(title.has("cut"), is_cut, "{name}");
        assert_eq!(title.has("secs"), name != "digits.mp4", "{name}");
        let has_picture = !["digits.mp4", "bells.m4a"].contains(&name);
        assert_eq!(title.has("width"), has_picture, "{name}");
        assert_eq!(title.has("height"), has_picture, "{name}");
    }
    assert!(!title(&list, "life.webm").has("hls"));
}

/// Said once for each version, to who wants to know.
#[test]
fn in_the_log_once() {
    let server = Server::start(&["-v", "--limit", "recheck_millis=20"], library);
    known(&server, &["digits.mp4", "late.mp4", "cut.mp4"]);
    for name in ["digits.mp4", "late.mp4"] {
        server.get(&format!("/hls/{name}/master.m3u8"), &[]);
        server.get(&format!("/hls/{name}/master.m3u8"), &[]);
    }
    let lines = |what: &str| {
        let stderr = server.stderr();
        stderr.lines().filter(|line| line.contains(what)).count()
    };
    eventually("all are told", || {
        lines(" is not offered") + lines(" its index at its end") == 2
    });
    assert_eq!(
        lines("digits.mp4 is not offered as HLS"),
        1,
        "{}",
        server.stderr()
    );
    assert_eq!(lines("late.mp4 has its index at its end"), 1);
    assert_eq!(lines("cut.mp4 ends before its time"), 1);
}

/// A file that is being written is looked into when it rests, and another version is looked into anew.
#[test]
fn later() {
    let server = Server::start(&["--limit", "recheck_millis=20"], |folder| {
        fill(folder);
        folder.write("new.mp4", "0123456789");
    });
    let list = known(&server, &["video.mp4"]);
    assert!(!title(&list, "new.mp4").has("hls"));
    rest(server.folder(), "new.mp4");
    let list = known(&server, &["new.mp4"]);
    assert_eq!(title(&list, "new.mp4").at("hls").text(), "no-moov");
    server.folder().replace("new.mp4", sample("video.mp4"));
    rest(server.folder(), "new.mp4");
    eventually("another verdict", || {
        let list = titles(&server);
        let new = title(&list, "new.mp4");
        new.get("hls").is_some_and(|verdict| verdict.text() == "ok")
    });
}
