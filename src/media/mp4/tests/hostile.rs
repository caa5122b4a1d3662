//! Files that were made to hurt: each gets a reason, little memory is taken, and nothing is walked without end.
//!
//! How much memory is counted in `tests/hostile.rs`; here it is by construction: no list is longer than its bytes.

use super::film::boxes::{atom, body_of, full, patch, put, table};
use super::film::{Film, Reel};
use crate::media::mp4::Movie;
use crate::media::mp4::bounds::{CHILDREN_MAX, SAMPLES_MAX, TRACKS_MAX};
use crate::media::package::ReadAt;
use crate::media::unfit::Unfit;

fn why(file: &dyn ReadAt) -> Option<Unfit> {
    Movie::read(file).1.err()
}

/// A film of one track without media.
fn bare() -> Film {
    Film::of(vec![Reel::video(0, 1)])
}

#[test]
fn many_boxes_at_the_top() {
    let mut file = atom(b"free", b"").repeat(200_000);
    file.extend(Film::small().file());
    assert_eq!(why(&file), Some(Unfit::TooLarge));
}

#[test]
fn many_boxes_inside() {
    let frees = |count: u32| {
        let mut film = Film::small();
        film.more = atom(b"free", b"").repeat(usize::try_from(count).unwrap());
        film.file()
    };
    assert_eq!(why(&frees(CHILDREN_MAX - 3)), None);
    assert_eq!(why(&frees(CHILDREN_MAX)), Some(Unfit::TooLarge));
    assert_eq!(why(&frees(200_000)), Some(Unfit::TooLarge));
}

#[test]
fn deep_boxes() {
    // Only those are opened that have a place where they stand.
    for depth in [20usize, 20_000] {
        let mut bytes = Vec::new();
        for level in 0..depth {
            put(&mut bytes, &[u32::try_from((depth - level) * 8).unwrap()]);
            bytes.extend(b"moov");
        }
        assert_eq!(why(&bytes), Some(Unfit::Damaged));
        let mut film = Film::small();
        film.more = bytes;
        assert_eq!(why(&film.file()), None);
    }
}

/// As long as it says, and zeros behind what there is.
struct Long(Vec<u8>, u64);

impl ReadAt for Long {
    fn file_len(&self) -> u64 {
        self.1
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
        into.fill(0);
        let count = usize::try_from(self.1.saturating_sub(at)).unwrap_or(usize::MAX);
        self.0.read_at(at, into)?;
        Ok(count.min(into.len()))
    }
}

#[test]
fn a_large_index() {
    for (len, file_len, why_not) in [
        // More than is looked at.
        ((64 << 20) + 1, 1 << 40, Some(Unfit::TooLarge)),
        // More than half of its file.
        ((12 << 20) + 1, 24 << 20, Some(Unfit::TooLarge)),
        // Read, and found to be nothing.
        (12 << 20, 24 << 20, Some(Unfit::Damaged)),
        // Longer than its file.
        (1 << 20, 1 << 10, Some(Unfit::NoIndex)),
    ] {
        let mut head = Vec::new();
        put(&mut head, &[len]);
        head.extend(b"moov");
        assert_eq!(why(&Long(head, file_len)), why_not, "{len}");
    }
}

#[test]
fn many_tracks() {
    let film = |count: usize| {
        let reel = |id| Reel {
            id,
            ..Reel::video(1, 1)
        };
        Film::of((1..).map(reel).take(count).collect()).file()
    };
    assert_eq!(why(&film(TRACKS_MAX)), None);
    assert_eq!(why(&film(TRACKS_MAX + 1)), Some(Unfit::TooLarge));
}

