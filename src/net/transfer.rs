//! Owns the way of pieces into a socket.
//! Knows nothing of what the pieces mean.
//!
//! ```text
//! pieces     [ head ][ small span ][ head ][ ====== large span ====== ][ boundary ] …
//! one call   └────────── sendmsg, MSG_MORE ─┘└─ vmsplice, splice ─┘
//! ```
//!
//! What was measured (server CPU time beside nginx with sendfile, 1500-byte packets, one core, random ranges):
//!
//! | quantum | 256 KiB replies | 1 MiB | 16 MiB |
//! |---------|-----------------|-------|--------|
//! | 256 KiB | 0.82            | 0.99  | 1.15   |
//! | 512 KiB | 0.82            | 0.95  | 1.06   |
//! | 1 MiB   | 0.82            | 1.28  |        |
//!
//! Packets are what a large reply costs: a rest of a few hundred bytes behind the last quantum makes 1 MiB
//! 0.10 dearer; cork, page borders and steps of sixteen pages took 16 MiB from 1.14 to 1.02. Below 512 KiB
//! those calls cost what they save. Copying and page references cross between 4 and 16 KiB.
//!
//! Small spans leave with their heads in one `writev`, which copies; large ones as page references
//! (`net/pipe.rs`). Where the kernel refuses that, all spans are copied. Either way a mapped byte is given to
//! the kernel as an address and never read here (`library/map.rs` says why).

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::conn::CloseReason;
use crate::http::body::{Body, FileState, Part, Source, Window};
use crate::http::date::Now;
use crate::net::pipe::Pipe;
use crate::net::sys::{self, Stretch};
use crate::range::Span;

/// Which way the owner wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wish {
    /// Zero-copy where the kernel lets us.
    #[default]
    Best,
    /// Copying, for files that are overwritten in place.
    Copy,
    /// Zero-copy, or an error at start.
    Splice,
}

/// What became of one offer.
#[derive(Debug)]
pub enum Sent {
    /// The socket took so many bytes and may take more.
    Took(u64),
    /// The socket took so many and is full: its edge will tell when it is not.
    Blocked(u64),
    /// The next bytes are not in memory: they must be fetched before they are offered.
    Cold(Arc<dyn Source>, Span),
    /// The connection cannot go on.
    Failed(CloseReason),
}

/// As many stretches as leave in one call. More pieces than that are rare: sixteen pipelined replies.
const STRETCHES: usize = 32;
/// For so long a look at a file is believed when a small span of it leaves: the look costs a tenth of
/// what such a reply does.
const LOOK_BELIEVED: Duration = Duration::from_millis(1);
const PAGE_BYTES: u64 = 4_096;
/// `splice` hands a socket sixteen pages at a time, about as much as the largest packet holds.
const STEP_BYTES: u64 = 16 * PAGE_BYTES;

/// A worker's way into sockets.
#[derive(Debug)]
pub struct Transfer {
    pipe: Option<Pipe>,
    /// Spans of at most this many bytes are copied.
    copied_max: u64,
    /// The most that one offer holds.
    quantum_max: u64,
    last_look: Option<Look>,
}

/// What a file was found to be.
#[derive(Debug)]
struct Look {
    /// Weak: it keeps the address from meaning another file, but not the file open.
    file: Weak<dyn Source>,
    at: Instant,
    state: FileState,
}

impl Look {
    fn is_of(&self, source: &Arc<dyn Source>) -> bool {
        std::ptr::addr_eq(self.file.as_ptr(), Arc::as_ptr(source))
    }
}

/// What is offered to a socket.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// All that waits.
    pub body: &'a Body,
    /// How much of its front is to leave now.
    pub quantum: u64,
    /// Whether the connection ends with it: then the last packet says so, too.
    pub is_last: bool,
    /// Whether the reply is so large that full packets are worth a copy.
    pub is_large: bool,
}

impl Transfer {
    /// Tries what the kernel allows.
    pub fn open(wish: Wish, copied_max: usize, quantum: usize) -> io::Result<Self> {
        let copied_max = u64::try_from(copied_max).unwrap_or(u64::MAX);
        let pipe = match wish {
            Wish::Copy => None,
            Wish::Best => Pipe::open(quantum).ok(),
            Wish::Splice => Some(Pipe::open(quantum)?),
        };
        let quantum_max = u64::try_from(quantum).unwrap_or(u64::MAX);
        Ok(Self {
            pipe,
            copied_max,
            quantum_max,
            last_look: None,
        })
    }

