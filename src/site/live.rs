//! Owns what the live view shows: the board that workers write to while somebody looks, and the
//! messages that are made of it.
//! Knows nothing of sockets: who watches is told what to send.
//!
//! ```text
//! worker 0 ── publish ─┐              ┌─▶ {"type":"inspect", …}   everything: loopback, or the token
//! worker 1 ── publish ─┼──▶ Board ────┤
//! replies ── asked ────┘              └─▶ {"type":"inspect", …}   one's own session
//! ```
//!
//! Nothing is collected while nobody looks, and everything here has a bound.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::http::date::Now;
use crate::http::json;
use crate::http::target::query_value;
use crate::ops::metrics::{Metrics, Phase};
use crate::range::Span;

/// Between two messages to who watches.
pub const PERIOD: Duration = Duration::from_millis(500);
/// Connections that one message shows; the others are counted.
pub const SHOWN_MAX: usize = 200;
/// Who may watch at once: each of their messages is made for them.
const WATCHERS_MAX: usize = 64;
const SPANS_MAX: usize = 200;
const HEADS_MAX: usize = 20;
const HEAD_BYTES_MAX: usize = 4_096;
const REPORTS_MAX: usize = 256;

/// A session's name: 1 to 64 letters, digits, `-`, `_` and `.`.
pub type Session = Box<[u8]>;

/// The session that a query names, if it does so properly.
pub fn session_of(query: &[u8]) -> Option<&[u8]> {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    query_value(query, b"session")
        .filter(|id| (1..=64).contains(&id.len()) && id.iter().all(is_letter))
}

/// One connection as it was a moment ago.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Worker and key.
    pub id: (usize, usize),
    /// Who is there.
    pub peer: IpAddr,
    /// The session it has named.
    pub session: Option<Session>,
    /// What it is at.
    pub phase: Phase,
    /// Since when.
    pub lasts: Duration,
    /// Method and target.
    pub request: Vec<u8>,
    /// The span that is being sent.
    pub span: Option<Span>,
    /// The file's length.
    pub size: Option<u64>,
    /// Of the present reply's payload.
    pub sent: u64,
    /// Of the present reply's payload.
    pub of: u64,
    /// Bytes since it came.
    pub total: u64,
    /// Bytes a second since the last look.
    pub rate: u64,
}

/// A span that was asked.
#[derive(Debug, Clone)]
pub struct Asking {
    /// Who asked.
    pub peer: IpAddr,
    /// For which session.
    pub session: Option<Session>,
    /// The file's name, and its length.
    pub file: Option<(Vec<u8>, u64)>,
    /// Of which bytes.
    pub span: Option<Span>,
    /// The heads, as they crossed the wire.
    pub heads: (Vec<u8>, Vec<u8>),
}

#[derive(Debug)]
struct Asked {
    id: u64,
    at_millis: u64,
    sent: u64,
    asking: Asking,
}

/// What a player says of itself.
#[derive(Debug, Clone, Default)]
struct Report {
    name: Vec<u8>,
    /// As they were written.
    numbers: [Option<String>; 5],
}

/// Whether a text is a number as JSON writes one, without an exponent: it can be passed on as it is.
fn is_number(text: &str) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let starts_well = whole == "0" || !whole.starts_with('0');
    text.len() <= 16 && is_digits(whole) && is_digits(part) && starts_well
}

const NUMBERS: [&str; 5] = ["position", "buffered", "stalls", "paused", "rate"];

impl Report {
    fn parse(form: &[u8]) -> Option<Self> {
        let mut name = Vec::new();
        crate::http::target::decode_form(query_value(form, b"name")?, &mut name);
        name.truncate(1_024);
        let number = |key: &str| {
            let text = std::str::from_utf8(query_value(form, key.as_bytes())?).ok()?;
            is_number(text).then(|| text.to_owned())
        };
        Some(Self {
            name,
            numbers: NUMBERS.map(number),
        })
    }

    fn write(&self, out: &mut String) {
        out.push_str("{\"name\":");
        json::write_bytes(&self.name, out);
        for (key, value) in NUMBERS.iter().zip(&self.numbers) {
            match value.as_deref() {
                Some(value) if *key == "paused" => _ = write!(out, ",\"paused\":{}", value != "0"),
                Some(value) => _ = write!(out, ",\"{key}\":{value}"),
                None => {}
            }
        }
        out.push('}');
    }
}

#[derive(Debug, Default)]
struct Board {
    /// What each worker saw last, and how many more there were.
    workers: Vec<(Vec<Seen>, usize)>,
    asked: VecDeque<Asked>,
    reports: Vec<(Session, Report)>,
    /// For the rate of all: when, and how many bytes had been sent.
    last: Option<(u64, u64)>,
    rate: u64,
}

/// The live view's state, shared by all workers.
#[derive(Default)]
pub struct Live {
    watchers: AtomicUsize,
    next_id: AtomicU64,
    board: Mutex<Board>,
    nudge: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("watchers", &self.watchers)
            .finish_non_exhaustive()
    }
}