/// The only sample table of a film without media is replaced.
fn with_table(kind: &[u8; 4], new: &[u8]) -> Vec<u8> {
    let mut file = bare().file();
    let at = body_of(&file, kind) - 8;
    let mut size = [0; 4];
    size.copy_from_slice(&file[at..at + 4]);
    let old = usize::try_from(u32::from_be_bytes(size)).unwrap();
    file.splice(at..at + old, new.iter().copied());
    let (old, new) = (
        u32::try_from(old).unwrap(),
        u32::try_from(new.len()).unwrap(),
    );
    for around in [b"moov", b"trak", b"mdia", b"minf", b"stbl"] {
        let at = body_of(&file, around) - 8;
        size.copy_from_slice(&file[at..at + 4]);
        let size = u32::from_be_bytes(size) + new - old;
        file[at..at + 4].copy_from_slice(&size.to_be_bytes());
    }
    file
}

/// Tables that say that there are so many samples, all of the same size.
fn counting(count: u32, size: u32) -> Vec<u8> {
    let mut file = Film::of(vec![Reel::video(1, 1)]).file();
    patch(&mut file, b"stsz", 4, size);
    patch(&mut file, b"stsz", 8, count);
    patch(&mut file, b"stts", 8, count);
    patch(&mut file, b"stsc", 12, count);
    file
}

#[test]
fn many_samples_from_few_bytes() {
    // 700 bytes that say they hold 16 million samples of a byte each.
    assert_eq!(why(&counting(SAMPLES_MAX, 1)), Some(Unfit::Damaged));
    assert_eq!(why(&counting(u32::MAX, u32::MAX)), Some(Unfit::Damaged));
    // As long as it says, it is looked at; longer than anybody needs, it is not.
    assert_eq!(why(&Long(counting(SAMPLES_MAX, 1), 1 << 30)), None);
    assert_eq!(
        why(&Long(counting(SAMPLES_MAX + 1, 1), 1 << 30)),
        Some(Unfit::TooLarge)
    );
    // With its end missing, it has as many as fit.
    let mut file = counting(SAMPLES_MAX, 1);
    let at = body_of(&file, b"mdat") - 8;
    file[at..at + 4].copy_from_slice(&[1, 0, 0, 0]);
    let movie = Movie::read(&file).1.unwrap();
    assert!(movie.is_cut);
    assert_eq!(u64::from(movie.tracks[0].sample_count), file.len() as u64);
    assert_eq!(movie.tracks[0].samples(&movie.moov).count(), file.len());
}

#[test]
fn counts_without_rows() {
    for kind in [b"stts", b"stsc", b"stco", b"stss"] {
        for count in [1, 0x1000_0000, u32::MAX] {
            let mut file = bare().file();
            patch(&mut file, kind, 4, count);
            assert_eq!(why(&file), Some(Unfit::Damaged), "{count}");
        }
    }
    let mut file = bare().file();
    patch(&mut file, b"stsz", 8, u32::MAX);
    assert_eq!(why(&file), Some(Unfit::Damaged));
    let mut file = bare().file();
    patch(&mut file, b"stsd", 4, u32::MAX);
    assert_eq!(why(&file), None);
}

#[test]
fn bodies_that_are_not_there() {
    for kind in [
        b"stts", b"stsc", b"stsz", b"stco", b"stss", b"stsd", b"ctts",
    ] {
        let name = if kind == b"ctts" { b"stts" } else { kind };
        assert_eq!(
            why(&with_table(name, &atom(kind, b""))),
            Some(Unfit::Damaged)
        );
    }
    for kind in [b"mvhd", b"tkhd", b"mdhd", b"hdlr"] {
        let file = Film::small().file();
        let at = body_of(&file, kind);
        let mut short = file[..at + 1].to_vec();
        short[at - 8..at - 4].copy_from_slice(&9u32.to_be_bytes());
        let len = u32::try_from(short.len() - body_of(&file, b"moov") + 8).unwrap();
        let moov = body_of(&file, b"moov") - 8;
        short[moov..moov + 4].copy_from_slice(&len.to_be_bytes());
        assert_eq!(why(&short), Some(Unfit::Damaged));
    }
}

