//! Owns which files belong to a title by their names: its poster and its subtitles.
//! Knows nothing of the disk: it is told the names of one folder, and is lent a look at those that matter.
//!
//! ```text
//! e1.mp4    e1.jpg   e1.mp4.jpg              its own poster
//!           poster.jpg  folder.jpg  cover.jpg    its folder's, where it has none
//!           e1.srt   e1.en.vtt   e1.pt-BR.forced.srt
//!           stem     . language  . label . ending
//! ```
//!
//! A name can be read in more than one way: `film.en.srt` belongs to `film.mp4` in English, and to
//! `film.en.mp4`. Every reading is kept, all are sorted once, and each title finds its own by bisection.

use std::cell::OnceCell;

use crate::library::entry::Identity;

/// A file that belongs to a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sidecar {
    /// Its path beneath the root, as bytes.
    pub name: Vec<u8>,
    /// The version that a link to it carries.
    pub identity: Identity,
}

/// Subtitles of a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subtitle {
    /// The file.
    pub file: Sidecar,
    /// The language of its name, e.g. `en` or `pt-BR`; empty where it names none.
    pub language: String,
    /// `forced`, `sdh`, `cc`, or nothing.
    pub label: &'static str,
    /// Whether a browser can play it as it is.
    pub is_vtt: bool,
}

impl Subtitle {
    /// How much memory it holds.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.file.name.len() + self.language.len()
    }

    /// Its name among those of its title: `en`, `pt-BR-forced`, `und`.
    pub fn key(&self) -> String {
        let mut key = self.language.clone();
        if key.is_empty() {
            key.push_str("und");
        }
        if !self.label.is_empty() {
            key.push('-');
            key.push_str(self.label);
        }
        key
    }
}

/// The best first.
const PICTURES: [&str; 4] = ["jpg", "jpeg", "png", "webp"];
/// The best first.
const TEXTS: [&str; 2] = ["vtt", "srt"];
/// Pictures that stand for all of a folder, the best first.
const OF_FOLDER: [&str; 3] = ["poster", "folder", "cover"];
const LABELS: [&str; 3] = ["forced", "sdh", "cc"];

/// The files of one folder that may belong to titles.
#[derive(Debug, Default)]
pub struct Sidecars {
    files: Vec<Found>,
    pictures: Vec<Reading>,
    texts: Vec<Reading>,
}

#[derive(Debug)]
struct Found {
    segment: Vec<u8>,
    /// Looked at when the first title wants it.
    looked: OnceCell<Option<Sidecar>>,
}

/// One way in which a name can be read; ordered as it is searched, the best first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Reading {
    stem: Vec<u8>,
    language: String,
    label: &'static str,
    rank: usize,
    file: usize,
}

impl Sidecars {
    /// How many files were noted.
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// Notes a file of the folder, if its name is one that could belong to a title.
    pub fn note(&mut self, segment: &[u8]) {
        let Some((stem, ending)) = split_last(segment) else {
            return;
        };
        let file = self.files.len();
        let reading = |rank, stem: &[u8], language, label| Reading {
            stem: stem.to_vec(),
            language,
            label,
            rank,
            file,
        };
        if let Some(rank) = rank(&PICTURES, ending) {
            self.pictures.push(reading(rank, stem, String::new(), ""));
        } else if let Some(rank) = rank(&TEXTS, ending) {
            let all = readings(stem);
            self.texts
                .extend(all.map(|(stem, language, label)| reading(rank, stem, language, label)));
        } else {
            return;
        }
        self.files.push(Found {
            segment: segment.to_vec(),
            looked: OnceCell::new(),
        });
    }

    /// The same, if it can belong to this title.
    pub fn note_of(&mut self, title: &[u8], segment: &[u8]) {
        let stem = split_last(title).map_or(title, |(stem, _)| stem);
        if segment.starts_with(stem) {
            self.note(segment);
        }
    }

    /// Lends a look: where a name stands beneath the root and which version it is, if it is a file.
    /// No more can be noted afterwards.
    pub fn sorted<L: Fn(&[u8]) -> Option<Sidecar>>(mut self, look: L) -> Sorted<L> {
        self.pictures.sort_unstable();
        self.texts.sort_unstable();
        let of_folder = OF_FOLDER.iter().flat_map(|word| {
            let is_named = |picture: &&Reading| picture.stem.eq_ignore_ascii_case(word.as_bytes());
            self.pictures.iter().filter(is_named)
        });
        let of_folder = of_folder.map(|picture| picture.file).collect();
        Sorted {
            all: self,
            of_folder,
            look,
        }
    }
}

/// The same files, ready to be searched.
#[derive(Debug)]
pub struct Sorted<L> {
    all: Sidecars,
    of_folder: Vec<usize>,
    look: L,
}

