//! What the parts cost on a request's way through the house, each alone: time for one, and bytes a second.
//!
//! Owns its own loop of a few lines. Knows nothing of sockets: `benches/compare` measures those.
//!
//! ```text
//! cargo bench --bench micro            all of them
//! cargo bench --bench micro -- parse   those whose name holds the word
//! cargo test  --bench micro            each once: does it still run?
//! ```
//!
//! Each figure is the best of several rounds: what disturbs a machine only ever makes it slower.

#![expect(clippy::print_stdout, reason = "figures are what it is for")]
#![expect(clippy::unwrap_used, reason = "what is measured is known to be right")]

use std::hint::black_box;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reeld::http::body::{Body, FileState, Source, Window};
use reeld::http::chunked::Chunks;
use reeld::http::conditional::{Validators, judge};
use reeld::http::date::Now;
use reeld::http::head::Head;
use reeld::http::request::{Parsed, Request, Scan, View, parse};
use reeld::http::status::Status;
use reeld::http::target;
use reeld::limits::Limits;
use reeld::media::mp4::Movie;
use reeld::media::package::Package;
use reeld::media::package::resource::{Rendition, Resource};
use reeld::net::clock;
use reeld::range::{Bounds, Span, select};
use reeld::site::sign::opened::Opened;
use reeld::site::sign::{Claim, Keys, Token};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(60);

/// As a browser asks for the next stretch of a video.
const BROWSER: &[u8] = b"GET /video/shows/one/e1.mp4?v=1a2b3c-5f5e100-17a1b2c3d4e5f600 HTTP/1.1\r\n\
    Host: tv.local:8080\r\n\
    Connection: keep-alive\r\n\
    sec-ch-ua: \"Chromium\";v=\"130\", \"Not?A_Brand\";v=\"99\"\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0\r\n\
    Accept-Encoding: identity;q=1, *;q=0\r\n\
    Accept: */*\r\n\
    Sec-Fetch-Site: same-origin\r\n\
    Sec-Fetch-Mode: no-cors\r\n\
    Sec-Fetch-Dest: video\r\n\
    Referer: http://tv.local:8080/\r\n\
    Accept-Language: en-US,en;q=0.9\r\n\
    Range: bytes=50000000-\r\n\
    If-Range: \"1a2b3c-5f5e100-17a1b2c3d4e5f600\"\r\n\
    \r\n";

/// As a small player asks.
const PLAYER: &[u8] = b"GET /video/a.mp4 HTTP/1.1\r\nHost: tv\r\nRange: bytes=0-1023\r\n\r\n";

const CONDITIONS: &[u8] = b"GET / HTTP/1.1\r\nHost: tv\r\n\
    If-None-Match: \"a\", W/\"b\", \"1a2b3c-5f5e100-17a1b2c3d4e5f600\"\r\n\
    If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";

const ETAG: &[u8] = b"\"1a2b3c-5f5e100-17a1b2c3d4e5f600\"";

fn main() {
    // `cargo bench` says so; without it somebody only wants to know that it runs.
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let is_bench = typed.iter().any(|word| word == "--bench");
    let is_test = !is_bench || typed.iter().any(|word| word == "--test");
    let wanted = typed.iter().find(|word| !word.starts_with('-'));
    let mut ran = 0;
    for mut case in cases() {
        if wanted.is_some_and(|wanted| !case.name.contains(wanted)) {
            continue;
        }
        (case.once)();
        ran += 1;
        if !is_test {
            case.measure();
        }
    }
    if is_test {
        println!("test result: ok. {ran} passed; 0 failed (each ran once)");
    }
}

struct Case {
    name: &'static str,
    /// How many bytes one run reads or writes.
    bytes: usize,
    once: Box<dyn FnMut()>,
}

impl Case {
    fn new(name: &'static str, bytes: usize, once: impl FnMut() + 'static) -> Self {
        let once = Box::new(once);
        Self { name, bytes, once }
    }

    fn measure(&mut self) {
        let mut count = 1_u32;
        while self.time(count) < ROUND {
            count = count.saturating_mul(2);
        }
        let best = (0..ROUNDS).map(|_| self.time(count)).min().unwrap();
        let nanos = best.as_secs_f64() * 1e9 / f64::from(count);
        let bytes = f64::from(u32::try_from(self.bytes).unwrap());
        let name = self.name;
        println!(
            "{name:<24} {nanos:>9.1} ns {:>10.0} MB/s",
            bytes / nanos * 1e3
        );
    }

    fn time(&mut self, count: u32) -> Duration {
        let began = clock::now().steady;
        for _ in 0..count {
            (self.once)();
        }
        clock::now().steady - began
    }
}

fn cases() -> Vec<Case> {
    let mut cases = requests();
    cases.extend(decisions());
    cases.extend(replies());
    cases.extend(films());
    cases
}

/// A film in memory: what a disk takes is not what is measured.
const FILM: &[u8] = include_bytes!("../videos/video.mp4");

/// 1 635 samples: two hours have 300 times as many.
fn films() -> Vec<Case> {
    let movie = Movie::read(&FILM).1.expect("a good film");
    let len = movie.moov.len();
    let walk = move || {
        for track in &movie.tracks {
            let last = track.samples(black_box(&movie.moov)).last();
            black_box(last.expect("samples"));
        }
    };
    let package = Package::read(&FILM).1.expect("a good film");
    let segment = move || {
        let segment = Resource::Segment(Rendition::Muxed, black_box(1));
        black_box(package.make(&segment, "0123456789abcdef", &[]));
    };
    vec![
        Case::new("read a film's index", len, || {
            black_box(Movie::read(black_box(&FILM)).1.expect("a good film"));
        }),
        Case::new("walk over its samples", len, walk),
        Case::new("plan its segments", len, || {
            black_box(Package::read(black_box(&FILM)).1.expect("a good film"));
        }),
        Case::new("head of a segment", 0, segment),
    ]
}

