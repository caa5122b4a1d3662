//! Owns the strictness: which heads are refused although a parser could make sense of them, and
//! how long the body of a request is.
//! Knows nothing of how a head is split into fields ([`super::request`] does that).
//!
//! Whatever two parsers could read in two ways is refused here, with a name: a proxy in front
//! of us and we must never disagree about where one request ends and the next begins.

use crate::http::status::{Refusal, Status};

/// How the end of a request's body is found (RFC 9112 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLength {
    /// There is no body.
    None,
    /// Exactly so many bytes, at least one.
    Counted(u64),
    /// Chunks tell.
    Chunked,
}

/// Decides the body's length from the two fields that speak of it.
///
/// `lengths` is the number of Content-Length fields and the first one's value; `codings` are the
/// values of all Transfer-Encoding fields, in order, where there is one. Steps as in RFC 9112 6.3:
///
/// 1. (HEAD, 1xx, 204, 304) and 2. (CONNECT) are about replies.
/// 3. Both fields: 400, always; and a coding in HTTP/1.0 likewise (RFC 9112 6.1).
/// 4. A coding that is not `chunked` alone: 501 where it is unknown, 400 where chunked is not last.
/// 5. A Content-Length that is not one number, or is there twice (even with equal values): 400.
/// 6. One number: so many bytes.
/// 7. Neither: no body. 8. is about replies.
pub fn body_length<'a>(
    lengths: (usize, &[u8]),
    codings: Option<impl Iterator<Item = &'a [u8]>>,
    is_http11: bool,
) -> Result<BodyLength, Refusal> {
    if let Some(codings) = codings {
        if lengths.0 > 0 {
            return Err(Refusal::bad("length-and-coding"));
        }
        if !is_http11 {
            return Err(Refusal::bad("coding-in-1.0"));
        }
        return chunked_alone(codings).map(|()| BodyLength::Chunked);
    }
    match lengths {
        (0, _) => Ok(BodyLength::None),
        (1, value) => match number(value).ok_or(Refusal::bad("bad-length"))? {
            0 => Ok(BodyLength::None),
            count => Ok(BodyLength::Counted(count)),
        },
        _ => Err(Refusal::bad("two-lengths")),
    }
}

fn chunked_alone<'a>(values: impl Iterator<Item = &'a [u8]>) -> Result<(), Refusal> {
    let (mut chunked, mut unknown) = (0usize, 0usize);
    let mut last_is_chunked = false;
    let codings = values.flat_map(|value| value.split(|&byte| byte == b','));
    for coding in codings
        .map(<[u8]>::trim_ascii)
        .filter(|coding| !coding.is_empty())
    {
        last_is_chunked = coding.eq_ignore_ascii_case(b"chunked");
        if last_is_chunked {
            chunked += 1;
        } else {
            unknown += 1;
        }
    }
    match (chunked, unknown) {
        (1, 0) => Ok(()),
        (0, 1..) => Err(Refusal::new(Status::NOT_IMPLEMENTED, "unknown-coding")),
        (1, 1..) if last_is_chunked => Err(Refusal::new(Status::NOT_IMPLEMENTED, "unknown-coding")),
        _ => Err(Refusal::bad("coding-not-last")),
    }
}

/// `1*DIGIT` that fits; no sign, no space, no list.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |value, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Names what is wrong with a head that did not parse. `head` ends with its blank line.
///
/// 1. A CR without its LF anywhere: `bare-cr`. (A LF without its CR is found while searching for
///    the end, before this.)
/// 2. The request line: `bad-version` (505), `control-byte`, else `bad-request-line`.
/// 3. Each field line: `obs-fold`, `space-before-colon`, `bad-field-name`, `control-byte`.
pub fn diagnose(head: &[u8]) -> Refusal {
    if head
        .windows(2)
        .any(|pair| pair[0] == b'\r' && pair[1] != b'\n')
    {
        return Refusal::bad("bare-cr");
    }
    let mut lines = head
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let request_line = lines.find(|line| !line.is_empty()).unwrap_or_default();
    if let Some(refusal) = request_line_fault(request_line) {
        return refusal;
    }
    lines
        .take_while(|line| !line.is_empty())
        .find_map(field_line_fault)
        .unwrap_or(
            // Every fault that httparse sees is named above; this is for one that we do not know.
            Refusal::bad("bad-request-line"),
        )
}

fn request_line_fault(line: &[u8]) -> Option<Refusal> {
    const BAD: Refusal = Refusal::bad("bad-request-line");
    if line.iter().any(|&byte| byte.is_ascii_control()) {
        return Some(Refusal::bad("control-byte"));
    }
    let mut words = line.split(|&byte| byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Some(BAD);
    };
    if method.is_empty() || !method.iter().all(|&byte| is_token(byte)) || target.is_empty() {
        return Some(BAD);
    }
    match *version {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor] if minor.is_ascii_digit() => None,
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Some(Refusal::new(Status::VERSION_NOT_SUPPORTED, "bad-version"))
        }
        _ => Some(BAD),
    }
}

fn field_line_fault(line: &[u8]) -> Option<Refusal> {
    if line
        .first()
        .is_some_and(|byte| matches!(byte, b' ' | b'\t'))
    {
        return Some(Refusal::bad("obs-fold"));
    }
    let Some(colon) = line.iter().position(|&byte| byte == b':') else {
        return Some(Refusal::bad("bad-field-name"));
    };
    let (name, value) = line.split_at(colon);
    if name.last().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
        return Some(Refusal::bad("space-before-colon"));
    }
    if name.is_empty() || !name.iter().all(|&byte| is_token(byte)) {
        return Some(Refusal::bad("bad-field-name"));
    }
    let is_control = |&byte: &u8| byte.is_ascii_control() && byte != b'\t';
    value
        .iter()
        .any(is_control)
        .then_some(Refusal::bad("control-byte"))
}

/// RFC 9110 5.6.2: `token = 1*tchar`.
pub fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests;
