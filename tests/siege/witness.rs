//! The honest client beside every attack: it asks for ranges all the time, and compares each byte.
//!
//! Owns what it has seen. It behaves as browsers do: a kept connection that turns out to be closed before
//! a reply began is replaced, once, and the request sent again.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::bytes::Dice;
use crate::house::{own_memory, target};
use crate::{kernel, peers};

/// Where honest people come from: attackers come from 127.0.0.1.
const HOME: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Between two requests.
const PAUSE: Duration = Duration::from_millis(5);

/// One honest client.
pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Client {
    pub(crate) const fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
        }
    }

    /// Asks for a range and compares it.
    pub(crate) fn range(&mut self, film: &[u8], first: usize, len: usize) -> Result<(), String> {
        let was_kept = self.stream.is_some();
        let mut answered = self.try_range(first, len);
        if was_kept && matches!(&answered, Err(None)) {
            self.stream = None;
            answered = self.try_range(first, len);
        }
        let body =
            answered.map_err(|why| why.unwrap_or_else(|| "closed without a reply".into()))?;
        if body == film[first..first + len] {
            Ok(())
        } else {
            Err(format!("wrong bytes in {first}+{len}"))
        }
    }

    /// `Err(None)` if the connection ended before a reply began.
    fn try_range(&mut self, first: usize, len: usize) -> Result<Vec<u8>, Option<String>> {
        let because = |what: &str, why: io::Error| Some(format!("{what}: {why}"));
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = kernel::connect_from(HOME, self.address);
                none.insert(stream.map_err(|why| because("connecting", why))?)
            }
        };
        let range = format!("Range: bytes={first}-{}", first + len - 1);
        let request = peers::get(&target("video/film.mp4"), &[&range]);
        if stream.write_all(request.as_bytes()).is_err() {
            return Err(None);
        }
        let mut came = Vec::with_capacity(len + 1_024);
        let mut buffer = [0; 1 << 16];
        let mut body_at = None;
        while body_at.is_none_or(|at| came.len() < at + len) {
            match stream.read(&mut buffer) {
                Ok(0) if came.is_empty() => return Err(None),
                Ok(0) => return Err(Some(format!("ended after {} bytes", came.len()))),
                Ok(count) => came.extend_from_slice(&buffer[..count]),
                Err(why) if came.is_empty() && why.kind() == io::ErrorKind::ConnectionReset => {
                    return Err(None);
                }
                Err(why) => return Err(because(&format!("after {} bytes", came.len()), why)),
            }
            if body_at.is_none() {
                body_at = came
                    .windows(4)
                    .position(|four| four == b"\r\n\r\n")
                    .map(|at| at + 4);
                if body_at.is_some() && !came.starts_with(b"HTTP/1.1 206 ") {
                    return Err(Some(format!("not a range: {}", came.escape_ascii())));
                }
            }
        }
        Ok(came.split_off(body_at.unwrap_or_default()))
    }
}

/// What the witness has seen.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) ranges: usize,
    pub(crate) slowest: Duration,
    /// The most memory that the server had at any look.
    pub(crate) memory_most: u64,
    /// How late the machine itself was, at worst, when a pause was over.
    pub(crate) late: Duration,
    pub(crate) failed: Option<String>,
}

pub(crate) struct Witness {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<Seen>,
}

impl Witness {
    pub(crate) fn begin(address: SocketAddr, film: &[u8], pid: u32) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (told, film) = (Arc::clone(&is_over), film.to_vec());
        let thread = thread::spawn(move || watch(address, &film, pid, &told));
        Self { is_over, thread }
    }

    pub(crate) fn end(self) -> Seen {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().expect("the witness")
    }
}

fn watch(address: SocketAddr, film: &[u8], pid: u32, is_over: &AtomicBool) -> Seen {
    let mut seen = Seen::default();
    let mut dice = Dice::new(7);
    let mut client = Client::new(address);
    while !is_over.load(Ordering::Relaxed) {
        // New guests are to be let in, and those who are in to be kept.
        if seen.ranges % 6 == 5 {
            client = Client::new(address);
        }
        let len = 1 + dice.below(200_000);
        let first = dice.below(film.len() - len);
        let began = Instant::now();
        let answer = client.range(film, first, len);
        seen.slowest = seen.slowest.max(began.elapsed());
        seen.ranges += 1;
        if let Err(why) = answer {
            seen.failed = Some(format!("range {}: {why}", seen.ranges));
            return seen;
        }
        seen.memory_most = seen.memory_most.max(own_memory(pid).unwrap_or(0));
        let rests = Instant::now();
        thread::sleep(PAUSE);
        seen.late = seen.late.max(rests.elapsed() - PAUSE);
    }
    seen
}
