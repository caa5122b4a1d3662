//! Owns what a connection was let through with last, so that who asks for the next part of the same pays no HMAC.
//! Knows nothing of keys: those do not change.

use std::fmt;
use std::net::IpAddr;

use super::Token;
use crate::site::secret::is_same;

/// The last right token of a connection, what of the path it covered, and for whom.
#[derive(Default)]
pub struct Opened {
    token: Vec<u8>,
    covered: Vec<u8>,
    client: Option<IpAddr>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened(…)")
    }
}

impl Opened {
    /// Whether it was just this. Behind a proxy others may have asked on this connection before.
    pub(super) fn is_by(&self, token: &Token<'_>, covered: &[u8], client: IpAddr) -> bool {
        self.client == Some(client)
            && self.covered == covered
            && is_same(&self.token, token.written)
    }

    /// This was right.
    pub(super) fn note(&mut self, token: &Token<'_>, covered: &[u8], client: IpAddr) {
        self.client = Some(client);
        for (kept, new) in [
            (&mut self.token, token.written),
            (&mut self.covered, covered),
        ] {
            kept.clear();
            kept.extend_from_slice(new);
        }
    }
}
