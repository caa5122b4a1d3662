//! Files in fragments: their own bytes, cut where they may be.

use super::seen::lengths;
use super::{bytes, made, package, text};
use crate::media::mp4::tests::film::{Film, Reel};
use crate::media::package::Package;

fn pieces(frames: usize, gop: usize, each: usize) -> Film {
    let packets = frames * 2_000 / 1_024 + 1;
    let mut film = Film::of(vec![Reel::video(frames, gop), Reel::sound(packets)]);
    film.in_pieces_of = each;
    film
}

#[test]
fn segments_are_the_file() {
    let film = pieces(24 * 20, 48, 48);
    let file = film.file();
    let package = package(&film);
    let playlist = text(&package, "m.m3u8").unwrap();
    assert_eq!(
        lengths(&playlist),
        [6_000_000, 6_000_000, 6_000_000, 2_000_000]
    );
    let mut all = bytes(&file, &made(&package, "m-init.mp4").unwrap());
    assert!(all.windows(4).any(|four| four == b"mvex"));
    for number in 0..4 {
        let made = made(&package, &format!("m-{number}.m4s")).unwrap();
        assert!(made.bytes.is_empty() && made.media_type == "video/mp4");
        let segment = bytes(&file, &made);
        assert_eq!(&segment[4..8], b"moof");
        all.extend(segment);
    }
    assert_eq!(all, file);
    assert!(made(&package, "m-4.m4s").is_none());
    for name in ["v.m3u8", "a0.m3u8", "i.m3u8", "v-0.m4s", "i-init.mp4"] {
        assert!(made(&package, name).is_none(), "{name}");
    }
}

#[test]
fn cuts_are_where_key_frames_begin_fragments() {
    // Fragments of half a second; a key frame each four.
    assert_eq!(
        lengths(&text(&package(&pieces(24 * 20, 96, 12)), "m.m3u8").unwrap()),
        [8_000_000, 8_000_000, 4_000_000]
    );
    // A rest of less than a second.
    assert_eq!(
        lengths(&text(&package(&pieces(24 * 12 + 12, 12, 12)), "m.m3u8").unwrap()),
        [6_000_000, 6_500_000]
    );
    // No key frame for more than a minute.
    let film = pieces(24 * 62, 24 * 62, 48);
    assert_eq!(
        Package::read(&film.file()).1.unwrap_err().name(),
        "no-key-frames"
    );
}

#[test]
fn one_track() {
    let mut film = pieces(24 * 7, 24, 24);
    film.reels.truncate(1);
    let master = text(&package(&film), "master.m3u8").unwrap();
    assert!(master.contains("\nv.m3u8?v="), "{master}");
    let mut film = pieces(24 * 7, 24, 24);
    film.reels.remove(0);
    let package = package(&film);
    let master = text(&package, "master.m3u8").unwrap();
    assert!(master.contains("\na0.m3u8?v="), "{master}");
    let manifest = text(&package, "manifest.mpd").unwrap();
    assert!(manifest.contains("contentType=\"audio\"") && !manifest.contains("video"));
}
