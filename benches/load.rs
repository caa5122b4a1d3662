//! The load client of `benches/compare`: N connections ask one server for byte ranges and time it.
//!
//! Owns the asking: which range, over which connection, how many at once, how fast the bodies are
//! taken, and whether every reply head says what it should. A body is never copied: the kernel
//! throws it away (`recv` with `MSG_TRUNC`), so that one core of client keeps one core of server busy.
//! Knows nothing of servers, cores, CPU time or tables: those are the command's.
//!
//! What goes out over a connection that is kept alive, and what must come back:
//!
//! ```text
//! GET /video/big.bin HTTP/1.1            HTTP/1.1 206 …
//! Host: localhost                        Content-Length: <--range>
//! Range: bytes=<random>-<+range>         … then that many bytes, discarded
//! ```
//!
//! `--list FILE` asks for the lines of a file instead, in any order:
//!
//! ```text
//! 206 709123 /video/film.mp4 4096-713218      status, length, target, and the range if there is one
//! 200 709123 /hls/film.mp4/m-7.m4s?v=0123456789abcdef
//! ```
//!
//! It prints one JSON line. With `--wait` it first opens its connections, prints `ready` and waits
//! for a line, and afterwards holds them open until its input ends: so the command can read the
//! server's CPU time and memory at exactly the right moments.
#![expect(
    clippy::disallowed_methods,
    reason = "a load client owns a clock and paces its readers by sleeping"
)]

use std::collections::VecDeque;
use std::io::{self, BufRead, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream as StdStream};
use std::process::ExitCode;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use lexopt::prelude::*;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use rustix::net::{AddressFamily, RecvFlags, SocketType, recv, sockopt};

/// What to ask, how, and for how long: the command line, once it has been understood.
#[derive(Clone)]
struct Plan {
    server: SocketAddrV4,
    path: String,
    /// What to ask for instead of ranges of one file.
    list: Vec<Line>,
    /// `{n}` in the path becomes a random number below this.
    files: u64,
    /// Length of the file; ranges begin anywhere in it.
    length: u64,
    /// Bytes a request asks for; 0 asks for the whole file, without a Range field.
    range: u64,
    connections: u64,
    /// Requests made at once on one connection.
    depth: usize,
    /// A new connection for every request.
    close: bool,
    /// How readers take their replies.
    pace: Pace,
    seconds: f64,
    requests: u64,
    /// How long the last replies may take once no more requests are made.
    drain_seconds: f64,
    threads: u64,
    seed: u64,
    receive_buffer: usize,
    wait: bool,
}

/// A line of a list: a request, and what must come back.
#[derive(Clone)]
struct Line {
    right: Right,
    target: String,
    range: Option<String>,
}

/// What a reply must be.
#[derive(Clone, Copy)]
struct Right {
    status: u16,
    body: u64,
}

impl Line {
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let right = Right {
            status: words.next()?.parse().ok()?,
            body: words.next()?.parse().ok()?,
        };
        Some(Self {
            right,
            target: words.next()?.to_owned(),
            range: words.next().map(str::to_owned),
        })
    }

    fn read_all(file: &str) -> Result<Vec<Self>, String> {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
        let parsed = |line| Self::parse(line).ok_or_else(|| format!("{file}: {line}"));
        text.lines().map(parsed).collect()
    }
}

#[derive(Clone, Copy)]
enum Pace {
    /// As fast as they come.
    Eager,
    /// A little of each reply, then a pause.
    Slow { bytes: usize, pause: Duration },
    /// This much of the reply, at full speed, and then nothing more: a player that was paused.
    Stalled { after: usize },
}

const USAGE: &str = "\
load [OPTIONS] --server 127.0.0.1:PORT: asks for ranges, prints one line of JSON
  --path /video/big.bin  --files N ({n} in the path: a random number below N)
  --list FILE of `STATUS LENGTH TARGET [FIRST-LAST]`, asked for in any order
  --length BYTES of the file  --range BYTES of a request (0: the whole file, no Range field)
  --connections N  --depth N (pipelining)  --close (a connection per request)
  --slow BYTES:MILLIS (read that much, pause that long)  --stalled BYTES (read that much, stop)
  --seconds S  --requests N (whichever ends first)  --drain S  --threads N  --seed N
  --receive-buffer BYTES  --wait (print `ready`, begin at a line of input, hold until it ends)
