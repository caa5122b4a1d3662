//! Owns what a title offers to choose from: its picture, its sounds, its texts, with their names.
//! Knows nothing of how that is written.

use crate::media::mp4::{Movie, Track, VideoRange};
use crate::media::package::plan::{Lane, Plan};
use crate::media::package::rates::Rates;
use crate::media::package::resource::is_key;
use crate::media::package::{Beside, language, text};

/// What playlists and manifests are written from.
#[derive(Debug)]
pub(super) struct Offer<'a> {
    pub(super) token: &'a str,
    /// In millionths of a second.
    pub(super) micros: u64,
    pub(super) is_independent: bool,
    pub(super) picture: Option<Picture<'a>>,
    pub(super) sounds: Vec<Sound<'a>>,
    /// Which of the sounds is heard where nobody chooses.
    pub(super) default_sound: usize,
    /// Of picture and default sound in one stream.
    pub(super) muxed: Rates,
    /// Of the key frames, where they can be had.
    pub(super) key_frames: Option<Rates>,
    /// Whether there is only one stream with all that is there.
    pub(super) is_one: bool,
    pub(super) texts: Vec<Text<'a>>,
    /// Whether there are chapters to ask for.
    pub(super) has_chapters: bool,
}

/// The video.
#[derive(Debug)]
pub(super) struct Picture<'a> {
    pub(super) codec: &'a str,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) range: VideoRange,
    /// Frames, in so many ticks of a second.
    pub(super) frames: Option<(u64, u64)>,
    pub(super) rates: Rates,
}

/// A sound track.
#[derive(Debug)]
pub(super) struct Sound<'a> {
    pub(super) codec: &'a str,
    /// As BCP 47 has it; empty where nobody knows.
    pub(super) language: String,
    /// No two are called the same.
    pub(super) name: String,
    pub(super) channels: u16,
    pub(super) sample_rate: u32,
    pub(super) rates: Rates,
}

/// Subtitles.
#[derive(Debug)]
pub(super) struct Text<'a> {
    pub(super) key: String,
    pub(super) language: String,
    pub(super) name: String,
    pub(super) label: &'static str,
    /// Goes into the address of the text.
    pub(super) version: &'a str,
}

impl<'a> Offer<'a> {
    pub(super) fn of(movie: &'a Movie, plan: &Plan, token: &'a str, beside: &'a [Beside]) -> Self {
        let track = |lane: &Lane| movie.tracks.get(lane.track);
        let picture = plan.video.as_ref().and_then(|lane| {
            let frames = lane.frames();
            Some(Picture::of(track(lane)?, frames, lane.rates))
        });
        let mut sounds: Vec<Sound<'_>> = Vec::with_capacity(plan.sounds.len());
        for lane in &plan.sounds {
            let sound = track(lane).map(|track| Sound::of(track, lane.rates, &sounds));
            sounds.extend(sound);
        }
        Self {
            token,
            micros: plan.micros,
            is_independent: !plan.is_open,
            key_frames: picture.is_some().then_some(plan.key_frames),
            picture,
            sounds,
            default_sound: plan.default_sound,
            muxed: plan.muxed,
            is_one: false,
            texts: texts(movie, token, beside),
            has_chapters: text::has_chapters(movie),
        }
    }
}

impl<'a> Picture<'a> {
    pub(super) fn of(track: &'a Track, frames: Option<(u64, u64)>, rates: Rates) -> Self {
        let (width, height) = track.display_size();
        Self {
            codec: &track.entry.codec_text,
            width,
            height,
            range: track.entry.range,
            frames,
            rates,
        }
    }
}

impl<'a> Sound<'a> {
    pub(super) fn of(track: &'a Track, rates: Rates, others: &[Self]) -> Self {
        let language = language_of(track);
        let name = called(track, &language, "Audio");
        Self {
            codec: &track.entry.codec_text,
            name: unlike(name, others.iter().map(|other| &*other.name)),
            language,
            channels: track.entry.channels,
            sample_rate: track.entry.sample_rate,
            rates,
        }
    }
}

/// What the file holds itself comes first; of files beside it the first of each kind.
pub(super) fn texts<'a>(movie: &Movie, token: &'a str, beside: &'a [Beside]) -> Vec<Text<'a>> {
    let mut texts: Vec<Text<'_>> = Vec::new();
    for (number, track) in text::tracks(movie).enumerate() {
        let language = language_of(track);
        let name = called(track, &language, "Subtitles");
        texts.push(Text {
            key: number.to_string(),
            name: unlike(name, texts.iter().map(|other| &*other.name)),
            language,
            label: "",
            version: token,
        });
    }
    for file in beside {
        let mut key = file.language.clone();
        if key.is_empty() {
            key.push_str("und");
        }
        let known = language::name(&file.language).unwrap_or(&file.language);
        let mut name = String::from(if known.is_empty() { "Subtitles" } else { known });
        if !file.label.is_empty() {
            key.push('-');
            key.push_str(file.label);
            name.push_str(" (");
            name.push_str(file.label);
            name.push(')');
        }
        if !is_key(&key) || texts.iter().any(|other| other.key == key) {
            continue;
        }
        texts.push(Text {
            key,
            name: unlike(name, texts.iter().map(|other| &*other.name)),
            language: file.language.clone(),
            label: file.label,
            version: &file.version,
        });
    }
    texts
}

fn language_of(track: &Track) -> String {
    let three = track.language_text().unwrap_or_default();
    let three = str::from_utf8(&three).unwrap_or_default();
    language::tag(three.trim_matches('\0')).to_owned()
}

/// By its own name, else its language's, else for what it is.
fn called(track: &Track, language: &str, other: &str) -> String {
    let known = language::name(language).unwrap_or(language);
    let names = [&*track.name, known, other];
    let name = names.into_iter().find(|name| !name.is_empty());
    // A quote would end the string that it stands in, and so would a new line.
    name.unwrap_or_default().replace(['"', '\n', '\r'], "'")
}

/// With a number, where others are called so already.
fn unlike<'n>(name: String, others: impl Iterator<Item = &'n str> + Clone) -> String {
    let is_taken = |name: &str| others.clone().any(|other| other == name);
    if !is_taken(&name) {
        return name;
    }
    let mut numbered = (2..=255u8).map(|number| {
        let mut numbered = name.clone();
        numbered.push(' ');
        numbered.push_str(&number.to_string());
        numbered
    });
    numbered.find(|name| !is_taken(name)).unwrap_or(name)
}
