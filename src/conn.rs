//! How a connection lives.
//!
//! Owns: one connection from its first byte to its close reason. It is sans-IO: bytes, answers and
//! moments come in by `handle_*`; questions, pieces and records are taken out by `poll_*`.
//! Knows nothing of sockets, of files, nor of the clock.
//!
//! ```text
//!            first byte          blank line           found
//!   ┌─ Idle ───────────▶ Head ───────────▶ Asking ───────────▶ reply queued ─┐
//!   │                     │  └─▶ Discard ──▲  ▲ └▶ Queued ─┐  (all places     │
//!   │                     │  (a body       │  └────────────┘   are taken)     │
//!   │                     │   nobody wants)                                   │
//!   │                     │                                                   │
//!   │       refused, or the last request of this connection                   │
//!   │                     ▼                                                   │
//!   │                    Last ──all sent──▶ Linger ──▶ Closed(reason)         │
//!   └──────────────────────◀──────────────────────────────────────────────────┘
//! ```
//!
//! Reading and writing are two queues beside each other: while replies leave, the next heads may
//! already be understood (pipelining), at most `pipelined_max` of them. An idle connection owns no
//! buffer: everything that a request needs hangs on one [`Exchange`], borrowed from a [`Spare`] pool.
//!
//! A keep-alive exchange, byte for byte:
//!
//! ```
//! use std::{net::IpAddr, sync::Arc, time::{Duration, Instant, SystemTime}};
//! use reeld::{conn::{Conn, Spare}, http::{body::Part, date::Now}, site::Site};
//!
//! # #[allow(clippy::disallowed_methods)] fn clock() -> Instant { Instant::now() }
//! let now = Now::new(clock(), SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777));
//! let mut spare = Spare::default();
//! let mut conn = Conn::new(Arc::new(Site::default()), IpAddr::from([127, 0, 0, 1]), &now);
//!
//! conn.handle_bytes(b"OPTIONS * HTTP/1.1\r\nHost: tv", &now, &mut spare);
//! assert!(conn.body().is_none(), "the head is not whole yet");
//! conn.handle_bytes(b"\r\n\r\n", &now, &mut spare);
//!
//! let reply: Vec<u8> = conn.body().unwrap().parts().flat_map(|part| match part {
//!     Part::Bytes(bytes) => bytes.to_vec(),
//!     Part::Slice(..) => unreachable!("there is no file in this reply"),
//! }).collect();
//! assert!(reply.starts_with(b"HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
//!
//! conn.handle_sent(reply.len() as u64, &now, &mut spare);
//! assert!(conn.body().is_none() && conn.close_reason().is_none(), "idle, waiting for the next");
//! ```

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::http::body::Body;
use crate::http::chunked::Chunks;
use crate::http::date::Now;
use crate::http::framing::BodyLength;
use crate::http::request::{self, Field, Method, Parsed, Request, View};
use crate::http::status::{Refusal, Status};
use crate::http::target;
use crate::library::root::Missing;
use crate::limits::Limits;
use crate::site::Site;
use crate::site::admission;
use crate::site::guard;
use crate::site::live::{self as board, Session};
use crate::site::route::{Route, route};
use crate::site::sign::gate::Asker;
use crate::site::sign::opened::Opened;

mod ask;
mod caller;
mod claim;
mod close;
mod discard;
mod exchange;
mod live;
mod queue;
mod reply;
mod seen;
mod stream;

use ask::Ask;
pub use ask::Question;
use caller::Caller;
pub use claim::Claim;
pub use close::CloseReason;
use discard::{BODY_TOO_LARGE, Discard};
use exchange::Mark;
pub use exchange::{Ended, Exchange, Spare};
use live::Talk;
use queue::Queued;
use reply::note_line;
pub use seen::Present;
use stream::Stream;

/// What the reading side is at.
#[derive(Debug)]
enum Phase {
    /// Nothing of a next request has come.
    Idle,
    /// Part of a head has come.
    Head,
    /// The head is understood; its body is dropped before it is answered.
    Discard(Discard),
    /// The request is understood; the library has been asked.
    Asking(Ask),
    /// It is found, and waits for a place among the streams.
    Queued(Box<Queued>),
    /// It has become a socket of the page.
    Live(Box<Talk>),
    /// No further request will be read; the replies queued are the last.
    Last(Ending),
    /// All is sent and our side is shut; what still comes is dropped, until `until`.
    Linger { until: Instant, reason: CloseReason },
    /// Over.
    Closed(CloseReason),
}

