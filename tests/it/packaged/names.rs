//! Which addresses lead to a title, and what is said of those that do not.

use super::{counted, fill, put, refused, sample};
use crate::client::request;
use crate::server::Server;

/// Whatever a title is called, its resources are below it.
#[test]
fn titles_of_any_name() {
    let names = [
        ("a b.mp4", "a%20b.mp4"),
        ("Été à la mer.mp4", "%C3%89t%C3%A9%20%C3%A0%20la%20mer.mp4"),
        ("shows/one/e1.MP4", "shows/one/e1.MP4"),
        ("hls/video.mp4/x.m4v", "hls/video.mp4/x.m4v"),
        ("m.m3u8.mp4", "m.m3u8.mp4"),
        ("m-1.m4s.mp4", "m-1.m4s.mp4"),
        ("100% & more?.mov", "100%25%20&%20more%3f.mov"),
    ];
    let bytes = sample("video.mp4");
    let server = Server::start(&[], |folder| {
        for (name, _) in names {
            put(folder, name, &bytes);
        }
    });
    for (name, encoded) in names {
        for root in ["hls", "dash"] {
            for resource in [
                "master.m3u8",
                "manifest.mpd",
                "m-0.m4s",
                "m-init.mp4",
                "m%2d1.m4s",
            ] {
                let target = format!("/{root}/{encoded}/{resource}");
                let reply = server.get(&target, &[]);
                assert_eq!(reply.status, 200, "{name} {target}: {reply:?}");
            }
        }
    }
}

#[test]
fn what_is_not_there() {
    let server = Server::start(&[], |folder| {
        fill(folder);
        folder.write("life.webm", "no MP4");
        folder.write("folder.mp4/readme.txt", "a folder");
    });
    let mut wire = server.wire();
    for (target, status, why) in [
        ("/hls/video.mp4/m--1.m4s", 404, "not-found"),
        ("/hls/video.mp4/m-99999999999.m4s", 404, "not-found"),
        ("/hls/video.mp4/m-4294967295.m4s", 404, "not-found"),
        ("/hls/video.mp4/m-9999.m4s", 404, "not-found"),
        ("/hls/video.mp4/m-00.m4s", 404, "not-found"),
        ("/hls/video.mp4/a7-0.m4s", 404, "not-found"),
        ("/hls/video.mp4/a7.m3u8", 404, "not-found"),
        ("/hls/video.mp4/a7-init.mp4", 404, "not-found"),
        ("/hls/video.mp4/s-0.m4s", 404, "not-found"),
        ("/hls/video.mp4/t-xx.vtt", 404, "not-found"),
        ("/hls/video.mp4/t-xx.m3u8", 404, "not-found"),
        ("/hls/video.mp4/t-7.vtt", 404, "not-found"),
        ("/hls/video.mp4/chapters.vtt", 404, "not-found"),
        ("/hls/video.mp4/master.m3u8/", 404, "not-found"),
        ("/hls/video.mp4/", 404, "not-found"),
        ("/hls/video.mp4", 404, "not-found"),
        ("/hls/", 404, "not-found"),
        ("/hls", 404, "not-found"),
        ("/dash/master.m3u8", 404, "not-found"),
        ("/hls//master.m3u8", 404, "not-found"),
        ("/hls/none.mp4/master.m3u8", 404, "not-found"),
        ("/hls/folder.mp4/master.m3u8", 404, "not-found"),
        ("/hls/%2e%2e/video.mp4/master.m3u8", 404, "not-found"),
        ("/hls/video.mp4%2fmaster.m3u8", 404, "not-found"),
        ("/hls/video.mp4/%00.m4s", 400, "bad-target"),
        ("/hls/life.webm/master.m3u8", 404, "not-packaged"),
        ("/hls/video/master.m3u8", 404, "not-packaged"),
    ] {
        wire.send(request("GET", target, &[]));
        let reply = wire.reply();
        assert_eq!(reply.status, status, "{target}: {reply:?}");
        assert!(reply.text().contains(why), "{target}: {reply:?}");
    }
    wire.send(request("POST", "/hls/video.mp4/master.m3u8", &[]));
    refused(&wire.reply(), 405, "method-not-allowed");
    wire.send(request("OPTIONS", "/hls/video.mp4/master.m3u8", &[]));
    assert_eq!(wire.reply().status, 204);
}

/// A title that cannot be packaged says why, is read once, and plays as the file that it is.
#[test]
fn refused_titles() {
    let mut cut = sample("video.mp4");
    cut.truncate(40);
    let server = Server::start(&[], |folder| {
        put(folder, "digits.mp4", "0123456789");
        put(folder, "empty.mp4", "");
        put(folder, "cut.mp4", &cut);
        put(folder, "huge.mp4", b"\xff\xff\xff\xffmoov0123456789");
    });
    for name in ["digits", "empty", "cut", "huge"] {
        let mut whys = Vec::new();
        for resource in [
            "master.m3u8",
            "m-0.m4s",
            "manifest.mpd",
            "m-init.mp4",
            "chapters.vtt",
        ] {
            let target = format!("/hls/{name}.mp4/{resource}");
            let reply = server.get(&target, &[]);
            assert_eq!(reply.status, 422, "{target}: {reply:?}");
            whys.push(reply.text().to_owned());
        }
        whys.dedup();
        assert_eq!(whys.len(), 1, "{whys:?}");
        assert_eq!(server.get(&format!("/video/{name}.mp4"), &[]).status, 200);
    }
    assert_eq!(counted(&server, "reeld_packages_read_total"), 4);
    let metrics = server.get("/_/metrics", &[]);
    assert!(
        metrics
            .text()
            .contains("reeld_packages_refused_total{reason=\"no-moov\"}")
    );
}
