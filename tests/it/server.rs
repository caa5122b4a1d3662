//! The server under test: a child process on a port of its own, with a folder of its own.
//!
//! Owns the life of the child: it is killed and waited for, and its folder removed, however the
//! test ends. A child that has died or panicked before the test was over fails the test.

use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::client::{Reply, Wire, eventually, request};
pub(crate) use crate::folder::Folder;
use crate::posix;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_reeld");

/// Reasons of a refusal after which the connection may go on: the framing was not in doubt.
const MAY_GO_ON: [&str; 4] = [
    "method-not-allowed",
    "unknown-method",
    "bad-target",
    "duplicate-range",
];

/// Longest wait for a child that was told to end.
const EXIT_SECS_MAX: Duration = Duration::from_secs(20);

/// The program on a free port of loopback, with no variable that could change its mind.
pub(crate) fn reeld() -> Command {
    let mut command = bare();
    command.args(["-b", "127.0.0.1:0"]);
    command
}

/// The program without any argument.
pub(crate) fn bare() -> Command {
    let mut command = Command::new(PROGRAM);
    tidy(&mut command);
    command
}

/// Takes away every variable that the program reads, lets it be asked by any name, and gives its output to us.
pub(crate) fn tidy(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name == "PORT" || name.as_encoded_bytes().starts_with(b"REELD_") {
            command.env_remove(name);
        }
    }
    // Most tests ask by names of their own; `foreign` has those that count.
    command.env("REELD_HOST", "*");
    // The whole crate can be run for each way of sending: TEST_TRANSFER=copy, or splice.
    if let Some(way) = std::env::var_os("TEST_TRANSFER") {
        command.env("REELD_TRANSFER", way);
    }
    // And with other walls: TEST_SANDBOX=off, or require.
    if let Some(walls) = std::env::var_os("TEST_SANDBOX") {
        command.env("REELD_SANDBOX", walls);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
}

/// What has become of a child that ended by itself.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command that is expected to end by itself.
pub(crate) fn run(mut command: Command) -> Outcome {
    let mut child = command.spawn().unwrap();
    let stdout = Output::drain(child.stdout.take().unwrap(), Pipes::Drained);
    let stderr = Output::drain(child.stderr.take().unwrap(), Pipes::Drained);
    let code = wait(&mut child);
    Outcome {
        code,
        stdout: stdout.whole(),
        stderr: stderr.whole(),
    }
}

fn wait(child: &mut Child) -> Option<i32> {
    let deadline = Instant::now() + EXIT_SECS_MAX;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the program did not end");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// What the test does with the pipes of the server's stdout and stderr.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Pipes {
    /// Reads all of them.
    Drained,
    /// Reads the address and then nothing, so that they fill.
    Held,
    /// Reads the address and then closes them.
    Closed,
}

/// One of the server's output pipes.
struct Output {
    text: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<Option<Box<dyn Read + Send>>>,
}

impl Output {
    fn drain(mut pipe: impl Read + Send + 'static, pipes: Pipes) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&text);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                let len = pipe.read(&mut bytes).unwrap();
                let mut text = shared.lock().unwrap();
                text.extend_from_slice(&bytes[..len]);
                if len == 0 {
                    return None;
                }
                if pipes != Pipes::Drained && addresses(&text).next().is_some() {
                    return (pipes == Pipes::Held).then(|| Box::new(pipe) as _);
                }
            }
        });
        Self { text, reader }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap()).into_owned()
    }

    /// Everything until the pipe's end; the child has to have ended.
    fn whole(self) -> String {
        drop(self.reader.join().unwrap());
        String::from_utf8_lossy(&self.text.lock().unwrap()).into_owned()
    }
}

/// The addresses in complete lines like `  http://127.0.0.1:34567/`.
fn addresses(text: &[u8]) -> impl Iterator<Item = SocketAddr> {
    let complete = text
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let lines: Vec<&[u8]> = text[..complete].split(|byte| *byte == b'\n').collect();
    lines.into_iter().filter_map(|line| {
        let line = str::from_utf8(line).ok()?;
        let (_, url) = line.split_once("http://")?;
        url.split('/').next()?.parse().ok()
    })
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    folder: Folder,
    address: SocketAddr,
    stdout: Option<Output>,
    stderr: Option<Output>,
    stopped: bool,
}

impl Server {
    /// Starts a server with these arguments on a folder that `fill` has filled.
    pub(crate) fn start(args: &[&str], fill: impl FnOnce(&Folder)) -> Self {
        let folder = Folder::new();
        fill(&folder);
        let mut command = reeld();
        command.args(args).arg(folder.videos());
        Self::spawn(command, folder, Pipes::Drained)
    }

    /// Starts a server whose only file, `a.mp4`, holds the ten digits.
    pub(crate) fn with_digits(args: &[&str]) -> Self {
        Self::start(args, |folder| folder.write("a.mp4", "0123456789"))
    }

