//! Owns the one walk over a track's samples that finds its cuts.
//! Knows nothing of the other tracks, but for the cuts of the one that leads.

use crate::media::mp4::{Cursor, Movie, Sample, Track};
use crate::media::package::plan::{SEGMENT_SAMPLES_MAX, SEGMENTS_MAX, TARGET_MICROS};
use crate::media::package::rates::{DURATIONS_DIFFER, HAS_COMPOSITION, Weight};
use crate::media::package::time::{Moment, Timing, shown_by};
use crate::media::unfit::Unfit;

/// A heavy title is cut earlier, at the next key frame a second or more behind the last cut.
const HEAVY_BYTES: u64 = 32 << 20;
const HEAVY_MICROS: u64 = 1_000_000;

/// A sample that lasts longer is a fault of the file, unless it is the last.
const SAMPLE_SECS_MAX: u32 = 60;

/// Packets that a decoder is given before the first that is heard.
const RUN_IN: usize = 2;

/// Samples that are looked at for the first that is served: hours of sound, and a video's first minutes.
const LEFT_OUT_MAX: usize = 1 << 20;

/// Where the video begins: what lies before its first key frame cannot be shown.
pub(super) fn first_video(movie: &Movie, track: &Track) -> Result<(Cursor, Sample), Unfit> {
    let mut samples = track.samples(&movie.moov);
    for _ in 0..LEFT_OUT_MAX {
        let mark = samples.cursor();
        let sample = samples.next().ok_or(Unfit::NoKeyFrames)?;
        if sample.is_sync {
            return Ok((mark, sample));
        }
    }
    Err(Unfit::NoKeyFrames)
}

/// Where a sound track begins: packets that end before the title does are left out, but for the decoder's run-in.
pub(super) fn first_sound(
    movie: &Movie,
    track: &Track,
    preroll: Moment,
) -> Result<(Cursor, Sample), Unfit> {
    let mut samples = track.samples(&movie.moov);
    let start = preroll.ceil(track.timescale).saturating_neg();
    let mut last: [Option<(Cursor, Sample)>; RUN_IN + 1] = [None; RUN_IN + 1];
    for _ in 0..LEFT_OUT_MAX {
        let mark = samples.cursor();
        let Some(sample) = samples.next() else { break };
        last.rotate_left(1);
        if let Some(slot) = last.last_mut() {
            *slot = Some((mark, sample));
        }
        if shown_by(track, &sample).saturating_add(sample.duration.into()) > start {
            break;
        }
    }
    last.into_iter()
        .flatten()
        .next()
        .ok_or(Unfit::NothingToPlay)
}

fn ticks(micros: u64, timescale: u32) -> i64 {
    let ticks = u64::from(timescale).saturating_mul(micros) / 1_000_000;
    i64::try_from(ticks).unwrap_or(i64::MAX)
}

/// What is found out on the way.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) track: usize,
    pub(super) timing: Timing,
    /// Where each segment begins, and in the end where the last one ends.
    pub(super) marks: Vec<Cursor>,
    /// When each is shown; of a walk that leads.
    starts: Vec<i64>,
    pub(super) weights: Vec<Weight>,
    /// When the last of the samples that it met ends.
    pub(super) end: i64,
    /// The first segment of which the file has not all.
    pub(super) missing: Option<usize>,
    /// Whether samples follow a cut that are shown before it.
    pub(super) is_open: bool,
    is_last_long: bool,
    last_duration: u32,
    last_byte: u64,
}

impl Walk {
    fn new(track: usize, timing: Timing) -> Self {
        Self {
            track,
            timing,
            marks: Vec::new(),
            starts: Vec::new(),
            weights: Vec::new(),
            end: 0,
            missing: None,
            is_open: false,
            is_last_long: false,
            last_duration: 0,
            last_byte: 0,
        }
    }

    /// Cuts where it can.
    pub(super) fn lead(
        movie: &Movie,
        at: usize,
        timing: Timing,
        from: Cursor,
    ) -> Result<Self, Unfit> {
        let track = movie.tracks.get(at).ok_or(Unfit::Damaged)?;
        let target = ticks(TARGET_MICROS, timing.timescale);
        let heavy = ticks(HEAVY_MICROS, timing.timescale);
        let mut walk = Self::new(at, timing);
        let mut samples = track.samples_from(&movie.moov, from);
        let (mut start, mut key_shown) = (0i64, 0i64);
        loop {
            let mark = samples.cursor();
            let Some(sample) = samples.next() else { break };
            let shown = timing.shown(&sample);
            let since = shown.saturating_sub(start);
            if walk.marks.is_empty() {
                walk.cut(mark)?;
                key_shown = shown;
                walk.starts.push(0);
            } else if sample.is_sync && (since >= target || (since >= heavy && walk.is_heavy())) {
                walk.cut(mark)?;
                (start, key_shown) = (shown, shown);
                walk.starts.push(shown);
            }
            walk.is_open |= shown < key_shown;
            walk.add(movie, &sample, shown)?;
        }
        walk.marks.push(samples.cursor());
        Ok(walk)
    }

