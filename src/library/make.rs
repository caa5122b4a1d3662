//! Owns how a title is looked into, and how its texts are made: on a thread that may wait for the disk.
//! Knows nothing of who wants them, nor of what is kept.

use std::sync::Arc;
use std::time::Instant;

use crate::http::etag;
use crate::http::gzip;
use crate::library::entry::{Entry, Identity};
use crate::library::name::Name;
use crate::library::packages::{Key, Made, Packages, Verdict, What};
use crate::library::root::{Missing, Root};
use crate::library::scan;
use crate::library::sidecar::Subtitle;
use crate::limits::Limits;
use crate::media::faststart::Faststart;
use crate::media::package::resource::Resource;
use crate::media::package::{Beside, Package, TextTrack};
use crate::media::subtitle;
use crate::media::unfit::Unfit;

/// A text about a title, ready to be sent to anybody.
#[derive(Debug)]
pub struct Text {
    /// As `Content-Type` has it.
    pub media_type: &'static str,
    /// As it is.
    pub plain: Arc<[u8]>,
    /// With gzip.
    pub gzip: Arc<[u8]>,
    /// A digest of it.
    pub digest: u64,
    /// Who asks for this version may keep it for ever; nothing for what changes under its address.
    pub version: Option<String>,
}

impl Text {
    fn new(media_type: &'static str, plain: Vec<u8>, version: Option<String>) -> Self {
        Self {
            media_type,
            gzip: gzip::compress(&plain).into(),
            digest: etag::digest(&plain),
            plain: plain.into(),
            version,
        }
    }

    /// How much memory it holds.
    pub fn bytes(&self) -> usize {
        self.plain.len().saturating_add(self.gzip.len())
    }
}

/// What is to be made.
#[derive(Debug)]
pub enum Want {
    /// What any segment can be made from.
    Package,
    /// The same file with its index in front.
    Faststart,
    /// A playlist, a manifest or subtitles.
    Text(Arc<Package>, Box<[u8]>),
}

impl Want {
    /// What it is kept by.
    pub fn key(&self, identity: Identity, name: &[u8]) -> Key {
        let what = match self {
            Self::Package => What::Package,
            Self::Faststart => What::Faststart,
            Self::Text(_, resource) => What::Text(name.into(), resource.clone()),
        };
        Key { identity, what }
    }
}

/// What things are made with.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'a> {
    /// The folder.
    pub root: &'a Root,
    /// The bounds in force.
    pub limits: &'a Limits,
    /// What was made before.
    pub packages: &'a Packages,
    /// When it was asked for.
    pub now: Instant,
    /// The same, for files that are being written.
    pub wall_secs: u64,
}

/// Looks into a title; it may wait for a disk. A file that was changed meanwhile was not looked into.
pub fn package(entry: &Entry) -> Result<(Verdict, Made), Missing> {
    let (facts, read) = Package::read(entry);
    if !entry.is_unchanged() {
        return Err(Missing::Settling);
    }
    let (unfit, made) = match read {
        Ok(package) => (None, Made::Package(Arc::new(package))),
        // It may be another time.
        Err(Unfit::Unreadable) => return Err(Missing::Unreadable),
        Err(unfit) => (Some(unfit), Made::Unfit(unfit)),
    };
    Ok((Verdict { facts, unfit }, made))
}

/// The same file with its index in front; it may wait for a disk.
pub fn faststart(entry: &Entry) -> Result<Made, Missing> {
    let read = Faststart::read(entry);
    if !entry.is_unchanged() {
        return Err(Missing::Settling);
    }
    Ok(Made::Faststart(read.map(Arc::new)))
}

