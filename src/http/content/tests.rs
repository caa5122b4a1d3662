//! Every part of a content is that part of its bytes laid end to end.

use std::io;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Content, Front};
use crate::http::body::{Body, FileState, Part, Source, Window};
use crate::range::Span;

/// A file whose bytes nobody looks at.
#[derive(Debug)]
struct Nothing;

impl Source for Nothing {
    fn window(&self, _: Span) -> io::Result<Window> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn promised_len(&self) -> u64 {
        1_000
    }

    fn state(&self) -> io::Result<FileState> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Bytes as they would leave; those of the file are told by where they stand.
fn laid_out(body: &Body) -> Vec<Result<u8, u64>> {
    let mut all = Vec::new();
    for part in body.parts() {
        match part {
            Part::Bytes(bytes) => all.extend(bytes.iter().copied().map(Ok)),
            Part::Slice(_, span) => all.extend((span.start()..span.end()).map(Err)),
        }
    }
    all
}

fn span(start: u64, end: u64) -> Span {
    Span::new(start, end).unwrap()
}

#[test]
fn where_in_the_file() {
    let source: Arc<dyn Source> = Arc::new(Nothing);
    let spans = [span(100, 110), span(50, 60)];
    let content = Content::new(Front::Made(b"head"), &source, &spans);
    assert_eq!(content.len(), 24);
    assert_eq!(content.in_file(span(0, 4)), None);
    assert_eq!(content.in_file(span(0, 5)), Some(span(100, 101)));
    assert_eq!(content.in_file(span(14, 16)), Some(span(50, 52)));
    assert_eq!(content.in_file(span(0, 24)), Some(span(50, 110)));
}

#[test]
fn nothing() {
    let source: Arc<dyn Source> = Arc::new(Nothing);
    let content = Content::of_file(&source, &None);
    assert!(content.is_empty() && content.whole().is_none());
}

proptest! {
    #[test]
    fn any_part(front in prop::collection::vec(any::<u8>(), 0..20),
                is_shared in any::<bool>(),
                ends in prop::collection::vec((0u64..500, 1u64..30), 0..5),
                from in 0u64..200, len in 1u64..200) {
        let source: Arc<dyn Source> = Arc::new(Nothing);
        let spans: Vec<Span> = ends.iter().map(|(start, len)| span(*start, start + len)).collect();
        let shared: Arc<[u8]> = front.clone().into();
        let front = if is_shared { Front::Shared(&shared) } else { Front::Made(&front) };
        let content = Content::new(front, &source, &spans);
        let mut all = Body::default();
        if let Some(whole) = content.whole() {
            content.queue(whole, &mut all);
        }
        let all = laid_out(&all);
        prop_assert_eq!(u64::try_from(all.len()), Ok(content.len()));

        if let Some(part) = Span::new(from, (from + len).min(content.len())) {
            let mut body = Body::default();
            content.queue(part, &mut body);
            let (start, end) = (usize::try_from(part.start()).unwrap(), usize::try_from(part.end()).unwrap());
            prop_assert_eq!(laid_out(&body), &all[start..end]);
            prop_assert_eq!(body.left(), part.len());
            let places: Vec<u64> = all[start..end].iter().filter_map(|it| it.err()).collect();
            let hull = places.iter().min().zip(places.iter().max());
            prop_assert_eq!(content.in_file(part), hull.map(|(first, last)| span(*first, last + 1)));
        }
    }
}
