//! Owns one connection as the loop holds it: its socket, its edges, and how it stands with the disk.
//! Knows nothing of the other connections.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Instant;

use mio::net::TcpStream;
use rustix::net::sockopt;

use crate::conn::{Conn, Spare};
use crate::http::body::{Body, Source};
use crate::http::date::Now;
use crate::library::residency::BLOCK_BYTES;
use crate::net::crowd::Guest;
use crate::net::pace::{Pacer, Share};
use crate::net::sys;
use crate::net::transfer::{Offer, Sent, Transfer, reason_of};
use crate::ops::metrics::{Counters, Phase};
use crate::range::Span;

/// The least that is offered: a reader that takes less at a time is slow anyway.
const QUANTUM_LEAST: u64 = 1 << 14;
/// A byte that is read is looked at, and may be half a frame: it takes as long as so many that are sent.
const READ_COST: u64 = 8;

#[expect(
    clippy::struct_excessive_bools,
    reason = "edges that came, each used up on its own"
)]
pub(super) struct Peer {
    pub(super) stream: TcpStream,
    pub(super) conn: Conn,
    pub(super) is_readable: bool,
    pub(super) is_writable: bool,
    /// The end of its bytes has been announced: a short read does not mean drained.
    pub(super) has_hung_up: bool,
    pub(super) is_shut: bool,
    pub(super) runs_again: bool,
    /// Its socket holds back what fills no packet, until a large reply has left.
    pub(super) is_corked: bool,
    /// The question that the library is working on.
    pub(super) asked: Option<u32>,
    /// What bounds its speed, where something does.
    pub(super) pacer: Option<Box<Pacer>>,
    /// Bytes wait for a moment that is set, and not for the socket.
    pub(super) is_held: bool,
    /// What the next offer to its socket may hold: it follows what the socket took last.
    pub(super) quantum: u64,
    pub(super) pages: Paging,
    /// Bytes that the socket took; how many there were at the last look, and how many that had brought.
    pub(super) total: u64,
    pub(super) total_shown: u64,
    pub(super) fresh_shown: u64,
    /// What it counts for at its address, where that has a bound.
    #[expect(dead_code, reason = "it counts as long as it is there")]
    pub(super) guest: Option<Guest>,
    /// What it was counted as, and since when.
    pub(super) counted: Option<Phase>,
    pub(super) phase_since: Instant,
}

/// How a connection stands with the disk.
#[derive(Debug, Default)]
pub(super) struct Paging {
    /// The start of the block that its next bytes are in, which is being fetched; nothing is offered
    /// meanwhile.
    pub(super) awaited: Option<u64>,
    /// The start of the block that is being fetched ahead.
    pub(super) ahead: Option<u64>,
    /// The step of `RELEASE_BYTES` that it was in when it was last looked at.
    pub(super) passed: u64,
}

impl Peer {
    /// One that has just come: a request may be there, and a new socket takes bytes.
    pub(super) fn new(
        stream: TcpStream,
        conn: Conn,
        pacer: Option<Box<Pacer>>,
        quantum: u64,
        now: Instant,
    ) -> Self {
        Self {
            stream,
            conn,
            pacer,
            is_held: false,
            is_readable: true,
            is_writable: true,
            has_hung_up: false,
            is_shut: false,
            runs_again: false,
            is_corked: false,
            asked: None,
            quantum,
            pages: Paging::default(),
            total: 0,
            total_shown: 0,
            fresh_shown: 0,
            guest: None,
            counted: None,
            phase_since: now,
        }
    }

    /// Whether what it waits for is overdue.
    pub(super) fn is_late(&self, now: Instant) -> bool {
        self.conn.deadline().is_some_and(|at| at <= now)
    }

    /// What it is at, the socket and the disk considered.
    pub(super) fn phase(&self) -> Phase {
        let phase = self.conn.standing();
        if phase != Phase::Sending {
            phase
        } else if self.pages.awaited.is_some() {
            Phase::Disk
        } else if self.is_held || (!self.is_writable && self.is_slowed()) {
            Phase::Paced
        } else if self.is_writable {
            Phase::Sending
        } else {
            Phase::Blocked
        }
    }

    fn is_slowed(&self) -> bool {
        self.pacer.as_ref().is_some_and(|pacer| pacer.is_slowed())
    }

    /// Counts what it is at after a turn. Who is blocked and got something is blocked anew.
    pub(super) fn count_phase(&mut self, counters: &Counters, has_sent: bool, now: Instant) {
        let phase = Some(self.phase());
        if phase != self.counted {
            counters.change(self.counted, phase);
            (self.counted, self.phase_since) = (phase, now);
        } else if has_sent {
            self.phase_since = now;
        }
    }

