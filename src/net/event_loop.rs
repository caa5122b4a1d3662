//! Owns a worker: its poll, its listeners, its connections and their turns.
//! Knows nothing of HTTP: it moves bytes between sockets and `Conn` (`peer`), questions between
//! `Conn` and the library (`disk`), and connections in and out (`door`).
//!
//! Events are edges: an edge is noted on the peer and used up by its turns. A turn ends when the
//! socket is drained or full, or when its budget is spent; then the others come first and it runs
//! again without a new edge.

use std::io;
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token, Waker};

use crate::conn::{CloseReason, Spare};
use crate::http::date::Now;
use crate::library::catalogue::Catalogue;
use crate::library::pager::{Done, Pager, Reply};
use crate::net::clock;
use crate::net::crowd::Crowd;
use crate::net::journal::Journal;
use crate::net::pace::Pace;
use crate::net::slots::Slots;
use crate::net::timer::Timer;
use crate::net::transfer::{Transfer, Wish, reason_of};
use crate::ops::access;
use crate::ops::metrics::Counters;
use crate::site::Site;

mod disk;
mod door;
mod live;
mod peer;

use door::Entrance;
use peer::Peer;

/// What a worker is told by others.
#[derive(Debug)]
pub enum Mail {
    /// The pager has an answer.
    Done(Done),
    /// Stop accepting, finish what is under way until that moment.
    Stop(Instant),
    /// Look at every file again.
    Rescan,
    /// Say that the loop turns, by adding one.
    RollCall(Arc<AtomicUsize>),
}

/// What a worker is made of.
#[derive(Debug)]
pub struct Parts {
    /// Which worker it is.
    pub number: usize,
    /// Its own poll, already able to be woken.
    pub poll: Poll,
    /// What others tell it.
    pub mail: Receiver<Mail>,
    /// Its share of the listeners.
    pub listeners: Vec<std::net::TcpListener>,
    /// What the owner decided.
    pub site: Arc<Site>,
    /// The door to the disk.
    pub pager: Pager,
    /// Where the access log goes, in which format.
    pub journal: Option<(Journal, access::Format)>,
    /// How many connections it may hold.
    pub connections_max: usize,
    /// How many each address has, where that has a bound.
    pub crowd: Option<Arc<Crowd>>,
    /// How spans are to leave.
    pub transfer: Wish,
    /// How fast they may, where that is bounded.
    pub pace: Option<Pace>,
}

/// A waker's token; listeners and connections follow it.
const WAKE: Token = Token(0);
const LISTENERS: usize = 1;
const CONNECTIONS: usize = 256;

/// Makes a poll that others can wake.
pub fn poll() -> io::Result<(Poll, Arc<Waker>)> {
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
    Ok((poll, waker))
}

/// Room for what one read brings: pipelined requests, or a body that is dropped.
const READ_BYTES: usize = 1 << 16;
/// Access log lines leave when so many bytes are there, or after this time.
const JOURNAL_BYTES: usize = 1 << 14;
const JOURNAL_DELAY: Duration = Duration::from_millis(500);

/// One event loop.
pub struct Worker {
    number: usize,
    counters: Arc<Counters>,
    poll: Poll,
    mail: Receiver<Mail>,
    reply: Reply,
    entrances: Vec<Entrance>,
    accept_again: Option<Instant>,
    connections_max: usize,
    crowd: Option<Arc<Crowd>>,
    is_crowded: bool,
    /// The most that were there at once since it was empty.
    at_once: usize,
    hand: usize,
    peers: Slots<Peer>,
    timer: Timer,
    /// When those who are held back go on.
    held: Timer,
    pace: Option<Pace>,
    again: Vec<usize>,
    site: Arc<Site>,
    catalogue: Catalogue,
    sweep_at: Option<Instant>,
    pager: Pager,
    spare: Spare,
    transfer: Transfer,
    now: Now,
    buffer: Box<[u8]>,
    journal: Option<(Journal, access::Format)>,
    lines: String,
    lines_leave_at: Option<Instant>,
    stop_at: Option<Instant>,
    /// When those who watch are told next, and were last; who was told just now.
    show_at: Option<Instant>,
    shown_at: Option<Instant>,
    told: Vec<usize>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker")
            .field("connections", &self.peers.len())
            .finish()
    }
}

