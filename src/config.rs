//! What was typed, and what it means, once.
//!
//! Owns: how the command line and the environment are read, both by the table in `options`: first they are words
//! with values (`typed`), then those have a meaning (`meaning`, `values`). Knows nothing of what the options do.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::{Long, Short, Value};

mod meaning;
mod options;
mod secrets;
mod sign;
mod tell;
mod typed;
mod values;

use options::ROWS;
pub use sign::Order;
use typed::{Typed, text};

use crate::net::journal::Place;
use crate::net::pace::Rates;
use crate::net::sandbox;
use crate::net::transfer::Wish;
use crate::ops::access::Format;
use crate::site::Site;
use crate::site::admission::Terms;

/// What to do.
#[derive(Debug)]
pub enum Command {
    /// Serve.
    Serve(Box<Config>),
    /// Print addresses that open something for a while, and end.
    Sign(Box<Order>),
    /// Print this text and end.
    Print(String),
    /// Ask the server at each of these addresses whether it is well, for so long at most, and end.
    AskHealth(Vec<SocketAddr>, Duration),
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
    /// The option that says where to listen, if any was typed.
    pub placed_by: Option<String>,
    /// Event loops.
    pub workers: usize,
    /// How many streams are served at once, and how many wait.
    pub terms: Option<Terms>,
    /// How many connections one address may have.
    pub per_client_max: Option<usize>,
    /// Threads that wait for pages.
    pub pager_threads: usize,
    /// How spans leave.
    pub transfer: Wish,
    /// How fast they may.
    pub rates: Rates,
    /// Whether links may lead out.
    pub follow_links: bool,
    /// Which walls are put up.
    pub sandbox: sandbox::Wish,
    /// Whom the process becomes.
    pub user: Option<sandbox::User>,
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
    let (mut rows, mut is_first) = (ROWS, true);
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        let was_first = std::mem::take(&mut is_first);
        let row = match argument {
            Long(name) => rows.iter().find(|row| row.long == name),
            Short(letter) => rows.iter().find(|row| row.short == Some(letter)),
            Value(word) if was_first && word == sign::WORD => {
                rows = sign::ROWS;
                continue;
            }
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

    let signs = std::ptr::eq(rows, sign::ROWS);
    for row in rows {
        let is_setting = !row.ends() && (!signs || row.long == sign::IS_SETTING);
        if is_setting && !typed.has(row.long) {
            typed.read_variable(row, &environment)?;
        }
    }
    typed.held_keys = environment("REELD_SIGN_KEY").filter(|keys| !keys.is_empty());
    if signs {
        return typed.order();
    }
    if typed.folder.is_none() {
        typed.folder = environment("REELD_DIR").map(PathBuf::from);
    }
    typed.understand()
}

#[cfg(test)]
mod tests;
