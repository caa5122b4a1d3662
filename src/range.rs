//! How a seek becomes bytes.
//!
//! Owns: RFC 9110 section 14 from the `Range` field to the spans of a file that answer it.
//! Knows nothing of files, sockets or replies.
//!
//! ```text
//! Range: bytes=0-499, 1000-, -200          the field
//!              a-b    a-     -n            three forms, inclusive at both ends
//! Content-Range: bytes 0-499/10000         the answer, inclusive as well
//! ```
//!
//! Inside, a [`Span`] is half-open (`start..end`) and cannot be empty: the minus one of the wire
//! is written in one place, [`Span::write_content_range`].
//!
//! ```
//! use reeld::range::{Bounds, Selection, Span, select};
//!
//! let bounds = Bounds::default();
//! let seek = select(b"bytes=500-", 10_000, &bounds);
//! assert_eq!(seek, Selection::One(Span::new(500, 10_000).unwrap()));
//! assert_eq!(select(b"bytes=10000-", 10_000, &bounds), Selection::Unsatisfiable);
//! assert_eq!(select(b"seconds=1-2", 10_000, &bounds), Selection::Whole);
//! ```

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

#[cfg(test)]
mod tests;

/// A stretch of bytes, `start..end`: never empty. Made only by [`Span::new`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    start: u64,
    end: u64,
}

impl Span {
    /// `None` where `start..end` would hold no byte.
    pub const fn new(start: u64, end: u64) -> Option<Self> {
        if start < end {
            Some(Self { start, end })
        } else {
            None
        }
    }

    /// The first byte.
    pub const fn start(self) -> u64 {
        self.start
    }

    /// One past the last byte.
    pub const fn end(self) -> u64 {
        self.end
    }

    /// How many bytes; at least one. (There is no `is_empty`: a span cannot be.)
    #[expect(clippy::len_without_is_empty, reason = "a span is never empty")]
    pub const fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// What is left after the first `count` bytes, if anything is.
    pub const fn after(self, count: u64) -> Option<Self> {
        Self::new(self.start.saturating_add(count), self.end)
    }

    /// At most the first `count` bytes.
    pub const fn first(self, count: u64) -> Option<Self> {
        let end = self.start.saturating_add(count);
        Self::new(self.start, if end < self.end { end } else { self.end })
    }

    /// Writes `bytes a-b/LEN`: the only place where an end is inclusive.
    pub fn write_content_range(self, len: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(b"bytes ");
        write_number(self.start, out);
        out.push(b'-');
        write_number(self.end.saturating_sub(1), out);
        out.push(b'/');
        write_number(len, out);
    }
}

/// Writes a number in decimal, without the formatting machinery: it is on every reply's way.
pub fn write_number(value: u64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut rest = value;
    let mut count = 0usize;
    for slot in digits.iter_mut().rev() {
        // A remainder of ten fits every integer type.
        *slot = b'0'.saturating_add(u8::try_from(rest % 10).unwrap_or(0));
        rest /= 10;
        count = count.saturating_add(1);
        if rest == 0 {
            break;
        }
    }
    let from = digits.len().saturating_sub(count);
    out.extend_from_slice(digits.get(from..).unwrap_or_default());
}

/// What a `Range` field selects of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// The field says nothing that we follow: 200 with the whole file.
    Whole,
    /// 206 with one span.
    One(Span),
    /// 206 `multipart/byteranges`: at least two spans, in the order asked, none overlapping.
    Many(Vec<Span>),
    /// 416: the field is right and no byte of the file is in it.
    Unsatisfiable,
}

/// The bounds that a selection respects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// More ranges than this get the whole file: nobody seeks to nine places at once.
    pub ranges_max: usize,
    /// A longer field is not looked at.
    pub field_bytes_max: usize,
    /// An open-ended range (`a-`) is answered with at most this many bytes.
    pub open_bytes_max: Option<u64>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            ranges_max: 8,
            field_bytes_max: 1_024,
            open_bytes_max: None,
        }
    }
}

