//! Owns what the words that were typed mean together, and what is wrong with them, in a line.
//! Knows nothing of where they were typed.

use std::net::{Ipv4Addr, SocketAddr};

use super::secrets;
use super::tell::completions::completions;
use super::tell::man::man;
use super::tell::{help, limits_text};
use super::typed::Typed;
use super::values::{address, format, is_field_value, sandbox, size, wish};
use super::{Command, Config};
use crate::http::cidr::Cidr;
use crate::http::target::is_host;
use crate::limits::Limits;
use crate::net::healthcheck;
use crate::net::journal::Place;
use crate::net::pace::Rates;
use crate::net::sandbox::User;
use crate::site::admission::Terms;
use crate::site::guard::Hosts;
use crate::site::secret::Secret;
use crate::site::{Cors, Site};

impl Typed {
    /// What is asked for instead of serving, whatever else was typed.
    fn printed(&self) -> Result<Option<String>, String> {
        if let Some(shell) = self.all("completions").last() {
            return completions(shell).map(Some);
        }
        let texts = [
            ("help", help as fn() -> String),
            ("man", man),
            ("version", || {
                concat!("reeld ", env!("CARGO_PKG_VERSION"), "\n").to_owned()
            }),
        ];
        Ok(texts
            .into_iter()
            .find_map(|(long, print)| self.has(long).then(print)))
    }

    pub(super) fn understand(self) -> Result<Command, String> {
        if let Some(text) = self.printed()? {
            return Ok(Command::Print(text));
        }
        let limits = self.limits()?;
        if self.has("limits") {
            return Ok(Command::Print(limits_text(&limits)));
        }
        let port = self.port()?;
        let binds: Result<Vec<_>, _> = self.all("bind").map(|bind| address(bind, port)).collect();
        let binds = binds?;
        if self.has("healthcheck") {
            return ask_health(binds, port, &limits);
        }
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
            placed_by: self.placed_by(),
            binds,
            port,
            workers,
            terms: self.terms()?,
            per_client_max: self.bounded("max-per-client", 1, CLIENT_CONNECTIONS_MAX)?,
            pager_threads: self.count("pager-threads", 4, 4)?,
            transfer: self.word("transfer", wish)?,
            rates: self.rates()?,
            follow_links: self.has("follow-links"),
            sandbox: self.word("sandbox", sandbox)?,
            user: self.user()?,
            access_format: self.word("access-format", format)?,
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
                keys: self.keys()?,
                proxies: self.proxies()?,
                is_logged: access_log.is_some(),
                ..Site::default()
            },
            access_log,
            folder: self.folder.unwrap_or_else(|| "videos".into()),
        })))
    }

    fn port(&self) -> Result<u16, String> {
        let Some(port) = self.number("port")? else {
            return Ok(8080);
        };
        u16::try_from(port).map_err(|_| format!("--port: {port} is not a port (0 to 65535)"))
    }

    /// PORT does not count: it is there for whoever reads it.
    fn placed_by(&self) -> Option<String> {
        let typed = ["bind", "port"].into_iter().filter(|long| self.has(long));
        let mut origins = typed.map(|long| self.origin(long));
        origins.find(|origin| origin != "PORT")
    }

    /// One of a few words, or what is meant where none was typed.
    fn word<T: Default>(
        &self,
        long: &str,
        read: fn(&str) -> Result<T, String>,
    ) -> Result<T, String> {
        self.all(long).last().map_or_else(|| Ok(T::default()), read)
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

    /// What belongs to a bound that is not there means nothing, and is no fault: a variable may have stayed.
    fn terms(&self) -> Result<Option<Terms>, String> {
        let Some(streams_max) = self.bounded("max-streams", 1, STREAMS_MAX)? else {
            return Ok(None);
        };
        let wait = self.bounded("queue-wait", 0, QUEUE_WAIT_SECS_MAX)?;
        Ok(Some(Terms {
            streams_max,
            queue_max: self.bounded("queue", 0, STREAMS_MAX)?.unwrap_or(32),
            wait: Limits::secs(wait.unwrap_or(30)),
        }))
    }

    fn proxies(&self) -> Result<Vec<Cidr>, String> {
        let mut all = Vec::new();
        for text in self.all("trusted-proxy") {
            let Some(network) = Cidr::parse(text) else {
                let origin = self.origin("trusted-proxy");
                return Err(format!(
                    "{origin}: '{text}' is no network, e.g. 10.0.0.0/8 or ::1"
                ));
            };
            all.push(network);
        }
        Ok(all)
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
            secrets::token(value).map_err(|why| failed(&why))?
        };
        Ok(Some(secret))
    }

    fn user(&self) -> Result<Option<User>, String> {
        let found = self.all("user").last().map(User::on_this_host).transpose();
        found.map_err(|why| format!("{}: {why}", self.origin("user")))
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

/// Places are searched one after the other.
const STREAMS_MAX: usize = 10_000;
const CLIENT_CONNECTIONS_MAX: usize = 1 << 20;
/// Longer than any client waits.
const QUEUE_WAIT_SECS_MAX: usize = 3_600;
/// Slower, a reader would wait longer for the next bytes than anybody waits for a reader.
const RATE_LEAST: u64 = 1 << 10;
/// No network is faster.
const RATE_MOST: u64 = 1 << 42;

/// Where a server listens that is run with the same options.
fn ask_health(binds: Vec<SocketAddr>, port: u16, limits: &Limits) -> Result<Command, String> {
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    let bound = if binds.is_empty() {
        vec![everywhere]
    } else {
        binds
    };
    if bound.iter().any(|address| address.port() == 0) {
        return Err("--healthcheck: the server's port must be known, not 0".into());
    }
    let patience = Limits::secs(limits.healthcheck_secs_max);
    let beside = bound.into_iter().map(healthcheck::beside).collect();
    Ok(Command::AskHealth(beside, patience))
}
