//! What is refused, with its reason, and what is not.

use super::cuts::Large;
use super::{package, refusal, text};
use crate::media::mp4::tests::film::boxes::{atom, picture_entry, sound_entry};
use crate::media::mp4::tests::film::{Film, Reel};
use crate::media::package::Package;
use crate::media::unfit::Unfit;

fn with_sound(fourcc: &[u8; 4]) -> Reel {
    let mut reel = Reel::sound(94);
    reel.entries = vec![sound_entry(fourcc, &[])];
    reel
}

fn with_picture(fourcc: &[u8; 4]) -> Reel {
    let mut reel = Reel::video(48, 12);
    reel.entries = vec![picture_entry(fourcc, &[])];
    reel
}

fn offered(film: &Film) -> String {
    text(&package(film), "master.m3u8").unwrap()
}

#[test]
fn sound_that_segments_cannot_carry() {
    for (fourcc, reason) in [
        (b".mp3", "mp3-in-mp4"),
        (b"sowt", "pcm"),
        (b"alac", "codec"),
    ] {
        let film = Film::of(vec![Reel::video(48, 12), with_sound(fourcc)]);
        assert_eq!(refusal(&film).name(), reason);
        assert_eq!(refusal(&Film::of(vec![with_sound(fourcc)])).name(), reason);
        // Another sound is heard instead.
        let mut film = Film::of(vec![
            Reel::video(48, 12),
            with_sound(fourcc),
            Reel::sound(94),
        ]);
        film.reels[2].id = 3;
        let master = offered(&film);
        assert!(master.contains("avc1.64001f,mp4a.40.2\"") && master.contains("\nm.m3u8"));
    }
    let dolby = atom(b"dac3", &[0x10, 0x3d, 0x40]);
    let mut film = Film::of(vec![Reel::video(48, 12), Reel::sound(94)]);
    film.reels[1].entries = vec![sound_entry(b"ac-3", &dolby)];
    assert!(offered(&film).contains("avc1.64001f,ac-3\""));
}

#[test]
fn pictures_that_segments_cannot_carry() {
    for (fourcc, reason) in [(b"mp4v", "codec"), (b"encv", "encrypted")] {
        let film = Film::of(vec![with_picture(fourcc), Reel::sound(94)]);
        assert_eq!(refusal(&film).name(), reason);
    }
    // A cover does not stop a song.
    let mut cover = with_picture(b"jpeg");
    cover.shots.truncate(1);
    let film = Film::of(vec![cover, Reel::sound(94)]);
    assert!(offered(&film).contains("\na0.m3u8"));
    assert_eq!(refusal(&Film::of(vec![])).name(), "nothing-to-play");
    assert_eq!(
        refusal(&Film::of(vec![Reel::video(0, 1)])).name(),
        "nothing-to-play"
    );
}

#[test]
fn pictures_that_cannot_be_cut() {
    // No key frame at all, and one in more than a minute.
    let mut none = Film::of(vec![Reel::video(48, 12)]);
    none.reels[0]
        .shots
        .iter_mut()
        .for_each(|shot| shot.is_sync = false);
    assert_eq!(refusal(&none).name(), "no-key-frames");
    assert_eq!(
        refusal(&Film::of(vec![Reel::video(24 * 61, 24 * 61)])).name(),
        "no-key-frames"
    );
    // A frame of a minute, unless it is the last.
    let mut long = Film::of(vec![Reel::video(48, 1)]);
    long.reels[0].shots[47].duration = 61 * 12_288;
    assert_eq!(refusal(&long).name(), "no-key-frames");
    long.reels[0].shots[47].duration = 58 * 12_288;
    assert!(Package::read(&long.file()).1.is_ok());
    long.reels[0].shots[20].duration = 61 * 12_288;
    assert_eq!(refusal(&long).name(), "long-sample");
}

#[test]
fn bounds_of_segments() {
    // More than 65 536 samples in six seconds.
    let mut many = Film::of(vec![Reel::video(66_000, 66_000)]);
    many.reels[0]
        .shots
        .iter_mut()
        .for_each(|shot| shot.duration = 1);
    assert_eq!(refusal(&many).name(), "too-large");
    // More than 20 000 segments.
    let mut long = Film::of(vec![Reel::video(20_001, 1)]);
    long.reels[0]
        .shots
        .iter_mut()
        .for_each(|shot| shot.duration = 6 * 12_288);
    assert_eq!(refusal(&long).name(), "too-large");
    long.reels[0].shots.pop();
    let package = package(&long);
    assert_eq!(
        text(&package, "v.m3u8")
            .unwrap()
            .matches("#EXTINF:6.000000,")
            .count(),
        20_000
    );
}

/// Tables that claim millions of samples in a few bytes.
#[test]
fn samples_of_nowhere() {
    let refusal = |count: u32, duration: u32| {
        let mut film = Film::of(vec![Reel::sound(2), Reel::sound(2)]);
        film.reels[1].id = 3;
        let mut file = film.file();
        let ends = file.len();
        for at in 0..ends - 4 {
            let rows: &[(usize, u32)] = match &file[at..at + 4] {
                b"stts" => &[(8, count), (12, duration)],
                b"stsc" => &[(12, count)],
                b"stsz" => &[(4, 1), (8, count)],
                b"mdat" => &[],
                _ => continue,
            };
            for (inside, number) in rows {
                file[at + 4 + inside..at + 8 + inside].copy_from_slice(&number.to_be_bytes());
            }
            if rows.is_empty() {
                file[at - 4..at].fill(0);
            }
        }
        Package::read(&Large(file))
            .1
            .map(|_| ())
            .map_err(Unfit::name)
    };
    // Each of two tracks has what one may have.
    assert_eq!(refusal((1 << 23) + 1, 1_024), Err("too-large"));
    // 48 000 in a second.
    assert_eq!(refusal(1 << 20, 1), Err("too-large"));
    assert_eq!(refusal(1 << 16, 1_024), Ok(()));
}
