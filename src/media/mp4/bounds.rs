//! Owns every bound on what an MP4 may say of itself, with its reason.
//! Knows nothing of where each is checked.
//!
//! An operator has no use for changing these: a file beyond them is served as a plain file.

/// Boxes at the top of a plain file. Real ones have three to ten.
pub const TOP_BOXES_MAX: u32 = 4_096;

/// Boxes at the top once fragments have begun: four for each second of a two hour film.
pub const FRAGMENT_BOXES_MAX: u32 = 32_768;

/// Children of one box. The longest list of a real file is `moov`: its tracks.
pub const CHILDREN_MAX: u32 = 4_096;

/// Bytes of the `moov`, which is read whole: five hours of 60 frames a second take about 20 MiB.
pub const MOOV_BYTES_MAX: u64 = 64 << 20;

/// Bytes of a `moov` that may be more than half of its file: a song with a large picture.
pub const MOOV_BYTES_UNASKED: u64 = 12 << 20;

/// Bytes of all `moof` boxes together: the same tables, in pieces.
pub const MOOFS_BYTES_MAX: u64 = 64 << 20;

/// Bytes of one `moof`: a piece that needs more is not a piece.
pub const MOOF_BYTES_MAX: u64 = 4 << 20;

/// Samples of one `traf`; what a segment may have as well.
pub const FRAGMENT_SAMPLES_MAX: u32 = 65_536;

/// Tracks of a file. Films with all their languages have about 40.
pub const TRACKS_MAX: usize = 64;

/// Samples of a track: three days of 60 frames a second. With it all sums of time stay below 2^56.
pub const SAMPLES_MAX: u32 = 1 << 24;

/// Edits that are looked at before the first that shows something.
pub const EDITS_MAX: usize = 64;

/// Bytes of one sample entry: parameter sets are below one KiB, colour profiles below 10.
pub const ENTRY_BYTES_MAX: usize = 64 << 10;

/// Ticks in a second, of a movie or a track.
pub const TIMESCALE_MAX: u32 = 1 << 31;

/// Ticks of an edit, a delay or the time of a fragment, so that sums of some of them fit into 63 bits.
pub const TICKS_MAX: u64 = 1 << 56;

/// Where a chunk may begin: with all the samples of a track added, 64 bits do not overflow.
pub const OFFSET_MAX: u64 = 1 << 62;

/// Letters of a track's name or a chapter's title.
pub const NAME_LETTERS_MAX: usize = 200;