fn parsed(head: &[u8]) -> Request {
    let limits = Limits::default();
    match parse(black_box(head), &mut Scan::default(), &limits) {
        Parsed::Request(request) => request,
        other @ (Parsed::NeedMore | Parsed::Refused(_)) => panic!("{other:?}"),
    }
}

fn requests() -> Vec<Case> {
    let mut body = Vec::new();
    for _ in 0..16 {
        body.extend_from_slice(b"400\r\n");
        body.extend_from_slice(&[b'x'; 1_024]);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"0\r\n\r\n");
    let name = b"/shows/one/the%20first%20of%20many%20evenings.mp4";
    let mut decoded = Vec::new();
    vec![
        Case::new("parse, player", PLAYER.len(), || {
            black_box(parsed(PLAYER));
        }),
        Case::new("parse, browser", BROWSER.len(), || {
            black_box(parsed(BROWSER));
        }),
        Case::new("parse, byte by byte", PLAYER.len(), || {
            let (limits, mut scan) = (Limits::default(), Scan::default());
            for end in 1..=PLAYER.len() {
                black_box(parse(black_box(&PLAYER[..end]), &mut scan, &limits));
            }
        }),
        Case::new("decode a name", name.len(), move || {
            target::decode(black_box(name), &mut decoded).expect("a good name");
        }),
        Case::new("drop chunks of 1 KiB", body.len(), move || {
            let taken = Chunks::default().take(black_box(&body));
            assert_eq!(taken, Ok(body.len()));
        }),
    ]
}

fn decisions() -> Vec<Case> {
    let selects = |name, field: &'static [u8]| {
        let bounds = Bounds::default();
        Case::new(name, field.len(), move || {
            _ = black_box(select(black_box(field), 1 << 30, &bounds));
        })
    };
    let request = parsed(CONDITIONS);
    vec![
        selects("select, one", b"bytes=50000000-"),
        selects("select, suffix", b"bytes=-1048576"),
        selects(
            "select, eight",
            b"bytes=0-9,20-29,40-49,60-69,80-89,100-109,120-129,-10",
        ),
        Case::new("judge", CONDITIONS.len(), move || {
            let view = View::new(&request, black_box(CONDITIONS));
            let ours = Validators {
                etag: ETAG,
                modified: Some(784_111_777),
            };
            _ = black_box(judge(&view, ours));
        }),
        signature(),
    ]
}

fn signature() -> Case {
    const PATH: &[u8] = b"shows/one/e1.mp4";
    let keys = Keys::read("VNqQ4pT0kYyqf1m7l2hC9sZbW3xE6uJr8aGdKoLiPvM=").unwrap();
    let claim = Claim {
        expires: 1_763_748_000,
        names: None,
        is_bound: false,
    };
    let token = keys.sign(claim, PATH, None);
    Case::new("signature", token.len() + PATH.len(), move || {
        let token = Token::parse(black_box(token.as_bytes())).unwrap();
        let who = (IpAddr::from([127, 0, 0, 1]), 0);
        let judged = keys.judge(&token, black_box(PATH), who, &mut Opened::default());
        assert!(judged.is_ok());
    })
}

fn replies() -> Vec<Case> {
    let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let now = Now::new(clock::now().steady, wall);
    let span = Span::new(50_000_000, 100_000_000).unwrap();
    let mut out = Vec::new();
    write_head(&mut out, &now, span);
    let head_len = out.len();

    let source: Arc<dyn Source> = Arc::new(Nowhere);
    let (mut body, mut again) = (Body::default(), Body::default());
    let source_again = Arc::clone(&source);
    let head = out.clone();
    let quarter = Span::new(0, 1 << 16).unwrap();
    vec![
        Case::new("head of a 206", head_len, move || {
            out.clear();
            write_head(&mut out, black_box(&now), span);
        }),
        Case::new("body, one reply", head_len, move || {
            body.write(|out| out.extend_from_slice(&head));
            body.push_slice(Arc::clone(&source), quarter);
            black_box(body.parts().count());
            body.advance(body.left());
        }),
        // A mebibyte of sixteen slices, as slow readers take it.
        Case::new("body, 1 MiB by 4 KiB", 1 << 20, move || {
            for _ in 0..16 {
                again.push_slice(Arc::clone(&source_again), quarter);
            }
            while !again.is_empty() {
                black_box(again.parts().next());
                again.advance(again.left().min(4_096));
            }
        }),
    ]
}

fn write_head(out: &mut Vec<u8>, now: &Now, span: Span) {
    let mut head = Head::new(out, Status::PARTIAL_CONTENT, now);
    head.field("X-Content-Type-Options", "nosniff")
        .field("Accept-Ranges", "bytes")
        .field("ETag", ETAG)
        .field("Last-Modified", now.date())
        .field("Cache-Control", "no-cache")
        .field("Content-Type", "video/mp4")
        .content_range(span, 100_000_000)
        .number("Content-Length", span.len());
    head.end();
}

/// A file without bytes: nobody here looks at them.
#[derive(Debug)]
struct Nowhere;

impl Source for Nowhere {
    fn window(&self, _: Span) -> io::Result<Window> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn promised_len(&self) -> u64 {
        1 << 30
    }

    fn state(&self) -> io::Result<FileState> {
        Ok(FileState {
            len: 1 << 30,
            is_rewritten: false,
        })
    }
}
