//! Owns what a reply is about: bytes of ours, then spans of one file; and how a range is cut out of it.
//! Knows nothing of ranges as they are asked, nor of what the bytes mean.
//!
//! ```text
//! a file            [ span 0..len )
//! a segment         [ bytes )[ span )[ span ) …
//! a range of it            [ by)[ span )[ s)
//! ```

use std::sync::Arc;

use crate::http::body::{Body, Source};
use crate::range::Span;

/// The bytes in front.
#[derive(Debug, Clone, Copy)]
pub enum Front<'a> {
    /// Made for this reply, and so few that they are copied.
    Made(&'a [u8]),
    /// Made once for many replies.
    Shared(&'a Arc<[u8]>),
}

/// What is served, and may be served in part.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    front: Front<'a>,
    source: &'a Arc<dyn Source>,
    spans: &'a [Span],
    len: u64,
}

impl<'a> Content<'a> {
    /// Bytes in front, then spans of a file.
    pub fn new(front: Front<'a>, source: &'a Arc<dyn Source>, spans: &'a [Span]) -> Self {
        let lens = spans.iter().map(|span| span.len());
        let len = lens.fold(front.len(), u64::saturating_add);
        Self {
            front,
            source,
            spans,
            len,
        }
    }

    /// Nothing but a file.
    pub fn of_file(source: &'a Arc<dyn Source>, whole: &'a Option<Span>) -> Self {
        Self::new(Front::Made(b""), source, whole.as_slice())
    }

    /// Its length.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is nothing of it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All of it, if there is anything.
    pub fn whole(&self) -> Option<Span> {
        Span::new(0, self.len)
    }

    /// Queues a part of it.
    pub fn queue(&self, part: Span, out: &mut Body) {
        let mut place = self.front.len();
        self.front.queue(part, out);
        for span in self.spans {
            if let Some(cut) = cut(*span, place, part) {
                out.push_slice(Arc::clone(self.source), cut);
            }
            place = place.saturating_add(span.len());
        }
    }

    /// Where in the file a part of it begins and ends.
    pub fn in_file(&self, part: Span) -> Option<Span> {
        let mut place = self.front.len();
        let mut found: Option<Span> = None;
        for span in self.spans {
            if let Some(cut) = cut(*span, place, part) {
                let so_far = found.unwrap_or(cut);
                let start = so_far.start().min(cut.start());
                found = Span::new(start, so_far.end().max(cut.end()));
            }
            place = place.saturating_add(span.len());
        }
        found
    }
}

/// What of a span, that stands at `place`, is inside of `part`.
fn cut(span: Span, place: u64, part: Span) -> Option<Span> {
    let from = part.start().saturating_sub(place);
    let until = part.end().checked_sub(place)?;
    span.first(until)?.after(from)
}

impl Front<'_> {
    fn len(&self) -> u64 {
        let len = match self {
            Self::Made(bytes) => bytes.len(),
            Self::Shared(bytes) => bytes.len(),
        };
        u64::try_from(len).unwrap_or(u64::MAX)
    }

    fn queue(&self, part: Span, out: &mut Body) {
        let place = |at: u64| usize::try_from(at.min(self.len())).unwrap_or(usize::MAX);
        let range = place(part.start())..place(part.end());
        match self {
            Self::Made(bytes) => {
                out.write(|out| out.extend_from_slice(bytes.get(range).unwrap_or_default()));
            }
            Self::Shared(bytes) => out.push_shared_part(Arc::clone(bytes), range),
        }
    }
}

#[cfg(test)]
mod tests;
