//! Owns the fragments of a file that is in pieces already: where each lies, when it begins, whether decoding may.
//! Knows nothing of how they are listed.
//!
//! ```text
//! moof ┬ mfhd
//!      └ traf ┬ tfhd     track, defaults; addressed from the moof, or this is not for segments
//!             ├ tfdt     when it begins, in ticks of the track
//!             └ trun …   durations, sizes, flags and offsets of its samples
//! mdat …
//! ```

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

#[cfg(test)]
mod tests;

use crate::media::mp4::atom::{Atom, Atoms, Fields};
use crate::media::mp4::bounds::{FRAGMENT_SAMPLES_MAX, MOOF_BYTES_MAX, MOOFS_BYTES_MAX, TICKS_MAX};
use crate::media::mp4::bytes_of;
use crate::media::mp4::outline::{Outline, Piece};
use crate::media::mp4::track::{Kind, Track};
use crate::media::package::ReadAt;
use crate::media::unfit::Unfit;

/// The fragments of a file.
#[derive(Debug)]
pub struct Fragments {
    /// One past the `moov`: what comes before is the init segment.
    pub init_end: u64,
    /// The track whose times are told: the first video, else the first sound.
    pub track_id: u32,
    /// Those that are there as a whole, in the order of the file.
    pub list: Vec<Fragment>,
}

/// A `moof` and its media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// Where the `moof` begins.
    pub start: u64,
    /// One past its last `mdat`.
    pub end: u64,
    /// Whether decoding may begin with it: the first sample of the told track says so.
    pub begins_with_sync: bool,
    /// Of the told track; nothing where it is not in here.
    pub times: Option<Times>,
}

/// When a track's part of a fragment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// When its first sample is decoded, in ticks of the track.
    pub start: u64,
    /// How long its samples last together.
    pub duration: u64,
    /// How long after `start` the last of them has been shown.
    pub shown: i64,
}

impl Times {
    /// Takes in the sample behind those taken.
    fn take(&mut self, sample: &RunSample) {
        self.duration = self.duration.saturating_add(sample.duration.into());
        let decoded = i64::try_from(self.duration).unwrap_or(i64::MAX);
        self.shown = self.shown.max(decoded.saturating_add(sample.cts.into()));
    }
}

/// What samples have where their own fragment does not say.
#[derive(Debug, Clone, Copy, Default)]
struct Defaults {
    duration: u32,
    size: u32,
    flags: u32,
}

impl Fragments {
    pub(super) fn read(
        file: &dyn ReadAt,
        root: Atom<'_>,
        tracks: &[Track],
        init_end: u64,
        outline: &Outline,
    ) -> Result<Self, Unfit> {
        // Without it, players do not look for fragments.
        let mvex = root.needed(b"mvex")?;
        let told = |kind| {
            tracks
                .iter()
                .find(|track| track.kind == kind && !track.is_chapters)
        };
        let told = told(Kind::Video).or_else(|| told(Kind::Sound));
        let track_id = told.ok_or(Unfit::NothingToPlay)?.id;
        let defaults = defaults(mvex, track_id)?;
        // So many are there: their heads have been read.
        let mut list = Vec::with_capacity(outline.pieces.len());
        let mut bytes_left = MOOFS_BYTES_MAX;
        for &piece in &outline.pieces {
            let len = piece.moof.len();
            bytes_left = bytes_left.checked_sub(len).ok_or(Unfit::TooLarge)?;
            if piece.moof.start < init_end {
                return Err(Unfit::Damaged);
            }
            let moof = bytes_of(file, piece.moof, MOOF_BYTES_MAX)?;
            list.push(fragment(&moof, piece, track_id, defaults)?);
        }
        Ok(Self {
            init_end,
            track_id,
            list,
        })
    }

