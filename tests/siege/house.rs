//! A server under siege, what it was like at rest, and the judgement after each attack.
//!
//! Owns every bound that is asserted. Knows nothing of what the attacks do.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::bytes::clip;
use crate::kernel;
use crate::peers::{self, Crowd};
use crate::server::{Folder, PROGRAM, Pipes, Server, tidy};
use crate::witness::Witness;

/// The film that everybody asks for: larger than what sockets take of it unread.
pub(crate) const FILM_BYTES: usize = 24_000_000;

/// How long the slowest answer to the witness may take, what the machine itself was late not counted.
const WITNESS_SLOWEST: Duration = Duration::from_secs(2);
/// How long a range may take after an attack.
const RANGE_SLOWEST: Duration = Duration::from_secs(1);
/// How long after an attack its sockets may be there; its limits of seconds are the longest wait.
const RECOVERY_MAX: Duration = Duration::from_secs(12);
/// What the heap may keep of an attack: pools and tables that never shrink, and what malloc holds.
const MEMORY_SLACK: u64 = 4 << 20;
/// What an attack may take while it lasts, unless it says otherwise.
const MEMORY_MOST: u64 = 24 << 20;
/// Hundredths of a second that an idle server may use in one second.
const IDLE_TICKS: u64 = 2;

/// What became of an attack.
pub(crate) enum Told {
    /// It was held out; the figures.
    Done(String),
    /// It could not be made here; why.
    NotRun(String),
}

/// The program under siege.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("REELD_BIN").map_or_else(|| PathBuf::from(PROGRAM), PathBuf::from)
}

/// The target of a file, behind what SIEGE_PREFIX says.
pub(crate) fn target(name: &str) -> String {
    let prefix = std::env::var("SIEGE_PREFIX").unwrap_or_default();
    format!("{prefix}/{name}")
}

/// A folder with the film, the digits, and a title that can be packaged.
pub(crate) fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("film.mp4", film());
    folder.write("a.mp4", "0123456789");
    let title = Path::new(env!("CARGO_MANIFEST_DIR")).join("videos/video.mp4");
    folder.write("video.mp4", fs::read(title).unwrap());
    folder
}

pub(crate) fn film() -> Vec<u8> {
    clip(0xF11A, FILM_BYTES)
}

/// The arguments of a server that loses its patience within seconds, so that a siege takes minutes.
pub(crate) const IMPATIENT: [&str; 12] = [
    "--limit",
    "head_secs_max=3",
    "--limit",
    "stall_secs_max=3",
    "--limit",
    "linger_secs_max=2",
    "--limit",
    "live_quiet_secs_max=3",
    // What is open and mapped goes soon, so that descriptors can be counted.
    "--limit",
    "unused_secs_max=1",
    "--workers",
    "2",
];

/// Adds what every server of a siege is given.
pub(crate) fn arm(command: &mut Command, folder: &Folder) {
    tidy(command);
    command.args(["-b", "127.0.0.1:0"]).args(IMPATIENT);
    let flags = std::env::var("SIEGE_FLAGS").unwrap_or_default();
    command.args(flags.split_whitespace()).arg(folder.videos());
}

/// Who keeps the process, and ends it however the attack ends.
enum Keeper {
    Server(Box<Server>),
    Child(
        Child,
        #[expect(dead_code, reason = "it is removed with it")] Folder,
    ),
}

/// A server, and what it was like at rest.
pub(crate) struct House {
    keeper: Keeper,
    address: SocketAddr,
    film: Vec<u8>,
    sockets: usize,
    descriptors: usize,
    memory: u64,
}

impl House {
    /// The one that stands through the siege: its tables have been as large as they get.
    pub(crate) fn common() -> Self {
        let folder = folder();
        let mut command = Command::new(program());
        arm(&mut command, &folder);
        Self::spawn(command, folder, Pipes::Drained, peers::scaled(1_000))
    }

    /// One that is started with further arguments.
    pub(crate) fn with(args: &[&str], folder: Folder, pipes: Pipes) -> Self {
        let mut command = Command::new(program());
        command.args(args);
        arm(&mut command, &folder);
        Self::spawn(command, folder, pipes, 100)
    }

