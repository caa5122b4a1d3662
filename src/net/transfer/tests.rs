//! Files that change between a look and the write that believes it.

use std::fs::File;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use super::{Offer, Sent, Transfer, Wish};
use crate::conn::CloseReason;
use crate::http::body::{Body, Source};
use crate::library::entry::Entry;
use crate::library::name::Name;
use crate::library::root::Root;
use crate::net::clock;
use crate::range::Span;

const PAGE: u64 = 4_096;

/// A file of three pages, and a handle to change it with.
fn three_pages(name: &str) -> (Arc<dyn Source>, File) {
    let folder = std::env::temp_dir().join(format!("reeld-transfer-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("a.mp4");
    std::fs::write(&path, [7; 3 * 4_096]).unwrap();
    let root = Root::open(&folder, false).unwrap();
    let entry = Entry::open(&root, Name::check(b"a.mp4").unwrap(), 0, 1 << 20).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    (entry.source(), file)
}

fn offer(body: &Body) -> Offer<'_> {
    Offer {
        body,
        quantum: 1 << 20,
        is_last: false,
        is_large: false,
    }
}

/// All within one moment, which is what a turn of the loop is: the offer must not come back for ever.
#[test]
fn a_file_that_is_cut_after_it_was_looked_at() {
    let (source, file) = three_pages("cut");
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let mut transfer = Transfer::open(Wish::Copy, 1 << 13, 1 << 20).unwrap();
    let now = clock::now();
    let mut body = Body::default();
    for page in 0..3 {
        let span = Span::new(page * PAGE, page * PAGE + 100).unwrap();
        body.push_slice(Arc::clone(&source), span);
    }
    let first = Offer {
        quantum: 100,
        ..offer(&body)
    };
    assert!(matches!(transfer.send(&ours, first, &now), Sent::Took(100)));
    body.advance(100);
    file.set_len(PAGE).unwrap();

    let mut offers = 0;
    let reason = loop {
        offers += 1;
        assert!(offers < 10, "it is offered again and again");
        match transfer.send(&ours, offer(&body), &now) {
            Sent::Took(count) => body.advance(count),
            Sent::Failed(reason) => break reason,
            sent @ (Sent::Blocked(_) | Sent::Cold(..)) => panic!("{sent:?}"),
        }
    };
    assert_eq!(reason, CloseReason::FileShrank);
    drop(ours);
    let mut came = Vec::new();
    theirs.read_to_end(&mut came).unwrap();
    assert_eq!(came, [7; 100]);
}
