//! Owns a worker: its poll, its listeners, its connections and their turns.
//! Knows nothing of HTTP: it moves bytes between sockets and [`Conn`], and questions between `Conn`
//! and the library.
//!
//! Events are edges: an edge is noted on the peer and used up by its turns. A turn ends when the
//! socket is drained or full, or when its budget is spent; then the others come first and it runs
//! again without a new edge.

use std::io::{self, Read};
use std::net::{IpAddr, Shutdown};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};

use crate::conn::{CloseReason, Conn, Question, Spare};
use crate::http::body::{Body, Source};
use crate::http::date::Now;
use crate::library::catalogue::{Answer, Catalogue, Ticket};
use crate::library::pager::{Done, Job, Pager, Reply};
use crate::library::residency::BLOCK_BYTES;
use crate::limits::Limits;
use crate::net::journal::Journal;
use crate::net::slots::Slots;
use crate::net::timer::Timer;
use crate::net::transfer::{Sent, Transfer, Wish};
use crate::net::{clock, sys};
use crate::ops::access;
use crate::range::Span;
use crate::site::Site;

/// What a worker is told by others.
#[derive(Debug)]
pub enum Mail {
    /// The pager has an answer.
    Done(Done),
    /// Stop accepting, finish what is under way until that moment.
    Stop(Instant),
    /// Look at every file again.
    Rescan,
}

/// What a worker is made of.
#[derive(Debug)]
pub struct Parts {
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
    /// How spans are to leave.
    pub transfer: Wish,
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

/// The least that is offered: a reader that takes less at a time is slow anyway.
const QUANTUM_LEAST: u64 = 1 << 14;
/// What a stream has passed is given back in steps of so much.
const RELEASE_BYTES: u64 = 1 << 23;
/// As many connections as are accepted before those that are there get a turn.
const ACCEPTED_AT_ONCE: usize = 64;
/// Room for what one read brings: pipelined requests, or a body that is dropped.
const READ_BYTES: usize = 1 << 16;
/// Access log lines leave when so many bytes are there, or after this time.
const JOURNAL_BYTES: usize = 1 << 14;
const JOURNAL_DELAY: Duration = Duration::from_millis(500);

#[expect(
    clippy::struct_excessive_bools,
    reason = "edges that came, each used up on its own"
)]
struct Peer {
    stream: TcpStream,
    conn: Conn,
    is_readable: bool,
    is_writable: bool,
    /// The end of its bytes has been announced: a short read does not mean drained.
    has_hung_up: bool,
    is_shut: bool,
    runs_again: bool,
    /// The question that the library is working on.
    asked: Option<u32>,
    /// What the next offer to its socket may hold: it follows what the socket took last.
    quantum: u64,
    pages: Paging,
}

/// How a connection stands with the disk.
#[derive(Debug, Default)]
struct Paging {
    /// Its next bytes are being fetched; nothing is offered meanwhile.
    is_waiting: bool,
    /// The start of the block that was fetched ahead last.
    ahead: Option<u64>,
    /// The step of `RELEASE_BYTES` that it was in when it was last looked at.
    passed: u64,
}

struct Entrance {
    listener: TcpListener,
    /// Connections may be waiting: its edge came and was not used up.
    is_ready: bool,
}

