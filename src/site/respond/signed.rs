//! Owns what replies under a signature have of their own: the list of what it covers, and how long caches may keep
//! what it opens.
//! Knows nothing of what makes a signature right: that was judged before (`site/sign/gate`).
//!
//! A signature is part of the address, so caches keep what it opens for everybody who has that address. They must
//! not keep it for longer than it opens, and not for others where it opens for one address only.

use std::sync::Arc;

use super::text::{Form, Keep};
use super::{Asked, FOR_EVER, Replied};
use crate::http::body::Body;
use crate::http::conditional::{self, Validators, Verdict};
use crate::http::etag;
use crate::http::head::Head;
use crate::http::request::View;
use crate::http::target::query_of;
use crate::library::pager::Listing;
use crate::site::fence;
use crate::site::listing;
use crate::site::sign::gate::{base_of_all, listed, token_of};
use crate::site::sign::{Claim, Keys};

impl Asked<'_> {
    fn claim(&self) -> Option<Claim> {
        self.site.keys.as_ref()?;
        Some(token_of(self.request.as_ref()?)?.claim)
    }

    /// Caches may keep it for so long; without a number, for ever.
    pub(super) fn may_be_kept(&self, head: &mut Head<'_>, secs: Option<u64>) {
        match (self.claim(), secs) {
            (None, None) => _ = head.field("Cache-Control", FOR_EVER),
            (None, Some(secs)) => {
                head.number_after("Cache-Control", "public, max-age=", secs);
            }
            (Some(claim), secs) => {
                let whose = if claim.is_bound {
                    "private, max-age="
                } else {
                    "public, max-age="
                };
                let left = claim.expires.saturating_sub(self.now.unix_secs);
                head.number_after("Cache-Control", whose, secs.unwrap_or(left).min(left));
            }
        }
    }

    /// The same for caches of our own.
    pub(super) fn may_be_kept_by_ours(&self, head: &mut Head<'_>, secs: u64) {
        let secs = match self.claim() {
            None => secs,
            Some(claim) if claim.is_bound => return,
            Some(claim) => secs.min(claim.expires.saturating_sub(self.now.unix_secs)),
        };
        head.number_after("CDN-Cache-Control", "max-age=", secs);
    }

    /// The list of what the request's signature covers; to the owner, of all.
    pub(super) fn signed_listing(
        &self,
        keys: &Keys,
        view: &View<'_>,
        all: &Listing,
        out: &mut Body,
    ) -> Replied {
        let token = token_of(view);
        let asked = listed(query_of(view.target())).unwrap_or_default();
        let (base, covered) = match &token {
            Some(token) => (
                format!("/s/{}", token.written.escape_ascii()),
                token.claim.covered(&asked).unwrap_or_default(),
            ),
            None => {
                let secs = self.site.limits.signed_list_secs;
                (base_of_all(keys, secs, self.now), &b""[..])
            }
        };
        let tag = [all.etag.as_bytes(), base.as_bytes(), b"\0", covered].concat();
        let tag = etag::etag_text(etag::digest(&tag));
        let ours = Validators {
            etag: &tag,
            modified: None,
        };
        let is_title = token.is_some_and(|token| token.claim.names.is_none());
        // Made only for who has not got it.
        let (begin, shared) = match conditional::judge(view, ours) {
            Verdict::Proceed if covered.is_empty() && !is_title => {
                let begin = format!("{{\"base\":\"{base}\",").into_bytes();
                (begin, 1..all.bytes.len().max(1))
            }
            Verdict::Proceed => {
                let made = listing::covered(&all.bytes, &base, covered, is_title);
                (made, 0..0)
            }
            Verdict::NotModified | Verdict::Failed => (Vec::new(), 0..0),
        };
        let form = Form {
            media_type: "application/json",
            etag: &tag,
            len: begin.len() + shared.len(),
            vary: "Accept, Authorization",
            fence: fence::PRIVATE,
            is_gzip: false,
            keep: Keep::AskingForOne,
        };
        let (replied, with_body) = self.text(&form, out);
        if with_body {
            out.push_shared(begin.into());
            if !shared.is_empty() {
                out.push_shared_part(Arc::clone(&all.bytes), shared);
            }
        }
        replied
    }
}
