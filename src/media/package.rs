//! Owns one title as HLS and DASH: playlists, init segments, and segments of computed heads and the file's own bytes.
//! Knows nothing of HTTP, nor of who keeps it.

mod boxes;
mod fragment;
mod in_place;
mod init;
mod language;
mod manifest;
mod master;
mod offer;
mod plan;
mod planned;
mod playlist;
mod rates;
pub mod resource;
mod slices;
mod text;
mod time;

use std::io;

use crate::media::faststart::Faststart;
use crate::media::mp4::Movie;
use crate::media::package::in_place::InPlace;
use crate::media::package::manifest::Timeline;
use crate::media::package::offer::Offer;
use crate::media::package::plan::Plan;
use crate::media::package::planned::Planned;
use crate::media::package::resource::{Rendition, Resource};
use crate::media::package::time::Moment;
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

/// A file that is in memory: for whoever has one whole.
impl ReadAt for &[u8] {
    fn file_len(&self) -> u64 {
        u64::try_from(self.len()).unwrap_or(u64::MAX)
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(at).ok().and_then(|at| self.get(at..));
        let mut rest = rest.unwrap_or_default();
        io::Read::read(&mut rest, into)
    }
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
    /// Whether it is packaged as the fragments that it is made of: then no key frame can be had alone.
    pub is_in_fragments: bool,
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
    shape: Shape,
}

/// How segments come out of a file.
#[derive(Debug)]
enum Shape {
    /// A plain file: cut by a plan.
    Planned(Plan),
    /// A file in fragments: as they are.
    InPlace(InPlace),
}

impl Package {
    /// Looks into a file; it may wait for a disk. Also what is told of it where it cannot be packaged.
    pub fn read(file: &dyn ReadAt) -> (Facts, Result<Self, Unfit>) {
        let (mut facts, movie) = Movie::read(file);
        let package = movie.and_then(|mut movie| {
            movie.trim();
            let shape = match &movie.fragments {
                Some(fragments) => Shape::InPlace(InPlace::of(&movie, fragments)?),
                None => Shape::Planned(Plan::of(&movie)?),
            };
            Ok(Self { movie, shape })
        });
        if let Ok(package) = &package {
            facts.millis = package.micros() / 1_000;
            facts.is_in_fragments = matches!(&package.shape, Shape::InPlace(_));
            facts.is_cut |= matches!(&package.shape, Shape::Planned(plan) if plan.is_cut);
        }
        (facts, package)
    }

    /// How much memory it holds.
    pub fn bytes(&self) -> usize {
        let shape = match &self.shape {
            Shape::Planned(plan) => plan.bytes(),
            Shape::InPlace(in_place) => in_place.bytes(),
        };
        let own = size_of::<Self>().saturating_sub(size_of::<Movie>());
        own.saturating_add(self.movie.bytes()).saturating_add(shape)
    }

    /// What is served under that name; nothing where there is no such thing. `token` goes into all addresses.
    pub fn make(&self, resource: &Resource<'_>, token: &str, beside: &[Beside]) -> Option<Made> {
        match *resource {
            Resource::Master => Some(Made::text(HLS, master::write(&self.offer(token, beside)))),
            Resource::Manifest => {
                let offer = self.offer(token, beside);
                Some(Made::text(DASH, manifest::write(&offer, &self.timelines())))
            }
            Resource::Playlist(rendition) => {
                let media = playlist::Media {
                    rendition,
                    token,
                    bounds: &self.bounds(rendition)?,
                    is_independent: self.is_independent(rendition),
                };
                Some(Made::text(HLS, media.write()))
            }
            Resource::Init(rendition) => self.init(rendition),
            Resource::Segment(rendition, number) => self.segment(rendition, number),
            Resource::TextPlaylist(key) => {
                let texts = offer::texts(&self.movie, token, beside);
                let text = texts.iter().find(|text| text.key == key)?;
                let playlist = playlist::text(key, text.version, self.micros());
                Some(Made::text(HLS, playlist))
            }
            Resource::Text(_) | Resource::Chapters => None,
        }
    }

    /// The cues of a text track, or the chapters, as WebVTT; it may wait for a disk.
    pub fn text(&self, file: &dyn ReadAt, track: TextTrack) -> io::Result<Option<String>> {
        let preroll = match &self.shape {
            Shape::Planned(plan) => plan.preroll,
            Shape::InPlace(_) => Moment::ZERO,
        };
        match track {
            TextTrack::Subtitle(number) => text::subtitles(&self.movie, preroll, file, number),
            TextTrack::Chapters => text::chapters(&self.movie, preroll, self.micros(), file),
        }
    }

    /// The plain file with its index in front; nothing where it is there already. It may wait for a disk.
    pub fn faststart(&self, file: &dyn ReadAt) -> Option<Faststart> {
        Faststart::of(&self.movie, file)
    }

    /// How long it plays, in millionths of a second.
    fn micros(&self) -> u64 {
        match &self.shape {
            Shape::Planned(plan) => plan.micros,
            Shape::InPlace(in_place) => in_place.micros(),
        }
    }

    fn offer<'a>(&'a self, token: &'a str, beside: &'a [Beside]) -> Offer<'a> {
        match &self.shape {
            Shape::Planned(plan) => Offer::of(&self.movie, plan, token, beside),
            Shape::InPlace(in_place) => in_place.offer(&self.movie, token, beside),
        }
    }

    fn timelines(&self) -> Vec<Timeline> {
        match &self.shape {
            Shape::Planned(plan) => self.planned(plan).timelines(),
            Shape::InPlace(in_place) => vec![in_place.timeline()],
        }
    }

    fn bounds(&self, rendition: Rendition) -> Option<Vec<u64>> {
        match &self.shape {
            Shape::Planned(plan) => self.planned(plan).bounds(rendition),
            Shape::InPlace(in_place) => in_place.bounds(rendition),
        }
    }

    fn is_independent(&self, rendition: Rendition) -> bool {
        match &self.shape {
            Shape::Planned(plan) => matches!(rendition, Rendition::Audio(_)) || !plan.is_open,
            Shape::InPlace(_) => true,
        }
    }

    fn init(&self, rendition: Rendition) -> Option<Made> {
        let (bytes, spans) = match &self.shape {
            Shape::Planned(plan) => (self.planned(plan).init(rendition)?, Vec::new()),
            Shape::InPlace(in_place) => (Vec::new(), vec![in_place.init(rendition)?]),
        };
        Some(Made::media(rendition, bytes, spans))
    }

    fn segment(&self, rendition: Rendition, number: u32) -> Option<Made> {
        let (bytes, spans) = match &self.shape {
            Shape::Planned(plan) => self.planned(plan).segment(rendition, number)?,
            Shape::InPlace(in_place) => (Vec::new(), vec![in_place.segment(rendition, number)?]),
        };
        Some(Made::media(rendition, bytes, spans))
    }

    fn planned<'a>(&'a self, plan: &'a Plan) -> Planned<'a> {
        let movie = &self.movie;
        Planned { movie, plan }
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

#[cfg(test)]
mod tests;
