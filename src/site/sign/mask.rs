//! Owns how addresses and heads are shown to people and written to logs: without what opens something.
//! Knows nothing of whether a token is right: whatever looks like one is hidden.
//!
//! ```text
//! /s/1763748000-2.Fd3kq…8Q/video/a.mp4     becomes     /s/1763748000-2.*/video/a.mp4
//! Authorization: Bearer correct horse      becomes     Authorization: *
//! ```

/// Appends an address, or a line that holds one, without signatures.
pub fn write_address(text: &[u8], out: &mut Vec<u8>) {
    const BEFORE: &[u8] = b"/s/";
    let (mut rest, mut is_target) = (text, text.starts_with(BEFORE));
    while let Some(at) = rest
        .windows(BEFORE.len())
        .position(|window| window == BEFORE)
    {
        let (before, token) = rest.split_at(at + BEFORE.len());
        out.extend_from_slice(before);
        let is_claim = |byte: &&u8| byte.is_ascii_digit() || b"-ip".contains(*byte);
        let (claim, after) = token.split_at(token.iter().take_while(is_claim).count());
        out.extend_from_slice(claim);
        rest = after;
        // A folder may be called `s`, but a target that begins so is signed, however that is spelled.
        let is_token = !claim.is_empty() && matches!(after.first(), Some(b'.' | b'%'));
        if is_token || is_target {
            let ends = |byte: &u8| b"/?# \"\r\n".contains(byte);
            let len = after.iter().position(ends).unwrap_or(after.len());
            out.extend_from_slice(if len > 0 { b".*" } else { b"" });
            rest = &after[len..];
        }
        is_target = false;
    }
    out.extend_from_slice(rest);
}

/// A head for who looks on: as it crossed the wire, but for what opens something. `write` writes the lines that may
/// hold an address.
pub fn head(head: &[u8], write: impl Fn(&[u8], &mut Vec<u8>)) -> Vec<u8> {
    const HIDDEN: [&[u8]; 3] = [b"authorization", b"proxy-authorization", b"cookie"];
    let mut out = Vec::with_capacity(head.len());
    for line in head.split_inclusive(|&byte| byte == b'\n') {
        let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
        if HIDDEN
            .iter()
            .any(|hidden| name.eq_ignore_ascii_case(hidden))
        {
            out.extend_from_slice(name);
            out.extend_from_slice(b": *\r\n");
        } else {
            write(line, &mut out);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{head, write_address};

    const SIGNATURE: &str = "Fd3kqAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA8Q";

    fn shown(text: &str) -> String {
        let mut out = Vec::new();
        write_address(text.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_signature_is_shown() {
        for (written, expected) in [
            (
                "/s/17-2-ip.SIG/video/a.mp4?v=1",
                "/s/17-2-ip.*/video/a.mp4?v=1",
            ),
            ("/s/17.SIG", "/s/17.*"),
            ("/s/17.SIG?x", "/s/17.*?x"),
            ("/s/SIG/video/a.mp4", "/s/.*/video/a.mp4"),
            ("/s/%31%37.SIG/video/a.mp4", "/s/.*/video/a.mp4"),
            ("/s/17%2eSIG/", "/s/17.*/"),
            ("/s/17xSIG/", "/s/17.*/"),
            ("/s/17/", "/s/17/"),
            ("http://tv/s/17.SIG/#x", "http://tv/s/17.*/#x"),
            ("GET /s/17.SIG/ HTTP/1.1", "GET /s/17.*/ HTTP/1.1"),
            ("/s/17.SIG/s/18.SIG/", "/s/17.*/s/18.*/"),
            ("/video/s/film.mp4", "/video/s/film.mp4"),
            ("/video/a.mp4", "/video/a.mp4"),
            ("/s/", "/s/"),
            ("", ""),
        ] {
            let shown = shown(&written.replace("SIG", SIGNATURE));
            assert_eq!(shown, expected, "{written}");
        }
    }

    #[test]
    fn no_secret_of_a_head_is_shown() {
        let asked = format!(
            "GET /s/17.{SIGNATURE}/video/a HTTP/1.1\r\nHost: tv\r\nauthorization: Bearer x\r\n\
             Referer: http://tv/s/17.{SIGNATURE}/\r\nCookie: a\r\nRange: bytes=0-\r\n\r\n"
        );
        let shown = String::from_utf8(head(asked.as_bytes(), write_address)).unwrap();
        assert_eq!(
            shown,
            "GET /s/17.*/video/a HTTP/1.1\r\nHost: tv\r\nauthorization: *\r\n\
             Referer: http://tv/s/17.*/\r\nCookie: *\r\nRange: bytes=0-\r\n\r\n"
        );
    }
}