";

impl Plan {
    /// `None` when nothing is asked for: then the usage is printed, so that a test run of all
    /// bench targets, which gives no arguments, succeeds.
    fn from_arguments() -> Result<Option<Self>, lexopt::Error> {
        let mut plan = Self {
            server: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0),
            path: "/video/big.bin".into(),
            list: Vec::new(),
            files: 1,
            length: 512 << 20,
            range: 1024,
            connections: 32,
            depth: 1,
            close: false,
            pace: Pace::Eager,
            seconds: 1.0,
            requests: u64::MAX,
            drain_seconds: 5.0,
            threads: 1,
            seed: 0x9e37_79b9_7f4a_7c15,
            receive_buffer: 0,
            wait: false,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("server") => plan.server = parser.value()?.parse()?,
                Long("path") => plan.path = parser.value()?.string()?,
                Long("list") => plan.list = Line::read_all(&parser.value()?.string()?)?,
                Long("files") => plan.files = parser.value()?.parse::<u64>()?.max(1),
                Long("length") => plan.length = parser.value()?.parse()?,
                Long("range") => plan.range = parser.value()?.parse()?,
                Long("connections") => plan.connections = parser.value()?.parse()?,
                Long("depth") => plan.depth = parser.value()?.parse::<usize>()?.max(1),
                Long("close") => plan.close = true,
                Long("slow") => plan.pace = parser.value()?.parse_with(slow_pace)?,
                Long("stalled") => {
                    plan.pace = Pace::Stalled {
                        after: parser.value()?.parse()?,
                    }
                }
                Long("seconds") => plan.seconds = parser.value()?.parse()?,
                Long("requests") => plan.requests = parser.value()?.parse()?,
                Long("drain") => plan.drain_seconds = parser.value()?.parse()?,
                Long("threads") => plan.threads = parser.value()?.parse::<u64>()?.max(1),
                Long("seed") => plan.seed = parser.value()?.parse::<u64>()?.max(1),
                Long("receive-buffer") => plan.receive_buffer = parser.value()?.parse()?,
                Long("wait") => plan.wait = true,
                Long("bench") => {} // what `cargo bench` adds
                Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
            }
        }
        if matches!(plan.pace, Pace::Stalled { .. }) {
            plan.requests = plan.connections;
        }
        Ok((plan.server.port() != 0).then_some(plan))
    }
}

fn slow_pace(text: &str) -> Result<Pace, &'static str> {
    let (bytes, millis) = text.split_once(':').ok_or("not BYTES:MILLIS")?;
    let bytes = bytes.parse().map_err(|_| "not a number of bytes")?;
    let millis = millis.parse().map_err(|_| "not a number of milliseconds")?;
    Ok(Pace::Slow {
        bytes,
        pause: Duration::from_millis(millis),
    })
}

