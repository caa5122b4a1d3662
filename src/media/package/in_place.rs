//! Owns files that are in fragments already: their init segment and segments are spans of the file itself.
//! Knows nothing of what is in a fragment, but for when it begins.
//!
//! ```text
//! file      ftyp moov   moof mdat  moof mdat  moof mdat  mfra
//! served    └─ init ─┘  └───── 0 ─────────┘  └── 1 ───┘
//! ```
//!
//! Not done: key frames alone and sounds to choose from, since samples within fragments are not looked at.

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use crate::media::mp4::{Fragment, Fragments, Kind, Movie, Track};
use crate::media::package::Beside;
use crate::media::package::manifest::Timeline;
use crate::media::package::offer::{Offer, Picture, Sound, texts};
use crate::media::package::plan::{
    SEGMENT_BYTES_MAX, SEGMENT_MICROS_MAX, SEGMENTS_MAX, TAIL_MICROS_MIN, TARGET_MICROS,
};
use crate::media::package::rates::Rates;
use crate::media::package::resource::Rendition;
use crate::media::package::text;
use crate::media::package::time::{Moment, shift};
use crate::media::unfit::Unfit;
use crate::range::Span;

/// A file that is served as it is: one stream with all that it holds.
#[derive(Debug)]
pub(super) struct InPlace {
    rendition: Rendition,
    init: Span,
    segments: Box<[Span]>,
    /// Where segments begin and the last one ends, in millionths of a second.
    bounds: Box<[u64]>,
    /// When the first begins on the file's own clock: what was cut out of a stream goes on with that one's.
    base_micros: u64,
    rates: Rates,
}

impl InPlace {
    pub(super) fn of(movie: &Movie, fragments: &Fragments) -> Result<Self, Unfit> {
        let refused = played(movie).find_map(|track| track.entry.codec.unfit());
        if let Some(reason) = refused {
            return Err(reason);
        }
        let has = |kind| played(movie).any(|track| track.kind == kind);
        let rendition = match (has(Kind::Video), has(Kind::Sound)) {
            (true, true) => Rendition::Muxed,
            (true, false) => Rendition::Video,
            (false, true) => Rendition::Audio(0),
            (false, false) => return Err(Unfit::NothingToPlay),
        };
        let told = played(movie).find(|track| track.id == fragments.track_id);
        let told = told.ok_or(Unfit::Damaged)?;
        let mut groups = Groups::default();
        for fragment in &fragments.list {
            groups.take(fragment, told)?;
        }
        groups.finish()?;
        // A film may begin late by less than a second; what begins later was cut out of a stream.
        let first = groups.starts.first().copied().unwrap_or_default();
        let base = if first > 1_000_000 { first } else { 0 };
        let mut bounds = groups.starts;
        bounds.push(groups.end);
        for bound in &mut bounds {
            *bound = bound.saturating_sub(base);
        }
        if let Some(first) = bounds.first_mut() {
            *first = 0;
        }
        let sizes = groups.segments.iter().map(|span| span.len());
        Ok(Self {
            rendition,
            init: Span::new(0, fragments.init_end).ok_or(Unfit::Damaged)?,
            rates: Rates::of(&bounds, sizes),
            segments: groups.segments.into_boxed_slice(),
            bounds: bounds.into_boxed_slice(),
            base_micros: base,
        })
    }

    pub(super) fn micros(&self) -> u64 {
        self.bounds.last().copied().unwrap_or_default()
    }

    pub(super) fn bounds(&self, rendition: Rendition) -> Option<Vec<u64>> {
        (rendition == self.rendition).then(|| self.bounds.to_vec())
    }

    pub(super) fn init(&self, rendition: Rendition) -> Option<Span> {
        (rendition == self.rendition).then_some(self.init)
    }

    pub(super) fn segment(&self, rendition: Rendition, number: u32) -> Option<Span> {
        let place = usize::try_from(number).ok()?;
        let span = self.segments.get(place).copied();
        span.filter(|_| rendition == self.rendition)
    }

