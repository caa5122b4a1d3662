//! Many at once: a title is read once for all of them, and others do not notice.

use super::{counted, fill, put, sample};
use crate::client::request;
use crate::server::Server;

/// A thousand requests for one title that nobody has asked for before.
#[test]
fn a_title_is_read_once() {
    const WIRES: usize = 125;
    let resources = [
        "master.m3u8",
        "m.m3u8",
        "m-init.mp4",
        "m-0.m4s",
        "m-1.m4s",
        "i.m3u8",
        "manifest.mpd",
        "m-0.m4s",
    ];
    let server = Server::start(&["--workers", "3"], fill);
    let wires: Vec<_> = (0..WIRES).map(|_| server.wire()).collect();
    let all: String = resources
        .iter()
        .map(|it| request("GET", &format!("/hls/video.mp4/{it}"), &[]))
        .collect();
    let mut wires: Vec<_> = wires
        .into_iter()
        .map(|mut wire| {
            wire.send(&all);
            wire
        })
        .collect();
    let mut first: Vec<Vec<u8>> = Vec::new();
    for wire in &mut wires {
        let bodies = resources.map(|_| {
            let reply = wire.reply();
            assert_eq!(reply.status, 200, "{reply:?}");
            reply.body
        });
        if first.is_empty() {
            first = bodies.to_vec();
        }
        assert!(first == bodies, "all get the same");
    }
    assert_eq!(counted(&server, "reeld_packages_read_total"), 1);
}

/// More titles than there is room for: all are served, and what is kept stays within its bound.
#[test]
fn more_titles_than_room() {
    const TITLES: usize = 12;
    let bytes = sample("video.mp4");
    let server = Server::start(&["--limit", "packages_bytes_max=60000"], |folder| {
        for number in 0..TITLES {
            put(folder, &format!("{number}.mp4"), &bytes);
        }
    });
    for round in 0..3 {
        for number in 0..TITLES {
            for resource in ["m.m3u8", "m-0.m4s"] {
                let target = format!("/hls/{number}.mp4/{resource}");
                let reply = server.get(&target, &[]);
                assert_eq!(reply.status, 200, "{target}: {reply:?}");
            }
        }
        let kept = counted(&server, "reeld_packages_kept_bytes");
        assert!(kept <= 60_000, "{kept} bytes in round {round}");
    }
    // Those that are kept were read once; they are not pushed out by the others in turn.
    let read = counted(&server, "reeld_packages_read_total");
    assert!(
        read < 3 * 2 * u64::try_from(TITLES).unwrap(),
        "{read} readings"
    );
}

/// No room at all is room for one.
#[test]
fn no_room() {
    let server = Server::start(&["--limit", "packages_bytes_max=0"], fill);
    for _ in 0..3 {
        for resource in ["master.m3u8", "m.m3u8", "m-0.m4s"] {
            let target = format!("/hls/video.mp4/{resource}");
            assert_eq!(server.get(&target, &[]).status, 200, "{target}");
        }
    }
}
