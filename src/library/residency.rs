//! Owns what is known of which parts of a file are in memory.
//! Knows nothing of who wants them.
//!
//! ```text
//! blocks of 256 KiB    0 1 2 3 4 5 …       a bit each: seen in memory within the last two seconds
//! ```
//!
//! `mincore` answers truthfully only to who owns the file and tells everybody else that all is
//! there; `preadv2` with RWF_NOWAIT is truthful for all, but only disk file systems have it. Where
//! neither helps, a block counts as absent until it was fetched once.

use std::fs::File;
use std::io::IoSliceMut;
use std::os::fd::AsFd;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::Stat;
use rustix::io::{Errno, ReadWriteFlags};

use crate::range::Span;

/// A block: what is asked about, fetched and remembered at once.
pub const BLOCK_BYTES: u64 = 1 << 18;
/// How long what was seen is believed. The kernel drops pages that were used last so recently only
/// when it is short of memory, and then one read waits.
const BELIEVED_SECS: u64 = 2;
/// Between two probes of RWF_NOWAIT: half of what the kernel reads ahead at the least.
const STRIDE_BYTES: u64 = 1 << 15;

/// How presence can be found out for one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// `mincore` tells the truth: the file is ours.
    Mincore,
    /// RWF_NOWAIT works here.
    Nowait,
    /// Nothing tells.
    Blind,
}

impl Sight {
    /// Finds out; reads at most one byte, which is there or not read.
    pub fn of(file: &File, stat: &Stat) -> Self {
        if stat.st_uid == rustix::process::geteuid().as_raw() {
            return Self::Mincore;
        }
        match probe(file, 0) {
            Ok(_) | Err(Errno::AGAIN) => Self::Nowait,
            Err(_) => Self::Blind,
        }
    }
}

/// Reads one byte if that needs no disk. The byte is not looked at.
fn probe(file: &File, at: u64) -> rustix::io::Result<usize> {
    let mut byte = [0u8];
    let mut room = [IoSliceMut::new(&mut byte)];
    rustix::io::preadv2(file.as_fd(), &mut room, at, ReadWriteFlags::NOWAIT)
}

/// What was seen of one file.
#[derive(Debug)]
pub struct Residency {
    sight: Sight,
    len: u64,
    /// When `seen` began to be filled.
    since: AtomicU64,
    seen: OnceLock<Box<[AtomicU64]>>,
}

impl Residency {
    /// Nothing is known yet.
    pub fn new(sight: Sight, len: u64) -> Self {
        Self {
            sight,
            len,
            since: AtomicU64::new(0),
            seen: OnceLock::new(),
        }
    }

    /// Whether all of `span` is in memory. `mincore` asks about the block that it is given.
    pub fn is_resident(
        &self,
        span: Span,
        unix_secs: u64,
        file: &File,
        mincore: impl Fn(Span) -> bool,
    ) -> bool {
        self.forget_what_is_old(unix_secs);
        blocks(span).all(|block| {
            if self.has_seen(block) {
                return true;
            }
            let Some(whole) = self.block(block) else {
                return true;
            };
            if self.is_there(whole, file, &mincore) {
                self.note(block);
                return true;
            }
            // A file that was cut has no more than a part of its last block.
            let part = Span::new(whole.start().max(span.start()), whole.end().min(span.end()));
            part.is_none_or(|part| self.is_there(part, file, &mincore))
        })
    }

    fn is_there(&self, span: Span, file: &File, mincore: impl Fn(Span) -> bool) -> bool {
        match self.sight {
            Sight::Mincore => mincore(span),
            Sight::Nowait => is_there_by_probes(file, span),
            Sight::Blind => false,
        }
    }

    /// Notes that all of `span` has been fetched.
    pub fn note_span(&self, span: Span) {
        blocks(span).for_each(|block| self.note(block));
    }

    /// The whole blocks around `span`, within the file.
    pub fn around(&self, span: Span) -> Span {
        let start = span.start() - span.start() % BLOCK_BYTES;
        let end = span
            .end()
            .div_ceil(BLOCK_BYTES)
            .saturating_mul(BLOCK_BYTES)
            .min(self.len);
        Span::new(start, end).unwrap_or(span)
    }

