//! Arguments: what is printed, what is taken, what is refused.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use super::assert_fails;
use crate::server::{Folder, Outcome, Pipes, Server, bare, reeld, run};

const FLAGS: [&str; 23] = [
    "--port",
    "--bind",
    "--workers",
    "--verbose",
    "--quiet",
    "--help",
    "--version",
    "--limits",
    "--limit",
    "--reply-max",
    "--follow-links",
    "--max-age",
    "--cdn-max-age",
    "--cors",
    "--header",
    "--access-log",
    "--access-format",
    "--grace",
    "--qr",
    "--admin-token",
    "--sign-key-file",
    "--sandbox",
    "--user",
];

const LIMITS: [&str; 21] = [
    "head_bytes_max",
    "fields_max",
    "target_bytes_max",
    "head_secs_max",
    "idle_secs_max",
    "stall_secs_max",
    "pipelined_max",
    "ranges_max",
    "range_bytes_max",
    "discard_bytes_max",
    "linger_secs_max",
    "linger_quiet_secs_max",
    "turn_bytes_max",
    "connections_max",
    "entries_max",
    "recheck_millis",
    "unused_secs_max",
    "find_secs_max",
    "finds_max",
    "listed_files_max",
    "map_window_bytes",
];

/// What a start with these arguments, which has to end by itself, comes to.
fn run_with(args: &[&str]) -> Outcome {
    let mut command = bare();
    command.args(args);
    run(command)
}

/// `--help` names every flag, on stdout, and is a success.
#[test]
fn help() {
    for flag in ["--help", "-h"] {
        let outcome = run_with(&[flag]);
        assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""), "{flag}");
        assert!(
            outcome.stdout.contains("reeld [OPTIONS] [DIR]"),
            "{}",
            outcome.stdout
        );
        for name in FLAGS {
            assert!(
                outcome.stdout.contains(name),
                "{name} is missing: {}",
                outcome.stdout
            );
        }
    }
}

/// `--version` is one line.
#[test]
fn version() {
    for flag in ["--version", "-V"] {
        let outcome = run_with(&[flag]);
        assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""), "{flag}");
        assert_eq!(
            outcome.stdout,
            format!("reeld {}\n", env!("CARGO_PKG_VERSION"))
        );
    }
}

/// `--limits` prints every bound, with its unit in its name.
#[test]
fn limits() {
    let outcome = run_with(&["--limits"]);
    assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""));
    for name in LIMITS {
        let line = outcome.stdout.lines().find(|line| line.contains(name));
        let line = line.unwrap_or_else(|| panic!("{name} is missing: {}", outcome.stdout));
        assert!(line.bytes().any(|byte| byte.is_ascii_digit()), "{line}");
    }
}

/// Every limit can be changed, and the change is shown.
#[test]
fn every_limit_can_be_changed() {
    for name in LIMITS {
        let value = if name.contains("bytes") { "8192" } else { "17" };
        let outcome = run_with(&["--limit", &format!("{name}={value}"), "--limits"]);
        assert_eq!(outcome.code, Some(0), "{name}: {outcome:?}");
        let line = outcome
            .stdout
            .lines()
            .find(|line| line.contains(name))
            .unwrap();
        assert!(line.replace([',', '_', ' '], "").contains(value), "{line}");
    }
}

/// A wrong flag or value is one line and exit 2, before anything is opened.
#[test]
fn wrong_arguments() {
    let table: [&[&str]; 34] = [
        &["--nope"],
        &["-x"],
        &["--port"],
        &["--port", "abc"],
        &["--port", ""],
        &["--port", "65536"],
        &["--port", "-1"],
        &["-p", "80x"],
        &["--bind"],
        &["--bind", "nonsense"],
        &["--bind", "127.0.0.1:port"],
        &["--bind", "127.0.0.1:99999"],
        &["--bind", "[::1"],
        &["--bind", "300.1.1.1:0"],
        &["--workers", "x"],
        &["--workers", "-2"],
        &["--reply-max", "lots"],
        &["--reply-max", "1X"],
        &["--reply-max", "99999999999999999999"],
        &["--max-age", "x"],
        &["--max-age", "-1"],
        &["--cdn-max-age", "1.5"],
        &["--grace", "x"],
        &["--limit", "nope=1"],
        &["--limit", "head_bytes_max"],
        &["--limit", "head_bytes_max="],
        &["--limit", "head_bytes_max=x"],
        &["--limit", "head_bytes_max=-1"],
        &["--header", "no colon"],
        &["--header", "bad name: x"],
        &["--header", "X: a\r\nY: b"],
        &["--access-format", "yaml"],
        &["--help=x"],
        &["one", "two"],
    ];
    for args in table {
        assert_fails(&run_with(args), 2, &format!("{args:?}"));
    }
}

