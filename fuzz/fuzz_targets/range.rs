//! A selection lies inside its file, sends nothing twice, and asked for again by its own numbers it
//! is the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reeld::range::{Bounds, Selection, Span, select};

fuzz_target!(|input: &[u8]| {
    let Some((numbers, field)) = input.split_first_chunk::<9>() else {
        return;
    };
    let [shift, len @ ..] = *numbers;
    let len = u64::from_le_bytes(len) >> (shift % 64);
    let bounds = Bounds {
        open_bytes_max: (shift >= 128).then_some(1_000),
        ..Bounds::default()
    };
    let selection = select(field, len, &bounds);
    let spans = match &selection {
        Selection::Whole => return,
        Selection::Unsatisfiable => {
            assert!(len > 0, "of nothing, nothing can be asked in vain");
            return;
        }
        Selection::One(span) => std::slice::from_ref(span),
        Selection::Many(spans) => {
            assert!(spans.len() >= 2 && spans.len() <= bounds.ranges_max);
            assert!(spans.iter().map(|span| span.len()).sum::<u64>() < len);
            spans
        }
    };
    let mut sorted = spans.to_vec();
    sorted.sort();
    assert!(
        sorted
            .iter()
            .all(|span| span.start() < span.end() && span.end() <= len)
    );
    assert!(
        sorted
            .windows(2)
            .all(|pair| pair[0].end() < pair[1].start()),
        "{spans:?}"
    );

    let again = select(&spelled(spans), len, &Bounds::default());
    assert_eq!(
        again,
        selection,
        "spelled {:?}",
        spelled(spans).escape_ascii()
    );
});

fn spelled(spans: &[Span]) -> Vec<u8> {
    let one = |span: &Span| format!("{}-{}", span.start(), span.end() - 1);
    let all: Vec<String> = spans.iter().map(one).collect();
    format!("bytes={}", all.join(",")).into_bytes()
}
