//! Owns one track of a `moov`: what it is, when it begins, and its samples.
//! Knows nothing of the other tracks, nor of how it is packaged.
//!
//! ```text
//! trak ┬ tkhd                     id, whether it is enabled, matrix, size
//!      ├ edts ─ elst              empty edits are a delay; the first other says where its media begins
//!      ├ tref ─ chap              ids of its chapter tracks
//!      ├ mdia ┬ mdhd              ticks a second, language
//!      │      ├ hdlr              what kind it is
//!      │      └ minf ─ stbl       stsd and the sample tables
//!      └ udta ─ name              what somebody called it
//! ```

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

#[cfg(test)]
mod tests;

use crate::media::mp4::atom::{Atom, Fields};
use crate::media::mp4::bounds::{EDITS_MAX, SAMPLES_MAX, TICKS_MAX, TIMESCALE_MAX};
use crate::media::mp4::entry::{Codec, SampleEntry, Stsd};
use crate::media::mp4::name;
use crate::media::mp4::samples::{Cursor, Samples};
use crate::media::mp4::tables::{Summary, Tables};
use crate::media::unfit::Unfit;

/// What a track is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Pictures.
    Video,
    /// Sound.
    Sound,
    /// Subtitles, or the titles of chapters.
    Text,
}

/// A track.
#[derive(Debug)]
pub struct Track {
    /// As the file counts.
    pub id: u32,
    /// What it is for.
    pub kind: Kind,
    /// Whether it is played unless somebody chooses.
    pub is_enabled: bool,
    /// Whether another track says that these are its chapters.
    pub is_chapters: bool,
    /// Tracks of one group are alternatives; 0 is no group.
    pub alternate_group: u16,
    /// How the picture is turned, as it stands in the file.
    pub matrix: [u8; 36],
    /// Of the picture, 16.16.
    pub width: u32,
    /// Of the picture, 16.16.
    pub height: u32,
    /// Ticks a second, never 0.
    pub timescale: u32,
    /// Ticks, as the file says; 0 where it does not know. It may be wrong.
    pub duration: u64,
    /// Three letters of five bits, as it stands in the file.
    pub language: u16,
    /// What somebody called it; empty where only a program did.
    pub name: String,
    /// How long nothing is shown before it begins, in ticks.
    pub delay: u64,
    /// The tick of its media that is shown first.
    pub media_time: i64,
    /// Edits that show something: with more than one, parts of it are left out or come twice.
    pub edits: usize,
    /// What decodes it.
    pub entry: SampleEntry,
    /// What all tables agree on, and what fits into the file.
    pub sample_count: u32,
    /// How far below zero its composition offsets go.
    pub neg: u32,
    /// The largest offset of a chunk.
    pub(super) last_chunk: u64,
    pub(super) chapter_ids: Vec<u32>,
    tables: Tables,
}

/// What a track's own boxes are judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    /// The whole `moov`, which all places are counted from.
    pub(super) moov: &'a [u8],
    /// Ticks a second of the movie.
    pub(super) timescale: u32,
    /// Length of the file.
    pub(super) file_len: u64,
    /// Whether the end of the file is missing.
    pub(super) is_cut: bool,
    /// Whether its `moov` is served as it is.
    pub(super) has_fragments: bool,
}

impl Track {
    /// Reads a `trak`. Nothing where it is of a kind that nobody plays, or text that is damaged: one does without.
    pub(super) fn read(trak: Atom<'_>, around: Around<'_>) -> Result<Option<Self>, Unfit> {
        let mdia = trak.needed(b"mdia")?;
        let hdlr = mdia.needed(b"hdlr")?;
        match kind(hdlr)? {
            Some(Kind::Text) => Ok(Self::of_kind(Kind::Text, trak, mdia, hdlr, around).ok()),
            Some(kind) => Self::of_kind(kind, trak, mdia, hdlr, around).map(Some),
            None => Ok(None),
        }
    }

