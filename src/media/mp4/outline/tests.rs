//! Tops of files.

#![expect(
    clippy::indexing_slicing,
    reason = "a test that is wrong about a number shall panic"
)]

use super::{Extent, Outline, Piece};
use crate::media::mp4::bounds::{FRAGMENT_BOXES_MAX, TOP_BOXES_MAX};
use crate::media::mp4::tests::film::boxes::atom;
use crate::media::package::ReadAt;
use crate::media::unfit::Unfit;

fn walk(file: &Vec<u8>) -> (Outline, Result<(), Unfit>) {
    let mut outline = Outline::default();
    let walked = outline.walk(file);
    (outline, walked)
}

#[test]
fn plain() {
    let parts = [
        atom(b"ftyp", b"isom"),
        atom(b"moov", &[0; 5]),
        atom(b"mdat", &[0; 9_000]),
        atom(b"free", b""),
        atom(b"moov", &[0; 50]),
    ];
    let (outline, walked) = walk(&parts.concat());
    assert_eq!(walked, Ok(()));
    assert_eq!(outline.moov, Some(Extent { start: 12, end: 25 }));
    assert_eq!(outline.first_mdat, Some(25));
    assert!(!outline.is_cut && outline.pieces.is_empty());
    // Cut in the last box, in the media, in the first index.
    let whole = parts.concat();
    for (len, is_cut, has_moov) in [
        (whole.len() - 1, true, true),
        (9_033, false, true),
        (9_032, true, true),
        (25, false, true),
        (24, true, false),
        (12, false, false),
        (11, true, false),
        // Not even a header.
        (7, false, false),
        (0, false, false),
    ] {
        let (outline, walked) = walk(&whole[..len].to_vec());
        assert_eq!(walked, Ok(()));
        assert_eq!(
            (outline.is_cut, outline.moov.is_some()),
            (is_cut, has_moov),
            "{len}"
        );
    }
}

#[test]
fn sizes_at_the_top() {
    let long = [&[0, 0, 0, 1][..], b"mdat", &20u64.to_be_bytes(), &[0; 4]].concat();
    let moov = atom(b"moov", &[0; 5]);
    let (outline, _) = walk(&[&long[..], &moov].concat());
    assert_eq!(outline.moov, Some(Extent { start: 20, end: 33 }));
    // Zero is as far as there is something.
    let endless = [&moov[..], b"\0\0\0\0mdat", &[0; 99]].concat();
    let (outline, _) = walk(&endless);
    assert_eq!((outline.first_mdat, outline.is_cut), (Some(13), false));
    // What is no box: behind the index it hurts nobody.
    let bad = b"\0\0\0\x03free";
    assert_eq!(walk(&bad.to_vec()).1, Err(Unfit::Damaged));
    assert_eq!(walk(&[&moov[..], bad].concat()).1, Ok(()));
    let far = [&[0, 0, 0, 1][..], b"free", &u64::MAX.to_be_bytes()].concat();
    assert_eq!(walk(&[&moov[..], &far].concat()).1, Ok(()));
    let free = atom(b"free", b"");
    assert_eq!(walk(&[free, far].concat()).1, Err(Unfit::Damaged));
    // A box without a name that goes too far is rubbish, not a cut.
    let (outline, walked) = walk(&[&moov[..], &[0xee; 40]].concat());
    assert_eq!((outline.is_cut, walked), (false, Ok(())));
}

#[test]
fn fragments() {
    let parts = [
        atom(b"moov", b""),                //  0
        atom(b"sidx", b""),                //  8
        atom(b"styp", b""),                // 16
        atom(b"moof", b""),                // 24
        atom(b"mdat", b"12"),              // 32
        atom(b"moof", b""),                // 42
        atom(b"free", b""),                // 50
        atom(b"mdat", b""),                // 58
        atom(b"mdat", b"1"),               // 66
        atom(b"styp", b""),                // 75
        atom(b"mdat", b"not of the last"), // 83
        atom(b"moof", b""),                // 106
        atom(b"mdat", b"123"),             // 114
        atom(b"mfra", b""),                // 125
    ];
    let whole = parts.concat();
    let piece = |start, end, to| Piece {
        moof: Extent { start, end },
        end: to,
    };
    let all = [piece(24, 32, 42), piece(42, 50, 75), piece(106, 114, 125)];
    for (len, count, is_cut) in [
        (whole.len(), 3, false),
        (125, 3, false),
        (124, 2, true),
        // A fragment whose media has not come, then not even a header.
        (114, 2, true),
        (113, 2, false),
        (106, 2, false),
        (74, 1, true),
        (41, 0, true),
    ] {
        let (outline, walked) = walk(&whole[..len].to_vec());
        assert_eq!(walked, Ok(()));
        assert_eq!(outline.pieces, all[..count], "{len}");
        assert_eq!(outline.is_cut, is_cut, "{len}");
    }
}

#[test]
fn not_too_many() {
    let free = atom(b"free", b"");
    let most = usize::try_from(TOP_BOXES_MAX).unwrap();
    assert_eq!(walk(&free.repeat(most)).1, Ok(()));
    assert_eq!(walk(&free.repeat(most + 1)).1, Err(Unfit::TooLarge));
    let most = usize::try_from(FRAGMENT_BOXES_MAX).unwrap();
    let moof = atom(b"moof", b"");
    assert_eq!(walk(&moof.repeat(most)).1, Ok(()));
    assert_eq!(walk(&moof.repeat(most + 1)).1, Err(Unfit::TooLarge));
}

/// A disk that gives up.
struct Broken;

impl ReadAt for Broken {
    fn file_len(&self) -> u64 {
        100
    }

    fn read_at(&self, _: u64, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::Other.into())
    }
}

#[test]
fn a_disk_that_gives_up() {
    let mut outline = Outline::default();
    assert_eq!(outline.walk(&Broken), Err(Unfit::Unreadable));
}
