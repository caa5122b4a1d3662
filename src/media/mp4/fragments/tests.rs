//! Files in pieces, as they come from ffmpeg, from packagers, and from nobody good.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test that is wrong about a number shall panic"
)]

use super::{Fragment, Times};
use crate::media::mp4::Movie;
use crate::media::mp4::bounds::FRAGMENT_SAMPLES_MAX;
use crate::media::mp4::tests::film::boxes::{atom, body_of, full, patch, put};
use crate::media::mp4::tests::film::{Film, Reel};
use crate::media::unfit::Unfit;

fn small() -> Film {
    let mut film = Film::small();
    film.in_pieces_of = 12;
    film
}

fn read(file: &Vec<u8>) -> Result<Vec<Fragment>, Unfit> {
    let movie = Movie::read(file).1?;
    Ok(movie
        .fragments
        .map_or(Vec::new(), |fragments| fragments.list))
}

/// The index of a film, and behind it a fragment of these boxes.
fn with_moof(boxes: &[u8]) -> Vec<u8> {
    let mut file = small().file();
    file.truncate(body_of(&file, b"moof") - 8);
    file.extend(atom(
        b"moof",
        &[&full(b"mfhd", 0, 0, &[0; 4])[..], boxes].concat(),
    ));
    file.extend(atom(b"mdat", &[0; 100]));
    file
}

fn traf(flags: u32, more: &[u32], boxes: &[Vec<u8>]) -> Vec<u8> {
    let mut tfhd = Vec::new();
    put(&mut tfhd, &[1]);
    put(&mut tfhd, more);
    let tfhd = full(b"tfhd", 0, flags, &tfhd);
    atom(b"traf", &[&tfhd[..], &boxes.concat()].concat())
}

fn tfdt(time: u64) -> Vec<u8> {
    full(b"tfdt", 1, 0, &time.to_be_bytes())
}

fn trun(flags: u32, words: &[u32]) -> Vec<u8> {
    let mut body = Vec::new();
    put(&mut body, words);
    full(b"trun", 1, flags, &body)
}

fn only(file: &Vec<u8>) -> Result<(bool, Option<Times>), Unfit> {
    read(file).map(|list| (list[0].begins_with_sync, list[0].times))
}

#[test]
fn pieces_lie_one_behind_the_other() {
    let file = small().file();
    let movie = Movie::read(&file).1.unwrap();
    let fragments = movie.fragments.unwrap();
    assert_eq!(fragments.init_end, movie.moov_at + movie.moov_len);
    assert_eq!(fragments.track_id, 1);
    let mut at = fragments.init_end;
    for (number, fragment) in (0..).zip(&fragments.list) {
        assert_eq!(fragment.start, at);
        at = fragment.end;
        let times = fragment.times.unwrap();
        assert_eq!((times.start, times.duration), (number * 6_144, 6_144));
    }
    assert_eq!(at, file.len() as u64);
    // Cut: what is whole stays.
    let cut = file[..file.len() - 1].to_vec();
    let (facts, movie) = Movie::read(&cut);
    assert!(facts.is_cut);
    assert_eq!(movie.unwrap().fragments.unwrap().list.len(), 3);
}

#[test]
fn how_long_it_is() {
    let mut film = small();
    film.timescale = 1_000;
    let mut file = film.file();
    assert_eq!(Movie::read(&file).0.millis, 2_005);
    // Where nobody says it, the fragments do.
    patch(&mut file, b"mvhd", 16, 0);
    patch(&mut file, b"mdhd", 16, 0);
    let at = file.windows(4).rposition(|four| four == b"mdhd").unwrap() + 20;
    file[at..at + 4].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(Movie::read(&file).0.millis, 2_000);
}

#[test]
fn times_come_from_wherever_they_stand() {
    let own = 0x0f00;
    let times = |start, duration, shown| {
        Some(Times {
            start,
            duration,
            shown,
        })
    };
    for (boxes, sync, expected) in [
        // Everything in the run; the first sample is sync.
        (
            traf(
                0x2_0000,
                &[],
                &[tfdt(7), trun(own, &[2, 10, 4, 0, 5, 11, 4, 0x1_0000, 0])],
            ),
            true,
            times(7, 21, 21),
        ),
        // Nothing in the run; defaults of the fragment.
        (
            traf(0x2_0038, &[9, 4, 0x1_0000], &[tfdt(1 << 40), trun(0, &[3])]),
            false,
            times(1 << 40, 27, 27),
        ),
        // Flags of the first alone; sizes and offsets in the run, one below zero.
        (
            traf(
                0x2_0028,
                &[9, 0x1_0000],
                &[
                    tfdt(0),
                    trun(0x0a05, &[2, 88, 0x0200_0000, 4, 0xffff_fffe, 5, 6]),
                ],
            ),
            true,
            times(0, 18, 24),
        ),
        // Defaults of the `moov`: none, and sync. Two runs, of which the first is empty.
        (
            traf(
                0x2_0000,
                &[],
                &[tfdt(0), trun(0, &[0]), trun(0x0100, &[2, 3, 4])],
            ),
            true,
            times(0, 7, 7),
        ),
        // A sample entry of its own, and nothing in it.
        (traf(0x2_0002, &[1], &[tfdt(0)]), false, None),
        // Without the flag, alone: it cannot mean anything else.
        (
            traf(0, &[], &[tfdt(3), trun(0x0100, &[1, 4])]),
            true,
            times(3, 4, 4),
        ),
    ] {
        assert_eq!(only(&with_moof(&boxes)), Ok((sync, expected)));
    }
    // In 32 bits; of another track.
    let short = full(b"tfdt", 0, 0, &77u32.to_be_bytes());
    let boxes = traf(0x2_0000, &[], &[short, trun(0x0100, &[1, 4])]);
    assert_eq!(only(&with_moof(&boxes)).unwrap().1, times(77, 4, 4));
    let mut other = boxes;
    patch(&mut other, b"tfhd", 4, 2);
    assert_eq!(only(&with_moof(&other)), Ok((false, None)));
}

