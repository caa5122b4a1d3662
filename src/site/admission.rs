//! Owns who is served at once, who waits, and whose turn it is: `--max-streams`, shared by all workers.
//! Knows nothing of requests and connections: they ask for a stream by its client and file, and look again when told.
//!
//! ```text
//!  enter ──▶ seated ◀──── called ──── waiting ◀── enter, when all places are taken
//!             │  ▲                       │
//!             │  └ visit … rest          └──▶ forgotten, when nobody has come back for a while
//!             ▼
//!            over: nothing sent for `stream_rest_secs_max`, or its client has begun another file
//! ```
//!
//! Only time gives a place free, and the moment at which it may do so next is known. So nobody needs to be woken:
//! whoever waits looks again at that moment, and the first one to look calls all whose turn it is.
//!
//! Invariants, after each look: at most `streams_max` are seated; nobody waits while a place is free; whoever waits
//! is called in the order of arrival, and sooner only where its own client gives it a place.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::http::cidr::household;
use crate::limits::Limits;
use crate::ops::metrics::{family, write_object};

mod stream;

pub use stream::{Parked, Stream, Visit};

/// What the owner decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// `--max-streams`
    pub streams_max: usize,
    /// `--queue`
    pub queue_max: usize,
    /// `--queue-wait`
    pub wait: Duration,
}

/// What becomes of who asks for a place.
#[derive(Debug)]
pub enum Verdict {
    /// It has one, for one reply.
    In(Visit),
    /// It has a place in the queue.
    Waits(Parked),
    /// Neither, for a reason of this name.
    Refused(&'static str),
}

/// What a look at the queue came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It is its turn: a place is kept for it.
    Turn,
    /// Not before this moment.
    At(Instant),
}

/// Between two looks of one whose own client may give it a place at any moment.
const OWN_LOOK: Duration = Duration::from_millis(250);
/// What is noted of the end of a visit more often than this is not noted.
const NOTED_MILLIS: u64 = 100;

/// The places and the queue.
#[derive(Debug)]
pub struct Admission {
    terms: Terms,
    /// In milliseconds, as the limits have them.
    rest: u64,
    called: u64,
    away: u64,
    share: usize,
    began: Instant,
    /// No turn comes before this moment.
    next: AtomicU64,
    house: Mutex<House>,
}

#[derive(Debug, Default)]
struct House {
    seated: Vec<Arc<Stream>>,
    waiting: Vec<Arc<Stream>>,
    most: usize,
    admitted: u64,
    queued: u64,
}

impl Admission {
    /// An empty house.
    pub fn new(terms: Terms, limits: &Limits, now: Instant) -> Self {
        let millis = |secs| millis_of(Limits::secs(secs));
        let rest = millis(limits.stream_rest_secs_max);
        Self {
            terms,
            rest,
            called: rest.max(millis(limits.queue_called_secs_max)),
            away: millis(limits.queue_away_secs_max),
            share: limits.queue_share_max,
            began: now,
            next: AtomicU64::new(0),
            house: Mutex::default(),
        }
    }

    /// How long a request may wait.
    pub fn wait(&self) -> Duration {
        self.terms.wait
    }

    /// A place for the stream of this client and file, or one in the queue if it `may_wait`.
    pub fn enter(&self, client: IpAddr, name: &[u8], may_wait: bool, now: Instant) -> Verdict {
        let now = self.millis(now);
        let mut house = self.house();
        self.turn(&mut house, now);
        let seated = house.seated.iter().find(|it| it.is_of(client, name));
        if let Some(visit) = seated.and_then(Stream::visit) {
            return Verdict::In(visit);
        }
        // What only looks in takes nobody's place, not even its own client's.
        if may_wait {
            self.yield_resting(&mut house, client, now);
        }
        let at = house.waiting.iter().position(|it| it.is_of(client, name));
        if self.has_room(&house) {
            let stream = match at {
                Some(at) => house.waiting.remove(at),
                None => Stream::new(client, name),
            };
            self.seat(&mut house, &stream, now + self.rest);
            return match stream.visit() {
                Some(visit) => Verdict::In(visit),
                None => Verdict::Refused(QUEUE_FULL),
            };
        }
        if let Some(waiting) = at.and_then(|at| house.waiting.get(at)) {
            return Verdict::Waits(Parked::new(waiting));
        }
        if !may_wait || house.waiting.len() >= self.terms.queue_max {
            return Verdict::Refused(QUEUE_FULL);
        }
        let home = household(client);
        let own = house
            .waiting
            .iter()
            .filter(|it| household(it.client()) == home);
        if own.count() >= self.share {
            return Verdict::Refused(QUEUE_SHARE);
        }
        let stream = Stream::new(client, name);
        let parked = Parked::new(&stream);
        house.waiting.push(stream);
        house.queued += 1;
        Verdict::Waits(parked)
    }

