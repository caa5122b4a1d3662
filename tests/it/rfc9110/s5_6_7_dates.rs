//! RFC 9110 section 5.6.7: the three forms of a date.

use super::{LONG_AFTER, judges_each, with_old_digits};

/// A recipient MUST accept all three forms, and MUST read a two-digit year as the past.
#[test]
fn all_three_forms_are_accepted() {
    judges_each(
        &with_old_digits(),
        &[
            (&["If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"], 304),
            (&["If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT"], 304),
            (&["If-Modified-Since: Sun Nov  6 08:49:37 1994"], 304),
            (&["If-Modified-Since: Sunday, 06-Nov-94 08:49:36 GMT"], 200),
            (&["If-Modified-Since: Sun Nov  6 08:49:36 1994"], 200),
        ],
    );
}

/// What is no date is not there.
#[test]
fn other_forms_are_ignored() {
    judges_each(
        &with_old_digits(),
        &[
            (&["If-Modified-Since: 784111777"], 200),
            (&["If-Modified-Since: 1994-11-06T08:49:37Z"], 200),
            (&["If-Modified-Since: "], 200),
            (&["If-Modified-Since: Sun, 99 Nov 2024 08:49:37 GMT"], 200),
            (&["If-Modified-Since: Sun, 06 Foo 2024 08:49:37 GMT"], 200),
            (&[&format!("If-Modified-Since: {LONG_AFTER}")], 304),
        ],
    );
}
