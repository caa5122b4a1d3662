//! Owns how a reply is queued behind others, and what is noted of it.
//! Knows nothing of what it says: `site/respond` writes it.

use std::net::IpAddr;

use super::{CloseReason, Conn, Ending, Exchange, Mark, Phase, REFUSED};
use crate::http::body::Body;
use crate::http::date::Now;
use crate::http::request::{Field, Request, View};
use crate::http::status::Refusal;
use crate::ops::access::Record;
use crate::site::respond::{Asked, Replied};

/// Writes a reply.
type Write<'a> = dyn Fn(&Asked<'_>, &mut Body) -> Replied + 'a;

impl Conn {
    /// Queues the reply to the request at the front of the inbox, and takes that head off.
    pub(super) fn reply(&mut self, now: &Now, write: impl Fn(&Asked<'_>, &mut Body) -> Replied) {
        self.reply_by(now, &write);
    }

    /// The same for all of them: what writes is called once, and what is around it would be there many times.
    fn reply_by(&mut self, now: &Now, write: &Write<'_>) {
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        (exchange.entry, exchange.package) = (None, None);
        let Some(request) = exchange.request.take() else {
            return;
        };
        let is_last = matches!(self.phase, Phase::Last(_));
        let is_kept = request.keep_alive && !is_last && !self.is_stopping;
        self.queue(now, Some(request), is_kept, write);
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        exchange
            .inbox
            .drain(..request.head_len.min(exchange.inbox.len()));
        if !is_last {
            let lingers = !exchange.inbox.is_empty();
            let ending = Ending {
                reason: CloseReason::Done,
                lingers,
            };
            self.phase = if is_kept {
                Phase::Idle
            } else {
                Phase::Last(ending)
            };
        }
    }

    /// Queues a refusal of something that could not be understood: nothing behind it can be either.
    pub(super) fn refuse(&mut self, refusal: Refusal, now: &Now) {
        let request = self
            .exchange
            .as_mut()
            .and_then(|exchange| exchange.request.take());
        self.queue(now, request, false, &|asked, body| {
            asked.refuse(refusal, body)
        });
        self.phase = Phase::Last(REFUSED);
    }

    fn queue(&mut self, now: &Now, request: Option<Request>, is_kept: bool, write: &Write<'_>) {
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        let Exchange {
            inbox, body, marks, ..
        } = &mut **exchange;
        let view = request.as_ref().map(|request| View::new(request, inbox));
        if body.is_empty() {
            self.since = now.steady;
        }
        let asked = Asked {
            request: view,
            site: &self.site,
            now,
            is_kept,
        };
        let began = body.made_len();
        let replied = write(&asked, body);
        let record = self
            .site
            .is_logged
            .then(|| Box::new(record(self.client, view, &replied, now)));
        let ends = body.queued();
        let begins = ends.saturating_sub(replied.payload);
        marks.push_back(Mark {
            begins,
            ends,
            began: now.steady,
            replied,
            record,
            seen_as: None,
            stream: None,
        });
        if self.site.live.is_watched() {
            self.show(began, &replied, request.as_ref(), now);
        }
        if replied.size.is_some() && log::log_enabled!(log::Level::Info) {
            self.follow(now);
        }
    }
}

/// Notes method and target, as much of them as is worth showing.
pub(super) fn note_line(view: &View<'_>, line: &mut Vec<u8>) {
    const KEPT: usize = 256;
    line.clear();
    line.extend_from_slice(view.method_name());
    line.push(b' ');
    line.extend_from_slice(view.target());
    line.truncate(KEPT);
}

fn record(peer: IpAddr, view: Option<View<'_>>, replied: &Replied, now: &Now) -> Record {
    let owned = |field| {
        view.and_then(|view| view.field(field))
            .map(<[u8]>::to_vec)
            .unwrap_or_default()
    };
    Record {
        unix_secs: now.unix_secs,
        peer,
        method: view
            .map(|view| view.method_name().to_vec())
            .unwrap_or_default(),
        target: view.map(|view| view.target().to_vec()).unwrap_or_default(),
        is_http11: view.is_none_or(|view| view.request.is_http11),
        status: replied.status.code(),
        range: replied
            .range
            .map(|span| (span.start(), span.end().saturating_sub(1))),
        bytes: 0,
        took: std::time::Duration::ZERO,
        end: "",
        referer: owned(Field::Referer),
        agent: owned(Field::UserAgent),
    }
}
