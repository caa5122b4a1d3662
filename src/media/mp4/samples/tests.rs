//! The walk against the plainest reading of the same tables.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "a test that is wrong about a number shall panic"
)]

use proptest::prelude::*;

use super::{Cursor, Sample, Samples};
use crate::media::mp4::atom::Atoms;
use crate::media::mp4::tables::{Summary, Tables};
use crate::media::mp4::tests::film::boxes::{atom, full, put, table};

/// Tables as somebody may have written them.
#[derive(Debug, Clone)]
struct Written {
    times: Vec<[u32; 2]>,
    shifts: Vec<[u32; 2]>,
    shapes: Vec<[u32; 3]>,
    chunks: Vec<u64>,
    sizes: Vec<u32>,
    sync: Option<Vec<u32>>,
    is_long: bool,
}

impl Written {
    fn stbl(&self) -> Vec<u8> {
        let mut sizes = Vec::new();
        put(&mut sizes, &[0, self.sizes.len() as u32]);
        put(&mut sizes, &self.sizes);
        let mut parts = vec![
            table(b"stts", 0, &self.times),
            table(b"ctts", 1, &self.shifts),
            table(b"stsc", 0, &self.shapes),
            full(b"stsz", 0, 0, &sizes),
        ];
        parts.push(if self.is_long {
            let rows = self.chunks.iter().map(|at| [(at >> 32) as u32, *at as u32]);
            table(b"co64", 0, &rows.collect::<Vec<_>>())
        } else {
            let rows = self.chunks.iter().map(|at| [*at as u32]);
            table(b"stco", 0, &rows.collect::<Vec<_>>())
        });
        if let Some(sync) = &self.sync {
            let rows: Vec<_> = sync.iter().map(|&number| [number]).collect();
            parts.push(table(b"stss", 0, &rows));
        }
        atom(b"stbl", &parts.concat())
    }

    /// Each table written out, sample by sample.
    fn samples(&self) -> Vec<Sample> {
        let runs = |rows: &[[u32; 2]]| -> Vec<u32> {
            let each = rows
                .iter()
                .map(|&[count, value]| vec![value; count as usize]);
            each.flatten().collect()
        };
        let (durations, shifts) = (runs(&self.times), runs(&self.shifts));
        let mut places = Vec::new();
        for (at, &chunk) in self.chunks.iter().enumerate() {
            let shape = self
                .shapes
                .iter()
                .rfind(|shape| shape[0] as usize <= at + 1);
            let mut offset = if self.is_long {
                chunk
            } else {
                u64::from(chunk as u32)
            };
            for _ in 0..shape.map_or(0, |shape| shape[1]) {
                let size = self.sizes.get(places.len()).copied().unwrap_or_default();
                places.push(offset);
                offset += u64::from(size);
            }
        }
        let count = durations.len().min(self.sizes.len()).min(places.len());
        let mut dts = 0;
        let sample = |at: usize| {
            let number = at as u32 + 1;
            let sample = Sample {
                offset: places[at],
                size: self.sizes[at],
                dts,
                duration: durations[at],
                cts: shifts.get(at).map_or(0, |cts| cts.cast_signed()),
                is_sync: self.sync.as_ref().is_none_or(|list| list.contains(&number)),
            };
            dts += u64::from(durations[at]);
            sample
        };
        (0..count).map(sample).collect()
    }
}

fn read(stbl: &[u8]) -> (Tables, Summary) {
    let atom = Atoms::of(stbl, 0).first(b"stbl").unwrap().unwrap();
    let tables = Tables::read(atom).unwrap();
    let summary = tables.summary(stbl, u64::MAX).unwrap();
    (tables, summary)
}

fn written() -> impl Strategy<Value = Written> {
    let runs = || proptest::collection::vec([0..5u32, 0..9u32], 0..12);
    // Signed, above and below zero.
    let shift = prop_oneof![0..9u32, u32::MAX - 9..=u32::MAX];
    let shift = (0..4u32, shift).prop_map(|(count, shift)| [count, shift]);
    let shifts = proptest::collection::vec(shift, 0..9);
    let shapes = proptest::collection::vec((1..4u32, 0..4u32), 1..6).prop_map(|steps| {
        let mut first = 1;
        let mut shape = |(at, (step, count)): (usize, (u32, u32))| {
            first += if at == 0 { 0 } else { step };
            [first, count, 1]
        };
        steps
            .into_iter()
            .enumerate()
            .map(&mut shape)
            .collect::<Vec<_>>()
    });
    let sync = proptest::option::of(proptest::collection::btree_set(1..40u32, 0..9));
    (
        runs(),
        shifts,
        shapes,
        proptest::collection::vec(0..1u64 << 40, 0..14),
        proptest::collection::vec(0..99u32, 0..40),
        sync,
        any::<bool>(),
    )
        .prop_map(
            |(times, shifts, shapes, chunks, sizes, sync, is_long)| Written {
                times,
                shifts,
                shapes,
                chunks,
                sizes,
                sync: sync.map(|set| set.into_iter().collect()),
                is_long,
            },
        )
}