    /// From how many bytes on full packets are worth more than the calls that see to them; never
    /// where spans are copied.
    pub fn is_large(&self, bytes: u64) -> bool {
        self.pipe.is_some() && bytes >= self.quantum_max
    }

    /// The most that is worth offering at once.
    pub fn quantum_max(&self) -> u64 {
        self.quantum_max
    }

    /// Its name in logs.
    pub fn name(&self) -> &'static str {
        if self.pipe.is_some() {
            "splice"
        } else {
            "copy"
        }
    }

    /// Offers the front of a body to the socket.
    pub fn send(&mut self, socket: impl AsFd, offer: Offer<'_>, now: &Now) -> Sent {
        let sent = self.offer(socket, offer, now);
        if matches!(sent, Sent::Took(0)) {
            // The kernel could not read what is believed to be there: it is looked at again, or the next
            // offer would be the same, and the one after it.
            self.last_look = None;
        }
        sent
    }

    fn offer(&mut self, socket: impl AsFd, offer: Offer<'_>, now: &Now) -> Sent {
        let mut batch = Batch::EMPTY;
        for part in offer.body.parts() {
            if batch.is_full() || batch.offered >= offer.quantum {
                break;
            }
            let (source, span) = match part {
                Part::Bytes(bytes) => {
                    batch.push(Stretch::of(bytes), None);
                    continue;
                }
                Part::Slice(source, span) => (source, span),
            };
            let Some(span) = first_of(span, offer.quantum - batch.offered, offer.is_large) else {
                break;
            };
            let is_copied = self.pipe.is_none() || span.len() <= self.copied_max;
            let window = match self.find(source, span, is_copied, now) {
                Ok(window) => window,
                // What stands before it leaves first; then it comes up again, in front.
                Err(_) if batch.count > 0 => break,
                Err(sent) => return sent,
            };
            if let (Some(pipe), false) = (&self.pipe, is_copied) {
                let (lead, rest) = match window.split(to_page_border(span.start())) {
                    Some((lead, rest)) if offer.is_large => (Some(lead), rest),
                    _ => (None, window),
                };
                if let Some(lead) = lead {
                    batch.push(Stretch::of_window(&lead), Some((source, lead)));
                }
                return send_zero_copy(pipe, socket.as_fd(), &batch, &rest, offer);
            }
            let is_clipped = window.bytes() < span.len();
            batch.push(Stretch::of_window(&window), Some((source, window)));
            // What stands behind bytes that are missing must not take their place.
            if is_clipped {
                break;
            }
        }
        batch.send(socket.as_fd(), offer)
    }

    /// Where the first bytes of `span` are, clipped to what the file has at this moment: beyond its
    /// end, but within its last page, the kernel would send zeros.
    fn find(
        &mut self,
        source: &Arc<dyn Source>,
        span: Span,
        is_copied: bool,
        now: &Now,
    ) -> Result<Window, Sent> {
        let FileState { len, is_rewritten } = self
            .look(source, is_copied, now)
            .map_err(|_| Sent::Failed(CloseReason::FileUnreadable))?;
        if is_rewritten {
            return Err(Sent::Failed(CloseReason::FileRewritten));
        }
        let there = Span::new(span.start(), span.end().min(len))
            .ok_or(Sent::Failed(CloseReason::FileShrank))?;
        if !source.is_resident(there, now.unix_secs) {
            return Err(Sent::Cold(Arc::clone(source), there));
        }
        source
            .window(there)
            .map_err(|_| Sent::Failed(CloseReason::FileUnreadable))
    }

    fn look(
        &mut self,
        source: &Arc<dyn Source>,
        believes: bool,
        now: &Now,
    ) -> io::Result<FileState> {
        let known = self.last_look.as_mut().filter(|look| look.is_of(source));
        if let Some(look) = &known
            && believes
            && now.steady.saturating_duration_since(look.at) < LOOK_BELIEVED
        {
            return Ok(look.state);
        }
        let (at, state) = (now.steady, source.state()?);
        match known {
            Some(look) => (look.at, look.state) = (at, state),
            None => {
                let file = Arc::downgrade(source);
                self.last_look = Some(Look { file, at, state });
            }
        }
        Ok(state)
    }
}

/// The first `count` bytes of a span. Those of a large reply are, from the first page border on, whole
/// steps: a rest of fewer pages would leave as a packet that is not full.
fn first_of(span: Span, count: u64, is_large: bool) -> Option<Span> {
    let first = span.first(count)?;
    if !is_large || first.end() == span.end() {
        return Some(first);
    }
    let border = first.start() + to_page_border(first.start());
    let steps = first.end().saturating_sub(border) / STEP_BYTES;
    if steps == 0 {
        return Some(first);
    }
    Span::new(first.start(), border + steps * STEP_BYTES)
}

