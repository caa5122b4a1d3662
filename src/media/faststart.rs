//! Owns the same file with its index in front: what a plain player needs to begin at once.
//! Knows nothing of samples, nor of how the reply is sent.
//!
//! ```text
//! file     ftyp  mdat…………………………  moov  free
//! reply    ftyp  moov'  mdat…………………………  free
//!          └─ head ──┘  └── spans of the file ─┘
//! ```
//!
//! In `moov'` each chunk's offset is moved by as much as the chunk is. An `stco` whose offsets would no longer fit
//! becomes a `co64`, which makes the index longer and moves all chunks once more.

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use std::sync::Arc;

use crate::media::mp4::{Codec, Movie};
use crate::media::package::ReadAt;
use crate::range::Span;

/// A reply: our bytes, then spans of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faststart {
    /// `ftyp` and `moov`.
    pub head: Arc<[u8]>,
    /// All else, in order.
    pub spans: Vec<Span>,
}

/// Longer ones are not what they say.
const FTYP_BYTES_MAX: u64 = 4_096;

/// How often the index may grow before it fits: each time all tables that must are made longer.
const ROUNDS_MAX: usize = 8;

impl Faststart {
    /// Nothing where the index is in front already, or where more than chunks are told by their offsets.
    pub fn of(movie: &Movie, file: &dyn ReadAt) -> Option<Self> {
        let mut tracks = movie.tracks.iter();
        let is_encrypted = tracks.any(|track| track.entry.codec == Codec::Encrypted);
        if !movie.is_index_last || movie.fragments.is_some() || is_encrypted {
            return None;
        }
        let mut head = ftyp(file)?;
        let begin = u64::try_from(head.len()).ok()?;
        let mut shift = Shift {
            moov_at: movie.moov_at,
            moov_end: movie.moov_at.checked_add(movie.moov_len)?,
            old_len: movie.moov_len,
            new_len: movie.moov_len,
        };
        // Read again: of a title that is packaged, only a part is kept.
        let mut old = vec![0; usize::try_from(movie.moov_len).ok()?];
        if file.read_at(movie.moov_at, &mut old).ok()? < old.len() {
            return None;
        }
        let moov = (0..ROUNDS_MAX).find_map(|_| {
            let moov = shift.moov(&old)?;
            let len = u64::try_from(moov.len()).ok()?;
            let is_settled = len == shift.new_len;
            shift.new_len = len;
            is_settled.then_some(moov)
        })?;
        head.extend_from_slice(&moov);
        let before = Span::new(begin, movie.moov_at);
        let behind = Span::new(shift.moov_end, movie.file_len);
        Some(Self {
            head: head.into(),
            spans: before.into_iter().chain(behind).collect(),
        })
    }

    /// The same of a file that was not looked into yet; it may wait for a disk.
    pub fn read(file: &dyn ReadAt) -> Option<Self> {
        let (_, movie) = Movie::read(file);
        Self::of(&movie.ok()?, file)
    }

    /// Bytes of the whole reply.
    pub fn reply_len(&self) -> u64 {
        let head = u64::try_from(self.head.len()).unwrap_or(u64::MAX);
        let spans = self.spans.iter().map(|span| span.len());
        spans.fold(head, u64::saturating_add)
    }
}

/// The box at the start, if it is this one: it must stay there.
fn ftyp(file: &dyn ReadAt) -> Option<Vec<u8>> {
    let mut header = [0; 8];
    if file.read_at(0, &mut header).ok()? < header.len() {
        return None;
    }
    let [a, b, c, d, kind @ ..] = header;
    if &kind != b"ftyp" {
        return Some(Vec::new());
    }
    let size = u32::from_be_bytes([a, b, c, d]);
    if size < 8 || u64::from(size) > FTYP_BYTES_MAX {
        return None;
    }
    let mut ftyp = vec![0; usize::try_from(size).ok()?];
    (file.read_at(0, &mut ftyp).ok()? == ftyp.len()).then_some(ftyp)
}

