//! Owns what browsers can play of SubRip: the same cues as WebVTT.
//! Knows nothing of files, nor of who asks.
//!
//! ```text
//! 1                                        WEBVTT
//! 00:00:01,500 --> 00:00:04,000 X1:40
//! {\an8}<font color="red"><i>Who?</i>      00:00:01.500 --> 00:00:04.000
//!                                          <i>Who?</i>
//! ```
//!
//! SubRip has no standard, so it is read by what is sure in it: a cue begins with a line of two times, and
//! ends with an empty line or the next one. What is not understood is left out, never an error.

use std::fmt::Write as _;

/// Changes whenever the same text comes out otherwise: it is part of the version of the result.
pub const EDITION: &str = "vtt1";

/// Writes subtitles as WebVTT. The result is never more than about seven times as long.
pub fn to_vtt(subrip: &[u8]) -> String {
    let text = decode(subrip).replace("\r\n", "\n").replace('\0', "");
    let mut out = String::with_capacity(text.len() + text.len() / 8 + 16);
    out.push_str("WEBVTT\n");
    let mut cue: Option<Cue<'_>> = None;
    for line in text.split(['\n', '\r']).map(str::trim_end) {
        if line.contains("-->") {
            if let Some(mut cue) = cue.take() {
                cue.drop_index();
                cue.write(&mut out);
            }
            cue = timing(line).map(Cue::new);
        } else if line.is_empty() {
            if let Some(cue) = cue.take() {
                cue.write(&mut out);
            }
        } else if let Some(cue) = &mut cue {
            cue.lines.push(line);
        }
    }
    if let Some(cue) = cue {
        cue.write(&mut out);
    }
    out
}

/// WebVTT as a segment of HLS: a line below the first says that its clock is that of the media.
pub fn for_segments(vtt: &[u8]) -> Vec<u8> {
    const CLOCK: &[u8] = b"X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n";
    let vtt = vtt.strip_prefix(b"\xef\xbb\xbf").unwrap_or(vtt);
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let end = vtt.iter().position(is_end).unwrap_or(vtt.len());
    let (first, rest) = vtt.split_at(end);
    if !first.starts_with(b"WEBVTT") || rest.trim_ascii_start().starts_with(b"X-TIMESTAMP-MAP") {
        return vtt.to_vec();
    }
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
    let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    [first, b"\n", CLOCK, rest].concat()
}

/// Text of unknown encoding: UTF-16 where it says so, UTF-8 where it can be, else what Windows wrote in
/// western languages.
fn decode(bytes: &[u8]) -> String {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let pairs = bytes.get(2..).unwrap_or_default().chunks_exact(2);
        let units = pairs.filter_map(|pair| Some(unit(pair.try_into().ok()?)));
        char::decode_utf16(units)
            .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            str::from_utf8(bytes).map_or_else(
                |_| bytes.iter().copied().map(windows_1252).collect(),
                str::to_owned,
            )
        }
    }
}

/// One letter of windows-1252: as in Latin-1, but for these 32.
fn windows_1252(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    let at = usize::from(byte.wrapping_sub(0x80));
    FROM_80.get(at).copied().unwrap_or_else(|| char::from(byte))
}

/// One cue on its way.
struct Cue<'a> {
    /// When it appears and goes, in milliseconds.
    from: u64,
    to: u64,
    lines: Vec<&'a str>,
}

impl<'a> Cue<'a> {
    fn new((from, to): (u64, u64)) -> Self {
        Self {
            from,
            to,
            lines: Vec::new(),
        }
    }

    /// Where no empty line stands between two cues, the last line is the index of the next one.
    fn drop_index(&mut self) {
        let is_index = |line: &str| line.trim().bytes().all(|byte| byte.is_ascii_digit());
        self.lines.pop_if(|line| is_index(line));
    }

    /// A cue of no length, or without text, is none.
    fn write(&self, out: &mut String) {
        if self.from >= self.to {
            return;
        }
        let before = out.len();
        out.push('\n');
        write_time(self.from, out);
        out.push_str(" --> ");
        write_time(self.to, out);
        out.push('\n');
        let text = out.len();
        let mut open = Vec::new();
        for line in &self.lines {
            let start = out.len();
            write_line(line, &mut open, out);
            // An empty line would end the cue.
            let is_blank = out.get(start..).is_none_or(|line| line.trim().is_empty());
            if is_blank {
                out.truncate(start);
            } else {
                out.push('\n');
            }
        }
        if out.len() == text {
            return out.truncate(before);
        }
        out.pop();
        while let Some(tag) = open.pop() {
            write_tag("</", tag, out);
        }
        out.push('\n');
    }
}

