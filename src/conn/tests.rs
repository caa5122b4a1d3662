//! A connection driven by hand: bytes in, bytes out, a clock that is turned by the test.

use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use super::{CloseReason, Conn, Phase, Question, Spare};
use crate::http::body::Part;
use crate::http::date::Now;
use crate::library::catalogue::Answer;
use crate::library::entry::Entry;
use crate::library::name::Name;
use crate::library::packages::Made;
use crate::library::pager::Listing;
use crate::library::root::{Missing, Root};
use crate::media::unfit::Unfit;
use crate::net::clock;
use crate::ops::access::Record;
use crate::site::Site;

mod claims;
mod cuts;
mod deadlines;
mod ends;
mod exchanges;
mod queue;
mod records;

const PEER: [u8; 4] = [192, 0, 2, 7];
/// `Sun, 06 Nov 1994 08:49:37 GMT`, when every test begins.
const BEGAN_SECS: u64 = 784_111_777;
/// The length of `a.mp4`.
const FILE_LEN: usize = 1_000;

fn byte_at(at: u64) -> u8 {
    b'a' + u8::try_from(at % 26).unwrap()
}

fn file_bytes(start: u64, end: u64) -> Vec<u8> {
    (start..end).map(byte_at).collect()
}

/// One open file for all tests; its folder is gone as soon as it is open.
fn entry() -> Arc<Entry> {
    static ENTRY: OnceLock<Arc<Entry>> = OnceLock::new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let open = || {
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("reeld-conn-{process}-{count}"));
        std::fs::create_dir(&folder).unwrap();
        let entry = open_in(&folder);
        std::fs::remove_dir_all(&folder).unwrap();
        Arc::new(entry)
    };
    Arc::clone(ENTRY.get_or_init(open))
}

fn open_in(folder: &Path) -> Entry {
    let path = folder.join("a.mp4");
    std::fs::write(&path, file_bytes(0, FILE_LEN.try_into().unwrap())).unwrap();
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(700_000_000);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(modified).unwrap();
    let root = Root::open(folder, false).unwrap();
    let name = Name::check(b"a.mp4").unwrap();
    Entry::open(&root, name, BEGAN_SECS, 1 << 20).unwrap()
}

/// Plays both sides of a connection: the socket and the library.
#[derive(Debug)]
struct Driver {
    conn: Conn,
    spare: Spare,
    now: Now,
    began: Instant,
}

impl Driver {
    fn new(site: Site) -> Self {
        let began = clock::now().steady;
        let now = Now::new(
            began,
            SystemTime::UNIX_EPOCH + Duration::from_secs(BEGAN_SECS),
        );
        let conn = Conn::new(Arc::new(site), IpAddr::from(PEER), &now);
        let spare = Spare::default();
        Self {
            conn,
            spare,
            now,
            began,
        }
    }

    fn plain() -> Self {
        Self::new(Site::default())
    }

    /// With one limit changed.
    fn limited(name: &str, value: usize) -> Self {
        let mut site = Site::default();
        site.limits.set(name, value).unwrap();
        Self::new(site)
    }

    fn logged() -> Self {
        Self::new(Site {
            is_logged: true,
            ..Site::default()
        })
    }

    fn give(&mut self, bytes: impl AsRef<[u8]>) {
        self.conn
            .handle_bytes(bytes.as_ref(), &self.now, &mut self.spare);
        self.check();
    }

    fn end(&mut self) {
        self.conn.handle_end(&self.now, &mut self.spare);
        self.check();
    }

    fn stop(&mut self) {
        self.conn.handle_stop(&self.now, &mut self.spare);
        self.check();
    }

    /// Lets time go by, and says so.
    fn wait(&mut self, millis: u64) {
        self.sleep(millis);
        self.conn.handle_tick(&self.now, &mut self.spare);
        self.check();
    }

    /// Lets time go by unnoticed.
    fn sleep(&mut self, millis: u64) {
        let steady = self.now.steady + Duration::from_millis(millis);
        let since = steady.saturating_duration_since(self.began);
        let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(BEGAN_SECS) + since;
        self.now.advance(steady, wall);
    }

