//! A client that trusts nobody: one connection, literal bytes out, strictly read replies in.
//!
//! Owns the laws that hold for every reply, whatever was asked; each reply that any test reads is
//! held against them (see [`Reply::parse`]). Every wait has an end.
//!
//! ```text
//! HTTP/1.1 206 Partial Content CRLF
//! Name: value CRLF            (token, colon, one space, no control byte)
//! CRLF
//! body                        (exactly Content-Length bytes)
//! ```

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Longest wait for the next byte, and for all that one connection does.
const READ_SECS_MAX: Duration = Duration::from_secs(15);
const WIRE_SECS_MAX: Duration = Duration::from_secs(45);
/// Longest head that a reply may have.
const HEAD_BYTES_MAX: usize = 8 * 1024;
/// Longest body that is read whole; a test that gets a longer one did not ask for it.
const BODY_BYTES_MAX: u64 = 64 << 20;

/// Writes a request with a Host and the given field lines.
pub(crate) fn request(method: &str, target: &str, fields: &[&str]) -> String {
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    format!("{method} {target} HTTP/1.1\r\nHost: reeld.test\r\n{fields}\r\n")
}

/// A GET of the ten digits with these fields.
pub(crate) fn get_digits(fields: &[&str]) -> String {
    request("GET", "/video/a.mp4", fields)
}

/// Asks again and again until `met`, and fails when it takes too long.
#[track_caller]
pub(crate) fn eventually(what: &str, mut met: impl FnMut() -> bool) {
    let deadline = Instant::now() + READ_SECS_MAX;
    while !met() {
        assert!(Instant::now() < deadline, "still not: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Seconds since 1970 of an IMF-fixdate, the only form a server may write.
///
/// `Sun, 06 Nov 1994 08:49:37 GMT`
pub(crate) fn unix_secs(date: &str) -> u64 {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const DAYS: &str = "ThuFriSatSunMonTueWed";
    assert!(
        date.len() == 29 && date.ends_with(" GMT"),
        "not an IMF-fixdate: {date}"
    );
    let number = |from: usize, to: usize| date[from..to].parse::<u64>().unwrap();
    let month = MONTHS.find(&date[8..11]).unwrap() as u64 / 3 + 1;
    let (day, year) = (number(5, 7), number(12, 16));
    let (hour, minute, second) = (number(17, 19), number(20, 22), number(23, 25));
    // Days of the civil calendar, the year beginning in March so that leap days come last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let days = days - 719_468;
    let name = usize::try_from(days % 7 * 3).unwrap();
    assert_eq!(
        date[..3],
        DAYS[name..name + 3],
        "wrong day of the week: {date}"
    );
    ((days * 24 + hour) * 60 + minute) * 60 + second
}

/// One reply, as read from the wire.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Reads a head, and asserts what holds for every reply of this server:
    /// version 1.1, a reason phrase, well-formed field lines, a true Date, one length, no coding.
    #[track_caller]
    fn parse(head: &[u8]) -> Self {
        let head = str::from_utf8(head).expect("a head is ASCII here");
        let mut lines = head.strip_suffix("\r\n\r\n").unwrap().split("\r\n");
        let status_line = lines.next().unwrap();
        let rest = status_line
            .strip_prefix("HTTP/1.1 ")
            .unwrap_or_else(|| panic!("{head:?}"));
        let (status, phrase) = rest.split_once(' ').unwrap_or_else(|| panic!("{head:?}"));
        assert!(status.len() == 3 && !phrase.is_empty(), "{head:?}");
        let fields = lines.map(|line| {
            let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("{line:?}"));
            assert!(
                name.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)),
                "{line:?}"
            );
            assert!(value.bytes().all(|b| (b' '..0x7f).contains(&b)), "{line:?}");
            assert_eq!(value, value.trim(), "{line:?}");
            (name.to_owned(), value.to_owned())
        });
        let reply = Self {
            status: status.parse().unwrap(),
            fields: fields.collect(),
            body: Vec::new(),
        };
        reply.assert_laws();
        reply
    }

    #[track_caller]
    fn assert_laws(&self) {
        assert!((100..600).contains(&self.status), "{self:?}");
        assert_eq!(self.field("Transfer-Encoding"), None, "{self:?}");
        let length = self.field("Content-Length");
        if self.status < 200 || self.status == 204 {
            assert_eq!(length, None, "no length in {self:?}");
        } else if self.status != 304 {
            assert!(length.is_some(), "no length in {self:?}");
        }
        if self.status >= 200 {
            let date = self
                .field("Date")
                .unwrap_or_else(|| panic!("no Date: {self:?}"));
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_secs();
            assert!(unix_secs(date).abs_diff(now) <= 5, "a wrong Date: {self:?}");
        }
        if matches!(self.status, 200 | 206 | 400..) {
            assert_eq!(
                self.field("X-Content-Type-Options"),
                Some("nosniff"),
                "{self:?}"
            );
            let has_content = length.is_some_and(|length| length != "0");
            assert!(
                !has_content || self.field("Content-Type").is_some(),
                "{self:?}"
            );
        }
    }

    /// The value of a field that may come once only.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut values = self
            .fields
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let value = values.next();
        assert!(values.next().is_none(), "{name} twice in {self:?}");
        value.map(|(_, value)| value.as_str())
    }

    /// The value of a field that has to be there.
    #[track_caller]
    pub(crate) fn must(&self, name: &str) -> &str {
        self.field(name)
            .unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    /// Whether a list-valued field names `item`.
    pub(crate) fn lists(&self, name: &str, item: &str) -> bool {
        let values = self
            .fields
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name));
        values
            .flat_map(|(_, v)| v.split(','))
            .any(|v| v.trim().eq_ignore_ascii_case(item))
    }

    pub(crate) fn closes(&self) -> bool {
        self.lists("Connection", "close")
    }

    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    /// The length that the head promises of the body.
    #[track_caller]
    pub(crate) fn content_length(&self) -> u64 {
        self.must("Content-Length").parse().unwrap()
    }

    /// All fields but Date, sorted: what two replies to the same question have in common.
    pub(crate) fn lasting_fields(&self) -> Vec<(String, String)> {
        let mut fields = self.fields.clone();
        fields.retain(|(name, _)| name != "Date");
        fields.sort();
        fields
    }
}

