//! Owns what an MP4 says of itself: its tracks, where each sample lies and when it is shown, its fragments and chapters.
//! Knows nothing of HLS or DASH, nor of who reads the file.
//!
//! ```text
//! outline ─▶ moov ─▶ track ┬ entry     what decodes it
//!    │                     ├ tables    where its rows are
//!    │                     └ samples   a walk over them, from any cursor
//!    └─────▶ fragments                 of files that are in pieces already
//! ```
//!
//! Every number in a file is a claim. A box is believed when it fits into the one around it, a table when its rows are
//! there, a sample when the file is as long: [`bounds`] has what is not even looked at.
//!
//! Not done: HDR that H.264 alone tells of, several sample entries in one track, samples in other files.

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

mod atom;
pub mod bounds;
mod entry;
mod fragments;
mod name;
mod outline;
mod samples;
mod tables;
mod track;

#[cfg(test)]
pub(crate) mod tests;

pub use entry::{Codec, SampleEntry, VideoRange};
pub use fragments::{Fragment, Fragments, Times};
pub use name::Chapter;
pub use samples::{Cursor, Sample, Samples};
pub use track::{Kind, Track};

use crate::media::mp4::atom::{Atom, Atoms};
use crate::media::mp4::bounds::{MOOV_BYTES_MAX, MOOV_BYTES_UNASKED, TRACKS_MAX};
use crate::media::mp4::outline::{Extent, Outline};
use crate::media::mp4::track::Around;
use crate::media::package::{Facts, ReadAt};
use crate::media::unfit::Unfit;

/// What an MP4 says of itself.
#[derive(Debug)]
pub struct Movie {
    /// Ticks a second of the movie, never 0.
    pub timescale: u32,
    /// Ticks, as the file says; 0 where it does not know. It may be wrong.
    pub duration: u64,
    /// In the order of the file, without those that nobody plays.
    pub tracks: Vec<Track>,
    /// As Nero wrote them; chapters may also be a track.
    pub chapters: Vec<Chapter>,
    /// Length of the file.
    pub file_len: u64,
    /// Bytes from here on are missing: samples that end beyond it are not there.
    pub media_end: u64,
    /// Whether the `moov` stands behind media.
    pub is_index_last: bool,
    /// Whether the end of the file is missing.
    pub is_cut: bool,
    /// The `moov`, with its header: what the tables are views of. The whole of it, unless it was trimmed.
    pub moov: Box<[u8]>,
    /// Where it begins in the file.
    pub moov_at: u64,
    /// How long it is, with its header.
    pub moov_len: u64,
    /// Of a file in pieces.
    pub fragments: Option<Fragments>,
}

impl Movie {
    /// Looks into a file; also what can be told of it where it is unfit.
    pub fn read(file: &dyn ReadAt) -> (Facts, Result<Self, Unfit>) {
        let mut facts = Facts::default();
        let movie = Self::look(file, &mut facts);
        (facts, movie)
    }

    fn look(file: &dyn ReadAt, facts: &mut Facts) -> Result<Self, Unfit> {
        let mut outline = Outline::default();
        let walked = outline.walk(file);
        let is_index_last = match (outline.moov, outline.first_mdat) {
            (Some(moov), Some(mdat)) => mdat < moov.start,
            _ => false,
        };
        facts.is_index_last = is_index_last;
        facts.is_cut = outline.is_cut;
        walked?;
        let extent = outline.moov.ok_or(Unfit::NoIndex)?;
        // An index that is larger than what it is an index of is no index.
        if extent.len() > MOOV_BYTES_UNASKED && extent.len() > file.file_len() / 2 {
            return Err(Unfit::TooLarge);
        }
        let moov = bytes_of(file, extent, MOOV_BYTES_MAX)?;
        let root = Atoms::of(&moov, 0).first(b"moov")?.ok_or(Unfit::Damaged)?;
        let index = Index::read(root, &moov, file.file_len(), &outline, facts)?;
        let has_samples = index.tracks.iter().any(Track::has_media);
        let fragments = match (outline.pieces.is_empty(), has_samples) {
            (true, _) => None,
            (false, true) => return Err(Unfit::Hybrid),
            (false, false) => Some(Fragments::read(
                file,
                root,
                &index.tracks,
                extent.end,
                &outline,
            )?),
        };
        if let Some(fragments) = fragments.as_ref().filter(|_| facts.millis == 0) {
            facts.millis = fragments.millis(&index.tracks);
        }
        let is_cut = outline.is_cut || index.is_short(file.file_len());
        facts.is_cut = is_cut;
        Ok(Self {
            timescale: index.timescale,
            duration: index.duration,
            tracks: index.tracks,
            chapters: name::chapters(root),
            file_len: file.file_len(),
            media_end: file.file_len(),
            is_index_last,
            is_cut,
            moov_at: extent.start,
            moov_len: extent.len(),
            fragments,
            moov: moov.into_boxed_slice(),
        })
    }

