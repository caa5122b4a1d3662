//! Owns the media type of each file name.
//! Knows nothing of the bytes inside: a wrong ending is answered with a wrong type, as asked.
//!
//! A table, because the MIME crates are wrong for video: they call `.ts` TypeScript, and do not
//! know `.m4s`.

/// What kind of thing a media type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something with pictures that move.
    Video,
    /// Something to listen to.
    Audio,
    /// Served, but no title of its own: playlists, subtitles, pictures, the rest.
    Other,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaType {
    /// As `Content-Type` has it.
    pub name: &'static str,
    /// What the library lists it as.
    pub kind: Kind,
}

const fn row(ending: &'static str, kind: Kind, name: &'static str) -> (&'static str, MediaType) {
    (ending, MediaType { name, kind })
}

const UNKNOWN: MediaType = MediaType {
    name: "application/octet-stream",
    kind: Kind::Other,
};

/// Subtitles that browsers do not play as they are.
pub const SUBRIP: &str = "application/x-subrip";

const TABLE: &[(&str, MediaType)] = &[
    row("mp4", Kind::Video, "video/mp4"),
    row("m4v", Kind::Video, "video/mp4"),
    row("mov", Kind::Video, "video/quicktime"),
    row("webm", Kind::Video, "video/webm"),
    row("mkv", Kind::Video, "video/x-matroska"),
    row("avi", Kind::Video, "video/x-msvideo"),
    row("ts", Kind::Video, "video/mp2t"),
    row("m2ts", Kind::Video, "video/mp2t"),
    row("mts", Kind::Video, "video/mp2t"),
    row("mpg", Kind::Video, "video/mpeg"),
    row("mpeg", Kind::Video, "video/mpeg"),
    row("ogv", Kind::Video, "video/ogg"),
    row("3gp", Kind::Video, "video/3gpp"),
    row("wmv", Kind::Video, "video/x-ms-wmv"),
    row("flv", Kind::Video, "video/x-flv"),
    row("mp3", Kind::Audio, "audio/mpeg"),
    row("m4a", Kind::Audio, "audio/mp4"),
    row("m4b", Kind::Audio, "audio/mp4"),
    row("aac", Kind::Audio, "audio/aac"),
    row("flac", Kind::Audio, "audio/flac"),
    row("ogg", Kind::Audio, "audio/ogg"),
    row("oga", Kind::Audio, "audio/ogg"),
    row("opus", Kind::Audio, "audio/ogg"),
    row("wav", Kind::Audio, "audio/wav"),
    row("m3u8", Kind::Other, "application/vnd.apple.mpegurl"),
    row("mpd", Kind::Other, "application/dash+xml"),
    row("m4s", Kind::Other, "video/iso.segment"),
    row("vtt", Kind::Other, "text/vtt; charset=utf-8"),
    row("srt", Kind::Other, SUBRIP),
    row("jpg", Kind::Other, "image/jpeg"),
    row("jpeg", Kind::Other, "image/jpeg"),
    row("png", Kind::Other, "image/png"),
    row("webp", Kind::Other, "image/webp"),
    row("avif", Kind::Other, "image/avif"),
    row("gif", Kind::Other, "image/gif"),
    row("svg", Kind::Other, "image/svg+xml"),
    row("txt", Kind::Other, "text/plain; charset=utf-8"),
];

/// The media type of a file name, by its ending in any case.
pub fn of_name(name: &[u8]) -> MediaType {
    let last = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let Some(dot) = last.iter().rposition(|&byte| byte == b'.') else {
        return UNKNOWN;
    };
    let ending = last.get(dot + 1..).unwrap_or_default();
    TABLE
        .iter()
        .find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(ending))
        .map_or(UNKNOWN, |(_, media_type)| *media_type)
}

/// Whether a file of that name may be an MP4 inside, by its ending in any case.
pub fn is_packaged(name: &[u8]) -> bool {
    const ENDINGS: [&str; 7] = ["mp4", "m4v", "m4a", "m4b", "mov", "3gp", "3g2"];
    let ending = name.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    ending.len() < name.len()
        && ENDINGS
            .iter()
            .any(|known| known.as_bytes().eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::{Kind, is_packaged, of_name};

    #[test]
    fn endings_in_any_case() {
        for (name, media_type) in [
            ("a.mp4", "video/mp4"),
            ("A.MP4", "video/mp4"),
            ("shows/one.two/e1.Mkv", "video/x-matroska"),
            ("a.ts", "video/mp2t"),
            ("a.m3u8", "application/vnd.apple.mpegurl"),
            ("seg-1.m4s", "video/iso.segment"),
            ("noending", "application/octet-stream"),
            ("dir.mp4/noending", "application/octet-stream"),
            ("a.", "application/octet-stream"),
            ("a.exe", "application/octet-stream"),
        ] {
            assert_eq!(of_name(name.as_bytes()).name, media_type, "{name}");
        }
        assert_eq!(of_name(b"a.opus").kind, Kind::Audio);
        assert_eq!(of_name(b"a.vtt").kind, Kind::Other);
    }
    #[test]
    fn what_is_packaged() {
        for name in ["a.mp4", "shows/a.b.M4V", "a.m4a", "a.Mov", ".mp4"] {
            assert!(is_packaged(name.as_bytes()), "{name}");
        }
        for name in ["a.mkv", "mp4", "a.mp4/b", "a.mp4.", "", "a.m4s"] {
            assert!(!is_packaged(name.as_bytes()), "{name}");
        }
    }
}
