//! Titles as HLS and DASH: `/hls/NAME/…` and `/dash/NAME/…`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::client::Reply;
use crate::server::{Folder, Server};

mod crowds;
mod faststart;
mod names;
mod segments;
mod sidecars;
mod texts;
mod verdicts;
mod versions;

const MASTER: &str = "/hls/video.mp4/master.m3u8";
const HLS: &str = "application/vnd.apple.mpegurl";

/// One of the films that come with the source.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    let videos = Path::new(env!("CARGO_MANIFEST_DIR")).join("videos");
    fs::read(videos.join(name)).unwrap()
}

/// As if the file had been there for long.
fn rest(folder: &Folder, name: &str) {
    folder.set_modified(name, SystemTime::now() - Duration::from_secs(3_600));
}

pub(crate) fn put(folder: &Folder, name: &str, bytes: impl AsRef<[u8]>) {
    folder.write(name, bytes);
    rest(folder, name);
}

/// `video.mp4` with picture and sound.
fn fill(folder: &Folder) {
    put(folder, "video.mp4", sample("video.mp4"));
}

fn server(args: &[&str]) -> Server {
    Server::start(args, fill)
}

/// What a text names, in order: the lines of a playlist that are no tags, and every `URI="…"`.
fn addresses(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines() {
        if !line.starts_with('#') && !line.is_empty() {
            found.push(line);
        }
        let inside = line.split("URI=\"").skip(1);
        found.extend(inside.map(|rest| rest.split('"').next().unwrap()));
    }
    found
}

/// An address relative to the title, as a target.
fn below(root: &str, address: &str) -> String {
    assert!(!address.contains('/'), "{address}");
    format!("{root}/{address}")
}

/// The addresses of everything that the playlists below `root` lead to.
fn everything(server: &Server, root: &str) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    let mut todo = vec![below(root, "master.m3u8")];
    while let Some(target) = todo.pop() {
        if known.contains(&target) {
            continue;
        }
        let reply = server.get(&target, &[]);
        assert_eq!(reply.status, 200, "{target}: {reply:?}");
        if target.contains(".m3u8") {
            todo.extend(addresses(reply.text()).iter().map(|it| below(root, it)));
        }
        known.insert(target);
    }
    known
}

/// The init segment and the segments of the first stream of `video.mp4`.
fn stream(server: &Server) -> Vec<String> {
    let master = server.get(MASTER, &[]);
    let playlist = addresses(master.text());
    let playlist = playlist.iter().find(|it| it.starts_with("m.m3u8")).unwrap();
    let playlist = server.get(&below("/hls/video.mp4", playlist), &[]);
    let found = addresses(playlist.text());
    found.iter().map(|it| below("/hls/video.mp4", it)).collect()
}

fn refused(reply: &Reply, status: u16, why: &str) {
    assert_eq!(reply.status, status, "{reply:?}");
    assert!(reply.text().contains(why), "{reply:?}");
}

/// A number that is counted.
fn counted(server: &Server, name: &str) -> u64 {
    let metrics = server.get("/_/metrics", &[]);
    let line = metrics.text().lines().find_map(|line| {
        let rest = line.strip_prefix(name)?;
        rest.strip_prefix(' ')
    });
    line.unwrap_or_else(|| panic!("no {name}")).parse().unwrap()
}