    /// From the first to the end of the last.
    pub(super) fn millis(&self, tracks: &[Track]) -> u64 {
        let told = tracks.iter().find(|track| track.id == self.track_id);
        let times = || self.list.iter().filter_map(|fragment| fragment.times);
        let (Some(first), Some(last), Some(told)) = (times().next(), times().next_back(), told)
        else {
            return 0;
        };
        let ticks = last
            .start
            .saturating_add(last.duration)
            .saturating_sub(first.start);
        super::millis(ticks, told.timescale)
    }

    pub(super) fn bytes(&self) -> usize {
        self.list.capacity().saturating_mul(size_of::<Fragment>())
    }
}

/// `mvex/trex` of a track: version:1 flags:3 id:4 entry:4 duration:4 size:4 flags:4.
fn defaults(mvex: Atom<'_>, track_id: u32) -> Result<Defaults, Unfit> {
    for trex in mvex.children() {
        let trex = trex?;
        let mut fields = trex.fields();
        if &trex.kind != b"trex" {
            continue;
        }
        fields.skip(4)?;
        if fields.u32()? == track_id {
            fields.skip(4)?;
            return Ok(Defaults {
                duration: fields.u32()?,
                size: fields.u32()?,
                flags: fields.u32()?,
            });
        }
    }
    Ok(Defaults::default())
}

fn fragment(
    bytes: &[u8],
    piece: Piece,
    track_id: u32,
    defaults: Defaults,
) -> Result<Fragment, Unfit> {
    let moof = Atoms::of(bytes, 0).first(b"moof")?.ok_or(Unfit::Damaged)?;
    let trafs = || {
        moof.children()
            .filter(|child| !matches!(child, Ok(atom) if &atom.kind != b"traf"))
    };
    let is_alone = trafs().count() == 1;
    let mut fragment = Fragment {
        start: piece.moof.start,
        end: piece.end,
        begins_with_sync: false,
        times: None,
    };
    for traf in trafs() {
        let part = Part::read(traf?, defaults, is_alone)?;
        if part.data_end > piece.end.saturating_sub(piece.moof.start) {
            return Err(Unfit::Damaged);
        }
        if part.id == track_id && fragment.times.is_none() && part.samples > 0 {
            fragment.begins_with_sync = part.begins_with_sync;
            fragment.times = Some(part.times);
        }
    }
    Ok(fragment)
}

/// A `traf`.
struct Part {
    id: u32,
    samples: u32,
    begins_with_sync: bool,
    times: Times,
    /// One past the bytes of its samples, counted from the `moof`.
    data_end: u64,
}

const BASE_DATA_OFFSET: u32 = 0x01;
const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;
/// What may stand in a `tfhd`, in this order, and how long each is.
const TFHD_ENTRY: u32 = 0x02;
const TFHD_DURATION: u32 = 0x08;
const TFHD_SIZE: u32 = 0x10;
const TFHD_FLAGS: u32 = 0x20;
/// In the flags of a sample.
const IS_NOT_SYNC: u32 = 0x01_0000;

impl Part {
    fn read(traf: Atom<'_>, mut defaults: Defaults, is_alone: bool) -> Result<Self, Unfit> {
        let tfhd = traf.needed(b"tfhd")?;
        let mut fields = tfhd.fields();
        let flags = fields.u32()?;
        let is_relative = flags & DEFAULT_BASE_IS_MOOF != 0 || is_alone;
        if flags & BASE_DATA_OFFSET != 0 || !is_relative {
            return Err(Unfit::BaseDataOffset);
        }
        let id = fields.u32()?;
        let mut optional = |flag, or: u32| {
            if flags & flag == 0 {
                Ok(or)
            } else {
                fields.u32()
            }
        };
        optional(TFHD_ENTRY, 0)?;
        defaults.duration = optional(TFHD_DURATION, defaults.duration)?;
        defaults.size = optional(TFHD_SIZE, defaults.size)?;
        defaults.flags = optional(TFHD_FLAGS, defaults.flags)?;
        let tfdt = traf.child(b"tfdt")?.ok_or(Unfit::FragmentTimes)?;
        let mut fields = tfdt.fields();
        let [version, _, _, _] = fields.array()?;
        let start = fields.word(version == 1)?;
        if start > TICKS_MAX {
            return Err(Unfit::Damaged);
        }
        let mut part = Self {
            id,
            samples: 0,
            begins_with_sync: false,
            times: Times {
                start,
                duration: 0,
                shown: 0,
            },
            data_end: 0,
        };
        for run in traf.children() {
            let run = run?;
            if &run.kind == b"trun" {
                part.take(run, defaults)?;
            }
        }
        Ok(part)
    }