/// What `field` (the value of a `Range` field) selects of a file of `len` bytes.
///
/// 1. An empty file has no bytes to select: the whole of it, 200.
/// 2. An unknown unit, a syntax error, too long a field or too many ranges: the field is ignored.
/// 3. No range touches the file: unsatisfiable. Those that do not are dropped beside those that do.
/// 4. Ranges that overlap or touch become one, in the place of the first: nothing is sent twice.
/// 5. Several ranges that make up the whole file or more: the whole file.
pub fn select(field: &[u8], len: u64, bounds: &Bounds) -> Selection {
    if len == 0 || field.len() > bounds.field_bytes_max {
        return Selection::Whole;
    }
    let Some(set) = bytes_unit(field) else {
        return Selection::Whole;
    };

    // Nearly everybody asks for one range: only a second one needs a list.
    let mut first: Option<Span> = None;
    let mut more: Vec<Span> = Vec::new();
    let mut asked = 0usize;
    for item in set.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
        if item.is_empty() {
            continue; // RFC 9110 5.6.1.2: a recipient accepts empty list elements
        }
        asked = asked.saturating_add(1);
        if asked > bounds.ranges_max {
            return Selection::Whole;
        }
        let Some(form) = Form::parse(item) else {
            return Selection::Whole;
        };
        match (first, form.of(len, bounds.open_bytes_max)) {
            (None, span) => first = span,
            (Some(_), Some(span)) => more.push(span),
            (Some(_), None) => {}
        }
    }
    if asked == 0 {
        return Selection::Whole;
    }
    let Some(first) = first else {
        return Selection::Unsatisfiable;
    };
    if more.is_empty() {
        return Selection::One(first);
    }

    let mut spans = more;
    spans.insert(0, first);
    coalesce(&mut spans);
    let total = spans
        .iter()
        .fold(0u64, |sum, span| sum.saturating_add(span.len()));
    match *spans {
        [span] => Selection::One(span),
        _ if total >= len => Selection::Whole,
        _ => Selection::Many(spans),
    }
}

/// The range set behind `bytes=`, whose unit is case-insensitive.
fn bytes_unit(field: &[u8]) -> Option<&[u8]> {
    let (unit, set) = field.split_at_checked(6)?;
    unit.eq_ignore_ascii_case(b"bytes=").then_some(set)
}

/// One range as it was written.
enum Form {
    /// `a-b`
    Closed(u64, u64),
    /// `a-`
    Open(u64),
    /// `-n`
    Suffix(u64),
}

impl Form {
    fn parse(item: &[u8]) -> Option<Self> {
        let dash = item.iter().position(|&byte| byte == b'-')?;
        let (first, rest) = item.split_at(dash);
        let last = rest.get(1..)?;
        match (first.is_empty(), last.is_empty()) {
            (true, true) => None,
            (true, false) => Some(Self::Suffix(number(last)?)),
            (false, true) => Some(Self::Open(number(first)?)),
            (false, false) => {
                let is_reversed = magnitude(first) > magnitude(last);
                let closed = Self::Closed(number(first)?, number(last)?);
                (!is_reversed).then_some(closed)
            }
        }
    }

    /// The bytes of it that a file of `len` bytes has.
    fn of(self, len: u64, open_bytes_max: Option<u64>) -> Option<Span> {
        match self {
            Self::Closed(first, last) => Span::new(first, last.saturating_add(1).min(len)),
            Self::Open(first) => {
                let span = Span::new(first, len)?;
                open_bytes_max.map_or(Some(span), |most| span.first(most.max(1)))
            }
            Self::Suffix(count) => Span::new(len.saturating_sub(count), len),
        }
    }
}

/// `1*DIGIT`, saturating: a number beyond u64 lies beyond every file as well.
fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |value, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        Some(value.saturating_mul(10).saturating_add(u64::from(digit)))
    })
}

/// Orders digits by their number, however many there are.
fn magnitude(digits: &[u8]) -> (usize, &[u8]) {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let digits = digits.get(zeros..).unwrap_or_default();
    (digits.len(), digits)
}

/// Joins spans that overlap or touch into the earliest of them; the order asked stays.
/// At most `ranges_max` spans come here, so comparing all pairs is cheap.
fn coalesce(spans: &mut Vec<Span>) {
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for mut span in spans.drain(..) {
        let mut place = joined.len();
        let touches = |other: &Span, span: Span| other.start <= span.end && span.start <= other.end;
        while let Some(at) = joined.iter().position(|other| touches(other, span)) {
            let other = joined.remove(at);
            span = Span {
                start: span.start.min(other.start),
                end: span.end.max(other.end),
            };
            place = place.min(at);
        }
        joined.insert(place.min(joined.len()), span);
    }
    *spans = joined;
}
