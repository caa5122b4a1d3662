//! Windows that cover a file exactly, and what is noticed when the file changes under them.
//!
//! No test dereferences a mapped byte either: the kernel is asked to read it, as in production.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::{Mapped, PAGE_BYTES, WINDOWS_MAX};
use crate::http::body::{FileState, Source, Window};
use crate::library::entry::Identity;
use crate::library::residency::Sight;
use crate::range::Span;

/// A file of one test, gone with it.
#[derive(Debug)]
struct Temporary(PathBuf);

impl Temporary {
    fn new(len: u64) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("reeld-map-{process}-{count}"));
        let bytes: Vec<u8> = (0..len).map(byte_at).collect();
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn file(&self) -> File {
        OpenOptions::new()
            .read(true)
            .write(true)
            .open(&self.0)
            .unwrap()
    }

    fn mapped(&self, is_settled: bool, window_bytes: usize) -> Mapped {
        let file = File::open(&self.0).unwrap();
        let identity = Identity::of(&rustix::fs::fstat(&file).unwrap());
        Mapped::new(file, identity, Sight::Mincore, is_settled, window_bytes)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        _ = std::fs::remove_file(&self.0);
    }
}

/// No two pages are alike, nor two bytes beside each other.
fn byte_at(at: u64) -> u8 {
    let [low, middle, high, ..] = at.to_le_bytes();
    low ^ middle.wrapping_mul(7) ^ high.wrapping_mul(31)
}

fn span(start: u64, end: u64) -> Span {
    Span::new(start, end).unwrap()
}

/// The bytes of a window, as the kernel reads them.
fn bytes_of(window: &Window) -> Vec<u8> {
    let memory = File::open("/proc/self/mem").unwrap();
    let mut bytes = vec![0; window.len];
    let address = u64::try_from(window.address.addr()).unwrap();
    memory.read_exact_at(&mut bytes, address).unwrap();
    bytes
}

/// Goes through a span window by window; returns their lengths.
fn walk(mapped: &Mapped, whole: Span) -> Vec<usize> {
    let mut lens = Vec::new();
    let mut rest = Some(whole);
    while let Some(span) = rest {
        let window = mapped.window(span).unwrap();
        assert!(window.len > 0, "at least one byte of {span:?}");
        let len = u64::try_from(window.len).unwrap();
        assert!(len <= span.len());
        let expected: Vec<u8> = (span.start()..span.start() + len).map(byte_at).collect();
        assert!(bytes_of(&window) == expected, "other bytes at {span:?}");
        lens.push(window.len);
        rest = span.after(len);
    }
    lens
}

#[test]
fn windows_cover_the_file() {
    const W: u64 = PAGE_BYTES;
    let page = usize::try_from(W).unwrap();
    for (len, windows) in [
        (1, vec![1]),
        (4_097, vec![4_097]),
        (W - 1, vec![page - 1]),
        (W, vec![page]),
        (W + 1, vec![page, 1]),
        (2 * W - 1, vec![page, page - 1]),
        (2 * W, vec![page, page]),
        (6 * W + 5, [vec![page; 6], vec![5]].concat()),
    ] {
        let file = Temporary::new(len);
        let mapped = file.mapped(true, page);
        assert_eq!(walk(&mapped, span(0, len)), windows, "{len} bytes");
        assert_eq!(walk(&mapped, span(len - 1, len)), [1]);
        assert_eq!(mapped.promised_len(), len);
    }
}

/// A window smaller than a page is one page; one that is not a multiple of pages is as good.
#[test]
fn windows_of_any_size() {
    let len = 5 * PAGE_BYTES + 77;
    let file = Temporary::new(len);
    for window_bytes in [
        0,
        1,
        4_096,
        65_535,
        65_536,
        65_537,
        100_000,
        131_072,
        1 << 40,
        usize::MAX,
    ] {
        let mapped = file.mapped(true, window_bytes);
        let lens = walk(&mapped, span(0, len));
        assert_eq!(lens.iter().sum::<usize>(), usize::try_from(len).unwrap());
        assert!(
            lens.iter().all(|&one| one <= window_bytes.max(65_536)),
            "{window_bytes}"
        );
        assert_eq!(lens.len() == 1, window_bytes >= 1 << 40, "{window_bytes}");
    }
}

#[test]
fn a_span_ends_inside_its_window() {
    let file = Temporary::new(3 * PAGE_BYTES);
    let mapped = file.mapped(true, 65_536);
    for (start, end, lens) in [
        (0, 1, vec![1]),
        (10, 20, vec![10]),
        (65_535, 65_536, vec![1]),
        (65_535, 65_537, vec![1, 1]),
        (65_536, 65_537, vec![1]),
        (60_000, 140_000, vec![5_536, 65_536, 8_928]),
        (131_071, 196_608, vec![1, 65_536]),
    ] {
        assert_eq!(walk(&mapped, span(start, end)), lens, "{start}..{end}");
    }
}

