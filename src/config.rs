//! What was typed, and what it means, once.
//!
//! Owns: how the command line and the environment are read, both by the table in `options`: first they are words
//! with values (`typed`), then those have a meaning (`meaning`, `values`). Knows nothing of what the options do.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value};

mod meaning;
mod options;
mod typed;
mod values;

use options::ROWS;
use typed::{Typed, text};

use crate::net::journal::Place;
use crate::net::pace::Rates;
use crate::net::transfer::Wish;
use crate::ops::access::Format;
use crate::site::Site;

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
    /// How fast they may.
    pub rates: Rates,
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

#[cfg(test)]
mod tests;