/// Both times of a line `from --> to`; what stands behind them is a place on the screen.
fn timing(line: &str) -> Option<(u64, u64)> {
    let (from, rest) = line.split_once("-->")?;
    let to = rest.split_whitespace().next()?;
    Some((time(from.trim())?, time(to)?))
}

/// `01:02:03,400`, also with a dot, fewer digits behind it, or no hours.
fn time(text: &str) -> Option<u64> {
    let (clock, part) = text.split_once([',', '.']).unwrap_or((text, "0"));
    let number = |digits: &str, most: usize| {
        let is_number =
            (1..=most).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse::<u64>().ok()).flatten()
    };
    let mut secs = 0;
    let count = clock.split(':').count();
    for (at, word) in clock.split(':').enumerate() {
        let is_hours = count == 3 && at == 0;
        let value = number(word, if is_hours { 4 } else { 2 })?;
        if !is_hours && value > 59 {
            return None;
        }
        secs = secs * 60 + value;
    }
    let millis = number(part, 3)? * [100, 10, 1].get(part.len() - 1)?;
    (2..=3).contains(&count).then_some(secs * 1_000 + millis)
}

pub(super) fn write_time(millis: u64, out: &mut String) {
    let (secs, part) = (millis / 1_000, millis % 1_000);
    let (hours, minutes) = (secs / 3_600, secs / 60 % 60);
    // Writing to a string cannot fail.
    _ = write!(out, "{hours:02}:{minutes:02}:{:02}.{part:03}", secs % 60);
}

/// One line of a cue: its tags are balanced within the cue, and whatever else could be markup is escaped.
fn write_line(line: &str, open: &mut Vec<u8>, out: &mut String) {
    let mut rest = line;
    while let Some(at) = rest.find(['<', '>', '&', '{']) {
        let (plain, marked) = rest.split_at(at);
        out.push_str(plain);
        rest = marked.get(1..).unwrap_or_default();
        match marked.as_bytes() {
            [b'<', ..] => match tag(marked) {
                Some((tag, after)) => {
                    tag.write(open, out);
                    rest = after;
                }
                None => out.push_str("&lt;"),
            },
            [b'>', ..] => out.push_str("&gt;"),
            [b'&', ..] if is_escape(rest) => out.push('&'),
            [b'&', ..] => out.push_str("&amp;"),
            _ => match rest.strip_prefix('\\').and_then(override_end) {
                Some(after) => rest = after,
                None => out.push('{'),
            },
        }
    }
    out.push_str(rest);
}

/// What follows `{\an8}` and its kin: places and styles of another format.
fn override_end(inner: &str) -> Option<&str> {
    let end = inner.find(['{', '}'])?;
    inner.get(end..)?.strip_prefix('}')
}

/// What WebVTT knows as a character is left as one.
fn is_escape(rest: &str) -> bool {
    ["amp;", "lt;", "gt;", "nbsp;", "lrm;", "rlm;"]
        .iter()
        .any(|known| rest.starts_with(known))
}

/// A tag of SubRip.
enum Tag {
    /// `<b>`, `<i>`, `<u>`
    Open(u8),
    /// `</b>`, `</i>`, `</u>`
    Close(u8),
    /// `<font …>` and whatever else browsers would not know.
    Other,
}

impl Tag {
    fn write(self, open: &mut Vec<u8>, out: &mut String) {
        match self {
            Self::Open(letter) if !open.contains(&letter) => {
                open.push(letter);
                write_tag("<", letter, out);
            }
            // What is closed in the wrong order is closed at the end.
            Self::Close(letter) if open.last() == Some(&letter) => {
                open.pop();
                write_tag("</", letter, out);
            }
            Self::Open(_) | Self::Close(_) | Self::Other => {}
        }
    }
}

fn write_tag(begin: &str, letter: u8, out: &mut String) {
    out.push_str(begin);
    out.push(char::from(letter));
    out.push('>');
}

/// The tag that `text` begins with, and what follows it. `<3` and `a < b` are no tags.
fn tag(text: &str) -> Option<(Tag, &str)> {
    let text = text.strip_prefix('<')?;
    // No further than the next one: many that never close are searched once.
    let end = text.find(['<', '>'])?;
    let (inner, after) = (text.get(..end)?, text.get(end..)?.strip_prefix('>')?);
    let (is_close, name) = inner
        .strip_prefix('/')
        .map_or((false, inner), |name| (true, name));
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    let word = name.split([' ', '\t', '/', '.']).next().unwrap_or_default();
    let tag = match *word.to_ascii_lowercase().as_bytes() {
        [letter @ (b'b' | b'i' | b'u')] if is_close => Tag::Close(letter),
        [letter @ (b'b' | b'i' | b'u')] => Tag::Open(letter),
        _ => Tag::Other,
    };
    Some((tag, after))
}

#[cfg(test)]
mod tests;