fn main() -> ExitCode {
    let mut out = io::stdout();
    let answer = match Plan::from_arguments() {
        Ok(None) => out.write_all(USAGE.as_bytes()).map_err(|e| e.to_string()),
        Ok(Some(plan)) => measure(&plan, &mut out).map_err(|e| e.to_string()),
        Err(wrong) => Err(wrong.to_string()),
    };
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            drop(writeln!(io::stderr(), "load: {why}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs the plan on its threads, holds their connections if asked to, prints what they counted.
///
/// The threads and this one meet four times: all connected, go, all done, leave. Nothing between
/// the meetings may return early, or the others would wait for ever.
fn measure(plan: &Plan, out: &mut impl Write) -> io::Result<()> {
    let gate = Barrier::new(size(plan.threads) + 1);
    let gate = &gate;
    let lanes = thread::scope(|scope| {
        let threads: Vec<_> = (0..plan.threads)
            .map(|number| {
                scope.spawn(move || {
                    let lane = Lane::open(plan, number);
                    gate.wait();
                    gate.wait();
                    let lane = lane.and_then(Lane::run);
                    gate.wait();
                    gate.wait();
                    lane.map(|lane| lane.desk.tally)
                })
            })
            .collect();
        gate.wait();
        if plan.wait {
            drop(writeln!(out, "ready").and_then(|()| out.flush()));
            drop(io::stdin().lock().read_line(&mut String::new()));
        }
        gate.wait();
        gate.wait();
        if plan.wait {
            drop(writeln!(out, "done").and_then(|()| out.flush()));
            drop(io::stdin().lock().read_to_end(&mut Vec::new()));
        }
        gate.wait();
        threads
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect::<Vec<_>>()
    });
    let mut total = Tally::default();
    for lane in lanes {
        total.add(lane.map_err(|_| io::Error::other("a thread of the client failed"))??);
    }
    writeln!(out, "{}", total.json())
}

/// One thread's share: its connections, and the desk they all work at.
struct Lane<'plan> {
    poll: Poll,
    connections: Vec<Connection>,
    desk: Desk<'plan>,
}

impl<'plan> Lane<'plan> {
    fn open(plan: &'plan Plan, number: u64) -> io::Result<Self> {
        let share = |whole: u64| whole / plan.threads + u64::from(number < whole % plan.threads);
        let poll = Poll::new()?;
        let connections = (0..share(plan.connections))
            .map(|n| Connection::open(plan, number + n * plan.threads, size(n), &poll))
            .collect::<io::Result<_>>()?;
        Ok(Self {
            poll,
            connections,
            desk: Desk::new(plan, number, share(plan.requests)),
        })
    }

    /// Asks until time or requests run out, then waits (not for ever) for the last replies.
    fn run(mut self) -> io::Result<Self> {
        let plan = self.desk.plan;
        let start = Instant::now();
        let end = start + Duration::from_secs_f64(plan.seconds);
        let give_up = end + Duration::from_secs_f64(plan.drain_seconds);
        for n in 0..self.connections.len() {
            self.turn(n, false)?;
        }
        let mut events = Events::with_capacity(1024);
        loop {
            let now = Instant::now();
            if now >= end || self.desk.tally.failed > FAILED_MAX {
                self.desk.left = 0;
            }
            if now >= give_up || self.desk.left + self.desk.under_way == 0 {
                break;
            }
            if let Pace::Slow { pause, .. } = plan.pace {
                thread::sleep(pause);
                for n in 0..self.connections.len() {
                    self.turn(n, true)?;
                }
                continue;
            }
            let until = if self.desk.left > 0 { end } else { give_up };
            match self
                .poll
                .poll(&mut events, Some(until.saturating_duration_since(now)))
            {
                Err(e) if e.kind() != io::ErrorKind::Interrupted => return Err(e),
                _ => {}
            }
            for event in &events {
                let came = event.is_readable() || event.is_read_closed() || event.is_error();
                self.turn(event.token().0, came)?;
            }
        }
        self.desk.tally.elapsed = start.elapsed();
        for sent in self
            .connections
            .iter()
            .flat_map(|connection| &connection.sent)
        {
            self.desk.tally.unanswered += 1;
            self.desk.tally.latency.record(sent.at.elapsed());
        }
        Ok(self)
    }

    /// One connection's turn: take what came, ask again. One that failed or ended is replaced.
    fn turn(&mut self, n: usize, readable: bool) -> io::Result<()> {
        let connection = &mut self.connections[n];
        let taken = match self.desk.plan.pace {
            _ if !readable => Ok(Next::KeepAlive),
            Pace::Eager => connection.take(&mut self.desk, usize::MAX),
            Pace::Slow { bytes, .. } => connection.take(&mut self.desk, bytes),
            Pace::Stalled { after } => {
                let taken = connection.take(&mut self.desk, after - connection.taken);
                if connection.taken == after {
                    connection.answered(&mut self.desk);
                }
                taken
            }
        };
        match taken {
            Ok(Next::KeepAlive) => {}
            Ok(Next::Reopen) => self.replace(n)?,
            Err(why) => {
                self.desk.tally.failed += 1;
                self.desk.tally.why.get_or_insert(why);
                self.replace(n)?;
            }
        }
        self.connections[n].ask(&mut self.desk)
    }

    /// A fresh connection in the place of one that ended; what was under way there is forgotten.
    fn replace(&mut self, n: usize) -> io::Result<()> {
        self.desk.under_way -= self.connections[n].sent.drain(..).count() as u64;
        if self.desk.left > 0 {
            self.desk.tally.reopened += u64::from(!self.desk.plan.close);
            self.connections[n] = Connection::open(self.desk.plan, 0, n, &self.poll)?;
        }
        Ok(())
    }
}

/// After so many failures the run ends: a server that refuses everything is not worth timing.
const FAILED_MAX: u64 = 1000;

/// What a connection is good for after a turn.
enum Next {
    KeepAlive,
    Reopen,
}

/// A request that was made.
struct Sent {
    at: Instant,
    right: Right,
}

/// One connection and the replies it still awaits.
struct Connection {
    stream: TcpStream,
    /// The requests under way, the oldest first.
    sent: VecDeque<Sent>,
    /// Request bytes that the socket has not taken yet.
    out: Vec<u8>,
    /// The beginning of a reply head that came in parts.
    head: Vec<u8>,
    /// Bytes of the present reply's body that are still to come.
    body_left: u64,
    /// The present reply is the last one here.
    last: bool,
    /// Bytes taken in all, heads included.
    taken: usize,
}

impl Connection {
    /// Connects and registers. Over loopback connecting is done at once, so it may block.
    fn open(plan: &Plan, number: u64, token: usize, poll: &Poll) -> io::Result<Self> {
        let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
        if plan.receive_buffer > 0 {
            sockopt::set_socket_recv_buffer_size(&socket, plan.receive_buffer)?;
        }
        if number >= PER_SOURCE {
            let host = u8::try_from(1 + number / PER_SOURCE).unwrap_or(u8::MAX);
            rustix::net::bind(
                &socket,
                &SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, host), 0),
            )?;
        }
        rustix::net::connect(&socket, &plan.server)?;
        sockopt::set_tcp_nodelay(&socket, true)?;
        let stream = StdStream::from(socket);
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        let both = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut stream, Token(token), both)?;
        let (sent, out, head) = (VecDeque::new(), Vec::new(), Vec::new());
        Ok(Self {
            stream,
            sent,
            out,
            head,
            body_left: 0,
            last: false,
            taken: 0,
        })
    }

    /// Once all is answered: the next requests, as many as the depth is, in one write.
    fn ask(&mut self, desk: &mut Desk<'_>) -> io::Result<()> {
        let now = Instant::now();
        let free = self.sent.is_empty();
        while free && self.sent.len() < desk.plan.depth && desk.left > 0 {
            let right = desk.write_request(&mut self.out)?;
            self.sent.push_back(Sent { at: now, right });
        }
        while !self.out.is_empty() {
            // Full: the next edge goes on. Broken: the next read says how.
            let Ok(n) = (&self.stream).write(&self.out) else {
                break;
            };
            self.out.drain(..n);
        }
        Ok(())
    }

    /// Takes at most `budget` bytes of what came. A short read means that the socket is empty.
    fn take(&mut self, desk: &mut Desk<'_>, mut budget: usize) -> Result<Next, String> {
        let mut scratch = std::mem::take(&mut desk.scratch);
        let next = loop {
            if budget == 0 || self.sent.is_empty() {
                break Ok(Next::KeepAlive);
            }
            let in_body = self.body_left > 0;
            let (room, flags) = if in_body {
                (size(self.body_left), RecvFlags::TRUNC)
            } else {
                (desk.head_room, RecvFlags::empty())
            };
            let want = room.min(budget).min(scratch.len());
            let got = match recv(&self.stream, &mut scratch[..want], flags) {
                Ok((_, 0)) => break Err("closed in the middle of a reply".into()),
                Ok((_, got)) => got,
                Err(rustix::io::Errno::AGAIN) => break Ok(Next::KeepAlive),
                Err(e) => break Err(e.to_string()),
            };
            budget -= got;
            self.taken += got;
            if in_body {
                self.take_body(got, desk);
            } else if let Err(why) = self.take_replies(&scratch[..got], desk) {
                break Err(why);
            }
            if self.last && self.body_left == 0 {
                break Ok(Next::Reopen);
            }
            if got < want {
                break Ok(Next::KeepAlive);
            }
        };
        desk.scratch = scratch;
        next
    }

    /// Bytes that hold a head, perhaps a body, perhaps more replies after it, cut anywhere.
    fn take_replies(&mut self, came: &[u8], desk: &mut Desk<'_>) -> Result<(), String> {
        let joined;
        let mut rest = came;
        if !self.head.is_empty() {
            joined = [std::mem::take(&mut self.head).as_slice(), came].concat();
            rest = &joined;
        }
        while !rest.is_empty() && !self.last {
            let Some(head) = Head::parse(rest)? else {
                self.head = rest.to_vec();
                break;
            };
            let asked = self.sent.front().ok_or("a reply that nobody asked for")?;
            head.check(asked.right)?;
            self.last = head.last || desk.plan.close;
            self.body_left = head.body;
            rest = &rest[head.length..];
            let here = rest.len().min(size(self.body_left));
            self.take_body(here, desk);
            rest = &rest[here..];
        }
        Ok(())
    }

    fn take_body(&mut self, bytes: usize, desk: &mut Desk<'_>) {
        self.body_left -= bytes as u64;
        desk.tally.bytes += bytes as u64;
        if self.body_left == 0 {
            self.answered(desk);
        }
    }

    fn answered(&mut self, desk: &mut Desk<'_>) {
        if let Some(sent) = self.sent.pop_front() {
            desk.under_way -= 1;
            desk.tally.replies += 1;
            desk.tally.latency.record(sent.at.elapsed());
        }
    }
}

