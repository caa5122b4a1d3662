//! Owns the reply to who cannot be served now: all places are taken. Players get a line, people a page.
//! Knows nothing of the queue, but the number in it.

use super::{Asked, Replied, count, replied};
use crate::http::accept;
use crate::http::body::Body;
use crate::http::request::Method;
use crate::http::status::Status;
use crate::site::assets;

/// Seconds until one with a place in the queue asks again: its place is kept for longer.
const POLL_SECS: &str = "3";
/// And one without.
const AGAIN_SECS: &str = "10";
const PAGE: &str = include_str!("full.html");

impl Asked<'_> {
    /// All places are taken. `number`: in the queue, if it has a place there.
    pub fn full(&self, why: &'static str, number: Option<usize>, out: &mut Body) -> Replied {
        let status = Status::UNAVAILABLE;
        let is_page = self.request.as_ref().is_some_and(accept::names_html);
        let again = number.map_or(AGAIN_SECS, |_| POLL_SECS);
        let text = if is_page {
            let words = number.map_or_else(
                || "The queue is full as well.".to_owned(),
                |number| format!("You are number <b>{number}</b> in the queue."),
            );
            PAGE.replace("{again}", again).replace("{words}", &words)
        } else {
            format!("{} {}: {why}\n", status.code(), status.reason())
        };
        let len = count(text.len());
        let has_body = self.method() != Method::Head;
        out.write(|out| {
            let mut head = self.head(out, status);
            head.field("Retry-After", again);
            head.field("Cache-Control", "no-store");
            if let Some(number) = number {
                head.number("Queue-Place", count(number));
            }
            self.vary(&mut head, "");
            if is_page {
                head.field("Content-Security-Policy", assets::CONTENT_SECURITY_POLICY);
                head.field("Referrer-Policy", "no-referrer");
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
}
