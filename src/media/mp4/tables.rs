//! Owns the sample tables of a track: where each stands in the `moov`, that it fits, and what they agree on.
//! Knows nothing of time in seconds, codecs or the file behind.
//!
//! ```text
//! stts ctts stsc stco co64 stss   version:1 flags:3 count:4 rows…
//! stsz                            version:1 flags:3 size:4 count:4 rows…     rows only if size is 0
//! stz2                            version:1 flags:3 zero:3 bits:1 count:4 rows…    4, 8 or 16 bits each
//! ```
//!
//! Where counts differ, the smallest holds. Nothing is sized by a count before its rows are known to be there.

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

#[cfg(test)]
mod tests;

use crate::media::mp4::atom::Atom;
use crate::media::mp4::samples::{shape_of, split};
use crate::media::unfit::Unfit;

/// Rows of a table: where the first stands in the `moov`, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rows {
    at: u32,
    count: u32,
}

impl Rows {
    /// What they are, of `N` bytes each.
    fn of<const N: usize>(self, moov: &[u8]) -> &[[u8; N]] {
        self.bytes(moov, N).as_chunks().0
    }

    fn bytes(self, moov: &[u8], each: usize) -> &[u8] {
        let at = usize::try_from(self.at).unwrap_or(usize::MAX);
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        let rest = moov.get(at..).unwrap_or_default();
        rest.get(..count.saturating_mul(each)).unwrap_or_default()
    }

    /// Reads the count that `fields_len` bytes precede, and checks that so many rows of `bits` bits follow.
    fn read(atom: Option<Atom<'_>>, fields_len: usize, bits: usize) -> Result<Self, Unfit> {
        let Some(atom) = atom else {
            return Ok(Self::default());
        };
        let mut fields = atom.fields();
        fields.skip(fields_len)?;
        let count = fields.u32()?;
        let wanted = usize::try_from(count)
            .unwrap_or(usize::MAX)
            .saturating_mul(bits)
            .div_ceil(8);
        fields.take(wanted)?;
        let at = atom.at.saturating_add(fields_len).saturating_add(4);
        Ok(Self {
            at: u32::try_from(at).map_err(|_| Unfit::TooLarge)?,
            count,
        })
    }
}

/// Version and flags.
const FULL_BYTES: usize = 4;

/// How the sizes of samples are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SizeRows {
    Same(u32, u32),
    Words(Rows),
    Halves(Rows),
    Bytes(Rows),
    Nibbles(Rows),
}

/// Where the tables of a track stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tables {
    stts: Rows,
    ctts: Rows,
    stsc: Rows,
    chunks: Rows,
    is_long: bool,
    sizes: SizeRows,
    stss: Option<Rows>,
}

/// Sizes of samples, to be looked up.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sizes<'a> {
    Same(u32),
    Words(&'a [[u8; 4]]),
    Halves(&'a [[u8; 2]]),
    Bytes(&'a [u8]),
    Nibbles(&'a [u8]),
}

/// Offsets of chunks, to be looked up.
#[derive(Debug, Clone, Copy)]
pub(super) enum Chunks<'a> {
    Short(&'a [[u8; 4]]),
    Long(&'a [[u8; 8]]),
}

/// The tables themselves.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) stts: &'a [[u8; 8]],
    pub(super) ctts: &'a [[u8; 8]],
    pub(super) stsc: &'a [[u8; 12]],
    pub(super) chunks: Chunks<'a>,
    pub(super) sizes: Sizes<'a>,
    pub(super) stss: Option<&'a [[u8; 4]]>,
}

/// What the tables of a track agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Summary {
    /// Samples that all tables know.
    pub(super) count: u32,
    /// How far below zero a composition offset goes.
    pub(super) neg: u32,
    /// Which sample entry the samples have, from 1; 0 where there are none.
    pub(super) entry: u32,
    /// The largest offset of a chunk.
    pub(super) last_chunk: u64,
    /// Whether there would be more, if the file were longer.
    pub(super) is_short: bool,
}

impl Tables {
    pub(super) fn read(stbl: Atom<'_>) -> Result<Self, Unfit> {
        let long = stbl.child(b"co64")?;
        let (chunks, is_long) = match stbl.child(b"stco")? {
            Some(short) => (Rows::read(Some(short), FULL_BYTES, 32)?, false),
            None => (Rows::read(long, FULL_BYTES, 64)?, true),
        };
        let stss = stbl.child(b"stss")?;
        Ok(Self {
            stts: Rows::read(stbl.child(b"stts")?, FULL_BYTES, 64)?,
            ctts: Rows::read(stbl.child(b"ctts")?, FULL_BYTES, 64)?,
            stsc: Rows::read(stbl.child(b"stsc")?, FULL_BYTES, 96)?,
            chunks,
            is_long,
            sizes: SizeRows::read(stbl)?,
            stss: stss
                .map(|list| Rows::read(Some(list), FULL_BYTES, 32))
                .transpose()?,
        })
    }

    pub(super) fn view<'a>(&self, moov: &'a [u8]) -> View<'a> {
        View {
            stts: self.stts.of(moov),
            ctts: self.ctts.of(moov),
            stsc: self.stsc.of(moov),
            chunks: if self.is_long {
                Chunks::Long(self.chunks.of(moov))
            } else {
                Chunks::Short(self.chunks.of(moov))
            },
            sizes: match self.sizes {
                SizeRows::Same(size, _) => Sizes::Same(size),
                SizeRows::Words(rows) => Sizes::Words(rows.of(moov)),
                SizeRows::Halves(rows) => Sizes::Halves(rows.of(moov)),
                SizeRows::Bytes(rows) => Sizes::Bytes(rows.bytes(moov, 1)),
                SizeRows::Nibbles(rows) => {
                    let count = rows.count.div_ceil(2);
                    Sizes::Nibbles(Rows { count, ..rows }.bytes(moov, 1))
                }
            },
            stss: self.stss.map(|list| list.of(moov)),
        }
    }

    /// Looks through all tables once. Samples whose sizes add up to more than `bytes_max` are not there.
    pub(super) fn summary(&self, moov: &[u8], bytes_max: u64) -> Result<Summary, Unfit> {
        let view = self.view(moov);
        let (chunked, entry) = view.chunked()?;
        let count = view.timed().min(chunked).min(self.sizes.count().into());
        let count = u32::try_from(count).map_err(|_| Unfit::TooLarge)?;
        let sized = view.sized(count, bytes_max);
        Ok(Summary {
            count: sized,
            is_short: sized < count,
            neg: view.neg(sized),
            entry,
            last_chunk: view.chunks.largest(),
        })
    }
}

