//! Writes all of a title's HLS and DASH into a folder: `package FILE FOLDER`. For trying by hand what players say.

#![expect(clippy::unwrap_used, reason = "an example that cannot go on says so")]
#![expect(
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    reason = "a tool for one person"
)]

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use reeld::media::package::resource::Resource;
use reeld::media::package::{Package, ReadAt, TextTrack};

struct Whole(File);

impl ReadAt for Whole {
    fn file_len(&self) -> u64 {
        self.0.metadata().unwrap().len()
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < into.len() {
            match self.0.read_at(&mut into[done..], at + done as u64)? {
                0 => break,
                count => done += count,
            }
        }
        Ok(done)
    }
}

fn main() {
    let mut words = std::env::args().skip(1);
    let (from, into) = (words.next().unwrap(), words.next().unwrap());
    let into = Path::new(&into);
    fs::create_dir_all(into).unwrap();
    let file = Whole(File::open(from).unwrap());
    let (facts, package) = Package::read(&file);
    eprintln!("{facts:?}");
    let package = match package {
        Ok(package) => package,
        Err(reason) => return eprintln!("{}: {}", reason.name(), reason.words()),
    };
    eprintln!("{} bytes", package.bytes());
    let write = |name: &str| {
        let resource = Resource::parse(name.as_bytes()).unwrap();
        let text = match resource {
            Resource::Text(key) => Some(TextTrack::Subtitle(key.parse().unwrap())),
            Resource::Chapters => Some(TextTrack::Chapters),
            _ => None,
        };
        if let Some(track) = text {
            let text = package.text(&file, track).unwrap()?;
            fs::write(into.join(name), text).unwrap();
            return Some(());
        }
        let made = package.make(&resource, "0", &[])?;
        let mut bytes = made.bytes;
        for span in made.spans {
            let at = bytes.len();
            bytes.resize(at + usize::try_from(span.len()).unwrap(), 0);
            assert_eq!(
                file.read_at(span.start(), &mut bytes[at..]).unwrap() as u64,
                span.len()
            );
        }
        // Relative addresses have a query; files on a disk have none.
        let text = String::from_utf8(bytes);
        let bytes = match text {
            Ok(text) => text.replace("?v=0", "").into_bytes(),
            Err(binary) => binary.into_bytes(),
        };
        fs::write(into.join(name), bytes).unwrap();
        Some(())
    };
    for name in [
        "master.m3u8",
        "manifest.mpd",
        "chapters.vtt",
        "t-0.m3u8",
        "t-0.vtt",
    ] {
        write(name);
    }
    for stem in ["m", "v", "i", "a0", "a1", "a2", "a3"] {
        if write(&format!("{stem}.m3u8")).is_none() {
            continue;
        }
        write(&format!("{stem}-init.mp4"));
        let mut number = 0;
        while write(&format!("{stem}-{number}.m4s")).is_some() {
            number += 1;
        }
    }
}