    /// One that the shell starts, after it has done something: set a limit, close an output.
    pub(crate) fn behind_shell(before: &str, after: &str, folder: &Folder) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &format!("{before} exec \"$0\" \"$@\" {after}")]);
        command.arg(program());
        arm(&mut command, folder);
        command
    }

    /// Starts the command that ends up being the server, and lets it meet so many peers at once.
    pub(crate) fn spawn(command: Command, folder: Folder, pipes: Pipes, crowd: usize) -> Self {
        let server = Server::spawn(command, folder, pipes);
        let address = server.address();
        Self::settle(Keeper::Server(Box::new(server)), address, crowd)
    }

    /// One whose output nobody can read: where it listens is seen from outside.
    pub(crate) fn mute(mut command: Command, folder: Folder) -> Self {
        let child = command.spawn().unwrap();
        let pid = child.id();
        let keeper = Keeper::Child(child, folder);
        let deadline = Instant::now() + RECOVERY_MAX;
        let port = loop {
            if let Some(port) = listening_port(pid) {
                break port;
            }
            assert!(Instant::now() < deadline, "it listens nowhere");
            thread::sleep(Duration::from_millis(20));
        };
        Self::settle(keeper, SocketAddr::from(([127, 0, 0, 1], port)), 50)
    }

    fn settle(keeper: Keeper, address: SocketAddr, crowd: usize) -> Self {
        let mut house = Self {
            keeper,
            address,
            film: film(),
            sockets: 0,
            descriptors: 0,
            memory: 0,
        };
        house.warm_up(crowd);
        let deadline = Instant::now() + RECOVERY_MAX;
        let mut same = 0;
        // Steady for longer than files stay open that nobody uses.
        while same < 15 {
            assert!(Instant::now() < deadline, "its descriptors never rest");
            thread::sleep(Duration::from_millis(100));
            let seen = (house.count_sockets(), house.count_descriptors());
            same = if seen == (house.sockets, house.descriptors) {
                same + 1
            } else {
                0
            };
            (house.sockets, house.descriptors) = seen;
        }
        house.memory = house.own_memory();
        house
    }

    /// Tables never shrink, and malloc keeps: so they have been as large as they get before the first look.
    fn warm_up(&self, crowd: usize) {
        let mut crowd = Crowd::come(self.address, crowd);
        crowd.say(peers::get(&target("video/a.mp4"), &[]));
        crowd.hear_something();
        drop(crowd);
        // A thread of the pager, and what it keeps, for each kind of question.
        for name in [
            "video/film.mp4",
            "hls/video.mp4/master.m3u8",
            "_/metrics",
            "_/stats",
            "",
        ] {
            for _ in 0..8 {
                let mut peer = peers::connect(self.address);
                peers::try_say(
                    &mut peer,
                    peers::get(&target(name), &["Range: bytes=0-99", "Connection: close"]),
                );
                peers::hear_out(&mut peer);
            }
        }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        match &self.keeper {
            Keeper::Server(server) => server.pid(),
            Keeper::Child(child, _) => child.id(),
        }
    }

    pub(crate) fn server(&self) -> &Server {
        match &self.keeper {
            Keeper::Server(server) => server,
            Keeper::Child(..) => panic!("a mute house"),
        }
    }

    /// An attack, the witness beside it, and the judgement.
    pub(crate) fn stands(&self, attack: impl FnOnce() -> String) -> Told {
        self.stands_but(Duration::ZERO, MEMORY_MOST, attack)
    }

    /// The same, for an attack that may keep the witness waiting, or may take so much memory.
    pub(crate) fn stands_but(
        &self,
        silence: Duration,
        memory_most: u64,
        attack: impl FnOnce() -> String,
    ) -> Told {
        let witness = Witness::begin(self.address, &self.film, self.pid());
        let mut figures = attack();
        let took = self.ask_range();
        // While the witness is still there: its own connection, and the file that it reads.
        let recovered = self.wait_for("sockets as before", || {
            self.count_sockets() <= self.sockets + 2
        });
        let seen = witness.end();
        self.wait_for("sockets as before", || self.count_sockets() <= self.sockets);
        self.wait_for("descriptors as before", || {
            self.count_descriptors() <= self.descriptors
        });
        let memory = self.own_memory();
        let ticks = self.idle_ticks();

        let _ = write!(
            figures,
            "; witness {} ranges, slowest {} ms; a range after it {} ms; sockets back in {} ms; \
             memory {:+} KB, at most {:+} KB; idle {ticks} ticks",
            seen.ranges,
            seen.slowest.as_millis(),
            took.as_millis(),
            recovered.as_millis(),
            (memory.cast_signed() - self.memory.cast_signed()) / 1024,
            (seen.memory_most.cast_signed() - self.memory.cast_signed()) / 1024,
        );
        if let Some(why) = &seen.failed {
            panic!("the witness was not served: {why}; {figures}");
        }
        assert!(seen.ranges > 0, "the witness asked nothing; {figures}");
        let patience = WITNESS_SLOWEST + seen.late + silence;
        assert!(
            seen.slowest <= patience,
            "the witness had to wait; {figures}"
        );
        assert!(
            took <= RANGE_SLOWEST + seen.late,
            "a range took too long; {figures}"
        );
        assert!(
            memory <= self.memory + MEMORY_SLACK,
            "memory stays; {figures}"
        );
        assert!(
            seen.memory_most <= self.memory + memory_most,
            "too much memory; {figures}"
        );
        assert!(ticks <= IDLE_TICKS, "it is not idle; {figures}");
        Told::Done(figures)
    }

    /// Asks for a range on a fresh connection; its bytes are right, and it took so long.
    fn ask_range(&self) -> Duration {
        let began = Instant::now();
        let mut witness = crate::witness::Client::new(self.address);
        witness
            .range(&self.film, 1_234_567, 100_000)
            .expect("a range after the attack");
        began.elapsed()
    }

    /// Waits until it is so, and tells how long that took.
    pub(crate) fn wait_for(&self, what: &str, met: impl Fn() -> bool) -> Duration {
        let began = Instant::now();
        while !met() {
            let (sockets, descriptors) = (self.count_sockets(), self.count_descriptors());
            assert!(
                began.elapsed() < RECOVERY_MAX,
                "not {what}: {sockets} sockets ({}), {descriptors} descriptors ({})",
                self.sockets,
                self.descriptors
            );
            thread::sleep(Duration::from_millis(20));
        }
        began.elapsed()
    }

    /// Waits until the house is as empty as at rest, the witness aside.
    pub(crate) fn wait_until_empty(&self) -> Duration {
        self.wait_for("sockets as before", || {
            self.count_sockets() <= self.sockets + 2
        })
    }

    fn count_sockets(&self) -> usize {
        links(self.pid())
            .filter(|link| link.starts_with("socket:"))
            .count()
    }

    fn count_descriptors(&self) -> usize {
        links(self.pid()).count()
    }

    fn own_memory(&self) -> u64 {
        own_memory(self.pid()).expect("the server is there")
    }

    fn idle_ticks(&self) -> u64 {
        // What is cleaned up after an attack is not idleness yet.
        thread::sleep(Duration::from_millis(100));
        let before = ticks(self.pid());
        thread::sleep(Duration::from_secs(1));
        ticks(self.pid()) - before
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Self::Child(child, _) = self {
            let died = child.try_wait().unwrap();
            if died.is_none() {
                child.kill().unwrap();
                child.wait().unwrap();
            }
            assert!(
                died.is_none() || thread::panicking(),
                "the server died ({died:?})"
            );
        }
    }
}

