//! Reads a rendition as a player does, by a reader that is not ours.

use shiguredo_mp4::boxes::{ElstEntry, FtypBox, MoovBox};
use shiguredo_mp4::demux::Fmp4SegmentDemuxer;
use shiguredo_mp4::{Decode as _, TrackKind};

use super::{bytes, made, text};
use crate::media::package::{Package, ReadAt};

/// One sample of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) segment: usize,
    pub(super) decode: u64,
    pub(super) duration: u32,
    pub(super) composition: u64,
    /// When a player shows it, in ticks.
    pub(super) shown: i64,
    pub(super) is_sync: bool,
    pub(super) bytes: Vec<u8>,
}

/// One track of a rendition.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) is_video: bool,
    pub(super) timescale: u32,
    pub(super) edit: i64,
    pub(super) samples: Vec<Sample>,
}

/// A rendition.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) tracks: Vec<Track>,
    /// Bytes of each segment.
    pub(super) sizes: Vec<usize>,
    /// Lengths of segments in millionths of a second, as the playlist says.
    pub(super) lengths: Vec<u64>,
}

impl Seen {
    /// Nothing where there is no such rendition.
    pub(super) fn of(package: &Package, file: &dyn ReadAt, rendition: &str) -> Option<Self> {
        let playlist = text(package, &format!("{rendition}.m3u8"))?;
        let init = made(package, &format!("{rendition}-init.mp4")).unwrap();
        let init = bytes(file, &init);
        let mut reader = Fmp4SegmentDemuxer::new();
        reader.handle_init_segment(&init).unwrap();
        let mut tracks = tracks(&init);
        let mut sizes = Vec::new();
        while let Some(made) = made(package, &format!("{rendition}-{}.m4s", sizes.len())) {
            let segment = bytes(file, &made);
            for sample in reader.handle_media_segment(&segment).unwrap() {
                let track = &mut tracks[sample.track.track_id as usize - 1];
                assert_eq!(sample.track.timescale.get(), track.timescale);
                let composition = sample.composition_time_offset.unwrap_or_default();
                let at = sample.data_offset as usize;
                assert!(at >= made.bytes.len(), "behind the head");
                track.samples.push(Sample {
                    segment: sizes.len(),
                    decode: sample.timestamp,
                    duration: sample.duration,
                    composition: u64::try_from(composition).unwrap(),
                    shown: sample.timestamp as i64 + composition - track.edit,
                    is_sync: sample.keyframe,
                    bytes: segment[at..at + sample.data_size].to_vec(),
                });
            }
            sizes.push(segment.len());
        }
        Some(Self {
            tracks,
            sizes,
            lengths: lengths(&playlist),
        })
    }

    /// Where segments begin and the last one ends, as the playlist says.
    pub(super) fn bounds(&self) -> Vec<u64> {
        let mut bounds = vec![0];
        for length in &self.lengths {
            bounds.push(bounds[bounds.len() - 1] + length);
        }
        bounds
    }
}

/// Each `EXTINF`, exactly.
pub(super) fn lengths(playlist: &str) -> Vec<u64> {
    let lines = playlist
        .lines()
        .filter_map(|line| line.strip_prefix("#EXTINF:"));
    let micros = lines.map(|line| {
        let (secs, part) = line.strip_suffix(',').unwrap().split_once('.').unwrap();
        assert_eq!(part.len(), 6);
        secs.parse::<u64>().unwrap() * 1_000_000 + part.parse::<u64>().unwrap()
    });
    micros.collect()
}

fn tracks(init: &[u8]) -> Vec<Track> {
    let (_, at) = FtypBox::decode(init).unwrap();
    let (moov, len) = MoovBox::decode(&init[at..]).unwrap();
    assert_eq!(at + len, init.len());
    assert!(moov.mvex_box.is_some() && moov.unknown_boxes.is_empty());
    assert_eq!(moov.mvhd_box.duration, 0);
    let mut reader = Fmp4SegmentDemuxer::new();
    reader.handle_init_segment(init).unwrap();
    let told = reader.tracks().unwrap();
    assert_eq!(told.len(), moov.trak_boxes.len());
    let tracks = moov.trak_boxes.iter().zip(told).enumerate();
    let tracks = tracks.map(|(place, (trak, told))| {
        assert_eq!(trak.tkhd_box.track_id as usize, place + 1);
        assert_eq!(told.track_id as usize, place + 1);
        assert_eq!((trak.tkhd_box.duration, told.duration), (0, 0));
        let elst = trak.edts_box.iter().flat_map(|edts| &edts.elst_box);
        let edits: Vec<_> = elst.flat_map(|elst| &elst.entries).collect();
        assert!(edits.len() < 2);
        let is_endless = |edit: &&ElstEntry| edit.edit_duration == 0 && edit.media_time > 0;
        assert!(edits.iter().all(is_endless));
        Track {
            is_video: told.kind == TrackKind::Video,
            timescale: told.timescale.get(),
            edit: edits.first().map_or(0, |edit| edit.media_time),
            samples: Vec::new(),
        }
    });
    tracks.collect()
}
