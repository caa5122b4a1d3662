//! Each thing is made once for all who ask; what is kept, and what is pushed out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Found, Key, Made, OVERHEAD_BYTES, Packages, RESTED, Verdict, What};
use crate::library::catalogue::Ticket;
use crate::library::entry::Identity;
use crate::library::make::Text;
use crate::library::pager::Reply;
use crate::library::root::Missing;
use crate::library::scan::Title;
use crate::limits::Limits;
use crate::media::mime;
use crate::media::package::Facts;
use crate::media::unfit::Unfit;
use crate::net::clock;

const REFUSED: Verdict = Verdict {
    facts: Facts {
        millis: 0,
        width: 0,
        height: 0,
        is_index_last: false,
        is_cut: false,
        is_in_fragments: false,
    },
    unfit: Some(Unfit::Mp3),
};

struct Shelf {
    packages: Packages,
    now: Instant,
    reply: Reply,
}

fn identity(inode: u64) -> Identity {
    Identity {
        device: 1,
        inode,
        len: 2,
        modified_nanos: 3,
    }
}

fn text(inode: u64) -> Key {
    Key {
        identity: identity(inode),
        what: What::Text(b"a.mp4"[..].into(), b"m.m3u8"[..].into()),
    }
}

fn package(inode: u64) -> Key {
    Key {
        identity: identity(inode),
        what: What::Package,
    }
}

/// A text that takes so many bytes of the room.
fn made(bytes: usize) -> Made {
    Made::Text(Arc::new(Text {
        media_type: "text/plain",
        plain: vec![b'x'; bytes - OVERHEAD_BYTES].into(),
        gzip: Arc::default(),
        digest: 0,
        version: None,
    }))
}

impl Shelf {
    fn new(bytes_max: usize) -> Self {
        let limits = Limits {
            packages_bytes_max: bytes_max,
            listed_files_max: 3,
            ..Limits::default()
        };
        Self {
            packages: Packages::new(&limits),
            now: clock::now().steady,
            reply: Arc::new(|_| {}),
        }
    }

    fn find(&self, key: &Key, serial: u32) -> Found {
        let ticket = Ticket { token: 7, serial };
        self.packages.find(key, self.now, (ticket, &self.reply))
    }

    fn has(&self, key: &Key) -> bool {
        match self.find(key, 0) {
            Found::Here(_) => true,
            Found::Waits => panic!("it is being made"),
            Found::Begins => {
                self.settle(key, &Err(Missing::Busy), None);
                false
            }
        }
    }

    /// Who waits is told.
    fn settle(&self, key: &Key, made: &Result<Made, Missing>, until: Option<Instant>) -> Vec<u32> {
        let waiting = self.packages.settle(key.clone(), made, self.now, until);
        waiting.iter().map(|(ticket, _)| ticket.serial).collect()
    }

    fn put(&self, key: &Key, bytes: usize) {
        assert!(matches!(self.find(key, 1), Found::Begins));
        assert_eq!(self.settle(key, &Ok(made(bytes)), None), [1]);
    }
}

#[test]
fn it_is_made_once_for_all_who_ask() {
    let shelf = Shelf::new(10_000);
    let key = text(1);
    assert!(matches!(shelf.find(&key, 1), Found::Begins));
    assert!(matches!(shelf.find(&key, 2), Found::Waits));
    assert!(!shelf.packages.begin(&key), "nor by who looks at all");
    assert!(matches!(shelf.find(&key, 3), Found::Waits));
    assert!(
        matches!(shelf.find(&text(2), 4), Found::Begins),
        "another title"
    );
    assert_eq!(shelf.settle(&key, &Ok(made(300)), None), [1, 2, 3]);
    assert!(matches!(shelf.find(&key, 5), Found::Here(Made::Text(_))));
    assert_eq!(shelf.packages.counts().kept_bytes, 300);
}

#[test]
fn what_was_not_made_is_made_another_time() {
    let shelf = Shelf::new(10_000);
    let key = text(1);
    assert!(matches!(shelf.find(&key, 1), Found::Begins));
    assert_eq!(shelf.settle(&key, &Err(Missing::Unreadable), None), [1]);
    assert!(matches!(shelf.find(&key, 2), Found::Begins));
}

