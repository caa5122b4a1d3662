//! `--user`: root is left once the sockets are bound, in every thread and for good.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};

use super::assert_fails;
use super::sandbox::statuses;
use crate::client::eventually;
use crate::posix::{SIGUSR1, ids, is_root, tell};
use crate::server::{Folder, Pipes, Server, reeld, run};

/// Numbers that no host gives to anybody.
const NUMBERS: &str = "54321:54322";

fn start(user: &str, fill: impl FnOnce(&Folder)) -> Server {
    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    fill(&folder);
    let mut command = reeld();
    command.args(["--user", user]).arg(folder.videos());
    Server::spawn(command, folder, Pipes::Drained)
}

/// Real, effective, saved and of files: all four are the user's, and nothing is left of root's powers.
#[test]
fn nothing_of_root_is_left() {
    if !is_root() {
        return tell("only root can become somebody else");
    }
    let server = start(NUMBERS, |_| {});
    assert_eq!(server.get("/video/a.mp4", &[]).text(), "0123456789");
    for (field, expected) in [
        ("Uid", "54321\t54321\t54321\t54321"),
        ("Gid", "54322\t54322\t54322\t54322"),
        ("Groups", "54322"),
        ("CapEff", "0000000000000000"),
        ("CapPrm", "0000000000000000"),
        ("CapInh", "0000000000000000"),
        ("CapAmb", "0000000000000000"),
    ] {
        let found = statuses(&server, field);
        assert!(found.len() > 5, "{found:?}");
        for (thread, value) in found {
            assert_eq!(value.trim(), expected, "{field} of {thread}");
        }
    }
    let line = server.stdout();
    assert!(line.contains(", user 54321\n"), "{line}");
}

/// Without walls as well: who is asked for is who serves.
#[test]
fn also_without_walls() {
    if is_root() {
        let folder = Folder::new();
        let mut command = reeld();
        command
            .args(["--user", NUMBERS, "--sandbox", "off"])
            .arg(folder.videos());
        let server = Server::spawn(command, folder, Pipes::Drained);
        assert!(server.stdout().contains("sandbox: off, user 54321\n"));
        let found = statuses(&server, "Uid");
        assert!(
            found.iter().all(|(_, ids)| ids.starts_with("54321\t54321")),
            "{found:?}"
        );
    }
}

/// A name is looked up, and told.
#[test]
fn a_name() {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let Some(row) = users.lines().find(|row| row.starts_with("nobody:")) else {
        return tell("nobody is not known here");
    };
    if is_root() {
        let uid = row.split(':').nth(2).unwrap();
        let server = start("nobody", |_| {});
        assert!(
            server.stdout().contains(", user nobody\n"),
            "{}",
            server.stdout()
        );
        let found = statuses(&server, "Uid");
        assert!(
            found.iter().all(|(_, ids)| ids.starts_with(uid)),
            "{found:?}"
        );
    }
}

/// Who is that user already has nothing to become, and needs no right to.
#[test]
fn who_one_is_already() {
    let (uid, gid) = ids();
    if uid != 0 {
        let server = start(&format!("{uid}:{gid}"), |_| {});
        assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
        let mut command = reeld();
        command.args(["--user", NUMBERS, "/"]);
        let outcome = run(command);
        assert_fails(&outcome, 1, "somebody else");
        assert!(
            outcome.stderr.contains("cannot become user 54321: "),
            "{outcome:?}"
        );
    }
}

/// What the user may not do is told at the start, not at the first request or at the first rotation.
#[test]
fn what_the_user_may_not() {
    if !is_root() {
        return;
    }
    let folder = Folder::new();
    fs::set_permissions(folder.videos(), fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = reeld();
    command.args(["--user", NUMBERS]).arg(folder.videos());
    let outcome = run(command);
    assert_fails(&outcome, 1, "a folder of root's");
    assert!(outcome.stderr.contains("cannot serve"), "{outcome:?}");

    let folder = Folder::new();
    let mut command = reeld();
    let log = folder.outside("log");
    command
        .args(["--user", NUMBERS, "--access-log"])
        .arg(&log)
        .arg(folder.videos());
    let outcome = run(command);
    assert_fails(&outcome, 1, "a log in a folder of root's");
    assert!(
        outcome.stderr.contains("cannot write the access log"),
        "{outcome:?}"
    );

    // In a folder of the user's own the log can be made anew, too.
    fs::create_dir(folder.outside("logs")).unwrap();
    chown(folder.outside("logs"), Some(54_321), Some(54_322)).unwrap();
    let log = folder.outside("logs/log");
    let mut command = reeld();
    command
        .args(["--user", NUMBERS, "--access-log"])
        .arg(&log)
        .arg(folder.videos());
    let server = Server::spawn(command, folder, Pipes::Drained);
    fs::rename(&log, log.with_extension("1")).unwrap();
    server.signal(SIGUSR1);
    eventually("a new log", || log.exists());
}

/// What is no user, and root itself.
#[test]
fn complaints() {
    for (user, why) in [
        (
            "no-such-user",
            "--user: /etc/passwd has no 'no-such-user'; numbers (UID:GID) always work",
        ),
        ("0:0", "is root, who is to be left"),
        ("54321", "--user: name a group as well, as in 54321:GROUP"),
        (
            "54321:no-such-group",
            "--user: /etc/group has no 'no-such-group'",
        ),
    ] {
        let mut command = reeld();
        command.args(["--user", user]);
        let outcome = run(command);
        assert_fails(&outcome, 2, user);
        assert!(outcome.stderr.contains(why), "{outcome:?}");
    }
}
