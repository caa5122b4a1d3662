//! Codecs by their entries, and the entries as they are written out.

#![expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "a test that is wrong about a number shall panic"
)]

use std::slice;

use super::{Codec, SampleEntry, Stsd, VideoRange};
use crate::media::mp4::atom::Atoms;
use crate::media::mp4::bounds::ENTRY_BYTES_MAX;
use crate::media::mp4::tests::film::boxes::{
    atom, avc1, esds, full, mp4a, picture_entry, put, sound_entry, tx3g,
};
use crate::media::mp4::track::Kind;
use crate::media::unfit::Unfit;

pub(super) fn stsd(version: u8, entries: &[Vec<u8>]) -> Vec<u8> {
    let count = (entries.len() as u32).to_be_bytes();
    full(
        b"stsd",
        version,
        0,
        &[&count[..], &entries.concat()].concat(),
    )
}

pub(super) fn read_from(
    stsd: &[u8],
    number: u32,
    kind: Kind,
    is_repaired: bool,
) -> Result<SampleEntry, Unfit> {
    let atom = Atoms::of(stsd, 0).first(b"stsd")?.ok_or(Unfit::Damaged)?;
    Stsd::read(atom)?.entry(number, kind, 44_100, is_repaired)
}

fn picture(entry: Vec<u8>) -> SampleEntry {
    read_from(&stsd(0, &[entry]), 1, Kind::Video, true).unwrap()
}

fn hvcc(first: u8, compatibility: u32, constraints: [u8; 6], level: u8, sps: &[u8]) -> Vec<u8> {
    let mut body = vec![1, first];
    put(&mut body, &[compatibility]);
    body.extend(constraints);
    body.push(level);
    body.extend([0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f]);
    if sps.is_empty() {
        body.push(0);
    } else {
        // A parameter set of another kind before it.
        body.extend([2, 0xa0, 0, 1, 0, 2, 0x40, 1, 0xa1, 0, 1]);
        body.extend((sps.len() as u16).to_be_bytes());
        body.extend(sps);
    }
    atom(b"hvcC", &body)
}

const MAIN: [u8; 6] = [0x90, 0, 0, 0, 0, 0];

/// As x265 writes it: 320 by 180, ten bits, BT.2020, PQ.
const HDR_SPS: &[u8] = &[
    0x42, 0x01, 0x01, 0x02, 0x20, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03,
    0x00, 0x3c, 0xa0, 0x0a, 0x08, 0x0c, 0x1f, 0x3b, 0x65, 0x95, 0x95, 0x29, 0x30, 0xbc, 0x05, 0xa8,
    0x48, 0x80, 0x48, 0x20, 0x00, 0x00, 0x03, 0x00, 0x20, 0x00, 0x00, 0x03, 0x03, 0x01,
];

fn check(entry: Vec<u8>, codec: Codec, text: &str, range: VideoRange) {
    let found = picture(entry);
    assert_eq!(found.codec_text, text);
    assert_eq!((found.codec, found.range), (codec, range), "{text}");
    assert_eq!((found.width, found.height), (640, 360));
    assert_eq!(codec.unfit(), None);
}

#[test]
fn names_of_h264_and_h265() {
    let hevc = |first, compatibility, constraints, level| {
        hvcc(first, compatibility, constraints, level, &[0x42, 1, 2])
    };
    let dvcc = atom(b"dvcC", &[&[1, 0, 0x0a, 0x30][..], &[0; 20]].concat());
    for (entry, codec, text, range) in [
        (avc1(), Codec::Avc, "avc1.64001f", VideoRange::Sdr),
        (
            picture_entry(b"avc3", &atom(b"avcC", &[1, 0x4d, 0x40, 0x0c, 255, 0xe1])),
            Codec::Avc,
            "avc3.4d400c",
            VideoRange::Sdr,
        ),
        (
            picture_entry(b"hvc1", &hevc(1, 0x6000_0000, MAIN, 93)),
            Codec::Hevc,
            "hvc1.1.6.L93.90",
            VideoRange::Sdr,
        ),
        (
            picture_entry(
                b"hev1",
                &hevc(0x22, 0x2000_0000, [0xb0, 0, 0x80, 0, 0, 0], 153),
            ),
            Codec::Hevc,
            "hvc1.2.4.H153.B0.0.80",
            VideoRange::Sdr,
        ),
        (
            picture_entry(b"hvc1", &hevc(0x44, 0, [0; 6], 30)),
            Codec::Hevc,
            "hvc1.A4.0.L30",
            VideoRange::Sdr,
        ),
        (
            picture_entry(b"dvh1", &[hevc(2, 0x2000_0000, MAIN, 153), dvcc].concat()),
            Codec::Hevc,
            "dvh1.05.06",
            VideoRange::Pq,
        ),
    ] {
        check(entry, codec, text, range);
    }
}

