//! Owns what is made of a plain file by its plan: which lanes a rendition has, its segments, its init segment.
//! Knows nothing of addresses.

use crate::media::mp4::{Movie, Sample};
use crate::media::package::manifest::Timeline;
use crate::media::package::plan::{Lane, Plan};
use crate::media::package::resource::Rendition;
use crate::media::package::{fragment, init};
use crate::range::Span;

/// A plan beside what it is a plan of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned<'a> {
    pub(super) movie: &'a Movie,
    pub(super) plan: &'a Plan,
}

impl<'a> Planned<'a> {
    /// Picture, then sound. Nothing where the title has no such rendition.
    fn lanes(self, rendition: Rendition) -> Option<[Option<&'a Lane>; 2]> {
        let video = self.plan.video.as_ref();
        match rendition {
            Rendition::Muxed => {
                let heard = self.plan.sounds.get(self.plan.default_sound);
                Some([Some(video?), Some(heard?)])
            }
            Rendition::Video | Rendition::KeyFrames => Some([Some(video?), None]),
            Rendition::Audio(number) => {
                let sound = self.plan.sounds.get(usize::from(number))?;
                Some([None, Some(sound)])
            }
        }
    }

    /// Where the segments of a rendition begin and the last one ends, in millionths of a second.
    pub(super) fn bounds(self, rendition: Rendition) -> Option<Vec<u64>> {
        let [video, sound] = self.lanes(rendition)?;
        let lead = video.or(sound)?;
        let bounds = lead.bounds(self.movie).into_iter();
        let mut bounds: Vec<u64> = bounds
            .map(|ticks| lead.timing.moment(ticks).micros())
            .collect();
        if let (Some(sound), Some(end)) = (sound, bounds.last_mut()) {
            *end = lead.end().later(sound.end()).micros();
        }
        Some(bounds)
    }

    /// Of the video, if there is one, then of each sound.
    pub(super) fn timelines(self) -> Vec<Timeline> {
        let video = self.plan.video.iter().map(|lane| (Rendition::Video, lane));
        let sounds = (0..).map(Rendition::Audio).zip(&self.plan.sounds);
        let timelines = video.chain(sounds).map(|(rendition, lane)| Timeline {
            rendition,
            timescale: lane.timing.timescale,
            base: 0,
            bounds: lane.bounds(self.movie),
        });
        timelines.collect()
    }

    pub(super) fn init(self, rendition: Rendition) -> Option<Vec<u8>> {
        let [video, sound] = self.lanes(rendition)?;
        let part = |lane: Option<&Lane>, is_video| {
            let lane = lane?;
            Some(init::Part {
                track: self.movie.tracks.get(lane.track)?,
                is_video,
                edit: lane.timing.edit,
            })
        };
        let parts = [part(video, true), part(sound, false)];
        let parts: Vec<init::Part<'_>> = parts.into_iter().flatten().collect();
        let timescale = self.movie.timescale;
        let duration = u128::from(self.plan.micros).saturating_mul(timescale.into());
        let duration = u64::try_from(duration.div_ceil(1_000_000)).unwrap_or_default();
        Some(init::init(timescale, duration, &parts))
    }

    /// The head of a segment, and what follows it.
    pub(super) fn segment(self, rendition: Rendition, number: u32) -> Option<(Vec<u8>, Vec<Span>)> {
        let lanes = self.lanes(rendition)?;
        let place = usize::try_from(number).ok()?;
        let place = match lanes {
            // Its own segments are numbered: some of the title's may be silent.
            [None, Some(sound)] => sound.segments().nth(place)?,
            _ => place,
        };
        let is_one = rendition == Rendition::KeyFrames;
        let most = if is_one { 1 } else { usize::MAX };
        let mut samples: Vec<Sample> = Vec::with_capacity(if is_one { 1 } else { 512 });
        let mut ends = [0; 2];
        for (lane, end) in lanes.iter().zip(&mut ends) {
            if let Some(lane) = lane {
                let all = lane.samples(self.movie, place)?;
                all.fill(most, &mut samples);
            }
            *end = samples.len();
        }
        let [split, _] = ends;
        let (video, sound) = samples.split_at_checked(split)?;
        let lanes = lanes.into_iter().zip([video, sound]);
        let lanes = lanes.filter_map(|(lane, samples)| Some((lane?, samples)));
        let parts = (1..)
            .zip(lanes)
            .map(|(id, (lane, samples))| fragment::Part {
                id,
                timing: &lane.timing,
                samples,
            });
        let parts: Vec<fragment::Part<'_>> = parts.collect();
        Some(fragment::segment(number, &parts))
    }
}
