//! Owns whom a request is from: the socket's peer, or whom a trusted proxy names.
//! Knows nothing of how proxies write it.

use std::net::IpAddr;

use super::Conn;
use crate::http::forwarded::{self, Said};
use crate::http::request::{Field, View};
use crate::site::Site;

/// How it is known whom a request is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// It came without a proxy that is trusted.
    Itself,
    /// A trusted proxy has named it.
    Named,
    /// The request is a trusted proxy's own: a cache that fills itself, say.
    Proxy,
    /// A trusted proxy hides it, or what it says makes no sense.
    Unclear,
}

impl Caller {
    /// Whom the request of that head is from, which a trusted proxy has brought.
    pub(super) fn of(view: &View<'_>, site: &Site, proxy: IpAddr) -> (Self, IpAddr) {
        let said = forwarded::client(
            &mut view.values(Field::Forwarded),
            &mut view.values(Field::ForwardedFor),
            &|address| site.is_proxy(address),
        );
        match said {
            Said::Client(client) => (Self::Named, client),
            Said::Nobody => (Self::Proxy, proxy),
            Said::Unclear => (Self::Unclear, proxy),
        }
    }
}

impl Conn {
    /// Whether the client sits at this very machine. What came through a proxy of this machine does not: its peer
    /// is the proxy, and whom that names is somebody else.
    pub(super) fn is_local(&self) -> bool {
        self.caller == Caller::Itself && self.client.is_loopback()
    }
}
