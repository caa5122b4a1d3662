//! Owns the table of options. `tell` makes `--help`, the manual page and what shells complete of it.
//! Knows nothing of what was typed.

/// One option: a row of `--help`.
pub(super) struct Row {
    pub(super) long: &'static str,
    pub(super) short: Option<char>,
    /// What its value is called; empty for a switch. `a|b` are the words that it can be, and `FILE` is a file: shells
    /// offer them.
    pub(super) value: &'static str,
    pub(super) help: &'static str,
}

impl Row {
    /// Whether it is asked for instead of serving: it is typed by somebody, and is no setting.
    pub(super) fn ends(&self) -> bool {
        matches!(
            self.long,
            "help" | "man" | "version" | "limits" | "completions" | "healthcheck"
        )
    }
}

pub(super) const fn row(
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
        "copy|splice",
        "how videos leave (the best that the kernel allows)",
    ),
    row(
        "follow-links",
        None,
        "",
        "let symbolic links lead out of the folder",
    ),
    row(
        "max-streams",
        None,
        "N",
        "serve so many viewers at once, each a client and a file; others wait",
    ),
    row(
        "queue",
        None,
        "N",
        "let so many viewers wait when all places are taken (32)",
    ),
    row(
        "queue-wait",
        None,
        "SECS",
        "answer who has waited so long with 503 (30)",
    ),
    row(
        "max-per-client",
        None,
        "N",
        "connections of one address, or of one /64 of IPv6",
    ),
    row(
        "trusted-proxy",
        None,
        "CIDR",
        "believe Forwarded and X-Forwarded-For from there; may be repeated",
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
        "sign-key-file",
        None,
        "FILE",
        "with the keys in this file, titles open at signed addresses only (reeld sign)",
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
        "common|combined|json",
        "how these lines look (combined)",
    ),
    row(
        "user",
        None,
        "NAME[:GROUP]",
        "once listening, become this user; or numbers, UID[:GID]",
    ),
    row(
        "sandbox",
        None,
        "WHEN",
        "give up all rights that serving needs not: on, off, or require (on)",
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
    row(
        "completions",
        None,
        "bash|zsh|fish",
        "print what a shell can complete, as a script for it, and end",
    ),
    row(
        "healthcheck",
        None,
        "",
        "ask a server that runs with these options if it is well, and end",
    ),
    row("version", Some('V'), "", "print the version and end"),
];
