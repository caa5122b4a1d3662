//! Sounds by their entries, and QuickTime's made plain.

#![expect(
    clippy::indexing_slicing,
    reason = "a test that is wrong about a number shall panic"
)]

use std::slice;

use crate::media::mp4::entry::tests::{read_from, stsd};
use crate::media::mp4::entry::{Codec, SampleEntry};
use crate::media::mp4::tests::film::boxes::{atom, esds, full, mp4a, put, sound_entry};
use crate::media::mp4::track::Kind;

fn sound(entry: Vec<u8>) -> SampleEntry {
    read_from(&stsd(0, &[entry]), 1, Kind::Sound, true).unwrap()
}

fn aac(given: &[u8]) -> Vec<u8> {
    sound_entry(b"mp4a", &esds(0x40, given))
}

fn check(entry: Vec<u8>, codec: Codec, text: &str, channels: u16, rate: u32) {
    let found = sound(entry.clone());
    assert_eq!(found.codec_text, text);
    assert_eq!(found.codec, codec, "{text}");
    assert_eq!(
        (found.channels, found.sample_rate),
        (channels, rate),
        "{text}"
    );
    assert_eq!(codec.unfit(), None);
    // What is right stays as it is.
    assert_eq!(*found.bytes, entry[..]);
}

#[test]
fn names_of_aac() {
    for (entry, text, channels, rate) in [
        (mp4a(), "mp4a.40.2", 2, 48_000),
        // HE-AAC: 24 kHz inside, 48 outside; with parametric stereo.
        (aac(&[0x2b, 0x11, 0x88, 0]), "mp4a.40.5", 2, 48_000),
        (aac(&[0xeb, 0x09, 0x88, 0]), "mp4a.40.29", 1, 48_000),
        // The type behind 31: USAC, 42.
        (aac(&[0xf9, 0x46, 0x40]), "mp4a.40.42", 2, 48_000),
        // A rate that is written out, and eight channels.
        (aac(&[0x17, 0x80, 0x5d, 0xc0, 0x38]), "mp4a.40.2", 8, 48_000),
        // Of MPEG-2, with and without a configuration.
        (
            sound_entry(b"mp4a", &esds(0x67, &[0x11, 0x90])),
            "mp4a.67",
            2,
            48_000,
        ),
        (sound_entry(b"mp4a", &esds(0x66, &[])), "mp4a.66", 2, 48_000),
    ] {
        check(entry, Codec::Aac, text, channels, rate);
    }
}

#[test]
fn names_of_others() {
    let dfla = [
        &[0x80, 0, 0, 34][..],
        &[0; 10],
        &[0x0a, 0xc4, 0x42, 0xf0],
        &[0; 20],
    ]
    .concat();
    let dops = [0, 6, 0, 0, 0, 0, 0xac, 0x44, 0, 0, 0];
    let ac3 = |config: [u8; 3]| sound_entry(b"ac-3", &atom(b"dac3", &config));
    let eac3 = |config: &[u8]| sound_entry(b"ec-3", &atom(b"dec3", config));
    for (entry, codec, text, channels, rate) in [
        (
            sound_entry(b"Opus", &atom(b"dOps", &dops)),
            Codec::Opus,
            "Opus",
            6,
            48_000,
        ),
        (
            sound_entry(b"fLaC", &full(b"dfLa", 0, 0, &dfla)),
            Codec::Flac,
            "fLaC",
            2,
            44_100,
        ),
        // Three in front, two behind, and the bass; one.
        (ac3([0x10, 0x3d, 0xe0]), Codec::Ac3, "ac-3", 6, 48_000),
        (ac3([0x10, 0x08, 0]), Codec::Ac3, "ac-3", 1, 48_000),
        (
            eac3(&[0x14, 0, 0x20, 0x0f, 0]),
            Codec::Eac3,
            "ec-3",
            6,
            48_000,
        ),
        // With another pair behind.
        (
            eac3(&[0x14, 0, 0x20, 0x0f, 0x02, 0x02]),
            Codec::Eac3,
            "ec-3",
            8,
            48_000,
        ),
    ] {
        check(entry, codec, text, channels, rate);
    }
}

