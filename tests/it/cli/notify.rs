//! What whoever starts the server is told (`NOTIFY_SOCKET`), and the watchdog.

use std::collections::VecDeque;
use std::fs;
use std::io::Write as _;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

use crate::client::eventually;
use crate::posix::{Frozen, SIGHUP, SIGTERM};
use crate::server::{Folder, Pipes, Server, reeld};

/// Longest wait for a word that has to come.
const WORD_SECS_MAX: Duration = Duration::from_secs(20);

/// The one who is told.
struct Keeper {
    socket: UnixDatagram,
    words: VecDeque<String>,
}

impl Keeper {
    fn new(socket: UnixDatagram) -> Self {
        Self {
            socket,
            words: VecDeque::new(),
        }
    }

    /// One datagram, which is lines; none if it does not come within `patience`.
    fn hear(&mut self, patience: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(patience)).unwrap();
        let mut bytes = [0; 4_096];
        let len = self.socket.recv(&mut bytes).ok()?;
        let text = String::from_utf8(bytes[..len].to_vec()).unwrap();
        self.words.push_back(text.clone());
        Some(text)
    }

    /// Waits for a datagram with this line, and gives it; others may come before.
    #[track_caller]
    fn expect(&mut self, line: &str) -> String {
        let until = Instant::now() + WORD_SECS_MAX;
        while Instant::now() < until {
            let heard = self.hear(Duration::from_millis(200));
            if let Some(heard) = heard.filter(|heard| heard.lines().any(|told| told == line)) {
                return heard;
            }
        }
        panic!("{line} was not told, but {:?}", self.words);
    }
}

fn start(place: &str, folder: Folder, variables: &[(&str, &str)]) -> Server {
    folder.write("a.mp4", "0123456789");
    let mut command = reeld();
    command.env("NOTIFY_SOCKET", place).args(["--workers", "2"]);
    command.envs(variables.iter().copied()).arg(folder.videos());
    Server::spawn(command, folder, Pipes::Drained)
}

fn kept(variables: &[(&str, &str)]) -> (Server, Keeper) {
    let folder = Folder::new();
    let path = folder.outside("notify");
    let keeper = Keeper::new(UnixDatagram::bind(&path).unwrap());
    (start(path.to_str().unwrap(), folder, variables), keeper)
}

/// Ready, when it serves; reloading and ready again; stopping, and for how long.
#[test]
fn a_life() {
    let (server, mut keeper) = kept(&[("REELD_GRACE", "7")]);
    let ready = keeper.expect("READY=1");
    assert!(ready.contains("\nSTATUS=2 workers, at most "), "{ready}");
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);

    let mut last = 0;
    for _ in 0..3 {
        server.signal(SIGHUP);
        let reloading = keeper.expect("RELOADING=1");
        let (_, micros) = reloading.split_once("\nMONOTONIC_USEC=").unwrap();
        let micros: u64 = micros.parse().unwrap();
        assert!(micros > last, "{micros} is not later than {last}");
        last = micros;
        keeper.expect("READY=1");
    }
    let uptime = fs::read_to_string("/proc/uptime").unwrap();
    let uptime: u64 = uptime.split('.').next().unwrap().parse().unwrap();
    // That clock runs on while the machine sleeps, ours does not.
    assert!(last / 1_000_000 <= uptime + 1, "{last} of {uptime}");

    server.signal(SIGTERM);
    let stopping = keeper.expect("STOPPING=1");
    assert!(
        stopping.contains("\nEXTEND_TIMEOUT_USEC=12000000"),
        "{stopping}"
    );
    assert_eq!(server.ended().code, Some(0));
    let told = keeper.words.iter().flat_map(|words| words.lines());
    assert!(
        told.into_iter().all(|line| line != "WATCHDOG=1"),
        "{:?}",
        keeper.words
    );
}

/// A socket that has a name and no file.
#[test]
fn an_abstract_name() {
    let folder = Folder::new();
    let name = folder.outside("abstract");
    let address = SocketAddr::from_abstract_name(name.as_os_str().as_encoded_bytes()).unwrap();
    let mut keeper = Keeper::new(UnixDatagram::bind_addr(&address).unwrap());
    let place = format!("@{}", name.to_str().unwrap());
    let server = start(&place, folder, &[]);
    keeper.expect("READY=1");
    assert_eq!(server.stop(SIGTERM).code, Some(0));
    keeper.expect("STOPPING=1");
}

/// Who cannot be told, or is gone, is no reason not to serve.
#[test]
fn nobody_listens() {
    for place in ["/nowhere/notify", "vsock:2:1234", "relative"] {
        let server = start(place, Folder::new(), &[("WATCHDOG_USEC", "300000")]);
        assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
        eventually("a warning", || server.stderr().contains("NOTIFY_SOCKET"));
    }
    let (server, mut keeper) = kept(&[]);
    keeper.expect("READY=1");
    drop(keeper);
    server.signal(SIGHUP);
    eventually("a warning", || {
        server.stderr().contains("could not be told")
    });
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
    assert_eq!(server.stop(SIGTERM).code, Some(0));
}

/// The watchdog hears of the server as long as every worker answers, and no longer.
#[test]
fn a_worker_that_hangs() {
    let (server, mut keeper) = kept(&[("WATCHDOG_USEC", "300000")]);
    for _ in 0..3 {
        keeper.expect("WATCHDOG=1");
    }
    let frozen = match Frozen::freeze(thread_of(&server, "worker-1")) {
        Ok(frozen) => frozen,
        Err(reason) => return skipped(&format!("a thread cannot be stopped here: {reason}")),
    };
    while keeper.hear(Duration::from_millis(1)).is_some() {}
    // The roll that was being called may have been complete already.
    let until = Instant::now() + Duration::from_secs(1);
    let mut last = 0;
    while Instant::now() < until {
        if let Some(heard) = keeper.hear(Duration::from_millis(100)) {
            last += usize::from(heard.contains("WATCHDOG=1"));
        }
    }
    assert!(last <= 1, "{last} words of a server that hangs");
    // Files are looked at again by all, or it is not said.
    server.signal(SIGHUP);
    keeper.expect("RELOADING=1");
    assert_eq!(keeper.hear(Duration::from_millis(300)), None);
    drop(frozen);
    keeper.expect("READY=1");
    keeper.expect("WATCHDOG=1");
    assert_eq!(server.stop(SIGTERM).code, Some(0));
}

/// Variables for another process mean nothing.
#[test]
fn a_watchdog_for_somebody_else() {
    for variables in [
        &[("WATCHDOG_USEC", "3000"), ("WATCHDOG_PID", "1")][..],
        &[("WATCHDOG_USEC", "0")],
        &[("WATCHDOG_USEC", "soon")],
    ] {
        let (server, mut keeper) = kept(variables);
        keeper.expect("READY=1");
        assert_eq!(
            keeper.hear(Duration::from_millis(300)),
            None,
            "{variables:?}"
        );
        assert_eq!(server.stop(SIGTERM).code, Some(0));
    }
}

fn thread_of(server: &Server, name: &str) -> u32 {
    let threads = fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap();
    let is_it = |path: &std::path::PathBuf| {
        fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm.trim() == name)
    };
    let path = threads
        .map(|entry| entry.unwrap().path())
        .find(is_it)
        .unwrap();
    path.file_name().unwrap().to_str().unwrap().parse().unwrap()
}

/// Said aloud, past the harness, which keeps what a passing test prints to itself.
fn skipped(why: &str) {
    _ = writeln!(std::io::stderr(), "skipped: {why}");
}
