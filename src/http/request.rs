//! Owns the request head: finding its end, splitting it (httparse), and the fields we know.
//! Knows nothing of what the fields mean together; [`super::framing`] holds the strict rules.
//!
//! ```text
//! GET /video/a.mp4 HTTP/1.1\r\n      method SP target SP version
//! Host: tv.local:8080\r\n            name ":" OWS value OWS
//! Range: bytes=0-\r\n
//! \r\n                               the blank line: a head is parsed once, when it is whole
//! ```
//!
//! A [`Request`] is plain numbers: where in the connection's inbox each known field stands. It can
//! wait for the disk without borrowing or copying anything; a [`View`] puts both together.

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::http::framing::{self, BodyLength};
use crate::http::status::{Refusal, Status};
use crate::http::target;
use crate::limits::Limits;

/// The methods that have a name here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// RFC 9110 9.3.1
    Get,
    /// RFC 9110 9.3.2
    Head,
    /// RFC 9110 9.3.7
    Options,
    /// Known and refused with 405.
    NotAllowed,
    /// Not known: 501.
    Unknown,
}

impl Method {
    fn parse(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "OPTIONS" => Self::Options,
            "POST" | "PUT" | "DELETE" | "PATCH" | "TRACE" | "CONNECT" => Self::NotAllowed,
            _ => Self::Unknown,
        }
    }
}

macro_rules! fields {
    ($($variant:ident = $name:literal,)*) => {
        /// The fields that somebody here reads; all others are skipped.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Field { $(#[doc = $name] $variant,)* }

        impl Field {
            const COUNT: usize = [$($name,)*].len();
            const ALL: [(Self, &'static str); Self::COUNT] = [$((Self::$variant, $name),)*];
        }
    };
}

fields! {
    Host = "host",
    Connection = "connection",
    ContentLength = "content-length",
    TransferEncoding = "transfer-encoding",
    Expect = "expect",
    Range = "range",
    IfRange = "if-range",
    IfMatch = "if-match",
    IfNoneMatch = "if-none-match",
    IfModifiedSince = "if-modified-since",
    IfUnmodifiedSince = "if-unmodified-since",
    Accept = "accept",
    AcceptEncoding = "accept-encoding",
    Authorization = "authorization",
    Origin = "origin",
    PreflightMethod = "access-control-request-method",
    DlnaFeatures = "getcontentfeatures.dlna.org",
    DlnaMode = "transfermode.dlna.org",
    Referer = "referer",
    UserAgent = "user-agent",
    Upgrade = "upgrade",
    SecWebSocketKey = "sec-websocket-key",
    SecWebSocketVersion = "sec-websocket-version",
    Prefer = "prefer",
    Forwarded = "forwarded",
    ForwardedFor = "x-forwarded-for",
    SecFetchSite = "sec-fetch-site",
    SecFetchDest = "sec-fetch-dest",
}

impl Field {
    fn named(name: &str) -> Option<Self> {
        let known = Self::ALL
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(name))?;
        Some(known.0)
    }

    const fn bit(self) -> u32 {
        1 << self as u8
    }
}

/// A stretch of the head: heads are at most 65 535 bytes, see `head_bytes_max`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Part {
    start: u16,
    len: u16,
}

/// One understood head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// What is asked to be done.
    pub method: Method,
    /// Whether the peer speaks HTTP/1.1 (or a later 1.x), else 1.0.
    pub is_http11: bool,
    /// Whether the peer wants the connection kept.
    pub keep_alive: bool,
    /// How the end of its body is found.
    pub body: BodyLength,
    /// Bytes of the head, blank line included.
    pub head_len: usize,
    target: Part,
    fields: [Part; Field::COUNT],
    present: u32,
    repeated: u32,
}

/// What a few more bytes made of a head.
#[derive(Debug)]
pub enum Parsed {
    /// The blank line has not come yet.
    NeedMore,
    /// A head that may be answered.
    Request(Request),
    /// A head that may not.
    Refused(Refusal),
}

/// How far the search for the blank line went, so that no byte is searched twice.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scan {
    searched: usize,
    line: usize,
    in_fields: bool,
}

/// Reads one head from the front of `inbox`. Call again with the same `scan` when more came.
pub fn parse(inbox: &[u8], scan: &mut Scan, limits: &Limits) -> Parsed {
    match scan.find_end(inbox, limits) {
        Ok(None) => Parsed::NeedMore,
        Ok(Some(end)) => {
            *scan = Scan::default();
            let head = inbox.get(..end).unwrap_or(inbox);
            split(head, limits).map_or_else(Parsed::Refused, Parsed::Request)
        }
        Err(refusal) => Parsed::Refused(refusal),
    }
}

