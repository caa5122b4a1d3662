//! Boxes in boxes, whole and not.

use super::{Atoms, Fields, Head, Size};
use crate::media::mp4::bounds::CHILDREN_MAX;
use crate::media::unfit::Unfit;

type Found = Result<Vec<(usize, usize, usize)>, Unfit>;

/// Where the body of each begins, how long it is, and how long the whole.
fn walk(bytes: &[u8]) -> Found {
    Atoms::of(bytes, 100)
        .map(|atom| atom.map(|atom| (atom.at, atom.body.len(), atom.whole.len())))
        .collect()
}

#[test]
fn headers() {
    let long = |size: u64| [&[0, 0, 0, 1][..], b"free", &size.to_be_bytes()].concat();
    for (bytes, size, head_len) in [
        (b"\0\0\0\x08free".to_vec(), Some(Size::Bytes(8)), 8),
        (
            b"\xff\xff\xff\xfffree".to_vec(),
            Some(Size::Bytes(0xffff_ffff)),
            8,
        ),
        (b"\0\0\0\0free".to_vec(), Some(Size::ToEnd), 8),
        (long(16), Some(Size::Bytes(16)), 16),
        (long(u64::MAX), Some(Size::Bytes(u64::MAX)), 16),
        // Shorter than their own headers, or not there.
        (b"\0\0\0\x07free".to_vec(), None, 0),
        (b"\0\0\0\x02free".to_vec(), None, 0),
        (long(15), None, 0),
        (long(0), None, 0),
        (b"\0\0\0\x01free\0\0\0\0\0\0\0".to_vec(), None, 0),
        (b"\0\0\0\x08fre".to_vec(), None, 0),
    ] {
        let head = Head::read(&bytes);
        assert_eq!(head.map(|head| head.size), size, "{bytes:?}");
        assert_eq!(head.map_or(0, |head| head.head_len), head_len);
    }
}

#[test]
fn walks() {
    for (bytes, found) in [
        (&b""[..], Ok(vec![])),
        (b"\0\0\0\x08free", Ok(vec![(108, 0, 8)])),
        (
            b"\0\0\0\x09freeX\0\0\0\x08skip",
            Ok(vec![(108, 1, 9), (117, 0, 8)]),
        ),
        (b"\0\0\0\x01free\0\0\0\0\0\0\0\x11X", Ok(vec![(116, 1, 17)])),
        // Zero ends the list, and so does what is too short for a header: QuickTime writes four zeros.
        (b"\0\0\0\x08free\0\0\0\0freeXXXX", Ok(vec![(108, 0, 8)])),
        (b"\0\0\0\x08free\0\0\0\0", Ok(vec![(108, 0, 8)])),
        (b"\0\0\0\x09free", Err(Unfit::Damaged)),
        (b"\0\0\0\x07freeXXXXXX", Err(Unfit::Damaged)),
        (
            b"\0\0\0\x01free\xff\xff\xff\xff\xff\xff\xff\xff",
            Err(Unfit::Damaged),
        ),
    ] as [(&[u8], Found); 9]
    {
        assert_eq!(walk(bytes), found, "{bytes:?}");
    }
}

#[test]
fn not_too_many() {
    let most = usize::try_from(CHILDREN_MAX).unwrap();
    let bytes = b"\0\0\0\x08free".repeat(most);
    assert_eq!(walk(&bytes).map(|found| found.len()), Ok(most));
    let bytes = b"\0\0\0\x08free".repeat(most + 1);
    assert_eq!(walk(&bytes), Err(Unfit::TooLarge));
    // An error is the last item.
    assert_eq!(Atoms::of(&bytes, 0).count(), most + 1);
}

#[test]
fn the_first_of_a_kind() {
    let bytes = b"\0\0\0\x08skip\0\0\0\x09freeA\0\0\0\x09freeB\0\0\0\x63";
    let first = Atoms::of(bytes, 0).first(b"free").unwrap().unwrap();
    assert_eq!(first.body, b"A");
    assert!(Atoms::of(bytes, 0).first(b"none").unwrap().is_none());
    // Damage before it is found counts.
    assert!(
        Atoms::of(b"\0\0\0\x63skip\0\0\0\x09freeA", 0)
            .first(b"free")
            .is_err()
    );
}

#[test]
fn fields_end() {
    let mut fields = Fields(&[1, 0, 2, 0, 0, 0, 3, 9]);
    assert_eq!(fields.u8(), Ok(1));
    assert_eq!(fields.u16(), Ok(2));
    assert_eq!(fields.word(false), Ok(3));
    assert_eq!(fields.u16(), Err(Unfit::Damaged));
    assert_eq!(fields.word(true), Err(Unfit::Damaged));
    assert_eq!(fields.skip(2), Err(Unfit::Damaged));
    assert_eq!(fields.take(1), Ok(&[9][..]));
    assert_eq!(fields.u8(), Err(Unfit::Damaged));
}