#[test]
fn sounds_that_are_refused() {
    for (entry, codec) in [
        (sound_entry(b"mp4a", &esds(0x69, &[])), Codec::Mp3),
        (sound_entry(b"mp4a", &esds(0x6b, &[])), Codec::Mp3),
        // 34 behind 31.
        (aac(&[0xf8, 0x46, 0x40]), Codec::Mp3),
        (sound_entry(b".mp3", &[]), Codec::Mp3),
        (sound_entry(b"ms\0\x55", &[]), Codec::Mp3),
        (sound_entry(b"lpcm", &[]), Codec::Pcm),
        (sound_entry(b"sowt", &[]), Codec::Pcm),
        (sound_entry(b"twos", &[]), Codec::Pcm),
        (sound_entry(b"ulaw", &[]), Codec::Pcm),
        (sound_entry(b"enca", &[]), Codec::Encrypted),
        (sound_entry(b"alac", &[]), Codec::Other),
        (sound_entry(b"samr", &[]), Codec::Other),
        (sound_entry(b"mp4a", &esds(0xdd, &[1])), Codec::Other),
        (sound_entry(b"mp4a", &esds(0x40, &[])), Codec::Other),
        (aac(&[0x01, 0x90]), Codec::Other),
        // Lossless: 36 behind 31.
        (aac(&[0xf8, 0x86, 0x40]), Codec::Other),
        (sound_entry(b"mp4a", &[]), Codec::Other),
        (
            sound_entry(b"mp4a", &full(b"esds", 0, 0, &[3, 200, 1])),
            Codec::Other,
        ),
        (
            sound_entry(b"mp4a", &full(b"esds", 0, 0, &[4, 0])),
            Codec::Other,
        ),
        (sound_entry(b"Opus", &atom(b"dOps", &[0])), Codec::Other),
        (
            sound_entry(b"fLaC", &full(b"dfLa", 0, 0, &[0; 21])),
            Codec::Other,
        ),
        (sound_entry(b"ac-3", &atom(b"dac3", &[1, 2])), Codec::Other),
        (
            sound_entry(b"ec-3", &atom(b"dec3", &[1, 2, 3, 4])),
            Codec::Other,
        ),
        (atom(b"mp4a", &[0; 27]), Codec::Other),
        (atom(b"sowt", &[]), Codec::Pcm),
    ] {
        let found = sound(entry.clone());
        assert_eq!(found.codec, codec, "{entry:?}");
        assert!(codec.unfit().is_some());
        assert!(codec == Codec::Mp3 || found.codec_text.is_empty());
    }
}

/// QuickTime's version 1 or 2 of an entry of sound.
fn quicktime(version: u16, fourcc: &[u8; 4], boxes: &[u8]) -> Vec<u8> {
    let mut body = vec![0, 0, 0, 0, 0, 0, 0, 1];
    body.extend(version.to_be_bytes());
    body.extend([0; 6]);
    if version == 1 {
        put(&mut body, &[0x2_0010, 0xfffe_0000, 48_000 << 16]);
        put(&mut body, &[1_024, 0, 0, 2]);
    } else {
        put(&mut body, &[0x3_0010, 0xfffe_0000, 0x1_0000]);
        put(
            &mut body,
            &[72, 0x40e7_7000, 0, 2, 0x7f00_0000, 0, 0, 0, 1_024],
        );
    }
    body.extend(boxes);
    atom(fourcc, &body)
}

#[test]
fn sounds_of_quicktime_become_plain() {
    let config = esds(0x40, &[0x11, 0x90]);
    let frma = atom(b"frma", b"mp4a");
    let inner = [&frma[..], &atom(b"mp4a", &[0; 4]), &config, &[0; 8]];
    let wave = atom(b"wave", &inner.concat());
    let chan = full(b"chan", 0, 0, &[0; 12]);
    for entry in [
        quicktime(1, b"mp4a", &wave),
        quicktime(1, b"mp4a", &[&chan[..], &wave].concat()),
        quicktime(2, b"mp4a", &wave),
        quicktime(1, b"mp4a", &config),
        sound_entry(b"mp4a", &wave),
    ] {
        let found = sound(entry.clone());
        assert_eq!(*found.bytes, mp4a()[..]);
        assert_eq!((found.channels, found.sample_rate), (2, 48_000));
        // Where the file's own index is served, it stays.
        let found = read_from(&stsd(0, slice::from_ref(&entry)), 1, Kind::Sound, false);
        assert_eq!(*found.unwrap().bytes, entry[..]);
    }
    // Says version 1 and means the plain form; ISO's version 1 is the plain form.
    let mut entry = mp4a();
    entry[17] = 1;
    assert_eq!(*sound(entry.clone()).bytes, mp4a()[..]);
    let found = read_from(&stsd(1, slice::from_ref(&entry)), 1, Kind::Sound, true).unwrap();
    assert_eq!(*found.bytes, entry[..]);
    // Without what the decoder needs, or with less.
    for entry in [
        quicktime(1, b"mp4a", &atom(b"wave", &frma)),
        quicktime(1, b"mp4a", &[]),
        atom(b"mp4a", &quicktime(2, b"mp4a", &[])[8..50]),
    ] {
        assert_eq!(sound(entry).codec, Codec::Other);
    }
}
