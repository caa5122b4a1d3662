//! Tables that do not fit, and tables that do not agree.

#![expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "a test that is wrong about a number shall panic"
)]

use super::{Summary, Tables};
use crate::media::mp4::atom::Atoms;
use crate::media::mp4::samples::Samples;
use crate::media::mp4::tests::film::boxes::{atom, full, put, table};
use crate::media::unfit::Unfit;

fn sizes(size: u32, list: &[u32]) -> Vec<u8> {
    let mut body = Vec::new();
    put(&mut body, &[size, list.len() as u32]);
    put(&mut body, if size == 0 { list } else { &[] });
    full(b"stsz", 0, 0, &body)
}

/// Four samples in two chunks.
fn parts() -> Vec<Vec<u8>> {
    vec![
        table(b"stts", 0, &[[1, 10], [3, 20]]),
        table(b"ctts", 0, &[[2, 0], [2, 5]]),
        table(b"stsc", 0, &[[1, 3, 1], [2, 1, 1]]),
        sizes(0, &[5, 6, 7, 8]),
        table(b"stco", 0, &[[100], [200]]),
        table(b"stss", 0, &[[1], [3]]),
    ]
}

fn read_within(parts: &[Vec<u8>], bytes_max: u64) -> Result<Summary, Unfit> {
    let stbl = atom(b"stbl", &parts.concat());
    let atom = Atoms::of(&stbl, 0).first(b"stbl")?.ok_or(Unfit::Damaged)?;
    let tables = Tables::read(atom)?;
    tables.summary(&stbl, bytes_max)
}

fn read(parts: &[Vec<u8>]) -> Result<Summary, Unfit> {
    read_within(parts, 1_000)
}

#[test]
fn as_they_should_be() {
    let summary = Summary {
        count: 4,
        neg: 0,
        entry: 1,
        last_chunk: 200,
        is_short: false,
    };
    assert_eq!(read(&parts()), Ok(summary));
    // Without any table there is nothing, and nothing wrong.
    assert_eq!(read(&[]), Ok(Summary::default()));
}

#[test]
fn each_table_too_short_and_too_long_by_one() {
    for at in 0..parts().len() {
        let count_at = if &parts()[at][4..8] == b"stsz" {
            16
        } else {
            12
        };
        for more in [1u32, 0x1000_0000, u32::MAX - 9] {
            let mut parts = parts();
            let mut count = [0; 4];
            count.copy_from_slice(&parts[at][count_at..count_at + 4]);
            let count = u32::from_be_bytes(count) + more;
            parts[at][count_at..count_at + 4].copy_from_slice(&count.to_be_bytes());
            assert_eq!(read(&parts), Err(Unfit::Damaged), "{at} {more}");
        }
        // A byte is missing: of the last row, or of the count itself.
        for len in [parts()[at].len() - 1, 15, 12, 9] {
            let mut parts = parts();
            parts[at].truncate(len);
            parts[at][..4].copy_from_slice(&(len as u32).to_be_bytes());
            assert_eq!(read(&parts), Err(Unfit::Damaged), "{at} {len}");
        }
        // Bytes behind the last row are nobody's.
        let mut parts = parts();
        parts[at].push(0xee);
        let len = parts[at].len() as u32;
        parts[at][..4].copy_from_slice(&len.to_be_bytes());
        assert_eq!(read(&parts).map(|summary| summary.count), Ok(4), "{at}");
    }
}

#[test]
fn the_smallest_count_holds() {
    for (at, table, count) in [
        (0, table(b"stts", 0, &[[3, 10]]), 3),
        (0, table(b"stts", 0, &[[u32::MAX, 10], [u32::MAX, 1]]), 4),
        (0, table::<2>(b"stts", 0, &[]), 0),
        // Offsets of composition need not be there.
        (1, table(b"ctts", 0, &[[1, 7]]), 4),
        (1, table::<2>(b"ctts", 0, &[]), 4),
        (2, table(b"stsc", 0, &[[1, 1, 1]]), 2),
        (2, table(b"stsc", 0, &[[1, 0, 1], [2, 9, 1]]), 4),
        (2, table(b"stsc", 0, &[[1, 3, 1], [9, 1, 1]]), 4),
        (2, table(b"stsc", 0, &[[1, u32::MAX, 1]]), 4),
        (2, table::<3>(b"stsc", 0, &[]), 0),
        (3, sizes(0, &[1, 2, 3]), 3),
        (3, sizes(0, &[]), 0),
        (3, sizes(9, &[0; 5]), 4),
        (3, sizes(9, &[0; 2]), 2),
        (4, table(b"stco", 0, &[[100]]), 3),
        (4, table(b"co64", 0, &[[0, 100], [0, 200], [0, 300]]), 4),
        (4, table::<1>(b"stco", 0, &[]), 0),
    ] {
        let mut parts = parts();
        parts[at] = table;
        assert_eq!(
            read(&parts).map(|summary| summary.count),
            Ok(count),
            "{at} {count}"
        );
    }
}

