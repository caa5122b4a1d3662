//! Owns the loop's questions to the library and the pager, and the way of their answers back.
//! Knows nothing of disks.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use super::Worker;
use super::peer::block_of;
use crate::conn::{CloseReason, Question};
use crate::http::body::{Body, Source};
use crate::library::catalogue::{Answer, Ticket};
use crate::library::entry::Entry;
use crate::library::make::Want;
use crate::library::name::Name;
use crate::library::packages::{Found, Made};
use crate::library::pager::{Job, Pager, Reply};
use crate::library::residency::BLOCK_BYTES;
use crate::library::root::Missing;
use crate::limits::Limits;
use crate::range::Span;

/// What a stream has passed is given back in steps of so much.
const RELEASE_BYTES: u64 = 1 << 23;
impl Worker {
    /// Asks the library what the connection wants to know; the answer may be there at once.
    pub(super) fn ask(&mut self, key: usize) -> bool {
        let Some(peer) = self.peers.get_mut(key) else {
            return false;
        };
        let serial = peer.conn.serial();
        if peer.asked == Some(serial) {
            return false;
        }
        let Some(question) = peer.conn.question() else {
            return false;
        };
        let ticket = Ticket { token: key, serial };
        let door = (&self.pager, &self.reply, &self.site.limits);
        let at = (self.now.steady, self.now.unix_secs);
        let answer = match question {
            Question::File(name) => self.catalogue.find(name, ticket, at, door),
            Question::Subtitle(entry) => match entry.translated() {
                Some(made) => Some(Answer::Subtitle(Arc::clone(entry), made)),
                None => {
                    let job = Job::Translate {
                        entry: Arc::clone(entry),
                        ticket,
                        reply: Arc::clone(&self.reply),
                    };
                    let refused = self.pager.ask(job).err();
                    refused.map(|_| Answer::Missing(Missing::Busy))
                }
            },
            Question::Package(entry, name) => {
                find_made(entry, name, Want::Package, ticket, at, door)
            }
            Question::Faststart(entry, name) => {
                find_made(entry, name, Want::Faststart, ticket, at, door)
            }
            Question::Text(entry, name, package, resource) => {
                let want = Want::Text(Arc::clone(package), resource.into());
                find_made(entry, name, want, ticket, at, door)
            }
            Question::Listing => self.catalogue.list(ticket, at, door),
        };
        match answer {
            Some(answer) => {
                peer.conn.handle_answer(&answer, &self.now, &mut self.spare);
                self.look_ahead(key, &answer);
            }
            None => peer.asked = Some(serial),
        }
        true
    }

    /// Where a segment ends the next one begins: its pages are fetched before it is asked for.
    fn look_ahead(&mut self, key: usize, answer: &Answer) {
        let (Answer::Made(Made::Package(_)), Some(peer)) = (answer, self.peers.get_mut(key)) else {
            return;
        };
        let Some((source, sent)) = peer.conn.body().and_then(Body::back_slice) else {
            return;
        };
        let end = block_of(sent.end()) + 2 * BLOCK_BYTES;
        let end = end.min(source.promised_len());
        if let (None, Some(next)) = (peer.pages.ahead, Span::new(sent.end(), end))
            && !source.is_resident(next, self.now.unix_secs)
        {
            let job = Job::Fetch {
                source: Arc::clone(source),
                span: next,
                token: key,
                is_ahead: true,
                reply: Arc::clone(&self.reply),
            };
            if self.pager.ask(job).is_ok() {
                peer.pages.ahead = Some(block_of(next.start()));
            }
        }
    }

    pub(super) fn deliver_all(&mut self, tickets: Vec<Ticket>, answer: &Answer) {
        self.watch_catalogue();
        for ticket in tickets {
            self.deliver(ticket, answer);
        }
    }

    pub(super) fn deliver(&mut self, ticket: Ticket, answer: &Answer) {
        let Some(peer) = self.peers.get_mut(ticket.token) else {
            return;
        };
        if peer.asked == Some(ticket.serial) && peer.conn.serial() == ticket.serial {
            peer.asked = None;
            if peer.conn.question().is_some() {
                peer.conn.handle_answer(answer, &self.now, &mut self.spare);
            }
            self.look_ahead(ticket.token, answer);
            self.turn(ticket.token);
        }
    }

    pub(super) fn watch_catalogue(&mut self) {
        if self.sweep_at.is_none() {
            self.sweep_at = Some(self.now.steady + Limits::secs(self.site.limits.unused_secs_max));
        }
    }

