//! Owns `reeld sign`: its options, and what was typed behind the word.
//! Knows nothing of the server's options, nor of the time: that is told when addresses are made (`site/sign/link`).

use std::ffi::OsString;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;

use lexopt::prelude::{Long, Short, Value};

use super::options::{Row, row, write_rows};
use super::secrets;
use super::typed::text;
use crate::site::sign::Keys;
use crate::site::sign::link::Link;

/// The word that makes it another command; a folder of this name is `./sign`.
pub(super) const WORD: &str = "sign";

pub(super) const ROWS: &[Row] = &[
    row("for", None, "TIME", "how long it opens: 90s, 15m, 2h or 7d"),
    row(
        "prefix",
        None,
        "",
        "PATH is a folder: all below it opens; '' is everything",
    ),
    row(
        "ip",
        None,
        "ADDR",
        "it opens for this client's address alone",
    ),
    row(
        "base",
        None,
        "URL",
        "what to print before it, e.g. https://example.org",
    ),
    row(
        "sign-key-file",
        None,
        "FILE",
        "the server's keys; or REELD_SIGN_KEY",
    ),
    row("help", Some('h'), "", "print this and end"),
];

/// Longer than anybody means; and a key should not last so long.
const FOR_SECS_MAX: u64 = 5 * 366 * 86_400;

/// What is to be signed.
#[derive(Debug)]
pub struct Order {
    keys: Keys,
    link: Link,
    secs: u64,
    base: String,
}

/// `reeld sign --help`.
fn help() -> String {
    let mut out = String::from(
        "Prints addresses that open a title, or a folder, for a while.\n\n\
         Usage: reeld sign PATH --for TIME [OPTIONS]\n\n  \
         PATH is a name as the library has it: shows/one/e1.mp4\n\nOptions:\n",
    );
    write_rows(ROWS, &mut out);
    out
}

/// Reads what stands behind the word; either an order or a text to print.
pub(super) fn read(
    args: impl IntoIterator<Item = OsString>,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Result<Order, String>, String> {
    let (mut path, mut typed) = (None, Vec::new());
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        let row = match argument {
            Long(name) => ROWS.iter().find(|row| row.long == name),
            Short(letter) => ROWS.iter().find(|row| row.short == Some(letter)),
            Value(value) => {
                if path.replace(value).is_some() {
                    return Err("more than one path was named; a space needs quotes".into());
                }
                continue;
            }
        };
        let Some(row) = row else {
            return Err(argument.unexpected().to_string());
        };
        let value = match row.value {
            "" => String::new(),
            _ => text(row.long, parser.value().map_err(|error| error.to_string())?)?,
        };
        typed.push((row.long, value));
    }
    let last = |long: &str| {
        let value = typed.iter().rev().find(|(name, _)| *name == long);
        value.map(|(_, value)| value.as_str())
    };
    if last("help").is_some() {
        return Ok(Err(help()));
    }
    let path = path.ok_or("reeld sign: which path? (see reeld sign --help)")?;
    let secs = last("for").ok_or("for how long? e.g. --for 2h")?;
    let address = last("ip").map(|address| {
        let bad = |_| format!("--ip: '{address}' is no address, e.g. 192.168.1.5");
        address.parse::<IpAddr>().map_err(bad)
    });
    let is_prefix = last("prefix").is_some();
    let link = Link::new(path.as_bytes(), is_prefix, address.transpose()?)?;
    let keys = secrets::keys(last("sign-key-file"), environment)?;
    Ok(Ok(Order {
        keys: keys.ok_or("which keys? --sign-key-file FILE, or REELD_SIGN_KEY")?,
        link,
        secs: duration(secs)?,
        base: last("base").map_or_else(|| Ok(String::new()), base)?,
    }))
}

/// `90s`, `15m`, `2h`, `7d`.
fn duration(text: &str) -> Result<u64, String> {
    let bad = || format!("--for: '{text}' is no time, e.g. 90s, 15m, 2h or 7d");
    let digits = text.trim_end_matches(['s', 'm', 'h', 'd']);
    let unit = match text.get(digits.len()..).unwrap_or_default() {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(bad()),
    };
    let number: u64 = digits.parse().map_err(|_| bad())?;
    match number.checked_mul(unit) {
        Some(0) => Err(bad()),
        Some(secs) if secs <= FOR_SECS_MAX => Ok(secs),
        _ => Err(format!("--for: {text} is more than five years")),
    }
}

/// Where the server is reached: what stands before the first slash of a path.
fn base(url: &str) -> Result<String, String> {
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    let is_right = rest.is_some_and(|rest| {
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"?#\"<>".contains(&byte);
        !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(is_plain)
    });
    if is_right {
        Ok(url.trim_end_matches('/').to_owned())
    } else {
        Err(format!(
            "--base: '{url}' is no base, e.g. https://example.org"
        ))
    }
}

impl Order {
    /// The addresses, a line each.
    pub fn addresses(&self, unix_secs: u64) -> String {
        let expires = unix_secs.saturating_add(self.secs);
        self.link.addresses(&self.keys, expires, &self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::{base, duration};

    #[test]
    fn times() {
        for (text, secs) in [("90s", 90), ("15m", 900), ("2h", 7_200), ("7d", 604_800)] {
            assert_eq!(duration(text), Ok(secs));
        }
        for text in [
            "",
            "0s",
            "2",
            "h",
            "2hs",
            "-1h",
            "2 h",
            "1830000d",
            "99999999999999999999s",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bases() {
        assert_eq!(base("https://tv.test/"), Ok("https://tv.test".to_owned()));
        assert_eq!(
            base("http://tv:80/below"),
            Ok("http://tv:80/below".to_owned())
        );
        for url in [
            "",
            "tv",
            "http://",
            "ftp://tv",
            "http://tv/?a",
            "http://tv/#a",
            "http:///a",
        ] {
            assert!(base(url).is_err(), "{url}");
        }
    }
}
