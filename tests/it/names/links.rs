//! Symbolic links: those that stay inside the folder, those that lead out, those that change.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::client::request;
use crate::server::{Folder, Server};

const SECRET: &str = "the secret beside the folder";

/// A folder with a link of every kind; beside it a folder with a secret.
fn fill(folder: &Folder) {
    folder.write("real/a.mp4", "inside");
    fs::create_dir(folder.outside("beside")).unwrap();
    fs::write(folder.outside("beside/secret.mp4"), SECRET).unwrap();

    folder.link("to-file.mp4", "real/a.mp4");
    folder.link("to-folder", "real");
    folder.link("real/up.mp4", "../real/a.mp4");
    folder.link("to-link.mp4", "to-file.mp4");

    folder.link("out.mp4", "../beside/secret.mp4");
    folder.link("out", "../beside");
    folder.link("real/out.mp4", "../../beside/secret.mp4");
    folder.link("absolute.mp4", folder.outside("beside/secret.mp4"));
    folder.link("absolute", folder.outside("beside"));
    folder.link("twice.mp4", "out/secret.mp4");
    folder.link("out-and-in.mp4", "../videos/real/../../beside/secret.mp4");

    folder.link("loop.mp4", "loop.mp4");
    folder.link("ping.mp4", "pong.mp4");
    folder.link("pong.mp4", "ping.mp4");
    folder.link("dangling.mp4", "nothing.mp4");
    folder.link("proc.mp4", "/proc/self/environ");
    folder.link("device.mp4", "/dev/zero");
}

const INSIDE: [&str; 4] = [
    "/video/to-file.mp4",
    "/video/to-folder/a.mp4",
    "/video/real/up.mp4",
    "/video/to-link.mp4",
];

const OUTSIDE: [&str; 7] = [
    "/video/out.mp4",
    "/video/out/secret.mp4",
    "/video/real/out.mp4",
    "/video/absolute.mp4",
    "/video/absolute/secret.mp4",
    "/video/twice.mp4",
    "/video/out-and-in.mp4",
];

const NOWHERE: [&str; 4] = [
    "/video/loop.mp4",
    "/video/ping.mp4",
    "/video/dangling.mp4",
    "/video/device.mp4",
];

/// A link may point to anything inside the folder, and to nothing else.
#[test]
fn links_stay_inside() {
    let server = Server::start(&[], fill);
    for target in INSIDE {
        assert_eq!(server.get(target, &[]).text(), "inside", "{target}");
    }
    for target in OUTSIDE
        .into_iter()
        .chain(NOWHERE)
        .chain(["/video/proc.mp4"])
    {
        let reply = server.get(target, &[]);
        assert_eq!(reply.status, 404, "{target}");
        assert!(!reply.text().contains(SECRET), "{target}");
    }
}

/// `--follow-links` is for people who want their links to lead out.
#[test]
fn follow_links_lets_links_lead_out() {
    let server = Server::start(&["--follow-links"], fill);
    for target in INSIDE {
        assert_eq!(server.get(target, &[]).text(), "inside", "{target}");
    }
    for target in OUTSIDE {
        assert_eq!(server.get(target, &[]).text(), SECRET, "{target}");
    }
    for target in NOWHERE {
        assert_eq!(server.get(target, &[]).status, 404, "{target}");
    }
    // A link may lead out; the spelling of a target may not.
    for target in [
        "/video/../beside/secret.mp4",
        "/video/out/../beside/secret.mp4",
    ] {
        assert_eq!(server.get(target, &[]).status, 404, "{target}");
    }
}

/// What the listing offers can be had, with the size that it names.
#[test]
fn the_listing_offers_nothing_that_is_refused() {
    for args in [&[][..], &["--follow-links"]] {
        let server = Server::start(args, fill);
        let listing = crate::json::Json::parse(server.get("/library.json", &[]).text());
        for video in listing.at("videos").list() {
            let reply = server.get(video.at("href").text(), &[]);
            assert_eq!(reply.status, 200, "{args:?} {video:?}");
            assert_eq!(
                reply.content_length(),
                video.at("size").number(),
                "{args:?} {video:?}"
            );
        }
    }
}

/// Somebody swaps what lies inside for a link that leads out, all the time, while we ask.
#[test]
fn swapped_links_never_show_the_secret() {
    let server = Server::start(&["--limit", "recheck_millis=1"], |folder| {
        fill(folder);
        folder.write("swapped.mp4", "inside");
        folder.write("swapped/a/secret.mp4", "inside");
        fs::create_dir(folder.outside("beside/a")).unwrap();
        fs::write(folder.outside("beside/a/secret.mp4"), SECRET).unwrap();
    });
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| swap_until(&done, server.folder()));
        let mut wire = server.wire();
        let targets = ["/video/swapped.mp4", "/video/swapped/a/secret.mp4"];
        for n in 0..2000 {
            wire.send(request("GET", targets[n % 2], &[]));
            let reply = wire.reply();
            assert!(matches!(reply.status, 200 | 404), "{reply:?}");
            assert!(!reply.text().contains(SECRET), "{reply:?}");
            if reply.status == 200 {
                assert_eq!(reply.text(), "inside");
            }
        }
        done.store(true, Ordering::Relaxed);
    });
}

/// Puts links that lead out in the place of a file and of a folder, and takes them away again.
fn swap_until(done: &AtomicBool, folder: &Folder) {
    let (file, new) = (folder.path("swapped.mp4"), folder.outside("new"));
    let (inner, aside) = (folder.path("swapped"), folder.outside("aside"));
    let mut asks = 0;
    while !done.load(Ordering::Relaxed) && asks < 1_000_000 {
        asks += 1;
        symlink("../beside/secret.mp4", &new).unwrap();
        fs::rename(&new, &file).unwrap();
        fs::rename(&inner, &aside).unwrap();
        symlink("../beside", &inner).unwrap();
        fs::write(&new, "inside").unwrap();
        fs::rename(&new, &file).unwrap();
        fs::remove_file(&inner).unwrap();
        fs::rename(&aside, &inner).unwrap();
    }
}