    /// Answers the question that is open: the library holds one file.
    fn answer(&mut self) -> bool {
        let answer = match self.conn.question() {
            None => return false,
            Some(Question::Subtitle(entry)) => {
                let made = Arc::from(&b"WEBVTT\n"[..]);
                Answer::Subtitle(Arc::clone(entry), made)
            }
            Some(Question::Package(..)) => Answer::Made(Made::Unfit(Unfit::NoIndex)),
            Some(Question::Faststart(..)) => Answer::Made(Made::Faststart(None)),
            Some(Question::Text(..)) => Answer::Missing(Missing::NotFound),
            Some(Question::File(name)) => match name.as_bytes() {
                b"a.mp4" | b"a.srt" => Answer::File(entry()),
                b"busy.mp4" => Answer::Missing(Missing::Busy),
                b"forbidden.mp4" => Answer::Missing(Missing::Forbidden),
                _ => Answer::Missing(Missing::NotFound),
            },
            Some(Question::Listing) => Answer::Listing(Arc::new(Listing {
                bytes: Arc::from(&b"{\"videos\":[]}\n"[..]),
                etag: "\"list\"".to_owned(),
            })),
        };
        self.conn.handle_answer(&answer, &self.now, &mut self.spare);
        self.check();
        true
    }

    /// What the socket would take in one call of at most `most` bytes.
    fn send(&mut self, most: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in self.conn.body().iter().flat_map(|body| body.parts()) {
            match part {
                Part::Bytes(part) => bytes.extend_from_slice(part),
                Part::Slice(_, span) => bytes.extend(file_bytes(span.start(), span.end())),
            }
            if bytes.len() >= most {
                bytes.truncate(most);
                break;
            }
        }
        if !bytes.is_empty() {
            let count = bytes.len().try_into().unwrap();
            self.conn.handle_sent(count, &self.now, &mut self.spare);
            // As the loop does; tests of records take them themselves.
            if !self.conn.site.is_logged {
                self.records();
            }
            self.check();
        }
        bytes
    }

    /// Answers and sends until there is nothing to do; returns what was sent.
    fn flow(&mut self) -> String {
        let mut sent = Vec::new();
        loop {
            let has_answered = self.answer();
            let some = self.send(usize::MAX);
            if !has_answered && some.is_empty() {
                return String::from_utf8(sent).unwrap();
            }
            sent.extend(some);
        }
    }

    /// Everything that is sent after these bytes.
    fn after(&mut self, bytes: impl AsRef<[u8]>) -> String {
        self.give(bytes);
        self.flow()
    }

    fn reason(&self) -> Option<CloseReason> {
        self.conn.close_reason()
    }

    fn records(&mut self) -> Vec<Record> {
        let mut records = Vec::new();
        while let Some(ended) = self.conn.poll_ended(&self.now) {
            records.extend(ended.record.map(|record| *record));
        }
        self.conn.settle(&self.now, &mut self.spare);
        self.check();
        records
    }

    /// What is so after every event.
    fn check(&self) {
        let conn = &self.conn;
        let is_closed = conn.close_reason().is_some();
        assert_eq!(
            conn.deadline().is_none(),
            is_closed,
            "every wait has an end"
        );
        if is_closed {
            assert!(conn.body().is_none() && conn.question().is_none());
            assert_eq!(conn.appetite(), 0);
        }
        if conn.question().is_some() {
            assert_eq!(conn.appetite(), 0, "one question at a time");
        }
        if conn.is_lingering() {
            assert!(conn.body().is_none(), "all is sent before the shutdown");
        }
        let pipelined_max = conn.site.limits.pipelined_max;
        if let Some(exchange) = &conn.exchange {
            assert!(exchange.waiting() <= pipelined_max);
            let is_spent = exchange.inbox.is_empty() && exchange.marks.is_empty();
            assert!(
                !(conn.is_idle() && is_spent),
                "an idle connection owns no buffer"
            );
        }
        if let Phase::Idle = conn.phase {
            assert!(
                conn.exchange
                    .as_ref()
                    .is_none_or(|open| open.request.is_none())
            );
        }
    }
}

/// A request with a Host.
fn get(path: &str, lines: &[&str]) -> String {
    request("GET", path, lines)
}

fn request(method: &str, path: &str, lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("{method} {path} HTTP/1.1\r\nHost: tv\r\n{lines}\r\n")
}

/// The statuses of replies behind each other; none of their bodies looks like a status line.
fn statuses(replies: &str) -> Vec<u16> {
    let lines = replies.split("HTTP/1.1 ").skip(1);
    lines.map(|line| line[..3].parse().unwrap()).collect()
}
