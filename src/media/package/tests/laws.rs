//! What holds for every film: nothing is lost, nothing comes twice, and each is shown when it was.

use proptest::prelude::*;

use super::package;
use super::seen::{Seen, Track};
use crate::media::mp4::tests::film::{Film, Reel, shot_bytes};
use crate::media::package::Package;

/// What a track's source says, in ticks of the track.
struct Told<'a> {
    reel: &'a Reel,
    movie_timescale: u32,
}

impl Told<'_> {
    fn edit(&self) -> (i64, i64) {
        let empty = self.reel.edits.iter().take_while(|edit| edit.1 < 0);
        let delay: u64 = empty.map(|edit| edit.0).sum();
        let movie = u64::from(self.movie_timescale);
        let delay = (delay * u64::from(self.reel.timescale) + movie / 2) / movie;
        let first = self.reel.edits.iter().find(|edit| edit.1 >= 0);
        (delay as i64, first.map_or(0, |edit| edit.1))
    }

    /// When the source shows each.
    fn shown(&self) -> Vec<i64> {
        let (delay, media_time) = self.edit();
        let mut dts = 0;
        let shots = self.reel.shots.iter().map(|shot| {
            let shown = dts + i64::from(shot.cts) + delay - media_time;
            dts += i64::from(shot.duration);
            shown
        });
        shots.collect()
    }

    fn is_sync(&self, number: usize) -> bool {
        self.reel.shots[number].is_sync || !self.reel.has_stss
    }
}

/// How much the source's clock is behind: its first key frame is shown at 0 if it was to be shown before.
fn preroll(film: &Film) -> (i64, u32) {
    let reel = &film.reels[0];
    let told = Told {
        reel,
        movie_timescale: film.timescale,
    };
    if reel.entries[0][4..8] != *b"avc1" {
        return (0, 1);
    }
    let first = (0..reel.shots.len()).find(|&number| told.is_sync(number));
    ((-told.shown()[first.unwrap()]).max(0), reel.timescale)
}

/// A track came out as it went in; how many of its first samples did not come.
fn expect_all(film: &Film, reel: &Reel, track: &Track) -> usize {
    let told = Told {
        reel,
        movie_timescale: film.timescale,
    };
    let (ticks, timescale) = preroll(film);
    let preroll = i128::from(ticks) * i128::from(reel.timescale);
    let preroll = (preroll + i128::from(timescale) - 1).div_euclid(i128::from(timescale)) as i64;
    let left_out = reel.shots.len() - track.samples.len();
    let mut decode = track.samples[0].decode;
    let shown = told.shown();
    for (sample, number) in track.samples.iter().zip(left_out..) {
        let shot = reel.shots[number];
        assert_eq!(sample.bytes, shot_bytes(reel.id, number, shot.size));
        assert_eq!(sample.duration, shot.duration);
        assert_eq!(sample.is_sync, told.is_sync(number));
        assert_eq!(sample.decode, decode, "goes on where the last one ended");
        assert_eq!(sample.shown, shown[number] + preroll);
        decode += u64::from(sample.duration);
    }
    if track.is_video {
        let first = (0..reel.shots.len()).find(|&number| told.is_sync(number));
        assert_eq!(Some(left_out), first);
    } else if left_out > 0 {
        // Two packets are kept for the decoder.
        let end = |number: usize| shown[number] + i64::from(reel.shots[number].duration);
        assert!(end(left_out + 1) + preroll <= 0);
    }
    left_out
}

/// Lengths are what is cut: a segment begins with the first sample that is shown then.
fn expect_bounds(seen: &Seen) {
    assert_eq!(seen.lengths.len(), seen.sizes.len());
    let bounds = seen.bounds();
    let lead = &seen.tracks[0];
    for (segment, bound) in bounds.iter().enumerate().take(seen.sizes.len()).skip(1) {
        let mut samples = lead.samples.iter();
        let first = samples.find(|sample| sample.segment == segment).unwrap();
        assert!(first.is_sync);
        let shown = i128::from(first.shown) * 2_000_000 / i128::from(lead.timescale);
        assert_eq!((shown + 1) / 2, i128::from(*bound));
    }
    for track in &seen.tracks[1..] {
        for sample in &track.samples {
            let scale = i128::from(track.timescale);
            let shown = i128::from(sample.shown) * 1_000_000;
            let bound = |at: usize| i128::from(bounds[at]) * scale;
            let is_first = sample.segment == 0;
            let is_last = sample.segment + 1 == seen.sizes.len();
            // Playlists are rounded.
            assert!(is_first || shown >= bound(sample.segment) - scale);
            assert!(is_last || shown < bound(sample.segment + 1) + scale);
        }
    }
}

/// When the last sample ends, in millionths of a second.
fn end(tracks: &[Track]) -> u64 {
    let ends = tracks.iter().flat_map(|track| {
        let scale = i128::from(track.timescale);
        let ends = track.samples.iter();
        ends.map(move |sample| {
            let end = i128::from(sample.shown) + i128::from(sample.duration);
            (end * 2_000_000 + scale).div_euclid(2 * scale).max(1) as u64
        })
    });
    ends.max().unwrap()
}

