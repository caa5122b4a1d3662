//! Whole files, made here or lying in the repository.

#![expect(clippy::indexing_slicing, reason = "a test may fail; a parser may not")]

use crate::media::mp4::{Codec, Kind, Movie};
use crate::media::package::ReadAt;

impl ReadAt for Vec<u8> {
    fn file_len(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
        let rest = usize::try_from(at)
            .ok()
            .and_then(|at| self.get(at..))
            .unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may wait for the disk")]
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
