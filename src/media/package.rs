//! Owns one title as HLS and DASH: playlists, init segments, and segments of computed heads and the file's own bytes.
//! Knows nothing of HTTP, nor of who keeps it.

mod boxes;
mod fragment;
mod init;
mod language;
mod manifest;
mod master;
mod offer;
mod plan;
mod playlist;
mod rates;
pub mod resource;
mod slices;
mod text;
mod time;

use std::io;

use crate::media::mp4::{Movie, Sample};
use crate::media::package::offer::Offer;
use crate::media::package::plan::{Lane, Plan};
use crate::media::package::resource::{Rendition, Resource};
use crate::media::unfit::Unfit;
use crate::range::Span;

/// Changes whenever other bytes come out for the same file: part of the token in each address.
pub const EDITION: u32 = 1;

/// A file as it is looked into: by reading, never through a mapping.
pub trait ReadAt {
    /// Its length in bytes.
    fn file_len(&self) -> u64;

    /// Reads as much as there is, up to the length of `into`: less only at the end of the file.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize>;
}

/// What is told of a title, packaged or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// How long it is; 0 where nobody knows.
    pub millis: u64,
    /// Its picture as shown; 0 where there is none.
    pub width: u32,
    /// Likewise.
    pub height: u32,
    /// Whether its index stands behind its media: a plain player begins by jumping to the end.
    pub is_index_last: bool,
    /// Whether bytes are missing at its end: it plays as far as it goes.
    pub is_cut: bool,
}

/// Subtitles that stand beside the title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// As BCP 47 writes it; empty where nobody knows.
    pub language: String,
    /// `forced`, `sdh`, `cc` or nothing.
    pub label: &'static str,
    /// Of the file that they are made of.
    pub version: String,
}

/// A reply about a title: our bytes, then spans of its file.
#[derive(Debug, PartialEq, Eq)]
pub struct Made {
    /// As `Content-Type` has it.
    pub media_type: &'static str,
    /// Text that is worth compressing, and changes without its address changing.
    pub is_playlist: bool,
    /// Ours.
    pub bytes: Vec<u8>,
    /// The file's, in order; empty for playlists and init segments.
    pub spans: Vec<Span>,
}

/// What is known of one version of one title, so that any segment can be made without reading.
#[derive(Debug)]
pub struct Package {
    movie: Movie,
    plan: Plan,
}

impl Package {
    /// Looks into a file; it may wait for a disk. Also what is told of it where it cannot be packaged.
    pub fn read(file: &dyn ReadAt) -> (Facts, Result<Self, Unfit>) {
        let (mut facts, movie) = Movie::read(file);
        let package = movie.and_then(|movie| {
            let plan = Plan::of(&movie)?;
            Ok(Self { movie, plan })
        });
        if let Ok(package) = &package {
            facts.is_cut |= package.plan.is_cut;
        }
        (facts, package)
    }

    /// How much memory it holds.
    pub fn bytes(&self) -> usize {
        let own = size_of::<Self>().saturating_sub(size_of::<Movie>());
        own.saturating_add(self.movie.bytes())
            .saturating_add(self.plan.bytes())
    }

    /// What is served under that name; nothing where there is no such thing. `token` goes into all addresses.
    pub fn make(&self, resource: &Resource<'_>, token: &str, beside: &[Beside]) -> Option<Made> {
        let offer = || Offer::of(&self.movie, &self.plan, token, beside);
        match *resource {
            Resource::Master => Some(Made::text(HLS, master::write(&offer()))),
            Resource::Manifest => Some(Made::text(DASH, self.manifest(&offer()))),
            Resource::Playlist(rendition) => {
                let (bounds, is_independent) = self.bounds(rendition)?;
                let media = playlist::Media {
                    rendition,
                    token,
                    bounds: &bounds,
                    is_independent,
                };
                Some(Made::text(HLS, media.write()))
            }
            Resource::Init(rendition) => self.init(rendition),
            Resource::Segment(rendition, number) => self.segment(rendition, number),
            Resource::TextPlaylist(key) => {
                let texts = offer::texts(&self.movie, token, beside);
                let text = texts.iter().find(|text| text.key == key)?;
                let playlist = playlist::text(key, text.version, self.plan.micros);
                Some(Made::text(HLS, playlist))
            }
            Resource::Text(_) | Resource::Chapters => None,
        }
    }

    /// The cues of a text track, or the chapters, as WebVTT; it may wait for a disk.
    pub fn text(&self, file: &dyn ReadAt, track: TextTrack) -> io::Result<Option<String>> {
        let (movie, plan) = (&self.movie, &self.plan);
        match track {
            TextTrack::Subtitle(number) => text::subtitles(movie, plan.preroll, file, number),
            TextTrack::Chapters => text::chapters(movie, plan.preroll, plan.micros, file),
        }
    }

