//! Owns the order of events: it plays the event loop, the socket, the disk and the clock, and looks at
//! the invariants after every step.
//! Knows nothing of what replies should say: `judge.rs` does.

use std::collections::VecDeque;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use reeld::conn::{CloseReason, Conn, Spare};
use reeld::http::body::{Body, Part};
use reeld::http::date::Now;
use reeld::library::catalogue::Answer;
use reeld::library::root::Missing;
use reeld::net::clock;
use reeld::ops::access::Record;

use crate::library::Library;
use crate::rng::Rng;
use crate::script::Script;
use crate::wire;

/// What may happen besides bytes that come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    /// Everything at once: as much as it takes, all that it sends, answers without delay.
    Still,
    /// Any cut, any short write, answers that come later; time only creeps.
    Calm,
    /// All that, and clocks that jump, stops, resets and a disk that fails.
    Storm,
}

/// What became of one connection.
pub(crate) struct Ran {
    pub(crate) sent: Vec<u8>,
    pub(crate) reason: CloseReason,
    pub(crate) records: Vec<Record>,
    pub(crate) is_logged: bool,
    /// What happened last, for whoever has to find out why.
    story: VecDeque<String>,
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\nended: {:?}; the last steps:", self.reason)?;
        self.story
            .iter()
            .try_for_each(|step| write!(f, "\n  {step}"))
    }
}

/// More steps than any script needs.
const STEPS_MAX: usize = 100_000;
const STORY_STEPS: usize = 40;
/// What a connection may take at once while it drops bytes.
const DROPPED_AT_ONCE: usize = 1 << 16;
/// What the chunks of one body may take besides their bytes.
const FRAMING_BYTES_MAX: usize = 1 << 16;
/// 6 Nov 1994 and after: files that are newer than that are dated by the moment.
const WALL_SECS: u64 = 784_111_777;

pub(crate) struct Drive<'a> {
    script: &'a Script,
    library: &'a Library,
    spare: Spare,
}

impl<'a> Drive<'a> {
    pub(crate) fn new(script: &'a Script, library: &'a Library) -> Self {
        Self {
            script,
            library,
            spare: Spare::default(),
        }
    }

    /// Runs the script over one connection until it is closed.
    pub(crate) fn run(&mut self, weather: Weather, rng: &mut Rng) -> Result<Ran, String> {
        let steady = clock::now().steady;
        let now = Now::new(steady, wall(WALL_SECS));
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut turn = Turn {
            conn: Conn::new(Arc::clone(&self.script.site), peer, &now),
            rng,
            weather,
            script: self.script,
            library: self.library,
            spare: &mut self.spare,
            now,
            wall_secs: WALL_SECS,
            fed: 0,
            is_ended: false,
            is_stopping: false,
            asked: None,
            sent: Vec::new(),
            ever_queued: 0,
            fed_in_vain: 0,
            records: Vec::new(),
            story: VecDeque::new(),
        };
        for _ in 0..STEPS_MAX {
            let stepped = turn.step().and_then(|()| turn.check());
            if let Err(why) = stepped {
                return Err(format!("{why}{}", turn.tell()));
            }
            if turn.conn.close_reason().is_some() {
                turn.closed()?;
                return Ok(turn.tell());
            }
        }
        Err(format!("it does not end{}", turn.tell()))
    }
}

fn wall(unix_secs: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(unix_secs)
}

struct Turn<'a> {
    conn: Conn,
    rng: &'a mut Rng,
    weather: Weather,
    script: &'a Script,
    library: &'a Library,
    spare: &'a mut Spare,
    now: Now,
    wall_secs: u64,
    /// How much of the script has been handed over.
    fed: usize,
    is_ended: bool,
    is_stopping: bool,
    /// A question under way, by its serial.
    asked: Option<(u32, Answer)>,
    sent: Vec<u8>,
    /// Bytes sent and bytes that wait to be.
    ever_queued: u64,
    /// Bytes that came since the last reply was queued.
    fed_in_vain: usize,
    records: Vec<Record>,
    story: VecDeque<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Feed,
    End,
    Send,
    Answer,
    Tick,
    Jump,
    Stop,
    Reset,
}

