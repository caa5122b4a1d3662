//! `/_/metrics`, read strictly (the text format of Prometheus, version 0.0.4).
//!
//! ```text
//! # HELP name words
//! # TYPE name counter|gauge|histogram
//! name{label="value"} number            samples only between their TYPE and the next HELP
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::bytes::clip;
use crate::client::{Wire, eventually, get_digits, request};
use crate::json::Json;
use crate::server::Server;
use crate::socket::{Page, UPGRADE, upgraded};

const LARGE: usize = 24_000_000;

/// Samples by name and labels, as they are written.
#[derive(Debug, Default)]
pub(super) struct Samples(BTreeMap<String, f64>);

impl Samples {
    /// A sample that has to be there.
    #[track_caller]
    fn must(&self, name: &str) -> f64 {
        *self
            .0
            .get(name)
            .unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    /// A sample of a name that comes up only when it is counted.
    fn count(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or(0.0)
    }

    fn starting<'a>(&'a self, start: &'a str) -> impl Iterator<Item = f64> + 'a {
        let ours = self
            .0
            .iter()
            .filter(move |(name, _)| name.starts_with(start));
        ours.map(|(_, value)| *value)
    }
}

fn is_name(name: &str) -> bool {
    name.bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && name.starts_with(|first: char| first.is_ascii_lowercase())
}

/// Splits `name{label="value",…} number`.
#[track_caller]
fn sample(line: &str) -> (&str, Vec<(&str, &str)>, f64) {
    let (named, number) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
    let is_plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    assert!(
        is_plain && !number.starts_with('.') && !number.ends_with('.'),
        "{line}"
    );
    let Some((name, labels)) = named.split_once('{') else {
        return (named, Vec::new(), number.parse().unwrap());
    };
    let labels = labels.strip_suffix('}').unwrap_or_else(|| panic!("{line}"));
    let labels = labels.split(',').map(|label| {
        let (name, value) = label.split_once('=').unwrap_or_else(|| panic!("{line}"));
        let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
        let value = value.unwrap_or_else(|| panic!("{line}"));
        assert!(
            is_name(name) && !value.contains(['"', '\\', '\n', ' ']),
            "{line}"
        );
        (name, value)
    });
    (name, labels.collect(), number.parse().unwrap())
}

#[track_caller]
pub(super) fn parse(text: &str) -> Samples {
    assert!(text.ends_with('\n') && !text.contains('\r') && !text.contains("\n\n"));
    let mut samples = Samples::default();
    let mut families = BTreeSet::new();
    let (mut family, mut kind) = ("", "");
    let mut buckets: Vec<(f64, f64)> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap_or_else(|| panic!("{line}"));
            assert!(is_name(name) && name.starts_with("reeld_"), "{line}");
            assert!(words.ends_with('.') && words.is_ascii(), "{line}");
            assert!(families.insert(name), "{name} comes twice");
            let typed = lines.next().unwrap_or_default();
            (family, kind) = typed
                .strip_prefix("# TYPE ")
                .and_then(|typed| typed.split_once(' '))
                .unwrap_or_else(|| panic!("no TYPE after {line}"));
            assert_eq!(family, name);
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{typed}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{typed}");
            continue;
        }
        let (name, labels, value) = sample(line);
        if kind == "histogram" {
            let part = name
                .strip_prefix(family)
                .unwrap_or_else(|| panic!("{line}"));
            match (part, labels.as_slice()) {
                ("_bucket", [("le", end)]) => {
                    let end = if *end == "+Inf" {
                        f64::INFINITY
                    } else {
                        end.parse().unwrap()
                    };
                    let before = buckets.last().copied().unwrap_or((f64::NEG_INFINITY, 0.0));
                    assert!(before.0 < end && before.1 <= value, "{line}");
                    buckets.push((end, value));
                }
                ("_count", []) => {
                    assert_eq!(buckets.last(), Some(&(f64::INFINITY, value)), "{line}");
                }
                ("_sum", []) => {}
                _ => panic!("{line}"),
            }
        } else {
            assert_eq!(name, family, "{line}");
        }
        let written = line.rsplit_once(' ').unwrap().0.to_owned();
        assert!(samples.0.insert(written, value).is_none(), "twice: {line}");
    }
    assert_eq!(buckets.len(), 10);
    samples
}

/// What was counted up to now.
#[track_caller]
pub(super) fn scrape(server: &Server) -> Samples {
    parse(server.get("/_/metrics", &[]).text())
}

fn start() -> Server {
    // One worker, so that what was answered before is counted before.
    Server::start(&["--workers", "1"], |folder| {
        folder.write("a.mp4", "0123456789");
        folder.write("large.mp4", clip(41, LARGE));
    })
}