#[test]
fn sizes_in_few_bits() {
    let stz2 = |bits: u32, count: u32, bytes: &[u8]| {
        let mut body = Vec::new();
        put(&mut body, &[bits, count]);
        body.extend(bytes);
        full(b"stz2", 0, 0, &body)
    };
    for (table, sizes) in [
        (stz2(4, 4, &[0x12, 0x3f]), Ok(vec![1, 2, 3, 15])),
        (stz2(4, 3, &[0x12, 0x3f]), Ok(vec![1, 2, 3])),
        (stz2(4, 3, &[0x12]), Err(Unfit::Damaged)),
        (stz2(8, 4, &[1, 2, 3, 255]), Ok(vec![1, 2, 3, 255])),
        (stz2(8, 4, &[1, 2, 3]), Err(Unfit::Damaged)),
        (stz2(16, 2, &[0, 1, 0xff, 0xff]), Ok(vec![1, 65_535])),
        (stz2(16, 2, &[0, 1, 0xff]), Err(Unfit::Damaged)),
        (stz2(0, 4, &[]), Err(Unfit::Damaged)),
        (stz2(5, 1, &[1, 2]), Err(Unfit::Damaged)),
        (stz2(32, 1, &[1, 2, 3, 4]), Err(Unfit::Damaged)),
    ] {
        let mut parts = parts();
        parts[3] = table;
        let stbl = atom(b"stbl", &parts.concat());
        let found = Atoms::of(&stbl, 0).first(b"stbl").unwrap().unwrap();
        let found = Tables::read(found).map(|tables| {
            let summary = tables.summary(&stbl, u64::MAX).unwrap();
            let samples = Samples::first(tables.view(&stbl), summary.count);
            samples.map(|sample| sample.size).collect::<Vec<_>>()
        });
        assert_eq!(found, sizes);
    }
}

#[test]
fn chunks_that_go_backwards_are_damage() {
    for shapes in [
        &[[0, 1, 1]][..],
        &[[2, 1, 1]],
        &[[1, 1, 1], [1, 2, 1]],
        &[[1, 1, 1], [3, 2, 1], [2, 1, 1]],
    ] {
        let mut parts = parts();
        parts[2] = table(b"stsc", 0, shapes);
        assert_eq!(read(&parts), Err(Unfit::Damaged), "{shapes:?}");
    }
}

#[test]
fn one_description_for_all() {
    for (shapes, entry) in [
        (&[[1, 2, 3], [2, 2, 3]][..], Ok(3)),
        (&[[1, 2, 1], [2, 2, 2]], Err(Unfit::Descriptions)),
        // Of chunks that are not there, or empty, nobody asks.
        (&[[1, 2, 1], [3, 2, 2]], Ok(1)),
        (&[[1, 0, 1], [2, 2, 2]], Ok(2)),
    ] {
        let mut parts = parts();
        parts[2] = table(b"stsc", 0, shapes);
        assert_eq!(
            read(&parts).map(|summary| summary.entry),
            entry,
            "{shapes:?}"
        );
    }
}

#[test]
fn no_more_bytes_than_the_file_has() {
    for (size, bytes_max, count) in [
        (0, 26, 4),
        (0, 25, 3),
        (0, 5, 1),
        (0, 4, 0),
        (10, 40, 4),
        (10, 39, 3),
        (u32::MAX, 1_000, 0),
    ] {
        let mut parts = parts();
        parts[3] = sizes(size, &[5, 6, 7, 8]);
        let summary = read_within(&parts, bytes_max).unwrap();
        assert_eq!(
            (summary.count, summary.is_short),
            (count, count < 4),
            "{size} {bytes_max}"
        );
    }
}

#[test]
fn offsets_are_signed_in_both_versions() {
    for version in [0, 1] {
        let mut parts = parts();
        parts[1] = table(
            b"ctts",
            version,
            &[[1, 7], [2, u32::MAX - 4], [9, 0x8000_0000]],
        );
        assert_eq!(read(&parts).map(|summary| summary.neg), Ok(1 << 31));
        // Of samples that are not there, nobody asks.
        parts[3] = sizes(0, &[5, 6, 7]);
        assert_eq!(read(&parts).map(|summary| summary.neg), Ok(5));
    }
}