    /// Reads once, if there may be something and the connection wants it. What comes is paid for as well
    /// as what is sent: who never stops talking has its turn, and no more.
    pub(super) fn read(
        &mut self,
        buffer: &mut [u8],
        budget: &mut u64,
        now: &Now,
        spare: &mut Spare,
    ) -> bool {
        let appetite = self.conn.appetite().min(buffer.len());
        if !self.is_readable || appetite == 0 {
            return false;
        }
        let room = buffer.get_mut(..appetite).unwrap_or_default();
        match self.stream.read(room) {
            Ok(0) => {
                self.is_readable = false;
                self.conn.handle_end(now, spare);
            }
            Ok(count) => {
                let cost = u64::try_from(count).unwrap_or(u64::MAX);
                *budget = budget.saturating_sub(cost.saturating_mul(READ_COST));
                // A read that brought less than it could has drained the socket; only an end that
                // was announced already would be missed.
                self.is_readable = count == appetite || self.has_hung_up;
                self.conn
                    .handle_bytes(room.get(..count).unwrap_or_default(), now, spare);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.is_readable = false;
                return false;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => self.conn.close(reason_of(&error)),
        }
        true
    }

    /// Sends until all is sent, the socket is full, the disk is needed, or the budget is spent.
    pub(super) fn send(
        &mut self,
        transfer: &mut Transfer,
        budget: &mut u64,
        now: &Now,
        spare: &mut Spare,
    ) -> Progress {
        let mut progress = Progress::default();
        self.is_held = false;
        while self.is_writable && self.pages.awaited.is_none() && *budget > 0 {
            let Some(body) = self.conn.body() else { break };
            let share = match &mut self.pacer {
                None => None,
                Some(pacer) => match allowed(pacer, body, &self.stream, now.steady) {
                    Ok(share) => Some(share),
                    Err(at) => {
                        progress.held = Some(at);
                        break;
                    }
                },
            };
            // A short rest goes with it: it is not worth a call, nor a packet, of its own.
            let quantum = match body.left() {
                left if left <= self.quantum + self.quantum / 4 => left,
                _ => self.quantum,
            };
            let most = share.map_or(u64::MAX, |it| it.free.saturating_add(it.paced));
            // Who takes little at a time never gets to where full packets would be won.
            let is_fast = self.quantum == transfer.quantum_max();
            if is_fast && !self.is_corked && transfer.is_large(body.left().min(most)) {
                // Else every acknowledgement that comes meanwhile would push out a small packet.
                self.is_corked = sockopt::set_tcp_cork(&self.stream, true).is_ok();
            }
            let offer = Offer {
                body,
                quantum: quantum.min(most),
                is_last: self.conn.is_last(),
                is_large: self.is_corked,
            };
            let taken = match transfer.send(&self.stream, offer, now) {
                Sent::Took(taken) => {
                    if taken >= self.quantum {
                        self.quantum = (self.quantum * 2).min(transfer.quantum_max());
                    }
                    taken
                }
                Sent::Blocked(taken) => {
                    self.is_writable = false;
                    self.quantum = (taken * 2).min(transfer.quantum_max()).max(QUANTUM_LEAST);
                    taken
                }
                Sent::Cold(source, span) => {
                    progress.cold = Some((source, span));
                    break;
                }
                Sent::Failed(reason) => {
                    self.conn.close(reason);
                    progress.any = true;
                    break;
                }
            };
            *budget = budget.saturating_sub(taken);
            if taken > 0 {
                if let (Some(pacer), Some(share)) = (&mut self.pacer, share) {
                    pacer.take(taken.saturating_sub(share.free), now.steady);
                }
                progress.any = true;
                progress.bytes += taken;
                self.total += taken;
                self.conn.handle_sent(taken, now, spare);
            }
        }
        self.rest(&mut progress, now);
        progress
    }

    /// It can send no more for now, or has nothing to send.
    fn rest(&mut self, progress: &mut Progress, now: &Now) {
        if progress.held.is_some() {
            self.is_held = true;
            self.conn.handle_held(now);
        }
        if self.is_corked && (!self.is_writable || self.is_held || self.conn.body().is_none()) {
            self.is_corked = sockopt::set_tcp_cork(&self.stream, false).is_err();
        }
        progress.in_part = progress.any && self.conn.body().is_some();
    }
}

/// What may leave of a body. The socket is told before it takes the first byte that the kernel is to hold back.
fn allowed(
    pacer: &mut Pacer,
    body: &Body,
    stream: &TcpStream,
    now: Instant,
) -> Result<Share, Instant> {
    let share = pacer.allow(body, now);
    match pacer.poll_socket_rate() {
        Some(rate) if sys::set_pacing_rate(stream.as_fd(), rate).is_err() => {
            pacer.use_timer();
            pacer.allow(body, now)
        }
        _ => share,
    }
}

/// What sending came to.
#[derive(Default)]
pub(super) struct Progress {
    /// Something has changed.
    pub(super) any: bool,
    /// So many bytes were taken.
    pub(super) bytes: u64,
    /// A reply has begun to leave and has not left whole.
    pub(super) in_part: bool,
    /// Nothing may leave before this moment.
    pub(super) held: Option<Instant>,
    /// These bytes must be fetched first.
    pub(super) cold: Option<(Arc<dyn Source>, Span)>,
}

pub(super) fn block_of(at: u64) -> u64 {
    at - at % BLOCK_BYTES
}
