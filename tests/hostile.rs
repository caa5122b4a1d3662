//! Files that were made to hurt take little memory to be refused: none of what they say is believed before it is seen.

#![expect(clippy::unwrap_used, reason = "what is made here is known")]

use std::io;

use reeld::media::mp4::Movie;
use reeld::media::package::resource::{Rendition, Resource};
use reeld::media::package::{Package, ReadAt};
use reeld::media::unfit::Unfit;

/// What one look at a small file may take.
const BYTES_MAX: u64 = 16 << 20;

/// A file that begins so, and goes on with zeros, like one with a hole.
struct Holed {
    bytes: Vec<u8>,
    len: u64,
}

impl ReadAt for Holed {
    fn file_len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        into.fill(0);
        let rest = usize::try_from(at).ok().and_then(|at| self.bytes.get(at..));
        let rest = rest.unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        let left = usize::try_from(self.len.saturating_sub(at)).unwrap();
        Ok(left.min(into.len()))
    }
}

fn film() -> Vec<u8> {
    let name = concat!(env!("CARGO_MANIFEST_DIR"), "/videos/video.mp4");
    let mut film = Vec::new();
    io::Read::read_to_end(&mut std::fs::File::open(name).unwrap(), &mut film).unwrap();
    film
}

/// Writes a number so many bytes inside each box of that kind.
fn patched(kind: &[u8], inside: usize, number: u32) -> Vec<u8> {
    let mut film = film();
    let end = film.windows(4).position(|four| four == b"mdat").unwrap();
    let found = film[..end].windows(4).enumerate();
    let places: Vec<_> = found
        .filter(|(_, four)| *four == kind)
        .map(|(at, _)| at + 4)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        film[at + inside..at + inside + 4].copy_from_slice(&number.to_be_bytes());
    }
    film
}

fn look(name: &str, bytes: Vec<u8>, len: Option<u64>, why: Unfit) {
    let len = len.unwrap_or(bytes.len() as u64);
    let file = Holed { bytes, len };
    let mut found = None;
    let counted = allocation_counter::measure(|| {
        found = Movie::read(&file).1.err();
    });
    assert_eq!(found, Some(why), "{name}");
    assert!(
        counted.bytes_max <= BYTES_MAX,
        "{name}: {}",
        counted.bytes_max
    );
}

fn head(size: u32, kind: &[u8; 4]) -> Vec<u8> {
    [&size.to_be_bytes(), &kind[..]].concat()
}

#[test]
fn refusals_take_little_memory() {
    let all = u32::MAX;
    look(
        "boxes",
        head(8, b"free").repeat(200_000),
        None,
        Unfit::TooLarge,
    );
    look(
        "fragments",
        head(8, b"moof").repeat(200_000),
        None,
        Unfit::TooLarge,
    );
    look("nothing", Vec::new(), Some(1 << 40), Unfit::NoIndex);
    look(
        "a long index",
        head(1 << 30, b"moov"),
        Some(1 << 40),
        Unfit::TooLarge,
    );
    look(
        "an index alone",
        head(60 << 20, b"moov"),
        Some(61 << 20),
        Unfit::TooLarge,
    );
    look(
        "an empty index",
        head(12 << 20, b"moov"),
        Some(12 << 20),
        Unfit::Damaged,
    );
    for (kind, inside, number, why) in [
        (b"stts", 4, all, Unfit::Damaged),
        (b"ctts", 4, 0x1000_0000, Unfit::Damaged),
        (b"stsc", 4, all, Unfit::Damaged),
        (b"stco", 4, 0x0400_0000, Unfit::Damaged),
        (b"stss", 4, all, Unfit::Damaged),
        (b"stsz", 8, all, Unfit::Damaged),
        // All samples of one size: no rows are needed to claim that there are so many.
        (b"stsz", 4, all, Unfit::Damaged),
        (b"elst", 4, all, Unfit::TooLarge),
        (b"mvhd", 12, 0, Unfit::Damaged),
        (b"mdhd", 12, 0, Unfit::Damaged),
    ] {
        look("a table", patched(kind, inside, number), None, why);
    }
}

#[test]
fn a_film_takes_what_its_index_takes() {
    let bytes = film();
    let file = Holed {
        len: bytes.len() as u64,
        bytes,
    };
    let mut movie = None;
    let counted = allocation_counter::measure(|| movie = Some(Movie::read(&file).1.unwrap()));
    let movie = movie.unwrap();
    let held = movie.bytes() as u64;
    assert!(
        counted.bytes_current.unsigned_abs() <= held,
        "{counted:?} {held}"
    );
    assert!(held < movie.moov_len + 4_096);
    // Walking takes nothing.
    let counted = allocation_counter::measure(|| {
        for track in &movie.tracks {
            assert!(track.samples(&movie.moov).count() > 100);
        }
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn a_package_holds_what_it_says() {
    let bytes = film();
    let file = Holed {
        len: bytes.len() as u64,
        bytes,
    };
    let mut package = None;
    let counted = allocation_counter::measure(|| package = Package::read(&file).1.ok());
    let package = package.unwrap();
    let told = i64::try_from(package.bytes()).unwrap();
    assert!(counted.bytes_current <= told, "{counted:?} {told}");
    assert!(told < counted.bytes_current + 2_048, "{counted:?} {told}");
    // A head takes a few allocations, however many samples it is about.
    let segment = Resource::Segment(Rendition::Muxed, 0);
    let counted = allocation_counter::measure(|| {
        assert!(package.make(&segment, "0123456789abcdef", &[]).is_some());
    });
    assert!(counted.count_total < 24, "{counted:?}");
}
