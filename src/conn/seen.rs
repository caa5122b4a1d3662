//! Owns what the live view may know of a connection.
//! Knows nothing of who looks.

use super::{Conn, Phase};
use crate::http::date::Now;
use crate::http::request::Request;
use crate::ops::metrics;
use crate::range::Span;
use crate::site::live::{Asking, Session, kept};
use crate::site::respond::Replied;

/// What it is sending, or has sent last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Present {
    /// Method and target.
    pub request: Vec<u8>,
    /// The span, if it is one.
    pub span: Option<Span>,
    /// The file's length.
    pub size: Option<u64>,
    /// Bytes of the payload that the socket took.
    pub sent: u64,
    /// Bytes of the payload.
    pub of: u64,
    /// Its number in the live view.
    pub seen_as: Option<u64>,
}

impl Conn {
    /// What it is at. Whether it is the socket or the disk that a reply waits for, it does not know.
    pub fn standing(&self) -> metrics::Phase {
        match self.phase {
            Phase::Linger { .. } | Phase::Closed(_) => metrics::Phase::Closing,
            Phase::Live(_) => metrics::Phase::Live,
            _ if self.body().is_some() => metrics::Phase::Sending,
            Phase::Idle => metrics::Phase::Idle,
            Phase::Head | Phase::Discard(_) => metrics::Phase::Head,
            Phase::Asking(_) => metrics::Phase::Finding,
            Phase::Queued(_) => metrics::Phase::Queued,
            Phase::Last(_) => metrics::Phase::Closing,
        }
    }

    /// The session that it has named.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Who is there.
    pub fn client(&self) -> std::net::IpAddr {
        self.client
    }

    /// The reply that is on its way.
    pub fn present(&self) -> Present {
        let Some(exchange) = &self.exchange else {
            return Present::default();
        };
        let request = exchange.line.clone();
        let sent = exchange.body.sent();
        let Some(mark) = exchange.marks.iter().find(|mark| mark.ends > sent) else {
            return Present {
                request,
                ..Present::default()
            };
        };
        Present {
            request,
            span: mark.replied.span,
            size: mark.replied.size,
            sent: sent.saturating_sub(mark.begins),
            of: mark.ends - mark.begins,
            seen_as: mark.seen_as,
        }
    }

    /// Shows the reply that was just queued, and begins where `made` says, to who looks.
    pub(super) fn show(
        &mut self,
        made: usize,
        replied: &Replied,
        request: Option<&Request>,
        now: &Now,
    ) {
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        let head_len = request.map_or(0, |request| request.head_len);
        let asked = exchange.inbox.get(..head_len).unwrap_or_default();
        let answered = exchange.body.made_from(made);
        let blank = answered.windows(4).position(|at| at == b"\r\n\r\n");
        let answered = answered.get(..blank.map_or(0, |at| at + 4));
        let asking = Asking {
            peer: self.client,
            session: self.session.clone(),
            file: replied.size.map(|size| (exchange.name.clone(), size)),
            span: replied.span,
            heads: (
                kept(self.site.shown_head(asked)),
                kept(answered.unwrap_or_default().to_vec()),
            ),
        };
        let id = self.site.live.asked(asking, now);
        if let Some(mark) = exchange.marks.back_mut() {
            mark.seen_as = Some(id);
        }
    }
}
