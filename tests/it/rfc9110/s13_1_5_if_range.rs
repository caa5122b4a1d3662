//! RFC 9110 section 13.1.5: If-Range, the part if it is still the same file, else all of it.

use std::time::{Duration, SystemTime};

use super::{AFTER, BEFORE, LONG_AFTER, MODIFIED, judges_each, with_old_digits};
use crate::server::Server;

const RANGE: &str = "Range: bytes=2-4";

/// A tag matches by strong comparison only.
#[test]
fn a_tag() {
    judges_each(
        &with_old_digits(),
        &[
            (&[RANGE, "If-Range: TAG"], 206),
            (&["If-Range: TAG", RANGE], 206),
            (&[RANGE, "If-Range: \"other\""], 200),
            (&[RANGE, "If-Range: W/TAG"], 200),
            (&[RANGE, "If-Range: *"], 200),
            (&[RANGE, "If-Range: nonsense"], 200),
            (&[RANGE, "If-Range: "], 200),
            (&[RANGE, "If-Range: TAG, \"other\""], 200),
        ],
    );
}

/// A date matches when it is exactly the file's, and a strong validator.
#[test]
fn a_date() {
    judges_each(
        &with_old_digits(),
        &[
            (&[RANGE, &format!("If-Range: {MODIFIED}")], 206),
            (&[RANGE, &format!("If-Range: {BEFORE}")], 200),
            (&[RANGE, &format!("If-Range: {AFTER}")], 200),
            (&[RANGE, &format!("If-Range: {LONG_AFTER}")], 200),
        ],
    );
}

/// A date that is not past by a second is weak: the file may change again within it.
#[test]
fn a_date_that_is_not_past_is_weak() {
    let soon = SystemTime::now() + Duration::from_secs(40);
    let server = Server::start(&[], |folder| {
        folder.write("a.mp4", "0123456789");
        folder.set_modified("a.mp4", soon);
    });
    let reply = server.get("/video/a.mp4", &[]);
    let field = format!(
        "If-Range: {}",
        reply
            .field("Last-Modified")
            .unwrap_or_else(|| reply.must("Date"))
    );
    assert_eq!(server.get("/video/a.mp4", &[RANGE, &field]).status, 200);
}

/// Without Range it MUST be ignored; and it guards an unsatisfiable range like any other.
#[test]
fn with_no_range_or_one_that_cannot_be_met() {
    judges_each(
        &with_old_digits(),
        &[
            (&["If-Range: TAG"], 200),
            (&["If-Range: \"other\""], 200),
            (&["Range: bytes=99-", "If-Range: TAG"], 416),
            (&["Range: bytes=99-", "If-Range: \"other\""], 200),
        ],
    );
}
