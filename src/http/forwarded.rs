//! Owns what proxies say of whom a request is from: `Forwarded` (RFC 7239) and `X-Forwarded-For`.
//! Knows nothing of which proxies are believed: that is asked.
//!
//! ```text
//! Forwarded: for=192.0.2.60;proto=http, for="[2001:db8::17]:4711";by=_edge, for=unknown
//! X-Forwarded-For: 192.0.2.60, 2001:db8::17
//! ```
//!
//! Each proxy adds whom it got the request from at the end. So it is read from there: what a trusted proxy
//! says of another trusted one leads on, the first that is none is the client, and what stands before it may be
//! anybody's invention.

use std::net::IpAddr;

/// Whom a request is from, as its proxies say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// They name nobody but themselves: it is a proxy's own request.
    Nobody,
    /// This client.
    Client(IpAddr),
    /// Somebody whom they hide, or nothing that can be understood.
    Unclear,
}

/// Reads all lines of both fields. Where both are there and do not agree, neither is believed: one of them has passed
/// through a proxy that does not know it.
pub fn client<'a>(
    forwarded: &mut dyn Iterator<Item = &'a [u8]>,
    listed: &mut dyn Iterator<Item = &'a [u8]>,
    is_proxy: &dyn Fn(IpAddr) -> bool,
) -> Said {
    let mut last = [None, None];
    for line in forwarded {
        let mut rest = line.trim_ascii();
        while !rest.is_empty() {
            let (element, after) = split_quoted(rest, b',');
            rest = after;
            if !element.trim_ascii().is_empty() {
                last[0] = note(last[0], of_element(element), is_proxy);
            }
        }
    }
    for line in listed {
        let nodes = line.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        for node in nodes.filter(|node| !node.is_empty()) {
            last[1] = note(last[1], address_of(node), is_proxy);
        }
    }
    match last {
        [Some(one), Some(other)] if one != other => Said::Unclear,
        [Some(said), _] | [None, Some(said)] => said,
        [None, None] => Said::Nobody,
    }
}

/// The last node that is no trusted proxy is what is said.
fn note(
    before: Option<Said>,
    node: Option<IpAddr>,
    is_proxy: &dyn Fn(IpAddr) -> bool,
) -> Option<Said> {
    match node {
        Some(address) if is_proxy(address) => before.or(Some(Said::Nobody)),
        Some(address) => Some(Said::Client(address)),
        None => Some(Said::Unclear),
    }
}

/// The `for` of `for=…;proto=…;by=…`, in any order; nothing where there is none, or it cannot be read.
fn of_element(element: &[u8]) -> Option<IpAddr> {
    let mut node = None;
    let mut rest = element;
    while !rest.is_empty() {
        let (pair, after) = split_quoted(rest, b';');
        rest = after;
        let at = pair.iter().position(|&byte| byte == b'=');
        let Some((name, value)) = at.and_then(|at| pair.split_at_checked(at)) else {
            if pair.trim_ascii().is_empty() {
                continue;
            }
            return None;
        };
        if name.trim_ascii().eq_ignore_ascii_case(b"for")
            && node
                .replace(unquoted(value.get(1..)?.trim_ascii())?)
                .is_some()
        {
            return None;
        }
    }
    address_of(node?)
}

/// What stands before the next `sign` outside of quotes, and what behind it.
fn split_quoted(text: &[u8], sign: u8) -> (&[u8], &[u8]) {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            _ if byte == sign && !is_quoted => {
                let (before, after) = text.split_at(at);
                return (before, after.get(1..).unwrap_or_default());
            }
            _ => {}
        }
    }
    (text, &[])
}

/// A value without its quotes. No node needs a backslash.
fn unquoted(value: &[u8]) -> Option<&[u8]> {
    match value {
        [b'"', inner @ .., b'"'] => Some(inner),
        _ => Some(value),
    }
    .filter(|value| !value.iter().any(|byte| matches!(byte, b'"' | b'\\')))
}

/// `192.0.2.60`, `192.0.2.60:80`, `[2001:db8::17]`, `[2001:db8::17]:4711`, and bare `2001:db8::17`; nothing for
/// `unknown` and for names like `_hidden`.
fn address_of(node: &[u8]) -> Option<IpAddr> {
    // Longer than any address with its port.
    let node = str::from_utf8(node).ok().filter(|node| node.len() <= 64)?;
    // What is in brackets is IPv6 and nothing else, and what has one colon is not.
    let (address, port, is_right) = match node.strip_prefix('[') {
        Some(rest) => {
            let (inner, port) = rest.split_once(']')?;
            (inner, port, inner.contains(':'))
        }
        None => match node.find(':') {
            Some(at) if node.rfind(':') == Some(at) => (node.get(..at)?, node.get(at..)?, true),
            _ => (node, "", true),
        },
    };
    let is_right = is_right && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    let address: IpAddr = address.parse().ok().filter(|_| is_right)?;
    Some(address.to_canonical())
}

/// A number, or a name in its place.
fn is_port(port: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match port.strip_prefix('_') {
        Some(name) => !name.is_empty() && name.bytes().all(is_letter),
        None => (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests;
