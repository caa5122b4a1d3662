//! Owns every bound of the server: its name, unit, value and reason, in one table.
//! Knows nothing of what the bounds guard; each is used where its name is read.
//!
//! A name ends in its unit and `_max` (or `_secs`, `_millis`). `--limits` prints the table,
//! `--limit NAME=VALUE` changes a row, and a row that is not here is not a limit.

use std::time::Duration;

macro_rules! limits {
    ($($name:ident = $value:expr, $least:expr, $most:expr, $unit:literal, $why:literal;)*) => {
        /// The bounds in force: built once at start, never changed afterwards.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits {
            $(#[doc = $why] pub $name: usize,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $value,)* }
            }
        }

        impl Limits {
            /// Sets one bound by its name; the error says what is allowed.
            pub fn set(&mut self, name: &str, value: usize) -> Result<(), String> {
                let (slot, least, most): (&mut usize, usize, usize) = match name {
                    $(stringify!($name) => (&mut self.$name, $least, $most),)*
                    _ => return Err(format!("there is no limit '{name}' (see --limits)")),
                };
                if value < least || value > most {
                    return Err(format!("{name} must be from {least} to {most}, not {value}"));
                }
                *slot = value;
                Ok(())
            }

            /// The table as rows: name, value, unit, reason.
            pub fn rows(&self) -> Vec<(&'static str, usize, &'static str, &'static str)> {
                vec![$((stringify!($name), self.$name, $unit, $why),)*]
            }
        }
    };
}

/// A whole file is one mapping where addresses are plenty; 32-bit hosts map 16 MiB at a time.
#[cfg(target_pointer_width = "64")]
const MAP_WINDOW_BYTES: usize = 1 << 40;
#[cfg(not(target_pointer_width = "64"))]
const MAP_WINDOW_BYTES: usize = 1 << 24;