/// Where offsets go when the index changes its place.
#[derive(Clone, Copy)]
struct Shift {
    moov_at: u64,
    moov_end: u64,
    old_len: u64,
    new_len: u64,
}

/// Down to the tables of chunks.
const PATH: [&[u8; 4]; 4] = [b"trak", b"mdia", b"minf", b"stbl"];

impl Shift {
    fn of(self, offset: u64) -> u64 {
        let moved = offset.saturating_add(self.new_len);
        if offset < self.moov_at {
            moved
        } else if offset >= self.moov_end {
            moved.saturating_sub(self.old_len)
        } else {
            // Within the index is no chunk.
            offset
        }
    }

    fn moov(self, moov: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(moov.len().saturating_add(8));
        let (kind, body, rest) = split(moov)?;
        if kind != *b"moov" || !rest.is_empty() {
            return None;
        }
        self.write(kind, body, &PATH, &mut out)?;
        Some(out)
    }

    /// Writes a box whose children are followed along `path`.
    fn write(self, kind: [u8; 4], body: &[u8], path: &[&[u8; 4]], out: &mut Vec<u8>) -> Option<()> {
        let at = begin(kind, out);
        let mut rest = body;
        while !rest.is_empty() {
            let Some((kind, body, behind)) = split(rest) else {
                // Some end their list with four zeros.
                out.extend_from_slice(rest);
                break;
            };
            let whole = rest.get(..rest.len().saturating_sub(behind.len()))?;
            match (path.split_first(), &kind) {
                (Some((next, path)), kind) if *next == kind => {
                    self.write(*kind, body, path, out)?;
                }
                (None, b"stco") => self.write_chunks::<4>(body, out)?,
                (None, b"co64") => self.write_chunks::<8>(body, out)?,
                _ => out.extend_from_slice(whole),
            }
            rest = behind;
        }
        end(at, out)
    }

    /// `body` is version, flags and count, then offsets of `N` bytes each.
    fn write_chunks<const N: usize>(self, body: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let (head, rows) = body.split_first_chunk::<8>()?;
        let [.., a, b, c, d] = *head;
        let count = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        let rows = rows.as_chunks::<N>().0.get(..count)?;
        let offset = |row: &[u8; N]| {
            let wide = row.iter();
            wide.fold(0, |sum: u64, byte| sum.wrapping_shl(8) | u64::from(*byte))
        };
        let offsets = || rows.iter().map(|row| self.of(offset(row)));
        let is_long = N == 8 || offsets().any(|offset| u32::try_from(offset).is_err());
        let at = begin(if is_long { *b"co64" } else { *b"stco" }, out);
        out.extend_from_slice(head);
        for offset in offsets() {
            let bytes = offset.to_be_bytes();
            out.extend_from_slice(if is_long {
                &bytes
            } else {
                bytes.last_chunk::<4>()?
            });
        }
        end(at, out)
    }
}

fn begin(kind: [u8; 4], out: &mut Vec<u8>) -> usize {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&kind);
    at
}

fn end(at: usize, out: &mut [u8]) -> Option<()> {
    let size = u32::try_from(out.len().checked_sub(at)?).ok()?;
    let slot = out.get_mut(at..)?.first_chunk_mut()?;
    *slot = size.to_be_bytes();
    Some(())
}

/// Kind and body of the first box, and what follows it; nothing where it is not whole.
fn split(bytes: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let (size, rest) = bytes.split_first_chunk()?;
    let (kind, rest) = rest.split_first_chunk()?;
    let (header, size) = match u32::from_be_bytes(*size) {
        1 => {
            let (long, _) = rest.split_first_chunk()?;
            (16, usize::try_from(u64::from_be_bytes(*long)).ok()?)
        }
        size => (8, usize::try_from(size).ok()?),
    };
    Some((*kind, bytes.get(header..size)?, bytes.get(size..)?))
}

#[cfg(test)]
mod tests;
