//! Owns the one log line for what a connection has watched of a file.
//! Knows nothing of single replies: a player asks for a file in many.

use std::time::Instant;

use super::{CloseReason, Conn};
use crate::http::date::Now;
use crate::ops::access::kilobytes_per_second;

/// A file as one connection watches it.
#[derive(Debug)]
pub(super) struct Stream {
    name: Vec<u8>,
    bytes: u64,
    began: Instant,
    last: Instant,
}

impl Stream {
    pub(super) fn add(&mut self, bytes: u64, now: Instant) {
        self.bytes += bytes;
        self.last = now;
    }
}

impl Conn {
    /// A reply with bytes of the file of this name was queued: the same stream goes on, or another
    /// begins once the replies before it have left.
    pub(super) fn follow(&mut self, now: &Now) {
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        let name = &exchange.name;
        let queued = exchange.marks.iter().rev();
        let mut latest = queued.filter_map(|mark| mark.stream.as_ref());
        let latest = latest.next().or(self.stream.as_ref());
        if latest.is_some_and(|old| old.name == *name) {
            return;
        }
        let stream = Stream {
            name: name.clone(),
            bytes: 0,
            began: now.steady,
            last: now.steady,
        };
        if let Some(mark) = exchange.marks.back_mut() {
            mark.stream = Some(Box::new(stream));
        }
        self.begin_next_stream();
    }

    /// Begins the stream that the next reply to leave begins with, if it does.
    pub(super) fn begin_next_stream(&mut self) {
        let next = self.exchange.as_mut().and_then(|it| it.marks.front_mut());
        if let Some(stream) = next.and_then(|mark| mark.stream.take()) {
            self.turn_to(stream);
        }
    }

    pub(super) fn turn_to(&mut self, stream: Box<Stream>) {
        self.tell_stream("another-file");
        self.stream = Some(stream);
    }

    /// The connection is over, and what it watched with it.
    pub fn end_stream(&mut self, reason: CloseReason) {
        self.tell_stream(reason.name());
    }

    fn tell_stream(&mut self, why: &str) {
        let Some(stream) = self.stream.take().filter(|stream| stream.bytes > 0) else {
            return;
        };
        let took = stream.last.saturating_duration_since(stream.began);
        let (millis, bytes) = (took.as_millis(), stream.bytes);
        let speed = kilobytes_per_second(bytes, took);
        log::info!(
            "stream {} {} bytes={bytes} secs={}.{:03} mbs={}.{} end={why}",
            self.client,
            stream.name.escape_ascii(),
            millis / 1_000,
            millis % 1_000,
            speed / 1_000,
            speed / 100 % 10,
        );
    }
}
