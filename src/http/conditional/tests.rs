//! Preconditions: RFC 9110 section 13 row by row, then whatever a list of tags may look like.

use proptest::prelude::*;

use super::{Tag, Validators, Verdict, judge, range_applies, tags};
use crate::http::date;
use crate::http::request::{Parsed, Request, Scan, View, parse};
use crate::limits::Limits;

const OURS: Validators<'_> = Validators {
    etag: b"\"ours\"",
    modified: Some(784_111_777),
};

/// The date of our file in the three forms, a second earlier, a second later.
const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const SAME_850: &str = "Sunday, 06-Nov-94 08:49:37 GMT";
const SAME_ASCTIME: &str = "Sun Nov  6 08:49:37 1994";
const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

fn with<T>(lines: &[(&str, &str)], look: impl FnOnce(&View<'_>) -> T) -> T {
    let mut head = b"GET / HTTP/1.1\r\nHost: tv\r\n".to_vec();
    for (name, value) in lines {
        head.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    let request: Request = match parse(&head, &mut Scan::default(), &Limits::default()) {
        Parsed::Request(request) => request,
        other @ (Parsed::NeedMore | Parsed::Refused(_)) => panic!("{other:?}"),
    };
    look(&View::new(&request, &head))
}

fn judged(lines: &[(&str, &str)]) -> Verdict {
    with(lines, |view| judge(view, OURS))
}

use Verdict::{Failed, NotModified, Proceed};

#[test]
fn s13_1_1_if_match() {
    for (value, verdict) in [
        ("\"ours\"", Proceed),
        ("*", Proceed),
        ("\"a\", \"ours\"", Proceed),
        ("\"a\",\"ours\",\"b\"", Proceed),
        ("\"ours\" , \"b\"", Proceed),
        ("\"theirs\"", Failed),
        ("\"our\"", Failed),
        ("\"OURS\"", Failed),
        // Strong comparison: a weak tag never matches.
        ("W/\"ours\"", Failed),
        ("W/\"ours\", \"ours\"", Proceed),
        // No tag at all matches nothing.
        ("", Failed),
        ("ours", Failed),
        ("'ours'", Failed),
        ("\"ours", Failed),
        ("ours\"", Failed),
    ] {
        assert_eq!(judged(&[("If-Match", value)]), verdict, "{value}");
    }
    let lines = [("If-Match", "\"a\""), ("If-Match", "\"ours\"")];
    assert_eq!(judged(&lines), Proceed, "two fields are one list");
}

#[test]
fn s13_1_2_if_none_match() {
    for (value, verdict) in [
        ("\"ours\"", NotModified),
        ("*", NotModified),
        (" * ", NotModified),
        ("\"a\", \"ours\"", NotModified),
        ("\"a,b\", \"ours\"", NotModified),
        ("\"\", \"ours\"", NotModified),
        // Weak comparison: the W/ does not matter.
        ("W/\"ours\"", NotModified),
        ("W/\"a\", W/\"ours\"", NotModified),
        ("\"theirs\"", Proceed),
        ("W/\"theirs\"", Proceed),
        ("\"a, \"ours\"", Proceed),
        ("\"a\\\", \"ours\"", NotModified),
        ("w/\"ours\"", Proceed),
        ("W\"ours\"", Proceed),
        ("W/ \"ours\"", Proceed),
        ("", Proceed),
        ("ours", Proceed),
    ] {
        assert_eq!(judged(&[("If-None-Match", value)]), verdict, "{value}");
    }
    let lines = [("If-None-Match", "\"a\""), ("If-None-Match", "\"ours\"")];
    assert_eq!(judged(&lines), NotModified, "two fields are one list");
}

#[test]
fn s13_1_3_if_modified_since() {
    for (value, verdict) in [
        (SAME, NotModified),
        (SAME_850, NotModified),
        (SAME_ASCTIME, NotModified),
        (AFTER, NotModified),
        ("Fri, 31 Dec 2100 23:59:59 GMT", NotModified),
        (BEFORE, Proceed),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Proceed),
        // What is no date is no condition.
        ("", Proceed),
        ("yesterday", Proceed),
        ("784111777", Proceed),
        ("Sun, 06 Nov 1994 08:49:37", Proceed),
        ("Sun, 06 Nov 1994 08:49:37 CET", Proceed),
        ("Sun, 32 Nov 1994 08:49:37 GMT", Proceed),
        ("Sun, 06 Nov 1994 25:49:37 GMT", Proceed),
        ("1994-11-06T08:49:37Z", Proceed),
    ] {
        assert_eq!(judged(&[("If-Modified-Since", value)]), verdict, "{value}");
    }
}

#[test]
fn s13_1_4_if_unmodified_since() {
    for (value, verdict) in [
        (SAME, Proceed),
        (SAME_850, Proceed),
        (SAME_ASCTIME, Proceed),
        (AFTER, Proceed),
        (BEFORE, Failed),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Failed),
        ("", Proceed),
        ("yesterday", Proceed),
        ("0", Proceed),
    ] {
        let lines = [("If-Unmodified-Since", value)];
        assert_eq!(judged(&lines), verdict, "{value}");
    }
}

