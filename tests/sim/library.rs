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
use reeld::media::unfit::Unfit;
use reeld::range::Span;

pub(crate) struct File {
    /// The name as a target spells it.
    pub(crate) encoded: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) etag: String,
    name: &'static str,
    entry: Arc<Entry>,
}

pub(crate) struct Library {
    pub(crate) files: Vec<File>,
    pub(crate) listing: Arc<Listing>,
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

impl Library {
    pub(crate) fn make() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let place = std::env::temp_dir().join(format!("reeld-sim-{}-{number}", std::process::id()));
        fs::create_dir_all(place.join("shows")).unwrap();
        let root = Root::open(&place, false).unwrap();
        let files = FILES.map(|(name, encoded, len)| {
            let bytes: Vec<u8> = (0..len).map(|at| content(len, at)).collect();
            fs::write(place.join(name), &bytes).unwrap();
            let checked = Name::check(name.as_bytes()).unwrap();
            let entry = Entry::open(&root, checked, 0, usize::MAX).unwrap();
            File {
                encoded,
                bytes,
                etag: entry.etag.clone(),
                name,
                entry: Arc::new(entry),
            }
        });
        fs::remove_dir_all(&place).unwrap();
        Self {
            files: files.into(),
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
            Question::Package(..) => Answer::Made(Made::Unfit(Unfit::NoIndex)),
            Question::Faststart(..) => Answer::Made(Made::Faststart(None)),
            Question::Text(..) => Answer::Missing(Missing::NotFound),
            Question::File(name) => self
                .files
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
        let file = self.files.iter().find(|file| file.bytes.len() == len);
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

fn content(len: usize, at: usize) -> u8 {
    let mixed = (at * 31 + len * 7) ^ (at >> 8);
    u8::try_from(mixed & 0xff).unwrap()
}
