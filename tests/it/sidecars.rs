//! Posters and subtitles that lie beside a video.
//!
//! Owns which of them the listing names. What is made of subtitles is in [`as_vtt`].

mod as_vtt;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::json::Json;
use crate::server::{Folder, Server};

/// The videos of the listing.
fn videos(server: &Server) -> Vec<Json> {
    let listing = Json::parse(server.get("/library.json", &[]).text());
    listing.at("videos").list().to_vec()
}

/// An address without its version.
fn bare(href: &str) -> String {
    let (path, version) = href.rsplit_once("v=").unwrap();
    assert!(version.split('-').count() == 3, "{href}");
    path.to_owned()
}

/// Language and address of each text, and what label it has.
fn subtitles(video: &Json) -> Vec<(String, String, String)> {
    let text = |subtitle: &Json| {
        let label = subtitle.has("label").then(|| subtitle.at("label").text());
        let href = bare(subtitle.at("href").text());
        let language = subtitle.at("lang").text().to_owned();
        (language, href, label.unwrap_or_default().to_owned())
    };
    video.at("subtitles").list().iter().map(text).collect()
}

/// A video with everything, one with nothing, and one that has its folder's poster.
#[test]
fn what_lies_beside_a_video() {
    let server = Server::start(&[], |folder| {
        for name in [
            "one/e 1.mp4",
            "one/e 1.jpg",
            "one/e 1.srt",
            "one/e 1.en.srt",
            "one/e 1.en.vtt",
            "one/e 1.pt-BR.forced.srt",
            "one/e2.mp4",
            "one/folder.jpg",
            "lonely.mp4",
            "other.jpg",
            "other.en.srt",
        ] {
            folder.write(name, name);
        }
    });
    let videos = videos(&server);
    let names: Vec<&str> = videos.iter().map(|video| video.at("name").text()).collect();
    assert_eq!(names, ["lonely.mp4", "one/e 1.mp4", "one/e2.mp4"]);
    assert!(!videos[0].has("poster") && !videos[0].has("subtitles"));
    assert!(videos[2].has("poster") && !videos[2].has("subtitles"));
    let poster = |video: &Json| bare(video.at("poster").text());
    assert_eq!(poster(&videos[1]), "/video/one/e%201.jpg?");
    assert_eq!(poster(&videos[2]), "/video/one/folder.jpg?");
    let text = |language: &str, href: &str, label: &str| {
        let href = format!("/video/one/e%201{href}");
        (language.to_owned(), href, label.to_owned())
    };
    assert_eq!(
        subtitles(&videos[1]),
        [
            text("", ".srt?as=vtt&", ""),
            text("en", ".en.vtt?", ""),
            text("pt-BR", ".pt-BR.forced.srt?as=vtt&", "forced"),
        ]
    );
    // Each address may be kept for ever, and leads to its file.
    let poster = server.get(videos[1].at("poster").text(), &[]);
    assert_eq!(poster.text(), "one/e 1.jpg");
    assert!(poster.lists("Cache-Control", "immutable"), "{poster:?}");
}

/// A new poster makes a new list; a poster that goes is gone from it.
#[test]
fn the_listing_follows_what_lies_beside() {
    let server = Server::start(&["--limit", "recheck_millis=50"], |folder| {
        folder.write("a.mp4", "a");
    });
    let tag = server.get("/library.json", &[]).must("ETag").to_owned();
    let field = format!("If-None-Match: {tag}");
    server.folder().write("a.jpg", "picture");
    crate::client::eventually("a poster in the listing", || {
        server.get("/library.json", &[&field]).status == 200 && videos(&server)[0].has("poster")
    });
    std::fs::remove_file(server.folder().path("a.jpg")).unwrap();
    crate::client::eventually("a listing without it", || !videos(&server)[0].has("poster"));
}

/// Links count where serving them would, and folders with the name of a picture do not.
#[test]
fn odd_things_beside_a_video() {
    let server = Server::start(&[], |folder: &Folder| {
        for name in ["a.mp4", "b.mp4", "c.mp4"] {
            folder.write(name, name);
        }
        folder.write("pictures/real.jpg", "picture");
        folder.link("a.jpg", "pictures/real.jpg");
        std::fs::write(folder.outside("secret.jpg"), "outside").unwrap();
        folder.link("b.jpg", "../secret.jpg");
        folder.link("b.srt", "nowhere");
        std::fs::create_dir(folder.path("c.jpg")).unwrap();
        folder.write(".c.png", "hidden");
    });
    let videos = videos(&server);
    assert_eq!(
        server.get(videos[0].at("poster").text(), &[]).text(),
        "picture"
    );
    for video in &videos[1..] {
        assert!(!video.has("poster") && !video.has("subtitles"), "{video:?}");
    }
}

/// Names are bytes here as everywhere.
#[test]
fn names_that_are_no_text() {
    let server = Server::start(&[], |folder| {
        for name in [&b"\xff.mp4"[..], b"\xff.jpg", b"\xff.en.vtt"] {
            folder.write(OsStr::from_bytes(name), name);
        }
    });
    let videos = videos(&server);
    assert_eq!(
        server.get(videos[0].at("poster").text(), &[]).body,
        b"\xff.jpg"
    );
    let text = videos[0].at("subtitles").list()[0].at("href").text();
    assert_eq!(server.get(text, &[]).body, b"\xff.en.vtt");
}
