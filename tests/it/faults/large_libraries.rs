//! Many files: the listing names all of them, and serving them holds only some of them open.

use crate::client::request;
use crate::json::Json;
use crate::server::Server;

/// Ten thousand files in a hundred folders are listed, each once and in order.
#[test]
fn ten_thousand_files_are_listed() {
    let server = Server::start(&[], |folder| {
        for show in 0..100 {
            std::fs::create_dir(folder.path(format!("show{show:02}"))).unwrap();
            for episode in 0..100 {
                let name = format!("show{show:02}/e{episode:02}.mp4");
                std::fs::write(folder.path(name), format!("{show} {episode}")).unwrap();
            }
        }
    });
    let listing = Json::parse(server.get("/library.json", &[]).text());
    let videos = listing.at("videos").list();
    assert_eq!(videos.len(), 10_000);
    for (n, video) in videos.iter().enumerate() {
        let name = format!("show{:02}/e{:02}.mp4", n / 100, n % 100);
        assert_eq!(video.at("name").text(), name);
    }
    let mut wire = server.wire();
    for n in (0..10_000).step_by(501) {
        wire.send(request("GET", videos[n].at("href").text(), &[]));
        assert_eq!(wire.reply().text(), format!("{} {}", n / 100, n % 100));
    }
}

/// What is beyond `listed_files_max` is not listed, and is served all the same.
#[test]
fn the_listing_is_bounded() {
    let server = Server::start(&["--limit", "listed_files_max=10"], |folder| {
        for n in 0..30 {
            folder.write(format!("{n}.mp4"), "bytes");
        }
    });
    let listing = Json::parse(server.get("/library.json", &[]).text());
    assert_eq!(listing.at("videos").list().len(), 10);
    for n in 0..30 {
        assert_eq!(server.get(&format!("/video/{n}.mp4"), &[]).status, 200);
    }
}

/// Names by the thousand, there or not, leave no more open than `entries_max` allows.
#[test]
fn what_is_held_open_is_bounded() {
    let server = Server::start(&["--workers", "1", "--limit", "entries_max=16"], |folder| {
        (0..600).for_each(|n| folder.write(format!("{n}.mp4"), format!("file {n}")));
    });
    let before = server.settled_descriptors();
    let mut wire = server.wire();
    for n in (0..600).chain(0..600) {
        wire.send(request("GET", &format!("/video/{n}.mp4"), &[]));
        wire.send(request("GET", &format!("/video/none-{n}.mp4"), &[]));
        assert_eq!(wire.reply().text(), format!("file {n}"));
        assert_eq!(wire.reply().status, 404);
    }
    drop(wire);
    let held = server.settled_descriptors() - before;
    assert!(held <= 16 + 4, "{held} more descriptors");
    let anonymous = server.anonymous_bytes();
    assert!(anonymous < 8 << 20, "{anonymous} bytes");
}
