//! Owns `/library.json`: the titles as text.
//! Knows nothing of folders; it is handed the titles by who walked them.
//!
//! ```json
//! {"videos":[{"name":"shows/one/e1.mp4","href":"/video/shows/one/e1.mp4?v=…",
//!             "size":123,"modified":1700000000,"type":"video/mp4"}]}
//! ```

use crate::http::target;
use crate::library::pager::Listing;
use crate::library::scan::Title;
use crate::range::write_number;
use crate::site::assets;

/// Writes the list. It is called on a thread of the pager, not on a loop.
pub fn render(titles: &[Title]) -> Listing {
    let mut out = Vec::with_capacity(64 + titles.len() * 160);
    out.extend_from_slice(b"{\"videos\":[");
    for (at, title) in titles.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"\n{\"name\":");
        write_json(&String::from_utf8_lossy(&title.name), &mut out);
        out.extend_from_slice(b",\"href\":\"/video/");
        target::encode(&title.name, &mut out);
        out.extend_from_slice(b"?v=");
        out.extend_from_slice(title.identity.version().as_bytes());
        out.extend_from_slice(b"\",\"size\":");
        write_number(title.identity.len, &mut out);
        out.extend_from_slice(b",\"modified\":");
        write_number(title.identity.modified_secs(), &mut out);
        out.extend_from_slice(b",\"type\":");
        write_json(title.media_type.name, &mut out);
        out.push(b'}');
    }
    out.extend_from_slice(b"\n]}\n");
    let etag = assets::etag_text(assets::digest(&out));
    Listing {
        bytes: out.into(),
        etag: String::from_utf8_lossy(&etag).into_owned(),
    }
}

/// Writes a JSON string (RFC 8259 section 7).
pub fn write_json(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..0x20 | 0x7f => {
                out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::write_json;

    #[test]
    fn json_strings_are_escaped() {
        for (text, json) in [
            ("plain", "\"plain\""),
            ("a\"b\\c", "\"a\\\"b\\\\c\""),
            ("line\nfeed", "\"line\\u000afeed\""),
            ("naïve", "\"naïve\""),
        ] {
            let mut out = Vec::new();
            write_json(text, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), json);
        }
    }
}
