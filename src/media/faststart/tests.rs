//! What a player finds in the reply: by our own reader, the same samples with the same bytes.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that is wrong about a number shall panic, and may wait for the disk"
)]

use std::io;

use proptest::prelude::*;

use super::Faststart;
use crate::media::mp4::tests::film::{Film, Reel};
use crate::media::mp4::{Movie, Sample};
use crate::media::package::ReadAt;

/// The reply, as a player reads it.
struct Reply<'a> {
    faststart: &'a Faststart,
    file: &'a dyn ReadAt,
}

impl ReadAt for Reply<'_> {
    fn file_len(&self) -> u64 {
        self.faststart.reply_len()
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < into.len() {
            let mut from = at + done as u64;
            let head = &self.faststart.head;
            if from < head.len() as u64 {
                let rest = &head[from as usize..];
                let count = rest.len().min(into.len() - done);
                into[done..done + count].copy_from_slice(&rest[..count]);
                done += count;
                continue;
            }
            from -= head.len() as u64;
            let mut spans = self.faststart.spans.iter();
            let found = spans.find_map(|span| {
                if from < span.len() {
                    return Some((span.start() + from, span.len() - from));
                }
                from -= span.len();
                None
            });
            let Some((at, left)) = found else { break };
            let count = left.min((into.len() - done) as u64) as usize;
            let count = self.file.read_at(at, &mut into[done..done + count])?;
            done += count;
        }
        Ok(done)
    }
}

fn bytes_of(file: &dyn ReadAt, sample: &Sample) -> Vec<u8> {
    let mut bytes = vec![0; sample.size as usize];
    let count = file.read_at(sample.offset, &mut bytes).unwrap();
    assert_eq!(count, bytes.len());
    bytes
}

/// Both say the same of all samples but for where they are.
fn expect_same(file: &dyn ReadAt, faststart: &Faststart) {
    let reply = Reply { faststart, file };
    let (before, after) = (Movie::read(file).1.unwrap(), Movie::read(&reply).1.unwrap());
    assert!(before.is_index_last && !after.is_index_last);
    assert_eq!(before.tracks.len(), after.tracks.len());
    for (old, new) in before.tracks.iter().zip(&after.tracks) {
        assert_eq!(old.sample_count, new.sample_count);
        let samples = old.samples(&before.moov).zip(new.samples(&after.moov));
        for (a, b) in samples {
            assert_eq!(bytes_of(file, &a), bytes_of(&reply, &b));
            assert_eq!(Sample { offset: 0, ..a }, Sample { offset: 0, ..b });
        }
    }
}

#[test]
fn a_film_with_its_index_last() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/videos/plasma (moov at end).mp4"
    );
    let file = std::fs::read(path).unwrap();
    let faststart = Faststart::read(&file).unwrap();
    assert_eq!(faststart.reply_len(), file.file_len());
    expect_same(&file, &faststart);
}

#[test]
fn what_has_no_other_order() {
    let first = Film::small().file();
    assert_eq!(Faststart::read(&first), None);
    let mut pieces = Film::small();
    pieces.in_pieces_of = 12;
    assert_eq!(Faststart::read(&pieces.file()), None);
    assert_eq!(Faststart::read(&Vec::new()), None);
}

#[test]
fn boxes_behind_the_index_and_none_before() {
    let mut film = Film::small();
    film.is_index_last = true;
    let mut file = film.file();
    file.extend(*b"\0\0\0\x0cfree1234");
    let faststart = Faststart::read(&file).unwrap();
    assert_eq!(faststart.spans.len(), 2);
    expect_same(&file, &faststart);
    // Old QuickTime files begin with their media.
    let mut file = film.file();
    file[4..8].copy_from_slice(b"wide");
    let faststart = Faststart::read(&file).unwrap();
    assert_eq!(&faststart.head[4..8], b"moov");
    expect_same(&file, &faststart);
}

