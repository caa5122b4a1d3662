//! Owns preconditions: RFC 9110 section 13, in the order of 13.2.2, and If-Range.
//! Knows nothing of replies: it answers with a [`Verdict`].

use crate::http::date;
use crate::http::request::{Field, View};

/// What a file can be recognised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validators<'a> {
    /// The strong entity tag, quotes included.
    pub etag: &'a [u8],
    /// Whole seconds since 1970, never in the future; nothing where no date is kept.
    pub modified: Option<u64>,
}

/// What the preconditions of a request come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Answer as if there were none.
    Proceed,
    /// 304
    NotModified,
    /// 412
    Failed,
}

/// Judges a GET or HEAD in the order of RFC 9110 13.2.2.
///
/// 1. If-Match: false is 412.
/// 2. Without it, If-Unmodified-Since: false is 412.
/// 3. If-None-Match: false is 304.
/// 4. Without it, If-Modified-Since: false is 304.
/// 5. (If-Range is asked by who selects ranges: [`range_applies`].)
pub fn judge(request: &View<'_>, ours: Validators<'_>) -> Verdict {
    // A condition on a date that we do not keep, or cannot read, is no condition.
    // Nor is one that comes twice (RFC 9110 13.1.3).
    let dates = |field| {
        let once = request
            .field(field)
            .filter(|_| !request.is_repeated(field))?;
        Some((ours.modified?, date::parse(once)?))
    };

    if request.field(Field::IfMatch).is_some() {
        let mut tags = request.values(Field::IfMatch).flat_map(tags);
        if !tags.any(|tag| tag.matches_strongly(ours.etag)) {
            return Verdict::Failed;
        }
    } else if dates(Field::IfUnmodifiedSince).is_some_and(|(modified, since)| modified > since) {
        return Verdict::Failed;
    }

    if request.field(Field::IfNoneMatch).is_some() {
        let mut tags = request.values(Field::IfNoneMatch).flat_map(tags);
        if tags.any(|tag| tag.matches_weakly(ours.etag)) {
            return Verdict::NotModified;
        }
    } else if dates(Field::IfModifiedSince).is_some_and(|(modified, since)| modified <= since) {
        return Verdict::NotModified;
    }
    Verdict::Proceed
}

/// Whether the Range field is to be looked at (RFC 9110 13.1.5): without If-Range always, with a
/// tag where it is ours, with a date where it is ours exactly and lies at least a second before
/// `now`, so that the file cannot have changed again within the same second.
pub fn range_applies(request: &View<'_>, ours: Validators<'_>, now: u64) -> bool {
    let Some(field) = request.field(Field::IfRange) else {
        return true;
    };
    if field.contains(&b'"') {
        return field == ours.etag; // one tag, not a list; a weak one differs in its first letter
    }
    date::parse(field).is_some_and(|date| Some(date) == ours.modified && date < now)
}

/// One member of a list of entity tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag<'a> {
    /// `*`
    Any,
    /// `"…"`, quotes included.
    Strong(&'a [u8]),
    /// `W/"…"`, without the `W/`.
    Weak(&'a [u8]),
}

impl Tag<'_> {
    fn matches_strongly(self, ours: &[u8]) -> bool {
        match self {
            Tag::Any => true,
            Tag::Strong(tag) => tag == ours,
            Tag::Weak(_) => false,
        }
    }

    fn matches_weakly(self, ours: &[u8]) -> bool {
        match self {
            Tag::Any => true,
            Tag::Strong(tag) | Tag::Weak(tag) => tag == ours,
        }
    }
}

/// The tags of one field value; it ends at the first thing that is no tag.
///
/// ```text
/// "a", W/"b,c" , "d"       a comma may stand inside the quotes
/// ```
fn tags(field: &[u8]) -> impl Iterator<Item = Tag<'_>> {
    let is_any = field.trim_ascii() == b"*";
    let mut rest = if is_any { b"" } else { field };
    let listed = std::iter::from_fn(move || {
        let start = rest
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t' | b','))?;
        rest = &rest[start..];
        let is_weak = rest.starts_with(b"W/");
        let quoted = if is_weak { &rest[2..] } else { rest };
        let inner = quoted.strip_prefix(b"\"")?;
        let end = inner.iter().position(|&byte| byte == b'"')?;
        let (tag, after) = quoted.split_at(end + 2);
        rest = after;
        Some(if is_weak {
            Tag::Weak(tag)
        } else {
            Tag::Strong(tag)
        })
    });
    is_any.then_some(Tag::Any).into_iter().chain(listed)
}

#[cfg(test)]
mod tests;
