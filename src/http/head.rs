//! Owns how a reply head is written: one buffer, fields in the order they are given.
//! Knows nothing of which fields a reply needs (`site/respond.rs` does).
//!
//! ```text
//! HTTP/1.1 206 Partial Content\r\n
//! Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n     on every reply, first
//! Name: value\r\n
//! \r\n
//! ```

use crate::http::date::Now;
use crate::http::status::Status;
use crate::range::{Span, write_number};

/// A head being written to the end of a buffer. [`Head::end`] closes it.
#[derive(Debug)]
#[must_use = "a head without its blank line is no head"]
pub struct Head<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Head<'a> {
    /// Begins with the status line and the date.
    pub fn new(out: &'a mut Vec<u8>, status: Status, now: &Now) -> Self {
        out.extend_from_slice(status.line().as_bytes());
        out.extend_from_slice(b"Date: ");
        out.extend_from_slice(now.date());
        out.extend_from_slice(b"\r\n");
        Self { out }
    }

    /// Adds a field. The value comes from us or has been checked: no line can be smuggled in.
    pub fn field(&mut self, name: &str, value: impl AsRef<[u8]>) -> &mut Self {
        let value = value.as_ref();
        debug_assert!(
            !value.contains(&b'\n') && !value.contains(&b'\r'),
            "a field is one line"
        );
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b": ");
        self.out.extend_from_slice(value);
        self.out.extend_from_slice(b"\r\n");
        self
    }

    /// Adds a field whose value is a number.
    pub fn number(&mut self, name: &str, value: u64) -> &mut Self {
        self.number_after(name, "", value)
    }

    /// Adds a field whose value ends with a number, such as `max-age=60`.
    pub fn number_after(&mut self, name: &str, words: &str, value: u64) -> &mut Self {
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b": ");
        self.out.extend_from_slice(words.as_bytes());
        write_number(value, self.out);
        self.out.extend_from_slice(b"\r\n");
        self
    }

    /// `Content-Range: bytes a-b/LEN`
    pub fn content_range(&mut self, span: Span, len: u64) -> &mut Self {
        self.out.extend_from_slice(b"Content-Range: ");
        span.write_content_range(len, self.out);
        self.out.extend_from_slice(b"\r\n");
        self
    }

    /// Adds lines that were written before, each with its CRLF.
    pub fn lines(&mut self, lines: &[u8]) -> &mut Self {
        debug_assert!(lines.is_empty() || lines.ends_with(b"\r\n"), "whole lines");
        self.out.extend_from_slice(lines);
        self
    }

    /// The blank line.
    pub fn end(self) {
        self.out.extend_from_slice(b"\r\n");
    }
}
