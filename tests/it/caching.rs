//! What caches, other sites and television sets are told.
//!
//! Owns Cache-Control and its kin, CORS, DLNA and added fields. Validators are in the RFC trees.

mod coding;
mod cors;
mod dlna;

use std::thread;
use std::time::Duration;

use crate::client::eventually;
use crate::json::Json;
use crate::server::Server;

const IMMUTABLE: &str = "public, max-age=31536000, immutable";

fn tag(server: &Server, target: &str) -> String {
    server.get(target, &[]).must("ETag").to_owned()
}

/// Two rewrites of equal size within one second have two tags.
#[test]
fn equal_rewrites_within_a_second_have_two_tags() {
    let server = Server::with_digits(&["--limit", "recheck_millis=20"]);
    let mut tags = Vec::new();
    for body in ["0123456789", "abcdefghij", "ABCDEFGHIJ", "0123456789"] {
        server.folder().write("a.mp4", body);
        thread::sleep(Duration::from_millis(60));
        let reply = server.get("/video/a.mp4", &[]);
        assert_eq!(reply.text(), body);
        let tag = reply.must("ETag").to_owned();
        assert!(!tags.contains(&tag), "{tag} again");
        tags.push(tag);
    }
}

/// A file that is put in the place of another has a new tag, though size and time are the same.
#[test]
fn a_replaced_file_of_equal_size_and_time_has_a_new_tag() {
    let server = Server::with_digits(&["--limit", "recheck_millis=20"]);
    let first = tag(&server, "/video/a.mp4");
    let modified = server
        .folder()
        .open("a.mp4")
        .metadata()
        .unwrap()
        .modified()
        .unwrap();
    server.folder().write("new.mp4", "abcdefghij");
    server.folder().set_modified("new.mp4", modified);
    std::fs::rename(
        server.folder().path("new.mp4"),
        server.folder().path("a.mp4"),
    )
    .unwrap();
    thread::sleep(Duration::from_millis(60));
    let reply = server.get("/video/a.mp4", &[]);
    assert_eq!(reply.text(), "abcdefghij");
    assert_ne!(reply.must("ETag"), first);
}

/// A replaced file is what the next viewer gets, within about a second.
#[test]
fn a_replaced_file_is_seen() {
    let server = Server::with_digits(&[]);
    let first = tag(&server, "/video/a.mp4");
    server.folder().replace("a.mp4", "new bytes");
    eventually("the new bytes", || {
        let reply = server.get("/video/a.mp4", &[]);
        let is_new = reply.text() == "new bytes";
        assert_eq!(is_new, reply.must("ETag") != first, "{reply:?}");
        is_new
    });
    let field = format!("If-Match: {first}");
    eventually("the old tag no longer matched", || {
        server.get("/video/a.mp4", &[&field]).status == 412
    });
}

/// A new file can be had at once and is listed within about a second; a deleted one is gone.
#[test]
fn new_and_deleted_files_are_seen() {
    let server = Server::with_digits(&[]);
    let listed = |name: &str| {
        let listing = Json::parse(server.get("/library.json", &[]).text());
        listing
            .at("videos")
            .list()
            .iter()
            .any(|video| video.at("name").text() == name)
    };
    assert!(listed("a.mp4") && !listed("shows/new.mp4"));
    server.folder().write("shows/new.mp4", "new");
    eventually("the new file", || {
        server.get("/video/shows/new.mp4", &[]).status == 200
    });
    eventually("the new file in the listing", || listed("shows/new.mp4"));
    std::fs::remove_file(server.folder().path("a.mp4")).unwrap();
    eventually("the deleted file gone", || {
        server.get("/video/a.mp4", &[]).status == 404
    });
    eventually("the deleted file gone from the listing", || {
        !listed("a.mp4")
    });
}

