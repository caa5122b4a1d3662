//! Owns what people wrote into a file: the names of tracks, and chapters.
//! Knows nothing of who shows them.

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use crate::media::mp4::atom::{Atom, Fields};
use crate::media::mp4::bounds::NAME_LETTERS_MAX;

/// Where a chapter begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// In units of 100 ns.
    pub start_100ns: u64,
    /// As somebody wrote it.
    pub title: String,
}

/// The name that somebody gave a track: `udta/name`, else that of its `hdlr`.
pub(super) fn of_track(trak: Atom<'_>, hdlr: Atom<'_>) -> String {
    let given = trak.child(b"udta").ok().flatten().and_then(|udta| {
        let named = udta
            .children()
            .map_while(Result::ok)
            .find(|atom| &atom.kind == b"name");
        named.map(|name| clean(name.body))
    });
    if let Some(given) = given.filter(|given| !given.is_empty()) {
        return given;
    }
    // version:1 flags:3 type:4 subtype:4 zero:12, then the name: ended by a zero, or (QuickTime) begun by its length.
    let bytes = hdlr.body.get(24..).unwrap_or_default();
    let bytes = match bytes.split_first() {
        Some((&len, rest)) if usize::from(len) == rest.len() => rest,
        _ => bytes,
    };
    let name = clean(bytes);
    if is_of_a_program(&name) {
        String::new()
    } else {
        name
    }
}

/// What programs write of themselves: no viewer wants to choose between two of these.
fn is_of_a_program(name: &str) -> bool {
    const PARTS: [&str; 8] = [
        "handle",
        "iso media",
        "core media",
        "muxer",
        "l-smash",
        "gpac",
        "bento4",
        "(c)",
    ];
    const WHOLE: [&str; 5] = ["vide", "soun", "text", "video", "audio"];
    let name = name.to_ascii_lowercase();
    WHOLE.contains(&name.as_str()) || PARTS.iter().any(|part| name.contains(part))
}

/// `udta/chpl`, as Nero wrote it.
///
/// ```text
/// version:1 flags:3 [zero:4 if version] count:1 ( start:8 len:1 title )×count
/// ```
pub(super) fn chapters(moov: Atom<'_>) -> Vec<Chapter> {
    let udta = moov.child(b"udta").ok().flatten();
    let list = udta.and_then(|udta| {
        udta.children()
            .map_while(Result::ok)
            .find(|atom| &atom.kind == b"chpl")
    });
    let mut chapters = Vec::new();
    let Some(mut fields) = list.map(|list| list.fields()) else {
        return chapters;
    };
    let version = fields.u8().unwrap_or_default();
    let count_at = if version == 0 { 3 } else { 7 };
    if fields.skip(count_at).is_err() {
        return chapters;
    }
    let count = fields.u8().unwrap_or_default();
    chapters.extend((0..count).map_while(|_| chapter(&mut fields)));
    chapters.shrink_to_fit();
    chapters
}

fn chapter(fields: &mut Fields<'_>) -> Option<Chapter> {
    let start_100ns = fields.u64().ok()?;
    let len = fields.u8().ok()?;
    let title = clean(fields.take(len.into()).ok()?);
    Some(Chapter { start_100ns, title })
}

/// Letters up to the first zero, without those that control something.
fn clean(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len());
    let text = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
    let letters = text.chars().filter(|letter| !letter.is_control());
    let text: String = letters.take(NAME_LETTERS_MAX).collect();
    text.trim().to_owned()
}
