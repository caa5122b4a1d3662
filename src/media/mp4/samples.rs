//! Owns the walk over the samples of a track, from the first or from a cursor, one row of each table at a time.
//! Knows nothing of how the tables came to be trusted, nor of what a sample holds.
//!
//! ```text
//! stts   count duration      dts is the sum of the durations before
//! ctts   count offset        signed in both versions: old muxers say so too
//! stsc   first_chunk samples_per_chunk entry        chunks of one shape, up to the next row's first
//! stco   offset              of each chunk; samples stand in it one behind the other
//! stsz   size                of each sample, or one for all
//! stss   number              of each sync sample, counted from 1
//! ```
//!
//! A cursor is where each table stands. It is moved past rows that say nothing before it is handed out, so that going
//! on from it costs nothing, however the file was made.

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

#[cfg(test)]
mod tests;

use crate::media::mp4::bounds::OFFSET_MAX;
use crate::media::mp4::tables::{Chunks, Sizes, View};

/// One frame, packet or cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Its first byte in the file; `offset + size` does not overflow, but may lie outside.
    pub offset: u64,
    /// How long it is.
    pub size: u32,
    /// When it is decoded, in ticks of the track.
    pub dts: u64,
    /// How long it lasts.
    pub duration: u32,
    /// How much later it is shown than decoded.
    pub cts: i32,
    /// Whether decoding may begin with it.
    pub is_sync: bool,
}

/// A place before a sample: enough to go on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    sample: u32,
    dts: u64,
    offset: u64,
    times: Run,
    shifts: Run,
    chunk: u32,
    chunk_left: u32,
    shape: u32,
    sync: u32,
}

impl Cursor {
    /// How many samples lie before it.
    pub fn sample(&self) -> u32 {
        self.sample
    }

    /// When the sample behind it is decoded.
    pub fn dts(&self) -> u64 {
        self.dts
    }
}

/// A place in a table of runs: `row` have been opened, `left` samples are left of the last of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Run {
    row: u32,
    left: u32,
}

impl Run {
    /// Opens rows until one stands for a sample; behind the table stands an endless zero.
    fn open(&mut self, rows: &[[u8; 8]]) -> u32 {
        while let Some(run) = row(rows, self.row) {
            let (count, value) = split(run);
            self.row = self.row.saturating_add(1);
            if count > 0 {
                self.left = count;
                return value;
            }
        }
        *self = Self {
            row: u32::MAX,
            left: u32::MAX,
        };
        0
    }

    /// What the open row says; where none is, one is opened.
    fn value(&mut self, rows: &[[u8; 8]]) -> u32 {
        if self.left == 0 {
            return self.open(rows);
        }
        let open = self.row.checked_sub(1).and_then(|open| row(rows, open));
        open.map_or(0, |run| split(run).1)
    }
}

/// The samples of a track, in decode order.
#[derive(Debug, Clone)]
pub struct Samples<'a> {
    view: View<'a>,
    count: u32,
    at: Cursor,
    /// What the open rows say.
    duration: u32,
    cts: i32,
    per_chunk: u32,
    /// How many chunks there are up to the end of the open row.
    shape_end: u32,
    /// The number of the next sync sample, where there is a list.
    next_sync: u32,
}

impl<'a> Samples<'a> {
    pub(super) fn first(view: View<'a>, count: u32) -> Self {
        let at = Cursor {
            sample: 0,
            dts: 0,
            offset: 0,
            times: Run::default(),
            shifts: Run::default(),
            chunk: 0,
            chunk_left: 0,
            shape: 0,
            sync: 0,
        };
        Self::from(view, count, at)
    }

    pub(super) fn from(view: View<'a>, count: u32, mut at: Cursor) -> Self {
        let mut samples = Self {
            duration: at.times.value(view.stts),
            cts: at.shifts.value(view.ctts).cast_signed(),
            view,
            count,
            at,
            per_chunk: 0,
            shape_end: 0,
            next_sync: 0,
        };
        samples.open_shape();
        samples.settle_chunk();
        samples.settle_sync();
        samples
    }

    /// Where it stands: before the sample that comes next.
    pub fn cursor(&self) -> Cursor {
        self.at
    }

    fn settle_sync(&mut self) {
        let Some(list) = self.view.stss else {
            return;
        };
        let number = self.at.sample.saturating_add(1);
        // A row behind its time is of a list that is not sorted.
        while let Some(sync) = row(list, self.at.sync) {
            self.next_sync = u32::from_be_bytes(*sync);
            if self.next_sync >= number {
                return;
            }
            self.at.sync = self.at.sync.saturating_add(1);
        }
        self.next_sync = 0;
    }

