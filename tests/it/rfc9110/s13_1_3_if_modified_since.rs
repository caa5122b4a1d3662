//! RFC 9110 section 13.1.3: If-Modified-Since.

use super::{AFTER, BEFORE, LONG_AFTER, LONG_BEFORE, MODIFIED, judges_each, with_old_digits};
use crate::server::Server;

/// False, and so 304, when the file is not newer than the date.
#[test]
fn not_newer_than_the_date() {
    judges_each(
        &with_old_digits(),
        &[
            (&[&format!("If-Modified-Since: {MODIFIED}")], 304),
            (&[&format!("If-Modified-Since: {AFTER}")], 304),
            (&[&format!("If-Modified-Since: {LONG_AFTER}")], 304),
            (&[&format!("If-Modified-Since: {BEFORE}")], 200),
            (&[&format!("If-Modified-Since: {LONG_BEFORE}")], 200),
            (&["If-Modified-Since: yesterday"], 200),
        ],
    );
}

/// The fraction of a second that a file's time has must not make it newer than its own date.
#[test]
fn fractions_of_a_second_do_not_count() {
    let server = Server::with_digits(&[]);
    let modified = server
        .get("/video/a.mp4", &[])
        .must("Last-Modified")
        .to_owned();
    let field = format!("If-Modified-Since: {modified}");
    assert_eq!(server.get("/video/a.mp4", &[&field]).status, 304);
}
