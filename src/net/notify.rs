//! Owns what whoever started us is told, as systemd wants to be told: that we serve, look at all files again, stop,
//! and are alive.
//! Knows nothing of how it is kept, nor of what else a signal starts.
//!
//! ```text
//! NOTIFY_SOCKET=/run/systemd/notify    a datagram socket; with @ it has a name and no file
//! WATCHDOG_USEC=30000000               who is silent for so long is killed and started again
//! WATCHDOG_PID=4711                    for whom that is meant
//!
//! READY=1  RELOADING=1  STOPPING=1  WATCHDOG=1      each a datagram
//! ```
//!
//! Alive is not who can run a timer, but who serves. So a roll is called: each worker answers from its loop. Only
//! when all have answered is the watchdog told, and the next roll called.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::net::sys;

/// A roll that is called for a reload is looked at so often.
const RELOAD_LOOK: Duration = Duration::from_millis(20);
/// The one who is told may be busy: then a word that is lost would be worse than a moment's wait.
const PATIENCE: Duration = Duration::from_secs(1);
/// Past the grace of a stop: for the log's last lines and the end itself.
const STOP_EXTRA_SECS: u64 = 5;

/// Who is told, or nobody.
#[derive(Debug, Default)]
pub struct Notify {
    socket: Option<UnixDatagram>,
    /// How often the watchdog is told; three times before it loses patience.
    period: Option<Duration>,
    due_at: Option<Instant>,
    /// How many have answered the roll that was called last.
    present: Option<Arc<AtomicUsize>>,
    is_reloading: bool,
    is_stopping: bool,
}

impl Notify {
    /// Opens the way, which stays open: later nothing may be opened any more.
    pub fn connect(environment: fn(&str) -> Option<String>) -> io::Result<Self> {
        let Some(place) = environment("NOTIFY_SOCKET").filter(|place| !place.is_empty()) else {
            return Ok(Self::default());
        };
        let address = match place.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            [b'/', ..] => SocketAddr::from_pathname(place)?,
            _ => return Err(io::ErrorKind::Unsupported.into()),
        };
        let socket = UnixDatagram::unbound()?;
        socket.connect_addr(&address)?;
        socket.set_write_timeout(Some(PATIENCE))?;

        let is_ours =
            environment("WATCHDOG_PID").is_none_or(|pid| pid == std::process::id().to_string());
        let micros = environment("WATCHDOG_USEC").and_then(|micros| micros.parse().ok());
        let period = micros
            .filter(|micros| is_ours && *micros > 0)
            .map(|micros| Duration::from_micros(micros) / 3);
        Ok(Self {
            socket: Some(socket),
            period,
            ..Self::default()
        })
    }

    /// We serve; `status` is for people, in a line.
    pub fn ready(&mut self, status: &str, now: Instant) {
        self.tell(&format!("READY=1\nSTATUS={status}"));
        self.due_at = self.period.map(|_| now);
    }

    /// All files are looked at again; [`check`](Self::check) tells when every worker has begun to.
    pub fn reload(&mut self, now: Instant) {
        if self.socket.is_some() && !self.is_stopping {
            let micros = sys::monotonic_micros();
            self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
            self.is_reloading = true;
            self.present = None;
            self.due_at = Some(now);
        }
    }

    /// We stop, and replies may finish for `grace`.
    pub fn stop(&mut self, grace: Duration) {
        let secs = grace.as_secs();
        let longest = secs.saturating_add(STOP_EXTRA_SECS);
        self.tell(&format!(
            "STOPPING=1\nSTATUS=replies may finish for {secs} s\nEXTEND_TIMEOUT_USEC={longest}000000"
        ));
        self.is_stopping = true;
        self.due_at = None;
    }

    /// How long until [`check`](Self::check) has something to do.
    pub fn patience(&self, now: Instant) -> Option<Duration> {
        Some(self.due_at?.saturating_duration_since(now))
    }

    /// Tells what the last roll call came to, and gives the next one to hand to each of `crew` workers.
    pub fn check(&mut self, crew: usize, now: Instant) -> Option<Arc<AtomicUsize>> {
        self.due_at.filter(|at| *at <= now)?;
        let present = self.present.as_ref();
        let is_complete = present.is_none_or(|present| present.load(Ordering::Acquire) >= crew);
        if is_complete && present.is_some() {
            if std::mem::take(&mut self.is_reloading) {
                self.tell("READY=1");
            }
            if self.period.is_some() {
                self.tell("WATCHDOG=1");
            }
        }
        let pause = if self.is_reloading {
            Some(RELOAD_LOOK)
        } else {
            self.period
        };
        self.due_at = pause.map(|pause| now + pause);
        // A roll that is not answered stands: it is not called again.
        (is_complete && self.due_at.is_some())
            .then(|| Arc::clone(self.present.insert(Arc::default())))
    }

    fn tell(&self, words: &str) {
        if let Some(socket) = &self.socket
            && let Err(error) = rustix::io::write(socket, words.as_bytes())
        {
            log::warn!("who started us could not be told: {error}");
        }
    }
}
