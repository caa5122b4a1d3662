//! Owns the one idea: a reply is a queue of pieces, and writing is advancing.
//! Knows nothing of how bytes reach a socket, nor where a source's bytes lie.
//!
//! ```text
//! pieces   [ Made: head ][ Slice: file a..b ][ Made: next head ][ Static: page ] …
//!                          ^ sent_of_first
//! ```

use std::collections::VecDeque;
use std::fmt::Debug;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use crate::range::Span;

/// Where the bytes of a slice come from: a mapped file.
///
/// Nobody here may look at the bytes; a source only tells the kernel where they are.
pub trait Source: Debug + Send + Sync {
    /// Address and length of the first bytes of `span`: all of it, or as much as is mapped together.
    fn window(&self, span: Span) -> io::Result<Window>;

    /// What its bytes come from, as a number: sources of one origin are slow together, or hang together.
    fn origin(&self) -> u64 {
        0
    }

    /// The length that replies were promised.
    fn promised_len(&self) -> u64;

    /// Whether the bytes of `span` are in memory, as far as can be told without waiting. What was true
    /// a moment ago is believed; the moment is `unix_secs`.
    fn is_resident(&self, _span: Span, _unix_secs: u64) -> bool {
        true
    }

    /// Brings the bytes of `span` into memory. It may wait for a disk: not for a loop to call.
    fn make_resident(&self, _span: Span) -> io::Result<()> {
        Ok(())
    }

    /// Says that the bytes of `span` have been sent and that nobody else is near them: they need not
    /// stay mapped.
    fn release(&self, _span: Span) {}

    /// How the file stands at this moment: asked before each write, so that bytes past a new end
    /// are never sent.
    fn state(&self) -> io::Result<FileState>;
}

/// A stretch of mapped memory that is only ever handed to the kernel.
#[derive(Debug, Clone)]
pub struct Window {
    /// Where it begins. Never dereferenced in this process: the file may be gone.
    pub address: *const u8,
    /// How many bytes of the span it holds; at least one.
    pub len: usize,
    /// Keeps a temporary mapping until the kernel has read it.
    pub hold: Option<Arc<dyn Debug + Send + Sync>>,
}

impl Window {
    /// Its length, as spans count.
    pub fn bytes(&self) -> u64 {
        u64::try_from(self.len).unwrap_or(u64::MAX)
    }

    /// Its first `count` bytes and the others; nothing where one of the two would be empty.
    pub fn split(&self, count: u64) -> Option<(Self, Self)> {
        let count = usize::try_from(count).ok()?;
        let part = |address: *const u8, len: usize| Self {
            address,
            len,
            hold: self.hold.clone(),
        };
        (0 < count && count < self.len).then(|| {
            let rest = self.address.wrapping_add(count);
            (part(self.address, count), part(rest, self.len - count))
        })
    }
}

/// What a file looks like now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileState {
    /// Its length.
    pub len: u64,
    /// Whether it was rewritten in place since it was opened: same length, other bytes.
    pub is_rewritten: bool,
}