/// One connection to the server.
pub(crate) struct Wire {
    stream: TcpStream,
    /// What was read; the first `taken` bytes of it have been given out.
    read: Vec<u8>,
    taken: usize,
    deadline: Instant,
    /// How the last bytes sent began, to be named when something fails.
    asked: String,
}

impl Wire {
    #[track_caller]
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect_timeout(&address, READ_SECS_MAX).unwrap())
    }

    /// A connection for which the kernel takes little, so that a large reply stays under way.
    pub(crate) fn open_narrow(address: SocketAddr) -> Self {
        let wire = Self::open(address);
        crate::posix::set_receive_buffer(&wire.stream, 64 * 1024);
        wire
    }

    /// Bounds what the kernel takes for it from now on.
    pub(crate) fn set_receive_buffer(&self, bytes: i32) {
        crate::posix::set_receive_buffer(&self.stream, bytes);
    }

    /// The bare stream, for a test that has read all it wants to understand.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(READ_SECS_MAX)).unwrap();
        stream.set_write_timeout(Some(READ_SECS_MAX)).unwrap();
        let deadline = Instant::now() + WIRE_SECS_MAX;
        Self {
            stream,
            read: Vec::new(),
            taken: 0,
            deadline,
            asked: String::new(),
        }
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).expect("the server takes what is sent");
    }

    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let bytes = bytes.as_ref();
        self.asked = bytes[..bytes.len().min(200)].escape_ascii().to_string();
        self.stream.write_all(bytes)
    }

    /// Says that nothing more will be sent, and stays to read.
    pub(crate) fn finish_sending(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// The same on a connection that the server may have closed.
    pub(crate) fn try_finish_sending(&self) {
        drop(self.stream.shutdown(Shutdown::Write));
    }

    /// A second end of the same connection, for another thread to send with.
    pub(crate) fn sender(&self) -> Self {
        Self::over(self.stream.try_clone().unwrap())
    }

    /// Closes with a reset, as a player does that is killed.
    pub(crate) fn reset(self) {
        crate::posix::reset_on_close(&self.stream);
    }

    /// The reply to a request that was not HEAD.
    #[track_caller]
    pub(crate) fn reply(&mut self) -> Reply {
        let mut reply = self.head();
        if reply.status >= 200 && !matches!(reply.status, 204 | 304) {
            let len = reply.content_length();
            assert!(len <= BODY_BYTES_MAX, "an unexpected body: {reply:?}");
            reply.body = self.take(usize::try_from(len).unwrap());
        }
        reply
    }

    /// The reply to HEAD, or the head of a reply whose body is taken apart from it.
    #[track_caller]
    pub(crate) fn head(&mut self) -> Reply {
        loop {
            let pending = self.pending();
            if let Some(end) = pending.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                return Reply::parse(&self.take(end + 4));
            }
            assert!(
                pending.len() < HEAD_BYTES_MAX,
                "no end of the head: {}",
                self.so_far()
            );
            self.more();
        }
    }

    /// Exactly `len` bytes.
    #[track_caller]
    pub(crate) fn take(&mut self, len: usize) -> Vec<u8> {
        while self.pending().len() < len {
            self.more();
        }
        let bytes = self.pending()[..len].to_vec();
        self.taken += len;
        bytes
    }

    /// Asserts that the server has said all and has ended the connection in order.
    #[track_caller]
    pub(crate) fn end(mut self) {
        let ended = self.fill();
        let case = self.so_far();
        assert!(
            matches!(ended, Ok(0)),
            "expected the end, got {ended:?}, {case}"
        );
        assert!(self.pending().is_empty(), "expected the end, {case}");
    }

    /// All that still comes until the end, orderly or by reset.
    #[track_caller]
    pub(crate) fn rest(mut self) -> Vec<u8> {
        loop {
            match self.fill() {
                Ok(0) => break,
                Ok(_) => assert!(self.pending().len() as u64 <= BODY_BYTES_MAX, "no end"),
                Err(reason) if reason.kind() == io::ErrorKind::ConnectionReset => break,
                Err(reason) => panic!("no end ({reason}), {}", self.so_far()),
            }
        }
        self.read.split_off(self.taken)
    }

    fn pending(&self) -> &[u8] {
        &self.read[self.taken..]
    }

    /// What was asked and what has come, for the message of a failure.
    fn so_far(&self) -> String {
        let pending = self.pending();
        let start = pending[..pending.len().min(400)].escape_ascii();
        format!(
            "asked {:?}, got {} bytes: {start}",
            self.asked,
            pending.len()
        )
    }

    #[track_caller]
    fn more(&mut self) {
        match self.fill() {
            Ok(0) => panic!("ended too early, {}", self.so_far()),
            Ok(_) => {}
            Err(reason) => panic!("{reason}, {}", self.so_far()),
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        if Instant::now() > self.deadline {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.read.drain(..self.taken);
        self.taken = 0;
        let mut bytes = [0; 64 * 1024];
        let len = self.stream.read(&mut bytes)?;
        self.read.extend_from_slice(&bytes[..len]);
        Ok(len)
    }
}
