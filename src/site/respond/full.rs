//! Owns the reply to who cannot be served now: all places are taken. Players get a line, people a page.
//! Knows nothing of the queue, but the number in it.

use super::{Asked, Replied, count};
use crate::http::accept;
use crate::http::body::Body;
use crate::http::head::Head;
use crate::http::status::{Refusal, Status};

/// Seconds until one with a place in the queue asks again: its place is kept for longer.
const POLL_SECS: &str = "3";
/// And one without.
const AGAIN_SECS: &str = "10";
const PAGE: &str = include_str!("full.html");

impl Asked<'_> {
    /// All places are taken. `number`: in the queue, if it has a place there.
    pub fn full(&self, why: &'static str, number: Option<usize>, out: &mut Body) -> Replied {
        let again = number.map_or(AGAIN_SECS, |_| POLL_SECS);
        let view = self.request.as_ref();
        let is_page = view.is_some_and(|view| accept::json_and_html(view).1 > 0);
        let page = is_page.then(|| {
            let words = number.map_or_else(
                || "The queue is full as well.".to_owned(),
                |number| format!("You are number <b>{number}</b> in the queue."),
            );
            PAGE.replace("{again}", again).replace("{words}", &words)
        });
        let fields = |head: &mut Head<'_>| {
            head.field("Retry-After", again);
            head.field("Cache-Control", "no-store");
            if let Some(number) = number {
                head.number("Queue-Place", count(number));
            }
        };
        let refusal = Refusal::new(Status::UNAVAILABLE, why);
        self.refuse_with(refusal, page, &fields, out)
    }
}