    /// Reads the row of `stsc` that the cursor stands at.
    fn open_shape(&mut self) {
        let next = self.at.shape.saturating_add(1);
        let shape = row(self.view.stsc, self.at.shape).map_or((0, 0), shape_of);
        self.per_chunk = shape.1;
        self.shape_end =
            row(self.view.stsc, next).map_or(u32::MAX, |next| shape_of(next).0.saturating_sub(1));
    }

    /// Opens the next chunk that holds a sample. `chunk` counts those that have been opened.
    fn settle_chunk(&mut self) {
        while self.at.chunk_left == 0 {
            if self.at.chunk >= self.shape_end {
                if self.shape_end == u32::MAX {
                    // Behind the last row.
                    return;
                }
                self.at.shape = self.at.shape.saturating_add(1);
                self.open_shape();
            } else if self.per_chunk == 0 {
                self.at.chunk = self.shape_end;
            } else if let Some(offset) = self.view.chunks.get(self.at.chunk) {
                self.at.offset = offset.min(OFFSET_MAX);
                self.at.chunk = self.at.chunk.saturating_add(1);
                self.at.chunk_left = self.per_chunk;
            } else {
                return;
            }
        }
    }
}

impl Iterator for Samples<'_> {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        self.step()
    }
}

impl Samples<'_> {
    /// Ends them before this one.
    pub fn until(mut self, sample: u32) -> Self {
        self.count = self.count.min(sample);
        self
    }

    /// Appends so many, or as many as there are.
    pub fn fill(mut self, count: usize, into: &mut Vec<Sample>) {
        for _ in 0..count {
            let Some(sample) = self.step() else {
                return;
            };
            into.push(sample);
        }
    }

    /// Inlined, so that a sample is written once, to where it stays.
    #[inline(always)]
    fn step(&mut self) -> Option<Sample> {
        if self.at.sample >= self.count || self.at.chunk_left == 0 {
            return None;
        }
        let size = self.view.sizes.get(self.at.sample)?;
        let number = self.at.sample.saturating_add(1);
        let sample = Sample {
            offset: self.at.offset,
            size,
            dts: self.at.dts,
            duration: self.duration,
            cts: self.cts,
            is_sync: self.view.stss.is_none() || self.next_sync == number,
        };
        let at = &mut self.at;
        at.sample = number;
        at.dts = at.dts.saturating_add(self.duration.into());
        at.offset = at.offset.saturating_add(size.into());
        at.times.left = at.times.left.saturating_sub(1);
        at.shifts.left = at.shifts.left.saturating_sub(1);
        at.chunk_left = at.chunk_left.saturating_sub(1);
        if at.times.left == 0 {
            self.duration = self.at.times.open(self.view.stts);
        }
        if self.at.shifts.left == 0 {
            self.cts = self.at.shifts.open(self.view.ctts).cast_signed();
        }
        if self.at.chunk_left == 0 {
            self.settle_chunk();
        }
        if self.next_sync == number {
            self.settle_sync();
        }
        Some(sample)
    }
}

impl Sizes<'_> {
    pub(super) fn get(&self, sample: u32) -> Option<u32> {
        match self {
            Self::Same(size) => Some(*size),
            Self::Words(rows) => row(rows, sample).map(|size| u32::from_be_bytes(*size)),
            Self::Halves(rows) => row(rows, sample).map(|size| u16::from_be_bytes(*size).into()),
            Self::Bytes(rows) => row(rows, sample).map(|size| u32::from(*size)),
            Self::Nibbles(rows) => {
                let pair = u32::from(*row(rows, sample / 2)?);
                Some(if sample.is_multiple_of(2) {
                    pair >> 4
                } else {
                    pair & 15
                })
            }
        }
    }
}

impl Chunks<'_> {
    pub(super) fn get(&self, chunk: u32) -> Option<u64> {
        match self {
            Self::Short(rows) => row(rows, chunk).map(|offset| u32::from_be_bytes(*offset).into()),
            Self::Long(rows) => row(rows, chunk).map(|offset| u64::from_be_bytes(*offset)),
        }
    }
}

/// A row of a table.
pub(super) fn row<T>(rows: &[T], at: u32) -> Option<&T> {
    rows.get(usize::try_from(at).ok()?)
}

/// A row of two numbers.
pub(super) fn split(row: &[u8; 8]) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = *row;
    (
        u32::from_be_bytes([a, b, c, d]),
        u32::from_be_bytes([e, f, g, h]),
    )
}

/// First chunk (from 1) and samples in each.
pub(super) fn shape_of(row: &[u8; 12]) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h, ..] = *row;
    (
        u32::from_be_bytes([a, b, c, d]),
        u32::from_be_bytes([e, f, g, h]),
    )
}
