//! Owns how playlists are written (RFC 8216bis).
//! Knows nothing of files: what stands in them is given.

use std::fmt::Write as _;

use crate::media::package::resource::Rendition;

/// What a media playlist says.
#[derive(Debug)]
pub(super) struct Media<'a> {
    pub(super) rendition: Rendition,
    pub(super) token: &'a str,
    /// Where segments begin and the last one ends, in millionths of a second.
    pub(super) bounds: &'a [u64],
    /// Whether each segment can be decoded without the one before.
    pub(super) is_independent: bool,
}

impl Media<'_> {
    pub(super) fn write(&self) -> String {
        let lengths = || {
            let pairs = self.bounds.iter().zip(self.bounds.iter().skip(1));
            pairs.map(|(from, to)| to.saturating_sub(*from).max(1))
        };
        let (rendition, token) = (self.rendition, self.token);
        let mut out =
            String::with_capacity(self.bounds.len().saturating_mul(52).saturating_add(256));
        begin(lengths().max().unwrap_or_default(), &mut out);
        if rendition == Rendition::KeyFrames {
            out.push_str("#EXT-X-I-FRAMES-ONLY\n");
        }
        if self.is_independent {
            out.push_str(INDEPENDENT);
        }
        _ = writeln!(out, "#EXT-X-MAP:URI=\"{rendition}-init.mp4?v={token}\"");
        for (number, micros) in lengths().enumerate() {
            write_length(micros, &mut out);
            _ = writeln!(out, "{rendition}-{number}.m4s?v={token}");
        }
        out.push_str(END);
        out
    }
}

pub(super) const INDEPENDENT: &str = "#EXT-X-INDEPENDENT-SEGMENTS\n";
const END: &str = "#EXT-X-ENDLIST\n";

/// `longest` in millionths of a second: rounded, no segment is longer than the target.
fn begin(longest: u64, out: &mut String) {
    let target = longest.saturating_add(500_000) / 1_000_000;
    _ = write!(
        out,
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:0\n\
         #EXT-X-PLAYLIST-TYPE:VOD\n",
        target.max(1)
    );
}

fn write_length(micros: u64, out: &mut String) {
    let (secs, part) = (micros / 1_000_000, micros % 1_000_000);
    _ = writeln!(out, "#EXTINF:{secs}.{part:06},");
}

/// One text over the whole title.
pub(super) fn text(key: &str, version: &str, micros: u64) -> String {
    let mut out = String::with_capacity(256);
    begin(micros.max(1), &mut out);
    write_length(micros.max(1), &mut out);
    _ = writeln!(out, "t-{key}.vtt?v={version}");
    out.push_str(END);
    out
}
