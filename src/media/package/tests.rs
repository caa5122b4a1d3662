//! What comes out of whole files: read back by others, and compared with what went in.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that is wrong about a number shall panic, and may wait for the disk"
)]

mod cuts;
mod in_place;
mod laws;
mod playlists;
mod refused;
mod seen;
mod texts;
mod times;

use crate::media::mp4::tests::film::Film;
use crate::media::mp4::tests::film::boxes::atom;
use crate::media::package::resource::Resource;
use crate::media::package::{Beside, Made, Package, ReadAt};
use crate::media::unfit::Unfit;
use seen::Seen;

const TOKEN: &str = "0123456789abcdef";

fn package(film: &Film) -> Package {
    Package::read(&film.file()).1.unwrap()
}

fn refusal(film: &Film) -> Unfit {
    Package::read(&film.file()).1.unwrap_err()
}

fn made(package: &Package, name: &str) -> Option<Made> {
    let resource = Resource::parse(name.as_bytes()).unwrap();
    package.make(&resource, TOKEN, &[])
}

fn text_beside(package: &Package, name: &str, beside: &[Beside]) -> Option<String> {
    let resource = Resource::parse(name.as_bytes()).unwrap();
    let made = package.make(&resource, TOKEN, beside)?;
    assert!(made.is_playlist && made.spans.is_empty());
    Some(String::from_utf8(made.bytes).unwrap())
}

fn text(package: &Package, name: &str) -> Option<String> {
    text_beside(package, name, &[])
}

/// All bytes of a reply.
fn bytes(file: &dyn ReadAt, made: &Made) -> Vec<u8> {
    let mut bytes = made.bytes.clone();
    for span in &made.spans {
        let at = bytes.len();
        bytes.resize(at + span.len() as usize, 0);
        let count = file.read_at(span.start(), &mut bytes[at..]).unwrap();
        assert_eq!(count as u64, span.len(), "inside the file");
    }
    bytes
}

/// Pictures and tags behind the tracks take no memory, and the reply with its index in front has them all the same.
#[test]
fn what_nobody_looks_at_is_forgotten() {
    let mut film = Film::small();
    film.is_index_last = true;
    let plain = package(&film).bytes();
    film.more = atom(b"udta", &atom(b"meta", &[7; 100_000]));
    let file = film.file();
    let with_picture = Package::read(&file).1.unwrap();
    assert_eq!(with_picture.bytes(), plain);
    let seen = Seen::of(&with_picture, &file, "m").unwrap();
    assert_eq!(seen.tracks[0].samples.len(), 48);
    let faststart = with_picture.faststart(&file).unwrap();
    assert_eq!(faststart.reply_len(), file.len() as u64);
}
