//! Owns how many connections each address has, over all workers: `--max-per-client`.
//! Knows nothing of what they carry.
//!
//! An address of IPv6 counts as its /64: within that, everybody has as many as he likes.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::http::cidr::household;

/// The counts.
#[derive(Debug)]
pub struct Crowd {
    most: usize,
    /// Sorted by address.
    here: Mutex<Vec<(u128, usize)>>,
}

/// A connection that is counted. It goes with this value.
#[derive(Debug)]
pub struct Guest {
    crowd: Arc<Crowd>,
    home: u128,
    /// Whether its address has more than it may have: it is told so, and served nothing.
    pub is_excess: bool,
}

/// Even those who are told that they are too many are too many.
#[derive(Debug)]
pub struct Full;

impl Crowd {
    /// Nobody is here yet.
    pub fn shared(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            here: Mutex::default(),
        })
    }

    /// One more from an address.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Guest, Full> {
        let home = household(address);
        let mut here = self.here();
        let at = match here.binary_search_by_key(&home, |(known, _)| *known) {
            Ok(at) => at,
            Err(at) => {
                here.insert(at, (home, 0));
                at
            }
        };
        let count = here.get(at).map_or(0, |(_, count)| *count);
        if count >= self.most.saturating_mul(2) {
            return Err(Full);
        }
        if let Some((_, count)) = here.get_mut(at) {
            *count += 1;
        }
        Ok(Guest {
            crowd: Arc::clone(self),
            home,
            is_excess: count >= self.most,
        })
    }

    fn here(&self) -> MutexGuard<'_, Vec<(u128, usize)>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut here = self.crowd.here();
        if let Ok(at) = here.binary_search_by_key(&self.home, |(known, _)| *known)
            && let Some((_, count)) = here.get_mut(at)
        {
            *count -= 1;
            if *count == 0 {
                here.remove(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::Crowd;

    #[test]
    fn so_many_and_as_many_who_are_told() {
        let crowd = Crowd::shared(2);
        let address: IpAddr = "2001:db8::1".parse().unwrap();
        let neighbour: IpAddr = "2001:db8::9:9:9:9".parse().unwrap();
        let other: IpAddr = "192.0.2.1".parse().unwrap();
        let mut guests = Vec::new();
        for is_excess in [false, false, true, true] {
            let guest = crowd
                .enter(if is_excess { neighbour } else { address })
                .unwrap();
            assert_eq!(guest.is_excess, is_excess);
            guests.push(guest);
        }
        assert!(crowd.enter(address).is_err());
        assert!(!crowd.enter(other).unwrap().is_excess);
        drop(guests.split_off(1));
        assert!(!crowd.enter(neighbour).unwrap().is_excess);
        guests.clear();
        assert!(crowd.here().is_empty(), "nothing is kept of who has gone");
    }
}
