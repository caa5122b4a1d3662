//! The rule of time, row by row: what is written for a first sample, and when players show it.

use super::package;
use super::seen::{Seen, Track};
use crate::media::mp4::tests::film::{Film, Reel};

/// Edit, decode time and time shown, in ticks of 12 288 and 48 000.
type First = (i64, u64, i64);

struct Row {
    why: &'static str,
    /// Composition offset of the first frame; nothing where there are none.
    lead: Option<i32>,
    video: &'static [(u64, i64)],
    sound: &'static [(u64, i64)],
    expected: [First; 2],
}

const ROWS: [Row; 10] = [
    Row {
        why: "nothing to be done",
        lead: None,
        video: &[],
        sound: &[],
        expected: [(0, 0, 0), (0, 0, 0)],
    },
    Row {
        why: "priming of a sound encoder",
        lead: None,
        video: &[(0, 0)],
        sound: &[(0, 1_024)],
        expected: [(0, 0, 0), (1_024, 0, -1_024)],
    },
    Row {
        why: "B frames, as they are written today",
        lead: Some(512),
        video: &[(0, 512)],
        sound: &[],
        expected: [(512, 0, 0), (0, 0, 0)],
    },
    Row {
        why: "B frames with negative offsets",
        lead: Some(0),
        video: &[],
        sound: &[],
        expected: [(512, 0, 0), (0, 0, 0)],
    },
    Row {
        why: "B frames, and no edit list: video is late",
        lead: Some(1_024),
        video: &[],
        sound: &[],
        expected: [(1_024, 1_024, 1_024), (0, 0, 0)],
    },
    Row {
        why: "late sound",
        lead: None,
        video: &[],
        sound: &[(1_000, -1), (0, 1_024)],
        expected: [(0, 0, 0), (0, 46_976, 46_976)],
    },
    Row {
        why: "late video",
        lead: Some(512),
        video: &[(700, -1), (0, 512)],
        sound: &[],
        expected: [(512, 8_602, 8_602), (0, 0, 0)],
    },
    Row {
        why: "cut without encoding: what comes before the cut is shown, in time",
        lead: Some(512),
        video: &[(0, 10_752)],
        sound: &[(0, 41_000)],
        expected: [(512, 0, 0), (1_000, 0, -1_000)],
    },
    Row {
        why: "sound begins a second before the picture: two packets are kept",
        lead: None,
        video: &[],
        sound: &[(0, 48_000)],
        expected: [(0, 0, 0), (2_944, 0, -2_944)],
    },
    Row {
        why: "two empty edits",
        lead: None,
        video: &[],
        sound: &[(250, -1), (250, -1), (0, 0)],
        expected: [(0, 0, 0), (0, 24_000, 24_000)],
    },
];

fn first(track: &Track) -> First {
    let first = &track.samples[0];
    (track.edit, first.decode, first.shown)
}

#[test]
fn first_samples() {
    for row in ROWS {
        let mut video = Reel::video(480, 48);
        if let Some(lead) = row.lead {
            video = video.with_b_frames(lead);
        }
        video.edits = row.video.to_vec();
        let mut sound = Reel::sound(930);
        sound.edits = row.sound.to_vec();
        let film = Film::of(vec![video, sound]);
        let seen = Seen::of(&package(&film), &film.file(), "m").unwrap();
        let found = [first(&seen.tracks[0]), first(&seen.tracks[1])];
        assert_eq!(found, row.expected, "{}", row.why);
        super::laws::expect_film(&film);
    }
}

/// What lies before the first key frame cannot be shown.
#[test]
fn video_begins_with_a_key_frame() {
    let mut film = Film::of(vec![Reel::video(480, 48), Reel::sound(930)]);
    let shots = film.reels[0].shots.iter_mut().enumerate();
    shots.for_each(|(at, shot)| shot.is_sync = at % 48 == 20);
    let seen = Seen::of(&super::laws::expect_film(&film), &film.file(), "m").unwrap();
    assert_eq!(first(&seen.tracks[0]), (0, 20 * 512, 20 * 512));
    assert_eq!(first(&seen.tracks[1]), (0, 0, 0));
}