    /// Whether it is the turn of one that waits, and if not, when to look again.
    pub fn look(&self, stream: &Arc<Stream>, now: Instant) -> Look {
        if stream.is_seated() {
            return Look::Turn;
        }
        let millis = self.millis(now);
        let next = self.next.load(Ordering::Relaxed);
        if millis < next && !stream.has_neighbour() {
            return Look::At(self.moment(next));
        }
        let mut house = self.house();
        self.turn(&mut house, millis);
        let place = |house: &House| house.waiting.iter().position(|it| Arc::ptr_eq(it, stream));
        if place(&house).is_some() {
            self.yield_resting(&mut house, stream.client(), millis);
        }
        let Some(at) = place(&house) else {
            // It is seated; or it was, and its turn has passed: then it asks anew.
            return Look::Turn;
        };
        if self.has_room(&house) {
            house.waiting.remove(at);
            self.seat(&mut house, stream, millis + self.called);
            return Look::Turn;
        }
        let mut seated = house.seated.iter();
        let has_neighbour = seated.any(|it| it.client() == stream.client());
        stream.set_neighbour(has_neighbour);
        let next = self.moment(self.next.load(Ordering::Relaxed));
        Look::At(if has_neighbour {
            next.min(now + OWN_LOOK)
        } else {
            next
        })
    }

    /// The number in the queue, from one, of one that waits.
    pub fn number(&self, stream: &Arc<Stream>) -> Option<usize> {
        let house = self.house();
        let at = house.waiting.iter().position(|it| Arc::ptr_eq(it, stream));
        at.map(|at| at + 1)
    }

    /// It was told to come back: its place in the queue is kept until then.
    pub fn keep(&self, parked: &Parked, now: Instant) {
        parked.stream().keep_until(self.millis(now) + self.away);
    }

    /// A reply has ended: the stream rests.
    pub fn rest(&self, visit: Visit, now: Instant) {
        visit.rest_until(self.millis(now) + self.rest, NOTED_MILLIS);
    }

    /// Gives free what has rested, forgets who has not come back, and calls whose turn it is.
    fn turn(&self, house: &mut House, now: u64) {
        house.seated.retain(|stream| !stream.has_rested(now));
        house.waiting.retain(|stream| !stream.is_forgotten(now));
        while self.has_room(house) && !house.waiting.is_empty() {
            let stream = house.waiting.remove(0);
            self.seat(house, &stream, now + self.called);
        }
        // Who is being sent something can have rested no earlier than this.
        let earliest = now + self.rest;
        let free = house.seated.iter().filter_map(|stream| stream.free_at());
        let next = free.min().map_or(earliest, |at| at.min(earliest));
        self.next.store(next, Ordering::Relaxed);
    }

    fn has_room(&self, house: &House) -> bool {
        house.seated.len() < self.terms.streams_max
    }

    fn seat(&self, house: &mut House, stream: &Arc<Stream>, until: u64) {
        debug_assert!(self.has_room(house), "a place is free");
        stream.seat(until);
        house.seated.push(Arc::clone(stream));
        house.admitted += 1;
        house.most = house.most.max(house.seated.len());
    }

    /// A client begins another file: of its streams the one that has rested longest makes room for it, at once
    /// where that is needed, and else for whoever comes next. Its viewer may be another one of the same household:
    /// then it goes on, as long as nobody else has come.
    fn yield_resting(&self, house: &mut House, client: IpAddr, now: u64) {
        let own = house.seated.iter().enumerate();
        let own = own.filter(|(_, it)| it.client() == client);
        let resting = own.filter_map(|(at, it)| Some((it.free_at()?, at)));
        let Some((_, at)) = resting.min() else {
            return;
        };
        if self.has_room(house) {
            house.seated[at].keep_until(now);
        } else if house.seated[at].give_up() {
            house.seated.swap_remove(at);
        }
    }

    fn house(&self) -> MutexGuard<'_, House> {
        self.house.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn millis(&self, now: Instant) -> u64 {
        millis_of(now.saturating_duration_since(self.began))
    }

    fn moment(&self, millis: u64) -> Instant {
        self.began + Duration::from_millis(millis)
    }

    /// What is told to machines: name, kind, meaning and number.
    fn numbers(&self, now: Instant) -> [(&'static str, &'static str, &'static str, u64); 6] {
        let mut house = self.house();
        self.turn(&mut house, self.millis(now));
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let (seated, most) = (number(house.seated.len()), number(house.most));
        let (places, waiting) = (number(self.terms.streams_max), number(house.waiting.len()));
        [
            ("viewers", "gauge", "Streams that have a place.", seated),
            ("viewers_most", "gauge", "The most that there were.", most),
            ("viewers_max", "gauge", "Places.", places),
            ("queue", "gauge", "Streams that wait for a place.", waiting),
            (
                "admitted_total",
                "counter",
                "Streams that got a place.",
                house.admitted,
            ),
            (
                "queued_total",
                "counter",
                "Streams that had to wait.",
                house.queued,
            ),
        ]
    }

    /// For Prometheus.
    pub fn write_prometheus(&self, now: Instant, out: &mut String) {
        for (name, kind, help, number) in self.numbers(now) {
            family(name, kind, help, out);
            _ = writeln!(out, "reeld_{name} {number}");
        }
    }

    /// The same for scripts, behind other members.
    pub fn write_json(&self, now: Instant, out: &mut String) {
        let numbers = self.numbers(now).into_iter();
        let numbers = numbers.map(|(name, _, _, number)| {
            let name = name.strip_suffix("_total").unwrap_or(name);
            (name, number)
        });
        write_object("admission", numbers, out);
    }
}

fn millis_of(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX / 4)
}

/// All places are taken, and those in the queue too.
pub const QUEUE_FULL: &str = "queue-full";
/// One client has as many places in the queue as one may have.
pub const QUEUE_SHARE: &str = "queue-share";

#[cfg(test)]
mod tests;
