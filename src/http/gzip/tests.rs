//! What is compressed comes out of another's inflate as it was.

use std::fmt::Write as _;
use std::io::Read;

use flate2::read::GzDecoder;
use proptest::prelude::*;

use super::{compress, steps};

fn inflated(gzip: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut decoder = GzDecoder::new(gzip);
    decoder.read_to_end(&mut plain).unwrap();
    assert_eq!(decoder.into_inner(), b"", "nothing stands behind it");
    plain
}

/// As a long film has it.
fn playlist(segments: usize) -> String {
    let mut text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n".to_owned();
    for number in 0..segments {
        _ = write!(
            text,
            "#EXTINF:6.{:06},\nm-{number}.m4s?v=0123456789abcdef\n",
            number * 37 % 999_983
        );
    }
    text
}

#[test]
fn some() {
    let random: Vec<u8> = (0..70_000u32)
        .map(|at| (at.wrapping_mul(at).wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0])
        .collect();
    for plain in [
        &b""[..],
        b"a",
        b"aaaa",
        b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        b"\xff\x90\x8f\x00",
        &[b'x'; 258],
        &[b'x'; 259],
        &[b'x'; 260],
        &[b'x'; 100_000],
        &random,
        &random[..9_999].repeat(9),
        playlist(1_200).as_bytes(),
    ] {
        assert_eq!(inflated(&compress(plain)), plain, "{} bytes", plain.len());
    }
}

#[test]
fn playlists_become_small() {
    let plain = playlist(1_200);
    let gzip = compress(plain.as_bytes());
    assert!(
        gzip.len() * 5 < plain.len(),
        "{} of {}",
        gzip.len(),
        plain.len()
    );
}

/// The tables of RFC 1951 3.2.5, at their borders.
#[test]
fn lengths_and_distances() {
    for (length, wanted) in [
        (3, (257, 0, 0)),
        (10, (264, 0, 0)),
        (11, (265, 0, 1)),
        (12, (265, 1, 1)),
        (13, (266, 0, 1)),
        (18, (268, 1, 1)),
        (19, (269, 0, 2)),
        (130, (280, 15, 4)),
        (131, (281, 0, 5)),
        (257, (284, 30, 5)),
    ] {
        let (code, rest, count) = steps(length - 3, 3);
        assert_eq!((257 + code, rest, count), wanted, "length {length}");
    }
    for (distance, wanted) in [
        (1, (0, 0, 0)),
        (4, (3, 0, 0)),
        (5, (4, 0, 1)),
        (7, (5, 0, 1)),
        (9, (6, 0, 2)),
        (13, (7, 0, 2)),
        (24_577, (29, 0, 13)),
        (32_768, (29, 8_191, 13)),
    ] {
        assert_eq!(steps(distance - 1, 2), wanted, "distance {distance}");
    }
}

proptest! {
    #[test]
    fn all(words in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 1..9),
           order in prop::collection::vec(any::<prop::sample::Index>(), 0..400)) {
        let plain: Vec<u8> = order.iter().flat_map(|at| at.get(&words).clone()).collect();
        prop_assert_eq!(inflated(&compress(&plain)), plain);
    }
}
