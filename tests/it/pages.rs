//! The page, its own files, and the listing in JSON.
//!
//! Owns what a browser sees first. How the page behaves in a browser is tested elsewhere.

use crate::client::{Reply, eventually};
use crate::json::Json;
use crate::server::{Folder, Server};

fn fill(folder: &Folder) {
    folder.write("b.mp4", "0123456789");
    folder.write("a.mp3", "01234");
    folder.write("shows/one/e 1 <b>&\"x\" é.mp4", "0");
    folder.write("notes.txt", "not listed");
    folder.write(".hidden.mp4", "not listed");
}

fn is_page(reply: &Reply) -> bool {
    reply.must("Content-Type").starts_with("text/html")
}

/// `/` is a page that needs nothing from elsewhere.
#[test]
fn the_page() {
    let server = Server::start(&[], fill);
    let page = server.get("/", &[]);
    assert_eq!(page.status, 200);
    assert!(is_page(&page), "{page:?}");
    assert!(page.lists("Vary", "Accept"), "{page:?}");
    let text = page.text().to_lowercase();
    assert!(text.starts_with("<!doctype html>"), "{text}");
    for elsewhere in ["src=\"http", "href=\"http", "url(http", "//cdn"] {
        assert!(!text.contains(elsewhere), "{elsewhere} in {text}");
    }
    assert!(!page.text().contains("<b>&"), "a name that is not escaped");
}

/// The page's own files have their types and can be revalidated.
#[test]
fn the_files_of_the_page() {
    let server = Server::start(&[], fill);
    for (target, media_type) in [
        ("/_/page.css", "text/css"),
        ("/_/page.js", "text/javascript"),
        ("/_/inspect.css", "text/css"),
        ("/_/inspect.js", "text/javascript"),
        ("/_/icon.svg", "image/svg+xml"),
        ("/favicon.ico", "image/svg+xml"),
    ] {
        let reply = server.get(target, &[]);
        assert_eq!(reply.status, 200, "{target}");
        assert!(
            reply.must("Content-Type").starts_with(media_type),
            "{target}: {reply:?}"
        );
        if let Some(tag) = reply.field("ETag") {
            assert_eq!(
                server
                    .get(target, &[&format!("If-None-Match: {tag}")])
                    .status,
                304
            );
        }
    }
}

/// Each page says that it loads nothing from elsewhere, and tells nobody elsewhere of itself.
#[test]
fn pages_have_a_policy() {
    let server = Server::start(&[], fill);
    for target in ["/", "/_/inspect"] {
        let page = server.get(target, &[]);
        assert!(is_page(&page), "{target}: {page:?}");
        let policy = page.must("Content-Security-Policy");
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.must("Referrer-Policy"), "no-referrer", "{target}");
    }
    let script = server.get("/_/inspect.js", &[]);
    assert_eq!(script.field("Content-Security-Policy"), None, "no page");
}

/// What a page refers to is there, and so is what its scripts import.
#[test]
fn pages_refer_to_what_is_there() {
    let server = Server::start(&[], fill);
    for page in ["/", "/_/inspect"] {
        let mut pending = vec![page.to_owned()];
        let mut known = pending.clone();
        while let Some(target) = pending.pop() {
            let reply = server.get(&target, &[]);
            assert_eq!(reply.status, 200, "{target}");
            let folder = &target[..=target.rfind('/').unwrap()];
            for (before, base) in [("src=\"/", "/"), ("href=\"/", "/"), ("from \"./", folder)] {
                for after in reply.text().split(before).skip(1) {
                    let path = after.split('"').next().unwrap().replace("&amp;", "&");
                    let found = format!("{base}{path}");
                    if !known.contains(&found) {
                        known.push(found.clone());
                        pending.push(found);
                    }
                }
            }
        }
        assert!(known.len() > 3, "{page} has no files of its own");
    }
}

/// The listing names each video once, sorted, with all that a player needs.
#[test]
fn the_listing() {
    let server = Server::start(&[], fill);
    let reply = server.get("/library.json", &[]);
    assert!(
        reply.must("Content-Type").starts_with("application/json"),
        "{reply:?}"
    );
    assert_eq!(reply.must("Cache-Control"), "no-cache");
    let listing = Json::parse(reply.text());
    let videos = listing.at("videos").list();
    let names: Vec<&str> = videos.iter().map(|video| video.at("name").text()).collect();
    assert_eq!(names, ["a.mp3", "b.mp4", "shows/one/e 1 <b>&\"x\" é.mp4"]);

    let video = &videos[1];
    assert_eq!(video.at("size").number(), 10);
    assert_eq!(video.at("type").text(), "video/mp4");
    assert!(video.at("modified").number() > 1_600_000_000);
    let tag = server.get("/video/b.mp4", &[]).must("ETag").to_owned();
    assert_eq!(
        video.at("href").text(),
        format!("/video/b.mp4?v={}", tag.trim_matches('"'))
    );
}

