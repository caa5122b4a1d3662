//! Owns what a connection can say for keeping its place when the house is full and another one comes.
//! Knows nothing of the others.
//!
//! ```text
//! who gives way first     Unproven   nothing was asked yet, or all is said
//!                         Begun      a head, or a body that nobody wants, is not whole yet
//!                         Served     it rests: between two requests, an open page
//!                         Reading    a reply is under way, and its reader rests: a player that pauses
//! nobody's turn           a request is being answered, or bytes are being taken
//! ```
//!
//! So neither the silent, nor slow heads, nor who never reads can keep others out for long, and who watches
//! loses nothing: a player that paused asks again when it goes on, and a page opens another socket.

use super::{CloseReason, Conn, Phase};
use crate::http::date::Now;
use crate::limits::Limits;

/// The lesser one gives way first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// It has asked nothing yet, or has been told all.
    Unproven,
    /// It has begun to ask.
    Begun,
    /// It was served, and rests.
    Served,
    /// It has not taken all of a reply, and rests.
    Reading,
}

impl Conn {
    /// Its claim, if it may be asked to give way at this moment.
    pub fn claim(&self, now: &Now) -> Option<Claim> {
        let limits = &self.site.limits;
        let (newcomer, rest) = (limits.newcomer_millis, limits.rest_millis);
        let (claim, patience) = match self.phase {
            Phase::Closed(_) => return None,
            _ if self.body().is_some() => (Claim::Reading, rest),
            Phase::Idle if self.is_first => (Claim::Unproven, newcomer),
            Phase::Linger { .. } => (Claim::Unproven, newcomer),
            Phase::Head | Phase::Discard(_) => (Claim::Begun, newcomer),
            Phase::Idle | Phase::Live(_) => (Claim::Served, rest),
            Phase::Asking(_) | Phase::Queued(_) | Phase::Last(_) => return None,
        };
        (now.steady >= self.since + Limits::millis(patience)).then_some(claim)
    }

    /// It gives way. A reply under way is cut off as if its reader had stalled for longer.
    pub fn give_way(&mut self) {
        self.close(if self.body().is_some() {
            CloseReason::Stalled
        } else {
            CloseReason::Evicted
        });
    }
}
