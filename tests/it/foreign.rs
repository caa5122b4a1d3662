//! Other people's pages: what they are refused, and what browsers are told to keep from them.
//!
//! Owns the promise that a page from elsewhere cannot look into a viewer's server. `tests/browser` tries the same in
//! a real browser.

mod fences;
mod hosts;
mod origins;

use crate::server::{Folder, Pipes, Server, reeld};

/// A library of one film, with subtitles and a film that can be packaged, served under the names that it knows itself.
fn start(args: &[&str]) -> Server {
    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    folder.write("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nhello\n");
    let mut command = reeld();
    command
        .env_remove("REELD_HOST")
        .args(args)
        .arg(folder.videos());
    Server::spawn(command, folder, Pipes::Drained)
}

/// What tells something of its owner, or does something for it.
const PRIVATE: [&str; 6] = [
    "/",
    "/?session=a",
    "/library.json",
    "/_/inspect",
    "/_/stats",
    "/_/metrics",
];