/// RFC 9110 13.2.2: who is asked first, and who is not asked at all.
#[test]
fn s13_2_2_precedence() {
    let (matching, none_match) = ("If-Match", "If-None-Match");
    let (unmodified, modified) = ("If-Unmodified-Since", "If-Modified-Since");
    for (lines, verdict) in [
        (&[][..], Proceed),
        // 1 before 2: If-Unmodified-Since is not looked at.
        (&[(matching, "\"ours\""), (unmodified, BEFORE)], Proceed),
        (&[(matching, "\"a\""), (unmodified, AFTER)], Failed),
        // 3 before 4: If-Modified-Since is not looked at.
        (&[(none_match, "\"a\""), (modified, SAME)], Proceed),
        (&[(none_match, ""), (modified, SAME)], Proceed),
        (&[(none_match, "\"ours\""), (modified, BEFORE)], NotModified),
        // 1 and 2 before 3 and 4.
        (&[(matching, "\"a\""), (none_match, "\"ours\"")], Failed),
        (&[(matching, "\"a\""), (modified, SAME)], Failed),
        (&[(unmodified, BEFORE), (none_match, "\"ours\"")], Failed),
        (&[(unmodified, BEFORE), (modified, AFTER)], Failed),
        (&[(matching, "*"), (none_match, "*")], NotModified),
        (&[(matching, "\"ours\""), (modified, SAME)], NotModified),
        (&[(unmodified, SAME), (modified, SAME)], NotModified),
        (&[(unmodified, SAME), (modified, BEFORE)], Proceed),
        (&[(unmodified, "no date"), (none_match, "\"a\"")], Proceed),
    ] {
        let found = judged(lines);
        assert_eq!(found, verdict, "{lines:?}");
        let backwards: Vec<_> = lines.iter().rev().copied().collect();
        assert_eq!(
            judged(&backwards),
            verdict,
            "their order is not in the field order"
        );
    }
}

/// What has no date is not older nor newer than anything.
#[test]
fn without_a_date_of_ours() {
    let ours = Validators {
        modified: None,
        ..OURS
    };
    for field in ["If-Modified-Since", "If-Unmodified-Since"] {
        for value in [BEFORE, SAME, AFTER] {
            let verdict = with(&[(field, value)], |view| judge(view, ours));
            assert_eq!(verdict, Proceed, "{field}: {value}");
        }
    }
    assert!(!with(&[("If-Range", SAME)], |view| range_applies(
        view,
        ours,
        u64::MAX
    )));
    assert!(with(&[("If-Range", "\"ours\"")], |view| range_applies(
        view, ours, 0
    )));
}

#[test]
fn s13_1_5_if_range() {
    let long_after = 784_111_777 + 3_600;
    for (value, applies) in [
        ("\"ours\"", true),
        ("W/\"ours\"", false),
        ("\"theirs\"", false),
        ("\"ours", false),
        ("ours", false),
        ("*", false),
        ("", false),
        (SAME, true),
        (SAME_850, true),
        (SAME_ASCTIME, true),
        // Exactly ours, neither earlier nor later.
        (BEFORE, false),
        (AFTER, false),
        ("Sun, 06 Nov 1994", false),
    ] {
        let found = with(&[("If-Range", value)], |view| {
            range_applies(view, OURS, long_after)
        });
        assert_eq!(found, applies, "{value}");
    }
    assert!(
        with(&[], |view| range_applies(view, OURS, long_after)),
        "without the field"
    );
    // A date is strong only once its second is over (RFC 9110 8.8.2.2).
    for (now, applies) in [(776, false), (777, false), (778, true), (779, true)] {
        let now = 784_111_000 + now;
        let found = with(&[("If-Range", SAME)], |view| range_applies(view, OURS, now));
        assert_eq!(found, applies, "{now}");
        assert!(with(&[("If-Range", "\"ours\"")], |view| range_applies(
            view, OURS, now
        )));
    }
}

/// Other conditions do not change what If-Range says, and it does not change them.
#[test]
fn if_range_stands_apart() {
    let lines = [("If-Range", "\"theirs\""), ("If-None-Match", "\"ours\"")];
    assert_eq!(judged(&lines), NotModified);
    assert_eq!(judged(&[("If-Range", "\"theirs\"")]), Proceed);
}

