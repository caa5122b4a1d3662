//! Owns how a moment is written and read in HTTP (RFC 9110 5.6.7), and the [`Now`] that is handed
//! to every decision.
//! Knows nothing of clocks: `net/clock.rs` reads them.

use std::time::{Duration, Instant, SystemTime};

/// The length of `Sun, 06 Nov 1994 08:49:37 GMT`.
pub const DATE_LEN: usize = 29;

/// A moment, as an argument: the steady clock for deadlines, the wall clock for dates.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// For deadlines and durations.
    pub steady: Instant,
    /// Whole seconds since 1970.
    pub unix_secs: u64,
    /// Milliseconds since 1970.
    pub unix_millis: u64,
    date: [u8; DATE_LEN],
}

impl Now {
    /// The moment `steady`, at which the wall clock said `wall`.
    pub fn new(steady: Instant, wall: SystemTime) -> Self {
        let unix_secs = unix_secs(wall);
        Self {
            steady,
            unix_secs,
            unix_millis: unix_millis(wall),
            date: format(unix_secs),
        }
    }

    /// Moves on to a later moment; the date is written again only when its second changes.
    pub fn advance(&mut self, steady: Instant, wall: SystemTime) {
        self.steady = steady;
        self.unix_millis = unix_millis(wall);
        let unix_secs = unix_secs(wall);
        if unix_secs != self.unix_secs {
            self.unix_secs = unix_secs;
            self.date = format(unix_secs);
        }
    }

    /// The moment as the `Date` field has it.
    pub const fn date(&self) -> &[u8; DATE_LEN] {
        &self.date
    }
}

/// Whole seconds since 1970; earlier times count as 1970.
pub fn unix_secs(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

fn unix_millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    u64::try_from(since.map_or(0, |since| since.as_millis())).unwrap_or(u64::MAX)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`. Times beyond the year 9999 are written as its last second.
pub fn format(unix_secs: u64) -> [u8; DATE_LEN] {
    const LAST: u64 = 253_402_300_799;
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(unix_secs.min(LAST));
    let text = httpdate::fmt_http_date(time);
    let mut out = [b' '; DATE_LEN];
    for (slot, byte) in out.iter_mut().zip(text.bytes()) {
        *slot = byte;
    }
    out
}

/// Reads all three forms that RFC 9110 5.6.7 asks a recipient to read.
pub fn parse(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?;
    httpdate::parse_http_date(text).ok().map(unix_secs)
}
