//! Seeks as a table, as laws, and at the borders of the numbers.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test that is wrong about a number shall panic"
)]

use proptest::prelude::*;

use super::{Bounds, Selection, Span, select, write_number};

const UNSATISFIABLE: Selection = Selection::Unsatisfiable;

fn span(start: u64, end: u64) -> Span {
    Span::new(start, end).unwrap()
}

fn one(start: u64, end: u64) -> Selection {
    Selection::One(span(start, end))
}

fn many(spans: &[(u64, u64)]) -> Selection {
    Selection::Many(spans.iter().map(|&(a, b)| span(a, b)).collect())
}

fn of(field: &str, len: u64) -> Selection {
    select(field.as_bytes(), len, &Bounds::default())
}

/// RFC 9110 14.1.2, of a file of ten bytes.
#[test]
fn each_form() {
    for (field, selected) in [
        // a-b
        ("bytes=0-0", one(0, 1)),
        ("bytes=0-9", one(0, 10)),
        ("bytes=2-5", one(2, 6)),
        ("bytes=9-9", one(9, 10)),
        ("bytes=5-10", one(5, 10)),
        ("bytes=5-999", one(5, 10)),
        ("bytes=10-10", UNSATISFIABLE),
        ("bytes=10-99", UNSATISFIABLE),
        ("bytes=000002-0005", one(2, 6)),
        // a-
        ("bytes=0-", one(0, 10)),
        ("bytes=9-", one(9, 10)),
        ("bytes=10-", UNSATISFIABLE),
        ("bytes=11-", UNSATISFIABLE),
        // -n
        ("bytes=-1", one(9, 10)),
        ("bytes=-10", one(0, 10)),
        ("bytes=-11", one(0, 10)),
        ("bytes=-0", UNSATISFIABLE),
        ("bytes=-000", UNSATISFIABLE),
    ] {
        assert_eq!(of(field, 10), selected, "{field}");
    }
}

/// The unit is case-insensitive, white space and empty elements of the list are allowed.
#[test]
fn each_spelling() {
    for field in [
        "Bytes=2-5",
        "BYTES=2-5",
        "bytes= 2-5",
        "bytes=2-5 ",
        "bytes=\t2-5\t",
        "bytes=,2-5",
        "bytes=2-5,",
        "bytes=, ,2-5,\t,",
    ] {
        assert_eq!(of(field, 10), one(2, 6), "{field}");
    }
}

/// What the field does not say clearly is ignored: 200 with the whole file.
#[test]
fn what_is_ignored() {
    for field in [
        "",
        "bytes",
        "bytes=",
        "bytes= ",
        "bytes=,",
        "bytes=-",
        "bytes=--1",
        "bytes=5-2",
        "bytes=0-0,5-2",
        "bytes=1",
        "bytes=1-2-3",
        "bytes=a-b",
        "bytes=1-b",
        "bytes=0x1-0x2",
        "bytes=+1-2",
        "bytes=1-+2",
        "bytes=1 -2",
        "bytes=1- 2",
        "bytes=1.5-2",
        "bytes=\u{661}-\u{662}",
        "bytes =1-2",
        " bytes=1-2",
        "bytes:1-2",
        "byte=1-2",
        "seconds=1-2",
        "items=0-1",
        "none",
        "bytes=0-1;2-3",
        "bytes=0-1 2-3",
        "bytes=*",
        "bytes=0-1,*",
        "bytes=20-30,x",
    ] {
        assert_eq!(of(field, 10), Selection::Whole, "{field}");
    }
}

#[test]
fn an_empty_file_is_always_whole() {
    for field in ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0", "bytes=5-"] {
        assert_eq!(of(field, 0), Selection::Whole, "{field}");
    }
}

/// Several ranges of a file of a hundred bytes.
#[test]
fn each_set() {
    for (field, selected) in [
        ("bytes=0-9,20-29", many(&[(0, 10), (20, 30)])),
        ("bytes=20-29,0-9", many(&[(20, 30), (0, 10)])),
        ("bytes=-10,0-9", many(&[(90, 100), (0, 10)])),
        ("bytes=0-0,-1", many(&[(0, 1), (99, 100)])),
        ("bytes=50-,0-9", many(&[(50, 100), (0, 10)])),
        // Those that touch no byte are dropped beside those that do.
        ("bytes=0-9,100-,-0", one(0, 10)),
        ("bytes=200-,0-9,100-200,20-29", many(&[(0, 10), (20, 30)])),
        ("bytes=100-,200-300,-0", UNSATISFIABLE),
        // Overlapping, touching, repeated, inside one another: joined in the place of the first.
        ("bytes=0-9,5-14", one(0, 15)),
        ("bytes=0-9,10-19", one(0, 20)),
        ("bytes=10-19,0-9", one(0, 20)),
        ("bytes=0-9,0-9,0-9", one(0, 10)),
        ("bytes=0-50,10-20", one(0, 51)),
        ("bytes=10-20,0-50", one(0, 51)),
        ("bytes=0-9,11-19", many(&[(0, 10), (11, 20)])),
        ("bytes=40-49,0-9,50-59", many(&[(40, 60), (0, 10)])),
        ("bytes=0-9,40-49,5-44", one(0, 50)),
        ("bytes=0-9,60-69,20-29,10-19", many(&[(0, 30), (60, 70)])),
        ("bytes=60-69,20-29,0-9,10-19", many(&[(60, 70), (0, 30)])),
        // All of it in parts is the whole.
        ("bytes=0-,0-", one(0, 100)),
        ("bytes=0-49,50-99", one(0, 100)),
        ("bytes=-50,0-49", one(0, 100)),
    ] {
        assert_eq!(of(field, 100), selected, "{field}");
    }
}