#[test]
fn defaults_of_the_index() {
    let mut file = with_moof(&traf(0x2_0000, &[], &[tfdt(0), trun(0, &[2])]));
    patch(&mut file, b"trex", 12, 40);
    patch(&mut file, b"trex", 20, 0x1_0000);
    let (is_sync, times) = only(&file).unwrap();
    assert_eq!(
        (is_sync, times.map(|times| times.duration)),
        (false, Some(80))
    );
}

#[test]
fn fragments_that_are_refused() {
    let run = || trun(0x0100, &[1, 4]);
    let good = || traf(0x2_0000, &[], &[tfdt(0), run()]);
    for (boxes, why) in [
        (
            traf(0x2_0001, &[0, 0], &[tfdt(0), run()]),
            Unfit::BaseDataOffset,
        ),
        (
            [good(), traf(0, &[], &[tfdt(0), run()])].concat(),
            Unfit::BaseDataOffset,
        ),
        (traf(0x2_0000, &[], &[run()]), Unfit::FragmentTimes),
        (traf(0x2_0000, &[], &[tfdt(1 << 60), run()]), Unfit::Damaged),
        (
            traf(0x2_0000, &[], &[full(b"tfdt", 1, 0, &[0; 4]), run()]),
            Unfit::Damaged,
        ),
        // More bytes than there are between it and what follows.
        (
            traf(0x2_0000, &[], &[tfdt(0), trun(0x0201, &[1, 88, 1_000])]),
            Unfit::Damaged,
        ),
        // Shorter than they say.
        (
            traf(0x2_0000, &[], &[tfdt(0), trun(0x0100, &[2, 4])]),
            Unfit::Damaged,
        ),
        (
            traf(0x2_0000, &[], &[tfdt(0), trun(0x0100, &[u32::MAX, 4])]),
            Unfit::Damaged,
        ),
        (
            traf(0x2_0000, &[], &[tfdt(0), trun(5, &[1, 4])]),
            Unfit::Damaged,
        ),
        (traf(0x2_0008, &[], &[tfdt(0), run()]), Unfit::Damaged),
        (atom(b"traf", &tfdt(0)), Unfit::Damaged),
        // A count that no bytes stand behind.
        (
            traf(
                0x2_0000,
                &[],
                &[tfdt(0), trun(0, &[FRAGMENT_SAMPLES_MAX + 1])],
            ),
            Unfit::TooLarge,
        ),
        (
            traf(
                0x2_0000,
                &[],
                &[tfdt(0), trun(0, &[u32::MAX]), trun(0, &[u32::MAX])],
            ),
            Unfit::TooLarge,
        ),
    ] {
        assert_eq!(only(&with_moof(&boxes)), Err(why));
    }
    let boxes = traf(0x2_0000, &[], &[tfdt(0), trun(0, &[FRAGMENT_SAMPLES_MAX])]);
    assert!(only(&with_moof(&boxes)).is_ok());
}

#[test]
fn an_index_that_does_not_match() {
    // Samples here and there.
    let plain = Film::small().file();
    let pieces = small().file();
    let moof = &pieces[body_of(&pieces, b"moof") - 8..];
    assert_eq!(read(&[&plain[..], moof].concat()), Err(Unfit::Hybrid));
    // Text of its own is no reason.
    let mut film = small();
    film.reels.push(Reel::text(3, &[4, 5]));
    assert_eq!(read(&film.file()).map(|list| list.len()), Ok(4));
    // Fragments before the index; an index that knows nothing of fragments.
    let moov_end = body_of(&pieces, b"moof") - 8;
    let (init, rest) = pieces.split_at(moov_end);
    assert_eq!(read(&[rest, init].concat()), Err(Unfit::Damaged));
    let mut file = pieces.clone();
    let at = body_of(&file, b"mvex");
    file[at - 4..at].copy_from_slice(b"free");
    assert_eq!(read(&file), Err(Unfit::Damaged));
    // Nothing to see or to hear.
    let mut film = small();
    film.reels = vec![Reel::text(1, &[1; 20])];
    assert_eq!(read(&film.file()), Err(Unfit::NothingToPlay));
    // Room for fragments, and none: an ordinary film.
    let mut film = Film::small();
    film.more = atom(b"mvex", b"");
    assert!(Movie::read(&film.file()).1.unwrap().fragments.is_none());
}
