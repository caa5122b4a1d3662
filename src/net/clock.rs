//! Owns the clock: the only place where the time is asked for.
//! Knows nothing of deadlines.

use std::time::{Instant, SystemTime};

use crate::http::date::Now;

/// This moment.
#[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
pub fn now() -> Now {
    Now::new(Instant::now(), SystemTime::now())
}

/// Brings a moment up to date, at less cost than making a new one.
#[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
pub fn refresh(now: &mut Now) {
    now.advance(Instant::now(), SystemTime::now());
}

/// Microseconds of the clock that others on this host have as well (CLOCK_MONOTONIC).
pub fn monotonic_micros() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let secs = u64::try_from(time.tv_sec).unwrap_or(0);
    secs * 1_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0) / 1_000
}