#[test]
fn names_of_av1_and_vp9() {
    let colr = |kind: &[u8; 4], transfer: u8| {
        atom(
            b"colr",
            &[&kind[..], &[0, 9, 0, transfer, 0, 9, 0x80]].concat(),
        )
    };
    let av1c = |first: u8, second: u8| atom(b"av1C", &[0x81, first, second, 0]);
    let vpcc = |transfer: u8| full(b"vpcC", 1, 0, &[2, 41, 0xa2, 9, transfer, 9, 0, 0]);
    for (entry, codec, text, range) in [
        (
            picture_entry(b"av01", &[av1c(0x08, 0), colr(b"nclx", 18)].concat()),
            Codec::Av1,
            "av01.0.08M.08",
            VideoRange::Hlg,
        ),
        (
            picture_entry(b"av01", &[av1c(0x2d, 0xc0), colr(b"nclc", 16)].concat()),
            Codec::Av1,
            "av01.1.13H.10",
            VideoRange::Pq,
        ),
        (
            picture_entry(b"av01", &[av1c(0x5f, 0x60), colr(b"prof", 16)].concat()),
            Codec::Av1,
            "av01.2.31M.12",
            VideoRange::Sdr,
        ),
        (
            picture_entry(b"vp09", &vpcc(16)),
            Codec::Vp9,
            "vp09.02.41.10",
            VideoRange::Pq,
        ),
    ] {
        check(entry, codec, text, range);
    }
}

#[test]
fn pictures_that_are_refused() {
    for (entry, codec) in [
        (picture_entry(b"encv", &[]), Codec::Encrypted),
        (picture_entry(b"jpeg", &[]), Codec::Still),
        (picture_entry(b"png ", &[]), Codec::Still),
        (picture_entry(b"mp4v", &esds(0x6c, &[])), Codec::Still),
        (
            picture_entry(b"mp4v", &esds(0x20, &[0, 0, 1])),
            Codec::Other,
        ),
        (picture_entry(b"mp4v", &[]), Codec::Other),
        (picture_entry(b"apcn", &[]), Codec::Other),
        // Known, but without what decoders need, or with less of it.
        (picture_entry(b"avc1", &[]), Codec::Other),
        (
            picture_entry(b"avc1", &atom(b"avcC", &[1, 2, 3, 4])),
            Codec::Other,
        ),
        (
            picture_entry(b"hvc1", &atom(b"hvcC", &[1; 22])),
            Codec::Other,
        ),
        (
            picture_entry(b"av01", &atom(b"av1C", &[1, 2])),
            Codec::Other,
        ),
        (
            picture_entry(b"vp09", &atom(b"vpcC", &[1; 8])),
            Codec::Other,
        ),
        (
            picture_entry(b"dvh1", &hvcc(2, 0, MAIN, 93, &[])),
            Codec::Other,
        ),
        (atom(b"avc1", &[0; 20]), Codec::Other),
    ] {
        let found = picture(entry.clone());
        assert_eq!(found.codec, codec);
        assert_eq!(found.codec_text, "");
        assert_eq!(*found.bytes, entry[..]);
        assert!(codec.unfit().is_some());
    }
}

#[test]
fn entries_are_repaired() {
    // What is right stays as it is.
    assert_eq!(*picture(avc1()).bytes, avc1()[..]);
    // QuickTime's end of a list, and rubbish that is no box.
    for rest in [&[0, 0, 0, 0][..], &[0, 0, 0, 99, 1, 2, 3, 4, 5]] {
        let config = &avc1()[86..];
        let entry = picture_entry(b"avc1", &[config, rest].concat());
        assert_eq!(*picture(entry).bytes, avc1()[..]);
    }
    // Where samples are is said by the new index.
    let mut entry = avc1();
    entry[15] = 7;
    assert_eq!(*picture(entry).bytes, avc1()[..]);
    // A header of 64 bits.
    let len = avc1().len() as u64 + 8;
    let long = [&[0, 0, 0, 1][..], b"avc1", &len.to_be_bytes(), &avc1()[8..]].concat();
    assert_eq!(*picture(long).bytes, avc1()[..]);
}