impl Scan {
    /// One past the blank line, if it is there; refuses early what can never become a head.
    ///
    /// The answer must not depend on how the bytes were cut: what lies behind the bound is not looked at,
    /// and the beginning of a line is judged before its end.
    fn find_end(&mut self, inbox: &[u8], limits: &Limits) -> Result<Option<usize>, Refusal> {
        let inbox = &inbox[..inbox.len().min(limits.head_bytes_max)];
        while let Some(found) = inbox[self.searched..]
            .iter()
            .position(|&byte| byte == b'\n')
        {
            let feed = self.searched + found;
            self.look_at_request_line(&inbox[..feed], limits)?;
            if feed == 0 || inbox[feed - 1] != b'\r' {
                return Err(Refusal::bad("bare-lf"));
            }
            let is_blank = feed - self.line == 1;
            if is_blank && self.in_fields {
                return Ok(Some(feed + 1));
            }
            // Blank lines before the request line are skipped (RFC 9112 2.2), within the bound.
            self.in_fields = !is_blank;
            self.line = feed + 1;
            self.searched = feed + 1;
        }
        self.searched = inbox.len();
        self.look_at_request_line(inbox, limits)?;
        if inbox.len() >= limits.head_bytes_max {
            Err(HEAD_TOO_LARGE)
        } else {
            Ok(None)
        }
    }

    /// Refuses a request line as soon as it cannot become one any more.
    fn look_at_request_line(&self, inbox: &[u8], limits: &Limits) -> Result<(), Refusal> {
        if self.in_fields {
            return Ok(());
        }
        let line = &inbox[self.line..];
        match line.first() {
            Some(b'\r') | None => {}
            Some(byte) if byte.is_ascii_control() => return Err(Refusal::bad("control-byte")),
            Some(&byte) if !framing::is_token(byte) => {
                return Err(Refusal::bad("bad-request-line"));
            }
            Some(_) => {}
        }
        // The method and the version stand in the line as well.
        if line.len() > limits.target_bytes_max.saturating_add(64) {
            return Err(TARGET_TOO_LONG);
        }
        Ok(())
    }
}

const HEAD_TOO_LARGE: Refusal = Refusal::new(Status::HEAD_TOO_LARGE, "head-too-large");
const TARGET_TOO_LONG: Refusal = Refusal::new(Status::URI_TOO_LONG, "target-too-long");

/// More fields than any setting of `fields_max` allows.
const FIELDS_ROOM: usize = 128;

fn split(head: &[u8], limits: &Limits) -> Result<Request, Refusal> {
    let mut room = [const { MaybeUninit::<httparse::Header<'_>>::uninit() }; FIELDS_ROOM];
    let room = &mut room[..limits.fields_max.min(FIELDS_ROOM)];
    let mut parsed = httparse::Request::new(&mut []);
    match parsed.parse_with_uninit_headers(head, room) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(framing::diagnose(head)),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(Refusal::new(Status::HEAD_TOO_LARGE, "too-many-fields"));
        }
        Err(httparse::Error::Version) => return split_later_minor(head, limits),
        Err(_) => return Err(framing::diagnose(head)),
    }
    let part = |bytes: &[u8]| {
        let start = (bytes.as_ptr() as usize).wrapping_sub(head.as_ptr() as usize);
        Part {
            start: u16::try_from(start).unwrap_or_default(),
            len: u16::try_from(bytes.len()).unwrap_or_default(),
        }
    };
    let target = parsed.path.unwrap_or_default();
    if target.len() > limits.target_bytes_max {
        return Err(TARGET_TOO_LONG);
    }
    let mut request = Request {
        method: Method::parse(parsed.method.unwrap_or_default()),
        is_http11: parsed.version == Some(1),
        keep_alive: false,
        body: BodyLength::None,
        head_len: head.len(),
        target: part(target.as_bytes()),
        fields: [Part::default(); Field::COUNT],
        present: 0,
        repeated: 0,
    };
    for header in parsed.headers.iter() {
        if let Some(field) = Field::named(header.name) {
            if request.present & field.bit() == 0 {
                request.fields[field as usize] = part(header.value);
            } else {
                request.repeated |= field.bit();
            }
            request.present |= field.bit();
        }
    }
    judge(&mut request, head)?;
    Ok(request)
}

