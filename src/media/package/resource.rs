//! Owns the names below a title: which playlist, init segment or segment is meant.
//! Knows nothing of whether a title has it.
//!
//! ```text
//! master.m3u8  manifest.mpd  chapters.vtt
//! m.m3u8  v.m3u8  a0.m3u8  i.m3u8          m muxed, v video, a0 a1 … audio, i key frames
//! m-init.mp4  v-init.mp4  a0-init.mp4  …
//! m-12.m4s  v-12.m4s  a0-12.m4s  i-12.m4s
//! t-en.m3u8  t-en-forced.vtt  t-0.vtt      subtitles: of a file beside it, or a track of its own
//! ```

use std::fmt::{self, Display};

/// Which of a title's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rendition {
    /// Video and the only audio, in the order of the file.
    Muxed,
    /// Video alone.
    Video,
    /// One of the audio tracks alone.
    Audio(u8),
    /// The first frame of each segment.
    KeyFrames,
}

/// As it begins names.
impl Display for Rendition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Muxed => f.write_str("m"),
            Self::Video => f.write_str("v"),
            Self::Audio(number) => write!(f, "a{number}"),
            Self::KeyFrames => f.write_str("i"),
        }
    }
}

/// What is asked of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource<'a> {
    /// The multivariant playlist.
    Master,
    /// The DASH manifest.
    Manifest,
    /// The playlist of a stream.
    Playlist(Rendition),
    /// The init segment of a stream.
    Init(Rendition),
    /// A segment of a stream.
    Segment(Rendition, u32),
    /// The playlist of subtitles, by their key.
    TextPlaylist(&'a str),
    /// Subtitles, by their key.
    Text(&'a str),
    /// The chapters.
    Chapters,
}

/// Longer than any name of ours.
const NAME_BYTES_MAX: usize = 40;

impl<'a> Resource<'a> {
    /// Reads the last part of an address.
    pub fn parse(name: &'a [u8]) -> Option<Self> {
        let name = str::from_utf8(name).ok()?;
        if name.len() > NAME_BYTES_MAX {
            return None;
        }
        let (stem, ending) = name.rsplit_once('.')?;
        let text = stem.strip_prefix("t-").filter(|key| is_key(key));
        match (stem, ending) {
            ("master", "m3u8") => Some(Self::Master),
            ("manifest", "mpd") => Some(Self::Manifest),
            ("chapters", "vtt") => Some(Self::Chapters),
            (_, "m3u8") => match text {
                Some(key) => Some(Self::TextPlaylist(key)),
                None => rendition(stem).map(Self::Playlist),
            },
            (_, "vtt") => text.map(Self::Text),
            (_, "mp4") => rendition(stem.strip_suffix("-init")?).map(Self::Init),
            (_, "m4s") => {
                let (stem, number) = stem.split_once('-')?;
                Some(Self::Segment(rendition(stem)?, decimal(number)?))
            }
            _ => None,
        }
    }
}

fn rendition(stem: &str) -> Option<Rendition> {
    match stem {
        "m" => Some(Rendition::Muxed),
        "v" => Some(Rendition::Video),
        "i" => Some(Rendition::KeyFrames),
        _ => {
            let number = u8::try_from(decimal(stem.strip_prefix('a')?)?).ok()?;
            Some(Rendition::Audio(number))
        }
    }
}

/// Digits as we write them: no sign, no zero in front, so that one thing has one address.
fn decimal(digits: &str) -> Option<u32> {
    let is_plain = digits == "0" || !digits.starts_with('0');
    let is_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_plain && is_digits).then(|| digits.parse().ok())?
}

pub(super) fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::{Rendition, Resource};

    #[test]
    fn names() {
        for (name, resource) in [
            ("master.m3u8", Some(Resource::Master)),
            ("manifest.mpd", Some(Resource::Manifest)),
            ("m.m3u8", Some(Resource::Playlist(Rendition::Muxed))),
            ("a12.m3u8", Some(Resource::Playlist(Rendition::Audio(12)))),
            ("i-init.mp4", Some(Resource::Init(Rendition::KeyFrames))),
            ("v-0.m4s", Some(Resource::Segment(Rendition::Video, 0))),
            (
                "a0-77.m4s",
                Some(Resource::Segment(Rendition::Audio(0), 77)),
            ),
            ("t-en-forced.vtt", Some(Resource::Text("en-forced"))),
            ("t-0.m3u8", Some(Resource::TextPlaylist("0"))),
            ("chapters.vtt", Some(Resource::Chapters)),
            ("m--1.m4s", None),
            ("m-+1.m4s", None),
            ("m-01.m4s", None),
            ("m-.m4s", None),
            ("m-99999999999.m4s", None),
            ("a-1.m4s", None),
            ("a256-1.m4s", None),
            ("x.m3u8", None),
            ("t-.vtt", None),
            ("t-../x.vtt", None),
            ("master.m3u8x", None),
            ("master", None),
            ("", None),
        ] {
            assert_eq!(Resource::parse(name.as_bytes()), resource, "{name}");
        }
    }
}