    fn of_kind(
        kind: Kind,
        trak: Atom<'_>,
        mdia: Atom<'_>,
        hdlr: Atom<'_>,
        around: Around<'_>,
    ) -> Result<Self, Unfit> {
        let picture = Picture::read(trak.needed(b"tkhd")?)?;
        let clock = Clock::read(mdia.needed(b"mdhd")?)?;
        let edits = match trak.child(b"edts")? {
            Some(edts) => edts.child(b"elst")?,
            None => None,
        };
        let edits = Edits::read(edits, clock.timescale, around.timescale)?;
        let stbl = mdia.needed(b"minf")?.needed(b"stbl")?;
        let tables = Tables::read(stbl)?;
        let stsd = Stsd::read(stbl.needed(b"stsd")?)?;
        let summary = tables.summary(around.moov, around.file_len)?;
        let entry = stsd.entry(summary.entry, kind, clock.timescale, !around.has_fragments)?;
        Ok(Self {
            id: picture.id,
            kind,
            is_enabled: picture.is_enabled,
            is_chapters: false,
            alternate_group: picture.alternate_group,
            matrix: picture.matrix,
            width: picture.width,
            height: picture.height,
            timescale: clock.timescale,
            duration: clock.duration,
            language: clock.language,
            name: name::of_track(trak, hdlr),
            delay: edits.delay,
            media_time: edits.media_time,
            edits: edits.count,
            sample_count: believed(summary, entry.codec, around)?,
            neg: summary.neg,
            last_chunk: summary.last_chunk,
            chapter_ids: chapter_ids(trak)?,
            entry,
            tables,
        })
    }

    /// Its samples, from the first one; `moov` is the one that it was read from.
    pub fn samples<'a>(&self, moov: &'a [u8]) -> Samples<'a> {
        Samples::first(self.tables.view(moov), self.sample_count)
    }

    /// Its samples from a place on.
    pub fn samples_from<'a>(&self, moov: &'a [u8], at: Cursor) -> Samples<'a> {
        Samples::from(self.tables.view(moov), self.sample_count, at)
    }

    /// Its picture as shown, in pixels: lying or standing as it is turned.
    pub fn display_size(&self) -> (u32, u32) {
        // 16.16, rounded.
        let whole = |size: u32| size.saturating_add(0x8000) >> 16;
        let (mut width, mut height) = (whole(self.width), whole(self.height));
        if width == 0 || height == 0 {
            (width, height) = (self.entry.width.into(), self.entry.height.into());
        }
        if self.is_quarter_turn() {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// Whether width and height change places: `a b u c d v x y w`, with only b and c.
    fn is_quarter_turn(&self) -> bool {
        let mut fields = Fields(&self.matrix);
        let mut next = || fields.u32().unwrap_or_default();
        let (a, b, _, c, d) = (next(), next(), next(), next(), next());
        a == 0 && d == 0 && b != 0 && c != 0
    }

    /// Three letters of ISO 639; nothing where it is not told.
    pub fn language_text(&self) -> Option<[u8; 3]> {
        // Each letter is 0x60 less than in ASCII. QuickTime's own numbers are below all of them.
        let letter = |shift: u32| {
            let bits = self.language.checked_shr(shift).unwrap_or_default() & 31;
            let [_, low] = bits.to_be_bytes();
            let letter = low.saturating_add(0x60);
            letter.is_ascii_lowercase().then_some(letter)
        };
        let text = [letter(10)?, letter(5)?, letter(0)?];
        (text != *b"und").then_some(text)
    }

    /// Whether there is anything to see or to hear in it.
    pub(super) fn has_media(&self) -> bool {
        self.sample_count > 0 && self.kind != Kind::Text
    }

    /// How much memory it holds beside the `moov`.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            .saturating_add(self.name.capacity())
            .saturating_add(self.entry.bytes.len())
            .saturating_add(self.entry.codec_text.capacity())
            .saturating_add(self.chapter_ids.capacity().saturating_mul(4))
    }
}

/// How many samples there are, if they can be.
fn believed(summary: Summary, codec: Codec, around: Around<'_>) -> Result<u32, Unfit> {
    // Raw sound counts each moment as a sample: it has its own reason.
    if summary.count > SAMPLES_MAX && codec.unfit().is_none() {
        return Err(Unfit::TooLarge);
    }
    // Samples are not shared: more bytes than the file has can only be where its end is missing.
    if summary.is_short && !around.is_cut && codec.unfit().is_none() {
        return Err(Unfit::Damaged);
    }
    Ok(summary.count.min(SAMPLES_MAX))
}

fn kind(hdlr: Atom<'_>) -> Result<Option<Kind>, Unfit> {
    let mut fields = hdlr.fields();
    fields.skip(8)?;
    Ok(match &fields.array::<4>()? {
        b"vide" => Some(Kind::Video),
        b"soun" => Some(Kind::Sound),
        b"text" | b"sbtl" | b"subt" => Some(Kind::Text),
        _ => None,
    })
}

/// Of `tkhd`.
///
/// ```text
/// version:1 flags:3 created:4|8 modified:4|8 id:4 zero:4 duration:4|8
/// zero:8 layer:2 group:2 volume:2 zero:2 matrix:36 width:4 height:4
/// ```
struct Picture {
    id: u32,
    is_enabled: bool,
    alternate_group: u16,
    matrix: [u8; 36],
    width: u32,
    height: u32,
}

