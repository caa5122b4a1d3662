//! Owns the reply: status, fields and pieces for what was asked and what was found.
//! Knows nothing of how a file was found, nor of when the reply leaves.

mod full;
pub mod packaged;
mod ranged;
mod signed;
mod text;

use std::sync::Arc;

use crate::http::body::Body;
use crate::http::conditional::{self, Validators, Verdict};
use crate::http::date::{self, Now};
use crate::http::head::Head;
use crate::http::request::{Field, Method, View};
use crate::http::status::{Refusal, Status};
use crate::http::target::{query_of, query_value};
use crate::http::websocket::handshake::UPGRADE_REQUIRED_LINES;
use crate::library::entry::Entry;
use crate::library::root::Missing;
use crate::media::subtitle;
use crate::range::Span;
use crate::site::guard::UNKNOWN_HOST;
use crate::site::{Cors, Site, fence};

const PRECONDITION_FAILED: Refusal =
    Refusal::new(Status::PRECONDITION_FAILED, "precondition-failed");
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ALLOW: &str = "GET, HEAD, OPTIONS";

/// What a reply came to: for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replied {
    /// Its status.
    pub status: Status,
    /// The one range that it answers, if it does.
    pub range: Option<Span>,
    /// From where to where its bytes are in the file, if it is about a part of it.
    pub span: Option<Span>,
    /// The length of the file that it is about, if it carries bytes of one.
    pub size: Option<u64>,
    /// Whether it is a segment of a title.
    pub is_segment: bool,
    /// The reason of a refusal.
    pub why: Option<&'static str>,
    /// Bytes behind its head.
    pub payload: u64,
}

const fn replied(status: Status, payload: u64) -> Replied {
    Replied {
        status,
        range: None,
        span: None,
        size: None,
        is_segment: false,
        why: None,
        payload,
    }
}

/// A request on its way to a reply.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What was asked; nothing where not even that could be read.
    pub request: Option<View<'a>>,
    /// What the owner decided.
    pub site: &'a Site,
    /// When.
    pub now: &'a Now,
    /// Whether the connection stays open afterwards.
    pub is_kept: bool,
}

