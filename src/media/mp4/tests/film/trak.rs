//! Makes the index of a track.

use super::boxes::{atom, full, put, runs, table};
use super::{Film, Reel, Shot};
use crate::media::mp4::Kind;

impl Reel {
    pub(super) fn trak(&self, film: &Film, offsets: &[u64]) -> Vec<u8> {
        let movie_duration = self.duration() * u64::from(film.timescale);
        let movie_duration = movie_duration / u64::from(self.timescale);
        let mut tkhd = Vec::new();
        put(&mut tkhd, &[0, 0, self.id, 0, movie_duration as u32, 0, 0]);
        tkhd.extend(0u16.to_be_bytes());
        tkhd.extend(self.group.to_be_bytes());
        put(&mut tkhd, &[0x0100_0000]);
        put(&mut tkhd, &self.matrix);
        put(&mut tkhd, &[self.width, self.height]);
        let tkhd = full(b"tkhd", 0, 2 | u32::from(self.is_enabled), &tkhd);

        let mut elst = vec![];
        put(&mut elst, &[self.edits.len() as u32]);
        for &(duration, media_time) in &self.edits {
            elst.extend(duration.to_be_bytes());
            elst.extend(media_time.to_be_bytes());
            put(&mut elst, &[0x1_0000]);
        }
        let edts = if self.edits.is_empty() {
            Vec::new()
        } else {
            atom(b"edts", &full(b"elst", 1, 0, &elst))
        };
        let mut ids = Vec::new();
        put(&mut ids, &self.chapters);
        let tref = if ids.is_empty() {
            Vec::new()
        } else {
            atom(b"tref", &atom(b"chap", &ids))
        };
        let mut mdhd = Vec::new();
        put(&mut mdhd, &[0, 0, self.timescale, self.duration() as u32]);
        mdhd.extend(self.language.to_be_bytes());
        mdhd.extend([0; 2]);
        let mut hdlr = vec![0; 4];
        hdlr.extend(self.hdlr_type);
        hdlr.extend([0; 12]);
        hdlr.extend(self.name.as_bytes());
        hdlr.push(0);
        let header = match self.kind {
            Kind::Video => full(b"vmhd", 0, 1, &[0; 8]),
            Kind::Sound => full(b"smhd", 0, 0, &[0; 4]),
            Kind::Text => full(b"nmhd", 0, 0, &[]),
        };
        let url = full(b"url ", 0, 1, &[]);
        let dref = full(b"dref", 0, 0, &[&[0, 0, 0, 1][..], &url].concat());
        let minf = [header, atom(b"dinf", &dref), self.stbl(film, offsets)].concat();
        let mdia = [
            full(b"mdhd", 0, 0, &mdhd),
            full(b"hdlr", 0, 0, &hdlr),
            atom(b"minf", &minf),
        ];
        let mdia = atom(b"mdia", &mdia.concat());
        atom(b"trak", &[tkhd, edts, tref, mdia].concat())
    }

    fn stbl(&self, film: &Film, offsets: &[u64]) -> Vec<u8> {
        let is_plain = film.in_pieces_of == 0;
        let shots = if is_plain { &self.shots[..] } else { &[] };
        let mut stsd = Vec::new();
        put(&mut stsd, &[self.entries.len() as u32]);
        stsd.extend(self.entries.concat());
        let mut parts = vec![full(b"stsd", self.stsd_version, 0, &stsd)];
        parts.push(table(
            b"stts",
            0,
            &runs(shots.iter().map(|shot| shot.duration)),
        ));
        if shots.iter().any(|shot| shot.cts != 0) {
            let runs = runs(shots.iter().map(|shot| shot.cts as u32));
            parts.push(table(
                b"ctts",
                u8::from(shots.iter().any(|shot| shot.cts < 0)),
                &runs,
            ));
        }
        let counts = if is_plain {
            self.chunk_counts()
        } else {
            Vec::new()
        };
        let mut shapes: Vec<[u32; 3]> = Vec::new();
        for (at, &count) in counts.iter().enumerate() {
            if shapes.last().is_none_or(|last| last[1] != count) {
                shapes.push([at as u32 + 1, count, 1]);
            }
        }
        parts.push(table(b"stsc", 0, &shapes));
        parts.push(self.sizes(shots));
        if film.is_co64 {
            let rows = offsets.iter().map(|&at| [(at >> 32) as u32, at as u32]);
            parts.push(table(b"co64", 0, &rows.collect::<Vec<_>>()));
        } else {
            let rows = offsets.iter().map(|&at| [at as u32]);
            parts.push(table(b"stco", 0, &rows.collect::<Vec<_>>()));
        }
        if self.has_stss && is_plain {
            let numbers = (1u32..).zip(shots).filter(|(_, shot)| shot.is_sync);
            let rows: Vec<_> = numbers.map(|(number, _)| [number]).collect();
            parts.push(table(b"stss", 0, &rows));
        }
        atom(b"stbl", &parts.concat())
    }

    fn sizes(&self, shots: &[Shot]) -> Vec<u8> {
        let mut body = Vec::new();
        put(&mut body, &[u32::from(self.size_bits), shots.len() as u32]);
        match self.size_bits {
            0 => shots.iter().for_each(|shot| put(&mut body, &[shot.size])),
            4 => body.extend(shots.chunks(2).map(|pair| {
                let low = pair.get(1).map_or(0, |shot| shot.size as u8);
                ((pair[0].size as u8) << 4) | low
            })),
            8 => body.extend(shots.iter().map(|shot| shot.size as u8)),
            _ => shots
                .iter()
                .for_each(|shot| body.extend((shot.size as u16).to_be_bytes())),
        }
        let kind = if self.size_bits == 0 {
            b"stsz"
        } else {
            b"stz2"
        };
        full(kind, 0, 0, &body)
    }
}
