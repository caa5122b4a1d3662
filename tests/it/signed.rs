//! Signed addresses: what opens, for whom and until when; and that nothing else does.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::client::{Reply, request};
use crate::server::{Folder, Pipes, Server, bare, reeld, run};

mod altered;
mod command;
mod lists;
mod logs;
mod opens;
mod recipes;

const KEY: &str = "VNqQ4pT0kYyqf1m7l2hC9sZbW3xE6uJr8aGdKoLiPvM=";
const OLD_KEY: &str = "an-old-key,but-a-long-one,0123456789";
const TOKEN: &str = "correct horse battery";

/// A server with two keys and a token, on a folder that `fill` has filled.
fn start(args: &[&str], fill: impl FnOnce(&Folder)) -> Server {
    let folder = Folder::new();
    fill(&folder);
    fs::write(
        folder.outside("keys"),
        format!("# new\n{KEY}\n\n{OLD_KEY}\n"),
    )
    .unwrap();
    fs::write(folder.outside("token"), TOKEN).unwrap();
    let mut command = reeld();
    command.arg("--sign-key-file").arg(folder.outside("keys"));
    command.arg("--admin-token").arg(folder.outside("token"));
    command.args(args).arg(folder.videos());
    Server::spawn(command, folder, Pipes::Drained)
}

/// Titles in folders, with what belongs to them.
fn shows(folder: &Folder) {
    for name in [
        "a.mp4",
        "ab.mp4",
        "shows/one/e1.mp4",
        "shows/one/e2.mp4",
        "shows/two/e1.mp4",
    ] {
        folder.write(name, "0123456789");
    }
    for name in [
        "shows/one/e1.en.srt",
        "shows/one/e1.jpg",
        "shows/one/e2.srt",
        "shows/one/poster.jpg",
    ] {
        folder.write(name, "1\n00:00:00,000 --> 00:00:01,000\nHello\n");
    }
    folder.write("a b/é 100%.mp4", "0123456789");
    folder.write("showsx/e1.mp4", "0123456789");
}

fn now_secs() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// An hour from now.
fn later() -> u64 {
    now_secs() + 3_600
}

/// `/s/TOKEN`, by a way of our own.
fn sign_with(key: &str, claim: &str, path: &str, address: &str) -> String {
    let message = ["reeld1", claim, path, address].join("\0");
    let mac = hmac_sha256::HMAC::mac(message, key);
    let mut bits = String::new();
    for byte in mac {
        _ = write!(bits, "{byte:08b}");
    }
    bits.push_str("00");
    let letters: Vec<char> = ('A'..='Z')
        .chain('a'..='z')
        .chain('0'..='9')
        .chain(['-', '_'])
        .collect();
    let letter = |at: usize| letters[usize::from_str_radix(&bits[at * 6..at * 6 + 6], 2).unwrap()];
    format!("/s/{claim}.{}", (0..43).map(letter).collect::<String>())
}

fn sign(claim: &str, path: &str) -> String {
    sign_with(KEY, claim, path, "")
}

/// For a title, for an hour.
fn title(path: &str) -> String {
    sign(&later().to_string(), path)
}

fn folder(path: &str) -> String {
    let names = path.split('/').filter(|name| !name.is_empty()).count();
    sign(&format!("{}-{names}", later()), path)
}

#[track_caller]
fn refused(reply: &Reply, status: u16, why: &str) {
    assert_eq!(reply.status, status, "{reply:?}");
    assert!(reply.text().ends_with(&format!(": {why}\n")), "{reply:?}");
}

/// What `reeld sign` prints with the server's keys.
fn printed(server: &Server, args: &[&str]) -> Vec<String> {
    let mut command = bare();
    command.arg("sign").args(args);
    command
        .arg("--sign-key-file")
        .arg(server.folder().outside("keys"));
    let outcome = run(command);
    assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""), "{args:?}");
    outcome.stdout.lines().map(str::to_owned).collect()
}