#[test]
fn too_many_or_too_long_is_the_whole() {
    let ranges = |count: u64| {
        let all: Vec<String> = (0..count).map(|at| format!("{0}-{0}", at * 5)).collect();
        format!("bytes={}", all.join(","))
    };
    assert!(matches!(of(&ranges(8), 1_000), Selection::Many(spans) if spans.len() == 8));
    assert_eq!(of(&ranges(9), 1_000), Selection::Whole);
    assert_eq!(
        of(&format!("{},{}", ranges(8), "5000-"), 1_000),
        Selection::Whole,
        "those out of the file count as well"
    );
    assert_eq!(
        of(&format!("{}{}", ranges(8), ",".repeat(900)), 1_000),
        of(&ranges(8), 1_000),
        "empty elements do not count"
    );

    let padded = |bytes: usize| format!("bytes={:0>1$}-2", 1, bytes - "bytes=-2".len());
    assert_eq!(padded(1_024).len(), 1_024);
    assert_eq!(of(&padded(1_024), 1_000), one(1, 3));
    assert_eq!(of(&padded(1_025), 1_000), Selection::Whole);
}

/// Only an open-ended range is cut: who names its end gets it.
#[test]
fn the_longest_open_reply() {
    let bounds = |most| Bounds {
        open_bytes_max: Some(most),
        ..Bounds::default()
    };
    for (field, most, selected) in [
        ("bytes=0-", 10, one(0, 10)),
        ("bytes=95-", 10, one(95, 100)),
        ("bytes=90-", 10, one(90, 100)),
        ("bytes=0-", 100, one(0, 100)),
        ("bytes=0-", u64::MAX, one(0, 100)),
        ("bytes=7-", u64::MAX, one(7, 100)),
        ("bytes=0-49", 10, one(0, 50)),
        ("bytes=-50", 10, one(50, 100)),
        ("bytes=0-,50-", 10, many(&[(0, 10), (50, 60)])),
        ("bytes=100-", 10, UNSATISFIABLE),
        ("bytes=3-", 0, one(3, 4)),
    ] {
        let found = select(field.as_bytes(), 100, &bounds(most));
        assert_eq!(found, selected, "{field} at most {most}");
    }
}

/// The borders of 31, 32, 63 and 64 bits, as numbers in the field and as lengths of the file.
#[test]
fn large_numbers() {
    let borders = [1_u128 << 31, 1 << 32, 1 << 63, 1 << 64];
    let near = borders.iter().flat_map(|&at| [at - 1, at, at + 1]);
    let numbers: Vec<u128> = near.chain([u128::MAX]).collect();
    for &len in numbers.iter().filter(|&&len| len <= u128::from(u64::MAX)) {
        let len = u64::try_from(len).unwrap();
        for &number in &numbers {
            let inside = u64::try_from(number).ok().filter(|&at| at < len);
            let from = inside.map_or(UNSATISFIABLE, |at| one(at, len));
            let byte = inside.map_or(UNSATISFIABLE, |at| one(at, at + 1));
            let upto = one(0, inside.map_or(len, |at| at + 1));
            let last = one(inside.map_or(0, |count| len - count), len);
            assert_eq!(of(&format!("bytes={number}-"), len), from, "{len}");
            assert_eq!(of(&format!("bytes={number}-{number}"), len), byte, "{len}");
            assert_eq!(of(&format!("bytes=0-{number}"), len), upto, "{len}");
            assert_eq!(of(&format!("bytes=-{number}"), len), last, "{len}");
        }
    }
}

#[test]
fn a_span_is_never_empty() {
    for (start, end, there) in [
        (0, 0, false),
        (0, 1, true),
        (5, 4, false),
        (5, 5, false),
        (u64::MAX, u64::MAX, false),
        (u64::MAX - 1, u64::MAX, true),
        (0, u64::MAX, true),
    ] {
        assert_eq!(Span::new(start, end).is_some(), there, "{start}..{end}");
    }
    let whole = span(10, 20);
    assert_eq!(whole.after(0), Some(whole));
    assert_eq!(whole.after(9), Some(span(19, 20)));
    assert_eq!(whole.after(10), None);
    assert_eq!(whole.after(u64::MAX), None);
    assert_eq!(whole.first(0), None);
    assert_eq!(whole.first(1), Some(span(10, 11)));
    assert_eq!(whole.first(10), Some(whole));
    assert_eq!(whole.first(u64::MAX), Some(whole));
}

