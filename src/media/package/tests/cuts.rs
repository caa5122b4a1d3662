//! Where films are cut, and what is left out of those whose end is missing.

use std::io;

use super::seen::{Seen, lengths};
use super::{made, package, text};
use crate::media::mp4::tests::film::boxes::patch;
use crate::media::mp4::tests::film::{Film, Reel};
use crate::media::package::{Package, ReadAt};

/// Millionths of a second of each segment.
fn cuts(film: &Film) -> Vec<u64> {
    let package = package(film);
    let playlist = ["m", "v", "a0"]
        .iter()
        .find_map(|name| text(&package, &format!("{name}.m3u8")));
    lengths(&playlist.unwrap())
}

fn video(seconds_x24: usize, gop: usize) -> Film {
    Film::of(vec![Reel::video(seconds_x24, gop)])
}

#[test]
fn at_the_first_key_frame_after_six_seconds() {
    for (frames, gop, expected) in [
        (24 * 18, 48, &[6_000_000, 6_000_000, 6_000_000][..]),
        (24 * 18, 24 * 4, &[8_000_000, 8_000_000, 2_000_000]),
        (24 * 20, 24 * 12, &[12_000_000, 8_000_000]),
        (24 * 5, 24, &[5_000_000]),
        (1, 1, &[41_667]),
        (24 * 7, 24 * 7, &[7_000_000]),
        // A rest of less than a second is no segment.
        (24 * 6 + 23, 48, &[6_958_333]),
        (24 * 7, 48, &[6_000_000, 1_000_000]),
        (24 * 59, 24 * 59, &[59_000_000]),
    ] {
        assert_eq!(cuts(&video(frames, gop)), expected, "{frames} {gop}");
    }
}

#[test]
fn clocks_of_a_thousand_ticks_are_not_exact() {
    let mut film = video(24 * 12, 48);
    film.reels[0].timescale = 1_000;
    let shots = film.reels[0].shots.iter_mut().enumerate();
    // The first frame is a tick too long, all key frames but the first are a tick early.
    shots.for_each(|(at, shot)| shot.duration = if at % 24 == 0 { 40 } else { 41 + at as u32 % 3 });
    let total: u32 = film.reels[0].shots[..144]
        .iter()
        .map(|shot| shot.duration)
        .sum();
    assert!((5_990..6_100).contains(&total), "{total}");
    assert_eq!(cuts(&film).len(), 2);
}

#[test]
fn sound_alone_is_cut_between_packets() {
    // 281 packets of 1 024 at 48 kHz are 5.994 667 s: early enough.
    let film = Film::of(vec![Reel::sound(281 * 2 + 50)]);
    assert_eq!(cuts(&film), [5_994_667, 5_994_666, 1_066_667]);
    let film = Film::of(vec![Reel::sound(281 * 2 + 40)]);
    assert_eq!(cuts(&film), [5_994_667, 6_848_000]);
}

/// Sound that goes on belongs to the last segment; sound that ends early is missing in some.
#[test]
fn tracks_of_unequal_length() {
    let film = Film::of(vec![Reel::video(24 * 18, 48), Reel::sound(900)]);
    assert_eq!(cuts(&film), [6_000_000, 6_000_000, 7_200_000]);
    let film = Film::of(vec![Reel::video(24 * 18, 48), Reel::sound(300)]);
    assert_eq!(cuts(&film), [6_000_000; 3]);
    let package = package(&film);
    let sound = text(&package, "a0.m3u8").unwrap();
    assert_eq!(lengths(&sound), [6_016_000, 384_000]);
    assert!(made(&package, "a0-2.m4s").is_none() && made(&package, "m-2.m4s").is_some());
}

