//! Owns how many wrong tokens an address may show: a few at once, then one every few seconds.
//! Knows nothing of tokens.
//!
//! Each address belongs to one of a few slots, and a slot is one number: the second at which all that was tried is
//! paid off. So strangers who share a slot share its fate, and whoever tries many does not make this grow.

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::http::cidr::household;

const SLOTS: usize = 256;
/// What one wrong token costs.
const TRY_SECS: u64 = 6;
/// What may be owed: ten of them.
const OWED_SECS_MAX: u64 = 60;

/// Who has shown wrong tokens of late.
pub struct Tries([AtomicU64; SLOTS]);

impl Default for Tries {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; SLOTS])
    }
}

impl fmt::Debug for Tries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tries(…)")
    }
}

impl Tries {
    /// Whether it has tried so often that not even a right token is looked at.
    pub fn are_spent(&self, client: IpAddr, unix_secs: u64) -> bool {
        let owed = self.slot(client).load(Ordering::Relaxed);
        let owed = owed.saturating_sub(unix_secs);
        // More is never owed, unless the clock was set back.
        (OWED_SECS_MAX..=OWED_SECS_MAX + TRY_SECS).contains(&owed)
    }

    /// It has shown a wrong one.
    pub fn count(&self, client: IpAddr, unix_secs: u64) {
        let slot = self.slot(client);
        let owed = slot.load(Ordering::Relaxed).saturating_sub(unix_secs);
        let was_set_back = owed > OWED_SECS_MAX + TRY_SECS;
        let owed = if was_set_back {
            0
        } else {
            owed.min(OWED_SECS_MAX)
        };
        // Two at the same moment may count as one: that helps nobody to guess.
        slot.store(unix_secs + owed + TRY_SECS, Ordering::Relaxed);
    }

    fn slot(&self, client: IpAddr) -> &AtomicU64 {
        let home = household(client.to_canonical());
        let [mixed, ..] = home
            .wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
            .to_be_bytes();
        &self.0[usize::from(mixed)]
    }
}

#[cfg(test)]
mod tests {
    use super::{OWED_SECS_MAX, TRY_SECS, Tries};
    use std::net::IpAddr;

    #[test]
    fn ten_at_once_and_then_one_now_and_then() {
        let (tries, bad) = (Tries::default(), IpAddr::from([192, 0, 2, 1]));
        for now in [1_000, 5_000] {
            for _ in 0..OWED_SECS_MAX / TRY_SECS {
                assert!(!tries.are_spent(bad, now));
                tries.count(bad, now);
            }
            assert!(tries.are_spent(bad, now));
            assert!(!tries.are_spent(bad, now + 1));
            tries.count(bad, now + 1);
            assert!(tries.are_spent(bad, now + TRY_SECS));
            assert!(!tries.are_spent(bad, now + TRY_SECS + 1));
        }
        assert!(!tries.are_spent(IpAddr::from([192, 0, 2, 2]), 1_000));
        let same = "::ffff:192.0.2.1".parse().unwrap();
        tries.count(same, 5_002);
        assert!(tries.are_spent(bad, 5_003));
    }

    #[test]
    fn a_clock_that_was_set_back_locks_nobody_out() {
        let (tries, client) = (Tries::default(), IpAddr::from([0u8; 16]));
        tries.count(client, 1_000_000);
        assert!(!tries.are_spent(client, 1_000));
        tries.count(client, 1_000);
        assert!(!tries.are_spent(client, 1_000));
    }
}
