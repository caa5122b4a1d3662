//! The queue of pieces: what is written comes out, in order, at every write size.

use std::io;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Body, FileState, Part, Source, Window};
use crate::range::Span;

/// A file whose byte at `n` is the low byte of `n`: nobody has to map anything to know it.
#[derive(Debug)]
struct Ramp(u64);

impl Source for Ramp {
    fn window(&self, _: Span) -> io::Result<Window> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn promised_len(&self) -> u64 {
        self.0
    }

    fn state(&self) -> io::Result<FileState> {
        Ok(FileState {
            len: self.0,
            is_rewritten: false,
        })
    }
}

fn byte_at(at: u64) -> u8 {
    at.to_le_bytes()[0]
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap()
}

fn span(start: u64, end: u64) -> Span {
    Span::new(start, end).unwrap()
}

static TEXT: &[u8] = b"static bytes of a page";

/// One piece to be queued.
#[derive(Debug, Clone)]
enum Queued {
    Written(Vec<u8>),
    Static(usize),
    Shared(Vec<u8>),
    Slice(u64, u64),
}

impl Queued {
    fn push(&self, body: &mut Body) {
        match self {
            Self::Written(bytes) => body.write(|out| out.extend_from_slice(bytes)),
            Self::Static(len) => body.push_static(&TEXT[..*len]),
            Self::Shared(bytes) => body.push_shared(bytes.as_slice().into()),
            Self::Slice(start, end) => {
                body.push_slice(Arc::new(Ramp(1 << 20)), span(*start, *end));
            }
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Written(bytes) | Self::Shared(bytes) => bytes.clone(),
            Self::Static(len) => TEXT[..*len].to_vec(),
            Self::Slice(start, end) => (*start..*end).map(byte_at).collect(),
        }
    }
}

/// All that is still to be sent, as a socket would take it.
fn bytes_of(body: &Body) -> Vec<u8> {
    body.parts().flat_map(part_bytes).collect()
}

fn part_bytes(part: Part<'_>) -> Vec<u8> {
    match part {
        Part::Bytes(bytes) => bytes.to_vec(),
        Part::Slice(_, span) => (span.start()..span.end()).map(byte_at).collect(),
    }
}

fn check(body: &Body) {
    let first = body.pieces.front().map_or(1, super::Piece::len);
    assert!(
        body.sent_of_first < first,
        "the cursor is inside the first piece"
    );
    let lens: u64 = body.pieces.iter().map(super::Piece::len).sum();
    assert_eq!(body.left, lens - body.sent_of_first);
    assert!(
        body.pieces.iter().all(|piece| piece.len() > 0),
        "no piece is empty"
    );
    assert_eq!(body.left() == 0, body.is_empty());
    assert_eq!(body.parts().count(), body.pieces.len());
    assert_eq!(body.sent() + body.left(), body.queued());
    assert!(body.parts().all(|part| match part {
        Part::Bytes(bytes) => !bytes.is_empty(),
        Part::Slice(_, span) => span.len() > 0,
    }));
}

fn mixed() -> Vec<Queued> {
    vec![
        Queued::Written(b"HTTP/1.1 206\r\n".to_vec()),
        Queued::Written(b"\r\n".to_vec()),
        Queued::Slice(250, 262),
        Queued::Written(b"--part".to_vec()),
        Queued::Slice(7, 8),
        Queued::Slice(0, 3),
        Queued::Written(b"--".to_vec()),
        Queued::Static(5),
        Queued::Static(0),
        Queued::Shared(b"shared".to_vec()),
        Queued::Shared(Vec::new()),
        Queued::Written(Vec::new()),
        Queued::Written(b"x".to_vec()),
    ]
}

#[test]
fn an_empty_body() {
    let mut body = Body::default();
    check(&body);
    assert!(body.is_empty());
    body.push_static(b"");
    body.push_shared(Arc::from(&b""[..]));
    body.write(|_| {});
    body.advance(0);
    check(&body);
    assert_eq!((body.left(), body.queued(), body.sent()), (0, 0, 0));
    assert_eq!(body.parts().count(), 0);
}

/// What is written one after the other leaves as one stretch; other pieces stand between.
#[test]
fn neighbours_leave_as_one() {
    let mut body = Body::default();
    for piece in mixed() {
        piece.push(&mut body);
    }
    let parts: Vec<Vec<u8>> = body.parts().map(part_bytes).collect();
    let slice = |start, end| Queued::Slice(start, end).bytes();
    assert_eq!(
        parts,
        [
            b"HTTP/1.1 206\r\n\r\n".to_vec(),
            slice(250, 262),
            b"--part".to_vec(),
            slice(7, 8),
            slice(0, 3),
            b"--".to_vec(),
            b"stati".to_vec(),
            b"shared".to_vec(),
            b"x".to_vec(),
        ]
    );
}