/// What a server says that has done nothing yet.
#[test]
fn at_first() {
    let server = start();
    let samples = scrape(&server);
    let version = concat!(
        "reeld_build_info{version=\"",
        env!("CARGO_PKG_VERSION"),
        "\"}"
    );
    assert!((samples.must(version) - 1.0).abs() < f64::EPSILON);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    assert!((now.unwrap().as_secs_f64() - samples.must("reeld_start_time_seconds")).abs() < 30.0);
    assert_eq!(samples.must("reeld_accepted_total"), 1.0);
    for name in [
        "reeld_streams",
        "reeld_sent_bytes_total",
        "reeld_page_ins_total",
    ] {
        assert_eq!(samples.must(name), 0.0, "{name}");
    }
    let phases = [
        "idle", "head", "finding", "queued", "sending", "blocked", "disk", "paced", "live",
        "closing",
    ];
    for phase in phases {
        let name = format!("reeld_connections{{phase=\"{phase}\"}}");
        // Who asks may be there already, or not yet.
        let most = if phase == "idle" { 1.0 } else { 0.0 };
        assert!(samples.must(&name) <= most, "{name}");
    }
    assert_eq!(samples.starting("reeld_connections{").count(), phases.len());
}

/// Every counter rises by what was done, and by nothing else.
#[test]
fn counters_rise_by_what_was_done() {
    let server = start();
    let mut asking = server.wire();
    let mut asked_bytes = 0;
    let mut ask = || {
        asking.send(request("GET", "/_/metrics", &[]));
        let reply = asking.reply();
        (parse(reply.text()), reply)
    };
    ask();
    let (before, reply) = ask();
    // The reply to the first of the two was counted in the second, and so on.
    asked_bytes += whole_len(&reply);

    let mut bytes = 0;
    for (asked, times) in [
        (get_digits(&["Connection: close"]), 3),
        (get_digits(&["Range: bytes=2-5", "Connection: close"]), 5),
        (get_digits(&["Range: bytes=99-", "Connection: close"]), 1),
        (get_digits(&["If-None-Match: *", "Connection: close"]), 2),
        (request("GET", "/video/none.mp4", &["Connection: close"]), 4),
        (
            request("HEAD", "/video/large.mp4", &["Connection: close"]),
            1,
        ),
        (
            request("GET", "/video/large.mp4", &["Connection: close"]),
            1,
        ),
        ("nonsense\r\n\r\n".to_owned(), 2),
    ] {
        for _ in 0..times {
            let mut wire = server.wire();
            wire.send(&asked);
            bytes += wire.rest().len();
        }
    }
    let (after, _) = ask();
    let (answered, taken) = (
        after.starting("reeld_requests_total{").sum::<f64>(),
        after.must("reeld_reply_seconds_count"),
    );
    assert_eq!(answered, taken, "{after:?}");
    let rise = |name: &str| after.count(name) - before.count(name);
    for (name, more) in [
        ("reeld_accepted_total", 19),
        ("reeld_requests_total{status=\"200\"}", 3 + 1 + 1 + 1),
        ("reeld_requests_total{status=\"206\"}", 5),
        ("reeld_requests_total{status=\"304\"}", 2),
        ("reeld_requests_total{status=\"400\"}", 2),
        ("reeld_requests_total{status=\"404\"}", 4),
        ("reeld_requests_total{status=\"416\"}", 1),
        ("reeld_requests_total{status=\"503\"}", 0),
        ("reeld_reply_seconds_count", 20),
        ("reeld_refusals_total{reason=\"not-found\"}", 4),
        ("reeld_refusals_total{reason=\"range-not-satisfiable\"}", 1),
        ("reeld_sent_bytes_total", bytes + asked_bytes),
    ] {
        assert_eq!(
            rise(name),
            f64::from(u32::try_from(more).unwrap()),
            "{name}"
        );
    }
    let refusals = after.starting("reeld_refusals_total{").sum::<f64>();
    assert_eq!(refusals, 7.0, "{after:?}");
    eventually("all ends counted", || {
        let closes = ask().0.starting("reeld_closes_total{").sum::<f64>();
        closes == 19.0
    });
}

/// The bytes of a reply, head and body, as they crossed the wire.
fn whole_len(reply: &crate::client::Reply) -> usize {
    let fields = reply
        .fields
        .iter()
        .map(|(name, value)| name.len() + value.len() + 4);
    "HTTP/1.1 200 OK\r\n\r\n".len() + fields.sum::<usize>() + reply.body.len()
}

/// Connections are counted by what they are at, and not at all once they have left.
#[test]
fn phases() {
    let server = start();
    let phase =
        |name: &str| scrape(&server).must(&format!("reeld_connections{{phase=\"{name}\"}}"));
    let mut idle: Vec<Wire> = (0..5).map(|_| server.wire()).collect();
    for wire in &mut idle {
        wire.send(get_digits(&[]));
        wire.reply();
    }
    let mut head: Vec<Wire> = (0..4).map(|_| server.wire()).collect();
    for wire in &mut head {
        wire.send("GET /video/a.mp4 HT");
    }
    let blocked: Vec<_> = (0..3)
        .map(|_| server.slow_reader("/video/large.mp4").0)
        .collect();
    let live: Vec<Wire> = (0..2).map(|_| upgraded(&server, "a")).collect();
    let mut closing = server.wire();
    closing.send("nonsense\r\n\r\n");
    closing.reply();
    for (name, count) in [
        ("idle", 5.0),
        ("head", 4.0),
        ("finding", 0.0),
        ("blocked", 3.0),
        ("disk", 0.0),
        ("live", 2.0),
        ("closing", 1.0),
    ] {
        eventually(name, || phase(name) == count);
    }
    assert_eq!(scrape(&server).must("reeld_streams"), 3.0);
    for (n, wire) in idle
        .into_iter()
        .chain(head)
        .chain(blocked)
        .chain(live)
        .enumerate()
    {
        if n % 2 == 0 {
            wire.reset();
        }
    }
    closing.end();
    eventually("nobody there", || {
        scrape(&server).starting("reeld_connections{").sum::<f64>() == 0.0
    });
    assert_eq!(scrape(&server).must("reeld_streams"), 0.0);
}

