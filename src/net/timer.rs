//! Owns the one deadline structure: a wheel of buckets, a quarter of a second each, or a fifth of that.
//! Knows nothing of what a deadline means.
//!
//! ```text
//! buckets   [ ][ ][7][ ] … 256 of them, 64 seconds around
//!                  │
//! links            7 ⇄ 3 ⇄ 9      doubly linked through the slots' indices
//! ```
//!
//! A deadline moves with every byte, so moving it must cost nothing: a slot is in at most one
//! bucket, and is only looked at when that bucket comes up. Its owner then says when it wants to be
//! looked at again. Memory is twelve bytes a slot, whatever happens.

use std::time::{Duration, Instant};

const BUCKETS: usize = 256;
const TICK: Duration = Duration::from_millis(250);
/// For those who go on in a moment.
const FINE_TICK: Duration = Duration::from_millis(50);
const NOBODY: u32 = u32::MAX;
/// In no bucket.
const NOWHERE: u32 = u32::MAX;

/// The wheel.
#[derive(Debug)]
pub struct Timer {
    began: Instant,
    step: Duration,
    /// The tick that has been dealt with last.
    tick: u64,
    /// No bucket with somebody in it comes up before this tick.
    next: u64,
    heads: Box<[u32; BUCKETS]>,
    links: Vec<Link>,
    held: usize,
}

#[derive(Debug, Clone, Copy)]
struct Link {
    before: u32,
    after: u32,
    bucket: u32,
}

const FREE: Link = Link {
    before: NOBODY,
    after: NOBODY,
    bucket: NOWHERE,
};

impl Timer {
    /// An empty wheel.
    pub fn new(now: Instant) -> Self {
        Self::of(TICK, now)
    }

    /// An empty wheel with a reach of thirteen seconds.
    pub fn fine(now: Instant) -> Self {
        Self::of(FINE_TICK, now)
    }

    fn of(step: Duration, now: Instant) -> Self {
        Self {
            began: now,
            step,
            tick: 0,
            next: u64::MAX,
            heads: Box::new([NOBODY; BUCKETS]),
            links: Vec::new(),
            held: 0,
        }
    }

    /// Looks at slot `index` at `when` or, if the wheel is too small for that, earlier.
    pub fn watch(&mut self, index: usize, when: Instant) {
        self.forget(index);
        let Ok(slot) = u32::try_from(index) else {
            return;
        };
        if self.links.len() <= index {
            self.links.resize(index + 1, FREE);
        }
        // Rounded up, so that a deadline has passed when its bucket comes up.
        let wanted = self.tick_of(when).saturating_add(1);
        let most = self.tick + BUCKETS as u64 - 1;
        let tick = wanted.clamp(self.tick + 1, most);
        let bucket = bucket_of(tick);
        let first = self.heads[bucket];
        self.links[index] = Link {
            before: NOBODY,
            after: first,
            bucket: bucket_number(bucket),
        };
        if let Some(link) = self.link_mut(first) {
            link.before = slot;
        }
        self.heads[bucket] = slot;
        self.next = self.next.min(tick);
        self.held += 1;
    }

    /// When slot `index` will be looked at next, if it will.
    pub fn watched_until(&self, index: usize) -> Option<Instant> {
        let bucket = self.links.get(index)?.bucket;
        if bucket == NOWHERE {
            return None;
        }
        // The one tick of this round that has this bucket.
        let ahead =
            (u64::from(bucket) + BUCKETS as u64 - self.tick % BUCKETS as u64) % BUCKETS as u64;
        Some(self.began + self.step * u32::try_from(self.tick + ahead).unwrap_or(u32::MAX))
    }

    /// Forgets slot `index`.
    pub fn forget(&mut self, index: usize) {
        let Some(link) = self.links.get_mut(index) else {
            return;
        };
        let Link {
            before,
            after,
            bucket,
        } = std::mem::replace(link, FREE);
        if bucket == NOWHERE {
            return;
        }
        self.held -= 1;
        match self.link_mut(before) {
            Some(link) => link.after = after,
            None => self.heads[usize::try_from(bucket).unwrap_or(0) % BUCKETS] = after,
        }
        if let Some(link) = self.link_mut(after) {
            link.before = before;
        }
    }

    /// When the wheel must be turned next, if anybody is in it.
    pub fn next(&self) -> Option<Instant> {
        (self.held > 0).then(|| {
            let ticks = u32::try_from(self.next).unwrap_or(u32::MAX);
            self.began + self.step * ticks
        })
    }

    /// Turns the wheel; appends the slots whose bucket came up to `due`. They are forgotten.
    pub fn turn(&mut self, now: Instant, due: &mut Vec<usize>) {
        let until = self.tick_of(now);
        if self.held == 0 || until < self.next {
            // No bucket up to here has anybody in it: the wheel keeps its whole reach.
            self.tick = self.tick.max(until);
            if self.held == 0 {
                self.next = u64::MAX;
            }
            return;
        }
        let first = self.next.max(self.tick + 1);
        let last = until.min(self.tick + BUCKETS as u64);
        for tick in first..=last {
            let mut at = std::mem::replace(&mut self.heads[bucket_of(tick)], NOBODY);
            while let Some(link) = self.link_mut(at) {
                let after = link.after;
                *link = FREE;
                self.held -= 1;
                due.extend(usize::try_from(at));
                at = after;
            }
        }
        self.tick = until;
        let ahead = (until + 1..)
            .take(BUCKETS)
            .find(|&tick| self.heads[bucket_of(tick)] != NOBODY);
        self.next = ahead.unwrap_or(u64::MAX);
    }

    fn tick_of(&self, when: Instant) -> u64 {
        let since = when.saturating_duration_since(self.began);
        u64::try_from(since.as_millis() / self.step.as_millis()).unwrap_or(u64::MAX)
    }

    fn link_mut(&mut self, slot: u32) -> Option<&mut Link> {
        if slot == NOBODY {
            None
        } else {
            self.links.get_mut(usize::try_from(slot).ok()?)
        }
    }
}

fn bucket_of(tick: u64) -> usize {
    usize::try_from(tick % BUCKETS as u64).unwrap_or(0)
}

fn bucket_number(bucket: usize) -> u32 {
    u32::try_from(bucket).unwrap_or(NOWHERE)
}

#[cfg(test)]
mod tests;