impl Picture {
    fn read(tkhd: Atom<'_>) -> Result<Self, Unfit> {
        let mut fields = tkhd.fields();
        let [version, _, _, flags] = fields.array()?;
        let is_long = version == 1;
        fields.skip(if is_long { 16 } else { 8 })?;
        let id = fields.u32()?;
        fields.skip(if is_long { 12 } else { 8 })?;
        fields.skip(10)?;
        let alternate_group = fields.u16()?;
        fields.skip(4)?;
        Ok(Self {
            id,
            is_enabled: flags & 1 != 0,
            alternate_group,
            matrix: fields.array()?,
            width: fields.u32()?,
            height: fields.u32()?,
        })
    }
}

/// Of `mdhd`.
///
/// ```text
/// version:1 flags:3 created:4|8 modified:4|8 timescale:4 duration:4|8 language:2 zero:2
/// ```
struct Clock {
    timescale: u32,
    duration: u64,
    language: u16,
}

impl Clock {
    fn read(mdhd: Atom<'_>) -> Result<Self, Unfit> {
        let mut fields = mdhd.fields();
        let (timescale, duration) = ticks(&mut fields)?;
        Ok(Self {
            timescale,
            duration,
            language: fields.u16()?,
        })
    }
}

/// What `mvhd` and `mdhd` begin with: ticks a second, and how many there are in all (0: nobody knows).
pub(super) fn ticks(fields: &mut Fields<'_>) -> Result<(u32, u64), Unfit> {
    let [version, _, _, _] = fields.array()?;
    let is_long = version == 1;
    fields.skip(if is_long { 16 } else { 8 })?;
    let timescale = fields.u32()?;
    let duration = fields.word(is_long)?;
    if timescale == 0 || timescale > TIMESCALE_MAX {
        return Err(Unfit::Damaged);
    }
    let is_unknown = duration == if is_long { u64::MAX } else { u32::MAX.into() };
    Ok((
        timescale,
        if is_unknown || duration > TICKS_MAX {
            0
        } else {
            duration
        },
    ))
}

/// Of `elst`.
///
/// ```text
/// version:1 flags:3 count:4 ( duration:4|8 media_time:4|8 rate:4 )×count
/// ```
#[derive(Default)]
struct Edits {
    delay: u64,
    media_time: i64,
    count: usize,
}

impl Edits {
    fn read(elst: Option<Atom<'_>>, timescale: u32, movie_timescale: u32) -> Result<Self, Unfit> {
        let mut edits = Self::default();
        let Some(elst) = elst else {
            return Ok(edits);
        };
        let mut fields = elst.fields();
        let [version, _, _, _] = fields.array()?;
        let is_long = version == 1;
        let count = usize::try_from(fields.u32()?).unwrap_or(usize::MAX);
        if count > EDITS_MAX {
            return Err(Unfit::TooLarge);
        }
        let mut empty = 0u64;
        for _ in 0..count {
            let duration = fields.word(is_long)?;
            let media_time = fields.word(is_long)?;
            fields.skip(4)?;
            let media_time = if is_long {
                media_time.cast_signed()
            } else {
                i64::from(u32::try_from(media_time).unwrap_or_default().cast_signed())
            };
            if media_time.unsigned_abs() > TICKS_MAX {
                return Err(Unfit::Damaged);
            }
            if media_time >= 0 {
                if edits.count == 0 {
                    edits.media_time = media_time;
                }
                edits.count = edits.count.saturating_add(1);
            } else if edits.count == 0 {
                empty = empty.saturating_add(duration);
            }
        }
        edits.delay = scaled(empty, timescale, movie_timescale)?;
        Ok(edits)
    }
}

/// Ticks of the movie as ticks of a track: the nearest, as players reckon.
fn scaled(ticks: u64, timescale: u32, movie_timescale: u32) -> Result<u64, Unfit> {
    let scaled = u128::from(ticks)
        .saturating_mul(timescale.into())
        .saturating_add(u128::from(movie_timescale / 2))
        .checked_div(movie_timescale.into())
        .and_then(|scaled| u64::try_from(scaled).ok());
    scaled
        .filter(|&scaled| scaled <= TICKS_MAX)
        .ok_or(Unfit::Damaged)
}

/// The tracks that `tref` says are its chapters.
fn chapter_ids(trak: Atom<'_>) -> Result<Vec<u32>, Unfit> {
    let list = match trak.child(b"tref")? {
        Some(tref) => tref.child(b"chap")?,
        None => None,
    };
    let ids = list.map_or(&[][..], |list| list.body.as_chunks::<4>().0);
    Ok(ids
        .iter()
        .take(64)
        .map(|id| u32::from_be_bytes(*id))
        .collect())
}
