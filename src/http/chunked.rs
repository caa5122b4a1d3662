//! Owns the chunked transfer coding of request bodies (RFC 9112 7.1), which are only ever dropped.
//! Knows nothing of buffers: it is given bytes and says how many belong to the body.
//!
//! ```text
//! 4;name=value\r\n     size in hex, an extension that is skipped
//! abcd\r\n             so many bytes and their CRLF
//! 0\r\n                the last chunk
//! Field: dropped\r\n   trailers are never merged into the head
//! \r\n
//! ```

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use crate::http::status::Refusal;

/// A size line is 64 bytes at the most: a 64-bit size takes 16, and nobody sends extensions.
const SIZE_LINE_BYTES_MAX: u32 = 64;
/// All trailers together.
const TRAILER_BYTES_MAX: u32 = 4_096;
/// All that is not chunk: whoever sends more framing than a body is worth wants our time.
const FRAMING_BYTES_MAX: u32 = 1 << 16;

const BAD_SIZE: Refusal = Refusal::bad("bad-chunk-size");
const BAD: Refusal = Refusal::bad("bad-chunk");

/// Where in the coding the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the hex digits; how many were read.
    Size(u32),
    /// Behind a `;`, until CR.
    Extension,
    /// After the CR of a size line.
    SizeFeed,
    /// In the chunk's bytes.
    Bytes,
    /// After the chunk's bytes: its CR, then its LF.
    BytesReturn,
    BytesFeed,
    /// At the start of a trailer line, inside one, and after its CR.
    TrailerStart,
    Trailer,
    TrailerFeed,
    /// After the CR of the blank line.
    LastFeed,
    Done,
}

/// Reads the coding byte by byte, the chunks themselves at a stride.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunks {
    place: Place,
    left: u64,
    line: u32,
    framing: u32,
    total: u64,
}

impl Default for Chunks {
    fn default() -> Self {
        Self {
            place: Place::Size(0),
            left: 0,
            line: 0,
            framing: 0,
            total: 0,
        }
    }
}

impl Chunks {
    /// Whether the last byte of the body has been seen.
    pub fn is_done(&self) -> bool {
        self.place == Place::Done
    }

    /// Bytes of chunks so far, announced ones included.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Takes from the front of `bytes` what belongs to this body; returns how many.
    pub fn take(&mut self, bytes: &[u8]) -> Result<usize, Refusal> {
        let mut taken = 0usize;
        while let Some((&byte, rest)) = bytes.get(taken..).and_then(<[u8]>::split_first) {
            if self.is_done() {
                break;
            }
            if self.place == Place::Bytes {
                let here = u64::try_from(rest.len())
                    .unwrap_or(u64::MAX)
                    .saturating_add(1);
                let skipped = here.min(self.left);
                self.left = self.left.saturating_sub(skipped);
                taken = taken.saturating_add(usize::try_from(skipped).unwrap_or(usize::MAX));
                if self.left == 0 {
                    self.place = Place::BytesReturn;
                }
                continue;
            }
            self.place = self.step(byte)?;
            taken = taken.saturating_add(1);
        }
        Ok(taken)
    }

    fn step(&mut self, byte: u8) -> Result<Place, Refusal> {
        self.line = self.line.saturating_add(1);
        self.framing = self.framing.saturating_add(1);
        if self.framing > FRAMING_BYTES_MAX {
            return Err(BAD);
        }
        let place = match (self.place, byte) {
            (Place::Size(digits), _) if byte.is_ascii_hexdigit() && digits < 16 => {
                let digit = char::from(byte).to_digit(16).ok_or(BAD_SIZE)?;
                self.left = self.left.checked_mul(16).ok_or(BAD_SIZE)? | u64::from(digit);
                Place::Size(digits.saturating_add(1))
            }
            (Place::Size(1..), b';') => Place::Extension,
            (Place::Size(1..) | Place::Extension, b'\r') => Place::SizeFeed,
            (Place::Size(_), _) => return Err(BAD_SIZE),
            (Place::Extension, _) if byte.is_ascii_control() && byte != b'\t' => {
                return Err(BAD_SIZE);
            }
            (Place::Extension, _) if self.line < SIZE_LINE_BYTES_MAX => Place::Extension,
            (Place::Extension, _) => return Err(BAD_SIZE),
            (Place::SizeFeed, b'\n') => {
                self.line = 0;
                self.total = self.total.saturating_add(self.left);
                if self.left == 0 {
                    Place::TrailerStart
                } else {
                    Place::Bytes
                }
            }
            (Place::SizeFeed, _) => return Err(BAD_SIZE),
            (Place::BytesReturn, b'\r') => Place::BytesFeed,
            (Place::BytesFeed, b'\n') => {
                self.line = 0;
                Place::Size(0)
            }
            (Place::TrailerStart, b'\r') => Place::LastFeed,
            (Place::Trailer, b'\r') => Place::TrailerFeed,
            (Place::TrailerStart | Place::Trailer, _)
                if byte != b'\n' && self.line < TRAILER_BYTES_MAX =>
            {
                Place::Trailer
            }
            (Place::TrailerFeed, b'\n') => Place::TrailerStart,
            (Place::LastFeed, b'\n') => Place::Done,
            _ => return Err(BAD),
        };
        Ok(place)
    }
}

#[cfg(test)]
mod tests;