proptest! {
    #[test]
    fn the_walk_is_the_tables_written_out(written in written()) {
        let stbl = written.stbl();
        let (tables, summary) = read(&stbl);
        let expected = written.samples();
        let samples: Vec<_> = Samples::first(tables.view(&stbl), summary.count).collect();
        prop_assert_eq!(summary.count as usize, expected.len());
        prop_assert_eq!(&samples, &expected);
        let least = expected.iter().map(|sample| sample.cts).min().unwrap_or(0).min(0);
        prop_assert_eq!(summary.neg, least.unsigned_abs());
    }

    #[test]
    fn a_cursor_goes_on_where_it_was_taken(written in written()) {
        let stbl = written.stbl();
        let (tables, summary) = read(&stbl);
        let expected = written.samples();
        let mut samples = Samples::first(tables.view(&stbl), summary.count);
        for at in 0..=expected.len() {
            let cursor = samples.cursor();
            prop_assert_eq!(cursor.sample() as usize, at);
            let rest: Vec<_> = Samples::from(tables.view(&stbl), summary.count, cursor).collect();
            prop_assert_eq!(&rest, &expected[at..]);
            samples.next();
        }
        prop_assert!(samples.next().is_none());
    }
}

#[test]
fn a_cursor_is_small() {
    assert!(size_of::<Cursor>() <= 60, "{}", size_of::<Cursor>());
}

#[test]
fn rows_that_say_nothing_are_passed_once() {
    let mut written = Written {
        times: vec![[2, 10]],
        shifts: vec![[2, 1]],
        shapes: vec![[1, 2, 1]],
        chunks: vec![100, 200],
        sizes: vec![5; 4],
        sync: Some(vec![1, 4]),
        is_long: false,
    };
    written.times.extend([[0, 7]; 1_000]);
    written.times.push([2, 20]);
    written.shifts.extend([[0, 7]; 1_000]);
    written.shifts.push([2, 3]);
    let stbl = written.stbl();
    let (tables, summary) = read(&stbl);
    let mut samples = Samples::first(tables.view(&stbl), summary.count);
    samples.nth(1);
    // Behind the second sample it stands at the rows of the third already.
    let cursor = samples.cursor();
    assert_eq!((cursor.times.row, cursor.shifts.row), (1_002, 1_002));
    assert_eq!((cursor.times.left, cursor.shifts.left), (2, 2));
    assert_eq!(cursor.dts(), 20);
    let rest: Vec<_> = samples
        .map(|sample| (sample.duration, sample.cts))
        .collect();
    assert_eq!(rest, [(20, 3), (20, 3)]);
}

#[test]
fn lists_of_sync_samples() {
    let written = |sync: Option<&[u32]>| Written {
        times: vec![[4, 10]],
        shifts: vec![],
        shapes: vec![[1, 4, 1]],
        chunks: vec![100],
        sizes: vec![5; 4],
        sync: sync.map(<[u32]>::to_vec),
        is_long: false,
    };
    for (list, sync) in [
        (None, [true, true, true, true]),
        (Some(&[][..]), [false, false, false, false]),
        (Some(&[1, 3]), [true, false, true, false]),
        (Some(&[2]), [false, true, false, false]),
        (Some(&[0, 4]), [false, false, false, true]),
        // Twice, and out of order: what comes too late is nothing.
        (Some(&[1, 1, 3]), [true, false, true, false]),
        (Some(&[3, 1, 4]), [false, false, true, true]),
        (Some(&[5, u32::MAX]), [false, false, false, false]),
    ] {
        let stbl = written(list).stbl();
        let (tables, summary) = read(&stbl);
        let samples = Samples::first(tables.view(&stbl), summary.count);
        let found: Vec<_> = samples.map(|sample| sample.is_sync).collect();
        assert_eq!(found, sync, "{list:?}");
    }
}

#[test]
fn at_the_borders_of_the_numbers() {
    let written = Written {
        times: vec![[u32::MAX, u32::MAX]],
        shifts: vec![[u32::MAX, 0x8000_0000]],
        shapes: vec![[1, u32::MAX, 1]],
        chunks: vec![u64::MAX],
        sizes: vec![u32::MAX; 3],
        sync: Some(vec![u32::MAX]),
        is_long: true,
    };
    let stbl = written.stbl();
    let (tables, summary) = read(&stbl);
    assert_eq!((summary.count, summary.neg), (3, 1 << 31));
    let last = Samples::first(tables.view(&stbl), summary.count)
        .last()
        .unwrap();
    assert_eq!(last.dts, u64::from(u32::MAX) * 2);
    assert_eq!(last.cts, i32::MIN);
    assert!(last.offset.checked_add(last.size.into()).is_some());
    // Tables of another file: an end, not a panic.
    assert_eq!(Samples::first(tables.view(&[]), summary.count).count(), 0);
    assert_eq!(
        Samples::first(tables.view(&stbl[..40]), summary.count).count(),
        0
    );
}
