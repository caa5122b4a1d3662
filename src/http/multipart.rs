//! Owns the format of a reply with several ranges (RFC 9110 14.6).
//! Knows nothing of which ranges were asked.
//!
//! ```text
//! Content-Type: multipart/byteranges; boundary=B          in the reply's head
//!
//! \r\n--B\r\n
//! Content-Type: video/mp4\r\n
//! Content-Range: bytes 0-499/10000\r\n
//! \r\n
//! <500 bytes of the file>
//! \r\n--B\r\n
//! ...
//! \r\n--B--\r\n
//! ```

use crate::range::Span;

/// The boundary of a reply: 16 hex digits of a mix of what the file and the moment are. It cannot be
/// guessed from outside, so a file cannot be made to hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boundary([u8; 16]);

impl Boundary {
    /// A boundary from 64 bits.
    pub fn new(bits: u64) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'0'; 16];
        let mut rest = bits;
        for slot in &mut text {
            *slot = DIGITS
                .get(usize::try_from(rest & 15).unwrap_or(0))
                .copied()
                .unwrap_or(b'0');
            rest >>= 4;
        }
        Self(text)
    }

    /// `multipart/byteranges; boundary=…`
    pub fn content_type(self) -> Vec<u8> {
        [&b"multipart/byteranges; boundary="[..], &self.0].concat()
    }

    /// What stands before the bytes of one span.
    pub fn part(self, media_type: &str, span: Span, len: u64, out: &mut Vec<u8>) {
        for bytes in [
            &b"\r\n--"[..],
            &self.0,
            b"\r\nContent-Type: ",
            media_type.as_bytes(),
            b"\r\nContent-Range: ",
        ] {
            out.extend_from_slice(bytes);
        }
        span.write_content_range(len, out);
        out.extend_from_slice(b"\r\n\r\n");
    }

    /// What stands after the last span.
    pub fn close(self, out: &mut Vec<u8>) {
        for bytes in [&b"\r\n--"[..], &self.0, b"--\r\n"] {
            out.extend_from_slice(bytes);
        }
    }
}
