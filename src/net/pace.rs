//! Owns how fast bytes of files may leave: those of one stream, and those of all together.
//! Knows nothing of sockets and timers: who asks is told how many bytes may leave now, or when to ask again.
//!
//! ```text
//! level  burst ┤╲                    ╱──     one stream (`Bucket`): what is in it may leave at once; it
//!              │ ╲                  ╱        refills at the rate, also while nothing is asked for
//!              │  ╲╱╲╱╲╱╲╱╲ … quiet ╱
//!            0 └───────────────────────▶ time
//!
//! line    ──[ a ][ b ][ c ][ a ][ b ]──▶     all together (`Total`): whoever wants to send takes the next place on
//!           now ▲                            one line, and comes again when its moment is there: all in turn
//! ```
//!
//! Where the kernel paces sockets (`SO_MAX_PACING_RATE`), it does the holding back once a bucket is empty: then the
//! socket is full, as with a slow reader, and its edges wake us. A bucket goes on counting; it may be overdrawn by what
//! a socket holds.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::http::body::{Body, Source};

/// What the owner set, in bytes a second; nothing is not bounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// For each stream, after a first burst.
    pub each: Option<u64>,
    /// That burst, in bytes.
    pub burst: u64,
    /// For all together.
    pub total: Option<u64>,
}

/// So often a second somebody is woken at most to send more, while there is that much to send.
const TURNS_A_SEC: u64 = 20;
/// The same where all share a line: as its places are in turn, nobody may come so late to his that it has run dry.
const LINE_TURNS_A_SEC: u64 = 10;
/// Less is not worth a turn, whatever the rate.
const TURN_BYTES_LEAST: u64 = 1 << 14;
/// A bucket has room for at least so many turns.
const TURNS_KEPT: u64 = 4;
/// What a socket holds leaves within this time, where the kernel paces it. A bucket that is overdrawn by more than
/// that: the clock has jumped.
const OVERDRAWN_MAX: Duration = Duration::from_secs(10);
/// As far behind the line may be that its places are still used: who is woken late loses nothing by it.
const LINE_SLACK: Duration = Duration::from_millis(200);

/// The time that so many bytes take, rounded up.
fn time_of(bytes: u64, rate: u64) -> Duration {
    let nanos = (u128::from(bytes) * 1_000_000_000).div_ceil(u128::from(rate.max(1)));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// What is worth a turn at that rate.
fn turn_bytes(rate: u64) -> u64 {
    (rate / TURNS_A_SEC).max(TURN_BYTES_LEAST)
}

/// The same on the line, for one of so many.
fn line_turn_bytes(rate: u64, streams: u64) -> u64 {
    (rate / LINE_TURNS_A_SEC / streams.max(1)).max(TURN_BYTES_LEAST)
}

/// A token bucket, told by the one moment at which it is full again.
///
/// Invariant: never more leaves than the burst and, since then, the rate times the time.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    rate: u64,
    burst: u64,
    full_at: Instant,
}

impl Bucket {
    /// A full one. The burst is at least a few turns' worth: who is woken late loses nothing by it.
    pub fn new(rate: u64, burst: u64, now: Instant) -> Self {
        let burst = burst.max(TURNS_KEPT * turn_bytes(rate));
        Self {
            rate,
            burst,
            full_at: now,
        }
    }

    /// How many bytes are in it.
    pub fn level(&mut self, now: Instant) -> u64 {
        let longest = time_of(self.burst, self.rate).saturating_add(OVERDRAWN_MAX);
        let wait = self.full_at.saturating_duration_since(now);
        if wait > longest {
            self.full_at = now + longest;
        }
        let missing = wait.min(longest).as_nanos() * u128::from(self.rate);
        let missing = u64::try_from(missing.div_ceil(1_000_000_000)).unwrap_or(u64::MAX);
        self.burst.saturating_sub(missing)
    }

    /// Takes out what left, or more than there is.
    pub fn take(&mut self, bytes: u64, now: Instant) {
        self.full_at = self.full_at.max(now) + time_of(bytes, self.rate);
    }

