//! Owns what a peer says: items of bytes, each with what must become of it.
//! Knows nothing of the order in which things happen: `drive.rs` cuts and delays.
//!
//! Every item but a broken one carries an `Origin` of its own, which its reply repeats: so the order
//! of replies can be read off the replies.

use std::sync::Arc;

use reeld::limits::Limits;
use reeld::site::{Cors, Site};

use crate::library::{File, Library};
use crate::rng::Rng;

/// What must become of one item.
#[derive(Debug)]
pub(crate) enum Fate {
    /// It is answered so, and the connection goes on.
    Answered(Wanted),
    /// It is answered so, and nothing behind it is.
    Last(Wanted),
    /// It is answered so; whether the connection goes on depends on what came with it.
    Perhaps(Wanted),
    /// Nobody knows: from here on, only the form of replies is looked at.
    Unknown,
}

#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) status: u16,
    pub(crate) body: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    Any,
    Empty,
    Bytes(Vec<u8>),
    /// Several ranges: each one's first byte, and its bytes.
    Parts(Vec<(usize, Vec<u8>)>),
}

#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_head: bool,
    pub(crate) expects: bool,
    pub(crate) origin: Option<String>,
    pub(crate) fate: Fate,
}

pub(crate) struct Script {
    pub(crate) site: Arc<Site>,
    pub(crate) items: Vec<Item>,
    /// All bytes of the peer; the last items may be cut off.
    pub(crate) bytes: Vec<u8>,
}

const ITEMS_MAX: usize = 24;

impl Script {
    pub(crate) fn generate(rng: &mut Rng, library: &Library) -> Self {
        let site = site(rng);
        let mut items: Vec<Item> = Vec::new();
        let mut is_known = true;
        for number in 0..rng.between(1, ITEMS_MAX) {
            let item = Writer {
                rng,
                library,
                site: &site,
                number,
                is_known,
            }
            .item();
            is_known &= matches!(item.fate, Fate::Answered(_) | Fate::Last(_));
            items.push(item);
        }
        let mut bytes: Vec<u8> = items.iter().flat_map(|item| item.bytes.clone()).collect();
        if rng.once_in(4) {
            bytes.truncate(rng.below(bytes.len()));
        }
        Self {
            site: Arc::new(site),
            items,
            bytes,
        }
    }

    /// Whether the n-th request had the method HEAD.
    pub(crate) fn is_head(&self, number: usize) -> bool {
        self.items.get(number).is_some_and(|item| item.is_head)
    }
}

fn site(rng: &mut Rng) -> Site {
    Site {
        limits: Limits {
            head_bytes_max: rng.pick(&[512, 2_048, 16_384]),
            pipelined_max: rng.pick(&[1, 2, 5, 16]),
            pipelined_bytes_max: rng.pick(&[512, 5_000, 1 << 16]),
            discard_bytes_max: rng.pick(&[300, 5_000, 65_536]),
            target_bytes_max: rng.pick(&[256, 8_192]),
            ..Limits::default()
        },
        cors: Cors::Only((0..ITEMS_MAX).map(origin).collect()),
        reply_bytes_max: rng.once_in(4).then_some(100),
        is_logged: rng.once_in(2),
        ..Site::default()
    }
}

fn origin(number: usize) -> String {
    format!("http://o{number}")
}

struct Writer<'a> {
    rng: &'a mut Rng,
    library: &'a Library,
    site: &'a Site,
    number: usize,
    /// Whether all items before have a known fate: else a HEAD or an Expect would have an unknown one.
    is_known: bool,
}

/// A request being put together.
struct Draft {
    method: &'static str,
    target: String,
    version: &'static str,
    fields: String,
    body: Vec<u8>,
}

impl Draft {
    fn get(target: impl Into<String>) -> Self {
        Self {
            method: "GET",
            target: target.into(),
            version: "HTTP/1.1",
            fields: String::new(),
            body: Vec::new(),
        }
    }

    fn with(mut self, field: impl AsRef<str>) -> Self {
        self.fields.push_str(field.as_ref());
        self.fields.push_str("\r\n");
        self
    }
}

