//! How the program is run: arguments, variables, output, signals.
//!
//! Owns what an operator sees. What clients see is elsewhere.

mod access_log;
mod admin_token;
mod arguments;
mod binding;
mod completions;
mod environment;
mod healthcheck;
mod intrusion;
mod notify;
mod passed;
mod pipes;
mod qr;
mod sandbox;
mod signals;
mod units;
mod user;

use crate::server::Outcome;

/// Asserts that a start failed with one clear line on stderr and nothing on stdout.
pub(crate) fn assert_fails(outcome: &Outcome, code: i32, what: &str) {
    assert_eq!(outcome.code, Some(code), "{what}: {outcome:?}");
    assert!(outcome.stderr.starts_with("reeld: "), "{what}: {outcome:?}");
    assert!(outcome.stderr.ends_with('\n'), "{what}: {outcome:?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{what}: {outcome:?}");
    assert_eq!(outcome.stdout, "", "{what}");
}
