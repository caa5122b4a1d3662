//! Owns what is counted, and how it is told to machines: Prometheus text and JSON.
//! Knows nothing of when something is to be counted.
//!
//! ```text
//! worker 0   Counters ─┐
//! worker 1   Counters ─┼──▶ Totals ──▶ text for Prometheus, JSON
//! …                    ┘
//! ```
//!
//! Each worker writes counters of its own, so that counting is a load and a store; whoever asks adds
//! them up.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a connection is at, as people and machines are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Between two requests.
    Idle,
    /// Reading a head, or a body that is dropped.
    Head,
    /// Waiting for the library.
    Finding,
    /// Waiting for its turn: all places are taken.
    Queued,
    /// A reply leaves.
    Sending,
    /// A reply waits for the socket.
    Blocked,
    /// A reply waits for the disk.
    Disk,
    /// A reply is held back: it is as fast as it may be.
    Paced,
    /// A socket of the page.
    Live,
    /// Nothing more will be sent.
    Closing,
}

impl Phase {
    /// All, in the order in which they are counted.
    pub const ALL: [Self; 10] = [
        Self::Idle,
        Self::Head,
        Self::Finding,
        Self::Queued,
        Self::Sending,
        Self::Blocked,
        Self::Disk,
        Self::Paced,
        Self::Live,
        Self::Closing,
    ];

    /// Its name in labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Head => "head",
            Self::Finding => "finding",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Blocked => "blocked",
            Self::Disk => "disk",
            Self::Paced => "paced",
            Self::Live => "live",
            Self::Closing => "closing",
        }
    }
}

