//! Owns who is kept out because of where a request comes from: a page of somebody else's, or a name that is not ours.
//! Knows nothing of who somebody is, nor of what is asked for beyond where its path begins.
//!
//! ```text
//! a page of evil.test ── WebSocket, fetch, <script src> ─▶ /_/…      Origin: http://evil.test
//!                                                                    Sec-Fetch-Site: cross-site
//! a name of evil.test that suddenly means our address ───▶ the list  Host: evil.test:8080
//! ```
//!
//! 1. A name that is not ours: 421 for pages, list, sockets and everything below `/_/`. To the browser such a page has
//!    the same origin as what it asks for, so nothing else would stop it (DNS rebinding). It needs a name: an address
//!    in digits is always ours, and so is what no browser sends, no name at all.
//! 2. A foreign page: 403 for the socket, and for everything below `/_/`. Browsers tell the origin of a page with each
//!    socket, and with all that its scripts may read; where they tell none (`<img>`, `<script>`), they say whether it
//!    is another site's. Who says neither is a program, or a person who goes there.

use crate::http::request::{Field, View};
use crate::http::status::{Refusal, Status};
use crate::http::target;
use crate::http::websocket::handshake::is_upgrade;
use crate::site::assets::{self, Asset};
use crate::site::{Cors, Site};

/// By which names we may be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Hosts {
    /// By any: nobody else can make our address mean a name of theirs.
    #[default]
    Any,
    /// By these, by addresses in digits, and by `localhost` and what is below it.
    Only(Vec<String>),
}

impl Hosts {
    /// More names that are ours.
    pub fn add(&mut self, more: Vec<String>) {
        if let Self::Only(names) = self {
            names.extend(more);
        }
    }

    /// Whether a `Host` is one of ours, with any port.
    fn know(&self, host: &[u8]) -> bool {
        let Self::Only(names) = self else {
            return true;
        };
        let name = target::name_of(host);
        // No name has digits alone behind its last dot, and none has brackets.
        let is_digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
        if name.iter().all(is_digit) || name.starts_with(b"[") {
            return true;
        }
        // A name may end with the dot of the root.
        let name = name.strip_suffix(b".").unwrap_or(name);
        let last = name.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
        last.eq_ignore_ascii_case(b"localhost")
            || names
                .iter()
                .any(|known| known.as_bytes().eq_ignore_ascii_case(name))
    }
}

/// The reason, which the reply explains.
pub const UNKNOWN_HOST: Refusal = Refusal::new(Status::MISDIRECTED_REQUEST, "unknown-host");
const FOREIGN_ORIGIN: Refusal = Refusal::new(Status::FORBIDDEN, "foreign-origin");

/// Judges where a request comes from.
pub fn judge(view: &View<'_>, site: &Site) -> Result<(), Refusal> {
    let (authority, rest) = target::parts_of(view.target());
    let host = authority.or_else(|| view.field(Field::Host));
    let host = host.unwrap_or_default();
    let is_below = rest.starts_with(b"/_/");
    if !is_open(rest, is_below) && !site.hosts.know(host) {
        return Err(UNKNOWN_HOST);
    }
    let is_root = matches!(rest, [] | [b'/'] | [b'?', ..] | [b'/', b'?', ..]);
    let is_private = is_below || (is_root && is_upgrade(view));
    if is_private && is_foreign(view, host, path_of(rest), site) {
        return Err(FOREIGN_ORIGIN);
    }
    Ok(())
}

fn path_of(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|&byte| byte == b'?');
    &rest[..end.unwrap_or(rest.len())]
}

/// What is answered by any name: films, whose names somebody has to know, to whoever passes them on by a name of his
/// own; and whether all is well.
fn is_open(rest: &[u8], is_below: bool) -> bool {
    let films = [&b"/video/"[..], b"/hls/", b"/dash/", b"/s/"];
    films.iter().any(|root| rest.starts_with(root)) || (is_below && path_of(rest) == b"/_/health")
}

/// Whether a page that is not ours has made the browser ask.
fn is_foreign(view: &View<'_>, host: &[u8], path: &[u8], site: &Site) -> bool {
    if view.field(Field::Origin).is_some() {
        let mut origins = view.values(Field::Origin);
        return !origins.all(|origin| is_of(origin, host) || site.cors.allows(origin));
    }
    match view.field(Field::SecFetchSite) {
        None | Some(b"same-origin" | b"none") => false,
        // Whose page it is nobody knows: a `*` is for all.
        Some(_) if site.cors == Cors::Any => false,
        // A person followed a link to a page of ours, which no frame may hold.
        Some(_) => {
            view.field(Field::SecFetchDest) != Some(b"document")
                || !assets::at(path).is_some_and(Asset::is_page)
        }
    }
}

/// Whether a page of that origin came from that host.
fn is_of(origin: &[u8], host: &[u8]) -> bool {
    let scheme_end = origin.windows(3).position(|at| at == b"://");
    scheme_end.is_some_and(|at| origin[at + 3..].eq_ignore_ascii_case(host))
}
