//! Owns how the table of options is told to people: `--help` and `--limits`; below it the manual page, and what shells
//! complete.
//! Knows nothing of what was typed.

use std::fmt::Write as _;

use super::options::{ROWS, Row};
use crate::limits::Limits;

pub(super) mod completions;
pub(super) mod man;

const VARIABLES: &str = "Each option is also a variable: --max-age is REELD_MAX_AGE, DIR is REELD_DIR. PORT is \
    read as well.\nREELD_ADMIN_TOKEN is the token itself, REELD_SIGN_KEY the keys themselves.";
const SERVICES: &str = "What systemd passes in is used: sockets (LISTEN_FDS) instead of --bind and --port, \
    NOTIFY_SOCKET, WATCHDOG_USEC.";
const SIGNALS: &str =
    "Signals: TERM and INT stop, HUP looks at all files again, USR1 reopens the access log.";

/// An option with its value takes so many columns; the help of a longer one begins on the next line.
const OPTION_COLUMNS: usize = 26;
const HELP_COLUMN: usize = "  -s, ".len() + OPTION_COLUMNS + 1;

/// `--help`.
pub(super) fn help() -> String {
    let mut out = String::from(
        "reeld serves a folder of videos over HTTP.\n\n\
         Usage: reeld [OPTIONS] [DIR]\n       \
         reeld sign PATH --for TIME [OPTIONS]   prints a signed address (reeld sign --help)\n\n  \
         DIR is the folder, 'videos' by default.\n\nOptions:\n",
    );
    write_rows(ROWS, &mut out);
    _ = writeln!(out, "\n{VARIABLES}\n{SERVICES}\n\n{SIGNALS}");
    out
}

pub(super) fn write_rows(rows: &[Row], out: &mut String) {
    for row in rows {
        let short = row
            .short
            .map_or_else(|| "    ".to_owned(), |letter| format!("-{letter}, "));
        let long = format!("--{} {}", row.long, row.value);
        if long.len() > OPTION_COLUMNS {
            _ = write!(out, "  {short}{long}\n{:HELP_COLUMN$}", "");
        } else {
            _ = write!(out, "  {short}{long:<OPTION_COLUMNS$} ");
        }
        _ = writeln!(out, "{}", row.help);
    }
}

/// `--limits`.
pub(super) fn limits_text(limits: &Limits) -> String {
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