impl Bench<'_> {
    /// Makes the text of this resource of the title of this name.
    pub fn text(
        &self,
        entry: &Entry,
        package: &Package,
        name: Name<'_>,
        resource: &Resource<'_>,
    ) -> Result<Text, Missing> {
        let token = entry.identity.token();
        let token = token.as_str();
        let made = match *resource {
            Resource::Text(key) => {
                return match own_track(key) {
                    Some(number) => self.own_text(entry, package, TextTrack::Subtitle(number)),
                    None => self.sidecar_text(entry, name, key),
                };
            }
            Resource::Chapters => return self.own_text(entry, package, TextTrack::Chapters),
            Resource::Master | Resource::Manifest | Resource::TextPlaylist(_) => {
                let beside = self.beside(entry, name)?;
                let beside: Vec<Beside> = beside.iter().map(told).collect();
                package.make(resource, token, &beside)
            }
            Resource::Playlist(_) | Resource::Init(_) | Resource::Segment(..) => {
                package.make(resource, token, &[])
            }
        };
        let made = made.ok_or(Missing::NotFound)?;
        Ok(Text::new(made.media_type, made.bytes, None))
    }

    /// What stands beside the title. It is believed for a moment: keys that lead nowhere walk no folder.
    fn beside(&self, entry: &Entry, name: Name<'_>) -> Result<Arc<[Subtitle]>, Missing> {
        let key = Key {
            identity: entry.identity,
            what: What::Beside(name.as_bytes().into()),
        };
        if let Some(Made::Beside(beside)) = self.packages.kept(&key, self.now) {
            return Ok(beside);
        }
        let found: Arc<[Subtitle]> = scan::beside(self.root, name, self.limits)?.into();
        let until = self.now + Limits::millis(self.limits.recheck_millis);
        let made = Made::Beside(Arc::clone(&found));
        self.packages.keep(key, made, self.now, Some(until));
        Ok(found)
    }

    /// Text that is inside of the file.
    fn own_text(
        &self,
        entry: &Entry,
        package: &Package,
        track: TextTrack,
    ) -> Result<Text, Missing> {
        let text = package.text(entry, track);
        let text = text.map_err(|_| Missing::Unreadable)?;
        if !entry.is_unchanged() {
            return Err(Missing::Settling);
        }
        let text = text.ok_or(Missing::NotFound)?;
        let text = match track {
            TextTrack::Subtitle(_) => subtitle::for_segments(text.as_bytes()),
            TextTrack::Chapters => text.into_bytes(),
        };
        Ok(Text::new(
            VTT,
            text,
            Some(entry.identity.token().as_str().to_owned()),
        ))
    }

    /// Text that stands beside the file.
    fn sidecar_text(&self, entry: &Entry, name: Name<'_>, key: &str) -> Result<Text, Missing> {
        let beside = self.beside(entry, name)?;
        let found = beside.iter().find(|subtitle| subtitle.key() == key);
        let found = found.ok_or(Missing::NotFound)?;
        let name = Name::check(&found.file.name).ok_or(Missing::NotFound)?;
        let window = self.limits.map_window_bytes;
        let entry = Entry::open(self.root, name, self.wall_secs, window)?;
        if entry.len() > u64::try_from(self.limits.subtitle_bytes_max).unwrap_or(u64::MAX) {
            return Err(Missing::TooLarge);
        }
        let bytes = entry.read_whole().map_err(|_| Missing::Unreadable)?;
        // What is called WebVTT and is none may be SubRip, or what is read as such.
        let is_vtt = found.is_vtt && has_signature(&bytes);
        let text = if is_vtt {
            subtitle::for_segments(&bytes)
        } else {
            subtitle::for_segments(subtitle::to_vtt(&bytes).as_bytes())
        };
        Ok(Text::new(VTT, text, Some(entry.version().to_owned())))
    }
}

const VTT: &str = "text/vtt; charset=utf-8";

/// Whether a text depends on what stands beside the title, which may change while the title does not.
pub fn depends_on_folder(resource: &Resource<'_>) -> bool {
    match *resource {
        Resource::Master | Resource::Manifest | Resource::TextPlaylist(_) => true,
        Resource::Text(key) => own_track(key).is_none(),
        Resource::Playlist(_) | Resource::Init(_) | Resource::Segment(..) | Resource::Chapters => {
            false
        }
    }
}

/// The number of a text track of the file; the other keys are languages.
fn own_track(key: &str) -> Option<usize> {
    let is_plain = key == "0" || !key.starts_with('0');
    key.parse().ok().filter(|_| is_plain)
}

/// Whether it begins as WebVTT does.
fn has_signature(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.starts_with(b"WEBVTT")
}

/// Subtitles of the folder, as a package is told of them.
fn told(subtitle: &Subtitle) -> Beside {
    Beside {
        language: subtitle.language.clone(),
        label: subtitle.label,
        version: subtitle.file.identity.version(),
    }
}
