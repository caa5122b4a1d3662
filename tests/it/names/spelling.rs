//! Spelling: folders, percent-encoding, UTF-8, queries, and every way to write `..`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::client::request;
use crate::server::Server;

/// What must never be sent: the bytes of a file beside the served folder.
const SECRET: &str = "the secret beside the folder";

/// Ways to write `..`, and things that careless decoders take for it.
const UPS: [&str; 32] = [
    "..",
    "%2e%2e",
    "%2E%2E",
    ".%2e",
    "%2e.",
    "%252e%252e",
    "..%2f",
    "..%2F",
    "%2e%2e%2f",
    "..\\",
    "..%5c",
    "%2e%2e%5C",
    "a/..",
    "a/../..",
    "a/%2e%2e/%2e%2e",
    "./..",
    "....//",
    "..;",
    "%c0%ae%c0%ae",
    "%e0%80%ae%e0%80%ae",
    "..%c0%af",
    "%uff0e%uff0e",
    "../.",
    ".../",
    "..%00",
    "..%00/",
    "%2e%2e%00",
    "..%0a",
    "..%09",
    "..?/..",
    "~",
    "a/b.mp4/..",
];

/// Percent-encodes every byte, so that no character is too special to be tried.
fn encoded(name: &[u8]) -> String {
    name.iter().map(|byte| format!("%{byte:02x}")).collect()
}

/// A file is where its folders say.
#[test]
fn folders() {
    let server = Server::start(&[], |folder| {
        folder.write("top.mp4", "top");
        folder.write("shows/one/e1.mp4", "one");
        folder.write("shows/two/e1.mp4", "two");
        folder.write("video/video/video.mp4", "video");
        folder.write("a/b/c/d/e/f/g/h/i/j.mp4", "deep");
    });
    let table = [
        ("/video/top.mp4", "top"),
        ("/video/shows/one/e1.mp4", "one"),
        ("/video/shows/two/e1.mp4", "two"),
        ("/video/video/video/video.mp4", "video"),
        ("/video/a/b/c/d/e/f/g/h/i/j.mp4", "deep"),
    ];
    for (target, body) in table {
        assert_eq!(server.get(target, &[]).text(), body, "{target}");
    }
    let missing = [
        "/video",
        "/video/",
        "/video/shows",
        "/video/shows/",
        "/video/shows/one",
        "/video/shows/one/e2.mp4",
        "/video/top.mp4/",
        "/video/top.mp4/e1.mp4",
        "/videos/top.mp4",
        "/VIDEO/top.mp4",
        "/video/TOP.mp4",
        "/videotop.mp4",
        "/top.mp4",
        "/_/none.css",
        "/_/",
        "/none",
    ];
    for target in missing {
        assert_eq!(server.get(target, &[]).status, 404, "{target}");
    }
}

/// Any character of a name may be percent-encoded, in either case; most may also stand raw.
#[test]
fn percent_encoding() {
    let names = [
        "a b.mp4",
        "é.mp4",
        "漢字.mp4",
        "🎬.mp4",
        "100%.mp4",
        "a+b.mp4",
        "a?b.mp4",
        "a#b.mp4",
        "a&b;c=d,e!.mp4",
        "(a)[b]{c}.mp4",
        "'a'\"b\".mp4",
        "<i>.mp4",
        "a:b@c.mp4",
        "~a_b-c.d.mp4",
        "%2e%2e.mp4",
        "a..b.mp4",
        "a...mp4",
        "- a.mp4",
        "v=1.mp4",
        "\u{202e}4pm.mp4",
    ];
    let server = Server::start(&[], |folder| {
        for name in names {
            folder.write(name, name);
        }
    });
    for name in names {
        let lower = encoded(name.as_bytes());
        for target in [
            format!("/video/{lower}"),
            format!("/video/{}", lower.to_uppercase()),
        ] {
            assert_eq!(server.get(&target, &[]).text(), name, "{name} as {target}");
        }
    }
    // Plus is a plus, and needs no encoding; neither do the other characters of a segment.
    for name in [
        "a+b.mp4",
        "a&b;c=d,e!.mp4",
        "a:b@c.mp4",
        "~a_b-c.d.mp4",
        "a...mp4",
    ] {
        assert_eq!(server.get(&format!("/video/{name}"), &[]).text(), name);
    }
    // What is decoded is decoded once.
    assert_eq!(
        server.get("/video/%252e%252e.mp4", &[]).text(),
        "%2e%2e.mp4"
    );
}

/// A name need not be text: bytes that are no UTF-8 are served as they are.
#[test]
fn names_that_are_no_text() {
    let name = b"\xff\xfe \x80.mp4";
    let server = Server::start(&[], |folder| folder.write(OsStr::from_bytes(name), "odd"));
    assert_eq!(
        server.get(&format!("/video/{}", encoded(name)), &[]).text(),
        "odd"
    );
}

/// The query never changes which file is meant.
#[test]
fn queries_choose_nothing() {
    let server = Server::with_digits(&[]);
    let queries = [
        "",
        "v=1",
        "/../../etc/passwd",
        "../secret.mp4",
        "a=%2e%2e",
        "?",
        "%zz",
        "%00",
        "a/b",
        "file=b.mp4",
        "%2Fvideo%2Fb.mp4",
        "v=%22",
        "&&&",
        "=",
    ];
    for query in queries {
        let reply = server.get(&format!("/video/a.mp4?{query}"), &[]);
        assert_eq!((reply.status, reply.text()), (200, "0123456789"), "{query}");
    }
    // An encoded question mark is part of the name.
    assert_eq!(server.get("/video/a.mp4%3Fv=1", &[]).status, 404);
}

