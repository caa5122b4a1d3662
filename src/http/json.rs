//! Owns how text is written as JSON (RFC 8259 section 7).
//! Knows nothing of what is said in it.

use std::fmt::{self, Display, Write as _};

/// A string, shown with its quotes.
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'a>(pub &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for letter in self.0.chars() {
            match letter {
                '"' | '\\' => write!(f, "\\{letter}")?,
                _ if letter.is_control() => write!(f, "\\u{:04x}", u32::from(letter))?,
                _ => f.write_char(letter)?,
            }
        }
        f.write_char('"')
    }
}

/// Appends bytes that ought to be text; what is none becomes U+FFFD.
pub fn write_bytes(bytes: &[u8], out: &mut String) {
    _ = write!(out, "{}", Quoted(&String::from_utf8_lossy(bytes)));
}

#[cfg(test)]
mod tests {
    use super::{Quoted, write_bytes};

    #[test]
    fn strings_are_escaped() {
        for (text, json) in [
            ("plain", "\"plain\""),
            ("a\"b\\c", "\"a\\\"b\\\\c\""),
            ("line\nfeed", "\"line\\u000afeed\""),
            ("line\nfeed\x7f", "\"line\\u000afeed\\u007f\""),
            ("naïve", "\"naïve\""),
        ] {
            assert_eq!(Quoted(text).to_string(), json);
        }
        let mut out = String::new();
        write_bytes(b"a\xffb", &mut out);
        assert_eq!(out, "\"a\u{fffd}b\"");
    }
}