/// A number that one thread writes and all may read.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Adds to it. Only its owner may: there is no lock around the two steps.
    pub fn add(&self, more: u64) {
        let old = self.0.load(Ordering::Relaxed);
        self.0.store(old.wrapping_add(more), Ordering::Relaxed);
    }

    fn take_one(&self) {
        self.add(u64::MAX); // wraps: one less
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts for each of a few names, which are known only when they come up.
#[derive(Debug, Default)]
pub struct Names(Mutex<Vec<(&'static str, u64)>>);

impl Names {
    /// One more of that name.
    pub fn add(&self, name: &'static str) {
        add_named(
            &mut self.0.lock().unwrap_or_else(PoisonError::into_inner),
            name,
            1,
        );
    }
}

fn add_named(all: &mut Vec<(&'static str, u64)>, name: &'static str, more: u64) {
    match all.iter_mut().find(|(known, _)| *known == name) {
        Some((_, count)) => *count += more,
        None => all.push((name, more)),
    }
}

/// Upper ends of the buckets of reply durations.
const BUCKETS: [(&str, Duration); 9] = [
    ("0.001", Duration::from_millis(1)),
    ("0.01", Duration::from_millis(10)),
    ("0.1", Duration::from_millis(100)),
    ("0.5", Duration::from_millis(500)),
    ("1", Duration::from_secs(1)),
    ("5", Duration::from_secs(5)),
    ("30", Duration::from_secs(30)),
    ("300", Duration::from_secs(300)),
    ("3600", Duration::from_secs(3_600)),
];
const STATUSES: usize = 500;

/// What one worker counts.
#[derive(Debug)]
pub struct Counters {
    /// Connections accepted.
    pub accepted: Count,
    /// Bytes that sockets took, heads included.
    pub sent_bytes: Count,
    /// Spans fetched from the disk.
    pub page_ins: Count,
    /// Segments of titles that were sent.
    pub segments: Count,
    /// Refusals by reason.
    pub refusals: Names,
    /// Ends of connections by reason.
    pub closes: Names,
    phases: [Count; Phase::ALL.len()],
    statuses: Box<[Count]>,
    took: [Count; BUCKETS.len() + 1],
    took_micros: Count,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            accepted: Count::default(),
            sent_bytes: Count::default(),
            page_ins: Count::default(),
            segments: Count::default(),
            refusals: Names::default(),
            closes: Names::default(),
            phases: Default::default(),
            statuses: (0..STATUSES).map(|_| Count::default()).collect(),
            took: Default::default(),
            took_micros: Count::default(),
        }
    }
}

impl Counters {
    /// A connection went from one phase to another; one that comes or goes has no other.
    pub fn change(&self, from: Option<Phase>, to: Option<Phase>) {
        if let Some(from) = from {
            self.phases[from as usize].take_one();
        }
        if let Some(to) = to {
            self.phases[to as usize].add(1);
        }
    }

    /// A reply has ended.
    pub fn replied(&self, status: u16, took: Duration) {
        if let Some(count) = self.statuses.get(usize::from(status.saturating_sub(100))) {
            count.add(1);
        }
        let bucket = BUCKETS.iter().take_while(|(_, end)| took > *end).count();
        self.took[bucket].add(1);
        self.took_micros
            .add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }
}

/// The counters of all workers.
#[derive(Debug, Default)]
pub struct Metrics {
    started_unix_secs: u64,
    workers: Vec<Arc<Counters>>,
}

/// All workers' counts together, at one moment.
#[derive(Debug, Default)]
pub struct Totals {
    /// Connections accepted.
    pub accepted: u64,
    /// Bytes that sockets took.
    pub sent_bytes: u64,
    page_ins: u64,
    segments: u64,
    phases: [u64; Phase::ALL.len()],
    statuses: Vec<(usize, u64)>,
    took: [u64; BUCKETS.len() + 1],
    took_micros: u64,
    refusals: Vec<(&'static str, u64)>,
    closes: Vec<(&'static str, u64)>,
}

impl Totals {
    /// How many connections are open.
    pub fn connections(&self) -> u64 {
        self.phases.iter().sum()
    }

    /// How many requests were answered.
    pub fn requests(&self) -> u64 {
        // As they are told by status: workers go on counting while all is added up.
        self.statuses.iter().map(|(_, count)| count).sum()
    }

    fn write_durations(&self, out: &mut String) {
        let help = "From the end of a request's head to its reply's last byte.";
        family("reply_seconds", "histogram", help, out);
        let ends = BUCKETS.iter().map(|(end, _)| *end).chain(["+Inf"]);
        let mut sum = 0;
        for (end, count) in ends.zip(self.took) {
            sum += count;
            _ = writeln!(out, "reeld_reply_seconds_bucket{{le=\"{end}\"}} {sum}");
        }
        let (secs, rest) = (self.took_micros / 1_000_000, self.took_micros % 1_000_000);
        _ = writeln!(out, "reeld_reply_seconds_sum {secs}.{rest:06}");
        _ = writeln!(out, "reeld_reply_seconds_count {sum}");
    }

    /// Replies with bytes that are on their way.
    fn streams(&self) -> u64 {
        [Phase::Sending, Phase::Blocked, Phase::Disk, Phase::Paced]
            .iter()
            .map(|phase| self.phases[*phase as usize])
            .sum()
    }
}

/// What stands above the numbers of one name, for Prometheus.
pub fn family(name: &str, kind: &str, help: &str, out: &mut String) {
    _ = writeln!(
        out,
        "# HELP reeld_{name} {help}\n# TYPE reeld_{name} {kind}"
    );
}

fn labelled<V: std::fmt::Display>(
    (name, kind, help): (&str, &str, &str),
    label: &str,
    rows: impl Iterator<Item = (V, u64)>,
    out: &mut String,
) {
    family(name, kind, help, out);
    for (value, count) in rows {
        _ = writeln!(out, "reeld_{name}{{{label}=\"{value}\"}} {count}");
    }
}

impl Metrics {
    /// Counters for so many workers.
    pub fn new(workers: usize, started_unix_secs: u64) -> Self {
        Self {
            started_unix_secs,
            workers: (0..workers).map(|_| Arc::default()).collect(),
        }
    }

    /// What a worker writes to.
    pub fn of_worker(&self, number: usize) -> Arc<Counters> {
        self.workers.get(number).map(Arc::clone).unwrap_or_default()
    }

    /// Adds all up.
    pub fn totals(&self) -> Totals {
        let mut all = Totals::default();
        let mut statuses = [0u64; STATUSES];
        for one in &self.workers {
            all.accepted += one.accepted.get();
            all.sent_bytes += one.sent_bytes.get();
            all.page_ins += one.page_ins.get();
            all.segments += one.segments.get();
            all.took_micros += one.took_micros.get();
            let phases = all.phases.iter_mut().zip(&one.phases);
            phases.for_each(|(sum, count)| *sum += count.get());
            let took = all.took.iter_mut().zip(&one.took);
            took.for_each(|(sum, count)| *sum += count.get());
            let seen = statuses.iter_mut().zip(&one.statuses);
            seen.for_each(|(sum, count)| *sum += count.get());
            for (sums, names) in [
                (&mut all.refusals, &one.refusals),
                (&mut all.closes, &one.closes),
            ] {
                let names = names.0.lock().unwrap_or_else(PoisonError::into_inner);
                for (name, count) in &*names {
                    add_named(sums, name, *count);
                }
            }
        }
        let seen = statuses.into_iter().enumerate();
        all.statuses = seen
            .filter(|(_, count)| *count > 0)
            .map(|(at, count)| (at + 100, count))
            .collect();
        all
    }

    /// The text format of Prometheus.
    pub fn prometheus(&self, titles: &Titles) -> String {
        let all = self.totals();
        let mut out = String::with_capacity(4_096);
        let version = env!("CARGO_PKG_VERSION");
        family("build_info", "gauge", "Always 1.", &mut out);
        _ = writeln!(out, "reeld_build_info{{version=\"{version}\"}} 1");
        for (name, kind, help, value) in self.numbers(&all) {
            family(name, kind, help, &mut out);
            _ = writeln!(out, "reeld_{name} {value}");
        }
        let phases = Phase::ALL.map(|phase| (phase.name(), all.phases[phase as usize]));
        let help = "Open connections by what they are at.";
        labelled(
            ("connections", "gauge", help),
            "phase",
            phases.into_iter(),
            &mut out,
        );
        let (refusals, closes) = (all.refusals.iter().copied(), all.closes.iter().copied());
        let help = "Requests refused, by reason.";
        labelled(
            ("refusals_total", "counter", help),
            "reason",
            refusals,
            &mut out,
        );
        let help = "Connections that ended, by reason.";
        labelled(
            ("closes_total", "counter", help),
            "reason",
            closes,
            &mut out,
        );
        titles.write(&mut out);
        let statuses = all.statuses.iter().copied();
        let help = "Requests answered, by status.";
        labelled(
            ("requests_total", "counter", help),
            "status",
            statuses,
            &mut out,
        );
        all.write_durations(&mut out);
        out
    }

    fn numbers(&self, all: &Totals) -> [(&'static str, &'static str, &'static str, u64); 6] {
        [
            (
                "start_time_seconds",
                "gauge",
                "When it was started, in seconds since 1970.",
                self.started_unix_secs,
            ),
            (
                "streams",
                "gauge",
                "Replies that are on their way.",
                all.streams(),
            ),
            (
                "accepted_total",
                "counter",
                "Connections accepted.",
                all.accepted,
            ),
            (
                "sent_bytes_total",
                "counter",
                "Bytes that sockets took, heads included.",
                all.sent_bytes,
            ),
            (
                "page_ins_total",
                "counter",
                "Spans that were not in memory and were fetched.",
                all.page_ins,
            ),
            (
                "segments_total",
                "counter",
                "Segments and init segments sent of titles, as HLS or DASH.",
                all.segments,
            ),
        ]
    }

    /// The same for scripts and for the live view, without the braces around it.
    pub fn write_json(&self, all: &Totals, unix_secs: u64, out: &mut String) {
        _ = write!(
            out,
            "\"uptime\":{},\"connections\":{},\"streams\":{},\"accepted\":{},\"requests\":{},\
             \"bytes\":{},\"page_ins\":{},\"segments\":{}",
            unix_secs.saturating_sub(self.started_unix_secs),
            all.connections(),
            all.streams(),
            all.accepted,
            all.requests(),
            all.sent_bytes,
            all.page_ins,
            all.segments,
        );
        let phases = Phase::ALL
            .iter()
            .map(|phase| (phase.name(), all.phases[*phase as usize]));
        write_object("phases", phases, out);
        write_object("statuses", all.statuses.iter().copied(), out);
        write_object("refusals", all.refusals.iter().copied(), out);
        write_object("closes", all.closes.iter().copied(), out);
    }
}

/// Numbers by names that need no escaping, behind other members.
pub fn write_object<N: std::fmt::Display>(
    name: &str,
    rows: impl Iterator<Item = (N, u64)>,
    out: &mut String,
) {
    _ = write!(out, ",\"{name}\":{{");
    for (at, (name, count)) in rows.enumerate() {
        let comma = if at > 0 { "," } else { "" };
        _ = write!(out, "{comma}\"{name}\":{count}");
    }
    out.push('}');
}

mod titles;

pub use titles::Titles;

#[cfg(test)]
mod tests;
