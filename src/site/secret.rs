//! Owns a secret that somebody has to show: it is compared, and never told.
//! Knows nothing of what it opens.

use std::fmt;
use std::hint::black_box;

/// A token of at least eight characters.
#[derive(Clone)]
pub struct Secret(Box<[u8]>);

/// Fewer can be tried out.
const CHARACTERS_MIN: usize = 8;
/// As long as a word of a message may be.
const BYTES_MAX: usize = 1_024;

impl Secret {
    /// Takes a token, without the space around it; the error says what is wrong with it, and not what it is.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.chars().count() < CHARACTERS_MIN {
            return Err("a token has at least 8 characters");
        }
        if text.len() > BYTES_MAX || text.chars().any(char::is_control) {
            return Err("a token is one line of at most 1024 bytes");
        }
        Ok(Self(text.as_bytes().into()))
    }

    /// Whether these bytes are it.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        is_same(&self.0, bytes)
    }
}

/// Whether what somebody shows is what it has to be. How long that takes says nothing but whether the length is
/// right: every byte is compared, also after one that differs, so that nobody finds a secret byte by byte.
pub(super) fn is_same(ours: &[u8], theirs: &[u8]) -> bool {
    let pairs = ours.iter().zip(theirs);
    // Opaque to the compiler, which could otherwise see that one difference is enough.
    let differing = pairs.fold(0, |seen, (ours, theirs)| black_box(seen | (ours ^ theirs)));
    ours.len() == theirs.len() && differing == 0
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn only_the_same_bytes_match() {
        let secret = Secret::new(" correct horse\n").unwrap();
        assert!(secret.matches(b"correct horse"));
        let right = b"correct horse".to_vec();
        for at in 0..right.len() {
            let mut wrong = right.clone();
            wrong[at] ^= 1;
            assert!(!secret.matches(&wrong), "{at}");
            assert!(!secret.matches(&right[..at]), "{at}");
        }
        for wrong in [
            &b""[..],
            b"correct horse ",
            b"correct horse\n",
            b"Correct horse",
        ] {
            assert!(!secret.matches(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn what_can_be_a_token() {
        for text in [
            "12345678",
            "ééééhhhh",
            " \t12345678\r\n",
            &"x".repeat(1_024),
        ] {
            assert!(Secret::new(text).is_ok(), "{text:?}");
        }
        for text in [
            "",
            "1234567",
            "  1234567  ",
            "éééé",
            "1234\n5678",
            &"x".repeat(1_025),
        ] {
            assert!(Secret::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn it_is_never_told() {
        let secret = Secret::new("correct horse").unwrap();
        assert_eq!(
            format!("{secret:?} {:?}", Some(secret.clone())),
            "Secret(…) Some(Secret(…))"
        );
    }
}
