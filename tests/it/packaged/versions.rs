//! Titles that change: old addresses are gone, and no reply mixes two versions.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;

use super::{MASTER, counted, fill, refused, rest, sample, server, stream};
use crate::client::{eventually, request};
use crate::server::Server;

const OTHER: &str = "shows/fractals/mandelbrot.mp4";

#[test]
fn another_version_is_gone() {
    let server = server(&[]);
    for resource in [
        "master.m3u8",
        "manifest.mpd",
        "m.m3u8",
        "m-init.mp4",
        "m-0.m4s",
        "m-9999.m4s",
    ] {
        for version in ["0123456789abcdef", "", "x"] {
            let target = format!("/hls/video.mp4/{resource}?v={version}");
            refused(&server.get(&target, &[]), 410, "gone");
        }
    }
    assert_eq!(
        counted(&server, "reeld_packages_read_total"),
        0,
        "for that nothing is read"
    );
}

/// A title that is replaced: its old addresses are gone, its new ones lead to the new one.
#[test]
fn replaced() {
    let server = server(&["--workers", "1", "--limit", "recheck_millis=20"]);
    let old = stream(&server);
    let body = server.get(&old[1], &[]).body;
    server.folder().replace("video.mp4", sample(OTHER));
    rest(server.folder(), "video.mp4");
    for target in &old {
        eventually("410", || server.get(target, &[]).status == 410);
    }
    let new = stream(&server);
    assert!(new.iter().all(|it| !old.contains(it)), "{new:?}");
    let reply = server.get(&new[1], &[]);
    assert_eq!(reply.status, 200);
    assert!(reply.body != body);
}

/// While a file is being written nothing of it is read; when it rests it is a title.
#[test]
fn settling() {
    let server = Server::start(&["--limit", "recheck_millis=20"], |folder| {
        folder.write("video.mp4", sample("video.mp4"));
    });
    let reply = server.get(MASTER, &[]);
    refused(&reply, 503, "settling");
    assert_eq!(reply.must("Retry-After"), "2");
    refused(&server.get("/hls/video.mp4/m-0.m4s", &[]), 503, "settling");
    assert_eq!(counted(&server, "reeld_packages_read_total"), 0);
    assert_eq!(
        server.get("/video/video.mp4", &[]).status,
        200,
        "the file is served"
    );
    rest(server.folder(), "video.mp4");
    eventually("it rests", || server.get(MASTER, &[]).status == 200);
    assert_eq!(counted(&server, "reeld_packages_read_total"), 1);
}

/// A file of the future rests as well: that time would not come.
#[test]
fn from_the_future() {
    let server = Server::start(&[], |folder| {
        fill(folder);
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(86_400);
        folder.set_modified("video.mp4", later);
    });
    assert_eq!(server.get(MASTER, &[]).status, 200);
}

/// What can happen to a file in its place.
fn change(file: &File, how: usize) {
    let len = file.metadata().unwrap().len();
    match how {
        0 => file.set_len(len / 2).unwrap(),
        1 => {
            let mut file = file;
            std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).unwrap();
            file.write_all(&[7; 70_000]).unwrap();
        }
        _ => file.write_all_at(&[7; 4_096], len / 2).unwrap(),
    }
}

/// Cut, grown or rewritten where it stands: its old addresses are gone at once, nobody gets a mixture.
#[test]
fn changed_in_place() {
    for how in 0..3 {
        let server = server(&["--limit", "recheck_millis=20"]);
        let old = stream(&server);
        change(&server.folder().open("video.mp4"), how);
        // The file is believed for a moment, its bytes are not.
        for target in &old[1..] {
            let reply = server.get(target, &[]);
            assert!(
                [410, 503].contains(&reply.status),
                "change {how}: {reply:?}"
            );
        }
        eventually("410", || server.get(&old[1], &[]).status == 410);
        refused(&server.get("/hls/video.mp4/m-0.m4s", &[]), 503, "settling");
    }
}

/// The same while a segment is on its way: what comes is of the old version, and then the connection ends.
#[test]
fn changed_under_way() {
    for how in 0..3 {
        // Long, so that one segment does not fit into what kernels hold.
        let server = server(&[
            "--limit",
            "recheck_millis=20",
            "--limit",
            "quantum_bytes_max=4096",
        ]);
        let targets = stream(&server);
        let longest = targets.iter().map(|it| (server.get(it, &[]).body, it));
        let (body, target) = longest.max_by_key(|(body, _)| body.len()).unwrap();
        let mut wire = crate::client::Wire::open_narrow(server.address());
        wire.send(request("GET", target, &[]).repeat(12));
        let mut came = Vec::new();
        assert_eq!(wire.head().status, 200);
        came.extend(wire.take(1_000));
        change(&server.folder().open("video.mp4"), how);
        came.extend(wire.rest());
        let first = came.len().min(body.len());
        assert!(
            came[..first] == body[..first],
            "change {how}: other bytes came"
        );
        assert!(came.len() < 12 * body.len(), "change {how}: it did not end");
    }
}
