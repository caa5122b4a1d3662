//! What tracks say of themselves.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test that is wrong about a number shall panic"
)]

use super::{Kind, Track};
use crate::media::mp4::bounds::EDITS_MAX;
use crate::media::mp4::tests::film::boxes::{
    TURNED, atom, body_of, full, patch, picture_entry, sound_entry,
};
use crate::media::mp4::tests::film::{Film, Reel};
use crate::media::mp4::{Codec, Movie};
use crate::media::unfit::Unfit;

fn first_of(file: &Vec<u8>) -> Result<Track, Unfit> {
    Ok(Movie::read(file).1?.tracks.remove(0))
}

fn first(change: impl Fn(&mut Reel)) -> Result<Track, Unfit> {
    let mut film = Film::small();
    change(&mut film.reels[0]);
    first_of(&film.file())
}

#[test]
fn plain() {
    let track = first(|reel| {
        reel.id = 9;
        reel.group = 3;
        reel.is_enabled = false;
    });
    let track = track.unwrap();
    assert_eq!((track.id, track.kind), (9, Kind::Video));
    assert_eq!((track.alternate_group, track.is_enabled), (3, false));
    assert_eq!((track.timescale, track.duration), (12_288, 48 * 512));
    assert_eq!((track.delay, track.media_time, track.edits), (0, 0, 0));
    assert_eq!(track.sample_count, 48);
}

#[test]
fn edits() {
    // Movie ticks are milliseconds, ticks of the track 12 288 a second.
    for (edits, delay, media_time, count) in [
        (&[(2_000, 1_024)][..], 0, 1_024, 1),
        (&[(0, 0)], 0, 0, 1),
        (&[(500, -1), (2_000, 7)], 6_144, 7, 1),
        (&[(250, -1), (250, -1), (2_000, 7)], 6_144, 7, 1),
        (&[(1, -1), (2_000, 7)], 12, 7, 1),
        (&[(500, -1)], 6_144, 0, 0),
        // Only what comes before the first is a delay.
        (&[(9, 5), (500, -1), (9, 6)], 0, 5, 2),
        (&[(9, 5), (9, 1_000)], 0, 5, 2),
    ] {
        let track = first(|reel| reel.edits = edits.to_vec()).unwrap();
        assert_eq!(
            (track.delay, track.media_time, track.edits),
            (delay, media_time, count)
        );
    }
    let track = first(|reel| reel.edits = vec![(1, 1); EDITS_MAX]).unwrap();
    assert_eq!(track.edits, EDITS_MAX);
    for (edits, why) in [
        (vec![(1, 1); EDITS_MAX + 1], Unfit::TooLarge),
        (vec![(u64::MAX, -1), (u64::MAX, -1)], Unfit::Damaged),
        (vec![(1, i64::MAX)], Unfit::Damaged),
        (vec![(1, i64::MIN)], Unfit::Damaged),
    ] {
        assert_eq!(
            first(|reel| reel.edits.clone_from(&edits)).unwrap_err(),
            why
        );
    }
    // In 32 bits, where -1 is as short.
    let mut film = Film::small();
    film.reels[0].edits = vec![(0, 0)];
    let mut file = film.file();
    let at = body_of(&file, b"elst");
    let short = [
        0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5, 255, 255, 255, 255, 0, 1, 0, 0,
    ];
    file[at..at + 20].copy_from_slice(&short);
    let track = first_of(&file).unwrap();
    assert_eq!((track.delay, track.edits), (61, 0));
    // More entries than bytes.
    patch(&mut file, b"elst", 4, 3);
    assert_eq!(first_of(&file).unwrap_err(), Unfit::Damaged);
}

#[test]
fn clocks() {
    let clock = |at: usize, number: u32| {
        let mut file = Film::small().file();
        patch(&mut file, b"mdhd", at, number);
        first_of(&file).map(|track| (track.timescale, track.duration))
    };
    assert_eq!(clock(12, 1), Ok((1, 24_576)));
    assert_eq!(clock(12, 0), Err(Unfit::Damaged));
    assert_eq!(clock(12, 1 << 31), Ok((1 << 31, 24_576)));
    assert_eq!(clock(12, (1 << 31) + 1), Err(Unfit::Damaged));
    assert_eq!(clock(16, u32::MAX), Ok((12_288, 0)));
    assert_eq!(clock(16, u32::MAX - 1), Ok((12_288, 0xffff_fffe)));
    let mut file = Film::small().file();
    patch(&mut file, b"mvhd", 12, 0);
    assert_eq!(first_of(&file).unwrap_err(), Unfit::Damaged);
}