/// The numbers of a sound that begins late are its own.
#[test]
fn sound_that_begins_in_the_third_segment() {
    let mut film = Film::of(vec![Reel::video(24 * 24, 48), Reel::sound(470)]);
    film.reels[1].edits = vec![(13_000, -1), (0, 0)];
    let package = super::laws::expect_film(&film);
    let sound = text(&package, "a0.m3u8").unwrap();
    assert_eq!(lengths(&sound), [18_013_333, 5_013_334]);
    assert!(made(&package, "a0-1.m4s").is_some() && made(&package, "a0-2.m4s").is_none());
}

#[test]
fn pictures_that_need_the_segment_before() {
    let closed = video(24 * 12, 48);
    let mut open = closed.clone();
    // The two frames behind a key frame are shown before it.
    for (at, shot) in open.reels[0].shots.iter_mut().enumerate() {
        shot.cts = match at % 48 {
            0 => 1_024,
            1 | 2 => 0,
            _ => 512,
        };
    }
    for (film, is_independent) in [(closed, true), (open, false)] {
        let package = package(&film);
        for name in ["master.m3u8", "v.m3u8"] {
            let playlist = text(&package, name).unwrap();
            let says = playlist.contains("#EXT-X-INDEPENDENT-SEGMENTS\n");
            assert_eq!(says, is_independent, "{name}");
        }
    }
}

#[test]
fn an_end_that_is_missing() {
    for is_whole_at in [0usize, 1, 2] {
        let film = Film::of(vec![Reel::video(24 * 18, 48), Reel::sound(843)]);
        let (mut file, found) = film.make();
        // One byte short of the last sample of the segment behind.
        let last = found[0][144 * (is_whole_at + 1) - 1];
        file.truncate((last.offset + u64::from(last.size) - 1) as usize);
        let (facts, package) = Package::read(&file);
        if is_whole_at == 0 {
            assert_eq!(package.unwrap_err().name(), "cut");
            continue;
        }
        let package = package.unwrap();
        assert!(facts.is_cut);
        // The last packet ends a little later than the last frame.
        let expected = [&[][..], &[6_016_000], &[6_000_000, 6_010_667]][is_whole_at];
        assert_eq!(facts.millis, expected.iter().sum::<u64>() / 1_000);
        let seen = Seen::of(&package, &file, "m").unwrap();
        assert_eq!(seen.lengths, expected);
        assert_eq!(seen.tracks[0].samples.len(), 144 * is_whole_at);
        let sound = Seen::of(&package, &file, "a0").unwrap();
        assert_eq!(sound.sizes.len(), is_whole_at);
        assert_eq!(sound.tracks[0].samples, seen.tracks[1].samples);
    }
}

/// A file of which only the beginning is in memory.
pub(super) struct Large(pub(super) Vec<u8>);

impl ReadAt for Large {
    fn file_len(&self) -> u64 {
        1 << 40
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        into.fill(0);
        self.0.read_at(at, into)?;
        Ok(into.len())
    }
}

/// Frames of `size` bytes, all with a place of their own.
fn heavy(mut film: Film, size: u32) -> Large {
    // One chunk, so that the first place gives all.
    film.reels[0].chunks = vec![100_000];
    let mut file = film.file();
    // stsz: one size for all; mdat: up to the end of the file.
    patch(&mut file, b"stsz", 4, size);
    let mdat = file.windows(4).position(|four| four == b"mdat").unwrap();
    file[mdat - 4..mdat].fill(0);
    Large(file)
}

#[test]
fn heavy_films_are_cut_earlier() {
    let of = |size| {
        let package = Package::read(&heavy(video(24 * 12, 24), size)).1;
        package.map(|package| lengths(&text(&package, "v.m3u8").unwrap()))
    };
    assert_eq!(of(32 << 10).unwrap(), [6_000_000; 2]);
    // 1 MiB a frame: 24 in a second.
    assert_eq!(of(1 << 20).unwrap(), [2_000_000; 6]);
    assert_eq!(of(5 << 20).unwrap(), [1_000_000; 12]);
    // A second of it is more than a segment may be.
    assert_eq!(of(6 << 20).unwrap_err().name(), "no-key-frames");
}