    pub(super) fn timeline(&self) -> Timeline {
        let ticks = |micros: u64| i64::try_from(micros).unwrap_or(i64::MAX);
        Timeline {
            rendition: self.rendition,
            timescale: 1_000_000,
            base: self.base_micros,
            bounds: self.bounds.iter().map(|&micros| ticks(micros)).collect(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.segments).saturating_add(size_of_val(&*self.bounds))
    }

    pub(super) fn offer<'a>(
        &self,
        movie: &'a Movie,
        token: &'a str,
        beside: &'a [Beside],
    ) -> Offer<'a> {
        let picture = played(movie).find(|track| track.kind == Kind::Video);
        let mut sounds: Vec<Sound<'_>> = Vec::new();
        for track in played(movie).filter(|track| track.kind == Kind::Sound) {
            sounds.push(Sound::of(track, self.rates, &sounds));
        }
        Offer {
            token,
            micros: self.micros(),
            is_independent: true,
            picture: picture.map(|track| Picture::of(track, None, self.rates)),
            sounds,
            default_sound: 0,
            muxed: self.rates,
            key_frames: None,
            is_one: true,
            texts: texts(movie, token, beside),
            has_chapters: text::has_chapters(movie),
        }
    }
}

fn played(movie: &Movie) -> impl Iterator<Item = &Track> {
    let tracks = movie.tracks.iter();
    tracks.filter(|track| track.kind != Kind::Text)
}

fn signed(ticks: u64) -> i64 {
    i64::try_from(ticks).unwrap_or(i64::MAX)
}

/// Fragments, gathered to segments.
#[derive(Default)]
struct Groups {
    segments: Vec<Span>,
    /// On the file's own clock.
    starts: Vec<u64>,
    end: u64,
    /// Where fragments begin that belong to what follows: those of other tracks, before the first key frame.
    waiting: Option<u64>,
}

impl Groups {
    fn take(&mut self, fragment: &Fragment, told: &Track) -> Result<(), Unfit> {
        let at = |ticks: i64| {
            let timescale = told.timescale;
            Moment { ticks, timescale }.micros()
        };
        // Players lay a segment's first decoding time where the playlist says that it begins.
        let start = fragment.times.map(|times| at(signed(times.start)));
        if let Some(times) = fragment.times {
            let shown = signed(times.start).saturating_add(times.shown);
            self.end = self.end.max(at(shown.saturating_add(shift(told))));
        }
        let cut = start.filter(|&start| {
            let last = self.starts.last();
            let is_due = |last: &u64| start.saturating_sub(*last) >= TARGET_MICROS;
            fragment.begins_with_sync && last.is_none_or(is_due)
        });
        match (cut, self.segments.last_mut()) {
            (Some(start), _) => {
                if self.segments.len() >= SEGMENTS_MAX {
                    return Err(Unfit::TooLarge);
                }
                let from = self.waiting.take().unwrap_or(fragment.start);
                let span = Span::new(from, fragment.end).ok_or(Unfit::Damaged)?;
                self.segments.push(span);
                self.starts.push(start);
            }
            (None, Some(last)) => {
                *last = Span::new(last.start(), fragment.end).ok_or(Unfit::Damaged)?;
            }
            // Pictures before the first key frame cannot be shown; other tracks can be heard.
            (None, None) if start.is_none() => {
                self.waiting.get_or_insert(fragment.start);
            }
            (None, None) => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Unfit> {
        let tail = self
            .starts
            .last()
            .map(|last| self.end.saturating_sub(*last));
        if tail.is_some_and(|tail| tail < TAIL_MICROS_MIN)
            && let [.., before, last] = *self.segments
        {
            let span = Span::new(before.start(), last.end()).ok_or(Unfit::Damaged)?;
            self.segments
                .truncate(self.segments.len().saturating_sub(2));
            self.segments.push(span);
            self.starts.pop();
        }
        if self.segments.is_empty() {
            return Err(Unfit::NoKeyFrames);
        }
        let ends = self.starts.iter().skip(1).chain([&self.end]);
        let mut lengths = self.starts.iter().zip(ends);
        let is_long = lengths.any(|(from, to)| to.saturating_sub(*from) > SEGMENT_MICROS_MAX);
        let is_large = self
            .segments
            .iter()
            .any(|span| span.len() > SEGMENT_BYTES_MAX);
        if is_long || is_large {
            return Err(Unfit::NoKeyFrames);
        }
        Ok(())
    }
}
