//! What is no regular file, and what may not be read.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::posix;
use crate::server::{Folder, PROGRAM, Pipes, Server, tidy};

/// The user and group called nobody.
const NOBODY: u32 = 65_534;

/// A FIFO without a writer hangs whoever opens it carelessly.
#[test]
fn a_fifo_hangs_nobody() {
    let server = Server::start(&["--workers", "1"], |folder| {
        folder.write("a.mp4", "inside");
        posix::make_fifo(&folder.path("pipe.mp4"));
    });
    for _ in 0..3 {
        assert_eq!(server.get("/video/pipe.mp4", &[]).status, 404);
        assert_eq!(server.ask("HEAD", "/video/pipe.mp4", &[]).status, 404);
        assert_eq!(server.get("/video/a.mp4", &[]).text(), "inside");
    }
    assert!(!server.get("/library.json", &[]).text().contains("pipe.mp4"));
}

/// Sockets and folders are no videos, whatever their names are.
#[test]
fn sockets_and_folders_are_not_served() {
    let server = Server::start(&[], |folder| {
        drop(UnixListener::bind(folder.path("socket.mp4")).unwrap());
        fs::create_dir(folder.path("folder.mp4")).unwrap();
    });
    for name in ["socket.mp4", "folder.mp4"] {
        assert_eq!(
            server.get(&format!("/video/{name}"), &[]).status,
            404,
            "{name}"
        );
        assert!(
            !server.get("/library.json", &[]).text().contains(name),
            "{name}"
        );
    }
}

/// A file that the server may not read is 403, and one that nobody can reach is no secret.
#[test]
fn files_without_permission_are_forbidden() {
    let folder = Folder::new();
    folder.write("open.mp4", "open");
    folder.write("closed.mp4", "closed bytes");
    folder.write("locked/a.mp4", "locked");
    let mode = |path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    mode(folder.outside("."), 0o755);
    mode(folder.videos(), 0o755);
    mode(folder.path("open.mp4"), 0o644);
    mode(folder.path("closed.mp4"), 0o000);
    mode(folder.path("locked"), 0o000);
    let locked = folder.path("locked");

    let server = Server::spawn(as_nobody(&folder), folder, Pipes::Drained);
    assert_eq!(server.get("/video/open.mp4", &[]).text(), "open");
    let closed = server.get("/video/closed.mp4", &[]);
    assert_eq!(closed.status, 403);
    assert!(!closed.text().contains("closed bytes"), "{closed:?}");
    assert!(matches!(
        server.get("/video/locked/a.mp4", &[]).status,
        403 | 404
    ));
    assert_eq!(server.get("/library.json", &[]).status, 200);
    mode(locked, 0o755);
}

/// The server as somebody whom permissions hold for: root becomes nobody first.
fn as_nobody(folder: &Folder) -> Command {
    // A copy, because the place where programs are built may be closed to others.
    let program = folder.outside("reeld");
    fs::copy(PROGRAM, &program).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(program);
    tidy(&mut command);
    command.args(["-b", "127.0.0.1:0"]).arg(folder.videos());
    if posix::is_root() {
        command.gid(NOBODY).uid(NOBODY);
    }
    command
}
