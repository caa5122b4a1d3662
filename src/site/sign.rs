//! Owns signed addresses: what a token says, how a key seals it, and whether it opens a path.
//! Knows nothing of requests, of files, nor of where keys come from.
//!
//! ```text
//! /s/1763748000-2-ip.Fd3kq…8Q/hls/shows/one/e1.mp4/m-3.m4s
//!    │          │ │  │            └─────┬───────┘ └ comes with its title
//!    │          │ │  └ signature        └ the library's path: of a title, however it is served
//!    │          │ └ it opens for one client's address only
//!    │          └ it covers all below the first two names of the path; without this, exactly one title
//!    └ from this second on (since 1970) it opens nothing
//!
//! token     = claim "." signature
//! claim     = expires [ "-" names ] [ "-ip" ]                 decimal, without leading zeros
//! signature = base64url(HMAC-SHA256(key, message))            43 characters, without "="
//! message   = "reeld1" NUL claim NUL path NUL address
//! path      = the part that is covered, decoded; no NUL and no percent sign is left of its encoding
//! address   = as text, empty without "-ip"
//! ```
//!
//! No part of a message holds a NUL, so no two claims have the same message: not `a/b` and `a/bc`, not a folder and
//! a title of the same name, not an expiry and an address. A signature is compared as text, every character of
//! it: there is one spelling of each token, and all others open nothing.

use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::sync::Arc;

use hmac_sha256::HMAC;

use crate::http::status::{Refusal, Status};
use crate::site::secret::is_same;
use crate::site::sign::opened::Opened;

pub mod gate;
pub mod link;
pub mod mask;
pub mod opened;

/// What is signed with another meaning some day begins with another word.
const WORD: &[u8] = b"reeld1";
/// Of 32 bytes in base64.
const SIGNATURE_LEN: usize = 43;
/// Until the year 5138, and no number overflows.
const EXPIRES_DIGITS_MAX: usize = 11;
/// A path has at most 4095 bytes.
const NAMES_DIGITS_MAX: usize = 4;

/// Each wrong signature is tried with each key.
const KEYS_MAX: usize = 8;
/// Fewer can be tried out.
const KEY_BYTES_MIN: usize = 32;
const KEY_BYTES_MAX: usize = 1_024;
/// Of which random ones have more.
const KEY_LETTERS_MIN: usize = 8;

/// The signature is not ours, or not for this.
pub const BAD: Refusal = Refusal::new(Status::FORBIDDEN, "bad-signature");
/// It was ours and for this.
pub const EXPIRED: Refusal = Refusal::new(Status::GONE, "expired");

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// From this second on it opens nothing.
    pub expires: u64,
    /// How many names of the path it covers, with all that is below; `None` is one title.
    pub names: Option<usize>,
    /// Whether it opens for one address only.
    pub is_bound: bool,
}

impl Claim {
    fn parse(text: &[u8]) -> Option<Self> {
        let mut parts = text.split(|&byte| byte == b'-').peekable();
        let expires = number(parts.next()?, EXPIRES_DIGITS_MAX)?;
        let names = parts.next_if(|part| *part != b"ip");
        let names = match names {
            Some(part) => Some(usize::try_from(number(part, NAMES_DIGITS_MAX)?).ok()?),
            None => None,
        };
        let is_bound = parts.next().is_some();
        // What was left there is "ip", or too much.
        let is_right = parts.next().is_none() && (!is_bound || text.ends_with(b"-ip"));
        is_right.then_some(Self {
            expires,
            names,
            is_bound,
        })
    }

    /// The part of a path that has to have been signed, if the path has so many names.
    pub fn covered<'p>(&self, path: &'p [u8]) -> Option<&'p [u8]> {
        let Some(names) = self.names else {
            return Some(path);
        };
        if names == 0 {
            return Some(b"");
        }
        let mut left = names;
        for (at, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            left -= 1;
            if left == 0 {
                return path.get(..at);
            }
        }
        (left == 1 && !path.is_empty()).then_some(path)
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.expires)?;
        if let Some(names) = self.names {
            write!(f, "-{names}")?;
        }
        f.write_str(if self.is_bound { "-ip" } else { "" })
    }
}

