//! `--sandbox`: what is told at the start, what the kernel says of each thread, and what an intruder can do.

use std::fs;

use super::assert_fails;
use crate::client::eventually;
use crate::posix::{SIGTERM, SIGUSR1, take_away, tell};
use crate::server::{Folder, Pipes, Server, reeld, run};

const WALLS: [&str; 3] = ["landlock", "seccomp", "no-new-privs"];

/// What the server says of its walls.
pub(super) fn line(server: &Server) -> String {
    let stdout = server.stdout();
    let line = stdout.lines().find(|line| line.starts_with("sandbox: "));
    line.unwrap_or_else(|| panic!("{stdout}")).to_owned()
}

pub(super) fn has(line: &str, wall: &str) -> bool {
    assert!(line.contains(wall), "{line}");
    let stands = !line.contains(&format!("no {wall} ("));
    if !stands {
        tell(&format!("this machine has no {wall}: {line}"));
    }
    stands
}

/// The threads of a server, and what the kernel says of each in a field of its status.
pub(super) fn statuses(server: &Server, field: &str) -> Vec<(u32, String)> {
    let tasks = fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap();
    let numbers = tasks.map(|task| task.unwrap().file_name().to_str().unwrap().parse().unwrap());
    let of = |number: u32| {
        let status = fs::read_to_string(format!("/proc/{number}/status")).unwrap();
        let value = status
            .lines()
            .find_map(|line| line.strip_prefix(field)?.strip_prefix(":\t"));
        (number, value.unwrap_or_default().to_owned())
    };
    numbers.map(of).collect()
}

/// All walls by default, in one line; `off` puts up none; `require` starts where all stand.
#[test]
fn the_line() {
    let server = Server::with_digits(&[]);
    let told = line(&server);
    let stand: Vec<bool> = WALLS.iter().map(|wall| has(&told, wall)).collect();
    assert_eq!(server.stdout().matches("\nsandbox: ").count(), 1);
    assert!(!told.contains("user"), "{told}");

    let off = Server::with_digits(&["--sandbox", "off"]);
    assert_eq!(line(&off), "sandbox: off");

    if stand.iter().all(|stands| *stands) {
        let all = Server::with_digits(&["--sandbox", "require"]);
        assert_eq!(line(&all), told);
        assert_eq!(all.get("/video/a.mp4", &[]).text(), "0123456789");
    }
}

/// What a kernel or a container does not have is named with why, and ends a start that requires it.
#[test]
fn what_is_missing() {
    for (call, error, missing) in [
        (
            libc::SYS_landlock_create_ruleset,
            libc::ENOSYS,
            "no landlock (not in this kernel)",
        ),
        (
            libc::SYS_landlock_create_ruleset,
            libc::EOPNOTSUPP,
            "no landlock (switched off when the kernel started)",
        ),
        (
            libc::SYS_landlock_restrict_self,
            libc::EPERM,
            "no landlock (forbidden here, perhaps by a container)",
        ),
        (
            libc::SYS_seccomp,
            libc::EINVAL,
            "no seccomp (not in this kernel)",
        ),
    ] {
        let start = |walls: &str| {
            let folder = Folder::new();
            folder.write("a.mp4", "0123456789");
            let mut command = reeld();
            take_away(&mut command, call, error);
            command.args(["--sandbox", walls]).arg(folder.videos());
            (command, folder)
        };
        let (command, folder) = start("on");
        let server = Server::spawn(command, folder, Pipes::Drained);
        assert!(line(&server).contains(missing), "{}", line(&server));
        assert_eq!(server.get("/video/a.mp4", &[]).text(), "0123456789");
        assert_eq!(server.stop(SIGTERM).code, Some(0));

        let (command, _folder) = start("require");
        let outcome = run(command);
        assert_fails(&outcome, 1, missing);
        let begin = "reeld: not all walls stand, sandbox: ";
        assert!(outcome.stderr.starts_with(begin), "{outcome:?}");
        assert!(outcome.stderr.contains(missing), "{outcome:?}");
    }
}

/// A kernel without `openat2` serves the same inside: then we walk the path ourselves.
#[test]
fn without_openat2() {
    let folder = Folder::new();
    folder.write("inner/a.mp4", "0123456789");
    folder.link("b.mp4", "inner/a.mp4");
    folder.link("passwd.mp4", "/etc/passwd");
    let mut command = reeld();
    take_away(&mut command, libc::SYS_openat2, libc::ENOSYS);
    command.arg(folder.videos());
    let server = Server::spawn(command, folder, Pipes::Drained);
    for (target, status) in [
        ("/video/inner/a.mp4", 200),
        ("/video/b.mp4", 200),
        ("/video/passwd.mp4", 404),
        ("/library.json", 200),
    ] {
        assert_eq!(server.get(target, &[]).status, status, "{target}");
    }
}

/// The kernel says the same of every thread.
#[test]
fn every_thread_is_inside() {
    let server = Server::with_digits(&[]);
    server.get("/library.json", &[]);
    let told = line(&server);
    for (field, wall, inside) in [
        ("Seccomp", "seccomp", "2"),
        ("NoNewPrivs", "no-new-privs", "1"),
    ] {
        if has(&told, wall) {
            let found = statuses(&server, field);
            assert!(found.len() > 5, "{found:?}");
            assert!(
                found.iter().all(|(_, value)| value == inside),
                "{field}: {found:?}"
            );
        }
    }
}

/// The log can be made anew after it was moved away, however its name was written, and though nothing else can.
#[test]
fn the_log_is_made_anew() {
    for name in ["log", "./logs/log", "link"] {
        let folder = Folder::new();
        folder.write("a.mp4", "0123456789");
        fs::create_dir(folder.outside("logs")).unwrap();
        let real = match name {
            "log" => folder.outside("log"),
            _ => folder.outside("logs/log"),
        };
        std::os::unix::fs::symlink("logs/log", folder.outside("link")).unwrap();
        let mut command = reeld();
        command
            .current_dir(folder.outside("."))
            .args(["--access-log", name, "videos"]);
        let server = Server::spawn(command, folder, Pipes::Drained);
        for round in 0..3 {
            fs::rename(&real, real.with_extension(round.to_string())).unwrap();
            server.signal(SIGUSR1);
            eventually("a new log", || real.exists());
            server.get(&format!("/video/a.mp4?round-{round}."), &[]);
            eventually("a line", || {
                fs::read_to_string(&real)
                    .unwrap()
                    .contains(&format!("?round-{round}."))
            });
        }
    }
}

/// A log that is no regular file is opened again as well, and takes no wall away.
#[test]
fn a_log_that_is_a_device() {
    let usual = line(&Server::with_digits(&[]));
    for log in ["/dev/null", "/dev/stdout"] {
        let server = Server::with_digits(&["--access-log", log]);
        assert_eq!(line(&server), usual, "{log}");
        server.signal(SIGUSR1);
        server.get("/video/a.mp4", &[]);
        assert_eq!(server.stop(SIGTERM).stderr, "", "{log}");
    }
}

#[test]
fn other_words() {
    let mut command = reeld();
    command.args(["--sandbox", "maybe"]);
    let outcome = run(command);
    assert_fails(&outcome, 2, "maybe");
    assert!(
        outcome.stderr.contains("'maybe' is not on, off or require"),
        "{outcome:?}"
    );
}
