//! Owns which tracks of a file are packaged, and why none are.
//! Knows nothing of samples.

use crate::media::mp4::{Kind, Movie, Track};
use crate::media::unfit::Unfit;

/// Places among the tracks of the movie.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) video: Option<usize>,
    /// All that can be packaged, in the order of the file.
    pub(super) sounds: Vec<usize>,
    /// Which of these is heard where nobody chooses.
    pub(super) default_sound: usize,
}

impl Choice {
    /// A film whose sound cannot be packaged is refused: as a plain file it is heard.
    pub(super) fn of(movie: &Movie) -> Result<Self, Unfit> {
        let of_kind = |kind: Kind| {
            let tracks = movie.tracks.iter().enumerate();
            tracks.filter(move |(_, track)| track.kind == kind && track.sample_count > 0)
        };
        let fits = |(_, track): &(usize, &Track)| track.entry.codec.unfit().is_none();
        let refusal = |(_, track): (usize, &Track)| track.entry.codec.unfit();

        let videos = || of_kind(Kind::Video).filter(|(_, track)| !is_cover(track));
        let mut fitting = videos().filter(fits);
        let first = fitting.clone().next();
        let enabled = fitting.find(|(_, track)| track.is_enabled);
        let video = enabled.or(first).map(|(at, _)| at);

        let sounds: Vec<(usize, &Track)> = of_kind(Kind::Sound).filter(fits).collect();
        let default_sound = sounds.iter().position(|(_, track)| track.is_enabled);
        if video.is_none()
            && let Some(reason) = videos().find_map(refusal)
        {
            return Err(reason);
        }
        if sounds.is_empty()
            && let Some(reason) = of_kind(Kind::Sound).find_map(refusal)
        {
            return Err(reason);
        }
        if video.is_none() && sounds.is_empty() {
            return Err(Unfit::NothingToPlay);
        }
        Ok(Self {
            video,
            sounds: sounds.iter().map(|(at, _)| *at).collect(),
            default_sound: default_sound.unwrap_or_default(),
        })
    }
}

/// A picture to go with sound: one frame of what is no video.
fn is_cover(track: &Track) -> bool {
    track.sample_count == 1 && track.entry.codec.unfit().is_some()
}
