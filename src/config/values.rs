//! Owns how single values are written: sizes, addresses, names of ways and formats.
//! Knows nothing of which option they belong to.

use std::net::{IpAddr, SocketAddr};

use crate::net::sandbox;
use crate::net::transfer::Wish;
use crate::ops::access::Format;

pub(super) fn is_field_value(value: &str) -> bool {
    !value
        .bytes()
        .any(|byte| byte.is_ascii_control() && byte != b'\t')
}

/// `1500`, `64K`, `1M`, `2G`: powers of 1024.
pub(super) fn size(text: &str) -> Result<u64, String> {
    scaled(
        text,
        &[(b' ', 1), (b'k', 1 << 10), (b'm', 1 << 20), (b'g', 1 << 30)],
    )
    .ok_or_else(|| format!("'{text}' is not a size, e.g. 512K or 1M"))
}

/// A number with the letter of a unit behind it, small or large; without one its unit is a space.
pub(super) fn scaled(text: &str, units: &[(u8, u64)]) -> Option<u64> {
    let last = text.bytes().last()?;
    let (number, unit) = match last {
        b'0'..=b'9' => (text, b' '),
        _ => (text.get(..text.len() - 1)?, last.to_ascii_lowercase()),
    };
    let (_, factor) = units.iter().find(|(known, _)| *known == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// `ADDR`, `ADDR:PORT`, `[ADDR]:PORT`, `:PORT`; `localhost` and `*` as words.
pub(super) fn address(text: &str, port: u16) -> Result<SocketAddr, String> {
    let bad = || format!("--bind: '{text}' is no address, e.g. 127.0.0.1 or [::1]:8080");
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(address);
    }
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok((ip, port).into());
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| bad())?),
        None => (text, port),
    };
    match host {
        "localhost" => Ok((IpAddr::from([127, 0, 0, 1]), port).into()),
        "*" | "" => Ok((IpAddr::from([0; 16]), port).into()),
        _ => Err(bad()),
    }
}

pub(super) fn wish(name: &str) -> Result<Wish, String> {
    match name {
        "copy" => Ok(Wish::Copy),
        "splice" => Ok(Wish::Splice),
        _ => Err(format!("--transfer: '{name}' is not copy or splice")),
    }
}

pub(super) fn sandbox(name: &str) -> Result<sandbox::Wish, String> {
    match name {
        "off" => Ok(sandbox::Wish::Off),
        "on" => Ok(sandbox::Wish::On),
        "require" => Ok(sandbox::Wish::Require),
        _ => Err(format!("--sandbox: '{name}' is not on, off or require")),
    }
}

pub(super) fn format(name: &str) -> Result<Format, String> {
    match name {
        "common" => Ok(Format::Common),
        "combined" => Ok(Format::Combined),
        "json" => Ok(Format::Json),
        _ => Err(format!(
            "--access-format: '{name}' is not common, combined or json"
        )),
    }
}