#[test]
fn parameter_sets_decide_names() {
    let config = hvcc(1, 0x6000_0000, MAIN, 93, &[0x42, 1, 2]);
    let without = hvcc(1, 0x6000_0000, MAIN, 93, &[]);
    for (fourcc, config, name) in [
        (b"hev1", &config, b"hvc1"),
        (b"hvc1", &config, b"hvc1"),
        (b"hev1", &without, b"hev1"),
        (b"hvc1", &without, b"hev1"),
    ] {
        let found = picture(picture_entry(fourcc, config));
        assert_eq!(&found.fourcc, name);
        assert_eq!(*found.bytes, picture_entry(name, config)[..]);
        assert_eq!(found.codec_text.as_bytes()[..4], name[..]);
    }
    let empty = atom(b"avcC", &[1, 0x64, 0, 0x1f, 0xff, 0xe0, 0]);
    let found = picture(picture_entry(b"avc1", &empty));
    assert_eq!(*found.bytes, picture_entry(b"avc3", &empty)[..]);
    assert_eq!(found.codec_text, "avc3.64001f");
    // Where the file's own index is served, names are as they stand there.
    let entry = picture_entry(b"hev1", &[&config[..], &[0; 4]].concat());
    let found = read_from(&stsd(0, slice::from_ref(&entry)), 1, Kind::Video, false).unwrap();
    assert_eq!(*found.bytes, entry[..]);
    assert_eq!(found.codec_text, "hev1.1.6.L93.90");
}

#[test]
fn hdr_that_only_the_stream_tells_of() {
    let range = |sps: &[u8]| {
        let config = hvcc(2, 0x2000_0000, MAIN, 93, sps);
        picture(picture_entry(b"hvc1", &config)).range
    };
    assert_eq!(range(HDR_SPS), VideoRange::Pq);
    // At whatever bit it ends.
    for len in 1..HDR_SPS.len() {
        let range = range(&HDR_SPS[..len]);
        assert!(range == VideoRange::Sdr || len > 30, "{len}");
    }
    // A box has the last word, where it has one.
    let config = hvcc(2, 0x2000_0000, MAIN, 93, HDR_SPS);
    for (transfer, range) in [(1, VideoRange::Sdr), (18, VideoRange::Hlg)] {
        let colr = atom(
            b"colr",
            &[b"nclx", &[0, 1, 0, transfer, 0, 1, 0][..]].concat(),
        );
        let found = picture(picture_entry(b"hvc1", &[&config[..], &colr].concat()));
        assert_eq!(found.range, range);
    }
}

#[test]
fn texts() {
    for (fourcc, codec) in [
        (b"tx3g", Codec::Tx3g),
        (b"text", Codec::Tx3g),
        (b"wvtt", Codec::Wvtt),
        (b"enct", Codec::Encrypted),
        (b"stpp", Codec::Other),
    ] {
        let mut entry = tx3g();
        entry[4..8].copy_from_slice(fourcc);
        let found = read_from(&stsd(0, slice::from_ref(&entry)), 0, Kind::Text, true).unwrap();
        assert_eq!((found.codec, &*found.bytes), (codec, &entry[..]));
    }
}

#[test]
fn one_of_several() {
    let stsd = stsd(0, &[mp4a(), sound_entry(b"sowt", &[])]);
    let codec = |number| read_from(&stsd, number, Kind::Sound, true).map(|entry| entry.codec);
    assert_eq!(codec(0), Ok(Codec::Aac));
    assert_eq!(codec(1), Ok(Codec::Aac));
    assert_eq!(codec(2), Ok(Codec::Pcm));
    assert_eq!(codec(3), Err(Unfit::Damaged));
    assert_eq!(codec(u32::MAX), Err(Unfit::Damaged));
}

#[test]
fn an_entry_is_not_too_large() {
    let room = ENTRY_BYTES_MAX - avc1().len() - 8;
    for (len, is_read) in [(room, true), (room + 1, false)] {
        let mut entry = avc1();
        entry.extend(atom(b"free", &vec![0; len]));
        let all = entry.len() as u32;
        entry[..4].copy_from_slice(&all.to_be_bytes());
        let found = read_from(&stsd(0, &[entry]), 1, Kind::Video, true);
        assert_eq!(found.is_ok(), is_read);
        assert_eq!(found.err(), (!is_read).then_some(Unfit::TooLarge));
    }
}