impl Writer<'_> {
    fn item(self) -> Item {
        match self.rng.below(24) {
            0..12 => self.file_item(),
            12..15 => self.other_item(),
            15..18 => self.bodied_item(),
            18..20 => self.farewell_item(),
            20 => self.large_item(),
            21 => self.broken_item(),
            22 => self.mutated_item(),
            _ if self.is_known => self.expecting_item(),
            _ => self.file_item(),
        }
    }

    fn finish(self, draft: Draft, fate: Fate) -> Item {
        let Draft {
            method,
            target,
            version,
            fields,
            body,
        } = draft;
        let origin = origin(self.number);
        // RFC 9112 2.2: a blank line or two before a request are overlooked.
        let blank = if self.rng.once_in(10) { "\r\n" } else { "" };
        let host = self
            .rng
            .pick(&["Host: tv\r\n", "hOST:\ttv.local:8080 \r\n", "Host:\r\n"]);
        let head =
            format!("{blank}{method} {target} {version}\r\n{host}Origin: {origin}\r\n{fields}\r\n");
        Item {
            bytes: [head.as_bytes(), &body].concat(),
            is_head: method == "HEAD",
            expects: fields.contains("Expect: "),
            origin: Some(origin),
            fate,
        }
    }

    fn file(&mut self) -> &File {
        let at = self.rng.below(self.library.files.len());
        &self.library.files[at]
    }

    /// A file, whole or in ranges, with and without conditions.
    fn file_item(mut self) -> Item {
        let at = self.rng.below(self.library.files.len());
        let file = &self.library.files[at];
        let mut draft = Draft::get(&file.target);
        if self.rng.once_in(6) {
            draft.target = format!("http://tv{}?session=tv", file.target);
        }
        let (mut draft, mut wanted) = match self.rng.below(8) {
            0..5 => self.ranged(draft, file),
            5 => self.conditional(draft, file),
            _ => (draft, ok(file)),
        };
        if self.is_known && self.rng.once_in(6) {
            // Range is for GET only, and conditions are not.
            draft.method = "HEAD";
            wanted.status = match wanted.status {
                206 | 416 => 200,
                status => status,
            };
            wanted.body = Content::Empty;
        }
        self.finish(draft, Fate::Answered(wanted))
    }

    fn ranged(&mut self, draft: Draft, file: &File) -> (Draft, Wanted) {
        let len = file.bytes.len();
        let first = self.rng.below(len);
        let last = first + self.rng.below(len - first.min(len));
        let span = |first: usize, end: usize| Wanted {
            status: 206,
            body: Content::Bytes(file.bytes[first..end].to_vec()),
        };
        let (range, wanted) = match self.rng.below(8) {
            // Nothing can be selected of nothing.
            _ if len == 0 => ("bytes=0-".to_owned(), ok(file)),
            0 => (format!("bytes={first}-{last}"), span(first, last + 1)),
            1 => (format!("BYTES={first}-{}", u128::MAX), span(first, len)),
            2 => {
                let most = self.site.reply_bytes_max.map_or(len, |_| 100);
                (
                    format!("bytes={first}-"),
                    span(first, len.min(first + most)),
                )
            }
            3 => {
                let count = self.rng.between(1, len * 2);
                (
                    format!("bytes=-{count}"),
                    span(len.saturating_sub(count), len),
                )
            }
            4 => {
                let beyond = len + self.rng.below(9);
                (format!("bytes={beyond}-,-0"), any(416))
            }
            5 if len >= 97 => {
                let step = len / 8;
                let starts = [4 * step, 0, 6 * step, 2 * step];
                let starts = &starts[..self.rng.between(2, 4)];
                let list: Vec<String> = starts
                    .iter()
                    .map(|start| format!("{start}-{}", start + step / 2))
                    .collect();
                let part = |&start: &usize| (start, file.bytes[start..=start + step / 2].to_vec());
                let wanted = Wanted {
                    status: 206,
                    body: Content::Parts(starts.iter().map(part).collect()),
                };
                (format!("bytes={}", list.join(" ,\t")), wanted)
            }
            6 => (format!("seconds={first}-{last}"), ok(file)),
            _ => (format!("bytes={first}-{last}x"), ok(file)),
        };
        let draft = draft.with(format!("Range: {range}"));
        match self.rng.below(6) {
            0 => (draft.with(format!("If-Range: {}", file.etag)), wanted),
            1 => (draft.with("If-Range: \"another\""), ok(file)),
            _ => (draft, wanted),
        }
    }

    fn conditional(&mut self, draft: Draft, file: &File) -> (Draft, Wanted) {
        let etag = &file.etag;
        let empty = |status| Wanted {
            status,
            body: Content::Empty,
        };
        match self.rng.below(6) {
            0 => (draft.with(format!("If-None-Match: {etag}")), empty(304)),
            1 => {
                let draft = draft.with("If-None-Match: \"a\"");
                (
                    draft.with(format!("If-None-Match: W/\"b\", W/{etag}")),
                    empty(304),
                )
            }
            2 => {
                let draft = draft.with("If-None-Match: \"a\"");
                (draft.with("If-None-Match: \"b\""), ok(file))
            }
            3 => (draft.with(format!("If-Match: \"a\", {etag}")), ok(file)),
            4 => {
                let draft = draft.with("If-Match: \"a\"").with("if-match: \"b\"");
                (draft, any(412))
            }
            _ => (draft.with("If-Match: *"), ok(file)),
        }
    }

    /// What is no file.
    fn other_item(self) -> Item {
        let (mut draft, mut wanted) = match self.rng.below(14) {
            0 => (Draft::get("/"), any(200)),
            1 => {
                let bytes = Content::Bytes(self.library.listing.bytes.to_vec());
                let wanted = Wanted {
                    status: 200,
                    body: bytes,
                };
                (Draft::get("/library.json"), wanted)
            }
            2 => (Draft::get("/video/nowhere.mp4"), any(404)),
            3 => (Draft::get("/video/%zz"), any(400)),
            4 => (Draft::get("/video/..%2f..%2fetc/passwd"), any(404)),
            5 => (Draft::get("/_/page.css"), any(200)),
            6 => (Draft::get("/").with("Accept: application/json"), any(200)),
            7 => (Draft::get("/hls/film.mp4/m-0.m4s"), any(422)),
            8 => (Draft::get("/hls/bells.m4a/a0-999.m4s"), any(404)),
            9 => (Draft::get("/dash/bells.m4a/a0-0.m4s?v=1"), any(410)),
            10 => (Draft::get("/hls/bells.m4a/chapters.vtt"), any(404)),
            11 => (Draft::get("/hls/long.webm/master.m3u8"), any(404)),
            _ => {
                let mut draft = Draft::get("*");
                draft.method = "OPTIONS";
                let wanted = Wanted {
                    status: 204,
                    body: Content::Empty,
                };
                (draft, wanted)
            }
        };
        if draft.method == "GET" && self.is_known && self.rng.once_in(4) {
            draft.method = "HEAD";
            wanted.body = Content::Empty;
        }
        self.finish(draft, Fate::Answered(wanted))
    }

    /// A body that nobody wants, small enough to be dropped.
    fn bodied_item(mut self) -> Item {
        let (mut draft, mut wanted) = {
            let file = self.file();
            (Draft::get(&file.target), ok(file))
        };
        if self.rng.once_in(2) {
            draft.method = self.rng.pick(&["POST", "PUT", "BREW"]);
            wanted = any(if draft.method == "BREW" { 501 } else { 405 });
        }
        let is_refused = draft.method != "GET";
        let count = self.rng.between(0, 300);
        // What looks like a request inside a body is none.
        let inside: Vec<u8> = b"GET /video/film.mp4 HTTP/1.1\r\nHost: x\r\n\r\n"
            .iter()
            .copied()
            .cycle()
            .take(count)
            .collect();
        if self.rng.once_in(2) {
            draft = draft.with(format!("Content-Length: {count}"));
            draft.body = inside;
        } else {
            draft = draft.with("Transfer-Encoding: Chunked");
            let mut rest = &inside[..];
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at(self.rng.between(1, rest.len()));
                let extension = self.rng.pick(&["", ";name=value", ";a"]);
                let line = format!("{:x}{extension}\r\n", chunk.len());
                draft.body.extend_from_slice(line.as_bytes());
                draft.body.extend_from_slice(chunk);
                draft.body.extend_from_slice(b"\r\n");
                rest = after;
            }
            draft.body.extend_from_slice(b"0\r\n");
            if self.rng.once_in(3) {
                draft.body.extend_from_slice(b"Range: bytes=0-0\r\n");
            }
            draft.body.extend_from_slice(b"\r\n");
            if is_refused {
                // Nobody waits for a body of unknown length that is refused in any case.
                return self.finish(draft, Fate::Last(wanted));
            }
        }
        self.finish(draft, Fate::Answered(wanted))
    }

    /// The last of its connection; or another version, that stays.
    fn farewell_item(mut self) -> Item {
        let (mut draft, wanted) = {
            let file = self.file();
            (Draft::get(&file.target), ok(file))
        };
        match self.rng.below(5) {
            0 => draft = draft.with("Connection: TE, Close"),
            1 => draft.version = "HTTP/1.0",
            2 => {
                // To be read as the highest minor version that we know (RFC 9110 2.5).
                draft.version = "HTTP/1.7";
                return self.finish(draft, Fate::Answered(wanted));
            }
            _ => {
                draft.version = "HTTP/1.0";
                let draft = draft.with("Connection: keep-alive");
                return self.finish(draft, Fate::Answered(wanted));
            }
        }
        self.finish(draft, Fate::Last(wanted))
    }

    /// More than is allowed, of one kind or another.
    fn large_item(self) -> Item {
        let limits = &self.site.limits;
        let mut draft = Draft::get("/");
        let status = match self.rng.below(4) {
            0 => {
                let count = limits.discard_bytes_max + self.rng.between(1, 1_000);
                draft = draft.with(format!("Content-Length: {count}"));
                draft.body = vec![b'x'; self.rng.below(3_000)];
                413
            }
            1 => {
                let count = limits.discard_bytes_max + 1;
                draft = draft.with("Transfer-Encoding: chunked");
                let chunk = format!("{count:X}\r\n{}\r\n0\r\n\r\n", "x".repeat(count));
                draft.body = chunk.into_bytes();
                413
            }
            2 => {
                let padding = "x".repeat(limits.head_bytes_max);
                let draft = draft.with(format!("Cookie: {padding}"));
                return self.unread(draft, Fate::Last(any(431)));
            }
            _ => {
                // Too long for a target, and perhaps for a head as well.
                let count = limits.target_bytes_max + self.rng.below(1_000);
                draft.target = format!("/{}", "x".repeat(count.max(limits.target_bytes_max)));
                return self.unread(draft, Fate::Unknown);
            }
        };
        self.finish(draft, Fate::Last(any(status)))
    }

    /// A head that is refused before anybody looks for fields in it.
    fn unread(self, draft: Draft, fate: Fate) -> Item {
        let item = self.finish(draft, fate);
        Item {
            origin: None,
            ..item
        }
    }

    /// What two parsers could read in two ways, or none.
    fn broken_item(self) -> Item {
        const BROKEN: [(&str, u16); 18] = [
            ("GET / HTTP/1.1\nHost: x\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: x\r\nA: \x01\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
            ("GET /\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
            (
                "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                400,
            ),
            (
                "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                400,
            ),
            (
                "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                400,
            ),
            (
                "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                501,
            ),
            (
                "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc",
                400,
            ),
            (
                "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd",
                400,
            ),
            (
                "GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=0-0\r\nRange: bytes=1-1\r\n\r\n",
                400,
            ),
            ("GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417),
        ];
        let (text, status) = self.rng.pick(&BROKEN);
        Item {
            bytes: text.as_bytes().to_vec(),
            is_head: false,
            expects: false,
            origin: None,
            fate: Fate::Last(any(status)),
        }
    }

    /// A good request with a few bytes changed, dropped or doubled.
    fn mutated_item(self) -> Item {
        let (rng, number) = (self.rng, self.number);
        let good = Writer {
            rng: &mut *rng,
            library: self.library,
            site: self.site,
            number,
            is_known: false,
        };
        let good = match good.rng.below(3) {
            0 => good.file_item(),
            1 => good.other_item(),
            _ => good.bodied_item(),
        };
        let text = String::from_utf8_lossy(&good.bytes).into_owned();
        let unnamed = text.replacen(&format!("Origin: {}\r\n", origin(number)), "", 1);
        let mut bytes = unnamed.into_bytes();
        for _ in 0..rng.between(1, 3) {
            let at = rng.below(bytes.len());
            match rng.below(5) {
                0 => bytes[at] = rng.byte(),
                1 => bytes[at] = rng.pick(b"\r\n :,;0\t-\"\0"),
                2 => _ = bytes.remove(at),
                3 => bytes.insert(at, bytes[at]),
                _ => bytes.insert(at, rng.pick(b"\r\n :,;0\t-\"\0")),
            }
        }
        Item {
            bytes,
            is_head: false,
            expects: false,
            origin: None,
            fate: Fate::Unknown,
        }
    }

    /// `Expect: 100-continue`: what follows comes whether it was asked for or not.
    fn expecting_item(mut self) -> Item {
        let (mut draft, wanted) = {
            let file = self.file();
            (Draft::get(&file.target), ok(file))
        };
        let count = self.rng.between(1, 300);
        draft = draft.with("Expect: 100-Continue");
        draft = draft.with(format!("Content-Length: {count}"));
        draft.body = vec![b'x'; count];
        if self.rng.once_in(3) {
            draft.method = "POST";
            return self.finish(draft, Fate::Perhaps(any(405)));
        }
        self.finish(draft, Fate::Answered(wanted))
    }
}

fn ok(file: &File) -> Wanted {
    Wanted {
        status: 200,
        body: Content::Bytes(file.bytes.clone()),
    }
}

fn any(status: u16) -> Wanted {
    Wanted {
        status,
        body: Content::Any,
    }
}
