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