/// How many bytes there are from `at` to where the next page begins.
fn to_page_border(at: u64) -> u64 {
    at.next_multiple_of(PAGE_BYTES) - at
}

fn send_zero_copy(
    pipe: &Pipe,
    socket: BorrowedFd<'_>,
    before: &Batch<'_>,
    window: &Window,
    offer: Offer<'_>,
) -> Sent {
    let mut first = 0;
    if before.count > 0 {
        match sys::send_more(socket, before.stretches()) {
            Ok(taken) if taken == before.offered => first = taken,
            result => return before.judge(result),
        }
    }
    let stretch = Stretch::of_window(window);
    let has_more = offer.is_last || first.saturating_add(stretch.len()) < offer.body.left();
    match pipe.carry(socket, stretch, has_more) {
        Ok((taken, offered)) if taken == offered => Sent::Took(first.saturating_add(taken)),
        Ok((taken, _)) => Sent::Blocked(first.saturating_add(taken)),
        // The file was cut since it was looked at, or cannot be read: the next look tells.
        Err(error) if sys::is_fault(&error) && first > 0 => Sent::Took(first),
        Err(error) if sys::is_fault(&error) => Sent::Failed(CloseReason::FileUnreadable),
        Err(error) => Sent::Failed(reason_of(&error)),
    }
}

/// What it means that a socket failed: the kernel waited for the peer as long as we would have
/// (TCP_USER_TIMEOUT), or there is nobody any more.
pub fn reason_of(error: &io::Error) -> CloseReason {
    if error.kind() == io::ErrorKind::TimedOut {
        CloseReason::Stalled
    } else {
        CloseReason::PeerGone
    }
}

/// Stretches that leave in one call.
struct Batch<'a> {
    stretches: [Stretch<'a>; STRETCHES],
    /// Mappings that must live until the call is made: only files mapped in windows have them.
    holds: Vec<Window>,
    count: usize,
    offered: u64,
    file: Option<&'a Arc<dyn Source>>,
}

impl<'a> Batch<'a> {
    const EMPTY: Self = Self {
        stretches: [Stretch::EMPTY; STRETCHES],
        holds: Vec::new(),
        count: 0,
        offered: 0,
        file: None,
    };

    fn is_full(&self) -> bool {
        self.count == STRETCHES
    }

    fn stretches(&self) -> &[Stretch<'a>] {
        self.stretches.get(..self.count).unwrap_or_default()
    }

    fn push(&mut self, stretch: Stretch<'a>, window: Option<(&'a Arc<dyn Source>, Window)>) {
        self.offered = self.offered.saturating_add(stretch.len());
        self.stretches[self.count] = stretch;
        if let Some((source, window)) = window {
            self.file = Some(source);
            self.holds.extend(window.hold.is_some().then_some(window));
        }
        self.count += 1;
    }

    fn send(&self, socket: BorrowedFd<'_>, offer: Offer<'_>) -> Sent {
        self.judge(if offer.is_last && self.offered == offer.body.left() {
            sys::send_more(socket, self.stretches())
        } else {
            sys::writev(socket, self.stretches())
        })
    }

    fn judge(&self, result: io::Result<u64>) -> Sent {
        match result {
            Ok(taken) if taken == self.offered => Sent::Took(taken),
            // A short write means a full socket, or a file that was cut while the kernel read it:
            // then no edge would ever come.
            Ok(taken) if self.file.is_none_or(|source| is_whole(source.as_ref())) => {
                Sent::Blocked(taken)
            }
            Ok(taken) => Sent::Took(taken),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Sent::Blocked(0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Sent::Took(0),
            // The kernel could not read the file. Nothing of this call was sent: a file that was cut
            // is clipped at the next offer, any other cannot be read.
            Err(error) if sys::is_fault(&error) => match self.file {
                Some(source) if !is_whole(source.as_ref()) => Sent::Took(0),
                _ => Sent::Failed(CloseReason::FileUnreadable),
            },
            Err(error) => Sent::Failed(reason_of(&error)),
        }
    }
}

fn is_whole(source: &dyn Source) -> bool {
    source
        .state()
        .is_ok_and(|state| !state.is_rewritten && state.len >= source.promised_len())
}

#[cfg(test)]
mod tests;