#[test]
fn boxes_of_64_bits() {
    let film = Film::small();
    let (file, found) = film.make();
    // The same film, its headers in version 1.
    let mut swapped = film.moov(&offsets(&found, &film));
    let long = |kind: &[u8; 4], rest_at: usize, moov: &[u8]| {
        let at = body_of(moov, kind);
        let body = &moov[at..];
        let word = |at: usize| &body[at..at + 4];
        let zero = &[0; 4][..];
        let mut parts = vec![&[1][..], &body[1..4], zero, word(4), zero, word(8)];
        if kind == b"tkhd" {
            parts.extend([word(12), word(16), zero, word(20), &body[24..rest_at]]);
        } else {
            parts.extend([word(12), zero, word(16), &body[20..rest_at]]);
        }
        atom(kind, &parts.concat())
    };
    for (kind, len) in [(b"tkhd", 84), (b"mdhd", 24)] {
        // The first of each: the video's.
        let at = body_of(&swapped, kind);
        let new = long(kind, len, &swapped);
        let more = u32::try_from(new.len() - len - 8).unwrap();
        swapped.splice(at - 8..at + len, new);
        // What is around it grows; the track is the first in the index.
        let mut outer = vec![0, body_of(&swapped, b"trak") - 8];
        if kind == b"mdhd" {
            outer.push(body_of(&swapped, b"mdia") - 8);
        }
        for at in outer {
            let mut size = [0; 4];
            size.copy_from_slice(&swapped[at..at + 4]);
            let size = u32::from_be_bytes(size) + more;
            swapped[at..at + 4].copy_from_slice(&size.to_be_bytes());
        }
    }
    let media = &file[body_of(&file, b"mdat") - 8..];
    let file = [&swapped[..], media, &[0; 99]].concat();
    let track = first_of(&file).unwrap();
    assert_eq!(
        (track.id, track.timescale, track.duration),
        (1, 12_288, 24_576)
    );
    assert_eq!((track.width, track.height), (640 << 16, 360 << 16));
    assert_eq!(track.matrix[1], 1);
    assert_eq!(track.sample_count, 48);
}

fn offsets(found: &[Vec<crate::media::mp4::Sample>], film: &Film) -> Vec<Vec<u64>> {
    let chunks = |(samples, reel): (&Vec<crate::media::mp4::Sample>, &Reel)| {
        let mut at = 0;
        let mut list = Vec::new();
        for &count in reel.chunks.iter().cycle() {
            let Some(sample) = samples.get(at) else {
                break;
            };
            list.push(sample.offset);
            at += usize::try_from(count).unwrap();
        }
        list
    };
    found.iter().zip(&film.reels).map(chunks).collect()
}

#[test]
fn pictures_as_they_are_shown() {
    for (width, height, matrix, shown) in [
        (640 << 16, 360 << 16, None, (640, 360)),
        (640 << 16, 360 << 16, Some(TURNED), (360, 640)),
        // Rounded; by the pixels of the entry where the track says nothing.
        ((853 << 16) + 0x5555, (480 << 16) + 0x8000, None, (853, 481)),
        (0, 0, None, (640, 360)),
        (0, 360 << 16, Some(TURNED), (360, 640)),
        (u32::MAX, u32::MAX, None, (0xffff, 0xffff)),
    ] {
        let track = first(|reel| {
            (reel.width, reel.height) = (width, height);
            reel.matrix = matrix.unwrap_or(reel.matrix);
        });
        assert_eq!(track.unwrap().display_size(), shown);
    }
}

#[test]
fn languages() {
    for (language, text) in [
        (0x15c7, Some(*b"eng")),
        (0x10b5, Some(*b"deu")),
        // Undetermined; QuickTime's English, and its nothing; what are no letters.
        (0x55c4, None),
        (0, None),
        (0x7fff, None),
        (0x15c0, None),
        (0x95c7, Some(*b"eng")),
    ] {
        let track = first(|reel| reel.language = language).unwrap();
        assert_eq!(track.language_text(), text, "{language:x}");
    }
}

#[test]
fn names() {
    for (name, shown) in [
        ("", ""),
        ("Director's commentary", "Director's commentary"),
        (" Stereo\u{7}\n ", "Stereo"),
        ("VideoHandler", ""),
        ("SoundHandler", ""),
        ("GPAC ISO Video Handler", ""),
        ("ISO Media file produced by Google Inc.", ""),
        ("Core Media Audio", ""),
        ("(C) 2007 Google Inc. v08.13.2007.", ""),
        ("vide", ""),
        ("Video description", "Video description"),
        ("Été", "Été"),
    ] {
        assert_eq!(
            first(|reel| name.clone_into(&mut reel.name)).unwrap().name,
            shown
        );
    }
    // QuickTime puts the length first; bytes that are no UTF-8 become signs for that.
    assert_eq!(
        first(|reel| reel.name = "\u{4}Mono".into()).unwrap().name,
        "Mono"
    );
    let mut film = Film::small();
    film.reels[0].name = "xxxx".into();
    let mut file = film.file();
    let at = body_of(&file, b"hdlr") + 24;
    file[at..at + 4].copy_from_slice(&[b'A', 0xff, 0xfe, b'B']);
    assert_eq!(first_of(&file).unwrap().name, "A\u{fffd}\u{fffd}B");
    // No name is endless.
    let long = "é".repeat(1_000);
    assert_eq!(
        first(|reel| reel.name.clone_from(&long)).unwrap().name,
        "é".repeat(200)
    );
}

