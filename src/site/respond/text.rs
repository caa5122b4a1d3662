//! Owns the replies that carry bytes of our own: pages, the list, what was counted.
//! Knows nothing of files.

use std::sync::Arc;

use super::{Asked, PRECONDITION_FAILED, Replied, count, replied};
use crate::http::accept;
use crate::http::body::Body;
use crate::http::conditional::{self, Validators, Verdict};
use crate::http::head::Head;
use crate::http::request::Method;
use crate::http::status::Status;
use crate::http::websocket::handshake::AcceptKey;
use crate::library::pager::Listing;
use crate::site::assets::Asset;
use crate::site::fence;

impl Asked<'_> {
    /// A file of the page, in the form that the client likes.
    pub fn asset(&self, asset: &'static Asset, out: &mut Body) -> Replied {
        let is_gzip = self.request.as_ref().is_some_and(accept::prefers_gzip);
        let text = Form {
            media_type: asset.media_type,
            etag: if is_gzip {
                &asset.gzip_etag
            } else {
                &asset.plain_etag
            },
            len: if is_gzip {
                asset.gzip.len()
            } else {
                asset.plain_len
            },
            vary: if asset.path == "/" {
                "Accept, Accept-Encoding"
            } else {
                "Accept-Encoding"
            },
            fence: asset.fence(),
            is_gzip,
            keep: Keep::Asking,
        };
        let (replied, with_body) = self.text(&text, out);
        match (with_body, is_gzip) {
            (true, true) => out.push_static(asset.gzip),
            (true, false) => out.push_shared(asset.plain().into()),
            (false, _) => {}
        }
        replied
    }

    /// The list of the library; at `/` it depends on Accept.
    pub fn listing(&self, listing: &Listing, out: &mut Body) -> Replied {
        if let (Some(keys), Some(view)) = (&self.site.keys, &self.request) {
            return self.signed_listing(keys, view, listing, out);
        }
        let is_at_root = self
            .request
            .is_some_and(|view| !view.target().starts_with(b"/library.json"));
        let text = Form {
            media_type: "application/json",
            etag: listing.etag.as_bytes(),
            len: listing.bytes.len(),
            vary: if is_at_root { "Accept" } else { "" },
            fence: fence::PRIVATE,
            is_gzip: false,
            keep: Keep::Asking,
        };
        let (replied, with_body) = self.text(&text, out);
        if with_body {
            out.push_shared(Arc::clone(&listing.bytes));
        }
        replied
    }

    pub(super) fn text(&self, text: &Form<'_>, out: &mut Body) -> (Replied, bool) {
        let ours = Validators {
            etag: text.etag,
            modified: None,
        };
        let verdict = self
            .request
            .map_or(Verdict::Proceed, |view| conditional::judge(&view, ours));
        let status = match verdict {
            Verdict::NotModified => Status::NOT_MODIFIED,
            Verdict::Proceed => Status::OK,
            Verdict::Failed => return (self.refuse(PRECONDITION_FAILED, out), false),
        };
        out.write(|out| {
            let mut head = self.head(out, status);
            head.field("ETag", text.etag);
            match text.keep {
                Keep::Asking => _ = head.field("Cache-Control", "no-cache"),
                Keep::AskingForOne => _ = head.field("Cache-Control", "private, no-cache"),
                Keep::Lasting => self.may_be_kept(&mut head, None),
            }
            self.vary(&mut head, text.vary);
            if status == Status::OK {
                head.lines(text.fence);
                head.field("Content-Type", text.media_type);
                if text.is_gzip {
                    head.field("Content-Encoding", "gzip");
                }
                head.number("Content-Length", count(text.len));
            }
            head.end();
        });
        let has_body = status == Status::OK && self.method() != Method::Head;
        (
            replied(status, if has_body { count(text.len) } else { 0 }),
            has_body,
        )
    }

    /// The answer that makes a connection the page's socket.
    pub fn switch(&self, key: &AcceptKey, out: &mut Body) -> Replied {
        out.write(|out| {
            let mut head = Head::new(out, Status::SWITCHING_PROTOCOLS, self.now);
            key.write_fields(&mut head);
            head.end();
        });
        replied(Status::SWITCHING_PROTOCOLS, 0)
    }

    /// Text of this moment: never kept by anybody.
    pub fn now(&self, media_type: &str, text: &str, out: &mut Body) -> Replied {
        let len = count(text.len());
        let has_body = self.method() != Method::Head;
        out.write(|out| {
            let mut head = self.head(out, Status::OK);
            head.field("Cache-Control", "no-store");
            head.lines(fence::PRIVATE);
            self.vary(&mut head, "");
            head.field("Content-Type", media_type);
            head.number("Content-Length", len);
            head.end();
            if has_body {
                out.extend_from_slice(text.as_bytes());
            }
        });
        replied(Status::OK, if has_body { len } else { 0 })
    }

    /// What was counted, for Prometheus.
    pub fn metrics(&self, out: &mut Body) -> Replied {
        let mut text = self.site.metrics.prometheus(&self.site.packages.counts());
        if let Some(admission) = &self.site.admission {
            admission.write_prometheus(self.now.steady, &mut text);
        }
        self.now("text/plain; version=0.0.4; charset=utf-8", &text, out)
    }

    /// What was counted, for scripts.
    pub fn stats(&self, out: &mut Body) -> Replied {
        let metrics = &self.site.metrics;
        let mut text = String::from("{");
        metrics.write_json(&metrics.totals(), self.now.unix_secs, &mut text);
        self.site.packages.counts().write_json(&mut text);
        if let Some(admission) = &self.site.admission {
            admission.write_json(self.now.steady, &mut text);
        }
        text.push_str("}\n");
        self.now("application/json", &text, out)
    }
}

/// A reply of our own bytes.
pub(super) struct Form<'a> {
    pub(super) media_type: &'static str,
    pub(super) etag: &'a [u8],
    pub(super) len: usize,
    /// What it depends on.
    pub(super) vary: &'static str,
    /// Who may show it.
    pub(super) fence: &'static [u8],
    pub(super) is_gzip: bool,
    pub(super) keep: Keep,
}

/// How caches may keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// They ask each time.
    Asking,
    /// The same, and it is for one client alone.
    AskingForOne,
    /// It never changes under its address.
    Lasting,
}