#[test]
fn what_was_made_for_nobody_is_not_kept() {
    let shelf = Shelf::new(10_000);
    let key = text(1);
    assert!(shelf.packages.begin(&key));
    assert!(shelf.settle(&key, &Ok(made(300)), None).is_empty());
    assert!(!shelf.has(&key));
    // But somebody may have come meanwhile.
    assert!(shelf.packages.begin(&key));
    assert!(matches!(shelf.find(&key, 5), Found::Waits));
    assert_eq!(shelf.settle(&key, &Ok(made(300)), None), [5]);
    assert!(shelf.has(&key));
}

#[test]
fn reasons_are_remembered() {
    let shelf = Shelf::new(10_000);
    let key = package(1);
    assert!(matches!(shelf.find(&key, 1), Found::Begins));
    assert!(shelf.packages.judge(identity(1), REFUSED), "news");
    assert!(!shelf.packages.judge(identity(1), REFUSED), "no news");
    shelf.settle(&key, &Ok(Made::Unfit(Unfit::Mp3)), None);
    for serial in 2..5 {
        let found = shelf.find(&key, serial);
        assert!(matches!(found, Found::Here(Made::Unfit(Unfit::Mp3))));
    }
    let counts = shelf.packages.counts();
    assert_eq!((counts.read, counts.kept_bytes), (2, 0));
    assert_eq!(counts.refused, [("mp3-in-mp4", 2)]);
}

#[test]
fn newcomers_push_out_what_has_rested() {
    let mut shelf = Shelf::new(1_000);
    shelf.put(&text(1), 400);
    shelf.now += Duration::from_secs(1);
    shelf.put(&text(2), 400);
    shelf.put(&text(3), 400);
    assert!(!shelf.has(&text(3)), "the others are in use");
    assert!(shelf.has(&text(2)));

    shelf.now += RESTED - Duration::from_secs(1);
    shelf.put(&text(3), 400);
    assert!(!shelf.has(&text(1)), "the only one that has rested");
    assert!(shelf.has(&text(2)) && shelf.has(&text(3)));
    assert_eq!(shelf.packages.counts().kept_bytes, 800);
}

#[test]
fn a_large_one_has_a_place_of_its_own() {
    let mut shelf = Shelf::new(1_000);
    shelf.put(&text(1), 400);
    shelf.put(&text(2), 5_000);
    assert!(shelf.has(&text(1)) && shelf.has(&text(2)));
    shelf.put(&text(3), 6_000);
    assert!(!shelf.has(&text(3)) && shelf.has(&text(2)));
    shelf.put(&text(4), 500);
    assert!(shelf.has(&text(4)), "it takes nothing away from the others");
    shelf.now += RESTED;
    shelf.put(&text(3), 6_000);
    assert!(shelf.has(&text(3)) && !shelf.has(&text(2)) && shelf.has(&text(1)));
}

#[test]
fn what_may_be_wrong_is_made_anew() {
    let mut shelf = Shelf::new(1_000);
    let key = text(1);
    assert!(matches!(shelf.find(&key, 1), Found::Begins));
    let until = shelf.now + Duration::from_secs(1);
    shelf.settle(&key, &Ok(made(300)), Some(until));
    assert!(shelf.has(&key));
    shelf.now = until;
    assert!(!shelf.has(&key));
}

#[test]
fn what_nobody_uses_goes() {
    let mut shelf = Shelf::new(1_000);
    shelf.put(&text(1), 300);
    let keep = Duration::from_secs(60);
    assert!(shelf.packages.sweep(shelf.now, keep));
    shelf.now += keep;
    assert!(!shelf.packages.sweep(shelf.now, keep), "nothing is left");
    assert!(!shelf.has(&text(1)));
}

#[test]
fn verdicts_are_told_and_have_a_bound() {
    let shelf = Shelf::new(1_000);
    for inode in 1..=3 {
        assert!(shelf.packages.judge(identity(inode), REFUSED));
    }
    assert!(
        shelf.packages.judge(identity(4), REFUSED),
        "news for who asked"
    );
    assert!(!shelf.packages.knows(&identity(4)), "there is no room");
    let title = |inode| Title {
        name: b"a.mp4".to_vec(),
        identity: identity(inode),
        media_type: mime::of_name(b"a.mp4"),
        poster: None,
        subtitles: Vec::new(),
        verdict: None,
    };
    let mut titles = [title(2), title(5)];
    shelf.packages.tell(&mut titles);
    assert_eq!(titles[0].verdict, Some(REFUSED));
    assert_eq!(titles[1].verdict, None);
    assert!(shelf.packages.knows(&identity(2)), "it is still there");
    assert!(!shelf.packages.knows(&identity(1)), "it is gone");
}
