//! Owns the sample entry of a track: which codec it is, and the entry as it is written into an init segment.
//! Knows nothing of samples.
//!
//! ```text
//! stsd   version:1 flags:3 count:4 entries…
//! entry  size:4 fourcc:4 zero:6 reference:2 fields… boxes…
//!                                            78 bytes before the boxes of a picture, 28 of a sound
//! ```
//!
//! Entries are copied as they are, with few repairs: `hev1` that has its parameter sets is called `hvc1`, since Apple
//! plays nothing else; `avc1` without them is called `avc3`; bytes behind the last box are left out; the reference is 1,
//! as there is one; and QuickTime's own forms of sound become the plain one ([`sound`]).

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

mod codec;
mod hevc;
mod sound;

#[cfg(test)]
mod tests;

use crate::media::mp4::atom::{Atom, Atoms, FourCc};
use crate::media::mp4::bounds::ENTRY_BYTES_MAX;
use crate::media::mp4::track::Kind;
use crate::media::unfit::Unfit;

/// What decodes a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// H.264.
    Avc,
    /// H.265, Dolby Vision of one layer included.
    Hevc,
    /// AV1.
    Av1,
    /// VP9.
    Vp9,
    /// Any of MPEG's AACs.
    Aac,
    /// Opus.
    Opus,
    /// FLAC.
    Flac,
    /// Dolby Digital.
    Ac3,
    /// Dolby Digital Plus.
    Eac3,
    /// Text with its length before it: `tx3g`, and QuickTime's `text`.
    Tx3g,
    /// Cues of WebVTT.
    Wvtt,
    /// MPEG audio, layer 1 to 3.
    Mp3,
    /// Sound that is not compressed, or hardly.
    Pcm,
    /// A still picture, of JPEG or PNG: cover art.
    Still,
    /// Whatever it is, it is encrypted.
    Encrypted,
    /// Anything else, or one of these whose entry is damaged.
    Other,
}

impl Codec {
    /// Why segments cannot carry it, if they cannot.
    pub fn unfit(self) -> Option<Unfit> {
        match self {
            Self::Avc | Self::Hevc | Self::Av1 | Self::Vp9 => None,
            Self::Aac | Self::Opus | Self::Flac | Self::Ac3 | Self::Eac3 => None,
            Self::Tx3g | Self::Wvtt => None,
            Self::Mp3 => Some(Unfit::Mp3),
            Self::Pcm => Some(Unfit::Pcm),
            Self::Encrypted => Some(Unfit::Encrypted),
            Self::Still | Self::Other => Some(Unfit::Codec),
        }
    }
}

/// How light a picture can be, as playlists call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VideoRange {
    /// As televisions always were.
    #[default]
    Sdr,
    /// HDR by SMPTE 2084.
    Pq,
    /// HDR by hybrid log-gamma.
    Hlg,
}

impl VideoRange {
    /// From the number that all standards have for a transfer function.
    fn of_transfer(transfer: u16) -> Self {
        match transfer {
            16 => Self::Pq,
            18 => Self::Hlg,
            _ => Self::Sdr,
        }
    }
}

/// What a track's samples are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleEntry {
    /// Its type as it is written out.
    pub fourcc: FourCc,
    /// The whole box as it is written out.
    pub bytes: Box<[u8]>,
    /// What decodes it.
    pub codec: Codec,
    /// As RFC 6381 writes it; empty for text and for what is not known.
    pub codec_text: String,
    /// Of the picture, in pixels.
    pub width: u16,
    /// Of the picture, in pixels.
    pub height: u16,
    /// Of the sound, as the codec says where that is easily read.
    pub channels: u16,
    /// Of the sound.
    pub sample_rate: u32,
    /// Of the picture.
    pub range: VideoRange,
}

/// The list of a track's entries.
pub(super) struct Stsd<'a> {
    version: u8,
    entries: Atoms<'a>,
}

/// How an entry is read.
#[derive(Clone, Copy)]
struct Reading {
    stsd_version: u8,
    timescale: u32,
    is_repaired: bool,
}