#[test]
fn rows_that_say_nothing() {
    // A million runs of no samples before the only one; a million chunks without any.
    let mut rows = vec![[0, 7]; 1_000_000];
    rows.push([1, 512]);
    let file = with_table(b"stts", &table(b"stts", 0, &rows));
    assert_eq!(why(&file), None);
    let rows: Vec<_> = (1..1_000_000).map(|first| [first, 0, 1]).collect();
    let file = with_table(b"stsc", &table(b"stsc", 0, &rows));
    assert_eq!(why(&file), None);
}

#[test]
fn times_at_the_border() {
    let mut file = Film::small().file();
    patch(&mut file, b"stts", 12, u32::MAX);
    let movie = Movie::read(&file).1.unwrap();
    let last = movie.tracks[0].samples(&movie.moov).last().unwrap();
    assert_eq!(last.dts, 47 * u64::from(u32::MAX));
    let mut file = Film::small().file();
    patch(&mut file, b"mvhd", 12, (1 << 31) + 1);
    assert_eq!(why(&file), Some(Unfit::Damaged));
}

#[test]
fn kinds_of_index_that_are_refused() {
    let cmov = atom(b"moov", &atom(b"cmov", &[1; 40]));
    assert_eq!(why(&cmov), Some(Unfit::CompressedIndex));
    assert_eq!(why(&Vec::new()), Some(Unfit::NoIndex));
    assert_eq!(
        why(&b"#EXTM3U\n#EXT-X-VERSION:7\n".to_vec()),
        Some(Unfit::NoIndex)
    );
    let mdat = [atom(b"ftyp", b"isom"), atom(b"mdat", &[9; 99])].concat();
    assert_eq!(why(&mdat), Some(Unfit::NoIndex));
    // An index without tracks is for the planner to judge.
    assert_eq!(why(&Film::of(Vec::new()).file()), None);
    assert_eq!(why(&atom(b"moov", b"")), Some(Unfit::Damaged));
}

#[test]
fn what_is_known_is_told_even_then() {
    let mut film = Film::small();
    film.is_index_last = true;
    let mut file = film.file();
    let at = file.windows(4).rposition(|four| four == b"mdhd").unwrap() + 16;
    file[at..at + 4].fill(0);
    let (facts, movie) = Movie::read(&file);
    assert_eq!(movie.unwrap_err(), Unfit::Damaged);
    assert_eq!((facts.width, facts.height), (640, 360));
    assert_eq!((facts.millis, facts.is_index_last), (2_005, true));
    // Cut within its index.
    let len = file.len();
    let (facts, movie) = Movie::read(&file[..len - 1].to_vec());
    assert_eq!(movie.unwrap_err(), Unfit::NoIndex);
    assert!(facts.is_cut);
    assert_eq!(facts.millis, 0);
}

#[test]
fn media_that_has_not_come() {
    let file = Film::small().file();
    let mdat = body_of(&file, b"mdat");
    for len in [mdat - 8, mdat - 3, mdat, mdat + 9] {
        let movie = Movie::read(&file[..len].to_vec()).1.unwrap();
        assert!(movie.is_cut, "{len}");
        let mut samples = movie.tracks[0].samples(&movie.moov);
        let is_there = |end: u64| end <= movie.media_end;
        assert!(samples.all(|sample| !is_there(sample.offset + u64::from(sample.size))));
    }
}

/// A file that shrinks after its length was asked.
struct Shrinking(Vec<u8>);

impl ReadAt for Shrinking {
    fn file_len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
        let half = self.0.len() / 2;
        self.0[..half].to_vec().read_at(at, into)
    }
}

#[test]
fn a_file_that_shrinks() {
    let mut film = Film::small();
    film.more = full(b"free", 0, 0, &vec![0; 90_000]);
    assert_eq!(why(&Shrinking(film.file())), Some(Unfit::Unreadable));
    film.is_index_last = true;
    assert_eq!(why(&Shrinking(film.file())), Some(Unfit::Unreadable));
}
