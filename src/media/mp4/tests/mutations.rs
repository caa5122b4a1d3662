//! Films that are damaged at random: whatever is read must not panic, and what is found must keep its promises.
//!
//! `REELD_MUTATIONS=n` makes it so many, `REELD_MUTATION_SEED=n` begins elsewhere.

use super::film::boxes::{atom, body_of, full, sound_entry};
use super::film::{Film, Reel};
use crate::media::mp4::bounds::{SAMPLES_MAX, TICKS_MAX};
use crate::media::mp4::{Kind, Movie};

/// A row of numbers that looks like chance (xorshift).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }
}

/// Films that have one of everything.
fn seeds() -> Vec<Vec<u8>> {
    let small = Film::of(vec![Reel::video(8, 4), Reel::sound(15)]);
    let mut films = vec![small; 8];
    films[1].reels[0] = Reel::video(9, 3).with_b_frames(-3);
    films[1].reels[0].edits = vec![(40, -1), (900, 512), (3, 4)];
    films[1].is_co64 = true;
    films[2].reels[0].size_bits = 8;
    films[2].reels[1].size_bits = 16;
    films[2].is_index_last = true;
    films[2].is_long = true;
    films[3].reels.push(Reel::text(3, &[3, 9, 2]));
    films[3].reels[0].chapters = vec![3];
    let chapters = [&[0, 0, 0, 0, 1][..], &[0; 8], &[2], b"hi"].concat();
    films[3].more = atom(b"udta", &full(b"chpl", 1, 0, &chapters));
    films[4].in_pieces_of = 4;
    films[5].in_pieces_of = 5;
    films[5].reels.remove(0);
    films[6].reels[1].entries = vec![sound_entry(b"ac-3", &atom(b"dac3", &[1, 2, 3]))];
    films[6].reels[0].has_stss = false;
    films[7].reels[1]
        .shots
        .iter_mut()
        .for_each(|shot| shot.size %= 16);
    films[7].reels[1].size_bits = 4;
    films.iter().map(Film::file).collect()
}

/// Changes some bytes where the index is, or some number in it to one that is never good.
fn mutate(file: &mut Vec<u8>, chance: &mut Chance) {
    const NUMBERS: [u32; 12] = [
        0,
        1,
        2,
        7,
        8,
        255,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
        0xffff_fff8,
        0x0100_0000,
        4_096,
    ];
    let moov = body_of(file, b"moov") - 8;
    for _ in 0..=chance.below(6) {
        let at = moov + chance.below(file.len() - moov - 4);
        match chance.below(8) {
            0 => file[at] = chance.next().to_be_bytes()[0],
            1 => file[at] ^= 1 << chance.below(8),
            2 | 3 => {
                let number = NUMBERS[chance.below(NUMBERS.len())];
                file[at..at + 4].copy_from_slice(&number.to_be_bytes());
            }
            // Sizes and names of boxes stand at multiples of four from each other, mostly.
            4 => {
                let number = u32::try_from(chance.below(200)).unwrap();
                file[at..at + 4].copy_from_slice(&number.to_be_bytes());
            }
            5 => {
                let from = moov + chance.below(file.len() - moov - 4);
                file.copy_within(from..from + 4, at);
            }
            6 => file[at..].rotate_left(4),
            _ => file.truncate(file.len() - chance.below(9).min(file.len() - at - 4)),
        }
        if file.len() < moov + 16 {
            return;
        }
    }
}

/// What a planner relies on.
fn check(file: &Vec<u8>) -> bool {
    let (_, movie) = Movie::read(file);
    let Ok(movie) = movie else {
        return false;
    };
    assert!(movie.timescale > 0 && movie.media_end <= movie.file_len);
    for track in &movie.tracks {
        assert!(track.timescale > 0 && track.sample_count <= SAMPLES_MAX);
        assert!(track.delay <= TICKS_MAX && track.media_time.unsigned_abs() <= TICKS_MAX);
        let (mut bytes, mut dts, mut count) = (0, 0, 0);
        let mut samples = track.samples(&movie.moov);
        while let Some(sample) = samples.next() {
            bytes += u64::from(sample.size);
            assert_eq!(sample.dts, dts);
            dts += u64::from(sample.duration);
            count += 1;
            assert!(sample.cts >= 0 || sample.cts.unsigned_abs() <= track.neg);
            assert!(sample.offset.checked_add(sample.size.into()).is_some());
            if count % 16 == 3 {
                let next = samples.clone().next();
                let again = track.samples_from(&movie.moov, samples.cursor()).next();
                assert_eq!(next, again);
            }
        }
        assert_eq!(count, track.sample_count);
        assert!(bytes <= movie.file_len || track.entry.codec.unfit().is_some());
        let len = track
            .entry
            .bytes
            .first_chunk()
            .map(|len| u32::from_be_bytes(*len));
        assert!(track.kind == Kind::Text || len.is_some());
    }
    let mut end = 0;
    for fragment in movie.fragments.iter().flat_map(|fragments| &fragments.list) {
        assert!(fragment.start >= end && fragment.end > fragment.start);
        end = fragment.end;
        assert!(end <= movie.file_len);
    }
    true
}

fn number_of(name: &str, or: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(or)
}

#[test]
fn no_damage_makes_it_panic() {
    let seeds = seeds();
    assert!(seeds.iter().all(check));
    let mut good = 0u64;
    let first = number_of("REELD_MUTATION_SEED", 1);
    let count = number_of("REELD_MUTATIONS", 20_000);
    for number in first..first + count {
        let mut chance = Chance(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut file = seeds[chance.below(seeds.len())].clone();
        mutate(&mut file, &mut chance);
        good += u64::from(check(&file));
    }
    // Neither all refused nor all read: the damage is of the right size.
    assert!(good > count / 10 && good < count, "{good} of {count}");
}