#[test]
fn chapters_by_tracks_and_by_nero() {
    let mut film = Film::small();
    film.reels[0].chapters = vec![5, 77];
    film.reels
        .extend([Reel::text(5, &[9, 9]), Reel::text(6, &[4])]);
    let list = [
        &[0, 0, 0, 0, 3][..],
        &[0, 0, 0, 0, 0, 0, 0, 0, 3],
        b"One",
        &[0, 0, 0, 0, 2, 0xfa, 0xf0, 0x80, 4],
        b"Zw\xc3\xb6",
        &[0, 0, 0, 0, 2],
    ];
    let chpl = full(b"chpl", 1, 0, &list.concat());
    film.more = atom(b"udta", &[&chpl[..], &[0; 4]].concat());
    let movie = Movie::read(&film.file()).1.unwrap();
    let marked: Vec<_> = movie.tracks.iter().map(|track| track.is_chapters).collect();
    assert_eq!(marked, [false, false, true, false]);
    // The third is not all there.
    let titles = movie
        .chapters
        .iter()
        .map(|chapter| (chapter.start_100ns, &chapter.title[..]));
    assert_eq!(
        titles.collect::<Vec<_>>(),
        [(0, "One"), (50_000_000, "Zwö")]
    );
}

#[test]
fn kinds_that_nobody_plays_are_left_out() {
    let mut film = Film::small();
    film.reels.insert(
        1,
        Reel {
            hdlr_type: *b"tmcd",
            ..Reel::sound(3)
        },
    );
    film.reels.insert(
        1,
        Reel {
            hdlr_type: *b"meta",
            ..Reel::sound(3)
        },
    );
    let movie = Movie::read(&film.file()).1.unwrap();
    assert_eq!(movie.tracks.len(), 2);
    for hdlr_type in [*b"text", *b"subt", *b"sbtl"] {
        film.reels[1] = Reel {
            hdlr_type,
            ..Reel::text(4, &[1])
        };
        let movie = Movie::read(&film.file()).1.unwrap();
        assert_eq!(movie.tracks[1].kind, Kind::Text);
    }
}

#[test]
fn text_that_is_damaged_is_left_out() {
    let mut film = Film::small();
    film.reels.push(Reel::text(3, &[9]));
    film.reels[2].timescale = 0x0123_4567;
    let mut file = film.file();
    assert_eq!(Movie::read(&file).1.unwrap().tracks.len(), 3);
    let at = file
        .windows(4)
        .position(|four| four == 0x0123_4567u32.to_be_bytes())
        .unwrap();
    file[at..at + 4].fill(0);
    assert_eq!(Movie::read(&file).1.unwrap().tracks.len(), 2);
}

#[test]
fn refused_sound_has_its_own_reason() {
    // An hour of raw sound has more samples than a track may have, all of one byte.
    let mut film = Film::small();
    film.reels[1].entries = vec![sound_entry(b"sowt", &[])];
    let mut file = film.file();
    let at = file.windows(4).rposition(|four| four == b"stsz").unwrap() + 8;
    file[at..at + 8].copy_from_slice(&[0, 0, 0, 1, 0x10, 0, 0, 0]);
    let at = file.windows(4).rposition(|four| four == b"stts").unwrap() + 12;
    file[at..at + 4].copy_from_slice(&[0x10, 0, 0, 0]);
    let at = file.windows(4).rposition(|four| four == b"stsc").unwrap() + 16;
    file[at..at + 4].copy_from_slice(&[0x10, 0, 0, 0]);
    let movie = Movie::read(&file).1.unwrap();
    assert_eq!(movie.tracks[1].entry.codec, Codec::Pcm);
    // The same for a codec that is played: the file is not as long.
    let at = file.windows(4).position(|four| four == b"sowt").unwrap();
    file[at..at + 4].copy_from_slice(b"mp4a");
    let movie = Movie::read(&file).1.unwrap();
    assert_eq!(movie.tracks[1].entry.codec, Codec::Other);
}

#[test]
fn several_entries() {
    let other = picture_entry(b"encv", &[]);
    let track = first(|reel| reel.entries.push(other.clone())).unwrap();
    assert_eq!(track.entry.codec, Codec::Avc);
    let mut film = Film::small();
    film.reels[0].entries.push(other);
    let mut file = film.file();
    // The second row of `stsc` wants the second entry.
    patch(&mut file, b"stsc", 8 + 12 + 8, 2);
    assert_eq!(first_of(&file).unwrap_err(), Unfit::Descriptions);
}
