//! Makes small MP4s: what tests need, byte for byte, with the samples that a reader must find in them.

pub(crate) mod boxes;
mod pieces;
mod trak;

use boxes::{UPRIGHT, atom, avc1, full, mp4a, put, tx3g};

use crate::media::mp4::{Kind, Sample};
use crate::media::package::ReadAt;

impl ReadAt for Vec<u8> {
    fn file_len(&self) -> u64 {
        self.as_slice().file_len()
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
        self.as_slice().read_at(at, into)
    }
}

/// One sample to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shot {
    pub(crate) size: u32,
    pub(crate) duration: u32,
    pub(crate) cts: i32,
    pub(crate) is_sync: bool,
}

/// One track to be.
#[derive(Debug, Clone)]
pub(crate) struct Reel {
    pub(crate) id: u32,
    pub(crate) kind: Kind,
    pub(crate) hdlr_type: [u8; 4],
    pub(crate) is_enabled: bool,
    pub(crate) group: u16,
    pub(crate) matrix: [u32; 9],
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) timescale: u32,
    pub(crate) language: u16,
    pub(crate) name: String,
    /// Duration (movie ticks) and media time of each.
    pub(crate) edits: Vec<(u64, i64)>,
    /// Whole sample entries; all samples have the first.
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) stsd_version: u8,
    /// Samples in the chunks: the list is gone through again and again.
    pub(crate) chunks: Vec<u32>,
    pub(crate) shots: Vec<Shot>,
    /// Whether sync samples are listed; without a list all are.
    pub(crate) has_stss: bool,
    /// 0: `stsz` of 32 bits each, else `stz2` of so many bits.
    pub(crate) size_bits: u8,
    /// Ids of its chapter tracks.
    pub(crate) chapters: Vec<u32>,
}

impl Reel {
    /// Video at 24 frames a second (12 288 ticks), a sync sample every `gop`.
    pub(crate) fn video(count: usize, gop: usize) -> Self {
        let shots = (0..count).map(|at| Shot {
            size: 40 + (at as u32 * 7) % 23,
            duration: 512,
            cts: 0,
            is_sync: at % gop == 0,
        });
        Self {
            id: 1,
            kind: Kind::Video,
            hdlr_type: *b"vide",
            is_enabled: true,
            group: 0,
            matrix: UPRIGHT,
            width: 640 << 16,
            height: 360 << 16,
            timescale: 12_288,
            language: 0x55c4,
            name: String::new(),
            edits: Vec::new(),
            entries: vec![avc1()],
            stsd_version: 0,
            chunks: vec![3, 1, 2],
            shots: shots.collect(),
            has_stss: true,
            size_bits: 0,
            chapters: Vec::new(),
        }
    }

    /// Sound at 48 kHz, packets of 1 024.
    pub(crate) fn sound(count: usize) -> Self {
        let shots = (0..count).map(|at| Shot {
            size: 9 + (at as u32 * 5) % 11,
            duration: 1_024,
            cts: 0,
            is_sync: true,
        });
        Self {
            id: 2,
            kind: Kind::Sound,
            hdlr_type: *b"soun",
            width: 0,
            height: 0,
            timescale: 48_000,
            entries: vec![mp4a()],
            chunks: vec![4, 5],
            shots: shots.collect(),
            has_stss: false,
            ..Self::video(0, 1)
        }
    }

    /// Text of one cue a second, its samples as long as `sizes` says.
    pub(crate) fn text(id: u32, sizes: &[u32]) -> Self {
        let shots = sizes.iter().map(|&size| Shot {
            size,
            duration: 1_000,
            cts: 0,
            is_sync: true,
        });
        Self {
            id,
            kind: Kind::Text,
            hdlr_type: *b"sbtl",
            width: 0,
            height: 0,
            timescale: 1_000,
            entries: vec![tx3g()],
            chunks: vec![1],
            shots: shots.collect(),
            has_stss: false,
            ..Self::video(0, 1)
        }
    }

    /// Composition offsets as encoders with B frames make them: I P B B, shown I B B P.
    pub(crate) fn with_b_frames(mut self, lead: i32) -> Self {
        for (at, shot) in self.shots.iter_mut().enumerate() {
            let steps = [0, 2, -1, -1][at % 4];
            shot.cts = (steps * 512) + lead;
        }
        self
    }

    pub(crate) fn duration(&self) -> u64 {
        self.shots.iter().map(|shot| u64::from(shot.duration)).sum()
    }

    fn dts_of(&self, sample: usize) -> u64 {
        let before = &self.shots[..sample];
        before.iter().map(|shot| u64::from(shot.duration)).sum()
    }

    /// Samples of each chunk.
    fn chunk_counts(&self) -> Vec<u32> {
        let mut left = self.shots.len() as u32;
        let mut counts = Vec::new();
        for &count in self.chunks.iter().cycle() {
            if left == 0 {
                break;
            }
            counts.push(count.min(left));
            left -= count.min(left);
        }
        counts
    }
}

/// A file to be.
#[derive(Debug, Clone)]
pub(crate) struct Film {
    pub(crate) timescale: u32,
    pub(crate) reels: Vec<Reel>,
    pub(crate) is_index_last: bool,
    pub(crate) is_co64: bool,
    /// Whether the `mdat` has a header of 64 bits.
    pub(crate) is_long: bool,
    /// How many samples of the first reel are in each fragment; 0 makes a plain file.
    pub(crate) in_pieces_of: usize,
    /// Boxes to be added to the `moov`.
    pub(crate) more: Vec<u8>,
    /// Bytes between chunks.
    pub(crate) gap: usize,
}