    /// When there will be so many bytes in it: at most its burst.
    pub fn moment_of(&self, bytes: u64) -> Instant {
        // Rounded down: at that moment they are there.
        let rest = u128::from(self.burst.saturating_sub(bytes)) * 1_000_000_000;
        let nanos = rest / u128::from(self.rate.max(1));
        let early = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        self.full_at.checked_sub(early).unwrap_or(self.full_at)
    }
}

/// The line on which all streams have their places, in every worker.
#[derive(Debug)]
pub struct Total {
    rate: u64,
    began: Instant,
    /// Up to this moment, in nanoseconds since it began, all places are taken.
    taken_until: AtomicU64,
    /// How many wait for theirs.
    waiting: AtomicUsize,
}

/// A place on the line. Who gives it up leaves a gap.
#[derive(Debug)]
struct Place {
    at: Instant,
    bytes: u64,
    line: Arc<Total>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.line.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Total {
    /// An empty line.
    pub fn new(rate: u64, now: Instant) -> Self {
        Self {
            rate,
            began: now,
            taken_until: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Takes the next place, for as many of the wanted bytes as one may send in a turn: when it is, and how many.
    /// The more are waiting, the less it is, so that nobody waits long; everybody's is the same.
    fn queue(&self, wanted: u64, now: Instant) -> (Instant, u64) {
        let others = u64::try_from(self.waiting.load(Ordering::Relaxed)).unwrap_or(u64::MAX);
        let turn = line_turn_bytes(self.rate, others.saturating_add(1));
        let bytes = wanted.min(turn);
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let here = nanos(now.saturating_duration_since(self.began));
        let least = here.saturating_sub(nanos(LINE_SLACK));
        // All who wait and the last who did not have no more than a turn each, as long as the clock goes on.
        let turn_most = nanos(time_of(line_turn_bytes(self.rate, 1), self.rate));
        let most = here.saturating_add(turn_most.saturating_mul(others.saturating_add(2)));
        let takes = nanos(time_of(bytes, self.rate));
        let begin = |until: u64| until.max(least).min(most);
        let before = self
            .taken_until
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |until| {
                Some(begin(until).saturating_add(takes))
            });
        let at = before.map_or(here, begin);
        (self.began + Duration::from_nanos(at), bytes)
    }
}

/// What all connections of the process share.
#[derive(Debug, Clone)]
pub struct Pace {
    rates: Rates,
    total: Option<Arc<Total>>,
    kernel_from: u64,
}

impl Pace {
    /// Nothing, where nothing is bounded. The kernel holds back from that rate on: what waits in a socket must not
    /// take longer to leave than anybody waits for a reader.
    pub fn new(rates: Rates, kernel_from: u64, now: Instant) -> Option<Self> {
        (rates.each.is_some() || rates.total.is_some()).then(|| Self {
            rates,
            total: rates.total.map(|rate| Arc::new(Total::new(rate, now))),
            kernel_from,
        })
    }

    /// For a connection that has just come.
    pub fn pacer(&self, now: Instant) -> Pacer {
        let lane = self.rates.each.map(|rate| Lane {
            file: None,
            bucket: Bucket::new(rate, self.rates.burst, now),
        });
        Pacer {
            lanes: lane.map(|lane| [lane.clone(), lane]),
            is_by_kernel: self.rates.each.is_some_and(|rate| rate >= self.kernel_from),
            is_slowed: false,
            is_socket_slowed: false,
            line: self.total.clone(),
            place: None,
            granted: 0,
        }
    }
}

/// A file and what may leave of it.
#[derive(Debug, Clone)]
struct Lane {
    /// Weak: it keeps the address from meaning another file, but not the file open.
    file: Option<Weak<dyn Source>>,
    bucket: Bucket,
}

impl Lane {
    fn is_of(&self, source: &Arc<dyn Source>) -> bool {
        let file = self.file.as_ref().map(Weak::as_ptr);
        file.is_some_and(|file| std::ptr::addr_eq(file, Arc::as_ptr(source)))
    }
}

/// One connection's pace.
#[derive(Debug)]
pub struct Pacer {
    /// The file that leaves, and the one before it: a film and what is asked beside it. A third one goes on with what
    /// the older of them has left, or who goes round among files would have a burst each time.
    lanes: Option<[Lane; 2]>,
    is_by_kernel: bool,
    /// Whether the kernel is to hold back, and whether the socket knows.
    is_slowed: bool,
    is_socket_slowed: bool,
    line: Option<Arc<Total>>,
    place: Option<Place>,
    /// What may leave of a place whose moment has come.
    granted: u64,
}

/// How many bytes of the front of a body may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Our own: these are never held back.
    pub free: u64,
    /// Of files, behind them.
    pub paced: u64,
}

impl Pacer {
    /// What may leave of a body now; else the moment to ask again.
    pub fn allow(&mut self, body: &Body, now: Instant) -> Result<Share, Instant> {
        let Some((free, source)) = body.first_slice() else {
            let all = body.left();
            return Ok(Share {
                free: all,
                paced: 0,
            });
        };
        match self.allow_of(source, body.left().saturating_sub(free), now) {
            Ok(paced) => Ok(Share { free, paced }),
            Err(_) if free > 0 => Ok(Share { free, paced: 0 }),
            Err(at) => Err(at),
        }
    }