/// One event loop.
pub struct Worker {
    poll: Poll,
    mail: Receiver<Mail>,
    reply: Reply,
    entrances: Vec<Entrance>,
    accept_again: Option<Instant>,
    connections_max: usize,
    is_crowded: bool,
    hand: usize,
    peers: Slots<Peer>,
    timer: Timer,
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
            poll: parts.poll,
            mail: parts.mail,
            reply,
            entrances,
            accept_again: None,
            connections_max: parts.connections_max.clamp(1, Slots::<Peer>::MOST),
            is_crowded: false,
            hand: 0,
            peers: Slots::new(),
            timer: Timer::new(now.steady),
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
            self.answer_the_patient();
            self.sweep();
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
            self.catalogue.overdue_at(&self.site.limits),
            self.sweep_at,
            self.lines_leave_at,
            self.accept_again,
            self.stop_at,
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
                    peer.conn.close(CloseReason::PeerGone);
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
                Mail::Done(Done::Fetched(token, span, result)) => self.fetched(token, span, result),
                Mail::Stop(at) => self.stop(at),
                Mail::Rescan => {
                    self.pager.forget_list();
                    self.catalogue.doubt_all(self.now.steady, &self.site.limits);
                }
            }
        }
    }

    fn deliver_all(&mut self, tickets: Vec<Ticket>, answer: &Answer) {
        self.watch_catalogue();
        for ticket in tickets {
            self.deliver(ticket, answer);
        }
    }

    fn deliver(&mut self, ticket: Ticket, answer: &Answer) {
        let Some(peer) = self.peers.get_mut(ticket.token) else {
            return;
        };
        if peer.asked == Some(ticket.serial) && peer.conn.serial() == ticket.serial {
            peer.asked = None;
            if peer.conn.question().is_some() {
                peer.conn.handle_answer(answer, &self.now, &mut self.spare);
            }
            self.turn(ticket.token);
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

// Coming and going.
impl Worker {
    fn accept_waiting(&mut self) {
        if self.accept_again.is_some_and(|at| self.now.steady < at) {
            return;
        }
        self.accept_again = None;
        for number in 0..self.entrances.len() {
            for _ in 0..ACCEPTED_AT_ONCE {
                let Some(door) = self.entrances.get_mut(number) else {
                    return;
                };
                if !door.is_ready {
                    break;
                }
                if self.peers.len() >= self.connections_max && !self.evict() {
                    // No edge will come for those who wait already: they are looked for again.
                    return self.accept_later();
                }
                let Some(door) = self.entrances.get_mut(number) else {
                    return;
                };
                match door.listener.accept() {
                    Ok((stream, address)) => self.admit(stream, address.ip().to_canonical()),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        door.is_ready = false;
                    }
                    Err(error) if sys::is_out_of_descriptors(&error) => {
                        if !self.evict() {
                            log::warn!("accepting pauses: {error}");
                            return self.accept_later();
                        }
                    }
                    // The peer went away while it waited.
                    Err(_) => {}
                }
            }
        }
    }

    fn accept_later(&mut self) {
        let pause = Limits::millis(self.site.limits.accept_retry_millis);
        self.accept_again = Some(self.now.steady + pause);
    }

    fn admit(&mut self, mut stream: TcpStream, address: IpAddr) {
        let conn = Conn::new(Arc::clone(&self.site), address, &self.now);
        let registry = self.poll.registry();
        let mut registered = Ok(());
        let key = self.peers.insert(|key| {
            let interest = Interest::READABLE | Interest::WRITABLE;
            registered = registry.register(&mut stream, Token(CONNECTIONS + key), interest);
            Peer {
                stream,
                conn,
                // The request is usually there already, and a new socket takes bytes.
                is_readable: true,
                is_writable: true,
                has_hung_up: false,
                is_shut: false,
                runs_again: false,
                asked: None,
                quantum: self.transfer.quantum_max(),
                pages: Paging::default(),
            }
        });
        let Some(key) = key else { return };
        if let Err(error) = registered {
            log::warn!("a connection could not be watched: {error}");
            self.peers.remove(key);
            return;
        }
        self.note_crowd();
        self.turn(key);
    }

    /// Says once that the house is nearly full, and again only after it was not.
    fn note_crowd(&mut self) {
        let (open, most) = (self.peers.len(), self.connections_max);
        if open >= most - most / 10 {
            if !std::mem::replace(&mut self.is_crowded, true) {
                log::warn!("{open} of at most {most} connections are open");
            }
        } else if open < most / 2 {
            self.is_crowded = false;
        }
    }

    /// Gives up one idle connection, so that another can be served. The search goes on where the last
    /// one ended, so that those who idle longest tend to go first and no search is long.
    fn evict(&mut self) -> bool {
        let reach = self.peers.reach();
        for step in 0..reach {
            let index = (self.hand + step) % reach;
            if let Some((key, peer)) = self.peers.at_mut(index)
                && peer.conn.is_idle()
            {
                self.hand = index + 1;
                peer.conn.close(CloseReason::Evicted);
                self.turn(key);
                return true;
            }
        }
        false
    }

    fn remove(&mut self, key: usize, reason: CloseReason) {
        let Some(mut peer) = self.peers.remove(key) else {
            return;
        };
        self.timer.forget(Slots::<Peer>::index(key));
        if reason.is_abrupt() {
            // A reset, at once: the kernel gives back what waits in the socket, and a body that
            // ended early cannot be taken for whole.
            _ = rustix::net::sockopt::set_socket_linger(&peer.stream, Some(Duration::ZERO));
        }
        _ = self.poll.registry().deregister(&mut peer.stream);
        if matches!(
            reason,
            CloseReason::FileUnreadable | CloseReason::FileRewritten
        ) {
            log::warn!("a reply ended early: {}", reason.name());
        }
        self.note_crowd();
        // A descriptor is free again: who waits at the door need not wait for the timer.
        if self.accept_again.is_some() {
            self.accept_again = Some(self.now.steady);
        }
    }

    fn tick(&mut self, index: usize) {
        if let Some((key, peer)) = self.peers.at_mut(index) {
            let is_late = peer.conn.deadline().is_some_and(|at| at <= self.now.steady);
            if is_late && peer.pages.is_waiting {
                peer.conn.close(CloseReason::DiskTimeout);
            }
            peer.conn.handle_tick(&self.now, &mut self.spare);
            self.turn(key);
        }
    }
}

// A turn.
impl Worker {
    /// Lets one connection do all that it can do now.
    fn turn(&mut self, key: usize) {
        let mut budget = u64::try_from(self.site.limits.turn_bytes_max).unwrap_or(u64::MAX);
        loop {
            let Some(peer) = self.peers.get_mut(key) else {
                return;
            };
            let has_read = peer.read(&mut self.buffer, &self.now, &mut self.spare);
            let has_asked = self.ask(key);
            let Some(peer) = self.peers.get_mut(key) else {
                return;
            };
            let sent = peer.send(&self.transfer, &mut budget, &self.now, &mut self.spare);
            if let Some((source, span)) = sent.cold {
                self.fetch(key, source, span);
            }
            if sent.in_part {
                self.look_around(key);
            }
            self.take_records(key);

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
        self.watch(key);
    }

    /// Asks the library what the connection wants to know; the answer may be there at once.
    fn ask(&mut self, key: usize) -> bool {
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
            Question::Listing => self.catalogue.list(ticket, self.now.steady, door),
        };
        match answer {
            Some(answer) => peer.conn.handle_answer(&answer, &self.now, &mut self.spare),
            None => peer.asked = Some(serial),
        }
        true
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

    fn watch_catalogue(&mut self) {
        if self.sweep_at.is_none() {
            self.sweep_at = Some(self.now.steady + Limits::secs(self.site.limits.unused_secs_max));
        }
    }

    fn sweep(&mut self) {
        if self.sweep_at.is_some_and(|at| self.now.steady >= at) {
            self.sweep_at = None;
            if self.catalogue.sweep(self.now.steady, &self.site.limits) {
                self.watch_catalogue();
            }
        }
    }

    fn answer_the_patient(&mut self) {
        for (tickets, answer) in self.catalogue.overdue(self.now.steady, &self.site.limits) {
            self.deliver_all(tickets, &answer);
        }
    }

    /// A span is in memory, or will not be.
    fn fetched(&mut self, token: usize, span: Span, result: io::Result<()>) {
        let Some(peer) = self.peers.get_mut(token) else {
            return;
        };
        // What was fetched ahead and failed is found out again by who needs it.
        if !std::mem::take(&mut peer.pages.is_waiting) {
            return;
        }
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
    fn fetch(&mut self, key: usize, source: Arc<dyn Source>, span: Span) {
        let reply = Arc::clone(&self.reply);
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        peer.pages.is_waiting = true;
        if peer
            .pages
            .ahead
            .is_some_and(|block| block == block_of(span.start()))
        {
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
    fn look_around(&mut self, key: usize) {
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

    fn take_records(&mut self, key: usize) {
        let Some((_, format)) = &self.journal else {
            return;
        };
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        while let Some(record) = peer.conn.poll_record(&self.now) {
            record.write(*format, &mut self.lines);
            self.lines_leave_at
                .get_or_insert(self.now.steady + JOURNAL_DELAY);
        }
        peer.conn.settle(&self.now, &mut self.spare);
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

impl Peer {
    /// Reads once, if there may be something and the connection wants it.
    fn read(&mut self, buffer: &mut [u8], now: &Now, spare: &mut Spare) -> bool {
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
            Err(_) => self.conn.close(CloseReason::PeerGone),
        }
        true
    }

    /// Sends until all is sent, the socket is full, the disk is needed, or the budget is spent.
    fn send(
        &mut self,
        transfer: &Transfer,
        budget: &mut u64,
        now: &Now,
        spare: &mut Spare,
    ) -> Progress {
        let mut progress = Progress::default();
        while self.is_writable && !self.pages.is_waiting && *budget > 0 {
            let Some(body) = self.conn.body() else { break };
            // A short rest goes with it: it is not worth a call, nor a packet, of its own.
            let quantum = match body.left() {
                left if left <= self.quantum + self.quantum / 4 => left,
                _ => self.quantum,
            };
            let taken = match transfer.send(&self.stream, body, quantum, now.unix_secs) {
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
                progress.any = true;
                self.conn.handle_sent(taken, now, spare);
            }
        }
        progress.in_part = progress.any && self.conn.body().is_some();
        progress
    }
}

/// What sending came to.
#[derive(Default)]
struct Progress {
    /// Something has changed.
    any: bool,
    /// A reply has begun to leave and has not left whole.
    in_part: bool,
    /// These bytes must be fetched first.
    cold: Option<(Arc<dyn Source>, Span)>,
}

fn block_of(at: u64) -> u64 {
    at - at % BLOCK_BYTES
}
