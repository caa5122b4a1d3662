//! Owns why a title cannot be packaged: each reason with a name for machines and a sentence for its owner.
//! Knows nothing of how it was found out.

/// Why a title is not offered as HLS. The plain file is served all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// No `moov`: an upload that is not finished, or was cut.
    NoIndex,
    /// The disk did not give its bytes.
    Unreadable,
    /// A box that contradicts the ones around it.
    Damaged,
    /// One of the bounds of `media/mp4` is exceeded.
    TooLarge,
    /// The `moov` is compressed (`cmov`).
    CompressedIndex,
    /// Protected by DRM.
    Encrypted,
    /// Neither video nor sound that could be packaged.
    NothingToPlay,
    /// MP3 in MP4: browsers play it in plain files only.
    Mp3,
    /// Sound as raw samples.
    Pcm,
    /// Video of a kind that no player takes in segments.
    Codec,
    /// Fragments that are addressed from the start of the file.
    BaseDataOffset,
    /// Fragments that do not say when they begin.
    FragmentTimes,
    /// Samples in the `moov` and in fragments as well.
    Hybrid,
    /// More than one description of one track.
    Descriptions,
    /// No key frame for longer than a segment may last.
    NoKeyFrames,
    /// A frame that lasts a minute.
    LongSample,
    /// Nothing of it is there as far as a first segment goes.
    Cut,
}

impl Unfit {
    /// As it stands in replies, logs and lists.
    pub fn name(self) -> &'static str {
        self.told().0
    }

    /// For people.
    pub fn words(self) -> &'static str {
        self.told().1
    }

    fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::NoIndex => ("no-moov", "it is not finished: its index (moov) is missing"),
            Self::Unreadable => ("unreadable", "the disk could not read it"),
            Self::Damaged => ("damaged", "its index contradicts itself"),
            Self::TooLarge => ("too-large", "its index is larger than is looked at"),
            Self::CompressedIndex => ("compressed-moov", "its index is compressed"),
            Self::Encrypted => ("encrypted", "it is encrypted"),
            Self::NothingToPlay => ("nothing-to-play", "it holds neither video nor sound"),
            Self::Mp3 => (
                "mp3-in-mp4",
                "its sound is MP3, which segments cannot carry",
            ),
            Self::Pcm => ("pcm", "its sound is not compressed"),
            Self::Codec => ("codec", "no player takes its codec in segments"),
            Self::BaseDataOffset => (
                "base-data-offset",
                "its fragments are addressed from the start of the file",
            ),
            Self::FragmentTimes => ("fragment-times", "its fragments do not say when they begin"),
            Self::Hybrid => (
                "hybrid",
                "it holds samples both in its index and in fragments",
            ),
            Self::Descriptions => ("several-descriptions", "its format changes on the way"),
            Self::NoKeyFrames => ("no-key-frames", "its key frames are too far apart"),
            Self::Cut => ("cut", "too little of it is there"),
            Self::LongSample => ("long-sample", "one of its frames lasts for a minute"),
        }
    }
}