/// A file with a hole in its media, so that chunks lie where a test has no bytes.
struct Sparse {
    file: Vec<u8>,
    hole_at: u64,
    hole_len: u64,
}

impl ReadAt for Sparse {
    fn file_len(&self) -> u64 {
        self.file.len() as u64 + self.hole_len
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        if at < self.hole_at {
            // Headers before the hole; nobody reads into it.
            let count = into.len().min((self.hole_at - at) as usize);
            into[count..].fill(0);
            self.file.read_at(at, &mut into[..count])?;
            return Ok(into.len());
        }
        self.file.read_at(at.saturating_sub(self.hole_len), into)
    }
}

/// The last chunks of the film lie `below` bytes before the end of what an `stco` can say.
fn sparse(below: u64) -> Sparse {
    let mut film = Film::small();
    (film.is_index_last, film.is_long) = (true, true);
    let mut file = film.file();
    let moov = file.windows(4).position(|four| four == b"moov").unwrap() - 4;
    let mdat = file.windows(4).position(|four| four == b"mdat").unwrap();
    let hole_len = (1 << 32) - below - moov as u64;
    let len = u64::from_be_bytes(file[mdat + 4..mdat + 12].try_into().unwrap()) + hole_len;
    file[mdat + 4..mdat + 12].copy_from_slice(&len.to_be_bytes());
    let mut at = moov;
    while let Some(found) = file[at..].windows(4).position(|four| four == b"stco") {
        at += found + 4;
        let count = u32::from_be_bytes(file[at + 4..at + 8].try_into().unwrap());
        for row in file[at + 8..].chunks_mut(4).take(count as usize) {
            let offset = u32::from_be_bytes((&*row).try_into().unwrap());
            row.copy_from_slice(&(offset + hole_len as u32).to_be_bytes());
        }
    }
    Sparse {
        file,
        hole_at: mdat as u64 + 12,
        hole_len,
    }
}

#[test]
fn offsets_of_32_bits_that_no_longer_fit() {
    let long = |faststart: &Faststart| {
        let fours = faststart.head.windows(4);
        fours.filter(|four| *four == b"co64").count()
    };
    let moov_len = Movie::read(&sparse(0)).1.unwrap().moov_len;
    for (below, expected) in [(0, 2), (moov_len, 0), (moov_len / 2, 2)] {
        let file = sparse(below);
        let faststart = Faststart::read(&file).unwrap();
        assert_eq!(long(&faststart), expected, "{below}");
        expect_same(&file, &faststart);
    }
    // Where only the longer index pushes chunks over the edge, in whatever table.
    for below in moov_len - 40..moov_len + 400 {
        let file = sparse(below);
        let faststart = Faststart::read(&file).unwrap();
        assert!(long(&faststart) <= 2);
        expect_same(&file, &faststart);
    }
}

proptest! {
    #[test]
    fn any_film(
        frames in 1usize..60,
        packets in 1usize..100,
        chunks in prop::collection::vec(1u32..9, 1..4),
        gap in 0usize..40,
        is_co64: bool,
        is_long: bool,
    ) {
        let mut film = Film::of(vec![Reel::video(frames, 7), Reel::sound(packets)]);
        film.reels[0].chunks = chunks;
        film.is_index_last = true;
        (film.gap, film.is_co64, film.is_long) = (gap, is_co64, is_long);
        let file = film.file();
        expect_same(&file, &Faststart::read(&file).unwrap());
    }

    #[test]
    fn whatever_comes(cut in 0usize..4000, at in 0usize..4000, byte: u8) {
        let mut film = Film::small();
        film.is_index_last = true;
        let mut file = film.file();
        let from = file.windows(4).position(|four| four == b"moov").unwrap();
        let at = (from + at).min(file.len() - 1);
        file[at] = byte;
        file.truncate(file.len() - cut.min(file.len()) / 8);
        if let Some(faststart) = Faststart::read(&file) {
            assert!(faststart.reply_len() <= file.file_len() * 2);
        }
    }
}