    /// Starts a command that ends up being the server, and waits for its address.
    pub(crate) fn spawn(mut command: Command, folder: Folder, pipes: Pipes) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = Output::drain(child.stdout.take().unwrap(), pipes);
        let stderr = child.stderr.take().unwrap();
        let stderr = match pipes {
            Pipes::Drained => Some(Output::drain(stderr, pipes)),
            Pipes::Held => {
                child.stderr = Some(stderr);
                None
            }
            Pipes::Closed => None,
        };
        // From here on a panic ends the child too.
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self {
            child,
            folder,
            address,
            stdout: Some(stdout),
            stderr,
            stopped: false,
        };
        eventually("an address on stdout", || {
            assert!(
                server.child.try_wait().unwrap().is_none(),
                "ended: {}",
                server.stderr()
            );
            !server.addresses().is_empty()
        });
        // Loopback is printed last; where it is not listened at, any will do.
        server.address = *server.addresses().last().unwrap();
        server
    }

    pub(crate) const fn folder(&self) -> &Folder {
        &self.folder
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every address printed so far.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.stdout.as_ref().map_or_else(Vec::new, |output| {
            addresses(&output.text.lock().unwrap()).collect()
        })
    }

    pub(crate) fn stdout(&self) -> String {
        self.stdout
            .as_ref()
            .map_or_else(String::new, Output::so_far)
    }

    pub(crate) fn stderr(&self) -> String {
        self.stderr
            .as_ref()
            .map_or_else(String::new, Output::so_far)
    }

    #[track_caller]
    pub(crate) fn wire(&self) -> Wire {
        Wire::open(self.address)
    }

    /// A reader that has a reply under way: its head is read, its body is yet to come.
    #[track_caller]
    pub(crate) fn slow_reader(&self, target: &str) -> (Wire, Reply) {
        let mut wire = Wire::open_narrow(self.address);
        wire.send(request("GET", target, &[]));
        let head = wire.head();
        (wire, head)
    }

    /// One GET on a connection of its own.
    #[track_caller]
    pub(crate) fn get(&self, target: &str, fields: &[&str]) -> Reply {
        self.ask("GET", target, fields)
    }

    /// One request without a body on a connection of its own, which then ends in order.
    #[track_caller]
    pub(crate) fn ask(&self, method: &str, target: &str, fields: &[&str]) -> Reply {
        let mut fields = fields.to_vec();
        fields.push("Connection: close");
        let mut wire = self.wire();
        wire.send(request(method, target, &fields));
        let reply = if method == "HEAD" {
            wire.head()
        } else {
            wire.reply()
        };
        wire.end();
        reply
    }

    /// Literal bytes on a connection of their own, and the first reply.
    #[track_caller]
    pub(crate) fn answer(&self, bytes: impl AsRef<[u8]>) -> Reply {
        let mut wire = self.wire();
        wire.send(bytes);
        wire.reply()
    }

    /// Literal bytes that the server refuses. The reply says why, in plain text, and whether it
    /// closes; then it does as it said.
    #[track_caller]
    pub(crate) fn refusal(&self, bytes: impl AsRef<[u8]>) -> Reply {
        let mut wire = self.wire();
        wire.send(bytes.as_ref());
        let reply = wire.reply();
        let case = bytes.as_ref().escape_ascii();
        assert!(reply.status >= 400, "{case} gave {reply:?}");
        assert!(
            reply.must("Content-Type").starts_with("text/plain"),
            "{case} gave {reply:?}"
        );
        if !reply.closes() {
            // Where the request ended was clear, and so the next one can be answered.
            let clear = MAY_GO_ON.iter().any(|reason| reply.text().contains(reason));
            assert!(clear, "{case} did not close: {reply:?}");
            wire.send(request("OPTIONS", "*", &["Connection: close"]));
            while !wire.reply().closes() {}
        }
        wire.end();
        reply
    }

    /// Requests that are all refused with this status, for the reason of this name.
    #[track_caller]
    pub(crate) fn refuses(&self, status: u16, reason: &str, requests: &[impl AsRef<[u8]>]) {
        for bytes in requests {
            let reply = self.refusal(bytes);
            let case = bytes.as_ref().escape_ascii();
            assert_eq!(reply.status, status, "{case} gave {:?}", reply.text());
            assert!(
                reply.text().contains(reason),
                "{case} gave {:?}",
                reply.text()
            );
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: i32) {
        posix::send_signal(self.pid(), signal);
    }

    /// Sends a signal that ends the server, and waits for the end.
    pub(crate) fn stop(self, signal: i32) -> Outcome {
        self.signal(signal);
        self.ended()
    }

    /// Waits for the end of a server that has been told to end.
    pub(crate) fn ended(mut self) -> Outcome {
        let code = wait(&mut self.child);
        self.stopped = true;
        let stdout = self.stdout.take().map_or_else(String::new, Output::whole);
        let stderr = self.stderr.take().map_or_else(String::new, Output::whole);
        Outcome {
            code,
            stdout,
            stderr,
        }
    }

    /// How many descriptors are open.
    pub(crate) fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid()))
            .unwrap()
            .count()
    }

    /// How many descriptors are open once nobody is connected any more.
    pub(crate) fn settled_descriptors(&self) -> usize {
        let (mut count, mut same) = (self.descriptors(), 0);
        eventually("a steady number of descriptors", || {
            let now = self.descriptors();
            same = if now == count { same + 1 } else { 0 };
            count = now;
            same == 15
        });
        count
    }

    /// Waits until every connection has given back its descriptor.
    #[track_caller]
    pub(crate) fn assert_descriptors_return_to(&self, baseline: usize) {
        eventually("the descriptors back at the baseline", || {
            self.descriptors() <= baseline + 4
        });
    }

    /// Memory that belongs to the server alone and to no file.
    pub(crate) fn anonymous_bytes(&self) -> u64 {
        let maps = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid())).unwrap();
        let line = maps
            .lines()
            .find_map(|line| line.strip_prefix("Anonymous:"))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Processor time used so far, in hundredths of a second.
    pub(crate) fn cpu_ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        let (_, fields) = stat.rsplit_once(')').unwrap();
        // The name is the second field; user and system time are the 14th and the 15th.
        fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|ticks| ticks.parse::<u64>().unwrap())
            .sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.stopped {
            return;
        }
        let died = self.child.try_wait().unwrap();
        if died.is_none() {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
        let stderr = self.stderr();
        if !thread::panicking() {
            assert!(died.is_none(), "the server died ({died:?}): {stderr}");
            assert!(!stderr.contains("panicked"), "{stderr}");
        }
    }
}