/// `HTTP/1.2` to `1.9` are to be read as the highest minor version that we know (RFC 9110 2.5).
fn split_later_minor(head: &[u8], limits: &Limits) -> Result<Request, Refusal> {
    let later = [&b" HTTP/1."[..]].concat();
    let place = head.windows(later.len() + 2).position(|window| {
        let minor = window[later.len()];
        window.starts_with(&later) && (b'2'..=b'9').contains(&minor) && window.ends_with(b"\r")
    });
    let blank = head.len() - head.trim_ascii_start().len();
    let first_line = head[blank..]
        .iter()
        .position(|&byte| byte == b'\r')
        .map_or(0, |at| blank + at);
    match place {
        Some(at) if at < first_line => {
            let mut as_11 = head.to_vec();
            as_11[at + later.len()] = b'1';
            split(&as_11, limits)
        }
        _ => Err(framing::diagnose(head)),
    }
}

/// What a head that parses must still satisfy (RFC 9112 3.2, 6 and 9.3).
fn judge(request: &mut Request, head: &[u8]) -> Result<(), Refusal> {
    let view = View::new(request, head);
    if view.is_repeated(Field::Host) {
        return Err(Refusal::bad("second-host"));
    }
    match view.field(Field::Host) {
        None if request.is_http11 => return Err(Refusal::bad("missing-host")),
        Some(host) if !target::is_host(host) => return Err(Refusal::bad("bad-host")),
        _ => {}
    }
    // Two Range fields once brought a server down (CVE-2018-25103), and mean nothing.
    if view.is_repeated(Field::Range) {
        return Err(Refusal::bad("duplicate-range"));
    }
    if view.is_repeated(Field::IfRange) {
        return Err(Refusal::bad("duplicate-if-range"));
    }
    let lengths = view.values(Field::ContentLength).count();
    let length = view.field(Field::ContentLength).unwrap_or_default();
    let codings = view
        .field(Field::TransferEncoding)
        .map(|_| view.values(Field::TransferEncoding));
    let body = framing::body_length((lengths, length), codings, request.is_http11)?;

    let says = |option: &[u8]| {
        let mut options = view
            .values(Field::Connection)
            .flat_map(|value| value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii));
        options.any(|word| word.eq_ignore_ascii_case(option))
    };
    let keep_alive = match request.present & Field::Connection.bit() {
        0 => request.is_http11,
        _ if says(b"close") => false,
        _ => request.is_http11 || says(b"keep-alive"),
    };
    request.body = body;
    request.keep_alive = keep_alive;
    Ok(())
}

/// A request together with the bytes of its head.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Where things are.
    pub request: &'a Request,
    /// The bytes they are in: this head and no other's.
    head: &'a [u8],
}

impl<'a> View<'a> {
    /// A request and the inbox that begins with its head. What follows it is another request's.
    pub fn new(request: &'a Request, inbox: &'a [u8]) -> Self {
        let head = inbox.get(..request.head_len).unwrap_or(inbox);
        Self { request, head }
    }

    /// The target as it was written.
    pub fn target(&self) -> &'a [u8] {
        self.part(self.request.target)
    }

    /// The method as it was written.
    pub fn method_name(&self) -> &'a [u8] {
        let line = self.head.trim_ascii_start(); // blank lines may stand before it
        line.split(|&byte| byte == b' ').next().unwrap_or_default()
    }

    /// The first value of a field.
    pub fn field(&self, field: Field) -> Option<&'a [u8]> {
        let is_there = self.request.present & field.bit() != 0;
        is_there.then(|| self.part(self.request.fields[field as usize]))
    }

    /// Whether the field came more than once.
    pub fn is_repeated(&self, field: Field) -> bool {
        self.request.repeated & field.bit() != 0
    }

    /// All values of a field, in order: only a repeated one makes us walk the lines again.
    pub fn values(&self, field: Field) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let first = self.field(field);
        let repeated = self.is_repeated(field);
        let all = repeated.then(|| {
            Lines { rest: self.head }.filter_map(move |(name, value)| {
                name.eq_ignore_ascii_case(Field::ALL[field as usize].1.as_bytes())
                    .then_some(value)
            })
        });
        first
            .filter(|_| !repeated)
            .into_iter()
            .chain(all.into_iter().flatten())
    }

    fn part(&self, part: Part) -> &'a [u8] {
        let range: Range<usize> =
            part.start.into()..usize::from(part.start) + usize::from(part.len);
        self.head.get(range).unwrap_or_default()
    }
}

/// The lines of a head that is known to be well formed, each split at its colon.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let end = self.rest.iter().position(|&byte| byte == b'\n')?;
        let (line, rest) = self.rest.split_at(end + 1);
        self.rest = rest;
        let line = line.trim_ascii();
        let colon = line
            .iter()
            .position(|&byte| byte == b':')
            .unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        Some((name, value.strip_prefix(b":").unwrap_or(value).trim_ascii()))
    }
}

#[cfg(test)]
mod tests;
