//! What was typed, and what it means, once.
//!
//! Owns: how the command line and the environment are read, both by the table in `options`. Knows nothing
//! of what the options do.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value};

mod options;

use options::{ROWS, Row, help, man};

use crate::limits::Limits;
use crate::net::journal::Place;
use crate::net::transfer::Wish;
use crate::ops::access::Format;
use crate::site::secret::Secret;
use crate::site::{Cors, Site};

/// What to do.
#[derive(Debug)]
pub enum Command {
    /// Serve.
    Serve(Box<Config>),
    /// Print this text and end.
    Print(String),
}

/// What the owner decided about the process; what concerns replies is in [`Site`].
#[derive(Debug)]
pub struct Config {
    /// The folder.
    pub folder: PathBuf,
    /// Where to listen; none means everywhere.
    pub binds: Vec<SocketAddr>,
    /// The port where no address has its own.
    pub port: u16,
    /// Event loops.
    pub workers: usize,
    /// Threads that wait for pages.
    pub pager_threads: usize,
    /// How spans leave.
    pub transfer: Wish,
    /// Whether links may lead out.
    pub follow_links: bool,
    /// Where the access log goes.
    pub access_log: Option<Place>,
    /// How its lines look.
    pub access_format: Format,
    /// How long replies may finish at a stop, in seconds.
    pub grace_secs: u64,
    /// What is logged.
    pub level: log::LevelFilter,
    /// Whether addresses are printed at start.
    pub is_quiet: bool,
    /// Whether the first address is drawn at start.
    pub draws_code: bool,
    /// What replies need.
    pub site: Site,
}

/// Reads the command line and the environment; a flag wins over a variable.
///
/// The error is one line for the user.
pub fn read(
    args: impl IntoIterator<Item = OsString>,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Command, String> {
    let mut typed = Typed::default();
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        let row = match argument {
            Long(name) => ROWS.iter().find(|row| row.long == name),
            Short(letter) => ROWS.iter().find(|row| row.short == Some(letter)),
            Value(folder) => {
                if typed.folder.replace(folder.into()).is_some() {
                    return Err("more than one folder was named".into());
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
        typed.options.push((row.long, value));
    }

    for row in ROWS {
        // What prints and ends is typed by a person, and is no setting.
        let prints = matches!(row.long, "help" | "man" | "version" | "limits");
        if !prints && !typed.has(row.long) {
            typed.read_variable(row, &environment)?;
        }
    }
    if typed.folder.is_none() {
        typed.folder = environment("REELD_DIR").map(PathBuf::from);
    }
    typed.understand()
}

fn variable(long: &str) -> String {
    format!("REELD_{}", long.to_ascii_uppercase().replace('-', "_"))
}

fn text(name: &str, value: OsString) -> Result<String, String> {
    value
        .into_string()
        .map_err(|_| format!("{name}: the value is not text"))
}

/// Options by name with their values, before anybody knows what they mean.
#[derive(Debug, Default)]
struct Typed {
    folder: Option<PathBuf>,
    options: Vec<(&'static str, String)>,
    /// Which of them were variables, and which ones.
    variables: Vec<(&'static str, String)>,
}

impl Typed {
    fn has(&self, long: &str) -> bool {
        self.options.iter().any(|(name, _)| *name == long)
    }

    fn all<'a>(&'a self, long: &'a str) -> impl Iterator<Item = &'a str> {
        self.options
            .iter()
            .filter(move |(name, _)| *name == long)
            .map(|(_, value)| value.as_str())
    }

    fn read_variable(
        &mut self,
        row: &Row,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<(), String> {
        // Hosts that run containers tell the port in PORT.
        let names = [variable(row.long), "PORT".to_owned()];
        let names = if row.long == "port" {
            &names[..]
        } else {
            &names[..1]
        };
        // An empty variable is how many tools say "not set".
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let found = names.iter().find_map(|name| Some((name, set(name)?)));
        let Some((name, value)) = found else {
            return Ok(());
        };
        let value = text(name, value)?;
        self.variables.push((row.long, name.clone()));
        match row.value {
            "" if matches!(value.as_str(), "" | "0" | "false" | "no") => {}
            "" => self.options.push((row.long, value)),
            // Options that may be repeated are separated by commas.
            _ if matches!(row.long, "bind" | "cors" | "limit") => {
                let parts = value
                    .split(',')
                    .map(|part| (row.long, part.trim().to_owned()));
                self.options.extend(parts);
            }
            _ => self.options.push((row.long, value)),
        }
        Ok(())
    }

    /// How the user wrote it: the flag, or the variable.
    fn origin(&self, long: &str) -> String {
        let variable = self.variables.iter().find(|(name, _)| *name == long);
        variable.map_or_else(|| format!("--{long}"), |(_, variable)| variable.clone())
    }

    /// The last one counts, as everywhere.
    fn number(&self, long: &str) -> Result<Option<u64>, String> {
        self.all(long)
            .last()
            .map(|value| {
                value
                    .parse()
                    .map_err(|_| format!("{}: '{value}' is not a number", self.origin(long)))
            })
            .transpose()
    }

    /// From one to `most`.
    fn count(&self, long: &str, default: usize, most: usize) -> Result<usize, String> {
        let Some(count) = self.number(long)? else {
            return Ok(default);
        };
        usize::try_from(count)
            .ok()
            .filter(|count| (1..=most).contains(count))
            .ok_or_else(|| format!("{}: {count} is not from 1 to {most}", self.origin(long)))
    }

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

    fn understand(self) -> Result<Command, String> {
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
        let reply_bytes_max = self
            .all("reply-max")
            .last()
            .map(|text| size(text).map_err(|why| format!("{}: {why}", self.origin("reply-max"))))
            .transpose()?;
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

/// A token is a line. What is longer is another file, named by mistake.
const TOKEN_FILE_BYTES_MAX: u64 = 4_096;

fn is_field_value(value: &str) -> bool {
    !value
        .bytes()
        .any(|byte| byte.is_ascii_control() && byte != b'\t')
}

/// `1500`, `64K`, `1M`, `2G`: powers of 1024.
fn size(text: &str) -> Result<u64, String> {
    let bad = || format!("'{text}' is not a size, e.g. 512K or 1M");
    let digits = text.trim_end_matches(['K', 'k', 'M', 'm', 'G', 'g']);
    let shift = match text.get(digits.len()..).unwrap_or_default() {
        "" => 0,
        "K" | "k" => 10,
        "M" | "m" => 20,
        "G" | "g" => 30,
        _ => return Err(bad()),
    };
    let number: u64 = digits.parse().map_err(|_| bad())?;
    number.checked_mul(1 << shift).ok_or_else(bad)
}

/// `ADDR`, `ADDR:PORT`, `[ADDR]:PORT`, `:PORT`; `localhost` and `*` as words.
fn address(text: &str, port: u16) -> Result<SocketAddr, String> {
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

fn wish(name: &str) -> Result<Wish, String> {
    match name {
        "copy" => Ok(Wish::Copy),
        "splice" => Ok(Wish::Splice),
        _ => Err(format!("--transfer: '{name}' is not copy or splice")),
    }
}

fn format(name: &str) -> Result<Format, String> {
    match name {
        "common" => Ok(Format::Common),
        "combined" => Ok(Format::Combined),
        "json" => Ok(Format::Json),
        _ => Err(format!(
            "--access-format: '{name}' is not common, combined or json"
        )),
    }
}

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

#[cfg(test)]
mod tests;