/// Somebody who watches; with the last one all that was collected goes.
#[derive(Debug)]
pub struct Watch(Arc<Live>);

impl Drop for Watch {
    fn drop(&mut self) {
        if self.0.watchers.fetch_sub(1, Ordering::Relaxed) == 1 {
            let mut board = self.0.board();
            board.workers = Vec::new();
            board.asked = VecDeque::new();
            board.last = None;
            board.rate = 0;
        }
    }
}

/// Somebody who says what its player does; with it goes what it said.
#[derive(Debug)]
pub struct Speaker {
    live: Arc<Live>,
    session: Session,
}

impl Speaker {
    /// See [`Live::report`].
    pub fn report(&self, form: &[u8]) {
        self.live.report(&self.session, form);
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        self.report(b"");
    }
}

/// What somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees<'a> {
    /// Everybody.
    All(&'a [u8]),
    /// The connections of one session.
    Own(&'a [u8]),
}

impl Sees<'_> {
    fn own(&self) -> &[u8] {
        match self {
            Self::All(own) | Self::Own(own) => own,
        }
    }

    fn shows(&self, session: Option<&Session>) -> bool {
        matches!(self, Self::All(_)) || session.is_some_and(|session| **session == *self.own())
    }
}

impl Live {
    /// How the workers are woken when somebody begins to watch.
    pub fn set_nudge(&self, nudge: Box<dyn Fn() + Send + Sync>) {
        _ = self.nudge.set(nudge);
    }

    /// Whether anybody watches.
    pub fn is_watched(&self) -> bool {
        self.watchers.load(Ordering::Relaxed) > 0
    }

    /// Somebody begins to watch, unless too many do.
    pub fn watch(self: &Arc<Self>) -> Option<Watch> {
        let before = self.watchers.fetch_add(1, Ordering::Relaxed);
        let watch = Watch(Arc::clone(self));
        if before >= WATCHERS_MAX {
            return None; // the count goes back with it
        }
        if before == 0
            && let Some(nudge) = self.nudge.get()
        {
            nudge();
        }
        Some(watch)
    }

