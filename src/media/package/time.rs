//! Owns the title's clock: where each sample of a track is shown, and what is written so that every player agrees.
//! Knows nothing of boxes or playlists.
//!
//! All in ticks of the track. Of a sample, the source says that it is shown at
//!
//! ```text
//! shown = dts + cts - media_time + delay          (media_time, delay: of its edit list)
//! ```
//!
//! and a player of segments shows it at `tfdt + cts' - edit`, with `edit` written in the init segment. Neither
//! `tfdt` nor `cts'` may be negative, and empty edits are not understood by all, so:
//!
//! ```text
//! edit = what the first sample needs so that its tfdt is not negative      elst, one entry
//! tfdt = dts + add,  add = delay - media_time + edit + preroll - neg       the delay is in here
//! cts' = cts + neg                                                        neg: the largest negative cts
//! ```
//!
//! which gives `shown + preroll`. `preroll` is 0 but for files that were cut without being encoded anew: their first
//! key frame lies before their start, and is shown, since players would otherwise wait for the next one.

use crate::media::mp4::{Sample, Track};
use crate::media::unfit::Unfit;

/// A time as its track counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) ticks: i64,
    /// Ticks a second, never 0.
    pub(super) timescale: u32,
}

impl Moment {
    pub(super) const ZERO: Self = Self {
        ticks: 0,
        timescale: 1,
    };

    /// The first tick of another clock that is not before it.
    pub(super) fn ceil(self, timescale: u32) -> i64 {
        let wide = i128::from(self.ticks).saturating_mul(i128::from(timescale));
        let scale = i128::from(self.timescale.max(1));
        let floor = wide.div_euclid(scale);
        let is_between = wide.rem_euclid(scale) != 0;
        narrow(floor.saturating_add(i128::from(is_between)))
    }

    /// In millionths of a second, rounded; what is before the start is at the start.
    pub(super) fn micros(self) -> u64 {
        let scale = i128::from(self.timescale.max(1));
        let wide = i128::from(self.ticks).saturating_mul(2_000_000);
        let rounded = wide
            .saturating_add(scale)
            .div_euclid(scale.saturating_mul(2));
        u64::try_from(rounded.max(0)).unwrap_or(u64::MAX)
    }

    pub(super) fn later(self, other: Self) -> Self {
        let scaled =
            |one: Self, by: Self| i128::from(one.ticks).saturating_mul(i128::from(by.timescale));
        if scaled(other, self) > scaled(self, other) {
            other
        } else {
            self
        }
    }
}

fn narrow(wide: i128) -> i64 {
    i64::try_from(wide).unwrap_or(if wide < 0 { i64::MIN } else { i64::MAX })
}

/// How a track's samples are put on the title's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timing {
    pub(super) timescale: u32,
    /// The `media_time` written; no edit list where it is 0.
    pub(super) edit: u32,
    /// From a sample's `dts` to its `tfdt`.
    add: i64,
    /// Added to all composition offsets.
    neg: i64,
}

impl Timing {
    /// `first` is the first sample that is served.
    pub(super) fn of(
        track: &Track,
        first: &Sample,
        preroll: Moment,
        is_video: bool,
    ) -> Result<Self, Unfit> {
        let neg = i64::from(track.neg);
        let shift = shift(track).saturating_add(preroll.ceil(track.timescale));
        let bare = ticks(first.dts).saturating_add(shift).saturating_sub(neg);
        let edit = if is_video {
            i64::from(first.cts).saturating_add(neg).max(0)
        } else {
            0
        };
        let edit = edit.max(bare.saturating_neg());
        Ok(Self {
            timescale: track.timescale,
            edit: u32::try_from(edit).map_err(|_| Unfit::Damaged)?,
            add: shift.saturating_sub(neg).saturating_add(edit),
            neg,
        })
    }

    /// As written in `tfdt`.
    pub(super) fn decode(&self, sample: &Sample) -> u64 {
        u64::try_from(ticks(sample.dts).saturating_add(self.add)).unwrap_or(0)
    }

    /// As written in `trun`.
    pub(super) fn composition(&self, sample: &Sample) -> u32 {
        let cts = i64::from(sample.cts).saturating_add(self.neg);
        // It fits an i32 as well: players read it so.
        u32::try_from(cts.clamp(0, i64::from(i32::MAX))).unwrap_or(0)
    }

    /// When a sample is shown, on the title's clock.
    pub(super) fn shown(&self, sample: &Sample) -> i64 {
        ticks(sample.dts)
            .saturating_add(self.add)
            .saturating_add(i64::from(sample.cts))
            .saturating_add(self.neg)
            .saturating_sub(i64::from(self.edit))
    }

    /// How much too early the source's first key frame is.
    pub(super) fn preroll(track: &Track, first: &Sample) -> Moment {
        Moment {
            ticks: shown_by(track, first).saturating_neg().max(0),
            timescale: track.timescale,
        }
    }

    pub(super) fn moment(&self, ticks: i64) -> Moment {
        Moment {
            ticks,
            timescale: self.timescale,
        }
    }
}

/// Durations are added up to less than 2^56.
fn ticks(dts: u64) -> i64 {
    i64::try_from(dts).unwrap_or(i64::MAX)
}

/// From a sample's composition time to when the source shows it.
pub(super) fn shift(track: &Track) -> i64 {
    ticks(track.delay).saturating_sub(track.media_time)
}

/// When the source shows a sample.
pub(super) fn shown_by(track: &Track, sample: &Sample) -> i64 {
    ticks(sample.dts)
        .saturating_add(i64::from(sample.cts))
        .saturating_add(shift(track))
}