impl<L: Fn(&[u8]) -> Option<Sidecar>> Sorted<L> {
    /// The poster of a title of this folder: its own, or its folder's.
    pub fn poster(&self, title: &[u8]) -> Option<Sidecar> {
        let stem = split_last(title).map_or(title, |(stem, _)| stem);
        let own = [stem, title]
            .into_iter()
            .flat_map(|stem| of_stem(&self.all.pictures, stem));
        let own = own.map(|picture| picture.file);
        own.chain(self.of_folder.iter().copied())
            .find_map(|file| self.looked(file))
            .cloned()
    }

    /// The subtitles of a title of this folder, by language; of two forms of one, the one that a
    /// browser can play. At most `most`.
    pub fn subtitles(&self, title: &[u8], most: usize) -> Vec<Subtitle> {
        let stem = split_last(title).map_or(title, |(stem, _)| stem);
        let mut found: Vec<Subtitle> = Vec::new();
        for text in of_stem(&self.all.texts, stem) {
            if found.len() >= most {
                break;
            }
            let is_same =
                |last: &Subtitle| last.language == text.language && last.label == text.label;
            if found.last().is_some_and(is_same) {
                continue;
            }
            found.extend(self.looked(text.file).map(|file| Subtitle {
                file: file.clone(),
                language: text.language.clone(),
                label: text.label,
                is_vtt: text.rank == 0,
            }));
        }
        found
    }

    fn looked(&self, file: usize) -> Option<&Sidecar> {
        let found = self.all.files.get(file)?;
        let looked = found.looked.get_or_init(|| (self.look)(&found.segment));
        looked.as_ref()
    }
}

/// Whether a file of this name can belong to that title of the same folder: by both names alone.
pub fn belongs(title: &[u8], segment: &[u8]) -> bool {
    let Some((base, ending)) = split_last(segment) else {
        return false;
    };
    let stem = split_last(title).map_or(title, |(stem, _)| stem);
    if rank(&PICTURES, ending).is_some() {
        base == stem || base == title || rank(&OF_FOLDER, base).is_some()
    } else {
        rank(&TEXTS, ending).is_some() && readings(base).any(|(base, ..)| base == stem)
    }
}

fn of_stem<'a>(sorted: &'a [Reading], stem: &'a [u8]) -> impl Iterator<Item = &'a Reading> {
    let from = sorted.partition_point(|reading| reading.stem.as_slice() < stem);
    let rest = sorted.iter().skip(from);
    rest.take_while(move |reading| reading.stem == stem)
}

/// The ways in which the name of a text can be read, without its ending.
fn readings(base: &[u8]) -> impl Iterator<Item = (&[u8], String, &'static str)> {
    let whole = (base, String::new(), "");
    let labelled = split_last(base)
        .and_then(|(stem, word)| Some((stem, *LABELS.get(rank(&LABELS, word)?)?)))
        .filter(|(stem, _)| !stem.is_empty());
    let (rest, label) = labelled.unwrap_or((base, ""));
    let spoken = split_last(rest).and_then(|(stem, word)| Some((stem, language(word)?, label)));
    [
        Some(whole),
        labelled.map(|(stem, label)| (stem, String::new(), label)),
        spoken,
    ]
    .into_iter()
    .flatten()
}

/// A language as BCP 47 writes it: two or three letters, and perhaps a script or a region.
fn language(word: &[u8]) -> Option<String> {
    let word = str::from_utf8(word).ok()?;
    let (primary, rest) = word
        .split_once('-')
        .map_or((word, None), |(primary, rest)| (primary, Some(rest)));
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !matches!(primary.len(), 2..=3) || !is_word(primary) {
        return None;
    }
    let mut out = primary.to_ascii_lowercase();
    if let Some(rest) = rest {
        let is_region = rest.len() == 2 && is_word(rest)
            || rest.len() == 3 && rest.bytes().all(|byte| byte.is_ascii_digit());
        let is_script = rest.len() == 4 && is_word(rest);
        if !is_region && !is_script {
            return None;
        }
        out.push('-');
        let (first, others) = rest.split_at(1);
        out.push_str(&first.to_ascii_uppercase());
        if is_script {
            out.push_str(&others.to_ascii_lowercase());
        } else {
            out.push_str(&others.to_ascii_uppercase());
        }
    }
    Some(out)
}

/// What stands before and behind the last dot.
fn split_last(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = name.iter().rposition(|&byte| byte == b'.')?;
    Some((name.get(..dot)?, name.get(dot + 1..)?))
}

fn rank(words: &[&str], word: &[u8]) -> Option<usize> {
    words
        .iter()
        .position(|known| known.as_bytes().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests;
