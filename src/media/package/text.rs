//! Owns the texts inside a file: which tracks are subtitles, and how their samples and its chapters become WebVTT.
//! Knows nothing of who asks, nor of texts that stand beside the file.
//!
//! ```text
//! tx3g, text   length u16 · text (UTF-8, or UTF-16 with its mark) · boxes of styles     empty: nothing is shown
//! wvtt         vttc ( sttg settings · payl text )… or vtte: nothing is shown
//! ```

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use std::io;

use crate::media::mp4::{Codec, Kind, Movie, Sample, Track};
use crate::media::package::ReadAt;
use crate::media::package::time::{Moment, shown_by};
use crate::media::subtitle::write_time;

/// A cue of more is none.
const CUE_BYTES_MAX: u32 = 16 << 10;

/// Of all cues together: a film's are 100 KB.
const TEXT_BYTES_MAX: usize = 4 << 20;

/// Read for all of them, shown or not.
const READ_BYTES_MAX: usize = 16 << 20;

/// Each is a read of its own: a film has 2 000.
const CUES_MAX: usize = 50_000;

/// Those that are shown, in the order of the file: their places are their names.
pub(super) fn tracks(movie: &Movie) -> impl Iterator<Item = &Track> {
    let texts = movie.tracks.iter().filter(|track| is_read(track));
    texts.filter(|track| !track.is_chapters)
}

fn is_read(track: &Track) -> bool {
    let is_known = matches!(track.entry.codec, Codec::Tx3g | Codec::Wvtt);
    track.kind == Kind::Text && is_known && track.sample_count > 0
}

/// The cues of one of [`tracks`].
pub(super) fn subtitles(
    movie: &Movie,
    preroll: Moment,
    file: &dyn ReadAt,
    number: usize,
) -> io::Result<Option<String>> {
    let Some(track) = tracks(movie).nth(number) else {
        return Ok(None);
    };
    let mut cues = Cues::default();
    read(movie, track, preroll, file, &mut cues)?;
    Ok(Some(cues.finish()))
}

pub(super) fn has_chapters(movie: &Movie) -> bool {
    !movie.chapters.is_empty() || chapter_track(movie).is_some()
}

fn chapter_track(movie: &Movie) -> Option<&Track> {
    let mut tracks = movie.tracks.iter();
    tracks.find(|track| track.is_chapters && is_read(track))
}

/// The chapters, of a list or a track; nothing where there are none.
pub(super) fn chapters(
    movie: &Movie,
    preroll: Moment,
    micros: u64,
    file: &dyn ReadAt,
) -> io::Result<Option<String>> {
    let mut cues = Cues::default();
    let start = |at: u64| (at / 10).saturating_add(preroll.micros()) / 1_000;
    let mut chapters = movie.chapters.iter().peekable();
    while let Some(chapter) = chapters.next() {
        let end = chapters.peek().map(|next| start(next.start_100ns));
        let end = end.unwrap_or(micros / 1_000);
        cues.push(
            start(chapter.start_100ns),
            end,
            "",
            &escaped(&chapter.title),
        );
    }
    if movie.chapters.is_empty()
        && let Some(track) = chapter_track(movie)
    {
        read(movie, track, preroll, file, &mut cues)?;
    }
    Ok(cues.last.is_some().then(|| cues.finish()))
}

fn read(
    movie: &Movie,
    track: &Track,
    preroll: Moment,
    file: &dyn ReadAt,
    cues: &mut Cues,
) -> io::Result<()> {
    let shift = preroll.ceil(track.timescale);
    let mut bytes = Vec::new();
    let mut left = READ_BYTES_MAX;
    for sample in track.samples(&movie.moov).take(CUES_MAX) {
        if sample.size > CUE_BYTES_MAX {
            continue;
        }
        let size = usize::try_from(sample.size).unwrap_or_default();
        let rest = left.checked_sub(size);
        left = match rest {
            Some(rest) if cues.out.len() < TEXT_BYTES_MAX => rest,
            Some(_) | None => break,
        };
        bytes.resize(size, 0);
        let count = file.read_at(sample.offset, &mut bytes)?;
        bytes.truncate(count);
        let start = shown_by(track, &sample).saturating_add(shift);
        let (from, to) = millis(track, &sample, start);
        if track.entry.codec == Codec::Wvtt {
            cues.push_boxes(from, to, &bytes);
        } else {
            cues.push(from, to, "", &escaped(&text_of(&bytes).unwrap_or_default()));
        }
    }
    Ok(())
}

