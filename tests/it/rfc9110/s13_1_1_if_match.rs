//! RFC 9110 section 13.1.1: If-Match, by strong comparison. VLC sends it at every seek.

use super::{judges_each, with_old_digits};

/// True for `*` and for a list with the current tag in it; false is 412.
#[test]
fn the_current_tag_is_in_the_list() {
    judges_each(
        &with_old_digits(),
        &[
            (&["If-Match: TAG"], 200),
            (&["If-Match: *"], 200),
            (&["If-Match: \"a\", TAG"], 200),
            (&["If-Match: TAG,\"a\""], 200),
            (&["If-Match: \"a\" ,\tTAG , \"b\""], 200),
            (&["If-Match: \"a,b\", TAG"], 200),
            (&["If-Match: ,, TAG"], 200),
            (&["If-Match: \"a\"", "If-Match: TAG"], 200),
            (&["If-Match: \"a\""], 412),
            (&["If-Match: \"a\", \"b\""], 412),
            (&["If-Match: \"\""], 412),
            (&["If-Match: TAG", "Range: bytes=0-0"], 206),
            (&["If-Match: \"a\"", "Range: bytes=0-0"], 412),
        ],
    );
}

/// A weak tag never matches by strong comparison.
#[test]
fn a_weak_tag_does_not_match() {
    judges_each(
        &with_old_digits(),
        &[
            (&["If-Match: W/TAG"], 412),
            (&["If-Match: W/TAG, \"a\""], 412),
            (&["If-Match: W/TAG, TAG"], 200),
        ],
    );
}
