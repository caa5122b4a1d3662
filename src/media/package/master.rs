//! Owns the multivariant playlist: which streams there are, and what a player must know to choose.
//! Knows nothing of segments.
//!
//! One sound beside the picture is in one stream with it. Several are a group to choose from; sounds of different
//! codecs are a group each, with the picture once for each, so that a player can drop what it does not decode.

use std::fmt::Write as _;

use crate::media::mp4::VideoRange;
use crate::media::package::offer::{Offer, Picture, Sound};
use crate::media::package::playlist::INDEPENDENT;
use crate::media::package::rates::Rates;
use crate::media::package::resource::Rendition;

pub(super) fn write(offer: &Offer<'_>) -> String {
    let mut out = String::with_capacity(1_024);
    out.push_str("#EXTM3U\n#EXT-X-VERSION:7\n");
    if offer.is_independent {
        out.push_str(INDEPENDENT);
    }
    let has_groups = offer.sounds.len() > 1 && !offer.is_one;
    let families = families(offer);
    if has_groups {
        for (group, family) in (b'a'..).zip(&families) {
            write_group(offer, char::from(group), family, &mut out);
        }
    }
    write_texts(offer, &mut out);
    if has_groups {
        for (group, family) in (b'a'..).zip(&families) {
            write_variant(offer, Some((char::from(group), family)), &mut out);
        }
    } else {
        write_variant(offer, None, &mut out);
    }
    if let (Some(picture), Some(rates)) = (&offer.picture, offer.key_frames) {
        out.push_str("#EXT-X-I-FRAME-STREAM-INF:");
        write_rates(rates, &mut out);
        _ = write!(out, ",CODECS=\"{}\"", picture.codec);
        write_picture(picture, &mut out);
        _ = writeln!(out, ",URI=\"i.m3u8?v={}\"", offer.token);
    }
    out
}

/// `mp4a` of `mp4a.40.2`.
fn family<'a>(sound: &Sound<'a>) -> &'a str {
    sound.codec.split('.').next().unwrap_or_default()
}

/// The default's first.
fn families<'a>(offer: &Offer<'a>) -> Vec<&'a str> {
    let mut families: Vec<&str> = Vec::new();
    let default = offer.sounds.get(offer.default_sound);
    for sound in default.into_iter().chain(&offer.sounds) {
        if !families.contains(&family(sound)) {
            families.push(family(sound));
        }
    }
    families
}

fn write_group(offer: &Offer<'_>, group: char, of: &str, out: &mut String) {
    let members = || {
        let sounds = offer.sounds.iter().enumerate();
        sounds.filter(|(_, sound)| family(sound) == of)
    };
    let is_default = |number: usize| number == offer.default_sound;
    let default = members().find(|(number, _)| is_default(*number));
    let default = default
        .or_else(|| members().next())
        .map(|(number, _)| number);
    for (number, sound) in members() {
        _ = write!(
            out,
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{group}\",NAME=\"{}\"",
            sound.name
        );
        write_language(&sound.language, out);
        let is_default = Some(number) == default;
        _ = writeln!(
            out,
            ",DEFAULT={},AUTOSELECT=YES,CHANNELS=\"{}\",URI=\"a{number}.m3u8?v={}\"",
            yes(is_default),
            sound.channels.max(1),
            offer.token
        );
    }
}

fn write_texts(offer: &Offer<'_>, out: &mut String) {
    for text in &offer.texts {
        _ = write!(
            out,
            "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"t\",NAME=\"{}\"",
            text.name
        );
        write_language(&text.language, out);
        _ = write!(
            out,
            ",DEFAULT=NO,AUTOSELECT=YES,FORCED={}",
            yes(text.label == "forced")
        );
        if ["sdh", "cc"].contains(&text.label) {
            out.push_str(
                ",CHARACTERISTICS=\"public.accessibility.transcribes-spoken-dialog,\
                 public.accessibility.describes-music-and-sound\"",
            );
        }
        _ = writeln!(out, ",URI=\"t-{}.m3u8?v={}\"", text.key, offer.token);
    }
    // HLS has no word for chapters that are text. To players this is a comment; our page reads it.
    if offer.has_chapters {
        _ = writeln!(out, "# chapters.vtt?v={}", offer.token);
    }
}

