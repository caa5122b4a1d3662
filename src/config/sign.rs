//! Owns `reeld sign`: its options, and what was typed behind the word.
//! Knows nothing of the server's options, nor of the time: that is told when addresses are made (`site/sign/link`).

use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;

use super::Command;
use super::options::{Row, row};
use super::tell::write_rows;
use super::typed::Typed;
use super::values::{is_field_value, scaled};
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

/// The only one that is a variable: the others are said of each address anew.
pub(super) const IS_SETTING: &str = "sign-key-file";

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

impl Typed {
    /// What the words behind `sign` mean.
    pub(super) fn order(self) -> Result<Command, String> {
        if self.has("help") {
            return Ok(Command::Print(help()));
        }
        let path = self.folder.as_ref().ok_or("reeld sign: which path?")?;
        let address = self.all("ip").last().map(|address| {
            let bad = |_| format!("--ip: '{address}' is no address, e.g. 192.168.1.5");
            address.parse::<IpAddr>().map_err(bad)
        });
        let (path, is_prefix) = (path.as_os_str().as_bytes(), self.has("prefix"));
        let link = Link::new(path, is_prefix, address.transpose()?)?;
        let keys = self.keys()?;
        Ok(Command::Sign(Box::new(Order {
            keys: keys.ok_or("which keys? --sign-key-file FILE, or REELD_SIGN_KEY")?,
            link,
            secs: duration(self.all("for").last().unwrap_or_default())?,
            base: base(self.all("base").last().unwrap_or_default())?,
        })))
    }
}

/// `90s`, `15m`, `2h`, `7d`.
fn duration(text: &str) -> Result<u64, String> {
    scaled(
        text,
        &[(b's', 1), (b'm', 60), (b'h', 3_600), (b'd', 86_400)],
    )
    .filter(|secs| (1..=FOR_SECS_MAX).contains(secs))
    .ok_or_else(|| format!("--for: '{text}' is not from 1s to 5 years, e.g. 15m, 2h or 7d"))
}

/// What stands before the first slash, if anything: where the server is reached.
fn base(url: &str) -> Result<String, String> {
    let is_url = url.is_empty() || url.starts_with("http://") || url.starts_with("https://");
    if !is_url || !is_field_value(url) {
        return Err(format!("--base: '{url}' is not like https://example.org"));
    }
    Ok(url.strip_suffix('/').unwrap_or(url).to_owned())
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
        for (text, secs) in [("90s", 90), ("15m", 900), ("2H", 7_200), ("7d", 604_800)] {
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
            "2é",
            "1831d",
            "99999999999999999999s",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bases() {
        for (url, base_of) in [
            ("", ""),
            ("https://tv.test/", "https://tv.test"),
            ("http://tv:80/a", "http://tv:80/a"),
        ] {
            assert_eq!(base(url).as_deref(), Ok(base_of));
        }
        for url in ["tv", "ftp://tv", "http://tv\n"] {
            assert!(base(url).is_err(), "{url}");
        }
    }
}
