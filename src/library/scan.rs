//! Owns the list of what the library holds: one walk through the folders, bounded in files and depth.
//! Knows nothing of how the list is written (the pager is given a function for that).

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{AtFlags, Dir, FileType};

use crate::library::entry::Identity;
use crate::library::name::is_served_segment;
use crate::library::root::{Missing, Root};
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
}

/// Walks the library. Folders that cannot be read are left out; the root must be readable.
///
/// Links are taken as opening them would: what leads out of the root is not listed. A folder that is
/// reached twice is walked once, so links cannot make the walk endless.
pub fn scan(root: &Root, limits: &Limits) -> Result<Vec<Title>, Missing> {
    let mut titles = Vec::new();
    let mut seen: HashSet<(u64, u64)> = HashSet::new();
    let mut todo: Vec<(Vec<u8>, usize)> = vec![(Vec::new(), 0)];
    while let Some((folder, depth)) = todo.pop() {
        let dir = match root.open_folder(&folder) {
            Ok(dir) => dir,
            Err(missing) if folder.is_empty() => return Err(missing),
            Err(_) => continue,
        };
        let stat = rustix::fs::fstat(&dir)?;
        if !seen.insert((stat.st_dev, stat.st_ino)) {
            continue;
        }
        for found in Dir::read_from(&dir)?.flatten() {
            let segment = found.file_name().to_bytes();
            if !is_served_segment(segment) {
                continue;
            }
            let name = join(&folder, segment);
            let media_type = mime::of_name(&name);
            match found.file_type() {
                FileType::Directory if depth < limits.listed_depth_max => {
                    todo.push((name, depth + 1));
                }
                FileType::RegularFile if media_type.kind != Kind::Other => {
                    let at = OsStr::from_bytes(segment);
                    if let Ok(stat) = rustix::fs::statat(&dir, at, AtFlags::SYMLINK_NOFOLLOW) {
                        titles.push(Title {
                            name,
                            identity: Identity::of(&stat),
                            media_type,
                        });
                    }
                }
                FileType::Symlink | FileType::Unknown => {
                    if let Some(title) = resolve(root, &name, media_type) {
                        titles.push(title);
                    } else if depth < limits.listed_depth_max {
                        todo.push((name, depth + 1));
                    }
                }
                FileType::RegularFile
                | FileType::Directory
                | FileType::Fifo
                | FileType::Socket
                | FileType::CharacterDevice
                | FileType::BlockDevice => {}
            }
            if titles.len() >= limits.listed_files_max {
                todo.clear();
                break;
            }
        }
    }
    titles.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(titles)
}

/// What a link leads to, by the same rule as serving it.
fn resolve(root: &Root, path: &[u8], media_type: MediaType) -> Option<Title> {
    let name = crate::library::name::Name::check(path)?;
    let stat = root.stat_file(name).ok()?;
    (media_type.kind != Kind::Other).then(|| Title {
        name: path.to_vec(),
        identity: Identity::of(&stat),
        media_type,
    })
}

fn join(folder: &[u8], segment: &[u8]) -> Vec<u8> {
    if folder.is_empty() {
        segment.to_vec()
    } else {
        [folder, b"/", segment].concat()
    }
}