/// A target that carries the current version never changes its bytes; any other may.
#[test]
fn versions_are_immutable() {
    let server = Server::with_digits(&["--limit", "recheck_millis=20"]);
    let rule =
        |target: &str, fields: &[&str]| server.get(target, fields).must("Cache-Control").to_owned();
    let first = tag(&server, "/video/a.mp4");
    let versioned = format!("/video/a.mp4?v={}", first.trim_matches('"'));
    assert_eq!(rule(&versioned, &[]), IMMUTABLE);
    assert_eq!(rule(&versioned, &["Range: bytes=0-0"]), IMMUTABLE);
    assert_eq!(rule(&versioned, &["Range: bytes=0-0,5-5"]), IMMUTABLE);
    assert_eq!(rule(&versioned, &["If-None-Match: *"]), IMMUTABLE);
    let others = [
        "",
        "?",
        "?v=",
        "?v=1",
        "?w=1",
        &format!("?{first}").replace('"', ""),
    ];
    for query in others {
        assert_eq!(
            rule(&format!("/video/a.mp4{query}"), &[]),
            "no-cache",
            "{query}"
        );
    }
    assert_eq!(rule(&format!("{versioned}0"), &[]), "no-cache");

    server.folder().replace("a.mp4", "abcdefghij");
    thread::sleep(Duration::from_millis(60));
    let reply = server.get(&versioned, &[]);
    assert_eq!(
        (reply.text(), reply.must("Cache-Control")),
        ("abcdefghij", "no-cache")
    );
}

/// An error is not worth keeping.
#[test]
fn errors_are_never_immutable() {
    let server = Server::with_digits(&["--max-age", "60", "--cdn-max-age", "60"]);
    for (target, field) in [
        ("/video/none.mp4", "X: y"),
        ("/video/a.mp4", "Range: bytes=99-"),
    ] {
        let reply = server.get(target, &[field]);
        let rule = reply.field("Cache-Control").unwrap_or("no-cache");
        assert!(
            !rule.contains("max-age=60") && !rule.contains("immutable"),
            "{reply:?}"
        );
    }
}

/// `--max-age` is for targets without a version.
#[test]
fn max_age() {
    let server = Server::with_digits(&["--max-age", "60"]);
    let reply = server.get("/video/a.mp4", &[]);
    assert_eq!(reply.must("Cache-Control"), "public, max-age=60");
    assert_eq!(reply.field("CDN-Cache-Control"), None);
    let versioned = format!("/video/a.mp4?v={}", reply.must("ETag").trim_matches('"'));
    assert_eq!(server.get(&versioned, &[]).must("Cache-Control"), IMMUTABLE);
    assert_eq!(
        server.get("/library.json", &[]).must("Cache-Control"),
        "no-cache"
    );
}

/// `--cdn-max-age` speaks to caches in between alone (RFC 9213).
#[test]
fn cdn_max_age() {
    let server = Server::with_digits(&["--cdn-max-age", "600"]);
    for fields in [&[][..], &["Range: bytes=0-0"], &["Range: bytes=0-0,5-5"]] {
        let reply = server.get("/video/a.mp4", fields);
        assert_eq!(reply.must("CDN-Cache-Control"), "max-age=600", "{fields:?}");
        assert_eq!(reply.must("Cache-Control"), "no-cache", "{fields:?}");
    }
}

/// `--header` adds fields.
#[test]
fn header() {
    let server = Server::with_digits(&[
        "--header",
        "X-One: 1",
        "--header",
        "Timing-Allow-Origin: a, b",
    ]);
    for fields in [&[][..], &["Range: bytes=0-0"], &["Range: bytes=0-0,5-5"]] {
        let reply = server.get("/video/a.mp4", fields);
        assert_eq!(reply.must("X-One"), "1", "{fields:?}");
        assert_eq!(reply.must("Timing-Allow-Origin"), "a, b", "{fields:?}");
    }
    assert_eq!(server.get("/library.json", &[]).must("X-One"), "1");
    assert_eq!(server.get("/", &[]).must("X-One"), "1");
}
