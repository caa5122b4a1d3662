//! Owns which bytes of the file a segment is made of: few long slices, and where each sample lies in them.
//! Knows nothing of boxes.
//!
//! ```text
//! file     ··VVVAAVVVVAA···VVAA··      samples of one segment, others between them
//! runs       V1 A1 V2  A2  V3 A3       samples of one track without a gap
//! slices     ├──────────┤ ├────┤       runs in the order of the file; small gaps go along
//! ```
//!
//! The slices, one behind the other, are the segment's `mdat`; a run's place is counted from its start.

use std::collections::BinaryHeap;

use crate::media::mp4::Sample;
use crate::range::Span;

/// Bytes of others that are sent along so that two slices are one: 0.2 % of a film, a third fewer slices.
const GAP: u64 = 4_096;

/// Gaps together are at most one part in so many of the media. Picture or sound alone has a gap at every turn:
/// whoever asks for one is not sent both.
const GAPS_PART: u64 = 64;

/// Samples of one lane that follow each other in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// In the file.
    pub(super) start: u64,
    pub(super) end: u64,
    /// In the segment's media.
    pub(super) place: u64,
    /// How many samples.
    pub(super) count: u32,
}

/// Appends the runs of one lane's samples, in decode order.
pub(super) fn runs(samples: &[Sample], into: &mut Vec<Run>) {
    let mut open: Option<Run> = None;
    for sample in samples {
        let end = sample.offset.saturating_add(u64::from(sample.size));
        match &mut open {
            Some(run) if run.end == sample.offset => {
                run.end = end;
                run.count = run.count.saturating_add(1);
            }
            _ => into.extend(open.replace(Run {
                start: sample.offset,
                end,
                place: 0,
                count: 1,
            })),
        }
    }
    into.extend(open);
}

/// The runs' numbers in the order of the file. Those of one lane nearly always are in it, so two lanes are merged.
fn order(runs: &[Run]) -> Vec<usize> {
    let pairs = runs.iter().zip(runs.iter().skip(1));
    let is_back = |(run, next): (&Run, &Run)| next.start < run.start;
    let split = pairs.map(is_back).position(|is_back| is_back);
    let split = split.map_or(runs.len(), |at| at.saturating_add(1));
    let (first, second) = runs.split_at_checked(split).unwrap_or_default();
    if !second.is_sorted_by_key(|run| run.start) {
        let heap: BinaryHeap<(u64, usize)> = runs.iter().map(|run| run.start).zip(0..).collect();
        let sorted = heap.into_sorted_vec().into_iter();
        return sorted.map(|(_, index)| index).collect();
    }
    let mut order = Vec::with_capacity(runs.len());
    let mut first = (0..).zip(first).peekable();
    let mut second = (split..).zip(second).peekable();
    loop {
        let is_second = match (first.peek(), second.peek()) {
            (Some((_, a)), Some((_, b))) => b.start < a.start,
            (None, _) => true,
            (Some(_), None) => false,
        };
        let next = if is_second {
            second.next()
        } else {
            first.next()
        };
        let Some((index, _)) = next else {
            return order;
        };
        order.push(index);
    }
}

/// Gives each run its place; the slices, and how long they are together.
pub(super) fn place(runs: &mut [Run]) -> (Vec<Span>, u64) {
    let lens = runs.iter().map(|run| run.end.saturating_sub(run.start));
    let mut gaps_left = lens.fold(0, u64::saturating_add) / GAPS_PART;
    let mut spans: Vec<Span> = Vec::new();
    // The slice on its way, and what lies before it.
    let (mut start, mut end, mut before) = (0u64, 0u64, 0u64);
    for index in order(runs) {
        let Some(run) = runs.get_mut(index) else {
            continue;
        };
        if run.start == run.end {
            // No byte of it is sent; it may point anywhere.
            run.place = before.saturating_add(end.saturating_sub(start));
            continue;
        }
        let gap = run.start.saturating_sub(end);
        if start == end || gap > GAP.min(gaps_left) {
            before = before.saturating_add(end.saturating_sub(start));
            spans.extend(Span::new(start, end));
            (start, end) = (run.start, run.end);
        } else {
            gaps_left = gaps_left.saturating_sub(gap);
        }
        run.place = before.saturating_add(run.start.saturating_sub(start));
        end = end.max(run.end);
    }
    spans.extend(Span::new(start, end));
    (spans, before.saturating_add(end.saturating_sub(start)))
}

#[cfg(test)]
mod tests;