/// How a connection ends once its last reply has left.
#[derive(Debug, Clone, Copy)]
struct Ending {
    reason: CloseReason,
    /// Whether the peer may still be sending: then we read on, so that it reads our reply.
    lingers: bool,
}

/// One connection.
#[derive(Debug)]
pub struct Conn {
    phase: Phase,
    exchange: Option<Box<Exchange>>,
    site: Arc<Site>,
    /// Who is at the other end of the socket, if that is a proxy that we trust.
    proxy: Option<IpAddr>,
    /// Whom its requests are from, and how that is known.
    client: IpAddr,
    caller: Caller,
    /// The stream that it has been on last, where their number has a bound.
    viewing: Option<Arc<admission::Stream>>,
    /// When the present wait began: what deadlines count from.
    since: Instant,
    /// The file that it watches, where that is logged.
    stream: Option<Box<Stream>>,
    /// What its last signed request was let through with.
    opened: Opened,
    /// The session that its requests have named last.
    session: Option<Session>,
    serial: u32,
    is_first: bool,
    has_ended: bool,
    is_stopping: bool,
}

// Getters.
impl Conn {
    /// A connection that was just accepted.
    pub fn new(site: Arc<Site>, peer: IpAddr, now: &Now) -> Self {
        let proxy = site.is_proxy(peer).then_some(peer);
        Self {
            phase: Phase::Idle,
            exchange: None,
            site,
            proxy,
            client: peer,
            caller: proxy.map_or(Caller::Itself, |_| Caller::Unclear),
            viewing: None,
            since: now.steady,
            stream: None,
            opened: Opened::default(),
            session: None,
            serial: 0,
            is_first: true,
            has_ended: false,
            is_stopping: false,
        }
    }

    /// One that is told at once why it is not served.
    pub fn turned_away(site: Arc<Site>, peer: IpAddr, now: &Now, spare: &mut Spare) -> Self {
        let mut conn = Self::new(site, peer, now);
        conn.exchange = Some(spare.take());
        conn.refuse(
            Refusal::new(Status::TOO_MANY_REQUESTS, "too-many-connections"),
            now,
        );
        conn
    }

    /// Why it is over, if it is.
    pub fn close_reason(&self) -> Option<CloseReason> {
        if let Phase::Closed(reason) = self.phase {
            Some(reason)
        } else {
            None
        }
    }

    /// Whether it waits between two requests.
    pub fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle) && self.body().is_none()
    }

    /// Tells a late answer from the one that is waited for.
    pub fn serial(&self) -> u32 {
        self.serial
    }

    /// How many bytes it would take now; zero means: leave them in the kernel.
    pub fn appetite(&self) -> usize {
        const DROPPED_AT_ONCE: usize = 1 << 16;
        let (held, is_full) = self.exchange.as_ref().map_or((0, false), |open| {
            (open.inbox.len(), open.is_full(&self.site.limits))
        });
        match self.phase {
            _ if self.has_ended => 0,
            Phase::Idle | Phase::Head if is_full => 0,
            // Who waits in the queue is read on: so its end is noticed.
            Phase::Idle | Phase::Head | Phase::Queued(_) => self
                .site
                .limits
                .head_bytes_max
                .saturating_mul(2)
                .saturating_sub(held),
            // Who does not take its answers is not asked for more.
            Phase::Live(_) if self.body().is_some() => 0,
            Phase::Discard(_) | Phase::Last(_) | Phase::Linger { .. } | Phase::Live(_) => {
                DROPPED_AT_ONCE
            }
            Phase::Asking(_) | Phase::Closed(_) => 0,
        }
    }

    /// When [`Conn::handle_tick`] wants to be called at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        let limits = &self.site.limits;
        let secs = match &self.phase {
            Phase::Closed(_) => return None,
            Phase::Linger { until, .. } => {
                let quiet = self.since + Limits::secs(limits.linger_quiet_secs_max);
                return Some(quiet.min(*until));
            }
            Phase::Queued(queued) => {
                let stall = self.since + Limits::secs(limits.stall_secs_max);
                let due = queued.due_at();
                return Some(self.body().map_or(due, |_| due.min(stall)));
            }
            _ if self.body().is_some() => limits.stall_secs_max,
            Phase::Idle if self.is_first => limits.head_secs_max,
            Phase::Idle => limits.idle_secs_max,
            Phase::Head | Phase::Discard(_) => limits.head_secs_max,
            Phase::Asking(_) => limits.find_secs_max,
            Phase::Live(_) => limits.live_quiet_secs_max,
            Phase::Last(_) => limits.linger_secs_max,
        };
        Some(self.since + Limits::secs(secs))
    }
}