limits! {
    // name = value, least, most, unit, reason
    connections_max = 0, 0, 1 << 24, "connections",
        "open at once, all workers together; 0 takes what RLIMIT_NOFILE leaves";
    head_bytes_max = 16_384, 256, 65_535, "bytes",
        "of one request head: room for large cookies, one buffer per busy connection";
    fields_max = 64, 4, 128, "fields",
        "in one head: browsers send about 20";
    target_bytes_max = 8_192, 64, 65_535, "bytes",
        "of one request target: RFC 9112 asks for 8 000 at the least";
    pipelined_max = 16, 1, 1_024, "replies",
        "queued on one connection: more wait unread in the kernel";
    pipelined_bytes_max = 1 << 14, 512, 1 << 30, "bytes",
        "of our own in these replies, heads of segments above all: more requests wait unread";
    ranges_max = 8, 1, 64, "ranges",
        "in one Range field: more get the whole file";
    range_bytes_max = 1_024, 16, 65_535, "bytes",
        "of a Range field that is looked at: longer ones get the whole file";
    discard_bytes_max = 65_536, 0, 1 << 30, "bytes",
        "of a request body that nobody wants: more is refused with 413";
    head_secs_max = 10, 1, 3_600, "seconds",
        "for a whole request head (not a byte): what stops slow heads";
    idle_secs_max = 60, 1, 86_400, "seconds",
        "between two requests: browsers reuse within a minute";
    stall_secs_max = 120, 1, 86_400, "seconds",
        "without one byte taken by the reader: a paused player asks again when it goes on";
    linger_secs_max = 10, 1, 600, "seconds",
        "reading on after a refusal, so that the client can read it";
    linger_quiet_secs_max = 2, 1, 600, "seconds",
        "of silence that end such reading earlier";
    turn_bytes_max = 1 << 20, 4_096, 1 << 30, "bytes",
        "sent to one connection before the others get their turn; one that is read counts for eight";
    quantum_bytes_max = 1 << 19, 4_096, 1 << 30, "bytes",
        "offered to a socket in one call: what it does not take was prepared in vain";
    copied_bytes_max = 1 << 13, 0, 1 << 30, "bytes",
        "of a span that is copied into the socket: larger ones leave as page references";
    unsent_bytes_max = 1 << 17, 4_096, 1 << 30, "bytes",
        "waiting unsent in a socket (TCP_NOTSENT_LOWAT): a stalled reader costs little";
    entries_max = 256, 1, 1 << 16, "files",
        "kept open and mapped by one worker";
    recheck_millis = 1_000, 0, 3_600_000, "milliseconds",
        "for which a file is believed unchanged before it is looked at again";
    unused_secs_max = 60, 1, 86_400, "seconds",
        "for which a mapping that nobody uses is kept";
    map_window_bytes = MAP_WINDOW_BYTES, 4_096, usize::MAX, "bytes",
        "mapped at once of one file: larger files are mapped in windows";
    find_secs_max = 30, 1, 3_600, "seconds",
        "for which a request waits for the disk to find its file";
    patience_millis = 100, 0, 60_000, "milliseconds",
        "for which a look at a known file is waited for: then it is served as it was";
    page_ins_max = 4_096, 1, 1 << 20, "page-ins",
        "waiting for the disk: a reply that needs one more ends";
    finds_max = 1_024, 1, 1 << 20, "look-ups",
        "waiting for the disk: more are answered 503";
    listed_files_max = 20_000, 1, 1 << 22, "files",
        "in the library list: more are served but not listed";
    listed_subtitles_max = 32, 0, 1_024, "subtitles",
        "of one title that are listed";
    listed_depth_max = 16, 1, 256, "folders",
        "below the root that are listed";
    live_message_bytes_max = 4_096, 128, 1 << 20, "bytes",
        "of one message of the page: a longer one ends its socket";
    live_unsent_bytes_max = 1 << 16, 4_096, 1 << 24, "bytes",
        "waiting in a socket of the page: more is not told, and pings are not answered";
    live_quiet_secs_max = 30, 1, 3_600, "seconds",
        "of silence on a socket of the page before it is pinged, and again before it ends";
    subtitle_bytes_max = 1 << 21, 0, 1 << 26, "bytes",
        "of subtitles that WebVTT is made of, kept while the file is: more is refused with 413";
    packages_bytes_max = 16 << 20, 0, 1 << 40, "bytes",
        "of indexes and texts kept of titles in segments: what is used last stays, and one that is larger";
    signed_list_secs = 21_600, 8, 604_800, "seconds",
        "for which the addresses of the owner's list open, where they are signed: the page renews them before";
    stream_rest_secs_max = 10, 1, 3_600, "seconds",
        "without a byte on its way, after which a stream has given its place free (--max-streams)";
    queue_called_secs_max = 10, 1, 600, "seconds",
        "for which a place is kept for whoever's turn it is: browsers ask every 3 seconds";
    queue_away_secs_max = 15, 1, 600, "seconds",
        "for which a place in the queue is kept for whoever was told to come back";
    queue_share_max = 4, 1, 1 << 16, "streams",
        "of one client (IPv6: of one /64) in the queue: more are refused";
    log_lines_max = 1_024, 1, 1 << 20, "buffers",
        "of access log waiting for a slow disk: more are dropped and counted";
    healthcheck_secs_max = 5, 1, 3_600, "seconds",
        "for the whole answer to --healthcheck: who waits longer is not well";
    newcomer_millis = 50, 0, 60_000, "milliseconds",
        "in which a newcomer must ask something whole when no more connections may be open, or give way";
    rest_millis = 1_000, 0, 3_600_000, "milliseconds",
        "without a byte or a request, after which one that was served gives way when no more may be open";
    accept_retry_millis = 50, 1, 60_000, "milliseconds",
        "before accepting is tried again when descriptors ran out";
}

impl Limits {
    /// Seconds of a bound as a duration.
    pub fn secs(value: usize) -> Duration {
        Duration::from_secs(u64::try_from(value).unwrap_or(u64::MAX))
    }

    /// Milliseconds of a bound as a duration.
    pub fn millis(value: usize) -> Duration {
        Duration::from_millis(u64::try_from(value).unwrap_or(u64::MAX))
    }

    /// What the bounds add up to for one busy connection, in bytes of our own memory.
    pub fn connection_bytes_max(&self) -> usize {
        // The inbox holds one head and what was read with it; each queued reply holds its head,
        // and a multi-range reply a head for each part. The last one may begin below the bound and end
        // above it: the head of a segment is about 10 KiB. Files cost nothing: they stay files.
        const SEGMENT_HEAD: usize = 1 << 14;
        let heads = 512 + 160usize.saturating_mul(self.ranges_max);
        let replies = self.pipelined_max.saturating_mul(heads);
        let replies = replies.max(self.pipelined_bytes_max.saturating_add(SEGMENT_HEAD));
        self.head_bytes_max
            .saturating_mul(2)
            .saturating_add(replies)
    }
}