/// Decimal, in its only spelling.
fn number(digits: &[u8], most: usize) -> Option<u64> {
    let is_one = digits == b"0" || !digits.starts_with(b"0");
    if digits.is_empty() || digits.len() > most || !is_one {
        return None;
    }
    digits.iter().try_fold(0u64, |value, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// A token as somebody shows it.
#[derive(Debug, Clone, Copy)]
pub struct Token<'a> {
    /// What it says, and nobody has checked.
    pub claim: Claim,
    /// As it was written; read, it can only have been written so.
    pub written: &'a [u8],
    text: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Token<'a> {
    /// Reads one; `None` where none of ours looks like it.
    pub fn parse(token: &'a [u8]) -> Option<Self> {
        let dot = token.len().checked_sub(SIGNATURE_LEN + 1)?;
        let (text, rest) = token.split_at_checked(dot)?;
        Some(Self {
            claim: Claim::parse(text)?,
            written: token,
            text,
            signature: rest.strip_prefix(b".")?,
        })
    }
}

/// The keys: the first one signs, each opens.
#[derive(Clone)]
pub struct Keys(Arc<[HMAC]>);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({} of them)", self.0.len())
    }
}

impl Keys {
    /// One on each line; what begins with `#` is a remark. The error does not say what is on a line.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let mut keys = Vec::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if !is_key(line.as_bytes()) {
                return Err(NO_KEY);
            }
            keys.push(HMAC::new(line));
        }
        match keys.len() {
            0 => Err("there is none; make one: head -c 32 /dev/urandom | base64"),
            1..=KEYS_MAX => Ok(Self(keys.into())),
            _ => Err("there are more than 8"),
        }
    }

    /// A token for a path: the whole path is covered. `address` is whom it is for, where it is bound.
    pub fn sign(&self, claim: Claim, path: &[u8], address: Option<IpAddr>) -> String {
        let text = claim.to_string();
        let mut token = format!("{text}.");
        if let Some(key) = self.0.first() {
            let signature = seal(key, text.as_bytes(), path, address);
            token.extend(signature.iter().copied().map(char::from));
        }
        token
    }

    /// Whether a token opens a path for somebody at this second. That it has expired is told only to who shows a
    /// right one. What was right last is in `opened`.
    pub fn judge(
        &self,
        token: &Token<'_>,
        path: &[u8],
        (client, unix_secs): (IpAddr, u64),
        opened: &mut Opened,
    ) -> Result<(), Refusal> {
        let covered = token.claim.covered(path).ok_or(BAD)?;
        if !opened.is_by(token, covered, client) {
            let address = token.claim.is_bound.then_some(client);
            let is_ours = |key| is_same(&seal(key, token.text, covered, address), token.signature);
            if !self.0.iter().any(is_ours) {
                return Err(BAD);
            }
            opened.note(token, covered, client);
        }
        if unix_secs < token.claim.expires {
            Ok(())
        } else {
            Err(EXPIRED)
        }
    }
}

const NO_KEY: &str = "each line is a key of 32 to 1024 letters that nobody can guess, e.g. what \
    this prints: head -c 32 /dev/urandom | base64";

fn is_key(line: &[u8]) -> bool {
    let letters = (b'!'..=b'~').filter(|letter| line.contains(letter));
    (KEY_BYTES_MIN..=KEY_BYTES_MAX).contains(&line.len())
        && line.iter().all(u8::is_ascii_graphic)
        && letters.count() >= KEY_LETTERS_MIN
}

/// Text that goes into a signature.
struct Feed<'a>(&'a mut HMAC);

impl fmt::Write for Feed<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text);
        Ok(())
    }
}

fn seal(key: &HMAC, claim: &[u8], path: &[u8], address: Option<IpAddr>) -> [u8; SIGNATURE_LEN] {
    let mut mac = key.clone();
    for part in [WORD, claim, path] {
        mac.update(part);
        mac.update(b"\0");
    }
    if let Some(address) = address {
        _ = write!(Feed(&mut mac), "{}", address.to_canonical());
    }
    base64url(&mac.finalize())
}

/// Each letter says six bits, the last one four and two that are zero.
fn base64url(bytes: &[u8; 32]) -> [u8; SIGNATURE_LEN] {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let byte = |at: usize| usize::from(bytes.get(at).copied().unwrap_or_default());
    let mut out = [0; SIGNATURE_LEN];
    for (at, letter) in out.iter_mut().enumerate() {
        let (first, shift) = (at * 6 / 8, at * 6 % 8);
        let bits = byte(first) << 8 | byte(first + 1);
        *letter = LETTERS[bits >> (10 - shift) & 63];
    }
    out
}

#[cfg(test)]
mod tests;