    /// The lanes of a rendition: picture, then sound.
    fn lanes(&self, rendition: Rendition) -> Option<[Option<&Lane>; 2]> {
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

    /// Where the segments of a rendition begin and the last one ends; whether each stands for itself.
    fn bounds(&self, rendition: Rendition) -> Option<(Vec<u64>, bool)> {
        let [video, sound] = self.lanes(rendition)?;
        let lead = video.or(sound)?;
        let bounds = lead.bounds(&self.movie);
        let micros = bounds
            .iter()
            .map(|&ticks| lead.timing.moment(ticks).micros());
        let mut bounds: Vec<u64> = micros.collect();
        if let (Rendition::Muxed, Some(end)) = (rendition, bounds.last_mut()) {
            *end = self.plan.micros;
        }
        Some((bounds, video.is_none() || !self.plan.is_open))
    }

    fn manifest(&self, offer: &Offer<'_>) -> String {
        let sounds = (0..).map(Rendition::Audio).zip(&self.plan.sounds);
        let video = self.plan.video.iter().map(|lane| (Rendition::Video, lane));
        let timelines = video
            .chain(sounds)
            .map(|(rendition, lane)| manifest::Timeline {
                rendition,
                timescale: lane.timing.timescale,
                bounds: lane.bounds(&self.movie),
            });
        let timelines: Vec<manifest::Timeline> = timelines.collect();
        manifest::write(offer, &timelines)
    }

    fn init(&self, rendition: Rendition) -> Option<Made> {
        let [video, sound] = self.lanes(rendition)?;
        let part = |lane: &Lane, is_video| {
            let track = self.movie.tracks.get(lane.track)?;
            let edit = lane.timing.edit;
            Some(init::Part {
                track,
                is_video,
                edit,
            })
        };
        let parts = video.and_then(|lane| part(lane, true)).into_iter();
        let parts: Vec<init::Part<'_>> = parts
            .chain(sound.and_then(|lane| part(lane, false)))
            .collect();
        let duration = u128::from(self.plan.micros).saturating_mul(self.movie.timescale.into());
        let duration = u64::try_from(duration.div_ceil(1_000_000)).unwrap_or_default();
        let bytes = init::init(self.movie.timescale, duration, &parts);
        Some(Made::media(rendition, bytes, Vec::new()))
    }

    fn segment(&self, rendition: Rendition, number: u32) -> Option<Made> {
        let lanes = self.lanes(rendition)?;
        let place = usize::try_from(number).ok()?;
        let place = match lanes {
            [None, Some(sound)] => sound.segments().nth(place)?,
            _ => place,
        };
        let count_max = if rendition == Rendition::KeyFrames {
            1
        } else {
            usize::MAX
        };
        let mut samples: Vec<Sample> = Vec::with_capacity(512);
        let mut ends = [0; 2];
        for (lane, end) in lanes.iter().zip(&mut ends) {
            if let Some(lane) = lane {
                let all = lane.samples(&self.movie, place)?;
                all.fill(count_max, &mut samples);
            }
            *end = samples.len();
        }
        let [split, _] = ends;
        let (video, sound) = samples.split_at_checked(split)?;
        let parts = lanes.iter().zip([video, sound]);
        let parts = parts.filter_map(|(lane, samples)| Some((lane.as_ref()?, samples)));
        let parts: Vec<fragment::Part<'_>> = (1..)
            .zip(parts)
            .map(|(id, (lane, samples))| fragment::Part {
                id,
                timing: &lane.timing,
                samples,
            })
            .collect();
        let (bytes, spans) = fragment::segment(number, &parts);
        Some(Made::media(rendition, bytes, spans))
    }
}

const HLS: &str = "application/vnd.apple.mpegurl";
const DASH: &str = "application/dash+xml";

impl Made {
    fn text(media_type: &'static str, text: String) -> Self {
        Self {
            media_type,
            is_playlist: true,
            bytes: text.into_bytes(),
            spans: Vec::new(),
        }
    }

    fn media(rendition: Rendition, bytes: Vec<u8>, spans: Vec<Span>) -> Self {
        Self {
            media_type: match rendition {
                Rendition::Audio(_) => "audio/mp4",
                Rendition::Muxed | Rendition::Video | Rendition::KeyFrames => "video/mp4",
            },
            is_playlist: false,
            bytes,
            spans,
        }
    }
}

/// Text inside the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTrack {
    /// Subtitles, by their place among the text tracks.
    Subtitle(usize),
    /// Chapters.
    Chapters,
}
