//! Owns where a title is cut into segments, and where each of its tracks stands at each cut.
//! Knows nothing of boxes, playlists or addresses.
//!
//! ```text
//! video   K···K···K···K···        cut at the first key frame that is shown 6 s after the last cut
//! sound   ··|·······|·····        what is shown before the next cut belongs to this segment
//! marks   ^   ^       ^      ^    a cursor for each cut and lane, and one for the end
//! ```
//!
//! Samples are not kept: a segment's are read again from the tables, beginning at its mark.

mod choice;
mod walk;

use crate::media::mp4::{Cursor, Movie, Samples};
use crate::media::package::plan::choice::Choice;
use crate::media::package::plan::walk::{Walk, first_sound, first_video};
use crate::media::package::rates::{Rates, Weight};
use crate::media::package::time::{Moment, Timing};
use crate::media::unfit::Unfit;

/// Segments are as long as this at least, where key frames allow: 6 s, less 10 ms by which a key frame may be early,
/// since times that went through clocks of a thousand ticks a second are not exact.
pub(super) const TARGET_MICROS: u64 = 5_990_000;

/// A shorter rest at the end goes to the segment before it: players stall on a piece of one track.
pub(super) const TAIL_MICROS_MIN: u64 = 1_000_000;

/// Longer than this a segment is no segment: a seek would load a minute.
pub(super) const SEGMENT_MICROS_MAX: u64 = 60_000_000;

/// Likewise.
pub(super) const SEGMENT_BYTES_MAX: u64 = 128 << 20;

/// What is read again for each segment stays within a few milliseconds.
const SEGMENT_SAMPLES_MAX: u32 = 65_536;

/// Of all lanes together, so that no file is walked for longer than half a second.
const SAMPLES_MAX: u64 = 1 << 24;

/// More than a day of segments.
pub(super) const SEGMENTS_MAX: usize = 20_000;

/// A track as it is packaged.
#[derive(Debug)]
pub(super) struct Lane {
    /// Its place among the tracks of the movie.
    pub(super) track: usize,
    pub(super) timing: Timing,
    /// Alone.
    pub(super) rates: Rates,
    /// Where each segment begins and the last one ends: one more than there are segments.
    marks: Box<[Cursor]>,
    /// When its last sample ends.
    end: i64,
}

impl Lane {
    /// The samples of a segment; nothing where there is no such segment.
    pub(super) fn samples<'a>(&self, movie: &'a Movie, segment: usize) -> Option<Samples<'a>> {
        let [from, to] = self.marks.get(segment..)?.first_chunk()?;
        let track = movie.tracks.get(self.track)?;
        let samples = track.samples_from(&movie.moov, *from);
        Some(samples.until(to.sample()))
    }

    pub(super) fn end(&self) -> Moment {
        self.timing.moment(self.end)
    }

    /// How many samples it has, in so many ticks of a second: frames a second, as a fraction.
    pub(super) fn frames(&self) -> Option<(u64, u64)> {
        let (from, to) = (self.marks.first()?, self.marks.last()?);
        let count = u64::from(to.sample().saturating_sub(from.sample()));
        let frames = count.saturating_mul(self.timing.timescale.into());
        let ticks = to.dts().saturating_sub(from.dts());
        (ticks > 0).then_some((frames, ticks))
    }

    /// Which of the title's segments it has samples in.
    pub(super) fn segments(&self) -> impl Iterator<Item = usize> {
        let pairs = self.marks.iter().zip(self.marks.iter().skip(1));
        let is_there = |(from, to): (&Cursor, &Cursor)| from.sample() < to.sample();
        pairs
            .enumerate()
            .filter_map(move |(at, pair)| is_there(pair).then_some(at))
    }

    /// Where those begin and the last one ends, on its own clock. The first begins at 0: what comes before its
    /// first sample belongs to it.
    pub(super) fn bounds(&self, movie: &Movie) -> Vec<i64> {
        let mut bounds = Vec::with_capacity(self.marks.len());
        for segment in self.segments() {
            let first = self.samples(movie, segment).and_then(|mut all| all.next());
            bounds.extend(first.map(|first| self.timing.shown(&first)));
        }
        if let Some(first) = bounds.first_mut() {
            *first = 0;
        }
        bounds.push(self.end);
        bounds
    }
}

/// A title, cut.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) video: Option<Lane>,
    pub(super) sounds: Vec<Lane>,
    /// Which of the sounds is heard where nobody chooses.
    pub(super) default_sound: usize,
    /// When its longest track ends, in millionths of a second.
    pub(super) micros: u64,
    /// By how much the source's clock is behind ours.
    pub(super) preroll: Moment,
    /// Whether some segment needs the one before it.
    pub(super) is_open: bool,
    /// Whether samples are missing at the end.
    pub(super) is_cut: bool,
    /// Of video and default sound together.
    pub(super) muxed: Rates,
    /// Of the key frames.
    pub(super) key_frames: Rates,
}

impl Plan {
    pub(super) fn of(movie: &Movie) -> Result<Self, Unfit> {
        let choice = Choice::of(movie)?;
        let (walks, preroll) = walk_all(movie, &choice)?;
        let mut draft = Draft::of(walks)?;
        draft.mend(movie)?;
        draft.check()?;
        Ok(draft.finish(&choice, preroll))
    }

    /// All lanes, as they are numbered in weights and marks.
    pub(super) fn lanes(&self) -> impl Iterator<Item = &Lane> {
        self.video.iter().chain(&self.sounds)
    }