// What happens to it.
impl Conn {
    /// Bytes came.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: &Now, spare: &mut Spare) {
        match self.phase {
            Phase::Linger { .. } => self.since = now.steady,
            // Unread bytes would turn our close into a reset, and that eats the reply.
            Phase::Last(ref mut ending) => ending.lingers = true,
            Phase::Closed(_) => {}
            Phase::Live(_) => self.hear(bytes, now, spare),
            Phase::Idle | Phase::Head | Phase::Discard(_) | Phase::Asking(_) | Phase::Queued(_) => {
                let exchange = self.exchange.get_or_insert_with(|| spare.take());
                exchange.inbox.extend_from_slice(bytes);
                self.advance(now, spare);
            }
        }
        self.settle(now, spare);
    }

    /// The peer will send nothing more. It still gets all that it asked for.
    pub fn handle_end(&mut self, now: &Now, spare: &mut Spare) {
        self.has_ended = true;
        self.leave_queue(now);
        self.settle(now, spare);
    }

    /// The socket took `count` bytes of [`Conn::body`].
    pub fn handle_sent(&mut self, count: u64, now: &Now, spare: &mut Spare) {
        if let Some(exchange) = &mut self.exchange {
            exchange.body.advance(count);
            self.since = now.steady;
            if !exchange.inbox.is_empty() {
                self.advance(now, spare);
            }
        }
        self.settle(now, spare);
    }

    /// What is to be sent is held back, and not by its reader: how long that takes does not count.
    pub fn handle_held(&mut self, now: &Now) {
        self.since = now.steady;
    }

    /// Time went by.
    pub fn handle_tick(&mut self, now: &Now, spare: &mut Spare) {
        if self.deadline().is_none_or(|deadline| now.steady < deadline) {
            return;
        }
        match self.phase {
            Phase::Linger { reason, .. } => self.close(reason),
            Phase::Queued(_) => self.wait_on(now, spare),
            _ if self.body().is_some() => self.close(CloseReason::Stalled),
            Phase::Idle => self.close(CloseReason::Idle),
            Phase::Head | Phase::Discard(_) => {
                self.refuse(Refusal::new(Status::REQUEST_TIMEOUT, "head-timeout"), now);
                self.phase = Phase::Last(Ending {
                    reason: CloseReason::HeadTimeout,
                    lingers: true,
                });
            }
            Phase::Asking(_) => {
                self.reply(now, |asked, body| asked.missing(Missing::Unreadable, body));
                self.advance(now, spare);
            }
            Phase::Live(_) => self.probe(now, spare),
            // Without a body left it is settled, and with one it has stalled.
            Phase::Last(_) | Phase::Closed(_) => {}
        }
        self.settle(now, spare);
    }

    /// The server stops: replies under way are finished, nothing new is begun.
    pub fn handle_stop(&mut self, now: &Now, spare: &mut Spare) {
        self.is_stopping = true;
        self.say_goodbye(spare);
        self.stop_waiting(now);
        self.settle(now, spare);
    }

    /// It ends now, for a reason that only the outside knows.
    pub fn close(&mut self, reason: CloseReason) {
        self.phase = Phase::Closed(match self.phase {
            // It was over, but for the peer: that it is gone is no news.
            Phase::Linger { reason, .. } | Phase::Closed(reason) => reason,
            Phase::Idle
            | Phase::Head
            | Phase::Discard(_)
            | Phase::Asking(_)
            | Phase::Queued(_)
            | Phase::Live(_)
            | Phase::Last(_) => reason,
        });
    }
}

// What it wants.
impl Conn {
    /// What is to be sent now.
    pub fn body(&self) -> Option<&Body> {
        let is_closed = matches!(self.phase, Phase::Closed(_));
        self.exchange
            .as_ref()
            .map(|exchange| &exchange.body)
            .filter(|body| !is_closed && !body.is_empty())
    }

    /// Whether our side of the socket will be shut as soon as [`Conn::body`] has left.
    pub fn is_last(&self) -> bool {
        matches!(self.phase, Phase::Last(_))
    }

    /// Whether our side of the socket is to be shut, the other one being read on.
    pub fn is_lingering(&self) -> bool {
        matches!(self.phase, Phase::Linger { .. })
    }