impl<'a> Stsd<'a> {
    pub(super) fn read(stsd: Atom<'a>) -> Result<Self, Unfit> {
        let mut fields = stsd.fields();
        let version = fields.u8()?;
        fields.skip(7)?;
        Ok(Self {
            version,
            entries: stsd.children_behind(8),
        })
    }

    /// The entry of that number, from 1; the first where no sample has asked for one. Where the `moov` is served as it
    /// is, nothing `is_repaired`.
    pub(super) fn entry(
        mut self,
        number: u32,
        kind: Kind,
        timescale: u32,
        is_repaired: bool,
    ) -> Result<SampleEntry, Unfit> {
        let place = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let atom = self.entries.nth(place).ok_or(Unfit::Damaged)??;
        if atom.whole.len() > ENTRY_BYTES_MAX {
            return Err(Unfit::TooLarge);
        }
        let reading = Reading {
            stsd_version: self.version,
            timescale,
            is_repaired,
        };
        Ok(match kind {
            Kind::Video => picture(atom, reading),
            Kind::Sound => sound::read(atom, reading),
            Kind::Text => text(atom),
        })
    }
}

impl SampleEntry {
    fn plain(atom: Atom<'_>, codec: Codec) -> Self {
        Self {
            fourcc: atom.kind,
            bytes: Box::from(atom.whole),
            codec,
            codec_text: String::new(),
            width: 0,
            height: 0,
            channels: 0,
            sample_rate: 0,
            range: VideoRange::Sdr,
        }
    }
}

/// Fields of a picture before its boxes.
const PICTURE_BYTES: usize = 78;

fn picture(atom: Atom<'_>, reading: Reading) -> SampleEntry {
    let mut entry = SampleEntry::plain(atom, Codec::Other);
    let mut fields = atom.fields();
    if fields.skip(24).is_ok() {
        entry.width = fields.u16().unwrap_or_default();
        entry.height = fields.u16().unwrap_or_default();
    }
    let boxes = || atom.children_behind(PICTURE_BYTES).map_while(Result::ok);
    let config = |kind: &FourCc| {
        boxes()
            .find(|child| child.kind == *kind)
            .map(|child| child.body)
    };
    if let Some(known) = codec::of_picture(atom.kind, config) {
        entry.codec = known.codec;
        entry.range = known.range;
        if reading.is_repaired {
            entry.fourcc = known.fourcc;
            entry.bytes = written(known.fourcc, atom, PICTURE_BYTES);
        }
        if !known.text.is_empty() {
            entry.codec_text = codec::begun(entry.fourcc);
            entry.codec_text.push_str(&known.text);
        }
    }
    entry
}

fn text(atom: Atom<'_>) -> SampleEntry {
    let codec = match &atom.kind {
        b"tx3g" | b"text" => Codec::Tx3g,
        b"wvtt" => Codec::Wvtt,
        b"enct" => Codec::Encrypted,
        _ => Codec::Other,
    };
    SampleEntry::plain(atom, codec)
}

/// The entry with that name, one reference, and nothing but boxes behind its fields.
fn written(fourcc: FourCc, atom: Atom<'_>, fields_len: usize) -> Box<[u8]> {
    let mut bytes = vec![0; 4];
    bytes.extend(fourcc);
    bytes.extend(reference());
    bytes.extend(atom.body.get(8..fields_len).unwrap_or_default());
    for child in atom.children_behind(fields_len).map_while(Result::ok) {
        bytes.extend(child.whole);
    }
    sized(bytes)
}

/// What every entry begins with: zeros, and the number of where its samples are: in this file.
fn reference() -> [u8; 8] {
    [0, 0, 0, 0, 0, 0, 0, 1]
}

/// Puts its length into the first four bytes.
fn sized(mut bytes: Vec<u8>) -> Box<[u8]> {
    let len = u32::try_from(bytes.len()).unwrap_or_default();
    if let Some(first) = bytes.first_chunk_mut() {
        *first = len.to_be_bytes();
    }
    bytes.into_boxed_slice()
}
