//! Owns how text is written as JSON (RFC 8259 section 7).
//! Knows nothing of what is said in it.

use std::fmt::Write as _;

/// Appends a string, quotes included.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            _ if letter.is_control() => _ = write!(out, "\\u{:04x}", u32::from(letter)),
            _ => out.push(letter),
        }
    }
    out.push('"');
}

/// Appends bytes that ought to be text; what is none becomes U+FFFD.
pub fn write_bytes(bytes: &[u8], out: &mut String) {
    write_string(&String::from_utf8_lossy(bytes), out);
}

#[cfg(test)]
mod tests {
    use super::{write_bytes, write_string};

    #[test]
    fn strings_are_escaped() {
        for (text, json) in [
            ("plain", "\"plain\""),
            ("a\"b\\c", "\"a\\\"b\\\\c\""),
            ("line\nfeed\x7f", "\"line\\u000afeed\\u007f\""),
            ("naïve", "\"naïve\""),
        ] {
            let mut out = String::new();
            write_string(text, &mut out);
            assert_eq!(out, json);
        }
        let mut out = String::new();
        write_bytes(b"a\xffb", &mut out);
        assert_eq!(out, "\"a\u{fffd}b\"");
    }
}