    /// Somebody of that session begins to say what its player does.
    pub fn speaker(self: &Arc<Self>, session: &Session) -> Speaker {
        Speaker {
            live: Arc::clone(self),
            session: session.clone(),
        }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request was answered; the number stands for it in [`Live::sent`].
    pub fn asked(&self, asking: Asking, now: &Now) -> u64 {
        let mut board = self.board();
        // Under the lock: the numbers stand in order, and are searched for.
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        if board.asked.len() == SPANS_MAX {
            board.asked.pop_front();
        }
        board.asked.push_back(Asked {
            id,
            at_millis: now.unix_millis,
            sent: 0,
            asking,
        });
        id
    }

    /// So many bytes of it have been sent.
    pub fn sent(&self, id: u64, bytes: u64) {
        let mut board = self.board();
        if let Ok(at) = board.asked.binary_search_by_key(&id, |asked| asked.id)
            && let Some(asked) = board.asked.get_mut(at)
        {
            asked.sent = bytes;
        }
    }

    /// What the player of a session says of itself; nothing where it says that nothing plays.
    pub fn report(&self, session: &[u8], form: &[u8]) {
        let mut board = self.board();
        let reports = &mut board.reports;
        let known = reports.iter().position(|(id, _)| **id == *session);
        match (known, Report::parse(form)) {
            (Some(at), Some(report)) => reports[at].1 = report,
            (Some(at), None) => _ = reports.swap_remove(at),
            (None, Some(report)) if reports.len() < REPORTS_MAX => {
                reports.push((session.into(), report));
            }
            (None, _) => {}
        }
    }

    /// What a worker sees now.
    pub fn publish(&self, worker: usize, seen: (Vec<Seen>, usize), metrics: &Metrics, now: &Now) {
        let sent = metrics.totals().sent_bytes;
        let mut board = self.board();
        if board.workers.len() <= worker {
            board.workers.resize_with(worker + 1, Default::default);
        }
        if let Some(slot) = board.workers.get_mut(worker) {
            *slot = seen;
        }
        let (then, sent_then) = *board.last.get_or_insert((now.unix_millis, sent));
        // However far the wall clock is put, one rate is wrong, and no more.
        let millis = now.unix_millis.abs_diff(then);
        if millis >= 900 {
            board.rate = sent.saturating_sub(sent_then).saturating_mul(1_000) / millis;
            board.last = Some((now.unix_millis, sent));
        }
    }

    /// The message for who may see so much.
    pub fn compose(&self, sees: Sees<'_>, metrics: &Metrics, now: &Now) -> String {
        let totals = metrics.totals();
        let board = self.board();
        let mut out = String::with_capacity(4_096);
        let word = match sees {
            Sees::All(_) => "all",
            Sees::Own(_) => "own",
        };
        _ = write!(
            out,
            "{{\"type\":\"inspect\",\"now\":{},\"sees\":\"{word}\",\"totals\":{{\"rate\":{},",
            now.unix_millis, board.rate
        );
        metrics.write_json(&totals, now.unix_secs, &mut out);
        out.push_str("},\"connections\":[");
        let all = || board.workers.iter().flat_map(|(seen, _)| seen);
        let is_idle = |seen: &&Seen| seen.phase == Phase::Idle;
        let busy = all().filter(|seen| !is_idle(seen));
        let busy_first = busy.chain(all().filter(is_idle));
        let mut shown = busy_first.filter(|seen| sees.shows(seen.session.as_ref()));
        for (at, seen) in shown.by_ref().take(SHOWN_MAX).enumerate() {
            comma(at, &mut out);
            let mine = |(id, _): &&(Session, Report)| Some(id) == seen.session.as_ref();
            let report = board.reports.iter().find(mine);
            seen.write(sees, report.map(|(_, report)| report), &mut out);
        }
        let unseen: usize = match sees {
            Sees::All(_) => board.workers.iter().map(|(_, more)| more).sum(),
            Sees::Own(_) => 0,
        };
        _ = write!(out, "],\"more\":{},\"spans\":[", shown.count() + unseen);
        let asked = board.asked.iter();
        let spans = asked.filter(|asked| sees.shows(asked.asking.session.as_ref()));
        let mut count = 0;
        for asked in spans {
            if asked.write_span(count, sees, &mut out) {
                count += 1;
            }
        }
        out.push_str("],\"heads\":[");
        let own = |asked: &&Asked| Sees::Own(sees.own()).shows(asked.asking.session.as_ref());
        for (at, asked) in board
            .asked
            .iter()
            .rev()
            .filter(own)
            .take(HEADS_MAX)
            .enumerate()
        {
            comma(at, &mut out);
            let (request, reply) = &asked.asking.heads;
            _ = write!(
                out,
                "{{\"id\":{},\"at\":{},\"request\":",
                asked.id, asked.at_millis
            );
            json::write_bytes(request, &mut out);
            out.push_str(",\"reply\":");
            json::write_bytes(reply, &mut out);
            out.push('}');
        }
        out.push_str("]}");
        out
    }
}

/// As much of a head as is kept.
pub fn kept(mut head: Vec<u8>) -> Vec<u8> {
    head.truncate(HEAD_BYTES_MAX);
    head
}

fn comma(at: usize, out: &mut String) {
    if at > 0 {
        out.push(',');
    }
}

fn write_who(peer: IpAddr, session: Option<&Session>, sees: Sees<'_>, out: &mut String) {
    if let Sees::All(_) = sees {
        _ = write!(out, ",\"peer\":\"{peer}\"");
    }
    if let Some(session) = session {
        out.push_str(",\"session\":");
        json::write_bytes(session, out);
    }
}

impl Seen {
    fn write(&self, sees: Sees<'_>, report: Option<&Report>, out: &mut String) {
        let (worker, key) = self.id;
        let (millis, phase) = (self.lasts.as_millis(), self.phase.name());
        _ = write!(out, "{{\"id\":\"{worker}-{key}\"");
        write_who(self.peer, self.session.as_ref(), sees, out);
        _ = write!(
            out,
            ",\"phase\":\"{phase}\",\"secs\":{}.{:03},\"request\":",
            millis / 1_000,
            millis % 1_000
        );
        json::write_bytes(&self.request, out);
        match self.span {
            Some(span) => _ = write!(out, ",\"range\":[{},{}]", span.start(), span.end() - 1),
            None => out.push_str(",\"range\":null"),
        }
        match self.size {
            Some(size) => _ = write!(out, ",\"size\":{size}"),
            None => out.push_str(",\"size\":null"),
        }
        _ = write!(
            out,
            ",\"sent\":{},\"of\":{},\"total\":{},\"rate\":{}",
            self.sent, self.of, self.total, self.rate
        );
        if let Some(report) = report {
            out.push_str(",\"player\":");
            report.write(out);
        }
        out.push('}');
    }
}

impl Asked {
    /// Writes it, if it is about bytes of a file.
    fn write_span(&self, at: usize, sees: Sees<'_>, out: &mut String) -> bool {
        let Some((name, size)) = &self.asking.file else {
            return false;
        };
        comma(at, out);
        _ = write!(out, "{{\"id\":{},\"video\":", self.id);
        json::write_bytes(name, out);
        write_who(self.asking.peer, self.asking.session.as_ref(), sees, out);
        let (from, to) = match self.asking.span {
            Some(span) => (span.start(), span.end()),
            None => (0, *size),
        };
        _ = write!(
            out,
            ",\"size\":{size},\"from\":{from},\"to\":{to},\"sent\":{},\"at\":{}}}",
            self.sent, self.at_millis
        );
        true
    }
}

#[cfg(test)]
mod tests;