#[test]
fn every_write_size() {
    let whole: Vec<u8> = mixed().iter().flat_map(Queued::bytes).collect();
    for size in 1..=whole.len() {
        let mut body = Body::default();
        for piece in mixed() {
            piece.push(&mut body);
        }
        let mut sent: Vec<u8> = Vec::new();
        while !body.is_empty() {
            check(&body);
            let rest = bytes_of(&body);
            assert_eq!(rest, whole[sent.len()..], "writes of {size}");
            let taken = size.min(rest.len());
            sent.extend_from_slice(&rest[..taken]);
            body.advance(count(taken));
            assert_eq!(body.sent(), count(sent.len()));
        }
        check(&body);
        assert_eq!(sent, whole, "writes of {size}");
        assert_eq!(body.queued(), count(whole.len()));
    }
}

#[test]
fn a_span_that_no_memory_could_hold() {
    let mut body = Body::default();
    body.write(|out| out.push(b'h'));
    body.push_slice(Arc::new(Ramp(u64::MAX)), span(0, u64::MAX - 1));
    assert_eq!(body.left(), u64::MAX);
    body.advance(1 + (1 << 40));
    check(&body);
    match body.parts().next() {
        Some(Part::Slice(source, rest)) => {
            assert_eq!(rest, span(1 << 40, u64::MAX - 1));
            assert_eq!(source.promised_len(), u64::MAX);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn cleared_is_as_new() {
    let mut body = Body::default();
    for piece in mixed() {
        piece.push(&mut body);
    }
    body.write(|out| out.resize(out.len() + 100_000, b'x'));
    body.advance(20);
    body.clear();
    check(&body);
    assert_eq!((body.left(), body.queued(), body.sent()), (0, 0, 0));
    assert!(
        body.made.capacity() <= 4_096,
        "a large reply leaves no memory behind"
    );
    mixed()[0].push(&mut body);
    assert_eq!(bytes_of(&body), mixed()[0].bytes());
}

#[test]
fn a_sent_head_leaves_no_memory_while_a_file_follows() {
    let mut body = Body::default();
    body.write(|out| out.resize(10_000, b'x'));
    body.push_slice(Arc::new(Ramp(1 << 20)), span(0, 1 << 20));
    body.advance(9_999);
    assert!(body.made.capacity() >= 10_000, "the head is not sent");
    body.advance(1);
    assert!(body.made.capacity() <= 4_096, "the head is sent");
    check(&body);
}

/// Replies that follow each other without a pause: the memory is that of what waits, not of all that
/// was ever sent.
#[test]
fn a_body_that_never_runs_dry_does_not_grow() {
    let mut body = Body::default();
    body.write(|out| out.extend_from_slice(&[b'h'; 400]));
    for _ in 0..5_000 {
        body.write(|out| out.extend_from_slice(&[b'h'; 400]));
        body.push_slice(Arc::new(Ramp(10)), span(0, 10));
        body.advance(410);
        check(&body);
        assert_eq!(body.left(), 400);
    }
    assert!(body.pieces.len() <= 3);
    assert!(
        body.made.len() <= 1 << 16,
        "400 bytes wait, {} are held",
        body.made.len()
    );
}

fn queued() -> impl Strategy<Value = Queued> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12).prop_map(Queued::Written),
        (0..=TEXT.len()).prop_map(Queued::Static),
        prop::collection::vec(any::<u8>(), 0..12).prop_map(Queued::Shared),
        (0..400_u64, 1..30_u64).prop_map(|(start, len)| Queued::Slice(start, start + len)),
    ]
}

proptest! {
    /// Pieces that come while others leave: the stream of bytes is what was queued, in order.
    #[test]
    fn queued_while_sent(
        turns in prop::collection::vec((prop::collection::vec(queued(), 0..4), 0..40_u64), 0..12),
    ) {
        let mut body = Body::default();
        let (mut all, mut sent) = (Vec::new(), Vec::new());
        for (pieces, size) in &turns {
            for piece in pieces {
                piece.push(&mut body);
                all.extend(piece.bytes());
                check(&body);
            }
            let rest = bytes_of(&body);
            let taken = rest.len().min(usize::try_from(*size).unwrap());
            sent.extend_from_slice(&rest[..taken]);
            body.advance(count(taken));
            check(&body);
            prop_assert_eq!(body.sent(), count(sent.len()));
            prop_assert_eq!(body.queued(), count(all.len()));
        }
        sent.extend(bytes_of(&body));
        prop_assert_eq!(sent, all);
    }
}