impl Turn<'_> {
    fn step(&mut self) -> Result<(), String> {
        self.note_question();
        let event = self.choose()?;
        match event {
            Event::Feed => self.feed(),
            Event::End => {
                self.is_ended = true;
                self.note("the peer ends");
                self.conn.handle_end(&self.now, self.spare);
            }
            Event::Send => return self.send(),
            Event::Answer => self.answer(),
            Event::Tick => return self.tick(),
            Event::Jump => self.jump(),
            Event::Stop => {
                self.is_stopping = true;
                self.note("stop");
                self.conn.handle_stop(&self.now, self.spare);
            }
            Event::Reset => {
                let reason = if self.conn.is_idle() {
                    CloseReason::Evicted
                } else {
                    self.rng
                        .pick(&[CloseReason::PeerGone, CloseReason::FileShrank])
                };
                self.note("closed from outside");
                self.conn.close(reason);
            }
        }
        if self.weather != Weather::Storm || self.rng.once_in(2) {
            self.take_records();
        }
        Ok(())
    }

    /// What may happen now, one of it.
    fn choose(&mut self) -> Result<Event, String> {
        let wants_bytes = self.conn.appetite() > 0 && !self.is_ended;
        let has_bytes = self.fed < self.script.bytes.len();
        let mut likely = Vec::with_capacity(8);
        if wants_bytes {
            likely.push(if has_bytes { Event::Feed } else { Event::End });
        }
        if self.conn.body().is_some() {
            likely.push(Event::Send);
        }
        if self.asked.is_some() {
            likely.push(Event::Answer);
        }
        match self.weather {
            Weather::Still => {}
            Weather::Calm if self.rng.once_in(8) => return Ok(Event::Tick),
            Weather::Calm => {}
            Weather::Storm => {
                let storm = match self.rng.below(400) {
                    0..10 => Some(Event::Tick),
                    10..16 => Some(Event::Jump),
                    16 if wants_bytes => Some(Event::End),
                    17 if !self.is_stopping => Some(Event::Stop),
                    18 if self.rng.once_in(4) => Some(Event::Reset),
                    _ => None,
                };
                if let Some(event) = storm {
                    return Ok(event);
                }
            }
        }
        match (likely.is_empty(), self.weather) {
            (false, Weather::Still) => Ok(likely[0]),
            (false, _) => Ok(self.rng.pick(&likely)),
            // Only time can help; in calm weather nothing may ever depend on it.
            (true, Weather::Storm) => Ok(self.rng.pick(&[Event::Jump, Event::Tick])),
            (true, _) => Err("it waits for nothing".to_owned()),
        }
    }

    fn feed(&mut self) {
        let left = &self.script.bytes[self.fed..];
        let most = self.conn.appetite().min(left.len());
        let count = self.some_of(most);
        let came = &left[..count];
        self.note(format!("{count} bytes come: {}", excerpt(came)));
        if !self.conn.is_lingering() {
            self.fed_in_vain += count;
        }
        self.conn.handle_bytes(came, &self.now, self.spare);
        self.fed += count;
    }

    /// All of it where nothing is cut; else a little, much, or all.
    fn some_of(&mut self, most: usize) -> usize {
        if self.weather == Weather::Still {
            return most;
        }
        match self.rng.below(4) {
            0 => self.rng.between(1, most.min(8)),
            1 => self.rng.between(1, most.min(200)),
            2 => self.rng.between(1, most),
            _ => most,
        }
    }

    fn send(&mut self) -> Result<(), String> {
        let Some(body) = self.conn.body() else {
            return Err("a body that was there is gone".to_owned());
        };
        let left = usize::try_from(body.left()).unwrap();
        let count = self.some_of(left);
        let Some(body) = self.conn.body() else {
            return Err("looking at a body changed it".to_owned());
        };
        let from = self.sent.len();
        gather(body, count, self.library, &mut self.sent)?;
        if self.sent.len() - from != count {
            return Err(format!("{left} bytes were promised, its parts hold less"));
        }
        self.note(format!("{count} of {left} bytes go"));
        self.conn
            .handle_sent(u64::try_from(count).unwrap(), &self.now, self.spare);
        if self.weather != Weather::Storm || self.rng.once_in(2) {
            self.take_records();
        }
        Ok(())
    }

    /// A question is asked once, as the event loop does it.
    fn note_question(&mut self) {
        let serial = self.conn.serial();
        if self
            .asked
            .as_ref()
            .is_some_and(|(known, _)| *known == serial)
        {
            return;
        }
        if let Some(question) = self.conn.question() {
            let answer = self.library.answer(question);
            self.asked = Some((serial, answer));
        }
    }

    fn answer(&mut self) {
        let Some((serial, answer)) = self.asked.take() else {
            return;
        };
        if serial != self.conn.serial() || self.conn.question().is_none() {
            self.note("an answer that nobody waits for");
            return;
        }
        let answer = if self.weather == Weather::Storm && self.rng.once_in(16) {
            let all = [Missing::Forbidden, Missing::Unreadable, Missing::Busy];
            Answer::Missing(self.rng.pick(&all))
        } else {
            answer
        };
        self.note("the answer");
        self.conn.handle_answer(&answer, &self.now, self.spare);
    }

    fn tick(&mut self) -> Result<(), String> {
        if self.weather == Weather::Calm {
            let steady = self.now.steady + Duration::from_micros(100);
            self.now = Now::new(steady, wall(self.wall_secs));
        }
        self.note("tick");
        self.conn.handle_tick(&self.now, self.spare);
        let is_due = |deadline: Instant| deadline <= self.now.steady;
        if self.conn.deadline().is_some_and(is_due) {
            return Err("its deadline passed, and a tick changed nothing".to_owned());
        }
        Ok(())
    }

    /// The steady clock goes on by any amount, the wall clock anywhere.
    fn jump(&mut self) {
        let until = self.conn.deadline().unwrap_or(self.now.steady);
        let until = until.saturating_duration_since(self.now.steady);
        let jump = match self.rng.below(5) {
            0 => Duration::from_millis(1),
            1 => until.saturating_sub(Duration::from_nanos(1)),
            2 => until,
            3 => Duration::from_secs(1),
            _ => Duration::from_secs(3_600),
        };
        self.wall_secs = match self.rng.below(4) {
            0 => self.wall_secs.saturating_sub(1_000),
            1 => self.rng.pick(&[0, 1, WALL_SECS, 4_102_444_800, 1 << 40]),
            _ => self.wall_secs.saturating_add(jump.as_secs()),
        };
        self.now = Now::new(self.now.steady + jump, wall(self.wall_secs));
        self.note(format!("{jump:?} go by, the wall says {}", self.wall_secs));
    }

    fn take_records(&mut self) {
        while let Some(ended) = self.conn.poll_ended(&self.now) {
            self.records.extend(ended.record.map(|record| *record));
        }
        self.conn.settle(&self.now, self.spare);
    }

    fn note(&mut self, step: impl Into<String>) {
        if self.story.len() == STORY_STEPS {
            self.story.pop_front();
        }
        self.story.push_back(step.into());
    }

    fn tell(&mut self) -> Ran {
        Ran {
            sent: std::mem::take(&mut self.sent),
            reason: self.conn.close_reason().unwrap_or(CloseReason::Done),
            records: std::mem::take(&mut self.records),
            is_logged: self.script.site.is_logged,
            story: std::mem::take(&mut self.story),
        }
    }
}