#[test]
fn lists_of_tags() {
    let (strong, weak) = (Tag::Strong, Tag::Weak);
    for (field, found) in [
        (&b""[..], vec![]),
        (b" \t, ,", vec![]),
        (b"\"a\"", vec![strong(b"\"a\"")]),
        (b"\"\"", vec![strong(b"\"\"")]),
        (b"W/\"a\"", vec![weak(b"\"a\"")]),
        (b"W/\"\"", vec![weak(b"\"\"")]),
        (
            b",, \"a\" ,\t,W/\"b\",",
            vec![strong(b"\"a\""), weak(b"\"b\"")],
        ),
        (b"\"a\"\"b\"", vec![strong(b"\"a\""), strong(b"\"b\"")]),
        (b"\"a,b\",\"c\"", vec![strong(b"\"a,b\""), strong(b"\"c\"")]),
        (b"\"W/\"", vec![strong(b"\"W/\"")]),
        (b"\"*\"", vec![strong(b"\"*\"")]),
        (b"\"\\\"", vec![strong(b"\"\\\"")]),
        (b"\"\xff\x80\"", vec![strong(b"\"\xff\x80\"")]),
        (b"*", vec![Tag::Any]),
        (b" * ", vec![Tag::Any]),
        (b"**", vec![]),
        (b"*, \"a\"", vec![]),
        (b"W/", vec![]),
        (b"W", vec![]),
        (b"W/W/\"a\"", vec![]),
        (b"w/\"a\"", vec![]),
        (b"\"", vec![]),
        (b"W/\"", vec![]),
        (b"\"a\", \"b", vec![strong(b"\"a\"")]),
        (b"\"a\", b, \"c\"", vec![strong(b"\"a\"")]),
        (b"\"a\"; \"b\"", vec![strong(b"\"a\"")]),
    ] {
        let all: Vec<Tag<'_>> = tags(field).collect();
        assert_eq!(all, found, "{}", field.escape_ascii());
    }
}

proptest! {
    /// A list that is written is read: in any spelling of its commas, and cut anywhere it gives
    /// the tags that are whole.
    #[test]
    fn what_is_written_is_read(
        list in prop::collection::vec((any::<bool>(), "[!#-~]{0,6}"), 0..6),
        comma in "[ \t]{0,2},[ \t,]{0,3}",
        cut: prop::sample::Index,
    ) {
        let texts: Vec<String> = list
            .iter()
            .map(|(is_weak, tag)| format!("{}\"{tag}\"", if *is_weak { "W/" } else { "" }))
            .collect();
        let field = texts.join(&comma);
        let show = |tag: Tag<'_>| match tag {
            Tag::Any => "*".to_owned(),
            Tag::Strong(tag) => tag.escape_ascii().to_string(),
            Tag::Weak(tag) => format!("W/{}", tag.escape_ascii()),
        };
        let expected: Vec<String> =
            texts.iter().map(|text| text.as_bytes().escape_ascii().to_string()).collect();
        prop_assert_eq!(tags(field.as_bytes()).map(show).collect::<Vec<_>>(), &expected[..]);

        let cut = cut.index(field.len() + 1);
        let some: Vec<String> = tags(&field.as_bytes()[..cut]).map(show).collect();
        prop_assert!(expected.starts_with(&some), "{:?} of {:?}", some, expected);
    }

    #[test]
    fn any_bytes_end(field in prop::collection::vec(any::<u8>(), 0..64)) {
        for tag in tags(&field) {
            if let Tag::Strong(tag) | Tag::Weak(tag) = tag {
                prop_assert!(tag.len() >= 2 && tag.starts_with(b"\"") && tag.ends_with(b"\""));
            }
        }
    }

    /// The dates of a table are not special: the comparison is that of the seconds.
    #[test]
    fn dates_are_compared_by_seconds(modified in 0..4_000_000_000_u64, offset in -2..=2_i64) {
        let ours = Validators { modified: Some(modified), ..OURS };
        let since = modified.saturating_add_signed(offset);
        let value = String::from_utf8(date::format(since).to_vec()).unwrap();
        let verdict = |field| with(&[(field, value.as_str())], |view| judge(view, ours));
        let newer = modified > since;
        prop_assert_eq!(verdict("If-Modified-Since") == Proceed, newer);
        prop_assert_eq!(verdict("If-Unmodified-Since") == Failed, newer);
        let applies = with(&[("If-Range", value.as_str())], |view| {
            range_applies(view, ours, modified + 1)
        });
        prop_assert_eq!(applies, modified == since);
    }
}
