//! Owns which part of the site is private where there are keys, and who comes in: with a signed address, or, for the
//! list, with the owner's token.
//! Knows nothing of files: nobody looks for one before the signature was right.
//!
//! ```text
//! /s/TOKEN/video/…   /s/TOKEN/hls/…   /s/TOKEN/dash/…     what the signature covers
//! /s/TOKEN/library.json?in=PATH                           the list of what it covers; PATH is in it, or it
//! /s/TOKEN/                                               the page, which is no secret
//! /library.json, with Authorization: Bearer …             the list of all, and a token for all of it
//! /video/…   /hls/…   /dash/…   /library.json             403
//! ```
//!
//! A title's subtitles and poster have names of their own. So that one signature opens them as well, an address of
//! one says which title it is of: `/s/TOKEN/video/shows/e1.en.srt?of=e1.mp4`. The signature is over that title, and
//! the two names have to belong together (`library/sidecar`).

use std::net::IpAddr;

use super::opened::Opened;
use super::{BAD, Claim, Keys, Token};
use crate::http::date::Now;
use crate::http::request::{Field, View};
use crate::http::status::{Refusal, Status};
use crate::http::target::{self, Target, query_value};
use crate::library::name::Name;
use crate::library::sidecar;
use crate::site::Site;
use crate::site::route::{NOT_FOUND, Route};

const UNSIGNED: Refusal = Refusal::new(Status::FORBIDDEN, "unsigned");
const WRONG_TOKEN: Refusal = Refusal::new(Status::FORBIDDEN, "wrong-token");
const TOO_MANY_TRIES: Refusal = Refusal::new(Status::TOO_MANY_REQUESTS, "too-many-tries");

/// Who asks, and when.
#[derive(Debug)]
pub struct Asker<'a> {
    /// What the owner decided.
    pub site: &'a Site,
    /// Whom the request is from.
    pub client: IpAddr,
    /// When.
    pub now: &'a Now,
    /// What the connection was let through with last.
    pub opened: &'a mut Opened,
}

/// Token and the path behind it.
fn take_off(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = path.strip_prefix(b"/s/")?;
    let end = rest.iter().position(|&byte| byte == b'/');
    Some(end.map_or((rest, &b"/"[..]), |end| rest.split_at(end)))
}

/// The token of a request, if it has one.
pub fn token_of<'a>(view: &View<'a>) -> Option<Token<'a>> {
    let Ok(Target::Path { path, .. }) = Target::parse(view.target(), false) else {
        return None;
    };
    Token::parse(take_off(path)?.0)
}

/// The folder or title whose list is asked for.
pub fn listed(query: &[u8]) -> Option<Vec<u8>> {
    let mut path = Vec::new();
    target::decode_form(query_value(query, b"in").unwrap_or_default(), &mut path);
    let len = path.strip_suffix(b"/").unwrap_or(&path).len();
    path.truncate(len);
    (path.is_empty() || Name::check(&path).is_some()).then_some(path)
}

/// Finds the way by `find`, and lets nobody through without a right.
pub fn guarded<'a>(
    (keys, asker): (&Keys, &mut Asker<'_>),
    (request, path, query): (&View<'_>, &[u8], &[u8]),
    find: impl FnOnce(&[u8]) -> Route<'a>,
) -> Route<'a> {
    let (token, path) = match take_off(path) {
        Some((token, path)) => (Some(token), path),
        None => (None, path),
    };
    let roots = [&b"/video/"[..], b"/hls/", b"/dash/"];
    let is_private = roots.iter().any(|root| path.starts_with(root));
    if token.is_some() && !is_private && !matches!(path, b"/" | b"/library.json") {
        return Route::Refused(NOT_FOUND);
    }
    let route = find(path);
    let is_list = matches!(route, Route::Library);
    if !is_private && !is_list {
        return route;
    }
    let judged = match (token, is_list) {
        (Some(token), _) => judge(keys, asker, token, &route, query),
        (None, true) => show(asker, request),
        (None, false) => Err(UNSIGNED),
    };
    match judged {
        Ok(()) => route,
        Err(refusal) => Route::Refused(refusal),
    }
}

fn judge(
    keys: &Keys,
    asker: &mut Asker<'_>,
    token: &[u8],
    route: &Route<'_>,
    query: &[u8],
) -> Result<(), Refusal> {
    let token = Token::parse(token).ok_or(BAD)?;
    let who = (asker.client, asker.now.unix_secs);
    let mut judge = |path: &[u8]| keys.judge(&token, path, who, asker.opened);
    match route {
        Route::Video(name) | Route::Subtitle(name) => {
            let of = query_value(query, b"of").filter(|_| token.claim.names.is_none());
            match of {
                Some(of) => judge(&title_of(name.as_bytes(), of).ok_or(BAD)?),
                None => judge(name.as_bytes()),
            }
        }
        Route::Faststart(name) | Route::Packaged(name, _) => judge(name.as_bytes()),
        Route::Library => judge(&listed(query).ok_or(BAD)?),
        // Without a name that could be signed there is no right signature either.
        Route::Refused(_)
        | Route::Options
        | Route::Asset(_)
        | Route::Live
        | Route::Metrics
        | Route::Stats
        | Route::Health => Err(BAD),
    }
}

/// The title beside a file, if the file can be its poster or its subtitles.
fn title_of(file: &[u8], of: &[u8]) -> Option<Vec<u8>> {
    let mut title = Vec::new();
    target::decode(of, &mut title).ok()?;
    let slash = file.iter().rposition(|&byte| byte == b'/');
    let (folder, segment) = file.split_at(slash.map_or(0, |at| at + 1));
    let is_beside = !title.contains(&b'/') && sidecar::belongs(&title, segment);
    is_beside.then(|| [folder, &title].concat())
}

/// Whether the owner's token was shown.
fn show(asker: &Asker<'_>, request: &View<'_>) -> Result<(), Refusal> {
    const SCHEME: &[u8] = b"Bearer ";
    let Asker {
        site, client, now, ..
    } = asker;
    let shown = request.field(Field::Authorization).unwrap_or_default();
    let Some((scheme, token)) = shown.split_at_checked(SCHEME.len()) else {
        return Err(UNSIGNED);
    };
    let Some(known) = &site.admin_token else {
        return Err(UNSIGNED);
    };
    if site.tries.are_spent(*client, now.unix_secs) {
        return Err(TOO_MANY_TRIES);
    }
    if scheme.eq_ignore_ascii_case(SCHEME) && known.matches(token) {
        return Ok(());
    }
    site.tries.count(*client, now.unix_secs);
    Err(WRONG_TOKEN)
}

/// What the owner's page puts before each address. It is another one only now and then, so that what is
/// kept by address is kept for a while.
pub fn base_of_all(keys: &Keys, secs: usize, now: &Now) -> String {
    let secs = u64::try_from(secs).unwrap_or(u64::MAX);
    let step = (secs / 8).max(1);
    let begun = now.unix_secs - now.unix_secs % step;
    let claim = Claim {
        expires: begun.saturating_add(secs),
        names: Some(0),
        is_bound: false,
    };
    format!("/s/{}", keys.sign(claim, b"", None))
}