// What is true after every step.
impl Turn<'_> {
    fn check(&mut self) -> Result<(), String> {
        let limits = &self.script.site.limits;
        let conn = &self.conn;
        let is_closed = conn.close_reason().is_some();
        let appetite_max = (limits.head_bytes_max * 2).max(DROPPED_AT_ONCE);

        if conn.appetite() > appetite_max {
            return Err(format!("an appetite of {}", conn.appetite()));
        }
        if conn.question().is_some() && conn.appetite() > 0 {
            return Err("it reads on while it waits for the disk".to_owned());
        }
        if self.is_ended && conn.appetite() > 0 {
            return Err("it would read behind the end".to_owned());
        }
        match conn.deadline() {
            None if !is_closed => return Err("it could wait for ever".to_owned()),
            Some(_) if is_closed => return Err("closed, with a deadline".to_owned()),
            Some(at) if at > self.now.steady + Duration::from_secs(120) => {
                return Err("a deadline beyond every limit".to_owned());
            }
            _ => {}
        }
        if is_closed && (conn.body().is_some() || conn.question().is_some() || conn.is_idle()) {
            return Err("closed, and still wants something".to_owned());
        }
        if is_closed && conn.appetite() > 0 {
            return Err("closed, and hungry".to_owned());
        }
        if conn.is_lingering() && conn.body().is_some() {
            return Err("its side is shut, and it wants to send".to_owned());
        }
        self.check_hoard()?;
        if self.rng.once_in(16) {
            self.check_queue()?;
        }
        Ok(())
    }

    /// The inbox is bounded: without a new reply, it takes two heads, one read, and a body that is
    /// dropped, with the framing of its chunks.
    fn check_hoard(&mut self) -> Result<(), String> {
        let limits = &self.script.site.limits;
        let left = self.conn.body().map_or(0, Body::left);
        let ever = u64::try_from(self.sent.len()).unwrap() + left;
        if ever < self.ever_queued && self.conn.close_reason().is_none() {
            return Err("bytes that were queued are gone".to_owned());
        }
        if ever != self.ever_queued {
            self.ever_queued = ever;
            self.fed_in_vain = 0;
        }
        let most = limits.head_bytes_max * 2
            + limits.discard_bytes_max
            + DROPPED_AT_ONCE
            + FRAMING_BYTES_MAX;
        if self.fed_in_vain > most && !self.has_said_goodbye()? {
            return Err(format!(
                "{} bytes came and nothing followed",
                self.fed_in_vain
            ));
        }
        Ok(())
    }

    /// Whether the last reply is queued: what comes after it is dropped, however much it is.
    fn has_said_goodbye(&self) -> Result<bool, String> {
        let mut all = self.sent.clone();
        if let Some(body) = self.conn.body() {
            gather(body, usize::MAX, self.library, &mut all)?;
        }
        let replies = wire::read(&all, |number| self.script.is_head(number))?;
        let last = replies.last().and_then(|reply| reply.field("connection"));
        Ok(last == Some("close"))
    }

    /// What is sent and what is queued make whole replies, and at most `pipelined_max` of them wait.
    fn check_queue(&self) -> Result<(), String> {
        let Some(body) = self.conn.body() else {
            return Ok(());
        };
        let sent = self.sent.len();
        let mut all = self.sent.clone();
        let left = usize::try_from(body.left()).unwrap();
        gather(body, usize::MAX, self.library, &mut all)?;
        if all.len() - sent != left {
            return Err(format!(
                "its parts hold {}, not {left} bytes",
                all.len() - sent
            ));
        }
        let replies = wire::read(&all, |number| self.script.is_head(number))?;
        if replies.iter().any(|reply| !reply.is_whole) {
            return Err("a reply that is queued in part".to_owned());
        }
        let waiting = replies.iter().filter(|reply| reply.raw.end > sent).count();
        if waiting > self.script.site.limits.pipelined_max {
            return Err(format!("{waiting} replies are queued"));
        }
        Ok(())
    }

    /// Closed is closed, whatever still happens to it.
    fn closed(&mut self) -> Result<(), String> {
        self.take_records();
        let reason = self.conn.close_reason();
        let late = b"GET / HTTP/1.1\r\nHost: late\r\n\r\n";
        self.conn.handle_bytes(late, &self.now, self.spare);
        self.conn.handle_end(&self.now, self.spare);
        self.now = Now::new(self.now.steady + Duration::from_secs(9_999), wall(0));
        self.conn.handle_tick(&self.now, self.spare);
        self.conn.handle_stop(&self.now, self.spare);
        self.conn.close(CloseReason::Stalled);
        self.take_records();
        if self.conn.close_reason() != reason {
            return Err(format!("closed for {reason:?}, and again{}", self.tell()));
        }
        self.check()
            .map_err(|why| format!("after its end: {why}{}", self.tell()))
    }
}

/// Copies the first `count` bytes of a body, as the kernel would.
fn gather(body: &Body, count: usize, library: &Library, out: &mut Vec<u8>) -> Result<(), String> {
    let mut left = count;
    for part in body.parts() {
        let bytes = match part {
            Part::Bytes(bytes) => bytes,
            Part::Slice(source, span) => library.bytes_of(source.as_ref(), span)?,
        };
        if bytes.is_empty() {
            return Err("an empty part".to_owned());
        }
        let taken = bytes.len().min(left);
        out.extend_from_slice(&bytes[..taken]);
        left -= taken;
        if left == 0 {
            break;
        }
    }
    Ok(())
}

fn excerpt(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(160)];
    let more = if bytes.len() > shown.len() { "…" } else { "" };
    format!("{}{more}", shown.escape_ascii())
}