#[test]
fn content_range_is_inclusive() {
    for (start, end, len, text) in [
        (0, 1, 1, "bytes 0-0/1"),
        (0, 500, 10_000, "bytes 0-499/10000"),
        (9_500, 10_000, 10_000, "bytes 9500-9999/10000"),
        (
            u64::MAX - 1,
            u64::MAX,
            u64::MAX,
            "bytes 18446744073709551614-18446744073709551614/18446744073709551615",
        ),
    ] {
        let mut out = Vec::new();
        span(start, end).write_content_range(len, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }
}

/// A range as a client may mean it, over a small file.
#[derive(Debug, Clone, Copy)]
enum Asked {
    Closed(u64, u64),
    Open(u64),
    Suffix(u64),
}

impl Asked {
    fn text(self) -> String {
        match self {
            Self::Closed(first, last) => format!("{first}-{last}"),
            Self::Open(first) => format!("{first}-"),
            Self::Suffix(count) => format!("-{count}"),
        }
    }

    fn has(self, at: u64, len: u64) -> bool {
        match self {
            Self::Closed(first, last) => (first..=last).contains(&at),
            Self::Open(first) => at >= first,
            Self::Suffix(count) => len - at <= count,
        }
    }
}

fn asked(most: u64) -> impl Strategy<Value = Asked> {
    prop_oneof![
        (0..most, 0..most).prop_map(|(a, b)| Asked::Closed(a.min(b), a.max(b))),
        (0..most).prop_map(Asked::Open),
        (0..most).prop_map(Asked::Suffix),
    ]
}

fn field_of(all: &[Asked]) -> String {
    let all: Vec<String> = all.iter().map(|one| one.text()).collect();
    format!("bytes={}", all.join(", "))
}

/// Marks byte by byte what is asked for; a stretch of marks is a span, and comes where the first
/// range that has a byte in it stood.
fn model(all: &[Asked], len: u64) -> Selection {
    let marked = |at: u64| all.iter().any(|one| one.has(at, len));
    let mut spans: Vec<Span> = Vec::new();
    for at in (0..len).filter(|&at| marked(at)) {
        match spans.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => spans.push(span(at, at + 1)),
        }
    }
    spans.sort_by_key(|span| {
        all.iter()
            .position(|one| (span.start..span.end).any(|at| one.has(at, len)))
    });
    let total: u64 = spans.iter().map(|span| span.len()).sum();
    match spans[..] {
        [] => Selection::Unsatisfiable,
        [span] => Selection::One(span),
        _ if total >= len => Selection::Whole,
        _ => Selection::Many(spans),
    }
}

fn check_laws(selected: &Selection, len: u64) {
    let spans = match selected {
        Selection::Whole | Selection::Unsatisfiable => return,
        Selection::One(span) => std::slice::from_ref(span),
        Selection::Many(spans) => {
            assert!(spans.len() >= 2, "several means two at least: {spans:?}");
            let total: u64 = spans.iter().map(|span| span.len()).sum();
            assert!(total < len, "never more than the file: {spans:?} of {len}");
            spans
        }
    };
    for (at, span) in spans.iter().enumerate() {
        assert!(span.start < span.end, "never empty: {span:?}");
        assert!(span.end <= len, "never outside: {span:?} of {len}");
        for other in &spans[at + 1..] {
            let apart = span.end < other.start || other.end < span.start;
            assert!(apart, "{span:?} and {other:?} overlap or touch");
        }
    }
}

proptest! {
    #[test]
    fn selects_what_a_model_marks(len in 1..40_u64, all in prop::collection::vec(asked(48), 1..8)) {
        let field = field_of(&all);
        let selected = of(&field, len);
        check_laws(&selected, len);
        prop_assert_eq!(selected, model(&all, len), "{} of {}", field, len);
    }

    #[test]
    fn holds_at_every_length(
        len in prop_oneof![any::<u64>(), Just(u64::MAX), 1..1_000_u64],
        all in prop::collection::vec(asked(u64::MAX), 1..8),
        most in prop::option::of(any::<u64>()),
    ) {
        let bounds = Bounds { open_bytes_max: most, ..Bounds::default() };
        check_laws(&select(field_of(&all).as_bytes(), len, &bounds), len);
    }

    #[test]
    fn survives_any_bytes(field in prop::collection::vec(any::<u8>(), 0..64), len: u64) {
        check_laws(&select(&field, len, &Bounds::default()), len);
        let behind_unit = [&b"bytes="[..], &field].concat();
        check_laws(&select(&behind_unit, len, &Bounds::default()), len);
    }

    #[test]
    fn survives_any_digits(field in "bytes=[-0-9, ]{0,80}", len: u64) {
        check_laws(&of(&field, len), len);
    }

    #[test]
    fn a_number_is_written_as_it_is(value: u64) {
        let mut out = b"=".to_vec();
        write_number(value, &mut out);
        prop_assert_eq!(String::from_utf8(out).unwrap(), format!("={value}"));
    }
}

#[test]
fn numbers_of_every_length_are_written() {
    for digits in 0..20 {
        for value in [10_u64.pow(digits) - 1, 10_u64.pow(digits), 0, u64::MAX] {
            let mut out = Vec::new();
            write_number(value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }
}