/// Of the whole, or with one group of sounds.
fn write_variant(offer: &Offer<'_>, group: Option<(char, &str)>, out: &mut String) {
    let is_member = |sound: &&Sound<'_>| group.is_none_or(|(_, of)| family(sound) == of);
    let members = offer.sounds.iter().filter(is_member);
    let (rendition, rates) = match (&offer.picture, group) {
        (Some(picture), Some(_)) => {
            let most = |rate: fn(&Rates) -> u64| {
                members
                    .clone()
                    .map(|sound| rate(&sound.rates))
                    .max()
                    .unwrap_or_default()
            };
            let rates = Rates {
                peak: picture.rates.peak.saturating_add(most(|rates| rates.peak)),
                average: picture
                    .rates
                    .average
                    .saturating_add(most(|rates| rates.average)),
            };
            (Rendition::Video, rates)
        }
        (Some(picture), None) if offer.sounds.is_empty() => (Rendition::Video, picture.rates),
        (Some(_), None) => (Rendition::Muxed, offer.muxed),
        (None, _) => {
            let most = members
                .clone()
                .map(|sound| sound.rates)
                .max_by_key(|rates| rates.peak);
            let default = offer.sounds.get(offer.default_sound).filter(is_member);
            let number = match default {
                Some(_) => Some(offer.default_sound),
                None => offer.sounds.iter().position(|sound| is_member(&sound)),
            };
            let number = number.and_then(|number| u8::try_from(number).ok());
            let number = number.unwrap_or_default();
            (Rendition::Audio(number), most.unwrap_or_default())
        }
    };
    out.push_str("#EXT-X-STREAM-INF:");
    write_rates(rates, out);
    out.push_str(",CODECS=\"");
    let video = offer.picture.iter().map(|picture| picture.codec);
    let mut codecs: Vec<&str> = Vec::new();
    for codec in video.chain(members.map(|sound| sound.codec)) {
        if !codecs.contains(&codec) {
            codecs.push(codec);
        }
    }
    out.push_str(&codecs.join(","));
    out.push('"');
    if let Some(picture) = &offer.picture {
        write_picture(picture, out);
        write_frame_rate(picture, out);
    }
    if let Some((letter, _)) = group {
        _ = write!(out, ",AUDIO=\"{letter}\"");
    }
    if !offer.texts.is_empty() {
        out.push_str(",SUBTITLES=\"t\"");
    }
    _ = writeln!(out, "\n{rendition}.m3u8?v={}", offer.token);
}

fn write_rates(rates: Rates, out: &mut String) {
    // It must not be zero.
    let (peak, average) = (rates.peak.max(1), rates.average.max(1));
    _ = write!(out, "BANDWIDTH={peak},AVERAGE-BANDWIDTH={average}");
}

fn write_picture(picture: &Picture<'_>, out: &mut String) {
    if picture.width > 0 && picture.height > 0 {
        _ = write!(out, ",RESOLUTION={}x{}", picture.width, picture.height);
    }
    match picture.range {
        VideoRange::Sdr => {}
        VideoRange::Pq => out.push_str(",VIDEO-RANGE=PQ"),
        VideoRange::Hlg => out.push_str(",VIDEO-RANGE=HLG"),
    }
}

/// Rounded to thousandths.
fn write_frame_rate(picture: &Picture<'_>, out: &mut String) {
    let rate = picture.frames.and_then(|(frames, ticks)| {
        let thousandths = frames.saturating_mul(1_000).saturating_add(ticks / 2);
        thousandths.checked_div(ticks)
    });
    if let Some(rate) = rate.filter(|rate| *rate > 0) {
        _ = write!(out, ",FRAME-RATE={}.{:03}", rate / 1_000, rate % 1_000);
    }
}

fn write_language(language: &str, out: &mut String) {
    if !language.is_empty() {
        _ = write!(out, ",LANGUAGE=\"{language}\"");
    }
}

fn yes(is_so: bool) -> &'static str {
    if is_so { "YES" } else { "NO" }
}