    /// The next reply that has ended. Who never asks keeps them all.
    pub fn poll_ended(&mut self, now: &Now) -> Option<Ended> {
        let end = self.close_reason().map(CloseReason::name);
        let exchange = self.exchange.as_mut()?;
        let sent = exchange.body.sent();
        let mark = exchange.marks.front()?;
        let is_whole = mark.ends <= sent;
        if !is_whole && end.is_none() {
            return None;
        }
        let mut mark = exchange.marks.pop_front()?;
        let bytes = sent.min(mark.ends).saturating_sub(mark.begins);
        let took = now.steady.saturating_duration_since(mark.began);
        if let Some(stream) = mark.stream.take_if(|_| bytes > 0) {
            self.turn_to(stream);
        }
        if let (Some(visit), Some(admission)) = (mark.visit, &self.site.admission) {
            admission.rest(visit, now.steady);
        }
        if let Some(record) = &mut mark.record {
            (record.bytes, record.took) = (bytes, took);
            record.end = end.filter(|_| !is_whole).unwrap_or("done");
        }
        if let (Some(stream), Some(_)) = (&mut self.stream, mark.replied.size) {
            stream.add(bytes, now.steady);
        }
        if end.is_none() {
            self.begin_next_stream();
        }
        Some(Ended {
            replied: mark.replied,
            bytes,
            took,
            record: mark.record,
            seen_as: mark.seen_as,
        })
    }
}

// How it goes on.
impl Conn {
    /// Understands as much of the inbox as may be understood now.
    fn advance(&mut self, now: &Now, spare: &mut Spare) {
        while let Some(exchange) = &mut self.exchange {
            match &mut self.phase {
                Phase::Idle | Phase::Head => {
                    if exchange.inbox.is_empty()
                        || exchange.is_full(&self.site.limits)
                        || self.is_stopping
                    {
                        return;
                    }
                    match request::parse(&exchange.inbox, &mut exchange.scan, &self.site.limits) {
                        Parsed::NeedMore => {
                            if matches!(self.phase, Phase::Idle) {
                                self.phase = Phase::Head;
                                if exchange.body.is_empty() {
                                    self.since = now.steady;
                                }
                            }
                            return;
                        }
                        Parsed::Refused(refusal) => {
                            self.client = self.proxy.unwrap_or(self.client);
                            return self.refuse(refusal, now);
                        }
                        Parsed::Request(request) => {
                            exchange.request = Some(request);
                            self.begin(&request, now, spare);
                        }
                    }
                }
                Phase::Discard(discard) => {
                    let head_len = exchange.request.map_or(0, |request| request.head_len);
                    let came = exchange.inbox.get(head_len..).unwrap_or_default();
                    let (taken, is_done) = match discard.take(came, &self.site.limits) {
                        Ok(progress) => progress,
                        Err(refusal) => return self.refuse(refusal, now),
                    };
                    exchange.inbox.drain(head_len..head_len + taken);
                    if !is_done {
                        return;
                    }
                    self.answer(now, spare);
                }
                Phase::Asking(_)
                | Phase::Queued(_)
                | Phase::Live(_)
                | Phase::Last(_)
                | Phase::Linger { .. }
                | Phase::Closed(_) => return,
            }
        }
    }