impl Worker {
    /// Takes up its listeners. `reply` is how the pager's answers come back as [`Mail`].
    pub fn new(parts: Parts, reply: Reply) -> io::Result<Self> {
        let now = clock::now();
        let limits = &parts.site.limits;
        let transfer = Transfer::open(
            parts.transfer,
            limits.copied_bytes_max,
            limits.quantum_bytes_max,
        )?;
        log::info!("spans leave by {}", transfer.name());
        let mut entrances = Vec::with_capacity(parts.listeners.len());
        for (number, listener) in parts.listeners.into_iter().enumerate() {
            let mut listener = TcpListener::from_std(listener);
            let token = Token(LISTENERS + number);
            parts
                .poll
                .registry()
                .register(&mut listener, token, Interest::READABLE)?;
            entrances.push(Entrance {
                listener,
                is_ready: false,
            });
        }
        Ok(Self {
            number: parts.number,
            counters: parts.site.metrics.of_worker(parts.number),
            poll: parts.poll,
            mail: parts.mail,
            reply,
            entrances,
            accept_again: None,
            connections_max: parts.connections_max.clamp(1, Slots::<Peer>::MOST),
            crowd: parts.crowd,
            is_crowded: false,
            at_once: 0,
            hand: 0,
            peers: Slots::new(),
            timer: Timer::new(now.steady),
            held: Timer::fine(now.steady),
            pace: parts.pace,
            again: Vec::new(),
            site: parts.site,
            catalogue: Catalogue::new(),
            sweep_at: None,
            pager: parts.pager,
            spare: Spare::default(),
            transfer,
            now,
            buffer: vec![0; READ_BYTES].into(),
            journal: parts.journal,
            lines: String::new(),
            lines_leave_at: None,
            stop_at: None,
            show_at: None,
            shown_at: None,
            told: Vec::new(),
        })
    }

    /// Runs until it is stopped and its last connection has ended.
    pub fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(256);
        let mut due = Vec::new();
        while !self.is_over() {
            match self.poll.poll(&mut events, self.patience()) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            clock::refresh(&mut self.now);

            let again = std::mem::take(&mut self.again);
            for event in &events {
                self.handle(event);
            }
            for key in again {
                if let Some(peer) = self.peers.get_mut(key) {
                    peer.runs_again = false;
                    self.turn(key);
                }
            }
            self.accept_waiting();

            self.timer.turn(self.now.steady, &mut due);
            for index in due.drain(..) {
                self.tick(index);
            }
            self.held.turn(self.now.steady, &mut due);
            for index in due.drain(..) {
                if let Some((key, _)) = self.peers.at_mut(index) {
                    self.turn(key);
                }
            }
            self.answer_the_patient();
            self.sweep();
            self.show();
            self.write_journal(false);
        }
        self.write_journal(true);
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.stop_at
            .is_some_and(|at| self.peers.is_empty() || self.now.steady >= at)
    }

    /// How long there is nothing to do.
    fn patience(&self) -> Option<Duration> {
        let has_work = !self.again.is_empty()
            || (self.accept_again.is_none() && self.entrances.iter().any(|door| door.is_ready));
        if has_work {
            return Some(Duration::ZERO);
        }
        let moments = [
            self.timer.next(),
            self.held.next(),
            self.catalogue.overdue_at(&self.site.limits),
            self.sweep_at,
            self.lines_leave_at,
            self.accept_again,
            self.stop_at,
            self.show_at,
        ];
        let next = moments.into_iter().flatten().min()?;
        // Rounded up: waking a little early would find nothing to do and wake again.
        Some(next.saturating_duration_since(self.now.steady) + Duration::from_millis(1))
    }

    fn handle(&mut self, event: &Event) {
        match event.token() {
            WAKE => self.read_mail(),
            Token(token) if token < CONNECTIONS => {
                if let Some(door) = self.entrances.get_mut(token - LISTENERS) {
                    door.is_ready = true;
                }
            }
            Token(token) => {
                let key = token - CONNECTIONS;
                let Some(peer) = self.peers.get_mut(key) else {
                    return;
                };
                peer.is_readable |= event.is_readable();
                peer.is_writable |= event.is_writable();
                peer.has_hung_up |= event.is_read_closed();
                if event.is_error() || event.is_write_closed() {
                    let error = peer.stream.take_error().ok().flatten();
                    let reason = error.map_or(CloseReason::PeerGone, |error| reason_of(&error));
                    peer.conn.close(reason);
                }
                self.turn(key);
            }
        }
    }

    fn read_mail(&mut self) {
        while let Ok(mail) = self.mail.try_recv() {
            match mail {
                Mail::Done(Done::Found(name, found)) => {
                    let (now, limits) = (self.now.steady, &self.site.limits);
                    let (tickets, answer) = self.catalogue.settle_found(name, found, now, limits);
                    self.deliver_all(tickets, &answer);
                }
                Mail::Done(Done::Listed(listed)) => {
                    let (tickets, answer) = self.catalogue.settle_listed(listed, self.now.steady);
                    self.deliver_all(tickets, &answer);
                }
                Mail::Done(Done::Answered(ticket, answer)) => self.deliver(ticket, &answer),
                Mail::Done(Done::Fetched(token, span, result)) => self.fetched(token, span, result),
                Mail::Stop(at) => self.stop(at),
                Mail::Rescan => {
                    self.pager.forget_list();
                    self.catalogue.doubt_all(self.now.steady, &self.site.limits);
                }
                Mail::RollCall(present) => _ = present.fetch_add(1, Ordering::Release),
            }
        }
    }

    fn stop(&mut self, at: Instant) {
        self.stop_at = Some(at);
        self.accept_again = None;
        for mut door in std::mem::take(&mut self.entrances) {
            _ = self.poll.registry().deregister(&mut door.listener);
        }
        for index in 0..self.peers.reach() {
            if let Some((key, peer)) = self.peers.at_mut(index) {
                peer.conn.handle_stop(&self.now, &mut self.spare);
                self.turn(key);
            }
        }
    }
}