/// Connections from one source address before the next is used: below the usual 28 232 ports.
const PER_SOURCE: u64 = 20_000;

/// What is read of a reply's head.
struct Head<'a> {
    status: &'a [u8],
    /// Its own length, blank line included.
    length: usize,
    /// What Content-Length says.
    body: u64,
    /// It says `Connection: close`.
    last: bool,
}

impl<'a> Head<'a> {
    /// `None` until the blank line has come.
    fn parse(bytes: &'a [u8]) -> Result<Option<Self>, String> {
        let status = bytes.get(9..12).unwrap_or_default();
        let mut head = Self {
            status,
            length: 0,
            body: u64::MAX,
            last: false,
        };
        loop {
            let rest = &bytes[head.length..];
            let Some(end) = rest.iter().position(|&byte| byte == b'\n') else {
                return if head.length > HEAD_MAX {
                    Err("no end of head".into())
                } else {
                    Ok(None)
                };
            };
            head.length += end + 1;
            let line = rest[..end].trim_ascii_end();
            if line.is_empty() {
                return Ok(Some(head));
            }
            if let Some(value) = field(line, b"content-length:") {
                let digits = str::from_utf8(value).unwrap_or_default();
                head.body = digits.parse().map_err(|_| "unreadable Content-Length")?;
            } else if let Some(value) = field(line, b"connection:") {
                head.last = value.eq_ignore_ascii_case(b"close");
            }
        }
    }

