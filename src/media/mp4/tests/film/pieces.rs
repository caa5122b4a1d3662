//! Makes fragments of a film.

use std::ops::Range;

use super::boxes::{atom, full, put};
use super::{Film, Reel, shot_bytes};

impl Film {
    /// Each fragment has so many samples of the first reel, and what belongs beside them.
    pub(super) fn pieces(&self) -> Vec<u8> {
        let (film, count) = (self, self.in_pieces_of);
        let none: Vec<Vec<u64>> = film.reels.iter().map(|_| Vec::new()).collect();
        let mut file = atom(b"ftyp", b"iso5\0\0\x02\0iso5iso6mp41");
        file.extend(film.moov(&none));
        let first = &film.reels[0];
        let mut done = vec![0; film.reels.len()];
        let mut number = 1;
        while done[0] < first.shots.len() {
            let end = (done[0] + count).min(first.shots.len());
            let until = first.dts_of(end);
            let is_last = end == first.shots.len();
            let mut parts = Vec::new();
            for (at, reel) in film.reels.iter().enumerate() {
                let is_before = |sample: &usize| {
                    is_last
                        || reel.dts_of(*sample) * u64::from(first.timescale)
                            < until * u64::from(reel.timescale)
                };
                let end = (done[at]..reel.shots.len()).take_while(is_before).count() + done[at];
                parts.push((at, done[at]..end));
                done[at] = end;
            }
            file.extend(film.piece(number, &parts));
            number += 1;
        }
        file
    }

    fn piece(&self, number: u32, parts: &[(usize, Range<usize>)]) -> Vec<u8> {
        let media: Vec<Vec<u8>> = parts
            .iter()
            .map(|(at, range)| {
                let reel = &self.reels[*at];
                let bytes = |at| shot_bytes(reel.id, at, reel.shots[at].size);
                range.clone().flat_map(bytes).collect()
            })
            .collect();
        let moof = |offsets: &[usize]| {
            let mut boxes = full(b"mfhd", 0, 0, &number.to_be_bytes());
            for ((at, range), offset) in parts.iter().zip(offsets) {
                if !range.is_empty() {
                    boxes.extend(self.reels[*at].traf(range.clone(), *offset));
                }
            }
            atom(b"moof", &boxes)
        };
        let mut at = moof(&vec![0; parts.len()]).len() + 8;
        let mut offsets = Vec::new();
        for bytes in &media {
            offsets.push(at);
            at += bytes.len();
        }
        [moof(&offsets), atom(b"mdat", &media.concat())].concat()
    }
}

impl Reel {
    fn traf(&self, range: Range<usize>, offset: usize) -> Vec<u8> {
        let tfhd = full(b"tfhd", 0, 0x02_0000, &self.id.to_be_bytes());
        let tfdt = full(b"tfdt", 1, 0, &self.dts_of(range.start).to_be_bytes());
        let mut trun = Vec::new();
        put(&mut trun, &[range.len() as u32, offset as u32]);
        for shot in &self.shots[range] {
            let is_sync = shot.is_sync || !self.has_stss;
            let flags = if is_sync { 0x0200_0000 } else { 0x0101_0000 };
            put(
                &mut trun,
                &[shot.duration, shot.size, flags, shot.cts as u32],
            );
        }
        let trun = full(b"trun", 1, 0x0f01, &trun);
        atom(b"traf", &[tfhd, tfdt, trun].concat())
    }
}