    /// Forgets what stands behind the last track: pictures and tags, which nobody looks at again.
    pub fn trim(&mut self) {
        let root = Atoms::of(&self.moov, 0).first(b"moov").ok().flatten();
        let tracks = root.iter().flat_map(Atom::children).map_while(Result::ok);
        let ends = tracks
            .filter(|child| &child.kind == b"trak")
            .map(|trak| trak.at.saturating_add(trak.body.len()));
        let kept = ends.max().and_then(|end| self.moov.get(..end));
        if let Some(kept) = kept.filter(|kept| kept.len() < self.moov.len()) {
            self.moov = kept.into();
        }
    }

    /// How much memory it holds.
    pub fn bytes(&self) -> usize {
        let tracks = self.tracks.iter().map(Track::bytes);
        let chapters = self.chapters.iter();
        let titles =
            chapters.map(|chapter| size_of::<Chapter>().saturating_add(chapter.title.capacity()));
        let fragments = self.fragments.iter().map(Fragments::bytes);
        tracks
            .chain(titles)
            .chain(fragments)
            .fold(size_of::<Self>(), usize::saturating_add)
            .saturating_add(self.moov.len())
    }
}

/// A part of the file, in memory.
fn bytes_of(file: &dyn ReadAt, extent: Extent, bytes_max: u64) -> Result<Vec<u8>, Unfit> {
    if extent.len() > bytes_max {
        return Err(Unfit::TooLarge);
    }
    let len = usize::try_from(extent.len()).map_err(|_| Unfit::TooLarge)?;
    let mut bytes = vec![0; len];
    match file.read_at(extent.start, &mut bytes) {
        Ok(count) if count == len => Ok(bytes),
        // It is shorter than it was a moment ago, or the disk is ill.
        Ok(_) | Err(_) => Err(Unfit::Unreadable),
    }
}

/// What stands in the `moov`.
struct Index {
    timescale: u32,
    duration: u64,
    tracks: Vec<Track>,
}

impl Index {
    fn read(
        root: Atom<'_>,
        moov: &[u8],
        file_len: u64,
        outline: &Outline,
        facts: &mut Facts,
    ) -> Result<Self, Unfit> {
        if root.child(b"cmov")?.is_some() {
            return Err(Unfit::CompressedIndex);
        }
        let mvhd = root.needed(b"mvhd")?;
        let (timescale, duration) = track::ticks(&mut mvhd.fields())?;
        facts.millis = millis(duration, timescale);
        let around = Around {
            moov,
            timescale,
            file_len,
            // An index whose media has not even begun is of an upload as well.
            is_cut: outline.is_cut || outline.first_mdat.is_none(),
            has_fragments: !outline.pieces.is_empty(),
        };
        let mut index = Self {
            timescale,
            duration,
            tracks: Vec::new(),
        };
        let mut count = 0usize;
        for child in root.children() {
            let child = child?;
            if &child.kind != b"trak" {
                continue;
            }
            count = count.saturating_add(1);
            if count > TRACKS_MAX {
                return Err(Unfit::TooLarge);
            }
            index.take(child, around, facts)?;
        }
        index.tracks.shrink_to_fit();
        index.mark_chapters();
        Ok(index)
    }

    fn take(&mut self, trak: Atom<'_>, around: Around<'_>, facts: &mut Facts) -> Result<(), Unfit> {
        let Some(track) = Track::read(trak, around)? else {
            return Ok(());
        };
        if track.kind == Kind::Video && facts.width == 0 {
            (facts.width, facts.height) = track.display_size();
        }
        if self.duration == 0 {
            facts.millis = facts.millis.max(millis(track.duration, track.timescale));
        }
        self.tracks.push(track);
        Ok(())
    }

    fn mark_chapters(&mut self) {
        let ids: Vec<u32> = self
            .tracks
            .iter()
            .flat_map(|track| track.chapter_ids.clone())
            .collect();
        for track in &mut self.tracks {
            track.is_chapters = ids.contains(&track.id);
        }
    }

    /// Whether a chunk begins behind the end of the file.
    fn is_short(&self, file_len: u64) -> bool {
        self.tracks
            .iter()
            .any(|track| track.sample_count > 0 && track.last_chunk >= file_len)
    }
}

fn millis(ticks: u64, timescale: u32) -> u64 {
    let millis = u128::from(ticks)
        .saturating_mul(1_000)
        .checked_div(timescale.into());
    millis
        .and_then(|millis| u64::try_from(millis).ok())
        .unwrap_or_default()
}
