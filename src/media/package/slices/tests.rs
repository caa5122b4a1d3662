//! Slices of runs that stand in order, apart, over each other, or anywhere.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "a test that is wrong about a number shall panic"
)]

use proptest::prelude::*;

use super::{GAP, Run, place, runs};
use crate::media::mp4::Sample;

fn sample(offset: u64, size: u32) -> Sample {
    Sample {
        offset,
        size,
        dts: 0,
        duration: 1,
        cts: 0,
        is_sync: true,
    }
}

fn of(samples: &[(u64, u32)]) -> Vec<Run> {
    let samples: Vec<Sample> = samples.iter().map(|&(at, len)| sample(at, len)).collect();
    let mut all = Vec::new();
    runs(&samples, &mut all);
    all
}

/// Slices as start and end, and the places of the runs.
fn placed(samples: &[(u64, u32)]) -> (Vec<(u64, u64)>, Vec<u64>) {
    let mut runs = of(samples);
    let (spans, len) = place(&mut runs);
    let spans: Vec<_> = spans
        .iter()
        .map(|span| (span.start(), span.end()))
        .collect();
    assert_eq!(spans.iter().map(|span| span.1 - span.0).sum::<u64>(), len);
    (spans, runs.iter().map(|run| run.place).collect())
}

#[test]
fn samples_without_a_gap_are_a_run() {
    let runs = of(&[(10, 5), (15, 5), (20, 0), (20, 3), (30, 1), (5, 5)]);
    let found: Vec<_> = runs
        .iter()
        .map(|run| (run.start, run.end, run.count))
        .collect();
    assert_eq!(found, [(10, 23, 4), (30, 31, 1), (5, 10, 1)]);
}

#[test]
fn slices() {
    assert_eq!(placed(&[]), (vec![], vec![]));
    // What lies between goes along, up to the gap.
    let (long, gap) = (1 << 20, GAP);
    let end = u64::from(long);
    assert_eq!(
        placed(&[(0, long), (end + gap, 5)]),
        (vec![(0, end + gap + 5)], vec![0, end + gap])
    );
    assert_eq!(
        placed(&[(0, long), (end + gap + 1, 5)]),
        (vec![(0, end), (end + gap + 1, end + gap + 6)], vec![0, end])
    );
    // No more than a small part of it all is of others.
    assert_eq!(placed(&[(0, 64), (65, 64), (130, 64)]).0, [(0, 194)]);
    assert_eq!(
        placed(&[(0, 64), (67, 64), (132, 64)]).0,
        [(0, 131), (132, 196)]
    );
    // In the order of the file, whatever the order of decoding.
    assert_eq!(
        placed(&[(900_000, 7), (100, 3), (50_000, 4)]),
        (
            vec![(100, 103), (50_000, 50_004), (900_000, 900_007)],
            vec![7, 0, 3]
        )
    );
    // Over each other: each byte once.
    assert_eq!(
        placed(&[(0, 100), (50, 10), (20, 200)]),
        (vec![(0, 220)], vec![0, 50, 20])
    );
    // Nothing of it is sent, so it may stand anywhere.
    assert_eq!(
        placed(&[(10, 5), (1 << 61, 0), (0, 0)]),
        (vec![(10, 15)], vec![0, 5, 0])
    );
}

proptest! {
    /// At each sample's place stand its bytes, and no more than the gaps are sent beside them.
    #[test]
    fn places(samples in prop::collection::vec((0u64..40_000, 0u32..2_000), 1..60)) {
        let file: Vec<u8> = (0..50_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let mut runs = of(&samples);
        let (spans, _) = place(&mut runs);
        let media: Vec<u8> = spans
            .iter()
            .flat_map(|span| &file[span.start() as usize..span.end() as usize])
            .copied()
            .collect();
        prop_assert!(spans.windows(2).all(|pair| pair[0].end() < pair[1].start()));
        let sizes = samples.iter().map(|sample| sample.1 as usize).sum::<usize>();
        prop_assert!(media.len() <= sizes + sizes / 64);
        for run in runs {
            let len = (run.end - run.start) as usize;
            let (at, place) = (run.start as usize, run.place as usize);
            prop_assert_eq!(&media[place..place + len], &file[at..at + len]);
        }
    }
}