fn millis(track: &Track, sample: &Sample, start: i64) -> (u64, u64) {
    let timescale = track.timescale;
    let at = |ticks: i64| Moment { ticks, timescale }.micros() / 1_000;
    (at(start), at(start.saturating_add(sample.duration.into())))
}

/// Behind its length.
fn text_of(sample: &[u8]) -> Option<String> {
    let (len, rest) = sample.split_first_chunk()?;
    let text = rest.get(..usize::from(u16::from_be_bytes(*len)))?;
    let units = |unit: fn([u8; 2]) -> u16| {
        let pairs = text.as_chunks().0.iter().skip(1);
        let units: Vec<u16> = pairs.map(|pair| unit(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    Some(match text {
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        _ => String::from_utf8_lossy(text).into_owned(),
    })
}

/// What could be markup is not.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;")
}

/// WebVTT on its way.
#[derive(Default)]
struct Cues {
    out: String,
    /// The cue that may go on: its times, settings and text.
    last: Option<(u64, u64, String, String)>,
}

impl Cues {
    /// `text` is escaped already. What is shown again without a pause is one cue.
    fn push(&mut self, from: u64, to: u64, settings: &str, text: &str) {
        let lines = text
            .split(['\n', '\r', '\u{2028}', '\0'])
            .map(str::trim_end);
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        // An arrow would begin another cue.
        let text = lines.join("\n").replace("-->", "--&gt;");
        if text.trim().is_empty() || from >= to {
            return;
        }
        if let Some((_, end, old_settings, old)) = &mut self.last
            && *end == from
            && *old == text
            && *old_settings == settings
        {
            *end = to;
            return;
        }
        self.write_last();
        self.last = Some((from, to, settings.to_owned(), text));
    }

    /// Cues as boxes, all for the same time.
    fn push_boxes(&mut self, from: u64, to: u64, sample: &[u8]) {
        for (kind, body) in boxes(sample) {
            if kind == *b"vttc" {
                let part = |wanted: [u8; 4]| {
                    let found = boxes(body).find(|(kind, _)| *kind == wanted);
                    String::from_utf8_lossy(found.map_or(&[], |(_, body)| body))
                };
                let settings = part(*b"sttg");
                let settings = settings.lines().next().unwrap_or_default();
                // What could end the line of times is left out.
                let settings = if settings.contains("-->") {
                    ""
                } else {
                    settings.trim()
                };
                self.push(from, to, settings, &part(*b"payl"));
            }
        }
    }

    fn write_last(&mut self) {
        if let Some((from, to, settings, text)) = self.last.take() {
            self.out.push('\n');
            write_time(from, &mut self.out);
            self.out.push_str(" --> ");
            write_time(to, &mut self.out);
            if !settings.is_empty() {
                self.out.push(' ');
                self.out.push_str(&settings);
            }
            self.out.push('\n');
            self.out.push_str(&text);
            self.out.push('\n');
        }
    }

    fn finish(mut self) -> String {
        self.write_last();
        self.out.insert_str(0, "WEBVTT\n");
        self.out
    }
}

/// Boxes one behind the other, as far as they are whole.
fn boxes(mut rest: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (size, body) = rest.split_first_chunk()?;
        let (kind, _) = body.split_first_chunk()?;
        let size = usize::try_from(u32::from_be_bytes(*size)).ok()?;
        let body = rest.get(8..size)?;
        rest = rest.get(size..)?;
        Some((*kind, body))
    })
}
