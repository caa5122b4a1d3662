//! RFC 9110 section 13.1.4: If-Unmodified-Since.

use super::{AFTER, BEFORE, LONG_AFTER, LONG_BEFORE, MODIFIED, judges_each, with_old_digits};

/// False, and so 412, when the file is newer than the date; what is no date is ignored.
#[test]
fn newer_than_the_date() {
    judges_each(
        &with_old_digits(),
        &[
            (&[&format!("If-Unmodified-Since: {MODIFIED}")], 200),
            (&[&format!("If-Unmodified-Since: {AFTER}")], 200),
            (&[&format!("If-Unmodified-Since: {LONG_AFTER}")], 200),
            (&[&format!("If-Unmodified-Since: {BEFORE}")], 412),
            (&[&format!("If-Unmodified-Since: {LONG_BEFORE}")], 412),
            (&["If-Unmodified-Since: yesterday"], 200),
            (
                &[
                    &format!("If-Unmodified-Since: {MODIFIED}"),
                    "Range: bytes=0-0",
                ],
                206,
            ),
            (
                &[
                    &format!("If-Unmodified-Since: {BEFORE}"),
                    "Range: bytes=0-0",
                ],
                412,
            ),
        ],
    );
}
