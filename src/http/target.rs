//! Owns the request target: its forms (RFC 9112 3.2) and percent-decoding, once.
//! Knows nothing of which paths exist, nor of which file names are safe.

use crate::http::status::Refusal;

const BAD: Refusal = Refusal::bad("bad-target");

/// What the request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// `*`: the server itself (OPTIONS only).
    Asterisk,
    /// A path with its query; the scheme and authority of an absolute form are gone.
    Path {
        /// As it was written, still encoded; begins with `/`.
        path: &'a [u8],
        /// What follows the first `?`.
        query: &'a [u8],
    },
}

impl<'a> Target<'a> {
    /// Reads a target.
    ///
    /// ```text
    /// origin-form     /video/a.mp4?v=1
    /// absolute-form   http://host:8080/video/a.mp4?v=1
    /// asterisk-form   *
    /// ```
    pub fn parse(raw: &'a [u8], is_options: bool) -> Result<Self, Refusal> {
        if raw == b"*" {
            return if is_options {
                Ok(Self::Asterisk)
            } else {
                Err(BAD)
            };
        }
        if raw.contains(&b'#') {
            return Err(BAD);
        }
        if raw.starts_with(b"/") {
            return Ok(Self::split(raw));
        }
        let (authority, rest) = absolute(raw).ok_or(BAD)?;
        if authority.is_empty() || !is_host(authority) {
            return Err(BAD);
        }
        match rest.first() {
            None if is_options => Ok(Self::Asterisk),
            None => Ok(Self::Path {
                path: b"/",
                query: b"",
            }),
            Some(b'?') => Ok(Self::Path {
                path: b"/",
                query: rest.get(1..).unwrap_or_default(),
            }),
            Some(_) => Ok(Self::split(rest)),
        }
    }

    fn split(raw: &'a [u8]) -> Self {
        match raw.iter().position(|&byte| byte == b'?') {
            Some(at) => Self::Path {
                path: &raw[..at],
                query: raw.get(at + 1..).unwrap_or_default(),
            },
            None => Self::Path {
                path: raw,
                query: b"",
            },
        }
    }
}

/// The authority that a target names itself, and the path and query that it asks for. Where it names one, that counts
/// and the `Host` field does not (RFC 9112 3.2.2).
pub fn parts_of(raw: &[u8]) -> (Option<&[u8]>, &[u8]) {
    if raw.starts_with(b"/") {
        return (None, raw);
    }
    absolute(raw).map_or((None, raw), |(authority, rest)| (Some(authority), rest))
}

/// The name in `uri-host [ ":" port ]`: an address of IPv6 keeps its brackets.
pub fn name_of(host: &[u8]) -> &[u8] {
    match host.iter().rposition(|&byte| byte == b':') {
        Some(at) if !host.ends_with(b"]") => &host[..at],
        _ => host,
    }
}

/// Authority and the rest of `http://authority/rest`.
fn absolute(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    let after_scheme = [&b"http://"[..], b"https://"].iter().find_map(|scheme| {
        let (head, rest) = raw.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    })?;
    let end = after_scheme
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?'))
        .unwrap_or(after_scheme.len());
    after_scheme.split_at_checked(end)
}

/// Whether these bytes can be `uri-host [ ":" port ]`; an empty one is allowed in `Host`.
pub fn is_host(bytes: &[u8]) -> bool {
    let (name, port) = match bytes.iter().rposition(|&byte| byte == b':') {
        Some(at) if !bytes.ends_with(b"]") => (&bytes[..at], &bytes[at + 1..]),
        _ => (bytes, &b""[..]),
    };
    let name_is_right = match name.strip_prefix(b"[").map(|rest| rest.strip_suffix(b"]")) {
        Some(Some(inner)) => {
            !inner.is_empty()
                && inner
                    .iter()
                    .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
        }
        Some(None) => false,
        None => name.iter().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'%')
                || b"!$&'()*+,;=".contains(byte)
        }),
    };
    name_is_right && port.len() <= 5 && port.iter().all(u8::is_ascii_digit)
}

/// Decodes one path, once, into `out`: `%41` becomes `A`.
///
/// `Err` where an escape is not two hex digits or spells NUL. An escaped `/` stays visible to the
/// caller as an error of its own, because it would move the borders between segments.
pub fn decode(path: &[u8], out: &mut Vec<u8>) -> Result<(), Undecodable> {
    out.clear();
    let mut rest = path;
    while let Some((&byte, after)) = rest.split_first() {
        let (decoded, after) = if byte == b'%' {
            let (digits, after) = after.split_at_checked(2).ok_or(Undecodable::Escape)?;
            (hex(digits).ok_or(Undecodable::Escape)?, after)
        } else {
            (byte, after)
        };
        match decoded {
            0 => return Err(Undecodable::Escape),
            b'/' if byte == b'%' => return Err(Undecodable::Slash),
            _ => out.push(decoded),
        }
        rest = after;
    }
    Ok(())
}

/// Decodes a form's value: `+` is a space, and an escape that is none stands for itself.
pub fn decode_form(value: &[u8], out: &mut Vec<u8>) {
    let mut rest = value;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let escaped = after.split_at_checked(2);
        match (
            byte,
            escaped.and_then(|(digits, rest)| Some((hex(digits)?, rest))),
        ) {
            (b'%', Some((decoded, after))) => {
                out.push(decoded);
                rest = after;
            }
            (b'+', _) => out.push(b' '),
            _ => out.push(byte),
        }
    }
}

/// Why a path cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecodable {
    /// Not two hex digits, or NUL.
    Escape,
    /// `%2F`: no file name holds a slash.
    Slash,
}

fn hex(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0u8, |value, digit| {
        let digit = u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
        Some(value << 4 | digit)
    })
}

/// Encodes a file name for a path; `/` stays.
pub fn encode(name: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in name {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(byte);
        } else {
            let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
            out.extend_from_slice(&[b'%', DIGITS[high], DIGITS[low]]);
        }
    }
}

/// The query of a target; an empty one where there is none.
pub fn query_of(target: &[u8]) -> &[u8] {
    let mut parts = target.splitn(2, |&byte| byte == b'?');
    parts.nth(1).unwrap_or_default()
}

/// The value of `key` in a query, still encoded.
pub fn query_value<'a>(query: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    query.split(|&byte| byte == b'&').find_map(|pair| {
        let rest = pair.strip_prefix(key)?;
        rest.strip_prefix(b"=")
    })
}

#[cfg(test)]
mod tests;
