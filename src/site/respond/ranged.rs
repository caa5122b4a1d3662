//! Owns the replies that have ranges: a file, and whatever is put together of one.
//! Knows nothing of what their bytes mean.
//!
//! The steps, each with the status that it can produce:
//!
//! 1. Preconditions (`http/conditional`): 412, 304.
//! 2. Range, on GET, where If-Range allows it (`range`): 416, 206 with one span or several.
//! 3. Otherwise: 200 with the whole.

use super::{Asked, PRECONDITION_FAILED, Replied, count, replied};
use crate::http::body::Body;
use crate::http::conditional::{self, Validators, Verdict};
use crate::http::content::Content;
use crate::http::etag;
use crate::http::head::Head;
use crate::http::multipart::Boundary;
use crate::http::request::{Field, Method};
use crate::http::status::{Refusal, Status};
use crate::library::entry::Entry;
use crate::library::root::Missing;
use crate::range::{self, Selection, Span};

/// What is served with conditions and ranges: a file, or something that is put together of one.
pub(super) struct Subject<'a> {
    pub(super) entry: &'a Entry,
    pub(super) etag: &'a [u8],
    /// Who asks for this version may keep it for ever.
    pub(super) version: &'a [u8],
    pub(super) media_type: &'static str,
    pub(super) content: Content<'a>,
    pub(super) is_segment: bool,
}

impl Subject<'_> {
    /// A reply that carries this part: where its bytes are in the file, and how long that is, if there are any.
    fn replied(&self, status: Status, payload: u64, part: Span) -> Replied {
        let span = self.content.in_file(part);
        Replied {
            span,
            size: span.map(|_| self.entry.len()),
            is_segment: self.is_segment,
            ..replied(status, payload)
        }
    }
}

impl Asked<'_> {
    /// A file of the library.
    pub fn file(&self, entry: &Entry, out: &mut Body) -> Replied {
        let (source, whole) = (entry.source(), Span::new(0, entry.len()));
        let subject = Subject {
            entry,
            etag: entry.etag.as_bytes(),
            version: entry.version().as_bytes(),
            media_type: entry.media_type.name,
            content: Content::of_file(&source, &whole),
            is_segment: false,
        };
        self.subject(&subject, out)
    }

    /// Whatever has conditions and ranges.
    pub(super) fn subject(&self, subject: &Subject<'_>, out: &mut Body) -> Replied {
        let Some(view) = self.request else {
            return self.missing(Missing::NotFound, out);
        };
        let ours = self.validators(subject.entry, subject.etag);
        match conditional::judge(&view, ours) {
            Verdict::Proceed => {}
            Verdict::Failed => return self.refuse(PRECONDITION_FAILED, out),
            Verdict::NotModified => {
                out.write(|out| {
                    let mut head = self.head(out, Status::NOT_MODIFIED);
                    self.version_fields(&mut head, subject.entry, ours, subject.version);
                    head.end();
                });
                return replied(Status::NOT_MODIFIED, 0);
            }
        }
        let selection = match view.field(Field::Range) {
            Some(field)
                if self.method() == Method::Get
                    && conditional::range_applies(&view, ours, self.now.unix_secs) =>
            {
                range::select(field, subject.content.len(), &self.site.range_bounds())
            }
            _ => Selection::Whole,
        };
        match selection {
            Selection::Whole => self.whole(subject, ours, out),
            Selection::One(span) => self.one_span(subject, ours, span, out),
            Selection::Many(spans) => self.many_spans(subject, ours, &spans, out),
            Selection::Unsatisfiable => self.unsatisfiable(subject, out),
        }
    }

    fn whole(&self, subject: &Subject<'_>, ours: Validators<'_>, out: &mut Body) -> Replied {
        let content = &subject.content;
        out.write(|out| {
            let mut head = self.subject_head(out, Status::OK, subject, ours);
            head.field("Content-Type", subject.media_type);
            head.number("Content-Length", content.len());
            head.end();
        });
        match (content.whole(), self.method()) {
            (Some(whole), Method::Get) => {
                content.queue(whole, out);
                let replied = subject.replied(Status::OK, whole.len(), whole);
                let file = Span::new(0, subject.entry.len());
                Replied {
                    span: replied.span.filter(|_| replied.span != file),
                    ..replied
                }
            }
            _ => replied(Status::OK, 0),
        }
    }

    fn one_span(
        &self,
        subject: &Subject<'_>,
        ours: Validators<'_>,
        span: Span,
        out: &mut Body,
    ) -> Replied {
        let content = &subject.content;
        out.write(|out| {
            let mut head = self.subject_head(out, Status::PARTIAL_CONTENT, subject, ours);
            head.field("Content-Type", subject.media_type);
            head.content_range(span, content.len());
            head.number("Content-Length", span.len());
            head.end();
        });
        content.queue(span, out);
        Replied {
            range: Some(span),
            ..subject.replied(Status::PARTIAL_CONTENT, span.len(), span)
        }
    }

    fn many_spans(
        &self,
        subject: &Subject<'_>,
        ours: Validators<'_>,
        spans: &[Span],
        out: &mut Body,
    ) -> Replied {
        let content = &subject.content;
        let boundary = Boundary::new(etag::digest(ours.etag) ^ self.now.unix_secs.rotate_left(32));
        let parts: Vec<Vec<u8>> = spans
            .iter()
            .map(|span| {
                let mut part = Vec::with_capacity(128);
                boundary.part(subject.media_type, *span, content.len(), &mut part);
                part
            })
            .collect();
        let mut close = Vec::with_capacity(32);
        boundary.close(&mut close);
        let between: usize = parts.iter().map(Vec::len).sum::<usize>() + close.len();
        let spanned: u64 = spans.iter().map(|span| span.len()).sum();
        let len = count(between) + spanned;

        out.write(|out| {
            let mut head = self.subject_head(out, Status::PARTIAL_CONTENT, subject, ours);
            head.field("Content-Type", boundary.content_type());
            head.number("Content-Length", len);
            head.end();
        });
        for (part, span) in parts.iter().zip(spans) {
            out.write(|out| out.extend_from_slice(part));
            content.queue(*span, out);
        }
        out.write(|out| out.extend_from_slice(&close));
        Replied {
            size: Some(subject.entry.len()),
            is_segment: subject.is_segment,
            ..replied(Status::PARTIAL_CONTENT, len)
        }
    }

    fn unsatisfiable(&self, subject: &Subject<'_>, out: &mut Body) -> Replied {
        let refusal = Refusal::new(Status::RANGE_NOT_SATISFIABLE, "range-not-satisfiable");
        let mut whole = b"bytes */".to_vec();
        range::write_number(subject.content.len(), &mut whole);
        let fields = |head: &mut Head<'_>| _ = head.field("Content-Range", &whole);
        self.refuse_with(refusal, None, &fields, out)
    }

    /// The head of every reply that carries bytes of a file, up to type and length.
    fn subject_head<'b>(
        &self,
        out: &'b mut Vec<u8>,
        status: Status,
        subject: &Subject<'_>,
        ours: Validators<'_>,
    ) -> Head<'b> {
        let mut head = self.head(out, status);
        head.field("Accept-Ranges", "bytes");
        self.version_fields(&mut head, subject.entry, ours, subject.version);
        if subject.media_type == "image/svg+xml" {
            // A picture of the library may hold scripts; opened as a page it must not run them.
            head.field(
                "Content-Security-Policy",
                "sandbox; default-src 'none'; style-src 'unsafe-inline'",
            );
        }
        self.dlna(&mut head);
        head
    }
}
