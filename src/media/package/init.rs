//! Owns the init segment: what a player must know of the tracks before it gets samples.
//! Knows nothing of segments.
//!
//! ```text
//! ftyp  iso6 · iso6 mp41 cmfc
//! moov
//!   mvhd  no duration: the samples come later
//!   trak  for each lane: tkhd · edts/elst (where the lane has an edit) · mdia
//!     mdia  mdhd · hdlr · minf: vmhd or smhd · dinf/dref/url · stbl: stsd as in the source, empty tables
//!   mvex  mehd · trex for each lane
//! ```

use crate::media::mp4::Track;
use crate::media::package::boxes::Boxes;

/// What stands in an init segment of one lane. Its id is its place, from 1.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) track: &'a Track,
    pub(super) is_video: bool,
    pub(super) edit: u32,
}

/// `duration` in ticks of the movie.
pub(super) fn init(timescale: u32, duration: u64, parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = Boxes(Vec::with_capacity(2_048));
    let ftyp = out.begin(*b"ftyp");
    out.bytes(b"iso6");
    out.u32(0);
    out.bytes(b"iso6mp41cmfc");
    out.end(ftyp);
    let moov = out.begin(*b"moov");
    let mvhd = out.begin_full(*b"mvhd", 0, 0);
    out.zeros(8);
    out.u32(timescale);
    out.u32(0);
    out.u32(0x0001_0000); // rate 1.0
    out.u16(0x0100); // volume 1.0
    out.zeros(10);
    for value in [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000] {
        out.u32(value);
    }
    out.zeros(24);
    out.u32(
        u32::try_from(parts.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1),
    );
    out.end(mvhd);
    for (id, part) in (1..).zip(parts) {
        write_trak(id, part, &mut out);
    }
    let mvex = out.begin(*b"mvex");
    let mehd = out.begin_full(*b"mehd", 1, 0);
    out.u64(duration);
    out.end(mehd);
    for (id, _) in (1..).zip(parts) {
        let trex = out.begin_full(*b"trex", 0, 0);
        out.u32(id);
        out.u32(1);
        out.zeros(12);
        out.end(trex);
    }
    out.end(mvex);
    out.end(moov);
    out.0
}

fn write_trak(id: u32, part: &Part<'_>, out: &mut Boxes) {
    let track = part.track;
    let trak = out.begin(*b"trak");
    let tkhd = out.begin_full(*b"tkhd", 0, 3); // enabled, in the movie
    out.zeros(8);
    out.u32(id);
    out.zeros(16); // reserved, duration, reserved
    out.u16(0);
    out.u16(u16::from(!part.is_video)); // alternate_group
    out.u16(if part.is_video { 0 } else { 0x0100 }); // volume
    out.u16(0);
    out.bytes(&track.matrix);
    out.u32(track.width);
    out.u32(track.height);
    out.end(tkhd);
    if part.edit > 0 {
        let edts = out.begin(*b"edts");
        let elst = out.begin_full(*b"elst", 1, 0);
        out.u32(1);
        out.u64(0);
        out.u64(u64::from(part.edit));
        out.u32(0x0001_0000); // rate 1.0
        out.end(elst);
        out.end(edts);
    }
    let mdia = out.begin(*b"mdia");
    let mdhd = out.begin_full(*b"mdhd", 0, 0);
    out.zeros(8);
    out.u32(track.timescale);
    out.u32(0);
    out.u16(track.language);
    out.u16(0);
    out.end(mdhd);
    let hdlr = out.begin_full(*b"hdlr", 0, 0);
    out.u32(0);
    out.bytes(if part.is_video { b"vide" } else { b"soun" });
    out.zeros(12);
    out.bytes(track.name.as_bytes());
    out.zeros(1);
    out.end(hdlr);
    write_minf(part, out);
    out.end(mdia);
    out.end(trak);
}

fn write_minf(part: &Part<'_>, out: &mut Boxes) {
    let minf = out.begin(*b"minf");
    if part.is_video {
        let vmhd = out.begin_full(*b"vmhd", 0, 1);
        out.zeros(8);
        out.end(vmhd);
    } else {
        let smhd = out.begin_full(*b"smhd", 0, 0);
        out.zeros(4);
        out.end(smhd);
    }
    let dinf = out.begin(*b"dinf");
    let dref = out.begin_full(*b"dref", 0, 0);
    out.u32(1);
    let url = out.begin_full(*b"url ", 0, 1); // in this very file
    out.end(url);
    out.end(dref);
    out.end(dinf);
    let stbl = out.begin(*b"stbl");
    let stsd = out.begin_full(*b"stsd", 0, 0);
    out.u32(1);
    out.bytes(&part.track.entry.bytes);
    out.end(stsd);
    for kind in [*b"stts", *b"stsc", *b"stco"] {
        let table = out.begin_full(kind, 0, 0);
        out.u32(0);
        out.end(table);
    }
    let stsz = out.begin_full(*b"stsz", 0, 0);
    out.zeros(8);
    out.end(stsz);
    out.end(stbl);
    out.end(minf);
}