    pub(super) fn sweep(&mut self) {
        if self.sweep_at.is_some_and(|at| self.now.steady >= at) {
            self.sweep_at = None;
            let (now, limits) = (self.now.steady, &self.site.limits);
            let keep = Limits::secs(limits.unused_secs_max);
            let has_made = self.pager.packages().sweep(now, keep);
            if self.catalogue.sweep(now, limits) || has_made {
                self.watch_catalogue();
            }
        }
    }

    pub(super) fn answer_the_patient(&mut self) {
        for (tickets, answer) in self.catalogue.overdue(self.now.steady, &self.site.limits) {
            self.deliver_all(tickets, &answer);
        }
    }

    /// A span is in memory, or will not be.
    pub(super) fn fetched(&mut self, token: usize, span: Span, result: io::Result<()>) {
        let Some(peer) = self.peers.get_mut(token) else {
            return;
        };
        let block = Some(block_of(span.start()));
        if peer.pages.ahead == block {
            peer.pages.ahead = None;
        }
        // What was fetched ahead and failed is found out again by who needs it.
        if peer.pages.awaited != block {
            return;
        }
        peer.pages.awaited = None;
        if let (Err(error), Some((source, _))) = (result, peer.conn.body().and_then(Body::front_slice))
            // A file that was cut meanwhile is clipped by the next offer; any other cannot be read.
            && source.state().is_ok_and(|state| state.len >= span.end())
        {
            log::warn!("a file cannot be read: {error}");
            peer.conn.close(CloseReason::FileUnreadable);
        }
        self.turn(token);
    }

    /// Has a span fetched that the connection cannot go on without.
    pub(super) fn fetch(&mut self, key: usize, source: Arc<dyn Source>, span: Span) {
        let reply = Arc::clone(&self.reply);
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        self.counters.page_ins.add(1);
        peer.pages.awaited = Some(block_of(span.start()));
        if peer.pages.ahead == peer.pages.awaited {
            return; // it is on its way already
        }
        let job = Job::Fetch {
            source,
            span,
            token: key,
            is_ahead: false,
            reply,
        };
        if self.pager.ask(job).is_err() {
            peer.conn.close(CloseReason::DiskBusy);
        }
    }

    /// Has the block behind the one that is being sent fetched ahead, and gives back what was passed.
    pub(super) fn look_around(&mut self, key: usize) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let Some((source, span)) = peer.conn.body().and_then(Body::front_slice) else {
            return;
        };
        let next = block_of(span.start()) + BLOCK_BYTES;
        if peer.pages.ahead != Some(next)
            && let Some(ahead) = Span::new(next, span.end().min(next + BLOCK_BYTES))
        {
            peer.pages.ahead = None;
            if !source.is_resident(ahead, self.now.unix_secs) {
                let (source, reply) = (Arc::clone(source), Arc::clone(&self.reply));
                let job = Job::Fetch {
                    source,
                    span: ahead,
                    token: key,
                    is_ahead: true,
                    reply,
                };
                if self.pager.ask(job).is_ok() {
                    peer.pages.ahead = Some(next);
                }
            }
        }
        // A stream that has passed another step gives the last one back; a seek gives nothing back. Two
        // hold the source, the catalogue and this reply: with more, others are watching as well.
        let passed = span.start() - span.start() % RELEASE_BYTES;
        let from = std::mem::replace(&mut peer.pages.passed, passed);
        if let (Some(behind), ..=2) = (Span::new(from, passed), Arc::strong_count(source))
            && behind.len() == RELEASE_BYTES
        {
            source.release(behind);
        }
    }
}

/// What was made of a title, at once where it is kept; else it is made for all who ask meanwhile.
fn find_made(
    entry: &Arc<Entry>,
    name: Name<'_>,
    want: Want,
    ticket: Ticket,
    at: (Instant, u64),
    (pager, reply, _): (&Pager, &Reply, &Limits),
) -> Option<Answer> {
    // While it is being written nothing is read of it: what was read would be wrong a moment later.
    if entry.identity.is_settling(at.1) || !entry.is_settled() {
        return Some(Answer::Missing(Missing::Settling));
    }
    let key = want.key(entry.identity, name.as_bytes());
    match pager.packages().find(&key, at.0, (ticket, reply)) {
        Found::Here(made) => return Some(Answer::Made(made)),
        Found::Waits => {}
        Found::Begins => pager.make(Job::Make {
            entry: Arc::clone(entry),
            name: name.as_bytes().into(),
            want,
            at,
        }),
    }
    None
}
