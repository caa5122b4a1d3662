//! Owns the files that scripts ask for: real ones, opened and unlinked at once, so that nothing
//! is left behind however a test ends.
//! Knows nothing of requests.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use reeld::conn::Question;
use reeld::http::body::Source;
use reeld::library::catalogue::Answer;
use reeld::library::entry::Entry;
use reeld::library::name::Name;
use reeld::library::packages::Made;
use reeld::library::pager::Listing;
use reeld::library::root::{Missing, Root};
use reeld::media::package::Package;
use reeld::media::package::resource::Resource;
use reeld::media::unfit::Unfit;
use reeld::range::Span;

/// Something that can be asked for whole and in ranges.
pub(crate) struct File {
    pub(crate) target: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) etag: String,
}

/// What stands on the disk.
struct Stored {
    name: &'static str,
    bytes: Vec<u8>,
    entry: Arc<Entry>,
    package: Option<Arc<Package>>,
}

pub(crate) struct Library {
    pub(crate) files: Vec<File>,
    pub(crate) listing: Arc<Listing>,
    stored: Vec<Stored>,
}

/// Each length once: by its length the file behind a slice is known again.
const FILES: [(&str, &str, usize); 6] = [
    ("empty.mp4", "empty.mp4", 0),
    ("one.mp4", "one.mp4", 1),
    ("a b.mp4", "a%20b.mp4", 97),
    ("shows/e1.mkv", "shows/e%31.mkv", 1_000),
    ("film.mp4", "film.mp4", 5_003),
    ("long.webm", "long.webm", 70_001),
];
/// A title that is packaged, and what is asked of it.
const BELLS: &[u8] = include_bytes!("../../videos/music/bells.m4a");
const PACKAGED: [&str; 3] = ["a0-init.mp4", "a0-0.m4s", "a0-1.m4s"];

impl Library {
    pub(crate) fn make() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let place = std::env::temp_dir().join(format!("reeld-sim-{}-{number}", std::process::id()));
        fs::create_dir_all(place.join("shows")).unwrap();
        let root = Root::open(&place, false).unwrap();
        let store = |name: &'static str, bytes: Vec<u8>| {
            fs::write(place.join(name), &bytes).unwrap();
            let checked = Name::check(name.as_bytes()).unwrap();
            let entry = Entry::open(&root, checked, 0, usize::MAX).unwrap();
            let (_, package) = Package::read(&entry);
            Stored {
                name,
                bytes,
                package: package.ok().map(Arc::new),
                entry: Arc::new(entry),
            }
        };
        let mut stored = Vec::new();
        let mut files = Vec::new();
        for (name, encoded, len) in FILES {
            let file = store(name, (0..len).map(|at| content(len, at)).collect());
            files.push(File {
                target: format!("/video/{encoded}"),
                bytes: file.bytes.clone(),
                etag: file.entry.etag.clone(),
            });
            stored.push(file);
        }
        let bells = store("bells.m4a", BELLS.to_vec());
        files.extend(PACKAGED.iter().map(|resource| bells.packaged(resource)));
        stored.push(bells);
        fs::remove_dir_all(&place).unwrap();
        Self {
            files,
            stored,
            listing: Arc::new(Listing {
                bytes: Arc::from(&b"{\"videos\":[]}\n"[..]),
                etag: "\"0123456789abcdef\"".to_owned(),
            }),
        }
    }

    /// What the disk would say.
    pub(crate) fn answer(&self, question: Question<'_>) -> Answer {
        match question {
            Question::Listing => Answer::Listing(Arc::clone(&self.listing)),
            Question::Subtitle(_) => Answer::Missing(Missing::NotFound),
            Question::Package(entry, _) => {
                let mut stored = self.stored.iter();
                let file = stored.find(|file| file.entry.identity == entry.identity);
                let package = file.and_then(|file| file.package.clone());
                Answer::Made(package.map_or(Made::Unfit(Unfit::NoIndex), Made::Package))
            }
            Question::Faststart(..) => Answer::Made(Made::Faststart(None)),
            Question::Text(..) => Answer::Missing(Missing::NotFound),
            Question::File(name) => self
                .stored
                .iter()
                .find(|file| file.name.as_bytes() == name.as_bytes())
                .map_or(Answer::Missing(Missing::NotFound), |file| {
                    Answer::File(Arc::clone(&file.entry))
                }),
        }
    }

    /// The bytes that the kernel would read for a span of a slice.
    pub(crate) fn bytes_of(&self, source: &dyn Source, span: Span) -> Result<&[u8], String> {
        let len = usize::try_from(source.promised_len()).unwrap();
        let file = self.stored.iter().find(|file| file.bytes.len() == len);
        let file = file.ok_or("a slice of an unknown file")?;
        let window = source
            .window(span)
            .map_err(|error| format!("no window for {span:?}: {error}"))?;
        let (start, end) = (span.start(), span.end());
        let (start, end) = (
            usize::try_from(start).unwrap(),
            usize::try_from(end).unwrap(),
        );
        if window.len == 0 || window.len > end - start {
            return Err(format!("a window of {} bytes for {span:?}", window.len));
        }
        file.bytes
            .get(start..end)
            .ok_or_else(|| format!("{span:?} lies outside its file of {len} bytes"))
    }
}

impl Stored {
    /// What stands under this name, put together from what it is made of.
    fn packaged(&self, resource: &str) -> File {
        let token = self.entry.identity.token();
        let token = token.as_str();
        let package = self.package.as_ref().unwrap();
        let parsed = Resource::parse(resource.as_bytes()).unwrap();
        let made = package.make(&parsed, token, &[]).unwrap();
        let mut bytes = made.bytes;
        for span in made.spans {
            let (start, end) = (span.start(), span.end());
            let (start, end) = (
                usize::try_from(start).unwrap(),
                usize::try_from(end).unwrap(),
            );
            bytes.extend_from_slice(&self.bytes[start..end]);
        }
        File {
            target: format!("/hls/{}/{resource}", self.name),
            bytes,
            etag: format!("\"{token}-{resource}\""),
        }
    }
}

fn content(len: usize, at: usize) -> u8 {
    let mixed = (at * 31 + len * 7) ^ (at >> 8);
    u8::try_from(mixed & 0xff).unwrap()
}
