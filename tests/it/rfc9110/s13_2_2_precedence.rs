//! RFC 9110 section 13.2.2: the order in which preconditions are evaluated.
//!
//! ```text
//! 1 If-Match  2 else If-Unmodified-Since  3 If-None-Match  4 else If-Modified-Since  5 If-Range
//! ```

use super::{AFTER, BEFORE, MODIFIED, Row, judges_each, with_old_digits};

/// Steps 1 and 2: with If-Match there, If-Unmodified-Since is not looked at.
#[test]
fn if_match_stands_before_if_unmodified_since() {
    let older = &format!("If-Unmodified-Since: {BEFORE}");
    let newer = &format!("If-Unmodified-Since: {AFTER}");
    judges_each(
        &with_old_digits(),
        &[
            (&["If-Match: TAG", older], 200),
            (&["If-Match: *", older], 200),
            (&["If-Match: \"a\"", newer], 412),
        ],
    );
}

/// Steps 3 and 4: with If-None-Match there, If-Modified-Since is not looked at.
#[test]
fn if_none_match_stands_before_if_modified_since() {
    let same = &format!("If-Modified-Since: {MODIFIED}");
    let older = &format!("If-Modified-Since: {BEFORE}");
    judges_each(
        &with_old_digits(),
        &[
            (&["If-None-Match: \"a\"", same], 200),
            (&["If-None-Match: TAG", older], 304),
            (&["If-None-Match: TAG", same], 304),
            (&[same, "If-None-Match: \"a\""], 200),
        ],
    );
}

/// Steps 1 and 2 stand before steps 3 and 4: 412 before 304.
#[test]
fn failure_stands_before_not_modified() {
    let same = &format!("If-Modified-Since: {MODIFIED}");
    let older = &format!("If-Unmodified-Since: {BEFORE}");
    let newer = &format!("If-Unmodified-Since: {AFTER}");
    judges_each(
        &with_old_digits(),
        &[
            (&["If-Match: \"a\"", "If-None-Match: TAG"], 412),
            (&["If-None-Match: TAG", "If-Match: \"a\""], 412),
            (&["If-Match: TAG", "If-None-Match: TAG"], 304),
            (&["If-Match: TAG", same], 304),
            (&["If-Match: \"a\"", same], 412),
            (&[older, "If-None-Match: TAG"], 412),
            (&[newer, "If-None-Match: TAG"], 304),
            (&[older, same], 412),
            (&[newer, same], 304),
        ],
    );
}

/// Step 5 comes last: a range is only looked at when all others let the request pass.
#[test]
fn ranges_come_last() {
    let same = &format!("If-Modified-Since: {MODIFIED}");
    let range = "Range: bytes=2-4";
    let table: [Row<'_>; 8] = [
        (&[range, "If-None-Match: TAG"], 304),
        (&[range, "If-None-Match: TAG", "If-Range: TAG"], 304),
        (&[range, same], 304),
        (&[range, "If-Match: \"a\"", "If-Range: TAG"], 412),
        (&[range, "If-Match: TAG", "If-Range: TAG"], 206),
        (&[range, "If-Match: TAG", "If-Range: \"a\""], 200),
        (&[range, "If-None-Match: \"a\"", "If-Range: TAG"], 206),
        (&[range, "If-None-Match: \"a\"", "If-Range: \"a\""], 200),
    ];
    judges_each(&with_old_digits(), &table);
}