/// The line of a wrong flag names it, so that it can be found in a long command.
#[test]
fn the_line_names_what_is_wrong() {
    for (args, named) in [
        (&["--nope"][..], "--nope"),
        (&["--port", "abc"], "abc"),
        (&["--bind", "nonsense"], "nonsense"),
        (&["--limit", "nope=1"], "nope"),
        (&["--access-format", "yaml"], "yaml"),
    ] {
        let outcome = run_with(args);
        assert!(outcome.stderr.contains(named), "{args:?}: {outcome:?}");
    }
}

/// A folder that is missing, or is none, is exit 1, and the line names it.
#[test]
fn a_missing_folder() {
    let folder = Folder::new();
    folder.write("a.mp4", "no folder");
    for path in [folder.outside("missing"), folder.path("a.mp4")] {
        let mut command = reeld();
        command.arg(&path);
        let outcome = run(command);
        assert_fails(&outcome, 1, &path.display().to_string());
        assert!(
            outcome.stderr.contains(path.to_str().unwrap()),
            "{outcome:?}"
        );
    }
}

/// Without a folder it is `videos` in the current one.
#[test]
fn the_folder_is_videos_by_default() {
    let folder = Folder::new();
    folder.write("a.mp4", "inside");
    let mut command = reeld();
    command.current_dir(folder.outside("."));
    let server = Server::spawn(command, folder, Pipes::Drained);
    assert_eq!(server.get("/video/a.mp4", &[]).text(), "inside");

    let empty = Folder::new();
    fs::remove_dir(empty.videos()).unwrap();
    let mut command = reeld();
    command.current_dir(empty.outside("."));
    assert_fails(&run(command), 1, "no folder called videos");
}

/// A folder may have any name; after `--` even one that looks like a flag.
#[test]
fn folders_with_odd_names() {
    for name in [&b"-q"[..], b"--help", b"a b", b"\xff\xfe", "é".as_bytes()] {
        let folder = Folder::new();
        let name = OsStr::from_bytes(name);
        fs::create_dir(folder.path(name)).unwrap();
        fs::write(folder.path(name).join("a.mp4"), "inside").unwrap();
        let mut command = reeld();
        command.current_dir(folder.videos()).arg("--").arg(name);
        let server = Server::spawn(command, folder, Pipes::Drained);
        assert_eq!(server.get("/video/a.mp4", &[]).text(), "inside");
    }
}

/// Flags have two spellings, values two places, and all of them may be given at once.
#[test]
fn spellings_of_flags() {
    let all = [
        "--workers=1",
        "-v",
        "-v",
        "--max-age=5",
        "--grace",
        "1",
        "--reply-max=1M",
        "--follow-links",
        "--cors",
        "*",
        "--access-log",
        "off",
        "--access-format=json",
        "--limit=ranges_max=3",
        "-p0",
    ];
    let server = Server::with_digits(&all);
    let reply = server.get("/video/a.mp4", &[]);
    assert_eq!(reply.must("Cache-Control"), "public, max-age=5");
}

/// Every number of workers serves.
#[test]
fn workers() {
    for workers in ["1", "2", "7"] {
        let server = Server::with_digits(&["--workers", workers]);
        for _ in 0..30 {
            assert_eq!(server.get("/video/a.mp4", &[]).status, 200, "{workers}");
        }
    }
}
