//! Owns the head of a segment: its `moof`, and the header of the `mdat` whose bytes are the file's.
//! Knows nothing of playlists, nor of how segments are cut.
//!
//! ```text
//! moof
//!   mfhd  number of the segment + 1
//!   traf  for each lane that has samples here
//!     tfhd  track, and what all samples have in common
//!     tfdt  decode time of the first sample
//!     trun  for each run of samples that lie together: where, and what differs
//! mdat  size · kind, then the slices
//! ```

use crate::media::mp4::Sample;
use crate::media::package::boxes::{Boxes, Words};
use crate::media::package::slices::{Run, place, runs};
use crate::media::package::time::Timing;
use crate::range::Span;

/// Samples of one track, to be written into a segment.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// As in the init segment, from 1.
    pub(super) id: u32,
    pub(super) timing: &'a Timing,
    /// In decode order.
    pub(super) samples: &'a [Sample],
}

// Sample flags: depends on others and is no key frame; or neither.
const IS_SYNC: u32 = 0x0200_0000;
const IS_NOT_SYNC: u32 = 0x0101_0000;

/// The head of segment `number`, and the slices that follow it.
pub(super) fn segment(number: u32, parts: &[Part<'_>]) -> (Vec<u8>, Vec<Span>) {
    let samples = parts.iter().map(|part| part.samples.len()).sum::<usize>();
    let mut all = Vec::with_capacity(samples.min(512));
    let mut ends = Vec::with_capacity(parts.len());
    for part in parts {
        runs(part.samples, &mut all);
        ends.push(all.len());
    }
    let (spans, media_len) = place(&mut all);

    let most = samples.saturating_mul(16);
    let most = most.saturating_add(all.len().saturating_mul(4 * TRUN_WORDS));
    let mut out = Boxes(Vec::with_capacity(most.saturating_add(256)));
    let mut places = Vec::with_capacity(all.len());
    let moof = out.begin(*b"moof");
    let mfhd = out.begin_full(*b"mfhd", 0, 0);
    out.u32(number.saturating_add(1));
    out.end(mfhd);
    let mut from = 0;
    for (part, &to) in parts.iter().zip(&ends) {
        if let Some(runs) = all.get(from..to).filter(|runs| !runs.is_empty()) {
            traf(part, runs, &mut out, &mut places);
        }
        from = to;
    }
    out.end(moof);
    // Media begins behind the header of mdat.
    let media_at = u64::try_from(out.0.len())
        .unwrap_or(u64::MAX)
        .saturating_add(8);
    for (at, place) in places {
        let offset = media_at.saturating_add(place);
        out.patch(at, u32::try_from(offset).unwrap_or(u32::MAX));
    }
    // Segments are far below 2 GiB: the plan refuses others.
    out.u32(u32::try_from(media_len.saturating_add(8)).unwrap_or(u32::MAX));
    out.bytes(b"mdat");
    (out.0, spans)
}

// tfhd: what stands in it.
const BASE_IS_MOOF: u32 = 0x02_0000;
const DEFAULT_DURATION: u32 = 0x08;
const DEFAULT_SIZE: u32 = 0x10;
const DEFAULT_FLAGS: u32 = 0x20;
// trun: what stands in it, for the whole or for each sample.
const DATA_OFFSET: u32 = 0x01;
const FIRST_FLAGS: u32 = 0x04;
const DURATION: u32 = 0x100;
const SIZE: u32 = 0x200;
const FLAGS: u32 = 0x400;
const COMPOSITION: u32 = 0x800;
/// Numbers of a trun before those of its samples: size, kind, flags, count, offset, flags of the first.
const TRUN_WORDS: usize = 6;
/// Where in it the offset is.
const OFFSET_AT: usize = 16;

fn traf(part: &Part<'_>, runs: &[Run], out: &mut Boxes, places: &mut Vec<(usize, u64)>) {
    let Some(first) = part.samples.first() else {
        return;
    };
    let common = Common::of(part, first);
    let traf = out.begin(*b"traf");
    common.write_tfhd(part.id, first, out);
    let tfdt = out.begin_full(*b"tfdt", 1, 0);
    out.u64(part.timing.decode(first));
    out.end(tfdt);
    let from = out.0.len();
    let rows = part.samples.len().saturating_mul(common.row());
    let words = runs.len().saturating_mul(TRUN_WORDS).saturating_add(rows);
    let mut truns = out.words(words);
    let mut rest = part.samples;
    let mut runs = runs.iter().peekable();
    let mut flags = common.first;
    while let Some(run) = runs.next() {
        // Runs that are apart in the file may be neighbours here.
        let mut count = run.count;
        let mut end = run.place.saturating_add(run.end.saturating_sub(run.start));
        while let Some(next) = runs.next_if(|next| next.place == end) {
            count = count.saturating_add(next.count);
            end = end.saturating_add(next.end.saturating_sub(next.start));
        }
        let split = usize::try_from(count).unwrap_or(usize::MAX);
        let Some((here, after)) = rest.split_at_checked(split) else {
            break;
        };
        rest = after;
        let before = words.saturating_sub(truns.left()).saturating_mul(4);
        let offset_at = from.saturating_add(before).saturating_add(OFFSET_AT);
        places.push((offset_at, run.place));
        let has_flags = flags & FIRST_FLAGS != 0;
        let len = split.saturating_mul(common.row());
        let len = len.saturating_add(TRUN_WORDS - usize::from(!has_flags));
        truns.put(u32::try_from(len.saturating_mul(4)).unwrap_or(u32::MAX));
        truns.put(u32::from_be_bytes(*b"trun"));
        truns.put(1 << 24 | flags | common.each);
        truns.put(count);
        truns.put(0);
        if has_flags {
            truns.put(IS_SYNC);
        }
        write_samples(here, common.each, part.timing, &mut truns);
        flags &= !FIRST_FLAGS;
    }
    let left = truns.left();
    out.cut(left);
    out.end(traf);
}

fn write_samples(samples: &[Sample], each: u32, timing: &Timing, truns: &mut Words<'_>) {
    for sample in samples {
        if each & DURATION != 0 {
            truns.put(sample.duration);
        }
        if each & SIZE != 0 {
            truns.put(sample.size);
        }
        if each & FLAGS != 0 {
            truns.put(if sample.is_sync { IS_SYNC } else { IS_NOT_SYNC });
        }
        if each & COMPOSITION != 0 {
            truns.put(timing.composition(sample));
        }
    }
}

/// What a segment's samples have in common, and what is written for each.
struct Common {
    tfhd: u32,
    default_flags: u32,
    /// Of the first trun.
    first: u32,
    /// Of all truns.
    each: u32,
}

impl Common {
    fn of(part: &Part<'_>, first: &Sample) -> Self {
        let (mut each, mut later_sync, mut later_other) = (0, false, false);
        for (index, sample) in part.samples.iter().enumerate() {
            if sample.duration != first.duration {
                each |= DURATION;
            }
            if sample.size != first.size {
                each |= SIZE;
            }
            if part.timing.composition(sample) != 0 {
                each |= COMPOSITION;
            }
            if index > 0 {
                later_sync |= sample.is_sync;
                later_other |= !sample.is_sync;
            }
        }
        let mut tfhd = BASE_IS_MOOF | DEFAULT_FLAGS;
        if each & DURATION == 0 {
            tfhd |= DEFAULT_DURATION;
        }
        if each & SIZE == 0 {
            tfhd |= DEFAULT_SIZE;
        }
        let mut first_flags = DATA_OFFSET;
        let mut default_flags = IS_NOT_SYNC;
        if later_sync && (later_other || !first.is_sync) {
            each |= FLAGS;
        } else if first.is_sync && !later_other {
            default_flags = IS_SYNC;
        } else if first.is_sync {
            first_flags |= FIRST_FLAGS;
        }
        Self {
            tfhd,
            default_flags,
            first: first_flags,
            each,
        }
    }

    /// How many numbers are written for each sample.
    fn row(&self) -> usize {
        usize::try_from(self.each.count_ones()).unwrap_or(usize::MAX)
    }

    fn write_tfhd(&self, id: u32, first: &Sample, out: &mut Boxes) {
        let tfhd = out.begin_full(*b"tfhd", 0, self.tfhd);
        out.u32(id);
        if self.tfhd & DEFAULT_DURATION != 0 {
            out.u32(first.duration);
        }
        if self.tfhd & DEFAULT_SIZE != 0 {
            out.u32(first.size);
        }
        out.u32(self.default_flags);
        out.end(tfhd);
    }
}
