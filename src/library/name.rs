//! Owns which names may be looked for at all: the first wall, before any system call.
//! Knows nothing of percent signs (decoded before) nor of links (the second wall, `root.rs`).

/// A relative path of safe segments: it cannot name a dot-file, a parent, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name<'a>(&'a [u8]);

/// Longer ones do not exist on Linux: PATH_MAX without its closing NUL.
const NAME_BYTES_MAX: usize = 4_095;
/// NAME_MAX, of one segment.
const SEGMENT_BYTES_MAX: usize = 255;

impl<'a> Name<'a> {
    /// `None` where the path cannot be the name of a served file: an empty segment, one that begins
    /// with a dot (`.`, `..` and dot-files alike), control bytes, or too long.
    pub fn check(path: &'a [u8]) -> Option<Self> {
        let is_right = path.len() <= NAME_BYTES_MAX
            && !path.iter().any(u8::is_ascii_control)
            && path.split(|&byte| byte == b'/').all(is_served_segment);
        is_right.then_some(Self(path))
    }

    /// The path, relative to the root.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

/// Whether a directory entry of this name is served.
pub fn is_served_segment(segment: &[u8]) -> bool {
    !segment.is_empty()
        && segment.len() <= SEGMENT_BYTES_MAX
        && !segment.starts_with(b".")
        && !segment.iter().any(u8::is_ascii_control)
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn what_may_be_looked_for() {
        for path in [
            "a.mp4",
            "shows/one/e1.mp4",
            "with space.mp4",
            "naïve.mp4",
            "a..b",
            "a\\b",
            "~",
        ] {
            assert!(Name::check(path.as_bytes()).is_some(), "{path}");
        }
        for path in [
            "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", ".a", "a/.b", "a\nb",
        ] {
            assert!(Name::check(path.as_bytes()).is_none(), "{path:?}");
        }
        assert!(Name::check(&[b'a'; 255]).is_some());
        assert!(Name::check(&[b'a'; 256]).is_none());
        assert!(
            Name::check(&[0xff, 0xfe]).is_some(),
            "names are bytes, not text"
        );
    }
}