    /// The memory behind it.
    pub(super) fn bytes(&self) -> usize {
        let marks: usize = self.lanes().map(|lane| size_of_val(&*lane.marks)).sum();
        let lanes = self.sounds.capacity().saturating_mul(size_of::<Lane>());
        marks.saturating_add(lanes)
    }
}

/// Video first: it leads where there is any.
fn walk_all(movie: &Movie, choice: &Choice) -> Result<(Vec<Walk>, Moment), Unfit> {
    let track_at = |at: usize| movie.tracks.get(at).ok_or(Unfit::Damaged);
    let chosen = choice.video.iter().chain(&choice.sounds);
    let counts = chosen.filter_map(|&at| movie.tracks.get(at));
    let counts = counts.map(|track| u64::from(track.sample_count));
    if counts.sum::<u64>() > SAMPLES_MAX {
        return Err(Unfit::TooLarge);
    }
    let mut preroll = Moment::ZERO;
    let mut walks: Vec<Walk> = Vec::with_capacity(choice.sounds.len().saturating_add(1));
    if let Some(at) = choice.video {
        let track = track_at(at)?;
        let (mark, first) = first_video(movie, track)?;
        preroll = Timing::preroll(track, &first);
        let timing = Timing::of(track, &first, preroll, true)?;
        walks.push(Walk::lead(movie, at, timing, mark)?);
    }
    for &at in &choice.sounds {
        let track = track_at(at)?;
        let (mark, first) = first_sound(movie, track, preroll)?;
        let timing = Timing::of(track, &first, preroll, false)?;
        let walk = match walks.first() {
            Some(lead) => Walk::follow(movie, at, timing, mark, lead)?,
            None => Walk::lead(movie, at, timing, mark)?,
        };
        walks.push(walk);
    }
    Ok((walks, preroll))
}

/// A plan on its way: the first walk leads.
struct Draft {
    walks: Vec<Walk>,
    /// Where segments begin and the last ends, in millionths of a second.
    bounds: Vec<u64>,
    is_open: bool,
    is_cut: bool,
}

/// When the longest ends.
fn end_of(walks: &[Walk]) -> Option<u64> {
    let last = walks.iter().map(Walk::end).reduce(Moment::later);
    last.map(Moment::micros)
}

impl Draft {
    fn of(walks: Vec<Walk>) -> Result<Self, Unfit> {
        let lead = walks.first().ok_or(Unfit::NothingToPlay)?;
        let starts = lead.starts().map(Moment::micros);
        Ok(Self {
            bounds: starts.chain(end_of(&walks)).collect(),
            is_open: lead.is_open,
            is_cut: false,
            walks,
        })
    }

    /// Segments of which something is missing are left out, and a short rest goes to its neighbour.
    fn mend(&mut self, movie: &Movie) -> Result<(), Unfit> {
        let missing = self.walks.iter().filter_map(|walk| walk.missing).min();
        if let Some(segment) = missing {
            if segment == 0 {
                return Err(Unfit::Cut);
            }
            self.is_cut = true;
            for walk in &mut self.walks {
                walk.stop_before(movie, segment);
            }
            self.bounds.truncate(segment);
            self.bounds.extend(end_of(&self.walks));
        } else if let [.., before, last, end] = *self.bounds
            && end.saturating_sub(last) < TAIL_MICROS_MIN
            && end.saturating_sub(before) < SEGMENT_MICROS_MAX
        {
            self.bounds.truncate(self.bounds.len().saturating_sub(2));
            self.bounds.push(end);
            self.walks.iter_mut().for_each(Walk::join_last);
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Unfit> {
        let lengths = self.bounds.iter().zip(self.bounds.iter().skip(1));
        for (segment, (from, to)) in lengths.enumerate() {
            let weights = self
                .walks
                .iter()
                .filter_map(|walk| walk.weights.get(segment));
            let all = weights.fold(Weight::default(), |sum, one| sum.join(one));
            let is_long = to.saturating_sub(*from) > SEGMENT_MICROS_MAX;
            if is_long || all.bytes > SEGMENT_BYTES_MAX {
                return Err(Unfit::NoKeyFrames);
            }
            if all.samples > SEGMENT_SAMPLES_MAX {
                return Err(Unfit::TooLarge);
            }
        }
        Ok(())
    }

    fn finish(self, choice: &Choice, preroll: Moment) -> Plan {
        let bounds = &*self.bounds;
        let lead = self.walks.first();
        let video = lead.filter(|_| choice.video.is_some());
        let heard = usize::from(video.is_some()).saturating_add(choice.default_sound);
        let heard = self.walks.get(heard).map(|walk| &*walk.weights);
        let frames = video.map(|walk| &*walk.weights).unwrap_or_default();
        let both = frames.iter().zip(heard.unwrap_or_default());
        let muxed = Rates::of(
            bounds,
            both.map(|(a, b)| a.muxed().saturating_add(b.muxed())),
        );
        let key_frames = Rates::of(bounds, frames.iter().map(Weight::key_frame));
        let mut lanes = self.walks.into_iter().map(|walk| Lane {
            track: walk.track,
            timing: walk.timing,
            rates: Rates::of(bounds, walk.weights.iter().map(Weight::alone)),
            marks: walk.marks.into_boxed_slice(),
            end: walk.end,
        });
        Plan {
            video: choice.video.and_then(|_| lanes.next()),
            sounds: lanes.collect(),
            default_sound: choice.default_sound,
            micros: bounds.last().copied().unwrap_or_default(),
            preroll,
            is_open: self.is_open,
            is_cut: self.is_cut,
            muxed,
            key_frames,
        }
    }
}
