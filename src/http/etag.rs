//! Owns entity tags of bytes that are our own: a digest in hex.
//! Knows nothing of files, whose tags are their versions.

/// `"` and 16 hex digits and `"`.
pub type EtagText = [u8; 18];

/// FNV-1a: it tells versions of our own bytes apart, nothing more.
pub const fn digest(bytes: &[u8]) -> u64 {
    digest_on(0xcbf2_9ce4_8422_2325, bytes)
}

/// The digest of these bytes behind others, of which it goes on.
pub const fn digest_on(before: u64, bytes: &[u8]) -> u64 {
    let mut hash = before;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// A digest as an entity tag.
pub const fn etag_text(digest: u64) -> EtagText {
    let digits = hex(digest);
    let mut text = [b'"'; 18];
    let mut at = 0;
    while at < digits.len() {
        text[at + 1] = digits[at];
        at += 1;
    }
    text
}

/// A digest as 16 hex digits.
pub const fn hex(digest: u64) -> [u8; 16] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'0'; 16];
    let mut at = text.len();
    let mut rest = digest;
    while at > 0 {
        at -= 1;
        text[at] = DIGITS[(rest & 15) as usize];
        rest >>= 4;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{digest, digest_on, etag_text, hex};

    #[test]
    fn in_hex() {
        assert_eq!(hex(0), *b"0000000000000000");
        assert_eq!(hex(0x0123_4567_89ab_cdef), *b"0123456789abcdef");
        assert_eq!(etag_text(0xfe), *b"\"00000000000000fe\"");
        assert_eq!(digest(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(digest_on(digest(b"a"), b"b"), digest(b"ab"));
    }
}
