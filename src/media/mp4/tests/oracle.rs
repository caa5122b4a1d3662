//! Another reader of the same files: what it finds, we find.

use std::path::{Path, PathBuf};

use shiguredo_mp4::TrackKind;
use shiguredo_mp4::demux::{Input, Mp4FileDemuxer};

use super::film::{Film, Reel};
use crate::media::mp4::{Kind, Movie, Sample};

/// What the other one finds: kind, id and samples of each track.
fn others(file: &[u8]) -> Vec<(TrackKind, u32, Vec<Sample>)> {
    let mut demuxer = Mp4FileDemuxer::new();
    demuxer.handle_input(Input {
        position: 0,
        data: file,
    });
    let tracks = demuxer.tracks().unwrap().iter();
    let mut found: Vec<_> = tracks
        .map(|track| (track.kind, track.track_id, Vec::new()))
        .collect();
    while let Some(sample) = demuxer.next_sample().unwrap() {
        let id = sample.track.track_id;
        let track = found.iter_mut().find(|track| track.1 == id).unwrap();
        track.2.push(Sample {
            offset: sample.data_offset,
            size: u32::try_from(sample.data_size).unwrap(),
            dts: sample.timestamp,
            duration: sample.duration,
            cts: i32::try_from(sample.composition_time_offset.unwrap_or_default()).unwrap(),
            is_sync: sample.keyframe,
        });
    }
    found
}

fn compare(name: &Path, file: &Vec<u8>) {
    let movie = Movie::read(file).1.unwrap();
    let others = others(file);
    let ours = movie.tracks.iter().filter(|track| track.kind != Kind::Text);
    assert_eq!(ours.clone().count(), others.len(), "{name:?}");
    for (track, (kind, id, samples)) in ours.zip(others) {
        assert_eq!(track.id, id);
        assert_eq!(track.kind == Kind::Video, kind == TrackKind::Video);
        let found: Vec<_> = track.samples(&movie.moov).collect();
        assert!(!found.is_empty());
        assert_eq!(found, samples, "{name:?}");
    }
}

/// All below a folder that an MP4 may be called.
fn films(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_dir() {
            found.extend(films(&path));
        } else if matches!(ending, Some("mp4" | "m4a" | "m4v")) {
            found.push(path);
        }
    }
    found
}

#[test]
fn films_of_the_repository() {
    let films = films(&Path::new(env!("CARGO_MANIFEST_DIR")).join("videos"));
    assert!(films.len() >= 5, "{films:?}");
    for name in films {
        compare(&name, &std::fs::read(&name).unwrap());
    }
}

#[test]
fn films_that_are_made() {
    let mut films = vec![Film::small(); 3];
    films[0].is_co64 = true;
    films[1].reels[0] = Reel::video(100, 9).with_b_frames(512);
    films[1].gap = 5;
    films[2].reels[0].chunks = vec![1, 7, 7, 2];
    films[2].is_index_last = true;
    for film in films {
        compare(Path::new("made"), &film.file());
    }
}