    /// ```text
    /// version:1 flags:3 count:4 [offset:4] [flags of the first:4] ( [duration:4] [size:4] [flags:4] [cts:4] )×count
    /// ```
    fn take(&mut self, trun: Atom<'_>, defaults: Defaults) -> Result<(), Unfit> {
        let mut fields = trun.fields();
        let run = Run::read(&mut fields)?;
        if run.count == 0 {
            return Ok(());
        }
        let is_first = self.samples == 0;
        self.samples = self.samples.saturating_add(run.count);
        if self.samples > FRAGMENT_SAMPLES_MAX {
            return Err(Unfit::TooLarge);
        }
        if let Some(offset) = run.offset {
            self.data_end = u64::try_from(offset.cast_signed()).map_err(|_| Unfit::Damaged)?;
        }
        for number in 0..run.count {
            let sample = run.sample(&mut fields, defaults)?;
            if is_first && number == 0 {
                let flags = run.first_flags.unwrap_or(sample.flags);
                self.begins_with_sync = flags & IS_NOT_SYNC == 0;
            }
            self.data_end = self.data_end.saturating_add(sample.size.into());
            self.times.take(&sample);
        }
        Ok(())
    }
}

const RUN_OFFSET: u32 = 0x01;
const RUN_FIRST_FLAGS: u32 = 0x04;
const RUN_DURATION: u32 = 0x0100;
const RUN_SIZE: u32 = 0x0200;
const RUN_FLAGS: u32 = 0x0400;
const RUN_CTS: u32 = 0x0800;

/// One sample of a `trun`.
struct RunSample {
    duration: u32,
    size: u32,
    flags: u32,
    cts: i32,
}

/// The head of a `trun`.
struct Run {
    flags: u32,
    count: u32,
    /// Of its first byte, counted from the `moof`; without one it goes on where the last run ended.
    offset: Option<u32>,
    first_flags: Option<u32>,
}

impl Run {
    /// Leaves in `fields` the samples alone.
    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        let flags = fields.u32()?;
        let count = fields.u32()?;
        let mut optional = |flag| {
            if flags & flag == 0 {
                Ok(None)
            } else {
                fields.u32().map(Some)
            }
        };
        let run = Self {
            flags,
            count,
            offset: optional(RUN_OFFSET)?,
            first_flags: optional(RUN_FIRST_FLAGS)?,
        };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        fields.0 = fields.take(count.saturating_mul(run.sample_len()))?;
        Ok(run)
    }

    /// The next sample; what it does not say is as `defaults` say.
    fn sample(&self, fields: &mut Fields<'_>, defaults: Defaults) -> Result<RunSample, Unfit> {
        let mut optional = |flag, or| {
            if self.flags & flag == 0 {
                Ok(or)
            } else {
                fields.u32()
            }
        };
        Ok(RunSample {
            duration: optional(RUN_DURATION, defaults.duration)?,
            size: optional(RUN_SIZE, defaults.size)?,
            flags: optional(RUN_FLAGS, defaults.flags)?,
            cts: optional(RUN_CTS, 0)?.cast_signed(),
        })
    }

    /// Bytes of each sample.
    fn sample_len(&self) -> usize {
        [RUN_DURATION, RUN_SIZE, RUN_FLAGS, RUN_CTS]
            .iter()
            .filter(|&&flag| self.flags & flag != 0)
            .fold(0, |sum: usize, _| sum.saturating_add(4))
    }
}