/// One part of a reply.
#[derive(Debug, Clone)]
enum Piece {
    /// Compiled into the binary.
    Static(&'static [u8]),
    /// Written by us for this reply: a stretch of [`Body::made`].
    Made(Range<usize>),
    /// Written by us once for many replies: this part of it.
    Shared(Arc<[u8]>, Range<usize>),
    /// Bytes of a file.
    Slice(Arc<dyn Source>, Span),
}

impl Piece {
    fn len(&self) -> u64 {
        let bytes = match self {
            Self::Static(bytes) => bytes.len(),
            Self::Made(range) => range.len(),
            Self::Shared(_, range) => range.len(),
            Self::Slice(_, span) => return span.len(),
        };
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

/// What is to be sent next, without what was sent already.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// Bytes of our own memory.
    Bytes(&'a [u8]),
    /// Bytes of a file.
    Slice(&'a Arc<dyn Source>, Span),
}

/// Room for a usual head, which stays for the next one.
const KEEP: usize = 2_048;

/// The queue of pieces that one connection still has to send.
///
/// Invariant: `sent_of_first` is less than the first piece's length, and zero without a piece;
/// `left` is the sum of the pieces' lengths minus `sent_of_first`; no piece is empty.
#[derive(Debug, Default)]
pub struct Body {
    made: Vec<u8>,
    pieces: VecDeque<Piece>,
    sent_of_first: u64,
    left: u64,
    queued: u64,
}

impl Body {
    /// Whether everything has been sent.
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Bytes still to send.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Bytes ever queued: the place in the stream where the next piece will begin.
    pub fn queued(&self) -> u64 {
        self.queued
    }

    /// Bytes ever sent.
    pub fn sent(&self) -> u64 {
        self.queued.saturating_sub(self.left)
    }

    /// Queues what `write` appends. Neighbouring stretches leave as one.
    pub fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.made.len();
        write(&mut self.made);
        let range = start..self.made.len();
        if range.is_empty() {
            return;
        }
        let len = u64::try_from(range.len()).unwrap_or(u64::MAX);
        self.left = self.left.saturating_add(len);
        self.queued = self.queued.saturating_add(len);
        match self.pieces.back_mut() {
            Some(Piece::Made(last)) if last.end == start => last.end = range.end,
            _ => self.pieces.push_back(Piece::Made(range)),
        }
    }

    /// Where the next bytes that we make will be: for [`Body::made_from`].
    pub fn made_len(&self) -> usize {
        self.made.len()
    }

    /// The bytes that were made since then, while nothing was sent.
    pub fn made_from(&self, at: usize) -> &[u8] {
        self.made.get(at..).unwrap_or_default()
    }

    /// Queues bytes of the binary.
    pub fn push_static(&mut self, bytes: &'static [u8]) {
        self.push(Piece::Static(bytes));
    }

    /// Queues bytes that other replies share.
    pub fn push_shared(&mut self, bytes: Arc<[u8]>) {
        let all = 0..bytes.len();
        self.push(Piece::Shared(bytes, all));
    }

    /// Queues a part of them, which lies inside.
    pub fn push_shared_part(&mut self, bytes: Arc<[u8]>, part: Range<usize>) {
        debug_assert!(part.end <= bytes.len(), "a part is inside of the whole");
        self.push(Piece::Shared(bytes, part));
    }

    /// Queues a span of a file.
    pub fn push_slice(&mut self, source: Arc<dyn Source>, span: Span) {
        self.push(Piece::Slice(source, span));
    }

    fn push(&mut self, piece: Piece) {
        let len = piece.len();
        if len > 0 {
            self.left = self.left.saturating_add(len);
            self.queued = self.queued.saturating_add(len);
            self.pieces.push_back(piece);
        }
    }

    /// What is to be sent, in order.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let mut skip = self.sent_of_first;
        self.pieces.iter().filter_map(move |piece| {
            let skipped = std::mem::take(&mut skip);
            let from = usize::try_from(skipped).unwrap_or(usize::MAX);
            Some(match piece {
                Piece::Static(bytes) => Part::Bytes(bytes.get(from..)?),
                Piece::Made(range) => Part::Bytes(self.made.get(range.clone())?.get(from..)?),
                Piece::Shared(bytes, range) => Part::Bytes(bytes.get(range.clone())?.get(from..)?),
                Piece::Slice(source, span) => Part::Slice(source, span.after(skipped)?),
            })
        })
    }

    /// The first file in it, and how many bytes of our own stand before that.
    pub fn first_slice(&self) -> Option<(u64, &Arc<dyn Source>)> {
        let mut before = 0u64;
        for part in self.parts() {
            match part {
                Part::Bytes(bytes) => {
                    before = before.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                }
                Part::Slice(source, _) => return Some((before, source)),
            }
        }
        None
    }

    /// What is left of the file that is being sent, if a file is in front.
    pub fn front_slice(&self) -> Option<(&Arc<dyn Source>, Span)> {
        match self.pieces.front()? {
            Piece::Slice(source, span) => Some((source, span.after(self.sent_of_first)?)),
            Piece::Static(_) | Piece::Made(_) | Piece::Shared(..) => None,
        }
    }

    /// The file that is sent last, and what of it.
    pub fn back_slice(&self) -> Option<(&Arc<dyn Source>, Span)> {
        match self.pieces.back()? {
            Piece::Slice(source, span) => Some((source, *span)),
            Piece::Static(_) | Piece::Made(_) | Piece::Shared(..) => None,
        }
    }

    /// Notes that the first `count` bytes were taken by the socket.
    pub fn advance(&mut self, count: u64) {
        debug_assert!(
            count <= self.left,
            "a socket cannot take more than it was offered"
        );
        self.left = self.left.saturating_sub(count);
        self.sent_of_first = self.sent_of_first.saturating_add(count);
        while let Some(first) = self.pieces.front() {
            let len = first.len();
            if self.sent_of_first < len {
                break;
            }
            self.sent_of_first -= len;
            self.pieces.pop_front();
        }
        self.forget_sent();
    }

    /// Gives back what was made and has been sent: at once when nothing waits, else when it is worth
    /// the copy.
    fn forget_sent(&mut self) {
        const WORTH: usize = 16_384;
        let gone = self.pieces.iter().find_map(|piece| match piece {
            Piece::Made(range) => Some(range.start),
            Piece::Static(_) | Piece::Shared(..) | Piece::Slice(..) => None,
        });
        let gone = gone.unwrap_or(self.made.len());
        if self.made.len() - gone > 0 && (gone < WORTH || gone < self.made.len() / 2) {
            return;
        }
        self.made.drain(..gone);
        // The head of a segment need not be held while its media goes out slowly.
        if self.made.is_empty() && !self.pieces.is_empty() {
            self.made.shrink_to(KEEP);
        }
        for piece in &mut self.pieces {
            if let Piece::Made(range) = piece {
                *range = range.start - gone..range.end - gone;
            }
        }
    }

    /// Drops everything, and the memory beyond a usual head with it.
    pub fn clear(&mut self) {
        self.pieces.clear();
        self.pieces.shrink_to(16);
        self.made.clear();
        self.made.shrink_to(KEEP);
        self.sent_of_first = 0;
        self.left = 0;
        self.queued = 0;
    }
}

#[cfg(test)]
mod tests;