// A turn.
impl Worker {
    /// Lets one connection do all that it can do now.
    fn turn(&mut self, key: usize) {
        let mut has_sent = false;
        let mut budget = u64::try_from(self.site.limits.turn_bytes_max).unwrap_or(u64::MAX);
        loop {
            let Some(peer) = self.peers.get_mut(key) else {
                return;
            };
            let has_read = peer.read(&mut self.buffer, &mut budget, &self.now, &mut self.spare);
            // All that was pipelined is answered first, as far as that goes at once: replies leave together.
            let mut has_asked = false;
            while self.ask(key) {
                has_asked = true;
            }
            let Some(peer) = self.peers.get_mut(key) else {
                return;
            };
            let sent = peer.send(&mut self.transfer, &mut budget, &self.now, &mut self.spare);
            if let Some((source, span)) = sent.cold {
                self.fetch(key, source, span);
            }
            if let Some(at) = sent.held {
                self.held.watch(Slots::<Peer>::index(key), at);
            }
            if sent.in_part {
                self.look_around(key);
            }
            self.counters.sent_bytes.add(sent.bytes);
            has_sent |= sent.bytes > 0;
            self.take_ended(key);

            let Some(peer) = self.peers.get_mut(key) else {
                return;
            };
            if let Some(reason) = peer.conn.close_reason() {
                return self.remove(key, reason);
            }
            if peer.conn.is_lingering() && !std::mem::replace(&mut peer.is_shut, true) {
                _ = peer.stream.shutdown(Shutdown::Write);
            }
            if budget == 0 {
                if !std::mem::replace(&mut peer.runs_again, true) {
                    self.again.push(key);
                }
                break;
            }
            if !has_read && !has_asked && !sent.any {
                break;
            }
        }
        if let Some(peer) = self.peers.get_mut(key) {
            peer.count_phase(&self.counters, has_sent, self.now.steady);
        }
        self.watch(key);
    }

    /// Sees to it that the timer looks at the connection no later than its deadline. A deadline that
    /// moved further away costs nothing: the timer looks in vain, and again.
    fn watch(&mut self, key: usize) {
        let index = Slots::<Peer>::index(key);
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let Some(deadline) = peer.conn.deadline() else {
            return;
        };
        if self
            .timer
            .watched_until(index)
            .is_none_or(|at| deadline < at)
        {
            self.timer.watch(index, deadline);
        }
    }

    fn tick(&mut self, index: usize) {
        if let Some((key, peer)) = self.peers.at_mut(index) {
            if !peer.is_late(self.now.steady) {
                return self.watch(key);
            }
            // After a pause of the whole process more edges may be waiting than one look at the poll
            // brings: so the socket itself is asked before its peer is called slow.
            (peer.is_readable, peer.is_writable) = (true, true);
            self.turn(key);
            let Some(peer) = self.peers.get_mut(key) else {
                return;
            };
            if !peer.is_late(self.now.steady) {
                return;
            }
            if peer.pages.awaited.is_some() {
                peer.conn.close(CloseReason::DiskTimeout);
            }
            if peer.is_held {
                peer.conn.handle_held(&self.now);
            }
            peer.conn.handle_tick(&self.now, &mut self.spare);
            self.turn(key);
        }
    }

    /// Counts and logs the replies that have ended.
    fn take_ended(&mut self, key: usize) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let mut any = false;
        while let Some(ended) = peer.conn.poll_ended(&self.now) {
            any = true;
            self.counters
                .replied(ended.replied.status.code(), ended.took);
            if ended.replied.is_segment {
                self.counters.segments.add(1);
            }
            if let Some(why) = ended.replied.why {
                self.counters.refusals.add(why);
            }
            if let Some(id) = ended.seen_as {
                self.site.live.sent(id, ended.bytes);
            }
            if let (Some(record), Some((_, format))) = (ended.record, &self.journal) {
                record.write(*format, &mut self.lines);
                self.lines_leave_at
                    .get_or_insert(self.now.steady + JOURNAL_DELAY);
            }
        }
        if any {
            peer.conn.settle(&self.now, &mut self.spare);
        }
    }

    fn write_journal(&mut self, at_once: bool) {
        let is_due = self.lines_leave_at.is_some_and(|at| self.now.steady >= at);
        if at_once || is_due || self.lines.len() >= JOURNAL_BYTES {
            self.lines_leave_at = None;
            if let (Some((journal, _)), false) = (&self.journal, self.lines.is_empty()) {
                journal.write(std::mem::take(&mut self.lines));
            }
        }
    }
}