/// Each link of the listing leads to its file, whatever its name is, and may be kept for ever.
#[test]
fn the_links_of_the_listing() {
    let names = [
        "a b.mp4",
        "100%.mp4",
        "a#b.mp4",
        "a?b.mp4",
        "é 漢.mp4",
        "a+b&c.mp4",
        "\"'<>.mp4",
    ];
    let server = Server::start(&[], |folder| {
        for name in names {
            folder.write(name, name);
            folder.write(format!("d {name}/{name}"), name);
        }
    });
    let listing = Json::parse(server.get("/library.json", &[]).text());
    let videos = listing.at("videos").list();
    assert_eq!(videos.len(), 2 * names.len());
    for video in videos {
        let href = video.at("href").text();
        assert!(
            href.bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'"'),
            "{href}"
        );
        let reply = server.get(href, &[]);
        assert_eq!(reply.status, 200, "{href}");
        assert!(video.at("name").text().ends_with(reply.text()), "{href}");
        assert_eq!(
            reply.must("Cache-Control"),
            "public, max-age=31536000, immutable",
            "{href}"
        );
    }
}

/// A name that is no text is shown as well as can be, and its link is exact.
#[test]
fn a_name_that_is_no_text_is_listed() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let server = Server::start(&[], |folder| {
        folder.write(OsStr::from_bytes(b"\xff\x01\x1b[2J.mp4"), "odd");
    });
    let listing = Json::parse(server.get("/library.json", &[]).text());
    // A name with control bytes is not served; if it is listed, its link has to lead to it.
    for video in listing.at("videos").list() {
        assert_eq!(server.get(video.at("href").text(), &[]).text(), "odd");
    }
    server.folder().write(OsStr::from_bytes(b"\xff.mp4"), "odd");
    eventually("the name in the listing", || {
        let listing = Json::parse(server.get("/library.json", &[]).text());
        let videos = listing.at("videos").list();
        let odd = videos
            .iter()
            .find(|video| video.at("name").text() == "\u{fffd}.mp4");
        odd.is_some_and(|video| server.get(video.at("href").text(), &[]).text() == "odd")
    });
}

/// `/` is the listing for who prefers JSON, and the page for everybody else.
#[test]
fn accept_chooses_between_page_and_listing() {
    let server = Server::start(&[], fill);
    let listing = server.get("/library.json", &[]).body;
    for accept in [
        "application/json",
        "APPLICATION/JSON",
        "application/json, text/plain;q=0.5",
    ] {
        let reply = server.get("/", &[&format!("Accept: {accept}")]);
        assert!(reply.lists("Vary", "Accept"), "{accept}");
        assert_eq!(reply.body, listing, "{accept}");
    }
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for accept in [
        browser,
        "*/*",
        "text/html",
        "text/html, application/json;q=0.5",
        "",
    ] {
        let reply = server.get("/", &[&format!("Accept: {accept}")]);
        assert!(is_page(&reply), "{accept:?}: {reply:?}");
    }
}

/// An unchanged listing is not sent again; a changed one is.
#[test]
fn the_listing_can_be_revalidated() {
    let server = Server::start(&["--limit", "recheck_millis=50"], fill);
    let tag = server.get("/library.json", &[]).must("ETag").to_owned();
    let field = format!("If-None-Match: {tag}");
    assert_eq!(server.get("/library.json", &[&field]).status, 304);
    server.folder().write("new.mp4", "new");
    eventually("a new listing", || {
        server.get("/library.json", &[&field]).status == 200
    });
    eventually("the new file in it", || {
        server.get("/library.json", &[]).text().contains("new.mp4")
    });
}

/// An empty folder is a valid library.
#[test]
fn an_empty_folder() {
    let server = Server::start(&[], |_| {});
    assert!(is_page(&server.get("/", &[])));
    let listing = Json::parse(server.get("/library.json", &[]).text());
    assert!(listing.at("videos").list().is_empty());
}
