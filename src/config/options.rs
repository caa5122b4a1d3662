//! Owns the table of options, and how it is told: `--help`, and the manual page.
//! Knows nothing of what was typed.

use std::fmt::Write as _;

/// One option: a row of `--help`.
pub(super) struct Row {
    pub(super) long: &'static str,
    pub(super) short: Option<char>,
    /// What its value is called; empty for a switch.
    pub(super) value: &'static str,
    pub(super) help: &'static str,
}

const fn row(
    long: &'static str,
    short: Option<char>,
    value: &'static str,
    help: &'static str,
) -> Row {
    Row {
        long,
        short,
        value,
        help,
    }
}

pub(super) const ROWS: &[Row] = &[
    row(
        "port",
        Some('p'),
        "PORT",
        "listen on this port (8080; 0 takes a free one)",
    ),
    row(
        "bind",
        Some('b'),
        "ADDR[:PORT]",
        "listen at this address; may be repeated (all addresses)",
    ),
    row(
        "workers",
        None,
        "N",
        "event loops (one for each core, at most 4)",
    ),
    row(
        "pager-threads",
        None,
        "N",
        "threads that wait for the disk, 1 to 4 (4)",
    ),
    row(
        "transfer",
        None,
        "WAY",
        "copy or splice (the best that the kernel allows)",
    ),
    row(
        "follow-links",
        None,
        "",
        "let symbolic links lead out of the folder",
    ),
    row(
        "reply-max",
        None,
        "SIZE",
        "answer an open-ended range with at most so much, e.g. 1M",
    ),
    row(
        "rate",
        None,
        "SIZE",
        "send each stream no more than so much a second, e.g. 2M",
    ),
    row(
        "rate-burst",
        None,
        "SIZE",
        "but so much at once first (ten seconds' worth, at least 4M)",
    ),
    row(
        "total-rate",
        None,
        "SIZE",
        "send all streams together no more than so much a second",
    ),
    row(
        "max-age",
        None,
        "SECS",
        "let caches keep files so long without asking",
    ),
    row(
        "cdn-max-age",
        None,
        "SECS",
        "the same for caches of your own (CDN-Cache-Control)",
    ),
    row(
        "cors",
        None,
        "ORIGIN",
        "let pages of this origin read replies; '*' for all; may be repeated",
    ),
    row(
        "host",
        None,
        "NAME",
        "be asked by this name as well; '*' for any; may be repeated",
    ),
    row(
        "header",
        None,
        "'NAME: VALUE'",
        "add a field to every reply; may be repeated",
    ),
    row(
        "admin-token",
        None,
        "FILE",
        "who shows the token in this file may see everybody's connections",
    ),
    row(
        "access-log",
        None,
        "FILE",
        "a line for each reply; '-' for standard output (off)",
    ),
    row(
        "access-format",
        None,
        "FORMAT",
        "common, combined or json (combined)",
    ),
    row(
        "grace",
        None,
        "SECS",
        "at a stop, let replies finish for so long (30)",
    ),
    row(
        "limit",
        None,
        "NAME=VALUE",
        "change a bound; may be repeated",
    ),
    row(
        "qr",
        None,
        "",
        "draw the first address as a code for phones to read",
    ),
    row("limits", None, "", "print all bounds and end"),
    row("verbose", Some('v'), "", "log more; twice for most"),
    row(
        "quiet",
        Some('q'),
        "",
        "log errors only, print no addresses",
    ),
    row("help", Some('h'), "", "print this and end"),
    row("man", None, "", "print the manual page and end"),
    row("version", Some('V'), "", "print the version and end"),
];

const VARIABLES: &str = "Each option is also a variable: --max-age is REELD_MAX_AGE, DIR is REELD_DIR. PORT is \
    read as well.\nREELD_ADMIN_TOKEN is the token itself.";
const SIGNALS: &str =
    "Signals: TERM and INT stop, HUP looks at all files again, USR1 reopens the access log.";

/// `--help`.
pub(super) fn help() -> String {
    let mut out = String::from(
        "reeld serves a folder of videos over HTTP.\n\n\
         Usage: reeld [OPTIONS] [DIR]\n\n  \
         DIR is the folder, 'videos' by default.\n\nOptions:\n",
    );
    for row in ROWS {
        let short = row
            .short
            .map_or_else(|| "    ".to_owned(), |letter| format!("-{letter}, "));
        let long = format!("--{} {}", row.long, row.value);
        _ = writeln!(out, "  {short}{long:<26} {}", row.help);
    }
    _ = writeln!(out, "\n{VARIABLES}\n\n{SIGNALS}");
    out
}

/// The manual page: `reeld --man > reeld.1`.
pub(super) fn man() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut out = format!(
        ".TH REELD 1 \"\" \"reeld {version}\"\n.SH NAME\nreeld \\- serves a folder of videos over HTTP\n\
         .SH SYNOPSIS\n.B reeld\n[\\fIOPTIONS\\fR] [\\fIDIR\\fR]\n.SH DESCRIPTION\n\
         Serves the videos in DIR, \\(oqvideos\\(cq by default, to browsers, phones, TVs and players.\n\
         .SH OPTIONS\n"
    );
    for row in ROWS {
        out.push_str(".TP\n");
        if let Some(letter) = row.short {
            _ = write!(out, "\\fB\\-{letter}\\fR, ");
        }
        let long = row.long.replace('-', "\\-");
        _ = write!(out, "\\fB\\-\\-{long}\\fR");
        if !row.value.is_empty() {
            _ = write!(out, " \\fI{}\\fR", plain(row.value));
        }
        _ = writeln!(out, "\n{}", plain(row.help));
    }
    let (variables, signals) = (plain(VARIABLES), plain(SIGNALS));
    _ = writeln!(out, ".SH ENVIRONMENT\n{variables}\n.SH SIGNALS\n{signals}");
    out
}

/// Text in which troff finds nothing to obey.
fn plain(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    let lines = text.lines().map(|line| match line.as_bytes().first() {
        Some(b'.' | b'\'') => format!("\\&{line}"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}
