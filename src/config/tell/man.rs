//! Owns the manual page: `reeld --man > reeld.1`.
//! Knows nothing of what was typed.

use std::fmt::Write as _;

use super::{SERVICES, SIGNALS, VARIABLES};
use crate::config::options::{ROWS, Row};
use crate::config::sign;

const CODES: &str = ".TP\n0\nit was stopped, or has printed what it was asked for, or is well (--healthcheck)\n\
    .TP\n1\nit could not start, or is not well\n.TP\n2\na wrong option\n";
const EXAMPLES: &str = ".TP\nA folder, and its address as a code for phones:\n.B reeld --qr ~/Videos\n\
    .TP\nFor this host alone, on another port:\n.B reeld -b 127.0.0.1 -p 9000 ~/Videos\n\
    .TP\nWhat bash completes:\n.B reeld --completions bash > /etc/bash_completion.d/reeld\n";

pub(in crate::config) fn man() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut out = format!(
        ".TH REELD 1 \"\" \"reeld {version}\"\n.SH NAME\nreeld \\- serves a folder of videos over HTTP\n\
         .SH SYNOPSIS\n.B reeld\n[\\fIOPTIONS\\fR] [\\fIDIR\\fR]\n.SH DESCRIPTION\n\
         Serves the videos in DIR, \\(oqvideos\\(cq by default, to browsers, phones, TVs and players.\n\
         .SH OPTIONS\n"
    );
    write_rows(ROWS, &mut out);
    out.push_str(
        ".SH SIGNED ADDRESSES\n.B reeld sign\n\\fIPATH\\fR \\fB\\-\\-for\\fR \\fITIME\\fR \
         [\\fIOPTIONS\\fR]\n.PP\nPrints addresses that open a title, or a folder, for a while.\n",
    );
    write_rows(sign::ROWS, &mut out);
    let [variables, services, signals] = [VARIABLES, SERVICES, SIGNALS].map(plain);
    let [codes, examples] =
        [CODES, EXAMPLES].map(|text| text.replace('-', "\\-").replace('~', "\\(ti"));
    _ = write!(
        out,
        ".SH EXIT STATUS\n{codes}.SH ENVIRONMENT\n{variables}\n{services}\n\
         .SH SIGNALS\n{signals}\n.SH EXAMPLES\n{examples}"
    );
    out
}

fn write_rows(rows: &[Row], out: &mut String) {
    for row in rows {
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
