//! Owns the dropping of a request body that nobody wants, within its bound.
//! Knows nothing of the request that it belongs to.

use crate::http::chunked::Chunks;
use crate::http::status::{Refusal, Status};
use crate::limits::Limits;

pub(super) const BODY_TOO_LARGE: Refusal =
    Refusal::new(Status::CONTENT_TOO_LARGE, "body-too-large");

/// A request body on its way to nowhere.
#[derive(Debug)]
pub(super) enum Discard {
    Counted(u64),
    Chunked(Chunks),
}

impl Discard {
    pub(super) fn is_too_large(&self, limits: &Limits) -> bool {
        let announced = match self {
            Self::Counted(left) => *left,
            Self::Chunked(chunks) => chunks.total(),
        };
        usize::try_from(announced).map_or(true, |announced| announced > limits.discard_bytes_max)
    }

    /// Takes what belongs to the body; tells how much, and whether it ended.
    pub(super) fn take(&mut self, bytes: &[u8], limits: &Limits) -> Result<(usize, bool), Refusal> {
        match self {
            Self::Counted(left) => {
                let here = u64::try_from(bytes.len()).unwrap_or(u64::MAX).min(*left);
                *left -= here;
                Ok((usize::try_from(here).unwrap_or(bytes.len()), *left == 0))
            }
            Self::Chunked(chunks) => {
                // A size counts as soon as it is announced, before a fault behind it.
                let taken = chunks.take(bytes);
                let is_done = chunks.is_done();
                if self.is_too_large(limits) {
                    return Err(BODY_TOO_LARGE);
                }
                taken.map(|taken| (taken, is_done))
            }
        }
    }
}