pub(super) fn expect_film(film: &Film) -> Package {
    let file = film.file();
    let package = package(film);
    let sounds = film.reels.len() - 1;
    let video = Seen::of(&package, &file, "v").unwrap();
    let left_out = expect_all(film, &film.reels[0], &video.tracks[0]);
    expect_bounds(&video);
    if sounds > 0 {
        let muxed = Seen::of(&package, &file, "m").unwrap();
        expect_bounds(&muxed);
        assert_eq!(muxed.bounds().last(), Some(&end(&muxed.tracks)));
        assert_eq!(muxed.sizes.len(), video.sizes.len());
        assert_eq!(muxed.tracks[0].samples, video.tracks[0].samples);
        expect_all(film, &film.reels[1], &muxed.tracks[1]);
    }
    for number in 0..sounds {
        let sound = Seen::of(&package, &file, &format!("a{number}")).unwrap();
        expect_all(film, &film.reels[number + 1], &sound.tracks[0]);
        expect_bounds(&sound);
        assert_eq!(sound.bounds().last(), Some(&end(&sound.tracks)));
    }
    let keys = Seen::of(&package, &file, "i").unwrap();
    assert_eq!(keys.lengths, video.lengths);
    for (segment, key) in keys.tracks[0].samples.iter().enumerate() {
        let mut samples = video.tracks[0].samples.iter();
        assert_eq!(samples.find(|sample| sample.segment == segment), Some(key));
    }
    assert_eq!(keys.tracks[0].samples.len(), video.sizes.len());
    assert!(left_out < film.reels[0].shots.len());
    package
}

#[test]
fn films_of_the_house() {
    for name in ["video.mp4", "plasma (moov at end).mp4", "Été à la mer.mp4"] {
        let path = format!("{}/videos/{name}", env!("CARGO_MANIFEST_DIR"));
        let file = std::fs::read(path).unwrap();
        let package = Package::read(&file).1.unwrap();
        let seen = Seen::of(&package, &file, "m").unwrap();
        expect_bounds(&seen);
        assert_eq!(seen.bounds().last(), Some(&end(&seen.tracks)));
        assert_eq!(seen.tracks[0].samples[0].shown, 0);
        for track in &seen.tracks {
            for pair in track.samples.windows(2) {
                let end = pair[0].decode + u64::from(pair[0].duration);
                assert_eq!(pair[1].decode, end);
            }
        }
    }
}

fn reels() -> impl Strategy<Value = Film> {
    let video = (
        2usize..500,
        1usize..200,
        1i32..3_000,
        0i64..9_000,
        0u64..9_000,
        any::<bool>(),
    );
    let sound = (60usize..900, 0i64..200_000, 0u64..12_000, 500u32..1_100);
    let chunks = prop::collection::vec(1u32..12, 1..4);
    let many = (
        chunks.clone(),
        chunks,
        0usize..3,
        0usize..9_000,
        any::<bool>(),
    );
    (video, sound, many).prop_map(|(video, sound, many)| {
        let (frames, gop, lead, media_time, delay, has_b_frames) = video;
        let mut reel = Reel::video(frames, gop);
        if has_b_frames {
            reel = reel.with_b_frames(lead - 1_000);
        }
        if media_time % 3 == 0 {
            reel.edits = vec![(delay, -1), (0, media_time)];
        }
        let (packets, media_time, delay, duration) = sound;
        let mut reels = vec![reel];
        let (video_chunks, sound_chunks, sounds, gap, is_index_last) = many;
        reels[0].chunks = video_chunks;
        for number in 0..sounds {
            let mut reel = Reel::sound(packets);
            reel.id += number as u32;
            reel.chunks.clone_from(&sound_chunks);
            reel.shots
                .iter_mut()
                .for_each(|shot| shot.duration = duration);
            if number == 0 && media_time % 2 == 0 {
                let empty = (delay % 2 == 0).then_some((delay, -1));
                reel.edits = empty.into_iter().chain([(0, media_time)]).collect();
            }
            reels.push(reel);
        }
        let mut film = Film::of(reels);
        film.is_index_last = is_index_last;
        film.gap = gap / 20;
        film
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_film(film in reels()) {
        expect_film(&film);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever a file says, nothing is read beyond it, and nobody panics.
    #[test]
    fn whatever_comes(
        film in reels(),
        marks in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in 0usize..2_000,
    ) {
        let mut file = film.file();
        let at = file.windows(4).position(|four| four == b"moov").unwrap();
        let len = if film.is_index_last { file.len() - at } else { 3_000.min(file.len() - at) };
        for (index, byte) in marks {
            file[at + index.index(len)] = byte;
        }
        file.truncate(file.len() - cut.saturating_sub(1_800));
        let Ok(package) = Package::read(&file).1 else {
            return Ok(());
        };
        for rendition in ["m", "v", "i", "a0", "a1"] {
            super::text(&package, &format!("{rendition}.m3u8"));
            super::made(&package, &format!("{rendition}-init.mp4"));
            for number in 0..12 {
                if let Some(made) = super::made(&package, &format!("{rendition}-{number}.m4s")) {
                    super::bytes(&file, &made);
                }
            }
        }
        super::text(&package, "master.m3u8");
        super::text(&package, "manifest.mpd");
        prop_assert!(package.bytes() < 1 << 20);
    }
}
