//! RFC 9110 section 13.1.2: If-None-Match, by weak comparison.

use super::{judges_each, with_old_digits};

/// False, and so 304, for `*` and for a list with the current tag in it.
#[test]
fn the_current_tag_is_in_the_list() {
    judges_each(
        &with_old_digits(),
        &[
            (&["If-None-Match: TAG"], 304),
            (&["If-None-Match: *"], 304),
            (&["If-None-Match: \"a\", TAG"], 304),
            (&["If-None-Match: TAG,\"a\""], 304),
            (&["If-None-Match: \"a,b\",TAG"], 304),
            (&["If-None-Match: \"a\"", "If-None-Match: TAG"], 304),
            (&["If-None-Match: \"a\""], 200),
            (&["If-None-Match: \"a\", W/\"b\""], 200),
            (&["If-None-Match: \"\""], 200),
        ],
    );
}

/// A weak tag matches the strong one of the same spelling.
#[test]
fn a_weak_tag_matches() {
    judges_each(
        &with_old_digits(),
        &[
            (&["If-None-Match: W/TAG"], 304),
            (&["If-None-Match: \"a\", W/TAG"], 304),
            (&["If-None-Match: w/TAG"], 200),
        ],
    );
}
