//! Owns what requests under way need, and the pool that it is borrowed from.
//! Knows nothing of how a connection goes on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::stream::Stream;
use crate::http::body::Body;
use crate::http::request::{Request, Scan, View};
use crate::library::entry::Entry;
use crate::limits::Limits;
use crate::media::package::Package;
use crate::ops::access::Record;
use crate::site::admission::Visit;
use crate::site::respond::Replied;

/// Everything that requests under way need; an idle connection has none.
#[derive(Debug, Default)]
pub struct Exchange {
    /// Received and not yet dealt with; the head that is being answered stands at its front.
    pub(super) inbox: Vec<u8>,
    pub(super) scan: Scan,
    pub(super) request: Option<Request>,
    /// The decoded name of the file that is asked for.
    pub(super) name: Vec<u8>,
    /// Method and target of the last request.
    pub(super) line: Vec<u8>,
    /// What of a title that is packaged.
    pub(super) resource: Vec<u8>,
    /// The file that was found, while something is made of it.
    pub(super) entry: Option<Arc<Entry>>,
    /// Its package, likewise.
    pub(super) package: Option<Arc<Package>>,
    /// The stream that the next reply is of.
    pub(super) visit: Option<Visit>,
    /// Until when the request may wait in the queue, since it first had to.
    pub(super) waits_until: Option<Instant>,
    pub(super) body: Body,
    pub(super) marks: VecDeque<Mark>,
}

/// Where in the stream of bytes the payload of one reply begins and ends.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) begins: u64,
    pub(super) ends: u64,
    pub(super) began: Instant,
    pub(super) replied: Replied,
    /// Only where somebody reads the access log.
    pub(super) record: Option<Box<Record>>,
    /// Its number in the live view, if somebody was looking when it began.
    pub(super) seen_as: Option<u64>,
    /// The stream that it is a reply of, where their number has a bound.
    pub(super) visit: Option<Visit>,
    /// The stream that begins with it, where that is logged.
    pub(super) stream: Option<Box<Stream>>,
}

/// A reply that has left whole, or will not.
#[derive(Debug)]
pub struct Ended {
    /// What it came to.
    pub replied: Replied,
    /// Bytes of its payload that the socket took.
    pub bytes: u64,
    /// From the request to the last byte.
    pub took: Duration,
    /// For the access log, where somebody reads it.
    pub record: Option<Box<Record>>,
    /// Its number in the live view.
    pub seen_as: Option<u64>,
}

impl Exchange {
    /// The request that is being answered.
    pub(super) fn view(&self) -> Option<View<'_>> {
        let request = self.request.as_ref()?;
        Some(View::new(request, &self.inbox))
    }

    /// Whether what waits to leave is as much as may wait.
    pub(super) fn is_full(&self, limits: &Limits) -> bool {
        self.waiting() >= limits.pipelined_max || self.body.made_len() >= limits.pipelined_bytes_max
    }

    /// How many replies have not left whole.
    pub(super) fn waiting(&self) -> usize {
        let sent = self.body.sent();
        self.marks
            .iter()
            .rev()
            .take_while(|mark| mark.ends > sent)
            .count()
    }
}

/// Exchanges that nobody uses just now, so that a request allocates nothing.
#[derive(Debug, Default)]
pub struct Spare {
    #[expect(
        clippy::vec_box,
        reason = "boxes move between here and connections, not their insides"
    )]
    pub(super) pool: Vec<Box<Exchange>>,
}

impl Spare {
    /// As many as are in use at once on a small host; more are allocated and freed.
    const KEPT: usize = 16;

    pub(super) fn take(&mut self) -> Box<Exchange> {
        self.pool.pop().unwrap_or_default()
    }

    pub(super) fn give(&mut self, mut exchange: Box<Exchange>) {
        if self.pool.len() < Self::KEPT {
            exchange.inbox.clear();
            exchange.inbox.shrink_to(2_048);
            exchange.name.clear();
            exchange.name.shrink_to(256);
            exchange.line.clear();
            exchange.marks.shrink_to(16);
            exchange.scan = Scan::default();
            exchange.request = None;
            (exchange.entry, exchange.package) = (None, None);
            (exchange.visit, exchange.waits_until) = (None, None);
            exchange.body.clear();
            self.pool.push(exchange);
        }
    }
}