/// Nothing outside the folder is reached, however `..` and the root are spelled.
#[test]
fn nothing_outside_is_reached() {
    let server = Server::start(&[], |folder| {
        folder.write("a/b.mp4", "inside");
        std::fs::write(folder.outside("secret.mp4"), SECRET).unwrap();
    });
    let outside = server.folder().outside("secret.mp4");
    let outside = outside.to_str().unwrap();
    let mut targets: Vec<String> = vec![
        "//secret.mp4".to_owned(),
        "/../secret.mp4".to_owned(),
        "/secret.mp4".to_owned(),
        "/_/../../secret.mp4".to_owned(),
        "/_/%2e%2e/%2e%2e/secret.mp4".to_owned(),
        format!("/video/{outside}"),
        format!("/video{outside}"),
        format!("/video/{}", encoded(outside.as_bytes())),
        format!("/video/%2F{}", &outside[1..]),
        format!("http://a/video/{outside}"),
        "http://a/../secret.mp4".to_owned(),
    ];
    for up in UPS {
        for times in 1..4 {
            let climb = vec![up; times].join("/");
            targets.push(format!("/video/{climb}/secret.mp4"));
            targets.push(format!("/video/{climb}secret.mp4"));
            targets.push(format!("/video/a/{climb}/secret.mp4"));
        }
    }
    let mut wire = server.wire();
    for target in targets {
        wire.send(request("GET", &target, &[]));
        let reply = wire.reply();
        assert!(matches!(reply.status, 400 | 404), "{target} gave {reply:?}");
        assert!(
            !String::from_utf8_lossy(&reply.body).contains(SECRET),
            "{target}"
        );
        if reply.closes() {
            wire = server.wire();
        }
    }
}

/// Segments that are empty or dots are not tidied away: such a name is nobody's.
#[test]
fn names_are_not_tidied() {
    let server = Server::start(&[], |folder| folder.write("a/b.mp4", "inside"));
    assert_eq!(server.get("/video/a/b.mp4", &[]).text(), "inside");
    let targets = [
        "/video//a/b.mp4",
        "/video/a//b.mp4",
        "//video/a/b.mp4",
        "/video/./a/b.mp4",
        "/video/a/./b.mp4",
        "/video/a/../a/b.mp4",
        "/./video/a/b.mp4",
        "/video/../video/a/b.mp4",
        "/video/a%2fb.mp4",
        "/video/a%2Fb.mp4",
        "/video%2fa/b.mp4",
        "/video/a\\b.mp4",
        "/video/a/b.mp4%0a",
        "/video/a/b.mp4%0d%0aX:%20y",
        "/video/a/b.mp4%7f",
    ];
    for target in targets {
        assert_eq!(server.get(target, &[]).status, 404, "{target}");
    }
}

/// An escape that is none, or that hides a NUL, makes the target invalid.
#[test]
fn bad_escapes_are_refused() {
    let server = Server::with_digits(&[]);
    for name in [
        "%", "a%", "a%2", "%zz", "%2g", "%-1", "%%", "a.mp4%00", "%00a.mp4", "%00",
    ] {
        let target = format!("/video/{name}");
        server.refuses(400, "bad-target", &[request("GET", &target, &[])]);
    }
}

/// Names that begin with a dot are private, be it the file or a folder above it.
#[test]
fn dot_files_are_private() {
    let server = Server::start(&[], |folder| {
        folder.write(".hidden.mp4", SECRET);
        folder.write(".git/config.mp4", SECRET);
        folder.write("a/.hidden/b.mp4", SECRET);
        folder.write("...mp4", SECRET);
        folder.write("a.b/c.mp4", "public");
    });
    let targets = [
        "/video/.hidden.mp4",
        "/video/%2ehidden.mp4",
        "/video/.git/config.mp4",
        "/video/%2Egit/config.mp4",
        "/video/a/.hidden/b.mp4",
        "/video/...mp4",
    ];
    for target in targets {
        assert_eq!(server.get(target, &[]).status, 404, "{target}");
    }
    assert_eq!(server.get("/video/a.b/c.mp4", &[]).text(), "public");
    assert!(!server.get("/library.json", &[]).text().contains("hidden"));
}

/// The longest name a file can have is served; what is longer cannot be a file.
#[test]
fn very_long_names() {
    let longest = format!("{}.mp4", "n".repeat(251));
    let server = Server::start(&[], |folder| folder.write(&longest, "long"));
    assert_eq!(server.get(&format!("/video/{longest}"), &[]).text(), "long");
    assert_eq!(
        server
            .get(&format!("/video/{}", encoded(longest.as_bytes())), &[])
            .text(),
        "long"
    );
    assert_eq!(server.get(&format!("/video/n{longest}"), &[]).status, 404);
    assert_eq!(
        server
            .get(&format!("/video/{}", "n".repeat(5000)), &[])
            .status,
        404
    );
    assert_eq!(
        server
            .get(&format!("/video/{}x.mp4", "d/".repeat(2500)), &[])
            .status,
        404
    );
}
