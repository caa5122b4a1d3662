//! Owns one title as HLS and DASH: playlists, init segments, and segments of computed heads and the file's own bytes.
//! Knows nothing of HTTP, nor of who keeps it.

pub mod resource;

use std::io;

use crate::media::package::resource::Resource;
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
pub struct Package {}

impl Package {
    /// Looks into a file; it may wait for a disk. Also what is told of it where it cannot be packaged.
    pub fn read(file: &dyn ReadAt) -> (Facts, Result<Self, Unfit>) {
        _ = file.file_len();
        (Facts::default(), Err(Unfit::NoIndex))
    }

    /// How much memory it holds.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
    }

    /// What is served under that name; nothing where there is no such thing. `token` goes into all addresses.
    pub fn make(&self, resource: &Resource<'_>, token: &str, beside: &[Beside]) -> Option<Made> {
        _ = (resource, token, beside);
        None
    }

    /// The cues of a text track, or the chapters, as WebVTT; it may wait for a disk.
    pub fn text(&self, file: &dyn ReadAt, track: TextTrack) -> io::Result<Option<String>> {
        _ = (file, track);
        Ok(None)
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
