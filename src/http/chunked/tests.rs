//! The chunked coding as tables, a round trip through an encoder as a law, every cut as a torture.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test that is wrong about a number shall panic"
)]

use proptest::prelude::*;

use super::{BAD, BAD_SIZE, Chunks};
use crate::http::status::Refusal;

/// What `bytes` come to: how many belong to the body, whether it is done, and its total.
fn taken(bytes: &[u8]) -> Result<(usize, bool, u64), Refusal> {
    let mut chunks = Chunks::default();
    let count = chunks.take(bytes)?;
    Ok((count, chunks.is_done(), chunks.total()))
}

/// As a client writes it: one chunk for each, then the trailers.
fn encode(chunks: &[Vec<u8>], extension: &str, trailers: &[String]) -> Vec<u8> {
    let mut out = Vec::new();
    for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
        out.extend_from_slice(format!("{:X}{extension}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("0{extension}\r\n").as_bytes());
    for trailer in trailers {
        out.extend_from_slice(format!("{trailer}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out
}

const WHOLE: [(&str, u64); 16] = [
    ("0\r\n\r\n", 0),
    ("000\r\n\r\n", 0),
    ("5\r\nhello\r\n0\r\n\r\n", 5),
    ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", 11),
    ("a\r\n0123456789\r\n0\r\n\r\n", 10),
    ("A\r\n0123456789\r\n0\r\n\r\n", 10),
    ("0000000000000005\r\nhello\r\n0\r\n\r\n", 5),
    ("5;a\r\nhello\r\n0\r\n\r\n", 5),
    ("5;a=b;c=\"d e\"\r\nhello\r\n0;last\r\n\r\n", 5),
    ("5;\r\nhello\r\n0\r\n\r\n", 5),
    ("5;\ta=\u{e4}\r\nhello\r\n0\r\n\r\n", 5),
    ("0\r\nA: b\r\n\r\n", 0),
    ("1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n", 1),
    // The bytes of a chunk may look like the coding.
    ("7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n", 7),
    ("2\r\n\r\n\r\n0\r\n\r\n", 2),
    ("1\r\n0\r\n0\r\n\r\n", 1),
];

#[test]
fn whole_bodies() {
    for (body, total) in WHOLE {
        assert_eq!(
            taken(body.as_bytes()),
            Ok((body.len(), true, total)),
            "{body:?}"
        );
        for tail in ["GET", "\r\n", "0\r\n\r\n", "\0"] {
            let longer = format!("{body}{tail}");
            let found = taken(longer.as_bytes());
            assert_eq!(found, Ok((body.len(), true, total)), "{longer:?}");
        }
        for at in 0..body.len() {
            let found = taken(&body.as_bytes()[..at]).unwrap();
            assert_eq!((found.0, found.1), (at, false), "{body:?} up to {at}");
        }
    }
}

/// Each fault, and at which byte it is noticed.
const REFUSED: [(&str, usize, Refusal); 40] = [
    ("x", 0, BAD_SIZE),
    ("\r\n", 0, BAD_SIZE),
    ("\n", 0, BAD_SIZE),
    (" 5\r\n", 0, BAD_SIZE),
    ("+5\r\n", 0, BAD_SIZE),
    ("-5\r\n", 0, BAD_SIZE),
    (";a\r\n", 0, BAD_SIZE),
    ("0x5\r\n", 1, BAD_SIZE),
    ("5 \r\n", 1, BAD_SIZE),
    ("5 ;a\r\n", 1, BAD_SIZE),
    ("5,5\r\n", 1, BAD_SIZE),
    ("5\n", 1, BAD_SIZE),
    ("5\r\r\n", 2, BAD_SIZE),
    ("5\rhello", 2, BAD_SIZE),
    ("5;a\n", 3, BAD_SIZE),
    ("5;a\r;b\r\n", 4, BAD_SIZE),
    ("5;\0\r\n", 2, BAD_SIZE),
    ("5;\x7f\r\n", 2, BAD_SIZE),
    ("12345678901234567\r\n", 16, BAD_SIZE),
    ("00000000000000005\r\n", 16, BAD_SIZE),
    ("5g\r\n", 1, BAD_SIZE),
    ("\u{661}\r\n", 0, BAD_SIZE),
    ("1\r\nxy\r\n", 4, BAD),
    ("1\r\nx\n", 4, BAD),
    ("1\r\nx0\r\n\r\n", 4, BAD),
    ("1\r\nx\r0", 5, BAD),
    ("1\r\nx\r\r\n", 5, BAD),
    ("2\r\nx\r\n0\r\n\r\n", 5, BAD),
    ("1\r\nx\r\n\r\n", 6, BAD_SIZE),
    ("1\r\nx\r\n\n", 6, BAD_SIZE),
    ("1\r\nx\r\n0\n", 7, BAD_SIZE),
    ("0\r\n\n", 3, BAD),
    ("0\r\n\r\r", 4, BAD),
    ("0\r\n\rx", 4, BAD),
    ("0\r\nA: b\n", 7, BAD),
    ("0\r\nA: b\rx", 8, BAD),
    ("0\r\nA: b\r\r", 8, BAD),
    ("0\r\nA: b\r\n\n", 9, BAD),
    ("0\r\nA: b\r\n\rx", 10, BAD),
    ("0\r0", 2, BAD_SIZE),
];

#[test]
fn each_refusal() {
    for (body, at, refusal) in REFUSED {
        let bytes = body.as_bytes();
        assert_eq!(taken(bytes), Err(refusal), "{body:?}");
        assert_eq!(
            taken(&bytes[..=at]),
            Err(refusal),
            "{body:?} with byte {at}"
        );
        let before = taken(&bytes[..at]);
        assert!(
            matches!(before, Ok((count, false, _)) if count == at),
            "{body:?}"
        );
    }
}

/// The bounds of what is no body: a size line of 64 bytes, trailers of 4 096 together.
#[test]
fn how_long_the_coding_itself_may_be() {
    let sized = |bytes: usize| format!("1;{}\r\nx\r\n0\r\n\r\n", "a".repeat(bytes - 2));
    assert!(taken(sized(63).as_bytes()).unwrap().1);
    assert_eq!(taken(sized(64).as_bytes()), Err(BAD_SIZE));
    assert_eq!(taken(sized(5_000).as_bytes()), Err(BAD_SIZE));
    let again = format!("1;{0}\r\nx\r\n1;{0}\r\nx\r\n0\r\n\r\n", "a".repeat(60));
    assert!(
        taken(again.as_bytes()).unwrap().1,
        "each line is counted by itself"
    );

    let trailers = |count: usize| format!("0\r\n{}\r\n", "Abc: defgh\r\n".repeat(count));
    assert!(taken(trailers(300).as_bytes()).unwrap().1);
    assert_eq!(taken(trailers(400).as_bytes()), Err(BAD));
    let one = format!("0\r\nA: {}", "b".repeat(5_000));
    assert_eq!(taken(one.as_bytes()), Err(BAD));
}

/// Tiny chunks are more framing than body: 65 536 bytes of it are enough.
#[test]
fn how_much_framing_there_may_be() {
    let tiny = |chunks: usize| format!("{}0\r\n\r\n", "1\r\nx\r\n".repeat(chunks));
    let most = (65_536 - 5) / 5;
    assert_eq!(taken(tiny(most).as_bytes()).map(|found| found.1), Ok(true));
    assert_eq!(taken(tiny(most + 1).as_bytes()), Err(BAD));
}

/// A size counts as soon as it is announced, whether or not its bytes ever come.
#[test]
fn totals() {
    for (body, total) in [
        ("", 0),
        ("10", 0),
        ("10\r", 0),
        ("10\r\n", 16),
        ("10\r\nabc", 16),
        ("7fffffff\r\n", (1 << 31) - 1),
        ("80000000\r\n", 1 << 31),
        ("100000000\r\n", 1 << 32),
        ("8000000000000000\r\n", 1 << 63),
        ("ffffffffffffffff\r\n", u64::MAX),
        ("1\r\nx\r\nffffffffffffffff\r\n", u64::MAX),
        ("1\r\nx\r\nffffffffffffffff\r\nyy", u64::MAX),
    ] {
        let (count, is_done, found) = taken(body.as_bytes()).unwrap();
        assert_eq!(
            (count, is_done, found),
            (body.len(), false, total),
            "{body:?}"
        );
    }
}

/// Gives the bytes in stretches, until one is not taken whole; what it comes to in the end.
fn in_stretches<'a>(
    stretches: impl Iterator<Item = &'a [u8]>,
) -> Result<(usize, bool, u64), Refusal> {
    let mut chunks = Chunks::default();
    let mut count = 0;
    for stretch in stretches {
        let here = chunks.take(stretch)?;
        count += here;
        if here < stretch.len() {
            break;
        }
    }
    Ok((count, chunks.is_done(), chunks.total()))
}

#[test]
fn every_cut() {
    let whole = WHOLE.iter().map(|(body, _)| *body);
    for body in whole.chain(REFUSED.iter().map(|(body, ..)| *body)) {
        let bytes = format!("{body}GET / HTTP/1.1").into_bytes();
        let at_once = taken(&bytes);
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let cut = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                let found = in_stretches(cut.into_iter());
                assert_eq!(found, at_once, "{body:?} at {first} and {second}");
            }
        }
        for step in 1..=bytes.len() {
            let found = in_stretches(bytes.chunks(step));
            assert_eq!(found, at_once, "{body:?} by {step}");
        }
    }
}

#[test]
fn nothing_is_taken_after_the_end() {
    let mut chunks = Chunks::default();
    assert_eq!(chunks.take(b"0\r\n\r\n"), Ok(5));
    for after in [&b""[..], b"GET", b"0\r\n\r\n", b"\xff"] {
        assert_eq!(chunks.take(after), Ok(0));
        assert!(chunks.is_done());
    }
}

proptest! {
    #[test]
    fn what_an_encoder_writes_is_taken_whole(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..6),
        extension in "(;[a-z]{1,8}(=[a-z]{1,8})?){0,2}",
        trailers in prop::collection::vec("[A-Z][a-z]{0,5}: [ -~]{0,10}", 0..3),
        tail in prop::collection::vec(any::<u8>(), 0..20),
        step in 1..64_usize,
    ) {
        let body = encode(&chunks, &extension, &trailers);
        let total = chunks.iter().map(Vec::len).sum::<usize>();
        let expected = Ok((body.len(), true, u64::try_from(total).unwrap()));
        let bytes = [&body[..], &tail].concat();
        prop_assert_eq!(taken(&bytes), expected);
        prop_assert_eq!(in_stretches(bytes.chunks(step)), expected);
    }

    #[test]
    fn any_bytes_in_any_stretches(bytes in "[0-9a-f;\r\nx]{0,60}", step in 1..20_usize) {
        prop_assert_eq!(in_stretches(bytes.as_bytes().chunks(step)), taken(bytes.as_bytes()));
    }

    /// Two bytes that differ in one place never mean two bodies of different length by accident:
    /// either the coding is refused, or it is whole, or it waits for more.
    #[test]
    fn a_flipped_byte_is_never_read_beyond(
        chunk in prop::collection::vec(any::<u8>(), 1..40),
        at: prop::sample::Index,
        byte: u8,
    ) {
        let mut body = encode(&[chunk], "", &[]);
        let at = at.index(body.len());
        body[at] = byte;
        if let Ok((count, _, _)) = taken(&body) {
            prop_assert!(count <= body.len());
        }
    }
}