impl SizeRows {
    fn read(stbl: Atom<'_>) -> Result<Self, Unfit> {
        if let Some(stsz) = stbl.child(b"stsz")? {
            let mut fields = stsz.fields();
            fields.skip(FULL_BYTES)?;
            let (size, count) = (fields.u32()?, fields.u32()?);
            return Ok(if size == 0 {
                Self::Words(Rows::read(Some(stsz), FULL_BYTES.saturating_add(4), 32)?)
            } else {
                Self::Same(size, count)
            });
        }
        let Some(stz2) = stbl.child(b"stz2")? else {
            return Ok(Self::Words(Rows::default()));
        };
        let mut fields = stz2.fields();
        fields.skip(FULL_BYTES.saturating_add(3))?;
        let bits = fields.u8()?;
        let rows = Rows::read(Some(stz2), FULL_BYTES.saturating_add(4), bits.into())?;
        match bits {
            4 => Ok(Self::Nibbles(rows)),
            8 => Ok(Self::Bytes(rows)),
            16 => Ok(Self::Halves(rows)),
            _ => Err(Unfit::Damaged),
        }
    }

    fn count(&self) -> u32 {
        match self {
            Self::Same(_, count) => *count,
            Self::Words(rows) | Self::Halves(rows) | Self::Bytes(rows) | Self::Nibbles(rows) => {
                rows.count
            }
        }
    }
}

impl View<'_> {
    /// How many samples have a time.
    fn timed(&self) -> u64 {
        self.stts
            .iter()
            .fold(0u64, |sum, run| sum.saturating_add(split(run).0.into()))
    }

    /// How many samples have a place, and which entry they all have.
    fn chunked(&self) -> Result<(u64, u32), Unfit> {
        let chunks = u64::from(self.chunks.count());
        let (mut total, mut entry) = (0u64, 0);
        let mut next = self.stsc.iter().skip(1);
        let mut before = 0;
        for shape in self.stsc {
            let (first, per_chunk) = shape_of(shape);
            // From 1, and each row later than the one before: what a cursor relies on.
            if first <= before || (before == 0 && first != 1) {
                return Err(Unfit::Damaged);
            }
            before = first;
            let end = next.next().map_or(chunks, |next| {
                u64::from(shape_of(next).0).saturating_sub(1).min(chunks)
            });
            let run = end.saturating_sub(u64::from(first).saturating_sub(1));
            if run == 0 || per_chunk == 0 {
                continue;
            }
            total = total.saturating_add(run.saturating_mul(per_chunk.into()));
            let [.., a, b, c, d] = *shape;
            let this = u32::from_be_bytes([a, b, c, d]);
            if entry != 0 && entry != this {
                return Err(Unfit::Descriptions);
            }
            entry = this;
        }
        Ok((total, entry))
    }

    /// How many of the first `count` samples fit into so many bytes.
    fn sized(&self, count: u32, bytes_max: u64) -> u32 {
        let mut left = bytes_max;
        let mut fits = |size: u32| {
            let rest = left.checked_sub(size.into());
            left = rest.unwrap_or_default();
            rest.is_some()
        };
        if let Sizes::Same(size) = self.sizes {
            let most = bytes_max.checked_div(size.into()).unwrap_or(u64::MAX);
            return count.min(u32::try_from(most).unwrap_or(u32::MAX));
        }
        let fitting =
            (0..count).take_while(|&sample| self.sizes.get(sample).is_some_and(&mut fits));
        u32::try_from(fitting.count()).unwrap_or(count)
    }

    /// How far below zero the offsets of the first `count` samples go.
    fn neg(&self, count: u32) -> u32 {
        let (mut seen, mut least) = (0u32, 0i32);
        for run in self.ctts {
            if seen >= count {
                break;
            }
            let (samples, offset) = split(run);
            if samples > 0 {
                least = least.min(offset.cast_signed());
            }
            seen = seen.saturating_add(samples);
        }
        least.unsigned_abs()
    }
}

impl Chunks<'_> {
    fn count(&self) -> u32 {
        let count = match self {
            Self::Short(rows) => rows.len(),
            Self::Long(rows) => rows.len(),
        };
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    fn largest(&self) -> u64 {
        let largest = match self {
            Self::Short(rows) => rows.iter().map(|row| u32::from_be_bytes(*row).into()).max(),
            Self::Long(rows) => rows.iter().map(|row| u64::from_be_bytes(*row)).max(),
        };
        largest.unwrap_or_default()
    }
}
