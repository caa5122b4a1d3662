//! Owns the shape of a box (QuickTime calls it an atom), the walk over those inside one, and the reading of fields.
//! Knows nothing of what any box means.
//!
//! ```text
//! size size size size  k i n d   body…               size counts from its own first byte
//!    0    0    0    1  k i n d   size × 8   body…    64 bits of size
//!    0    0    0    0  k i n d   body…               to the end of the file; inside a box it ends the list
//! ```

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

#[cfg(test)]
mod tests;

use crate::media::mp4::bounds::CHILDREN_MAX;
use crate::media::unfit::Unfit;

/// Four letters.
pub(super) type FourCc = [u8; 4];

/// Bytes of a header of 32 bits.
pub(super) const HEAD_BYTES: usize = 8;

/// Bytes of a header of 64 bits.
pub(super) const LONG_HEAD_BYTES: usize = 16;

/// What a header says of the size of its box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// With its header.
    Bytes(u64),
    /// As far as there is something.
    ToEnd,
}

/// The header of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// What it is called.
    pub(super) kind: FourCc,
    /// How long it is.
    pub(super) size: Size,
    /// How long this header is.
    pub(super) head_len: usize,
}

impl Head {
    /// Reads the header that `bytes` begin with. Nothing where it is not whole, or shorter than itself.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let size = fields.u32().ok()?;
        let kind = fields.array().ok()?;
        let (size, head_len) = match size {
            0 => (Size::ToEnd, HEAD_BYTES),
            1 => (Size::Bytes(fields.u64().ok()?), LONG_HEAD_BYTES),
            size => (Size::Bytes(size.into()), HEAD_BYTES),
        };
        match size {
            Size::Bytes(bytes) if bytes < u64::try_from(head_len).ok()? => None,
            Size::Bytes(_) | Size::ToEnd => Some(Self {
                kind,
                size,
                head_len,
            }),
        }
    }
}

/// A box in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Atom<'a> {
    /// What it is called.
    pub(super) kind: FourCc,
    /// With its header.
    pub(super) whole: &'a [u8],
    /// Without.
    pub(super) body: &'a [u8],
    /// Where the body begins, counted from where the outermost walk began.
    pub(super) at: usize,
}

impl<'a> Atom<'a> {
    /// The boxes inside.
    pub(super) fn children(&self) -> Atoms<'a> {
        Atoms::of(self.body, self.at)
    }

    /// The boxes inside, behind fields of so many bytes.
    pub(super) fn children_behind(&self, fields_len: usize) -> Atoms<'a> {
        let body = self.body.get(fields_len..).unwrap_or_default();
        Atoms::of(body, self.at.saturating_add(fields_len))
    }

    /// The first child of that kind.
    pub(super) fn child(&self, kind: &FourCc) -> Result<Option<Self>, Unfit> {
        self.children().first(kind)
    }

    /// The same, which must be there.
    pub(super) fn needed(&self, kind: &FourCc) -> Result<Self, Unfit> {
        self.child(kind)?.ok_or(Unfit::Damaged)
    }

    /// Its fields.
    pub(super) fn fields(&self) -> Fields<'a> {
        Fields(self.body)
    }
}

/// Boxes one behind the other. A box that runs over its container is an error, and the last item.
#[derive(Debug, Clone)]
pub(super) struct Atoms<'a> {
    rest: &'a [u8],
    at: usize,
    left: u32,
}

impl<'a> Atoms<'a> {
    /// The boxes that stand in `bytes`, of which the first byte is counted as `at`.
    pub(super) fn of(bytes: &'a [u8], at: usize) -> Self {
        Self {
            rest: bytes,
            at,
            left: CHILDREN_MAX,
        }
    }

    /// The first one of that kind.
    pub(super) fn first(mut self, kind: &FourCc) -> Result<Option<Atom<'a>>, Unfit> {
        self.find(|atom| !matches!(atom, Ok(atom) if atom.kind != *kind))
            .transpose()
    }

    fn step(&mut self) -> Result<Option<Atom<'a>>, Unfit> {
        if self.rest.len() < HEAD_BYTES {
            return Ok(None);
        }
        let head = Head::read(self.rest).ok_or(Unfit::Damaged)?;
        let Size::Bytes(size) = head.size else {
            return Ok(None);
        };
        self.left = self.left.checked_sub(1).ok_or(Unfit::TooLarge)?;
        let size = usize::try_from(size).map_err(|_| Unfit::Damaged)?;
        let (whole, rest) = self.rest.split_at_checked(size).ok_or(Unfit::Damaged)?;
        let atom = Atom {
            kind: head.kind,
            whole,
            body: whole.get(head.head_len..).unwrap_or_default(),
            at: self.at.saturating_add(head.head_len),
        };
        self.rest = rest;
        self.at = self.at.saturating_add(size);
        Ok(Some(atom))
    }
}

impl<'a> Iterator for Atoms<'a> {
    type Item = Result<Atom<'a>, Unfit>;

    fn next(&mut self) -> Option<Self::Item> {
        let atom = self.step().transpose();
        if !matches!(atom, Some(Ok(_))) {
            self.rest = &[];
        }
        atom
    }
}

/// Reads numbers one after the other; each that is missing is damage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    /// The next bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Unfit> {
        let (first, rest) = self.0.split_first_chunk().ok_or(Unfit::Damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    /// Eight bits.
    pub(super) fn u8(&mut self) -> Result<u8, Unfit> {
        self.array().map(u8::from_be_bytes)
    }

    /// Sixteen bits.
    pub(super) fn u16(&mut self) -> Result<u16, Unfit> {
        self.array().map(u16::from_be_bytes)
    }

    /// Thirty-two bits.
    pub(super) fn u32(&mut self) -> Result<u32, Unfit> {
        self.array().map(u32::from_be_bytes)
    }

    /// Sixty-four bits.
    pub(super) fn u64(&mut self) -> Result<u64, Unfit> {
        self.array().map(u64::from_be_bytes)
    }

    /// Thirty-two bits, or sixty-four where the version of the box says so.
    pub(super) fn word(&mut self, is_long: bool) -> Result<u64, Unfit> {
        if is_long {
            self.u64()
        } else {
            self.u32().map(u64::from)
        }
    }

    /// The next so many bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Unfit> {
        let (first, rest) = self.0.split_at_checked(count).ok_or(Unfit::Damaged)?;
        self.0 = rest;
        Ok(first)
    }

    /// Leaves so many bytes out.
    pub(super) fn skip(&mut self, count: usize) -> Result<(), Unfit> {
        self.take(count).map(drop)
    }
}
