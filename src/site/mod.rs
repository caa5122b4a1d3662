//! What this server decides and shows: which path means what, which fields a reply carries.
//!
//! Owns: routes, replies, the page. Knows nothing of sockets, and opens no file.

pub mod admission;
pub mod assets;
pub mod fence;
pub mod guard;
pub mod listing;
pub mod live;
pub mod respond;
pub mod route;
pub mod secret;
pub mod sign;
pub mod tries;

use std::net::IpAddr;
use std::sync::Arc;

use crate::http::cidr::Cidr;
use crate::library::packages::Packages;
use crate::limits::Limits;
use crate::ops::metrics::Metrics;
use crate::range;
use crate::site::admission::Admission;
use crate::site::guard::Hosts;
use crate::site::live::Live;
use crate::site::secret::Secret;
use crate::site::sign::{Keys, mask};
use crate::site::tries::Tries;

/// Everything the owner decided, read by every reply and changed by none.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// The bounds in force.
    pub limits: Limits,
    /// Whose pages may read our replies.
    pub cors: Cors,
    /// `--host`: by which names we may be asked.
    pub hosts: Hosts,
    /// `--max-age`: how long caches may keep a file without asking.
    pub max_age_secs: Option<u64>,
    /// `--cdn-max-age`: the same for caches of our own in front of us (RFC 9213).
    pub cdn_max_age_secs: Option<u64>,
    /// `--reply-max`: the most that an open-ended range is answered with.
    pub reply_bytes_max: Option<u64>,
    /// `--header`: whole lines with their CRLF.
    pub extra_fields: Vec<u8>,
    /// `--admin-token`: who shows it may see what concerns others.
    pub admin_token: Option<Secret>,
    /// `--sign-key-file`: with keys, the library opens under signed addresses only.
    pub keys: Option<Keys>,
    /// Who has shown wrong tokens.
    pub tries: Arc<Tries>,
    /// `--trusted-proxy`: who is believed to say whom a request is from.
    pub proxies: Vec<Cidr>,
    /// `--max-streams`: who is served at once, and who waits.
    pub admission: Option<Arc<Admission>>,
    /// Whether anybody reads an access log: if not, nothing is collected for it.
    pub is_logged: bool,
    /// What the workers count.
    pub metrics: Arc<Metrics>,
    /// What was made of titles.
    pub packages: Arc<Packages>,
    /// Who looks on, and what they are shown.
    pub live: Arc<Live>,
}

/// Cross-origin sharing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Cors {
    /// No field at all: browsers keep other origins out.
    #[default]
    Off,
    /// `*`
    Any,
    /// These origins, each as a browser sends it.
    Only(Vec<String>),
}

impl Cors {
    /// Whether pages of that origin may read our replies.
    pub fn allows(&self, origin: &[u8]) -> bool {
        match self {
            Self::Off => false,
            Self::Any => true,
            Self::Only(known) => known.iter().any(|one| one.as_bytes() == origin),
        }
    }
}

impl Site {
    /// A request's head as the live view may show it.
    pub fn shown_head(&self, head: &[u8]) -> Vec<u8> {
        mask::head(head, |line, out| self.write_address(line, out))
    }

    /// Appends an address as logs and the live view may show it.
    pub fn write_address(&self, address: &[u8], out: &mut Vec<u8>) {
        match self.keys {
            Some(_) => mask::write_address(address, out),
            None => out.extend_from_slice(address),
        }
    }

    /// Whether an address is a trusted proxy's.
    pub fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|known| known.contains(address))
    }

    /// The bounds that range selection needs.
    pub fn range_bounds(&self) -> range::Bounds {
        range::Bounds {
            ranges_max: self.limits.ranges_max,
            field_bytes_max: self.limits.range_bytes_max,
            open_bytes_max: self.reply_bytes_max,
        }
    }
}