/// Each refusal under its own name, and each end.
#[test]
fn refusals_and_closes() {
    let args = [
        "--workers",
        "1",
        "--limit",
        "idle_secs_max=1",
        "--limit",
        "stall_secs_max=1",
    ];
    let args = [
        &args[..],
        &[
            "--limit",
            "head_secs_max=1",
            "--limit",
            "linger_quiet_secs_max=1",
        ],
    ]
    .concat();
    let server = Server::start(&args, |folder| {
        folder.write("a.mp4", "0123456789");
        folder.write("large.mp4", clip(42, LARGE));
    });
    let count = |name: &str, reason: &str| {
        scrape(&server).count(&format!("reeld_{name}_total{{reason=\"{reason}\"}}"))
    };
    let socket = |old: &str, new: &str| {
        let fields = UPGRADE.map(|field| if field.starts_with(old) { new } else { field });
        request("GET", "/_/live?session=a", &fields)
    };
    for (asked, reason) in [
        (request("GET", "/none", &[]), "not-found"),
        (request("POST", "/", &[]), "method-not-allowed"),
        (request("GET", "/video/%zz", &[]), "bad-target"),
        (
            socket("Sec-WebSocket-Version", "Sec-WebSocket-Version: 7"),
            "websocket-version",
        ),
        (
            socket("Sec-WebSocket-Key", "Sec-WebSocket-Key: x"),
            "websocket-key",
        ),
        (socket("Upgrade", "Origin: http://a.test"), "foreign-origin"),
        (socket("none", "").replace("session=a", ""), "bad-session"),
    ] {
        let reply = server.answer(&asked);
        assert!(reply.text().contains(reason), "{reply:?}");
        assert_eq!(count("refusals", reason), 1.0, "{reason}");
    }
    // Ends, each for its reason.
    server.get("/video/a.mp4", &[]);
    assert!(count("closes", "done") >= 1.0);
    Page::open(&server, "a").close();
    eventually("peer-closed", || count("closes", "peer-closed") >= 1.0);
    let before = count("closes", "peer-gone");
    server.slow_reader("/video/large.mp4").0.reset();
    eventually("peer-gone", || count("closes", "peer-gone") == before + 1.0);
    let (_stalled, _) = server.slow_reader("/video/large.mp4");
    let mut slow = server.wire();
    slow.send("GET / HTTP");
    let mut idle = server.wire();
    idle.send(get_digits(&[]));
    idle.reply();
    let mut refused = server.wire();
    refused.send("nonsense\r\n\r\n");
    for reason in ["stalled", "head-timeout", "idle", "refused"] {
        eventually(reason, || count("closes", reason) == 1.0);
    }
    assert_eq!(count("refusals", "head-timeout"), 1.0);
}

/// The two forms say the same.
#[test]
fn both_forms_agree() {
    let server = start();
    let _live = upgraded(&server, "a");
    let (_slow, _) = server.slow_reader("/video/large.mp4");
    server.get("/video/none.mp4", &[]);
    let stats = Json::parse(server.get("/_/stats", &[]).text());
    let samples = scrape(&server);
    let number = |json: &Json| json.number().to_string().parse::<f64>().unwrap();
    assert_eq!(number(stats.at("streams")), samples.must("reeld_streams"));
    assert_eq!(
        number(stats.at("accepted")) + 1.0,
        samples.must("reeld_accepted_total")
    );
    assert_eq!(
        number(stats.at("requests")) + 1.0,
        samples.must("reeld_reply_seconds_count")
    );
    assert_eq!(
        number(stats.at("page_ins")),
        samples.must("reeld_page_ins_total")
    );
    for (of, name, label) in [
        ("phases", "connections", "phase"),
        ("refusals", "refusals_total", "reason"),
    ] {
        let counts = stats.at(of).members();
        assert_eq!(
            counts.len(),
            samples.starting(&format!("reeld_{name}{{")).count()
        );
        for (value, count) in counts {
            let sample = format!("reeld_{name}{{{label}=\"{value}\"}}");
            // Who asks may be there already, or not yet.
            let apart = (samples.must(&sample) - number(count)).abs();
            let most = if value == "idle" { 1.0 } else { 0.0 };
            assert!(apart <= most, "{sample}: {samples:?}");
        }
    }
}