    fn check(&self, right: Right) -> Result<(), String> {
        let got = str::from_utf8(self.status).unwrap_or_default();
        let Right { status, body } = right;
        if got.parse() == Ok(status) && self.body == body {
            return Ok(());
        }
        Err(format!(
            "{got} with {} bytes instead of {status} with {body}",
            self.body
        ))
    }
}

const HEAD_MAX: usize = 16 << 10;

fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, value) = line.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

/// What all connections of a thread share: which range comes next, and what has been counted.
struct Desk<'plan> {
    plan: &'plan Plan,
    /// State of a xorshift generator: the same seed asks for the same ranges.
    random: u64,
    /// Requests that may still be made.
    left: u64,
    /// Requests made and not answered.
    under_way: u64,
    /// How much to read where a head is expected: little, since what is read here is copied.
    head_room: usize,
    /// Never touched where bodies go (the kernel discards them), so it costs no memory.
    scratch: Vec<u8>,
    tally: Tally,
}

impl<'plan> Desk<'plan> {
    fn new(plan: &'plan Plan, number: u64, left: u64) -> Self {
        let random = plan.seed.wrapping_add(number << 32);
        let (scratch, tally) = (vec![0; 1 << 20], Tally::default());
        let head_room = (plan.depth << 11).clamp(4 << 10, scratch.len());
        Self {
            plan,
            random,
            left,
            under_way: 0,
            head_room,
            scratch,
            tally,
        }
    }

