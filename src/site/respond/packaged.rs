//! Owns the replies about titles as HLS and DASH: segments that are put together of the file, and texts.
//! Knows nothing of how they are planned (`media/package`), nor of how a package was found.
//!
//! ```text
//! playlist, manifest     text, its own tag, asked for anew each time       (a few KB, with gzip)
//! init, segment          [ bytes ][ span of the file ][ span ] …           for ever, under `?v=`
//! subtitles, chapters    text                                              for ever, under `?v=`
//! faststart              [ ftyp moov ][ mdat: a span of the file ]         as the file is
//! ```

use std::sync::Arc;

use super::ranged::Subject;
use super::text::{Form, Keep};
use super::{Asked, Replied};
use crate::http::accept;
use crate::http::body::Body;
use crate::http::content::{Content, Front};
use crate::http::etag;
use crate::http::request::View;
use crate::http::status::{Refusal, Status};
use crate::http::target::{query_of, query_value};
use crate::library::entry::Entry;
use crate::library::make::Text;
use crate::library::packages::Made;
use crate::library::root::Missing;
use crate::media::faststart::Faststart;
use crate::media::package::resource::{Rendition, Resource};
use crate::media::package::{EDITION, Package};

/// The address is of a version of the title that is no longer there.
pub const GONE: Refusal = Refusal::new(Status::GONE, "gone");

/// Whether that is said already by which file stands there now. Subtitles beside a title have versions of
/// their own.
pub fn is_gone(view: &View<'_>, entry: &Entry, resource: &[u8]) -> bool {
    let asked = query_value(query_of(view.target()), b"v");
    let has_its_own = matches!(Resource::parse(resource), Some(Resource::Text(_)));
    asked.is_some_and(|asked| !has_its_own && asked != entry.identity.token().as_str().as_bytes())
}

/// Whether it is one of the frames that players show while they look for a place.
pub fn is_key_frame(resource: &[u8]) -> bool {
    let only_frames = Rendition::KeyFrames;
    matches!(Resource::parse(resource),
        Some(Resource::Init(of) | Resource::Segment(of, _)) if of == only_frames)
}

/// Whether it is made on a thread of the pager, once for many; everything else is made on the loop.
pub fn is_text(resource: &[u8]) -> bool {
    match Resource::parse(resource) {
        Some(Resource::Init(_) | Resource::Segment(..)) | None => false,
        Some(
            Resource::Master
            | Resource::Manifest
            | Resource::Playlist(_)
            | Resource::TextPlaylist(_)
            | Resource::Text(_)
            | Resource::Chapters,
        ) => true,
    }
}

impl Asked<'_> {
    /// Something that was made of a title.
    pub fn made(&self, entry: &Entry, made: &Made, resource: &[u8], out: &mut Body) -> Replied {
        match made {
            Made::Package(package) => self.segment(entry, package, resource, out),
            Made::Faststart(Some(faststart)) => self.faststart(entry, faststart, out),
            Made::Faststart(None) => self.file(entry, out),
            Made::Text(text) => self.packaged_text(text, out),
            // Nobody asks for that by itself.
            Made::Beside(_) => self.missing(Missing::NotFound, out),
            Made::Unfit(unfit) => {
                let status = Status::UNPROCESSABLE_CONTENT;
                self.refuse(Refusal::new(status, unfit.name()), out)
            }
        }
    }

    /// An init segment, or a segment: our bytes, then the file's own.
    fn segment(
        &self,
        entry: &Entry,
        package: &Package,
        resource: &[u8],
        out: &mut Body,
    ) -> Replied {
        let source = entry.strict_source();
        // What the index says is true of this very version: a file that was rewritten is another title.
        if source.state().is_ok_and(|state| state.is_rewritten) {
            return match self.asked_version() {
                Some(_) => self.refuse(GONE, out),
                None => self.missing(Missing::Settling, out),
            };
        }
        let token = entry.identity.token();
        let token = token.as_str();
        let made = Resource::parse(resource).and_then(|what| package.make(&what, token, &[]));
        let Some(made) = made else {
            return self.missing(Missing::NotFound, out);
        };
        let tag = [b"\"", token.as_bytes(), b"-", resource, b"\""].concat();
        let subject = Subject {
            entry,
            etag: &tag,
            version: token.as_bytes(),
            media_type: made.media_type,
            content: Content::new(Front::Made(&made.bytes), &source, &made.spans),
            is_segment: true,
        };
        self.subject(&subject, out)
    }

    /// A file with its index in front, which is where plain players begin.
    fn faststart(&self, entry: &Entry, faststart: &Faststart, out: &mut Body) -> Replied {
        let source = entry.strict_source();
        let tag = format!("\"{}-faststart{EDITION}\"", entry.version());
        let subject = Subject {
            entry,
            etag: tag.as_bytes(),
            version: entry.version().as_bytes(),
            media_type: entry.media_type.name,
            content: Content::new(Front::Shared(&faststart.head), &source, &faststart.spans),
            is_segment: false,
        };
        self.subject(&subject, out)
    }

    /// A playlist, a manifest or subtitles.
    fn packaged_text(&self, text: &Text, out: &mut Body) -> Replied {
        let is_gzip = self.request.as_ref().is_some_and(accept::prefers_gzip);
        let is_current = match (self.asked_version(), &text.version) {
            (Some(asked), Some(version)) if asked != version.as_bytes() => {
                return self.refuse(GONE, out);
            }
            (asked, version) => asked.is_some() && version.is_some(),
        };
        let bytes = if is_gzip { &text.gzip } else { &text.plain };
        let digest = if is_gzip { text.digest } else { !text.digest };
        let form = Form {
            media_type: text.media_type,
            etag: &etag::etag_text(digest),
            len: bytes.len(),
            vary: "Accept-Encoding",
            fence: b"",
            is_gzip,
            keep: if is_current {
                Keep::Lasting
            } else {
                Keep::Asking
            },
        };
        let (replied, with_body) = self.text(&form, out);
        if with_body {
            out.push_shared(Arc::clone(bytes));
        }
        replied
    }
}