    fn block(&self, number: u64) -> Option<Span> {
        let start = number * BLOCK_BYTES;
        Span::new(start, start.saturating_add(BLOCK_BYTES).min(self.len))
    }

    fn forget_what_is_old(&self, unix_secs: u64) {
        let age = unix_secs.abs_diff(self.since.load(Ordering::Relaxed));
        if age >= BELIEVED_SECS && self.sight != Sight::Blind {
            self.since.store(unix_secs, Ordering::Relaxed);
            for word in self.seen().iter() {
                word.store(0, Ordering::Relaxed);
            }
        }
    }

    fn seen(&self) -> &[AtomicU64] {
        self.seen.get_or_init(|| {
            let words = self.len.div_ceil(BLOCK_BYTES * 64);
            (0..words).map(|_| AtomicU64::new(0)).collect()
        })
    }

    fn has_seen(&self, block: u64) -> bool {
        self.word(block)
            .is_some_and(|word| word.load(Ordering::Relaxed) & bit(block) != 0)
    }

    fn note(&self, block: u64) {
        if let Some(word) = self.word(block) {
            word.fetch_or(bit(block), Ordering::Relaxed);
        }
    }

    fn word(&self, block: u64) -> Option<&AtomicU64> {
        self.seen().get(usize::try_from(block / 64).ok()?)
    }
}

const fn bit(block: u64) -> u64 {
    1 << (block % 64)
}

/// The numbers of the blocks that a span touches.
fn blocks(span: Span) -> impl Iterator<Item = u64> {
    span.start() / BLOCK_BYTES..=(span.end() - 1) / BLOCK_BYTES
}

fn is_there_by_probes(file: &File, span: Span) -> bool {
    let mut at = span.start();
    while at < span.end() {
        if probe(file, at).is_err() {
            return false;
        }
        at += STRIDE_BYTES;
    }
    probe(file, span.end() - 1).is_ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{BLOCK_BYTES, Residency, Sight};
    use crate::range::Span;

    fn file(len: u64) -> std::fs::File {
        let name = format!("reeld-residency-{}-{len}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut file = std::fs::File::create_new(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file.write_all(&vec![1u8; usize::try_from(len).unwrap()])
            .unwrap();
        file
    }

    #[test]
    fn what_was_seen_is_believed_for_a_while() {
        let len = 3 * BLOCK_BYTES + 5;
        let file = file(len);
        let residency = Residency::new(Sight::Mincore, len);
        let last = Span::new(len - 1, len).unwrap();
        let asked = std::cell::RefCell::new(Vec::new());
        let ask = |unix_secs, answer| {
            asked.borrow_mut().clear();
            residency.is_resident(last, unix_secs, &file, |span| {
                asked.borrow_mut().push((span.start(), span.end()));
                answer
            })
        };
        let (block, part) = ((3 * BLOCK_BYTES, len), (len - 1, len));
        assert!(!ask(100, false));
        assert_eq!(
            *asked.borrow(),
            [block, part],
            "a part may be all that a cut file has"
        );
        assert!(ask(100, true));
        assert_eq!(*asked.borrow(), [block]);
        assert!(ask(101, false), "seen a second ago");
        assert_eq!(*asked.borrow(), []);
        assert!(!ask(102, false), "too long ago");
        assert!(!ask(50, false), "the clock may go back");
    }

    #[test]
    fn the_blind_believe_what_was_fetched() {
        let len = 2 * BLOCK_BYTES;
        let file = file(len);
        let residency = Residency::new(Sight::Blind, len);
        let across = Span::new(BLOCK_BYTES - 1, BLOCK_BYTES + 1).unwrap();
        assert!(!residency.is_resident(across, 1, &file, |_| true));
        assert_eq!(residency.around(across), Span::new(0, len).unwrap());
        residency.note_span(across);
        assert!(residency.is_resident(across, 1_000, &file, |_| false));
    }
}
