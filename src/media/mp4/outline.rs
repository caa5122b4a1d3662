//! Owns the walk over the boxes at the top of a file: where its index is, where its fragments are, whether it is whole.
//! Knows nothing of what is inside them: it reads headers alone.
//!
//! ```text
//! ftyp · moov · mdat                                   plain, index first
//! ftyp · free · mdat · moov                            plain, index last
//! ftyp · moov · [sidx] · moof mdat · [styp] moof mdat · … · mfra     fragments
//! ```

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

#[cfg(test)]
mod tests;

use crate::media::mp4::atom::{FourCc, HEAD_BYTES, Head, LONG_HEAD_BYTES, Size};
use crate::media::mp4::bounds::{FRAGMENT_BOXES_MAX, TOP_BOXES_MAX};
use crate::media::package::ReadAt;
use crate::media::unfit::Unfit;

/// A part of the file, half open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Its first byte.
    pub(super) start: u64,
    /// One past its last.
    pub(super) end: u64,
}

impl Extent {
    /// How long it is.
    pub(super) fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

/// A `moof` and its media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// The `moof`, with its header.
    pub(super) moof: Extent,
    /// One past the last `mdat` that belongs to it.
    pub(super) end: u64,
}

/// What stands at the top of a file.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// The first `moov`, with its header.
    pub(super) moov: Option<Extent>,
    /// Where the first `mdat` begins.
    pub(super) first_mdat: Option<u64>,
    /// Fragments that are there as a whole.
    pub(super) pieces: Vec<Piece>,
    /// Whether a box runs past the end of the file.
    pub(super) is_cut: bool,
}

impl Outline {
    /// Walks over a file. What was found before an error stays.
    pub(super) fn walk(&mut self, file: &dyn ReadAt) -> Result<(), Unfit> {
        self.walk_boxes(file)?;
        if self
            .pieces
            .last()
            .is_some_and(|last| last.end == last.moof.end)
        {
            // Its media has not come.
            self.pieces.pop();
            self.is_cut = true;
        }
        Ok(())
    }

    fn walk_boxes(&mut self, file: &dyn ReadAt) -> Result<(), Unfit> {
        let len = file.file_len();
        let mut window = Window::of(file);
        let (mut at, mut count) = (0, 0u32);
        let mut is_open = false;
        while at < len {
            count = count.saturating_add(1);
            if count > self.boxes_max() {
                return Err(Unfit::TooLarge);
            }
            let bytes = window.at(at)?;
            if bytes.len() < HEAD_BYTES {
                break;
            }
            let head = Head::read(bytes);
            let end = head.and_then(|head| match head.size {
                Size::Bytes(bytes) => at.checked_add(bytes),
                Size::ToEnd => Some(len),
            });
            let (Some(head), Some(end)) = (head, end) else {
                // Behind an index, bytes that are no box hurt nobody.
                return self.moov.map(drop).ok_or(Unfit::Damaged);
            };
            let extent = Extent { start: at, end };
            let is_whole = end <= len;
            if !is_whole && is_name(head.kind) {
                self.is_cut = true;
            }
            is_open = self.note(head.kind, extent, is_whole, is_open);
            at = end;
        }
        Ok(())
    }

    fn boxes_max(&self) -> u32 {
        if self.pieces.is_empty() {
            TOP_BOXES_MAX
        } else {
            FRAGMENT_BOXES_MAX
        }
    }

    /// Takes one box down; `is_open` says whether a fragment may still get media.
    fn note(&mut self, kind: FourCc, extent: Extent, is_whole: bool, is_open: bool) -> bool {
        match &kind {
            b"moov" if is_whole => {
                self.moov.get_or_insert(extent);
                false
            }
            b"moof" if is_whole => {
                self.pieces.push(Piece {
                    moof: extent,
                    end: extent.end,
                });
                true
            }
            b"mdat" => {
                self.first_mdat.get_or_insert(extent.start);
                if is_open && !is_whole {
                    self.pieces.pop();
                } else if is_open && let Some(last) = self.pieces.last_mut() {
                    last.end = extent.end;
                }
                is_open && is_whole
            }
            b"styp" | b"sidx" | b"mfra" => false,
            _ => is_open,
        }
    }
}

/// Whether these are letters that somebody chose, not the middle of something.
fn is_name(kind: FourCc) -> bool {
    kind.iter().all(|letter| (0x20..0x7f).contains(letter))
}

/// Bytes read around a header, so that small boxes in a row cost one read.
struct Window<'a> {
    file: &'a dyn ReadAt,
    bytes: Vec<u8>,
    at: u64,
}

/// One page.
const WINDOW_BYTES: usize = 4_096;

impl<'a> Window<'a> {
    fn of(file: &'a dyn ReadAt) -> Self {
        Self {
            file,
            bytes: Vec::new(),
            at: 0,
        }
    }

    /// What stands at that place: enough for a header, if the file has it.
    fn at(&mut self, at: u64) -> Result<&[u8], Unfit> {
        let inside = at
            .checked_sub(self.at)
            .and_then(|inside| usize::try_from(inside).ok());
        let known =
            inside.filter(|inside| inside.saturating_add(LONG_HEAD_BYTES) <= self.bytes.len());
        let inside = match known {
            Some(inside) => inside,
            None => {
                self.bytes.resize(WINDOW_BYTES, 0);
                let count = self.file.read_at(at, &mut self.bytes);
                self.bytes.truncate(count.map_err(|_| Unfit::Unreadable)?);
                self.at = at;
                0
            }
        };
        Ok(self.bytes.get(inside..).unwrap_or_default())
    }
}