    fn write_request(&mut self, out: &mut Vec<u8>) -> io::Result<Right> {
        let plan = self.plan;
        self.left -= 1;
        self.under_way += 1;
        let right = if plan.list.is_empty() {
            self.write_range(out)?
        } else {
            let line = &plan.list[size(self.below(plan.list.len() as u64))];
            write!(out, "GET {} HTTP/1.1\r\nHost: localhost\r\n", line.target)?;
            if let Some(range) = &line.range {
                write!(out, "Range: bytes={range}\r\n")?;
            }
            line.right
        };
        out.extend_from_slice(if plan.close {
            b"Connection: close\r\n\r\n"
        } else {
            b"\r\n"
        });
        Ok(right)
    }

    fn write_range(&mut self, out: &mut Vec<u8>) -> io::Result<Right> {
        let plan = self.plan;
        if plan.files > 1 {
            let name = plan
                .path
                .replace("{n}", &self.below(plan.files).to_string());
            write!(out, "GET {name} HTTP/1.1\r\nHost: localhost\r\n")?;
        } else {
            write!(out, "GET {} HTTP/1.1\r\nHost: localhost\r\n", plan.path)?;
        }
        let (status, body) = if plan.range == 0 {
            (200, plan.length)
        } else {
            let first = self.below(plan.length.saturating_sub(plan.range) + 1);
            write!(out, "Range: bytes={first}-{}\r\n", first + plan.range - 1)?;
            (206, plan.range)
        };
        Ok(Right { status, body })
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % bound
    }
}

/// What was counted.
#[derive(Default)]
struct Tally {
    replies: u64,
    failed: u64,
    /// Made, and not answered when the run was given up; their age is in the latencies.
    unanswered: u64,
    reopened: u64,
    bytes: u64,
    elapsed: Duration,
    latency: Histogram,
    /// The first failure.
    why: Option<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.replies += other.replies;
        self.failed += other.failed;
        self.unanswered += other.unanswered;
        self.reopened += other.reopened;
        self.bytes += other.bytes;
        self.elapsed = self.elapsed.max(other.elapsed);
        self.latency.add(&other.latency);
        self.why = self.why.take().or(other.why);
    }

    fn json(&self) -> String {
        let Self {
            replies,
            failed,
            unanswered,
            reopened,
            bytes,
            ..
        } = self;
        let seconds = self.elapsed.as_secs_f64();
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| self.latency.micros_at(share));
        let why = self
            .why
            .as_deref()
            .unwrap_or_default()
            .replace(['"', '\\'], "'");
        format!(
            r#"{{"replies":{replies},"failed":{failed},"unanswered":{unanswered},"reopened":{reopened},"bytes":{bytes},"seconds":{seconds:.6},"p50_us":{p50:.1},"p99_us":{p99:.1},"max_us":{max:.1},"why":"{why}"}}"#
        )
    }
}

/// Latencies in slots 1/64 apart: every figure read from it is at most 1.6 % too low.
#[derive(Default)]
struct Histogram {
    slots: Vec<u64>,
}

impl Histogram {
    fn record(&mut self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        let shift = nanos.max(64).ilog2() - 6;
        let slot = size(u64::from(shift) * 64 + (nanos >> shift));
        if slot >= self.slots.len() {
            self.slots.resize(slot + 1, 0);
        }
        self.slots[slot] += 1;
    }

    fn add(&mut self, other: &Self) {
        self.slots
            .resize(self.slots.len().max(other.slots.len()), 0);
        for (mine, theirs) in self.slots.iter_mut().zip(&other.slots) {
            *mine += theirs;
        }
    }

    /// The latency that this share of the requests did not exceed.
    fn micros_at(&self, share: f64) -> f64 {
        let total: u64 = self.slots.iter().sum();
        let mut seen = 0;
        for (slot, &count) in (0_u64..).zip(&self.slots) {
            seen += count;
            if count > 0 && seen as f64 >= share * total as f64 {
                let shift = (slot / 64).saturating_sub(1);
                return ((slot - shift * 64) << shift) as f64 / 1e3;
            }
        }
        0.0
    }
}

fn size(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