impl Film {
    pub(crate) fn of(reels: Vec<Reel>) -> Self {
        Self {
            timescale: 1_000,
            reels,
            is_index_last: false,
            is_co64: false,
            is_long: false,
            in_pieces_of: 0,
            more: Vec::new(),
            gap: 0,
        }
    }

    /// Two seconds of video with sound.
    pub(crate) fn small() -> Self {
        Self::of(vec![Reel::video(48, 12), Reel::sound(94)])
    }

    pub(crate) fn moov(&self, offsets: &[Vec<u64>]) -> Vec<u8> {
        let duration = self
            .reels
            .iter()
            .map(|reel| reel.duration() * u64::from(self.timescale) / u64::from(reel.timescale));
        let mut mvhd = Vec::new();
        let duration = duration.max().unwrap_or_default();
        put(
            &mut mvhd,
            &[
                0,
                0,
                self.timescale,
                duration as u32,
                0x1_0000,
                0x0100_0000,
                0,
                0,
            ],
        );
        put(&mut mvhd, &UPRIGHT);
        put(&mut mvhd, &[0; 6]);
        put(&mut mvhd, &[self.reels.len() as u32 + 1]);
        let mut parts = vec![full(b"mvhd", 0, 0, &mvhd)];
        for (reel, offsets) in self.reels.iter().zip(offsets) {
            parts.push(reel.trak(self, offsets));
        }
        if self.in_pieces_of > 0 {
            let trex = |reel: &Reel| {
                let mut body = Vec::new();
                put(&mut body, &[reel.id, 1, 0, 0, 0]);
                full(b"trex", 0, 0, &body)
            };
            let list: Vec<u8> = self.reels.iter().flat_map(trex).collect();
            parts.push(atom(b"mvex", &list));
        }
        parts.push(self.more.clone());
        atom(b"moov", &parts.concat())
    }

    /// Chunks of all reels in the order of time: reel, first sample, count.
    fn chunks(&self) -> Vec<(usize, usize, usize)> {
        let mut chunks = Vec::new();
        for (at, reel) in self.reels.iter().enumerate() {
            let (mut first, mut dts) = (0, 0);
            for count in reel.chunk_counts() {
                let time = dts * 1_000_000 / u64::from(reel.timescale);
                chunks.push((time, at, first, count as usize));
                let next = first + count as usize;
                let shots = &reel.shots[first..next];
                dts += shots
                    .iter()
                    .map(|shot| u64::from(shot.duration))
                    .sum::<u64>();
                first = next;
            }
        }
        chunks.sort_unstable();
        let chunks = chunks.into_iter();
        chunks
            .map(|(_, at, first, count)| (at, first, count))
            .collect()
    }

    /// The file, and the samples of each reel as a reader should find them.
    pub(crate) fn make(&self) -> (Vec<u8>, Vec<Vec<Sample>>) {
        if self.in_pieces_of > 0 {
            return (
                self.pieces(),
                self.reels.iter().map(|_| Vec::new()).collect(),
            );
        }
        let counts = |reel: &Reel| vec![0; reel.chunk_counts().len()];
        let mut offsets: Vec<Vec<u64>> = self.reels.iter().map(counts).collect();
        let ftyp = atom(b"ftyp", b"isom\0\0\x02\0isomiso2avc1mp41");
        let moov_len = if self.is_index_last {
            0
        } else {
            self.moov(&offsets).len()
        };
        let head_len = if self.is_long { 16 } else { 8 };
        let media_at = ftyp.len() + moov_len + head_len;
        let mut found: Vec<Vec<Sample>> = self.reels.iter().map(|_| Vec::new()).collect();
        let mut media: Vec<u8> = Vec::new();
        let mut chunk_counts = vec![0; self.reels.len()];
        let mut dts = vec![0; self.reels.len()];
        for (at, first, count) in self.chunks() {
            let reel = &self.reels[at];
            offsets[at][chunk_counts[at]] = (media_at + media.len()) as u64;
            chunk_counts[at] += 1;
            for number in first..first + count {
                let shot = reel.shots[number];
                found[at].push(Sample {
                    offset: (media_at + media.len()) as u64,
                    size: shot.size,
                    dts: dts[at],
                    duration: shot.duration,
                    cts: shot.cts,
                    is_sync: shot.is_sync || !reel.has_stss,
                });
                dts[at] += u64::from(shot.duration);
                media.extend(shot_bytes(reel.id, number, shot.size));
            }
            media.extend(std::iter::repeat_n(0xee, self.gap));
        }
        let moov = self.moov(&offsets);
        let mdat = if self.is_long {
            let len = (media.len() + 16) as u64;
            [&[0, 0, 0, 1][..], b"mdat", &len.to_be_bytes(), &media].concat()
        } else {
            atom(b"mdat", &media)
        };
        let parts = if self.is_index_last {
            [ftyp, mdat, moov]
        } else {
            [ftyp, moov, mdat]
        };
        (parts.concat(), found)
    }

    /// The file alone.
    pub(crate) fn file(&self) -> Vec<u8> {
        self.make().0
    }
}

/// What a sample holds: told apart by its track, its number and the place in it.
pub(crate) fn shot_bytes(track: u32, number: usize, size: u32) -> Vec<u8> {
    let first = track as usize * 101 + number * 31;
    (0..size as usize)
        .map(|at| (first + at * 3) as u8)
        .collect()
}
