//! Owns what the words that were typed mean together, and what is wrong with them, in a line.
//! Knows nothing of where they were typed.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;

use super::options::{help, man};
use super::typed::Typed;
use super::values::{address, format, is_field_value, size, wish};
use super::{Command, Config};
use crate::http::target::is_host;
use crate::limits::Limits;
use crate::net::journal::Place;
use crate::net::pace::Rates;
use crate::net::transfer::Wish;
use crate::ops::access::Format;
use crate::site::guard::Hosts;
use crate::site::secret::Secret;
use crate::site::{Cors, Site};

impl Typed {
    /// What is asked for instead of serving, whatever else was typed.
    fn printed(&self) -> Option<String> {
        [
            ("help", help as fn() -> String),
            ("man", man),
            ("version", || {
                concat!("reeld ", env!("CARGO_PKG_VERSION"), "\n").to_owned()
            }),
        ]
        .into_iter()
        .find_map(|(long, print)| self.has(long).then(print))
    }

    pub(super) fn understand(self) -> Result<Command, String> {
        if let Some(text) = self.printed() {
            return Ok(Command::Print(text));
        }
        let limits = self.limits()?;
        if self.has("limits") {
            return Ok(Command::Print(limits_text(&limits)));
        }
        let port = match self.number("port")? {
            None => 8080,
            Some(port) => u16::try_from(port)
                .map_err(|_| format!("--port: {port} is not a port (0 to 65535)"))?,
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = self.count("workers", cores.min(4), 64)?;
        let reply_bytes_max = self.bytes("reply-max")?;
        if reply_bytes_max == Some(0) {
            return Err("--reply-max: at least one byte must be sent".into());
        }
        let access_log = self.all("access-log").last().and_then(|place| match place {
            "off" => None,
            "-" => Some(Place::Stdout),
            file => Some(Place::File(file.into())),
        });
        Ok(Command::Serve(Box::new(Config {
            binds: self
                .all("bind")
                .map(|bind| address(bind, port))
                .collect::<Result<_, _>>()?,
            port,
            workers,
            pager_threads: self.count("pager-threads", 4, 4)?,
            transfer: self
                .all("transfer")
                .last()
                .map_or_else(|| Ok(Wish::Best), wish)?,
            rates: self.rates()?,
            follow_links: self.has("follow-links"),
            access_format: self
                .all("access-format")
                .last()
                .map_or_else(|| Ok(Format::default()), format)?,
            grace_secs: self.number("grace")?.unwrap_or(30),
            level: self.level(),
            is_quiet: self.has("quiet"),
            draws_code: self.has("qr"),
            site: Site {
                limits,
                cors: self.cors()?,
                hosts: self.hosts()?,
                max_age_secs: self.number("max-age")?,
                cdn_max_age_secs: self.number("cdn-max-age")?,
                reply_bytes_max,
                extra_fields: self.extra_fields()?,
                admin_token: self.admin_token()?,
                is_logged: access_log.is_some(),
                ..Site::default()
            },
            access_log,
            folder: self.folder.unwrap_or_else(|| "videos".into()),
        })))
    }

    fn bytes(&self, long: &str) -> Result<Option<u64>, String> {
        let sized = |text| size(text).map_err(|why| format!("{}: {why}", self.origin(long)));
        self.all(long).last().map(sized).transpose()
    }

    fn rates(&self) -> Result<Rates, String> {
        let rate = |long| match self.bytes(long)? {
            Some(rate) if rate < RATE_LEAST => Err(format!(
                "{}: less than 1K a second is no stream",
                self.origin(long)
            )),
            rate => Ok(rate.map(|rate| rate.min(RATE_MOST))),
        };
        let each = rate("rate")?;
        let burst = self.bytes("rate-burst")?;
        if burst.is_some() && each.is_none() {
            return Err(format!(
                "{}: there is no --rate after it",
                self.origin("rate-burst")
            ));
        }
        // What players take before they show the first picture: a long film's index, and some seconds of it.
        let usual = each.unwrap_or_default().saturating_mul(10).max(4 << 20);
        Ok(Rates {
            each,
            burst: burst.unwrap_or(usual).min(RATE_MOST),
            total: rate("total-rate")?,
        })
    }

    fn level(&self) -> log::LevelFilter {
        match (self.has("quiet"), self.all("verbose").count()) {
            (true, _) => log::LevelFilter::Error,
            (false, 0) => log::LevelFilter::Warn,
            (false, 1) => log::LevelFilter::Info,
            (false, _) => log::LevelFilter::Debug,
        }
    }

    fn limits(&self) -> Result<Limits, String> {
        let mut limits = Limits::default();
        for setting in self.all("limit") {
            let (name, value) = setting
                .split_once('=')
                .ok_or_else(|| format!("--limit: '{setting}' is not NAME=VALUE"))?;
            let value = usize::try_from(size(value).map_err(|error| format!("--limit: {error}"))?)
                .map_err(|_| format!("--limit: {value} is too large"))?;
            limits
                .set(name, value)
                .map_err(|error| format!("--limit: {error}"))?;
        }
        Ok(limits)
    }

    fn cors(&self) -> Result<Cors, String> {
        let mut origins = Vec::new();
        for origin in self.all("cors") {
            if origin == "*" {
                return Ok(Cors::Any);
            }
            let is_right = origin.split_once("://").is_some_and(|(scheme, host)| {
                !scheme.is_empty() && !host.is_empty() && !host.contains('/')
            });
            if !(is_right || origin == "null") || !is_field_value(origin) {
                return Err(format!(
                    "--cors: '{origin}' is no origin, e.g. https://example.org"
                ));
            }
            origins.push(origin.to_owned());
        }
        Ok(if origins.is_empty() {
            Cors::Off
        } else {
            Cors::Only(origins)
        })
    }

    fn hosts(&self) -> Result<Hosts, String> {
        let mut names = Vec::new();
        for name in self.all("host") {
            if name == "*" {
                return Ok(Hosts::Any);
            }
            if name.is_empty() || name.contains(':') || !is_host(name.as_bytes()) {
                return Err(format!(
                    "--host: '{name}' is no name, e.g. films.example.org"
                ));
            }
            names.push(name.to_owned());
        }
        Ok(Hosts::Only(names))
    }

    /// The flag names a file, so that the token is in no list of processes. The variable is the token itself.
    fn admin_token(&self) -> Result<Option<Secret>, String> {
        let Some(value) = self.all("admin-token").last() else {
            return Ok(None);
        };
        let is_variable = self
            .variables
            .iter()
            .any(|(name, _)| *name == "admin-token");
        let failed = |why: &str| format!("{}: {why}", self.origin("admin-token"));
        let secret = if is_variable {
            Secret::new(value).map_err(failed)?
        } else {
            let mut text = String::new();
            let read = File::open(value)
                .and_then(|file| file.take(TOKEN_FILE_BYTES_MAX).read_to_string(&mut text));
            read.map_err(|error| failed(&format!("cannot read '{value}': {error}")))?;
            Secret::new(&text).map_err(|why| failed(&format!("'{value}': {why}")))?
        };
        Ok(Some(secret))
    }

    fn extra_fields(&self) -> Result<Vec<u8>, String> {
        /// What a reply's own bytes depend on is ours to say.
        const OURS: [&str; 8] = [
            "content-length",
            "transfer-encoding",
            "connection",
            "date",
            "content-range",
            "content-type",
            "etag",
            "accept-ranges",
        ];
        let mut lines = Vec::new();
        for field in self.all("header") {
            let (name, value) = field
                .split_once(':')
                .map(|(name, value)| (name, value.trim()))
                .ok_or_else(|| format!("--header: '{field}' is not 'NAME: VALUE'"))?;
            if name.is_empty() || !name.bytes().all(crate::http::framing::is_token) {
                return Err(format!("--header: '{name}' cannot be a field name"));
            }
            if OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
                return Err(format!("--header: {name} is the server's own to say"));
            }
            if !is_field_value(value) {
                return Err(format!(
                    "--header: the value of {name} has bytes that no field can carry"
                ));
            }
            lines.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        Ok(lines)
    }
}

/// Slower, a reader would wait longer for the next bytes than anybody waits for a reader.
const RATE_LEAST: u64 = 1 << 10;
/// No network is faster.
const RATE_MOST: u64 = 1 << 42;
/// A token is a line. What is longer is another file, named by mistake.
const TOKEN_FILE_BYTES_MAX: u64 = 4_096;

fn limits_text(limits: &Limits) -> String {
    let mut out = String::new();
    for (name, value, unit, why) in limits.rows() {
        _ = writeln!(out, "{name:<24}{value:>16} {unit:<13} {why}");
    }
    _ = writeln!(
        out,
        "\nA busy connection takes at most {} bytes of memory, an idle one no buffer at all.",
        limits.connection_bytes_max()
    );
    out
}