#[test]
fn nothing_beyond_the_promised_end() {
    for window_bytes in [65_536, usize::MAX] {
        let file = Temporary::new(100_000);
        let mapped = file.mapped(true, window_bytes);
        for (start, end) in [
            (0, 100_001),
            (99_999, 100_001),
            (100_000, 100_001),
            (0, u64::MAX),
        ] {
            let error = mapped.window(span(start, end)).unwrap_err();
            assert_eq!(
                error.kind(),
                std::io::ErrorKind::UnexpectedEof,
                "{start}..{end}"
            );
        }
        // Grown since: what was promised is what there is.
        file.file().write_at(b"more", 100_000).unwrap();
        assert!(mapped.window(span(99_999, 100_004)).is_err());
        assert_eq!(walk(&mapped, span(99_999, 100_000)), [1]);
    }
    let file = Temporary::new(0);
    assert!(file.mapped(true, 65_536).window(span(0, 1)).is_err());
}

/// Few windows are kept; one that was given away lives as long as it is held.
#[test]
fn windows_that_are_held() {
    let count = u64::try_from(WINDOWS_MAX).unwrap() + 3;
    let file = Temporary::new(count * PAGE_BYTES);
    let mapped = file.mapped(true, 65_536);
    let at = |window: u64| span(window * PAGE_BYTES + 9, window * PAGE_BYTES + 19);
    let held: Vec<Window> = (0..count).map(|n| mapped.window(at(n)).unwrap()).collect();
    assert_eq!(mapped.windows.lock().unwrap().len(), WINDOWS_MAX);
    for (window, n) in held.iter().zip(0..) {
        let expected: Vec<u8> = (at(n).start()..at(n).end()).map(byte_at).collect();
        assert_eq!(bytes_of(window), expected);
    }
    let holders = |n: usize| Arc::strong_count(held[n].hold.as_ref().unwrap());
    assert_eq!(holders(0), 1, "the first was given up");
    assert_eq!(holders(held.len() - 1), 2, "the last is kept");

    // Who is used stays: a stream at 3 and seeks elsewhere.
    for n in [3, 0, 3, 1, 3, 2, 3, 4, 3] {
        mapped.window(at(n)).unwrap();
    }
    assert_eq!(holders(3), 2);
}

#[test]
fn what_a_changed_file_looks_like() {
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for is_settled in [true, false] {
        let file = Temporary::new(100_000);
        file.file().set_modified(long_ago).unwrap();
        let mapped = file.mapped(is_settled, usize::MAX);
        mapped.window(span(0, 100_000)).unwrap();
        let state = || mapped.state().unwrap();
        let whole = FileState {
            len: 100_000,
            is_rewritten: false,
        };
        assert_eq!(state(), whole);

        // Rewritten in place: the same length at another time.
        file.file().write_at(b"other", 10).unwrap();
        let rewritten = FileState {
            is_rewritten: is_settled,
            ..whole
        };
        assert_eq!(
            state(),
            rewritten,
            "a file that is being written is served as it comes"
        );
        file.file()
            .set_modified(long_ago + Duration::from_nanos(1))
            .unwrap();
        assert_eq!(state(), rewritten, "a nanosecond tells");
        file.file().set_modified(long_ago).unwrap();
        assert_eq!(state(), whole);

        // Cut and grown.
        for len in [99_999, 50, 0, 100_001, 200_000] {
            file.file().set_len(len).unwrap();
            let changed = FileState {
                len,
                is_rewritten: false,
            };
            assert_eq!(state(), changed);
        }
        file.file().set_len(100_000).unwrap();
        assert_eq!(state(), rewritten, "cut and grown to the same length");
        assert_eq!(mapped.promised_len(), 100_000, "a promise stays");
    }
}

/// A file that is replaced is another file: the old one is served to its end.
#[test]
fn a_replaced_file_stays_as_it_was() {
    let file = Temporary::new(200_000);
    let mapped = file.mapped(true, 65_536);
    walk(&mapped, span(0, 10));
    let new = file.0.with_extension("new");
    std::fs::write(&new, "short").unwrap();
    std::fs::rename(&new, &file.0).unwrap();
    walk(&mapped, span(0, 200_000));
    let state = mapped.state().unwrap();
    assert_eq!((state.len, state.is_rewritten), (200_000, false));

    std::fs::remove_file(&file.0).unwrap();
    walk(&mapped, span(100_000, 200_000));
    assert_eq!(mapped.state().unwrap().len, 200_000);
}

/// Pages beyond a new end: the kernel answers an error where we would die of a signal.
#[test]
fn a_cut_file_is_an_error_and_no_signal() {
    let file = Temporary::new(1 << 20);
    let mapped = file.mapped(true, usize::MAX);
    let window = mapped.window(span(0, 1 << 20)).unwrap();
    file.file().set_len(4_096).unwrap();
    let memory = File::open("/proc/self/mem").unwrap();
    let address = u64::try_from(window.address.addr()).unwrap();
    assert!(
        memory
            .read_exact_at(&mut [0; 16], address + (1 << 19))
            .is_err()
    );
    assert!(memory.read_exact_at(&mut [0; 16], address).is_ok());
    file.file().write_all(b"still here").unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_span_through_any_windows(
        len in 1..400_000_u64,
        window_bytes in 0..300_000_usize,
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..8),
    ) {
        let file = Temporary::new(len);
        let mapped = file.mapped(true, window_bytes);
        for (a, b) in cuts {
            let most = usize::try_from(len).unwrap();
            let (a, b) = (a.index(most), b.index(most));
            let start = u64::try_from(a.min(b)).unwrap();
            let end = u64::try_from(a.max(b)).unwrap() + 1;
            let total: usize = walk(&mapped, span(start, end)).iter().sum();
            prop_assert_eq!(u64::try_from(total).unwrap(), end - start);
        }
    }
}