    /// A head was understood: its body first, if it has one.
    fn begin(&mut self, request: &Request, now: &Now, spare: &mut Spare) {
        self.is_first = false;
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        let view = View::new(request, &exchange.inbox);
        if let Some(proxy) = self.proxy {
            (self.caller, self.client) = Caller::of(&view, &self.site, proxy);
        }
        let expects = match view.field(Field::Expect) {
            Some(value) if request.is_http11 => {
                if !value.eq_ignore_ascii_case(b"100-continue") {
                    let why = "unknown-expectation";
                    return self.refuse(Refusal::new(Status::EXPECTATION_FAILED, why), now);
                }
                true
            }
            _ => false,
        };
        let discard = match request.body {
            BodyLength::None => return self.answer(now, spare),
            BodyLength::Counted(count) => Discard::Counted(count),
            BodyLength::Chunked => Discard::Chunked(Chunks::default()),
        };
        let waits_for_us = expects && exchange.inbox.len() == request.head_len;
        let is_too_large = discard.is_too_large(&self.site.limits);
        let is_refused = matches!(request.method, Method::NotAllowed | Method::Unknown);
        if is_refused && (waits_for_us || is_too_large || request.body == BodyLength::Chunked) {
            // The final status at once. Its body may come or not: so this is the last request.
            self.phase = Phase::Last(REFUSED);
            return self.answer(now, spare);
        }
        if is_too_large {
            return self.refuse(BODY_TOO_LARGE, now);
        }
        if waits_for_us {
            exchange
                .body
                .write(|out| out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n"));
        }
        self.since = now.steady;
        self.phase = Phase::Discard(discard);
    }

    /// The request is whole: a reply at once, or a question first.
    fn answer(&mut self, now: &Now, spare: &mut Spare) {
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        let Some(request) = &exchange.request else {
            return;
        };
        let view = View::new(request, &exchange.inbox);
        note_line(&view, &self.site, &mut exchange.line);
        if let Some(id) = board::session_of(target::query_of(view.target()))
            && self.session.as_deref() != Some(id)
        {
            self.session = Some(id.into());
        }
        let mut asker = Asker {
            site: &self.site,
            client: self.client,
            now,
            opened: &mut self.opened,
        };
        let route = match guard::judge(&view, &self.site) {
            Ok(()) => route(&view, &mut asker, &mut exchange.name),
            Err(refusal) => Route::Refused(refusal),
        };
        match route {
            Route::Live => self.upgrade(now, spare),
            Route::Metrics => self.reply(now, |asked, body| asked.metrics(body)),
            Route::Stats => self.reply(now, |asked, body| asked.stats(body)),
            Route::Health => self.reply(now, |asked, body| {
                asked.now("text/plain; charset=utf-8", "ok\n", body)
            }),
            Route::Video(_) => self.ask(Ask::File, now),
            Route::Faststart(_) => self.ask(Ask::Faststart, now),
            Route::Subtitle(_) => self.ask(Ask::Subtitle, now),
            Route::Packaged(title, resource) => {
                let title = title.as_bytes().len();
                exchange.resource.clear();
                exchange.resource.extend_from_slice(resource);
                exchange.name.truncate(title);
                self.ask(Ask::Packaged, now);
            }
            Route::Library => self.ask(Ask::Listing, now),
            Route::Options => self.reply(now, |asked, body| asked.options(body)),
            Route::Asset(asset) => self.reply(now, |asked, body| asked.asset(asset, body)),
            Route::Refused(refusal) => self.reply(now, |asked, body| asked.refuse(refusal, body)),
        }
    }

    /// After every event: what follows from all being sent, all being read, or stopping. To be called
    /// as well after records were taken, since an exchange lives until they are.
    pub fn settle(&mut self, now: &Now, spare: &mut Spare) {
        if self.body().is_none() {
            self.phase = match std::mem::replace(&mut self.phase, Phase::Idle) {
                Phase::Last(Ending { reason, lingers }) if self.has_ended || !lingers => {
                    Phase::Closed(reason)
                }
                Phase::Last(Ending { reason, .. }) => {
                    self.since = now.steady;
                    let until = now.steady + Limits::secs(self.site.limits.linger_secs_max);
                    Phase::Linger { until, reason }
                }
                Phase::Linger { reason, .. } if self.has_ended => Phase::Closed(reason),
                Phase::Idle if self.has_ended => Phase::Closed(CloseReason::PeerClosed),
                Phase::Live(_) if self.has_ended => Phase::Closed(CloseReason::PeerGone),
                Phase::Head | Phase::Discard(_) if self.has_ended => {
                    Phase::Closed(CloseReason::PeerGone)
                }
                Phase::Idle | Phase::Head if self.is_stopping => {
                    Phase::Closed(CloseReason::Stopping)
                }
                unchanged @ (Phase::Idle
                | Phase::Head
                | Phase::Discard(_)
                | Phase::Asking(_)
                | Phase::Queued(_)
                | Phase::Live(_)
                | Phase::Linger { .. }
                | Phase::Closed(_)) => unchanged,
            };
        }
        let is_spent = |exchange: &Exchange| {
            exchange.inbox.is_empty() && exchange.body.is_empty() && exchange.marks.is_empty()
        };
        let rests = matches!(self.phase, Phase::Idle | Phase::Live(_)) && self.body().is_none();
        if rests && let Some(exchange) = self.exchange.take_if(|exchange| is_spent(exchange)) {
            spare.give(exchange);
        }
    }
}

const STOPPING: Refusal = Refusal::new(Status::UNAVAILABLE, "stopping");
const REFUSED: Ending = Ending {
    reason: CloseReason::Refused,
    lingers: true,
};

#[cfg(test)]
mod tests;
