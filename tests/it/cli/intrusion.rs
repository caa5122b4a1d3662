//! Somebody who runs code of their own in the server, as it is released.

use std::fs;

use libc::c_long;

use super::sandbox::{has, line, statuses};
use crate::intruder::Intruder;
use crate::posix::{SIGTERM, tell};
use crate::server::{Folder, Server};

/// Somebody runs code of their own in the server, in each of its threads, and gets nowhere. Without walls they
/// would, or this would prove nothing.
#[test]
fn an_intruder_gets_nowhere() {
    for walls in ["on", "off"] {
        let server = Server::start(&["--sandbox", walls], |folder| {
            folder.write("a.mp4", "0123456789");
            fs::write(folder.outside("secret"), "secret").unwrap();
        });
        server.get("/video/a.mp4", &[]);
        let told = line(&server);
        let stand = walls == "on" && has(&told, "landlock") && has(&told, "seccomp");
        for (thread, _) in statuses(&server, "Name") {
            let Some(intruder) = Intruder::enter(thread) else {
                return tell("nobody may look into a process here");
            };
            let try_all = Try {
                intruder,
                walls: if walls == "off" {
                    Walls::Off
                } else if stand {
                    Walls::Stand
                } else {
                    Walls::Some
                },
            };
            try_all.files(server.folder());
            try_all.calls();
        }
        assert_eq!(server.get("/video/a.mp4", &[]).text(), "0123456789");
        assert_eq!(server.stop(SIGTERM).code, Some(0));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Walls {
    Off,
    Stand,
    /// The machine has not all of them: nothing can be said.
    Some,
}

struct Try {
    intruder: Intruder,
    walls: Walls,
}

impl Try {
    /// What the walls refuse, and what works without them.
    fn refused(&self, what: &str, call: c_long, arguments: [u64; 6]) {
        let outcome = self.intruder.call(call, arguments);
        let code = outcome
            .as_ref()
            .err()
            .and_then(std::io::Error::raw_os_error);
        let is_refused = matches!(code, Some(libc::EACCES | libc::EPERM));
        let is_right = match self.walls {
            Walls::Off => outcome.is_ok(),
            Walls::Stand => is_refused,
            Walls::Some => true,
        };
        assert!(is_right, "{what}: {outcome:?}");
    }

    /// What would change or end the server where nothing refuses it.
    fn refused_only(&self, what: &str, call: c_long, arguments: [u64; 6]) {
        if self.walls == Walls::Stand {
            self.refused(what, call, arguments);
        }
    }

    fn files(&self, folder: &Folder) {
        const OPEN: c_long = libc::SYS_openat;
        let here = number(libc::AT_FDCWD);
        let text = |intruder: &Intruder, slot, path: std::path::PathBuf| {
            intruder.text(slot, path.to_str().unwrap())
        };
        let film = text(&self.intruder, 0, folder.path("a.mp4"));
        let secret = text(&self.intruder, 1, folder.outside("secret"));
        let new = text(&self.intruder, 2, folder.path("new"));
        let passwd = self.intruder.text(3, "/etc/passwd");
        let (write, make) = (
            number(libc::O_WRONLY),
            number(libc::O_WRONLY | libc::O_CREAT),
        );
        self.refused("open /etc/passwd", OPEN, [here, passwd, 0, 0, 0, 0]);
        self.refused("open a secret", OPEN, [here, secret, 0, 0, 0, 0]);
        self.refused("write to a film", OPEN, [here, film, write, 0, 0, 0]);
        self.refused("make a file", OPEN, [here, new, make, 0o600, 0, 0]);
        self.refused_only(
            "remove a film",
            libc::SYS_unlinkat,
            [here, film, 0, 0, 0, 0],
        );
        self.refused_only("cut a film", libc::SYS_truncate, [film, 0, 0, 0, 0, 0]);
        // Inside the folder the same call goes on, or the refusals would be of something else.
        let opened = self.intruder.call(OPEN, [here, film, 0, 0, 0, 0]).unwrap();
        let closed = self.intruder.call(libc::SYS_close, [opened, 0, 0, 0, 0, 0]);
        assert!(closed.is_ok(), "{closed:?}");
    }

    fn calls(&self) {
        let us = u64::from(std::process::id());
        // 127.0.0.1, port 1, as the kernel reads it.
        let address = "\u{2}\0\0\u{1}\u{7f}\0\0\u{1}\0\0\0\0\0\0\0\0";
        let address = self.intruder.text(4, address);
        let program = self.intruder.text(5, "/bin/true");
        self.refused("a socket", libc::SYS_socket, [2, 1, 0, 0, 0, 0]);
        self.refused("a local socket", libc::SYS_socket, [1, 2, 0, 0, 0, 0]);
        self.refused("signal who started it", libc::SYS_kill, [us, 0, 0, 0, 0, 0]);
        self.refused(
            "memory to run",
            libc::SYS_mmap,
            [0, 4_096, 5, 0x22, u64::MAX, 0],
        );
        let only = |what, call, arguments| self.refused_only(what, call, arguments);
        only("connect", libc::SYS_connect, [3, address, 16, 0, 0, 0]);
        only("bind", libc::SYS_bind, [3, address, 16, 0, 0, 0]);
        only("run a program", libc::SYS_execve, [program, 0, 0, 0, 0, 0]);
        only(
            "a child",
            libc::SYS_clone,
            [number(libc::SIGCHLD), 0, 0, 0, 0, 0],
        );
        only("look into us", libc::SYS_ptrace, [16, us, 0, 0, 0, 0]);
        only("become root", libc::SYS_setresuid, [0; 6]);
        only("io_uring", libc::SYS_io_uring_setup, [1, 0, 0, 0, 0, 0]);
        only("bpf", libc::SYS_bpf, [0; 6]);
        only(
            "a name space",
            libc::SYS_unshare,
            [0x1000_0000, 0, 0, 0, 0, 0],
        );
    }
}

fn number(value: libc::c_int) -> u64 {
    i64::from(value).cast_unsigned()
}
