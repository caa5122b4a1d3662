//! Owns the DASH manifest (ISO/IEC 23009-1): the same segments as HLS, video and each sound apart.
//! Knows nothing of where the times come from.

use std::fmt::{self, Display, Write as _};

use crate::media::package::offer::{Offer, Picture, Sound, Text};
use crate::media::package::resource::Rendition;

/// One stream's segments.
#[derive(Debug)]
pub(super) struct Timeline {
    pub(super) rendition: Rendition,
    pub(super) timescale: u32,
    /// What their own clock shows where the title begins, in ticks.
    pub(super) base: u64,
    /// Where segments begin and the last one ends, in ticks.
    pub(super) bounds: Vec<i64>,
}

/// `timelines` of the video, if there is one, then of each sound.
pub(super) fn write(offer: &Offer<'_>, timelines: &[Timeline]) -> String {
    let mut out = String::with_capacity(4_096);
    _ = write!(
        out,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" \
         profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" \
         mediaPresentationDuration=\"{}\" minBufferTime=\"PT6S\">\n\
         <Period id=\"0\" start=\"PT0S\">\n",
        Duration(offer.micros)
    );
    let mut timelines = timelines.iter();
    if let Some(picture) = &offer.picture
        && let Some(timeline) = timelines.next()
    {
        write_video(offer, picture, timeline, &mut out);
    }
    // With a picture in one stream, it is told with that.
    let is_told = offer.is_one && offer.picture.is_some();
    let sounds = if is_told { &[] } else { &*offer.sounds };
    for (number, (sound, timeline)) in sounds.iter().zip(timelines).enumerate() {
        let is_default = number == offer.default_sound;
        write_sound(offer, sound, is_default, timeline, &mut out);
    }
    for text in &offer.texts {
        write_text(text, &mut out);
    }
    out.push_str("</Period>\n</MPD>\n");
    out
}

fn write_video(offer: &Offer<'_>, picture: &Picture<'_>, line: &Timeline, out: &mut String) {
    out.push_str(
        "<AdaptationSet contentType=\"video\" mimeType=\"video/mp4\" segmentAlignment=\"true\"",
    );
    if offer.is_independent {
        out.push_str(" startWithSAP=\"1\"");
    }
    out.push_str(">\n");
    write_timeline(offer.token, line, out);
    let (rate, sound) = if line.rendition == Rendition::Muxed {
        (offer.muxed, offer.sounds.first())
    } else {
        (picture.rates, None)
    };
    _ = write!(
        out,
        "<Representation id=\"{}\" bandwidth=\"{}\" codecs=\"{}",
        line.rendition,
        rate.peak.max(1),
        picture.codec
    );
    if let Some(sound) = sound {
        _ = write!(out, ",{}", sound.codec);
    }
    _ = write!(
        out,
        "\" width=\"{}\" height=\"{}\"",
        picture.width, picture.height
    );
    if let Some((frames, ticks)) = picture.frames {
        let common = common_divisor(frames, ticks).max(1);
        _ = write!(out, " frameRate=\"{}/{}\"", frames / common, ticks / common);
    }
    out.push_str("/>\n</AdaptationSet>\n");
}

fn write_sound(
    offer: &Offer<'_>,
    sound: &Sound<'_>,
    is_default: bool,
    line: &Timeline,
    out: &mut String,
) {
    out.push_str("<AdaptationSet contentType=\"audio\" mimeType=\"audio/mp4\" segmentAlignment=\"true\" startWithSAP=\"1\"");
    write_language(&sound.language, out);
    out.push_str(">\n");
    let role = if is_default { "main" } else { "alternate" };
    _ = writeln!(out, "<Label>{}</Label>", Escaped(&sound.name));
    write_role(role, out);
    write_timeline(offer.token, line, out);
    _ = writeln!(
        out,
        "<Representation id=\"{}\" bandwidth=\"{}\" codecs=\"{}\" audioSamplingRate=\"{}\">\n\
         <AudioChannelConfiguration \
         schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_configuration:2011\" value=\"{}\"/>\n\
         </Representation>\n</AdaptationSet>",
        line.rendition,
        sound.rates.peak.max(1),
        sound.codec,
        sound.sample_rate,
        sound.channels.max(1)
    );
}

fn write_text(text: &Text<'_>, out: &mut String) {
    out.push_str("<AdaptationSet contentType=\"text\" mimeType=\"text/vtt\"");
    write_language(&text.language, out);
    out.push_str(">\n");
    let role = match text.label {
        "forced" => "forced-subtitle",
        "sdh" | "cc" => "caption",
        _ => "subtitle",
    };
    _ = writeln!(out, "<Label>{}</Label>", Escaped(&text.name));
    write_role(role, out);
    _ = writeln!(
        out,
        "<Representation id=\"t-{key}\" bandwidth=\"256\">\
         <BaseURL>t-{key}.vtt?v={}</BaseURL></Representation>\n</AdaptationSet>",
        text.version,
        key = text.key,
    );
}

/// Neighbours of one length are one `S`.
fn write_timeline(token: &str, line: &Timeline, out: &mut String) {
    let (rendition, timescale) = (line.rendition, line.timescale);
    _ = writeln!(
        out,
        "<SegmentTemplate timescale=\"{timescale}\" presentationTimeOffset=\"{}\" startNumber=\"0\" \
         initialization=\"{rendition}-init.mp4?v={token}\" \
         media=\"{rendition}-$Number$.m4s?v={token}\">\n<SegmentTimeline>",
        line.base
    );
    let pairs = line.bounds.iter().zip(line.bounds.iter().skip(1));
    let mut lengths = pairs
        .map(|(from, to)| to.saturating_sub(*from).max(1))
        .peekable();
    let mut is_first = true;
    while let Some(length) = lengths.next() {
        let mut again = 0u32;
        while lengths.next_if_eq(&length).is_some() {
            again = again.saturating_add(1);
        }
        out.push_str("<S");
        if is_first {
            _ = write!(out, " t=\"{}\"", line.base);
        }
        is_first = false;
        _ = write!(out, " d=\"{length}\"");
        if again > 0 {
            _ = write!(out, " r=\"{again}\"");
        }
        out.push_str("/>\n");
    }
    out.push_str("</SegmentTimeline>\n</SegmentTemplate>\n");
}

fn write_role(role: &str, out: &mut String) {
    _ = writeln!(
        out,
        "<Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"{role}\"/>"
    );
}

fn write_language(language: &str, out: &mut String) {
    if !language.is_empty() {
        _ = write!(out, " lang=\"{language}\"");
    }
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// `PT12.345678S`
struct Duration(u64);

impl Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PT{}.{:06}S", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// Text between tags.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                // XML knows no others.
                letter if letter.is_control() => f.write_char(' ')?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}