impl Asked<'_> {
    fn method(&self) -> Method {
        self.request.map_or(Method::Get, |view| view.request.method)
    }

    fn field(&self, field: Field) -> Option<&[u8]> {
        self.request.as_ref().and_then(|view| view.field(field))
    }

    /// The fields that every reply carries.
    fn head<'b>(&self, out: &'b mut Vec<u8>, status: Status) -> Head<'b> {
        let mut head = Head::new(out, status, self.now);
        let is_http11 = self.request.is_none_or(|view| view.request.is_http11);
        match (self.is_kept, is_http11) {
            // Who names an upgrade lists it here as well (RFC 9110 7.8).
            (true, true) if status == Status::UPGRADE_REQUIRED => {
                head.field("Connection", "Upgrade");
            }
            (false, _) if status == Status::UPGRADE_REQUIRED => {
                head.field("Connection", "close, Upgrade");
            }
            (true, true) => {}
            (true, false) => _ = head.field("Connection", "keep-alive"),
            (false, _) => _ = head.field("Connection", "close"),
        }
        head.field("X-Content-Type-Options", "nosniff");
        match &self.site.cors {
            Cors::Off => {}
            Cors::Any => _ = head.field("Access-Control-Allow-Origin", "*"),
            Cors::Only(_) => {
                let origin = self.field(Field::Origin).unwrap_or_default();
                if self.site.cors.allows(origin) {
                    head.field("Access-Control-Allow-Origin", origin);
                }
            }
        }
        if self.site.cors != Cors::Off {
            head.field(
                "Access-Control-Expose-Headers",
                "Content-Range, Content-Length, Accept-Ranges, ETag",
            );
        }
        head.lines(&self.site.extra_fields);
        head
    }

    /// One Vary field for all that the reply depends on.
    fn vary(&self, head: &mut Head<'_>, on: &'static str) {
        let by_origin = matches!(self.site.cors, Cors::Only(_));
        match (on, by_origin) {
            ("", false) => {}
            ("", true) => _ = head.field("Vary", "Origin"),
            (_, false) => _ = head.field("Vary", on),
            (_, true) => _ = head.field("Vary", format!("{on}, Origin")),
        }
    }

    /// A refusal, with its reason in words for people and for logs.
    pub fn refuse(&self, refusal: Refusal, out: &mut Body) -> Replied {
        let fields = |head: &mut Head<'_>| match refusal {
            Refusal { status, .. } if status == Status::TOO_MANY_REQUESTS => {
                head.field("Retry-After", "6");
            }
            Refusal { status, why } if status == Status::UNAVAILABLE => {
                head.field("Retry-After", if why == "settling" { "2" } else { "1" });
            }
            Refusal { .. } => {}
        };
        self.refuse_with(refusal, None, &fields, out)
    }

    /// The same with more fields, and where that helps a person more than a line, with a page.
    fn refuse_with(
        &self,
        refusal: Refusal,
        page: Option<String>,
        fields: &dyn Fn(&mut Head<'_>),
        out: &mut Body,
    ) -> Replied {
        let Refusal { status, why } = refusal;
        let is_page = page.is_some();
        let hint = if refusal == UNKNOWN_HOST {
            "Start reeld with --host NAME, where it has a name that it cannot know.\n"
        } else {
            ""
        };
        let line = || format!("{} {}: {why}\n{hint}", status.code(), status.reason());
        let text = page.unwrap_or_else(line);
        let len = count(text.len());
        let has_body = self.method() != Method::Head;
        out.write(|out| {
            let mut head = self.head(out, status);
            if status == Status::METHOD_NOT_ALLOWED {
                head.field("Allow", ALLOW);
            }
            if status == Status::UPGRADE_REQUIRED {
                head.lines(UPGRADE_REQUIRED_LINES);
            }
            fields(&mut head);
            self.vary(&mut head, "");
            if is_page {
                head.lines(fence::PAGE);
                head.field("Content-Type", "text/html; charset=utf-8");
            } else {
                head.field("Content-Type", "text/plain; charset=utf-8");
            }
            head.number("Content-Length", len);
            head.end();
            if has_body {
                out.extend_from_slice(text.as_bytes());
            }
        });
        Replied {
            why: Some(why),
            ..replied(status, if has_body { len } else { 0 })
        }
    }

    /// What may be done; a preflight of a browser is answered as far as CORS is on.
    pub fn options(&self, out: &mut Body) -> Replied {
        let is_preflight = self.site.cors != Cors::Off
            && self.field(Field::Origin).is_some()
            && self.field(Field::PreflightMethod).is_some();
        out.write(|out| {
            let mut head = self.head(out, Status::NO_CONTENT);
            head.field("Allow", ALLOW);
            if is_preflight {
                head.field("Access-Control-Allow-Methods", ALLOW);
                head.field(
                    "Access-Control-Allow-Headers",
                    "Range, If-Range, If-Match, If-None-Match, If-Modified-Since, \
                     If-Unmodified-Since",
                );
                head.field("Access-Control-Max-Age", "86400");
            }
            self.vary(&mut head, "");
            head.end();
        });
        replied(Status::NO_CONTENT, 0)
    }

    fn validators<'v>(&self, entry: &Entry, etag: &'v [u8]) -> Validators<'v> {
        Validators {
            etag,
            modified: Some(entry.identity.modified_secs().min(self.now.unix_secs)),
        }
    }

    /// The WebVTT that was made of a file. It is small and comes whole: a Range is not looked at.
    pub fn subtitle(&self, entry: &Entry, made: &Arc<[u8]>, out: &mut Body) -> Replied {
        let etag = format!("\"{}-{}\"", entry.version(), subtitle::EDITION);
        let ours = self.validators(entry, etag.as_bytes());
        let verdict = self
            .request
            .map_or(Verdict::Proceed, |view| conditional::judge(&view, ours));
        let status = match verdict {
            Verdict::Proceed => Status::OK,
            Verdict::NotModified => Status::NOT_MODIFIED,
            Verdict::Failed => return self.refuse(PRECONDITION_FAILED, out),
        };
        out.write(|out| {
            let mut head = self.head(out, status);
            self.version_fields(&mut head, entry, ours, entry.version().as_bytes());
            if status == Status::OK {
                head.field("Content-Type", "text/vtt; charset=utf-8");
                head.number("Content-Length", count(made.len()));
            }
            head.end();
        });
        if status == Status::NOT_MODIFIED || self.method() == Method::Head {
            return replied(status, 0);
        }
        out.push_shared(Arc::clone(made));
        replied(status, count(made.len()))
    }

    /// What a 304 carries as well.
    fn version_fields(
        &self,
        head: &mut Head<'_>,
        entry: &Entry,
        ours: Validators<'_>,
        version: &[u8],
    ) {
        head.field("ETag", ours.etag);
        match ours.modified {
            // A file of the future counts as modified now, and now moves on.
            Some(modified) if modified < entry.identity.modified_secs() => {
                head.field("Last-Modified", date::format(modified));
            }
            Some(modified) => {
                let text = entry.modified_text.get_or_init(|| date::format(modified));
                head.field("Last-Modified", text);
            }
            None => {}
        }
        match (self.asked_version(), self.site.max_age_secs) {
            (Some(asked), _) if asked == version => self.may_be_kept(head, None),
            (_, Some(secs)) => self.may_be_kept(head, Some(secs)),
            (_, None) => _ = head.field("Cache-Control", "no-cache"),
        }
        if let Some(secs) = self.site.cdn_max_age_secs {
            self.may_be_kept_by_ours(head, secs);
        }
        self.vary(head, "");
    }

    /// The version that is asked for.
    fn asked_version(&self) -> Option<&[u8]> {
        let view = self.request.as_ref()?;
        query_value(query_of(view.target()), b"v")
    }

    /// What a TV needs to offer seeking: OP=01 says that byte ranges work, and the flags that the
    /// stream may pause and may be fetched in the background.
    fn dlna(&self, head: &mut Head<'_>) {
        if self.field(Field::DlnaFeatures) == Some(b"1") {
            head.field(
                "contentFeatures.dlna.org",
                "DLNA.ORG_OP=01;DLNA.ORG_CI=0;DLNA.ORG_FLAGS=01700000000000000000000000000000",
            );
        }
        let mode = self.field(Field::DlnaMode).unwrap_or_default();
        for known in ["Streaming", "Interactive", "Background"] {
            if mode.eq_ignore_ascii_case(known.as_bytes()) {
                head.field("transferMode.dlna.org", known);
            }
        }
    }

    /// No such file.
    pub fn missing(&self, missing: Missing, out: &mut Body) -> Replied {
        let refusal = match missing {
            Missing::NotFound => Refusal::new(Status::NOT_FOUND, "not-found"),
            Missing::Forbidden => Refusal::new(Status::FORBIDDEN, "forbidden"),
            Missing::Unreadable => Refusal::new(Status::UNAVAILABLE, "unreadable"),
            Missing::Busy => Refusal::new(Status::UNAVAILABLE, "busy"),
            Missing::Settling => Refusal::new(Status::UNAVAILABLE, "settling"),
            Missing::TooLarge => Refusal::new(Status::CONTENT_TOO_LARGE, "subtitle-too-large"),
        };
        self.refuse(refusal, out)
    }
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