    /// Cuts where another walk has cut.
    pub(super) fn follow(
        movie: &Movie,
        at: usize,
        timing: Timing,
        from: Cursor,
        lead: &Self,
    ) -> Result<Self, Unfit> {
        let track = movie.tracks.get(at).ok_or(Unfit::Damaged)?;
        let mut walk = Self::new(at, timing);
        let mut samples = track.samples_from(&movie.moov, from);
        let mut cuts = lead
            .starts()
            .skip(1)
            .map(|start| start.ceil(timing.timescale));
        let mut next = cuts.next();
        walk.cut(from)?;
        loop {
            let mark = samples.cursor();
            let Some(sample) = samples.next() else { break };
            let shown = timing.shown(&sample);
            while next.is_some_and(|cut| shown >= cut) {
                walk.cut(mark)?;
                next = cuts.next();
            }
            walk.add(movie, &sample, shown)?;
        }
        let end = samples.cursor();
        while next.is_some() {
            walk.cut(end)?;
            next = cuts.next();
        }
        walk.marks.push(end);
        Ok(walk)
    }

    fn cut(&mut self, mark: Cursor) -> Result<(), Unfit> {
        if self.marks.len() >= SEGMENTS_MAX {
            return Err(Unfit::TooLarge);
        }
        self.marks.push(mark);
        self.weights.push(Weight::default());
        self.last_byte = u64::MAX;
        Ok(())
    }

    fn is_heavy(&self) -> bool {
        self.weights
            .last()
            .is_some_and(|weight| weight.bytes >= HEAVY_BYTES)
    }

    fn add(&mut self, movie: &Movie, sample: &Sample, shown: i64) -> Result<(), Unfit> {
        if self.is_last_long {
            return Err(Unfit::LongSample);
        }
        let secs = sample.duration / self.timing.timescale.max(1);
        self.is_last_long = secs >= SAMPLE_SECS_MAX;
        self.end = self.end.max(shown.saturating_add(sample.duration.into()));
        let segment = self.weights.len().saturating_sub(1);
        let end = sample.offset.saturating_add(sample.size.into());
        if end > movie.media_end && sample.size > 0 && self.missing.is_none() {
            self.missing = Some(segment);
        }
        let Some(weight) = self.weights.last_mut() else {
            return Ok(());
        };
        if weight.samples == 0 {
            weight.first_bytes = sample.size;
            self.last_duration = sample.duration;
        }
        if sample.duration != self.last_duration {
            weight.differs |= DURATIONS_DIFFER;
        }
        if sample.cts != 0 {
            weight.differs |= HAS_COMPOSITION;
        }
        weight.bytes = weight.bytes.saturating_add(sample.size.into());
        weight.samples = weight.samples.saturating_add(1);
        if weight.samples > SEGMENT_SAMPLES_MAX {
            return Err(Unfit::TooLarge);
        }
        if self.last_byte != sample.offset {
            weight.runs = weight.runs.saturating_add(1);
        }
        self.last_byte = end;
        Ok(())
    }

    /// When its segments begin; of a walk that leads.
    pub(super) fn starts(&self) -> impl Iterator<Item = Moment> {
        self.starts.iter().map(|&ticks| self.timing.moment(ticks))
    }

    pub(super) fn end(&self) -> Moment {
        self.timing.moment(self.end)
    }

    /// Forgets a segment and all behind it.
    pub(super) fn stop_before(&mut self, movie: &Movie, segment: usize) {
        self.weights.truncate(segment);
        self.starts.truncate(segment);
        self.marks.truncate(segment.saturating_add(1));
        let track = movie.tracks.get(self.track);
        let next = self.marks.last().zip(track);
        let next = next.and_then(|(mark, track)| track.samples_from(&movie.moov, *mark).next());
        if let Some(sample) = next {
            self.end = self.timing.shown(&sample);
        }
    }

    /// Makes one of the last two segments.
    pub(super) fn join_last(&mut self) {
        let (end, _) = (self.marks.pop(), self.marks.pop());
        self.marks.extend(end);
        self.starts.pop();
        let last = self.weights.pop();
        if let Some((weight, last)) = self.weights.last_mut().zip(last) {
            *weight = if weight.samples == 0 {
                last
            } else {
                weight.join(&last)
            };
        }
    }
}
