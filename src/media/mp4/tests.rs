//! Whole files, made here or lying in the repository.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that is wrong about a number shall panic, and may wait for the disk"
)]

pub(crate) mod film;
mod hostile;
mod mutations;
mod oracle;

use crate::media::mp4::{Codec, Kind, Movie};
use crate::media::unfit::Unfit;
use film::boxes::{TURNED, patch};
use film::{Film, Reel};

#[test]
fn a_film() {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/videos/video.mp4")).unwrap();
    let (facts, movie) = Movie::read(&file);
    let movie = movie.unwrap();
    assert_eq!((facts.width, facts.height), (640, 360));
    for track in &movie.tracks {
        let samples: Vec<_> = track.samples(&movie.moov).collect();
        assert_eq!(samples.len(), track.sample_count as usize);
        assert!(track.entry.codec.unfit().is_none());
        assert!(matches!(track.kind, Kind::Video | Kind::Sound));
        assert!(matches!(track.entry.codec, Codec::Avc | Codec::Aac));
    }
}

#[test]
fn what_is_made_is_found() {
    let mut films = vec![Film::small(); 6];
    films[0].is_index_last = true;
    films[1].is_co64 = true;
    films[2].is_long = true;
    films[3].reels[0].size_bits = 8;
    films[3].reels[1].size_bits = 16;
    films[4].reels[0].has_stss = false;
    films[4].reels[1].chunks = vec![1];
    films[5].reels[1]
        .shots
        .iter_mut()
        .for_each(|shot| shot.size %= 16);
    films[5].reels[1].size_bits = 4;
    films[5].gap = 3;
    for film in films {
        let (file, found) = film.make();
        let movie = Movie::read(&file).1.unwrap();
        assert_eq!(movie.tracks.len(), 2);
        assert_eq!(movie.is_index_last, film.is_index_last);
        for (track, found) in movie.tracks.iter().zip(found) {
            let samples: Vec<_> = track.samples(&movie.moov).collect();
            assert_eq!(samples, found);
        }
    }
}

#[test]
fn fragments_are_found() {
    let mut film = Film::small();
    film.in_pieces_of = 12;
    let movie = Movie::read(&film.file()).1.unwrap();
    let fragments = movie.fragments.unwrap();
    assert_eq!(fragments.list.len(), 4);
    let times = fragments
        .list
        .iter()
        .map(|fragment| fragment.times.unwrap());
    let starts: Vec<_> = times.map(|times| (times.start, times.duration)).collect();
    assert_eq!(starts, [0, 1, 2, 3].map(|at| (at * 12 * 512, 12 * 512)));
    assert!(
        fragments
            .list
            .iter()
            .all(|fragment| fragment.begins_with_sync)
    );
}

#[test]
fn what_a_track_says() {
    let mut film = Film::small();
    film.reels[0] = Reel::video(48, 12).with_b_frames(0);
    film.reels[0].matrix = TURNED;
    film.reels[0].chapters = vec![3];
    film.reels[1].edits = vec![(500, -1), (1_500, 1_024)];
    film.reels.push(Reel::text(3, &[4, 5]));
    let mut file = film.file();
    let movie = Movie::read(&file).1.unwrap();
    let [video, sound, text] = &movie.tracks[..] else {
        panic!("three tracks");
    };
    assert_eq!(video.display_size(), (360, 640));
    assert_eq!(video.neg, 512);
    assert_eq!((sound.delay, sound.media_time), (24_000, 1_024));
    assert!(text.is_chapters && !video.is_chapters);
    // More rows than there are bytes.
    patch(&mut file, b"stts", 4, 0x1000_0000);
    assert_eq!(Movie::read(&file).1.unwrap_err(), Unfit::Damaged);
}
