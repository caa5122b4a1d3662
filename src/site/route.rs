//! Owns which path means what.
//! Knows nothing of replies, and of whether a file exists.

use crate::http::accept::json_and_html;
use crate::http::request::{Method, View};
use crate::http::status::{Refusal, Status};
use crate::http::target::{self, Target, Undecodable, query_value};
use crate::http::websocket::handshake::is_upgrade;
use crate::library::name::Name;
use crate::media::mime;
use crate::media::package::resource::Resource;
use crate::site::assets::{self, Asset};
use crate::site::sign::gate::{self, Asker};

/// What a request is after.
#[derive(Debug)]
pub enum Route<'a> {
    /// OPTIONS: what may be done here.
    Options,
    /// A file of the page.
    Asset(&'static Asset),
    /// The list of the library.
    Library,
    /// The socket of the page.
    Live,
    /// What was counted, as text for Prometheus.
    Metrics,
    /// The same as JSON.
    Stats,
    /// Whether all is well.
    Health,
    /// A file of the library.
    Video(Name<'a>),
    /// The same with its index in front.
    Faststart(Name<'a>),
    /// Subtitles of the library, as WebVTT.
    Subtitle(Name<'a>),
    /// Something of a title as HLS and DASH: the title, and what stands behind its last slash.
    Packaged(Name<'a>, &'a [u8]),
    /// Nothing that is served.
    Refused(Refusal),
}

const NOT_SUBRIP: Refusal = Refusal::new(Status::UNPROCESSABLE_CONTENT, "not-subrip");
const NOT_PACKAGED: Refusal = Refusal::new(Status::NOT_FOUND, "not-packaged");
pub(super) const NOT_FOUND: Refusal = Refusal::new(Status::NOT_FOUND, "not-found");

/// Finds the way. `decoded` receives the file name of a video, and is what the route borrows.
pub fn route<'a>(request: &View<'_>, asker: &mut Asker<'_>, decoded: &'a mut Vec<u8>) -> Route<'a> {
    let is_options = match request.request.method {
        Method::Get | Method::Head => false,
        Method::Options => true,
        Method::NotAllowed => {
            return Route::Refused(Refusal::new(
                Status::METHOD_NOT_ALLOWED,
                "method-not-allowed",
            ));
        }
        Method::Unknown => {
            return Route::Refused(Refusal::new(Status::NOT_IMPLEMENTED, "unknown-method"));
        }
    };
    let (path, query) = match Target::parse(request.target(), is_options) {
        Ok(Target::Path { path, query }) => (path, query),
        Ok(Target::Asterisk) => return Route::Options,
        Err(refusal) => return Route::Refused(refusal),
    };
    if is_options {
        return Route::Options;
    }
    match &asker.site.keys {
        None => find(request, path, query, decoded),
        Some(keys) => gate::guarded((keys, asker), (request, path, query), |path| {
            find(request, path, query, decoded)
        }),
    }
}

fn find<'a>(request: &View<'_>, path: &[u8], query: &[u8], decoded: &'a mut Vec<u8>) -> Route<'a> {
    if let Some(file) = path.strip_prefix(b"/video/") {
        if let Err(refusal) = decode(file, decoded) {
            return Route::Refused(refusal);
        }
        return match (Name::check(decoded), query_value(query, b"as")) {
            (None, _) => Route::Refused(NOT_FOUND),
            (Some(name), Some(b"vtt")) => subtitle(name),
            (Some(name), Some(b"faststart")) if mime::is_packaged(name.as_bytes()) => {
                Route::Faststart(name)
            }
            (Some(name), _) => Route::Video(name),
        };
    }
    // From the same index: each is reachable at both, so that relative addresses are right at either.
    let packaged = [&b"/hls/"[..], b"/dash/"];
    if let Some(below) = packaged.iter().find_map(|root| path.strip_prefix(*root)) {
        return match decode(below, decoded) {
            Ok(()) => packaged_at(decoded),
            Err(refusal) => Route::Refused(refusal),
        };
    }
    match path {
        // A client may know nothing but the port.
        b"/" if is_upgrade(request) => Route::Live,
        b"/" if wants_json(request) => Route::Library,
        b"/library.json" => Route::Library,
        b"/_/live" => Route::Live,
        b"/_/metrics" => Route::Metrics,
        b"/_/stats" => Route::Stats,
        b"/_/health" => Route::Health,
        _ => assets::at(path).map_or(Route::Refused(NOT_FOUND), Route::Asset),
    }
}

fn decode(path: &[u8], decoded: &mut Vec<u8>) -> Result<(), Refusal> {
    target::decode(path, decoded).map_err(|why| match why {
        Undecodable::Escape => Refusal::bad("bad-target"),
        Undecodable::Slash => NOT_FOUND,
    })
}

/// A title and one of its resources. What the title ends in is known before anybody looks for it.
///
/// ```text
/// shows/one/e1.mp4/m-12.m4s
/// └───── title ──┘ └ resource
/// ```
fn packaged_at(path: &[u8]) -> Route<'_> {
    let slash = path.iter().rposition(|&byte| byte == b'/');
    let Some((title, resource)) = slash.map(|at| (&path[..at], &path[at + 1..])) else {
        return Route::Refused(NOT_FOUND);
    };
    match (Name::check(title), Resource::parse(resource)) {
        (Some(_), Some(_)) if !mime::is_packaged(title) => Route::Refused(NOT_PACKAGED),
        (Some(title), Some(_)) => Route::Packaged(title, resource),
        (_, _) => Route::Refused(NOT_FOUND),
    }
}

/// WebVTT is made of SubRip only; what a name ends in is known before anybody looks for it.
fn subtitle(name: Name<'_>) -> Route<'_> {
    if mime::of_name(name.as_bytes()).name == mime::SUBRIP {
        Route::Subtitle(name)
    } else {
        Route::Refused(NOT_SUBRIP)
    }
}

fn wants_json(request: &View<'_>) -> bool {
    let (json, html) = json_and_html(request);
    json > html
}