/// Nobody attacks: what the figures are then.
pub(crate) fn nobody(house: &House) -> Told {
    house.stands(|| {
        thread::sleep(Duration::from_secs(1));
        "nobody".to_owned()
    })
}

/// Private memory without files, in bytes.
pub(crate) fn own_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.trim()
        .trim_end_matches(" kB")
        .parse::<u64>()
        .ok()
        .map(|kib| kib * 1024)
}

fn links(pid: u32) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).expect("the server is there");
    entries.filter_map(|entry| {
        let link = fs::read_link(entry.ok()?.path()).ok()?;
        Some(link.to_string_lossy().into_owned())
    })
}

fn ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the server is there");
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let used = fields.split_whitespace().skip(11).take(2);
    used.map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

/// The port at which a process listens: one of its sockets is in the kernel's table, in state 0A.
///
/// ```text
///   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
///    0: 0100007F:1F90 00000000:0000 0A …
/// ```
fn listening_port(pid: u32) -> Option<u16> {
    let table = fs::read_to_string(format!("/proc/{pid}/net/tcp")).ok()?;
    let own: Vec<String> = links(pid).collect();
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let inode = format!("socket:[{}]", fields.get(9)?);
        let is_ours = *fields.get(3)? == "0A" && own.contains(&inode);
        let (_, port) = fields.get(1)?.split_once(':')?;
        u16::from_str_radix(port, 16).ok().filter(|_| is_ours)
    })
}

/// How many peers there can be, where a thousand are wanted.
pub(crate) fn room() -> usize {
    kernel::descriptors_max().saturating_sub(150)
}
