//! Owns one stream: whose it is, whether it waits, is seated or is over, and how many replies are on their way.
//! Knows nothing of how many streams there are, nor of who is next.
//!
//! ```text
//! state    WAITING ──seat──▶ 0 ⇄ 1 ⇄ 2 …   replies on their way
//!                            └──▶ OVER       from 0 alone, so that nobody is cut off
//! ```
//!
//! Who holds it visits it without a lock. Only whoever holds the lock of the house ends it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

const WAITING: u32 = 1 << 30;
const OVER: u32 = 1 << 31;

/// A client and a file.
#[derive(Debug)]
pub struct Stream {
    client: IpAddr,
    name: Box<[u8]>,
    state: AtomicU32,
    /// Requests that wait for it on their connections.
    parked: AtomicU32,
    /// Seated: when it has rested. Waiting: until when its place in the queue is kept though nobody is there.
    until: AtomicU64,
    /// Waiting: its client has, for all that is known, another one that is seated, which may come to rest at any
    /// moment.
    has_neighbour: AtomicBool,
}

impl Stream {
    /// One that waits.
    pub(super) fn new(client: IpAddr, name: &[u8]) -> Arc<Self> {
        Arc::new(Self {
            client,
            name: name.into(),
            state: AtomicU32::new(WAITING),
            parked: AtomicU32::new(0),
            until: AtomicU64::new(0),
            has_neighbour: AtomicBool::new(true),
        })
    }

    /// Whose it is.
    pub(super) fn client(&self) -> IpAddr {
        self.client
    }

    /// Whether it is the one of this client and file.
    pub fn is_of(&self, client: IpAddr, name: &[u8]) -> bool {
        *self.name == *name && self.client == client
    }

    /// Begins a reply, if it is seated.
    pub fn visit(self: &Arc<Self>) -> Option<Visit> {
        if self.state.fetch_add(1, Ordering::AcqRel) < WAITING {
            return Some(Visit(Arc::clone(self)));
        }
        self.state.fetch_sub(1, Ordering::AcqRel);
        None
    }

    pub(super) fn is_seated(&self) -> bool {
        self.state.load(Ordering::Acquire) < WAITING
    }

    /// Gives it a place, which it keeps until then though nobody may come.
    pub(super) fn seat(&self, until: u64) {
        self.until.store(until, Ordering::Release);
        self.state.fetch_sub(WAITING, Ordering::AcqRel);
    }

    /// When it has rested, unless something is on its way.
    pub(super) fn free_at(&self) -> Option<u64> {
        let rests = self.state.load(Ordering::Acquire) == 0;
        rests.then(|| self.until.load(Ordering::Acquire))
    }

    /// Ends it, unless something is on its way.
    pub(super) fn give_up(&self) -> bool {
        let ended = self
            .state
            .compare_exchange(0, OVER, Ordering::AcqRel, Ordering::Acquire);
        ended.is_ok()
    }

    /// Ends it, if it has rested.
    pub(super) fn has_rested(&self, now: u64) -> bool {
        if self.free_at().is_none_or(|at| at > now) || !self.give_up() {
            return false;
        }
        // A visit may have come and gone between the two looks.
        let is_over = self.until.load(Ordering::Acquire) <= now;
        if !is_over {
            self.state.fetch_sub(OVER, Ordering::AcqRel);
        }
        is_over
    }

    pub(super) fn keep_until(&self, until: u64) {
        self.until.store(until, Ordering::Release);
    }

    /// Whether nobody waits for it any more.
    pub(super) fn is_forgotten(&self, now: u64) -> bool {
        self.parked.load(Ordering::Acquire) == 0 && self.until.load(Ordering::Acquire) <= now
    }

    pub(super) fn has_neighbour(&self) -> bool {
        self.has_neighbour.load(Ordering::Relaxed)
    }

    pub(super) fn set_neighbour(&self, has_neighbour: bool) {
        self.has_neighbour.store(has_neighbour, Ordering::Relaxed);
    }
}

/// A reply that is on its way. It ends with this value.
#[derive(Debug)]
pub struct Visit(Arc<Stream>);

impl Visit {
    /// What it is a reply of.
    pub fn stream(&self) -> &Arc<Stream> {
        &self.0
    }

    /// Notes until when the stream may rest, if that has moved by more than `step`.
    pub(super) fn rest_until(&self, until: u64, step: u64) {
        if until.abs_diff(self.0.until.load(Ordering::Relaxed)) > step {
            self.0.until.store(until, Ordering::Release);
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.state.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A request that waits for its stream's turn. It goes with this value.
#[derive(Debug)]
pub struct Parked(Arc<Stream>);

impl Parked {
    pub(super) fn new(stream: &Arc<Stream>) -> Self {
        stream.parked.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(stream))
    }

    /// What it waits for.
    pub fn stream(&self) -> &Arc<Stream> {
        &self.0
    }
}

impl Drop for Parked {
    fn drop(&mut self) {
        self.0.parked.fetch_sub(1, Ordering::AcqRel);
    }
}
