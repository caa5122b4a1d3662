//! Owns the list of what the library holds: one walk through the folders, bounded in files and depth.
//! Knows nothing of how the list is written (the pager is given a function for that).

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{AtFlags, Dir, FileType, Stat};

use crate::library::entry::Identity;
use crate::library::name::{Name, is_served_segment};
use crate::library::packages::Verdict;
use crate::library::root::{Missing, Root};
use crate::library::sidecar::{Sidecar, Sidecars, Subtitle};
use crate::limits::Limits;
use crate::media::mime::{self, Kind, MediaType};

/// One title of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// Its path beneath the root, as bytes.
    pub name: Vec<u8>,
    /// The version that a link to it carries.
    pub identity: Identity,
    /// What it is.
    pub media_type: MediaType,
    /// Its picture.
    pub poster: Option<Sidecar>,
    /// By language.
    pub subtitles: Vec<Subtitle>,
    /// Whether it can be packaged, once that is known.
    pub verdict: Option<Verdict>,
}

/// Walks the library. Folders that cannot be read are left out; the root must be readable.
///
/// Links are taken as opening them would: what leads out of the root is not listed. A folder that is
/// reached twice is walked once, so links cannot make the walk endless.
pub fn scan(root: &Root, limits: &Limits) -> Result<Vec<Title>, Missing> {
    let mut walk = Walk {
        root,
        limits,
        titles: Vec::new(),
        seen: HashSet::new(),
        todo: vec![(Vec::new(), 0)],
    };
    while let Some((folder, depth)) = walk.todo.pop() {
        let dir = match root.open_folder(&folder) {
            Ok(dir) => dir,
            Err(missing) if folder.is_empty() => return Err(missing),
            Err(_) => continue,
        };
        walk.visit(&folder, depth, &dir)?;
    }
    walk.titles.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(walk.titles)
}

/// The subtitles that stand beside one title.
pub fn beside(root: &Root, title: Name<'_>, limits: &Limits) -> Result<Vec<Subtitle>, Missing> {
    let title = title.as_bytes();
    let slash = title.iter().rposition(|&byte| byte == b'/');
    let (folder, segment) = match slash {
        Some(at) => (&title[..at], &title[at + 1..]),
        None => (&title[..0], title),
    };
    let dir = root.open_folder(folder)?;
    let mut sidecars = Sidecars::default();
    for found in Dir::read_from(&dir)?.flatten() {
        if sidecars.count() >= limits.listed_files_max {
            break;
        }
        let name = found.file_name().to_bytes();
        if is_served_segment(name) && found.file_type() != FileType::Directory {
            sidecars.note_of(segment, name);
        }
    }
    let sidecars = sidecars.sorted(|segment| look(root, folder, &dir, segment));
    Ok(sidecars.subtitles(segment, limits.listed_subtitles_max))
}

struct Walk<'a> {
    root: &'a Root,
    limits: &'a Limits,
    titles: Vec<Title>,
    /// Folders that were visited, by device and inode.
    seen: HashSet<(u64, u64)>,
    /// Folders to visit, with their depth.
    todo: Vec<(Vec<u8>, usize)>,
}

impl Walk<'_> {
    /// Takes in the titles of one folder, then what stands beside them.
    fn visit(&mut self, folder: &[u8], depth: usize, dir: &OwnedFd) -> Result<(), Missing> {
        let stat = rustix::fs::fstat(dir)?;
        if !self.seen.insert((stat.st_dev, stat.st_ino)) {
            return Ok(());
        }
        let (before, most) = (self.titles.len(), self.limits.listed_files_max);
        let mut sidecars = Sidecars::default();
        for found in Dir::read_from(dir)?.flatten() {
            let segment = found.file_name().to_bytes();
            if !is_served_segment(segment) {
                continue;
            }
            let name = join(folder, segment);
            let media_type = mime::of_name(&name);
            let is_folder_listed = depth < self.limits.listed_depth_max;
            if media_type.kind == Kind::Other
                && found.file_type() != FileType::Directory
                && sidecars.count() < most
            {
                sidecars.note(segment);
            }
            match found.file_type() {
                FileType::Directory if is_folder_listed => self.todo.push((name, depth + 1)),
                FileType::RegularFile if media_type.kind != Kind::Other => {
                    let identity = stat_in(dir, segment).map(|stat| Identity::of(&stat));
                    self.add(name, identity, media_type);
                }
                FileType::Symlink | FileType::Unknown => {
                    let known = self.titles.len();
                    if media_type.kind != Kind::Other {
                        self.add(name.clone(), resolve(self.root, &name), media_type);
                    }
                    if self.titles.len() == known && is_folder_listed {
                        self.todo.push((name, depth + 1));
                    }
                }
                FileType::RegularFile
                | FileType::Directory
                | FileType::Fifo
                | FileType::Socket
                | FileType::CharacterDevice
                | FileType::BlockDevice => {}
            }
            if self.titles.len() >= most {
                self.todo.clear();
                break;
            }
        }
        let sidecars = sidecars.sorted(|segment| look(self.root, folder, dir, segment));
        let prefix = join(folder, b"").len();
        for title in self.titles.iter_mut().skip(before) {
            let segment = title.name.get(prefix..).unwrap_or_default();
            title.poster = sidecars.poster(segment);
            title.subtitles = sidecars.subtitles(segment, self.limits.listed_subtitles_max);
        }
        Ok(())
    }

    fn add(&mut self, name: Vec<u8>, identity: Option<Identity>, media_type: MediaType) {
        self.titles.extend(identity.map(|identity| Title {
            name,
            identity,
            media_type,
            poster: None,
            subtitles: Vec::new(),
            verdict: None,
        }));
    }
}

/// A sidecar, if what stands there is a file.
fn look(root: &Root, folder: &[u8], dir: &OwnedFd, segment: &[u8]) -> Option<Sidecar> {
    let name = join(folder, segment);
    let stat = stat_in(dir, segment)?;
    let identity = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Identity::of(&stat),
        FileType::Symlink => resolve(root, &name)?,
        FileType::Directory
        | FileType::Fifo
        | FileType::Socket
        | FileType::CharacterDevice
        | FileType::BlockDevice
        | FileType::Unknown => return None,
    };
    Some(Sidecar { name, identity })
}

fn stat_in(dir: &OwnedFd, segment: &[u8]) -> Option<Stat> {
    let at = OsStr::from_bytes(segment);
    rustix::fs::statat(dir, at, AtFlags::SYMLINK_NOFOLLOW).ok()
}

/// What a link leads to, by the same rule as serving it.
fn resolve(root: &Root, path: &[u8]) -> Option<Identity> {
    let stat = root.stat_file(Name::check(path)?).ok()?;
    Some(Identity::of(&stat))
}

fn join(folder: &[u8], segment: &[u8]) -> Vec<u8> {
    if folder.is_empty() {
        segment.to_vec()
    } else {
        [folder, b"/", segment].concat()
    }
}
