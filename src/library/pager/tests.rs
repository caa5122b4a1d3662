//! What one disk that hangs, fills up or fails may do to the others.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::*;
use crate::http::body::{FileState, Window};

/// A file of the disk `origin`, which reads when the test lets it.
#[derive(Debug)]
struct Slow {
    origin: u64,
    gate: Mutex<Receiver<io::Result<()>>>,
}

impl Source for Slow {
    fn window(&self, _: Span) -> io::Result<Window> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn origin(&self) -> u64 {
        self.origin
    }
    fn promised_len(&self) -> u64 {
        u64::MAX
    }
    fn make_resident(&self, _: Span) -> io::Result<()> {
        let gate = self.gate.lock().expect("one reader");
        gate.recv().unwrap_or(Ok(()))
    }
    fn state(&self) -> io::Result<FileState> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

struct House {
    pager: Pager,
    reply: Reply,
    done: Receiver<(usize, io::Result<()>)>,
}

fn house(threads: usize, page_ins_max: usize) -> House {
    let root = Root::open(&std::env::temp_dir(), false).expect("a folder");
    let limits = Limits {
        page_ins_max,
        ..Limits::default()
    };
    let render = |_: &[Title]| unreachable!("nobody asks for a list");
    let pager = Pager::start(root, &limits, render, threads, Arc::default()).expect("threads");
    let (tell, done) = channel();
    let reply: Reply = Arc::new(move |answer| {
        if let Done::Fetched(token, _, result) = answer {
            _ = tell.send((token, result));
        }
    });
    House { pager, reply, done }
}

impl House {
    /// Asks for a span of a file on the disk `origin`; what is sent lets it be read.
    fn ask(&self, token: usize, origin: u64) -> Option<Sender<io::Result<()>>> {
        self.ask_for(token, origin, false)
    }

    fn ask_for(&self, token: usize, origin: u64, is_ahead: bool) -> Option<Sender<io::Result<()>>> {
        let (open, gate) = channel();
        let source = Arc::new(Slow {
            origin,
            gate: Mutex::new(gate),
        });
        let job = Job::Fetch {
            source,
            span: Span::new(0, 4_096).expect("a span"),
            token,
            is_ahead,
            reply: Arc::clone(&self.reply),
        };
        self.pager.ask(job).ok().map(|()| open)
    }

    fn next(&self) -> (usize, io::Result<()>) {
        let patience = Duration::from_secs(10);
        self.done.recv_timeout(patience).expect("an answer")
    }
}

#[test]
fn a_disk_that_hangs_does_not_stop_another_one() {
    for threads in [2, 3, 4] {
        let house = house(threads, 64);
        let hung: Vec<_> = (0..8).map(|token| house.ask(token, 1)).collect();
        for token in 100..110 {
            let open = house.ask(token, 2).expect("room");
            open.send(Ok(())).expect("a reader");
            assert_eq!(house.next().0, token, "{threads} threads");
        }
        let nothing = house.done.recv_timeout(Duration::ZERO);
        assert_eq!(
            nothing.map(|(token, _)| token),
            Err(RecvTimeoutError::Timeout)
        );
        // It comes back: all that waited is answered.
        drop(hung);
        let mut came: Vec<usize> = (0..8).map(|_| house.next().0).collect();
        came.sort_unstable();
        assert_eq!(came, (0..8).collect::<Vec<_>>());
    }
}

#[test]
fn one_disk_fills_half_of_the_room_at_most() {
    let house = house(2, 8);
    let asked: Vec<_> = (0..20).map(|token| house.ask(token, 1)).collect();
    // One may have been taken up by a thread already.
    let room = asked.iter().flatten().count();
    assert!((4..=5).contains(&room), "{room} wait");
    assert!(house.ask(100, 2).is_some(), "another disk has room");
}

/// What somebody waits for comes before what somebody may want soon, whichever was asked first.
#[test]
fn what_is_fetched_ahead_comes_last() {
    let house = house(1, 64);
    let busy = house.ask(1, 1).expect("room");
    let mut waiting = Vec::new();
    for (token, is_ahead) in [(2, true), (3, true), (4, false), (5, false)] {
        waiting.push(house.ask_for(token, 1, is_ahead).expect("room"));
    }
    drop((busy, waiting));
    let came: Vec<usize> = (0..5).map(|_| house.next().0).collect();
    assert_eq!(came, [1, 4, 5, 2, 3]);
}

#[test]
fn a_read_error_is_an_answer() {
    let house = house(1, 8);
    let open = house.ask(7, 1).expect("room");
    open.send(Err(io::Error::from_raw_os_error(libc::EIO)))
        .expect("a reader");
    let (token, result) = house.next();
    assert_eq!(token, 7);
    assert_eq!(
        result.expect_err("it failed").raw_os_error(),
        Some(libc::EIO)
    );
    // And the thread lives.
    house
        .ask(8, 1)
        .expect("room")
        .send(Ok(()))
        .expect("a reader");
    assert!(matches!(house.next(), (8, Ok(()))));
}