    fn allow_of(
        &mut self,
        source: &Arc<dyn Source>,
        left: u64,
        now: Instant,
    ) -> Result<u64, Instant> {
        let most = self.allow_stream(source, left, now)?;
        let Some(line) = &self.line else {
            return Ok(most);
        };
        if let Some(place) = &self.place {
            if now < place.at {
                return Err(place.at);
            }
            self.granted = place.bytes;
            self.place = None;
        } else if self.granted == 0 {
            let (at, bytes) = line.queue(most.min(left), now);
            if now < at {
                line.waiting.fetch_add(1, Ordering::Relaxed);
                let line = Arc::clone(line);
                self.place = Some(Place { at, bytes, line });
                return Err(at);
            }
            self.granted = bytes;
        }
        Ok(most.min(self.granted))
    }

    /// The stream's own bound.
    fn allow_stream(
        &mut self,
        source: &Arc<dyn Source>,
        left: u64,
        now: Instant,
    ) -> Result<u64, Instant> {
        let Some(lanes) = &mut self.lanes else {
            return Ok(left);
        };
        if !lanes[0].is_of(source) {
            lanes.swap(0, 1);
            if !lanes[0].is_of(source) {
                lanes[0].file = Some(Arc::downgrade(source));
            }
        }
        let bucket = &mut lanes[0].bucket;
        let (level, turn) = (bucket.level(now), turn_bytes(bucket.rate));
        if self.is_by_kernel {
            // It is let go again for something worth a burst, not for each byte that a slow reader leaves.
            self.is_slowed = if self.is_slowed {
                level < (bucket.burst / 2).max(turn)
            } else {
                level < turn.min(left)
            };
            return Ok(if self.is_slowed { left } else { level });
        }
        let wanted = turn.min(left);
        if level < wanted {
            return Err(bucket.moment_of(wanted));
        }
        Ok(level)
    }

    /// So many bytes of files have left.
    pub fn take(&mut self, bytes: u64, now: Instant) {
        if let Some(lanes) = &mut self.lanes {
            lanes[0].bucket.take(bytes, now);
        }
        self.granted = self.granted.saturating_sub(bytes);
    }

    /// The rate that the kernel is to be told for the socket, if it has to be told: the highest there is for none.
    pub fn poll_socket_rate(&mut self) -> Option<u64> {
        let is_news =
            self.is_slowed != std::mem::replace(&mut self.is_socket_slowed, self.is_slowed);
        let rate = self.lanes.as_ref().map(|lanes| lanes[0].bucket.rate);
        let rate = rate.filter(|_| self.is_slowed).unwrap_or(u64::MAX);
        is_news.then_some(rate)
    }

    /// The kernel does not pace sockets.
    pub fn use_timer(&mut self) {
        (self.is_by_kernel, self.is_slowed, self.is_socket_slowed) = (false, false, false);
    }

    /// Whether the kernel holds back just now.
    pub fn is_slowed(&self) -> bool {
        self.is_slowed
    }
}

#[cfg(test)]
mod tests;
