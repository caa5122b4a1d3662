//! Owns the folder: everything is opened beneath it, and nothing outside can be.
//! Knows nothing of what is inside the files.
//!
//! Containment is a property of the opening itself, never a comparison of strings made before it:
//! a link that is swapped while we look changes what is found, not where we may find it. The
//! kernel does it (`openat2` with RESOLVE_BENEATH); where it cannot, we walk the path ourselves,
//! one segment at a time, and follow links by the same rule.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

use crate::library::name::Name;

/// As often as a rename under our feet may make the kernel say "try again".
const TRIES_MAX: usize = 8;
/// As many links as the kernel itself would follow.
const LINKS_MAX: usize = 40;

/// The folder that is served.
#[derive(Debug)]
pub struct Root {
    dir: OwnedFd,
    way: Way,
}

/// How a name is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// `openat2`: the kernel keeps us beneath.
    Beneath,
    /// The same rule, walked by us: kernels before 5.6, and sandboxes that refuse `openat2`.
    Walk,
    /// `--follow-links`: the owner wants links to lead out.
    Anywhere,
}

/// Why a name leads to no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// There is none, or none that is served.
    NotFound,
    /// It is there and we may not read it.
    Forbidden,
    /// The disk did not answer, or not in time.
    Unreadable,
    /// Too many wait for the disk already.
    Busy,
    /// It is being written: what is looked into has to rest first.
    Settling,
    /// It is larger than what is made of its kind of file.
    TooLarge,
}

impl Root {
    /// Opens the folder.
    pub fn open(path: &Path, follow_links: bool) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
        let way = if follow_links {
            Way::Anywhere
        } else {
            match open_beneath(dir.as_fd(), b".", OFlags::PATH) {
                Ok(_) => Way::Beneath,
                Err(_) => Way::Walk,
            }
        };
        Ok(Self { dir, way })
    }

    /// The folder itself.
    pub fn dir(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }

    /// The same folder, resolved by our own walk: so that tests meet it on every kernel.
    pub fn walking(mut self) -> Self {
        self.way = Way::Walk;
        self
    }

    /// Opens a regular file for reading. Never opens anything else, and never hangs on a FIFO:
    /// what stands there is looked at (`O_PATH`) before it is opened.
    pub fn open_file(&self, name: Name<'_>) -> Result<(File, Stat), Missing> {
        let place = self.resolve(name.as_bytes(), OFlags::PATH)?;
        regular(place.as_fd())?;
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = self.resolve(name.as_bytes(), flags)?;
        let stat = regular(file.as_fd())?;
        Ok((File::from(file), stat))
    }

    /// What stands at a name now, without opening it.
    pub fn stat_file(&self, name: Name<'_>) -> Result<Stat, Missing> {
        regular(self.resolve(name.as_bytes(), OFlags::PATH)?.as_fd())
    }

    /// Opens a folder to list it; the empty path is the root itself.
    pub fn open_folder(&self, path: &[u8]) -> Result<OwnedFd, Missing> {
        let path = if path.is_empty() { b"." } else { path };
        self.resolve(path, OFlags::RDONLY | OFlags::DIRECTORY)
    }

    fn resolve(&self, path: &[u8], flags: OFlags) -> Result<OwnedFd, Missing> {
        let mut tries = 0;
        loop {
            let opened = match self.way {
                Way::Beneath => open_beneath(self.dir.as_fd(), path, flags),
                Way::Walk => Walk::new(self.dir.as_fd()).open(path, flags),
                Way::Anywhere => {
                    rustix::fs::openat(&self.dir, path, flags | OFlags::CLOEXEC, Mode::empty())
                }
            };
            tries += 1;
            match opened {
                // What is moved out while we are on the way to it may be refused, where the process may open
                // nothing outside (`net/sandbox`): asked again, it is not there.
                Err(Errno::AGAIN | Errno::INTR | Errno::ACCESS) if tries < TRIES_MAX => {}
                opened => return opened.map_err(Missing::from),
            }
        }
    }
}

impl From<Errno> for Missing {
    fn from(error: Errno) -> Self {
        match error {
            Errno::ACCESS | Errno::PERM => Self::Forbidden,
            Errno::IO
            | Errno::MFILE
            | Errno::NFILE
            | Errno::NOMEM
            | Errno::STALE
            | Errno::TIMEDOUT
            | Errno::HOSTDOWN
            | Errno::NOTCONN => Self::Unreadable,
            _ => Self::NotFound,
        }
    }
}

fn open_beneath(dir: BorrowedFd<'_>, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    rustix::fs::openat2(dir, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve)
}

fn regular(file: BorrowedFd<'_>) -> Result<Stat, Missing> {
    let stat = rustix::fs::fstat(file)?;
    if FileType::from_raw_mode(stat.st_mode).is_file() {
        Ok(stat)
    } else {
        Err(Missing::NotFound)
    }
}

/// Our own resolution beneath a folder: a stack of folders that we hold open, so that `..` is a
/// step back on our stack and never the kernel's idea of a parent.
struct Walk<'a> {
    root: BorrowedFd<'a>,
    stack: Vec<OwnedFd>,
    links: usize,
}

impl<'a> Walk<'a> {
    fn new(root: BorrowedFd<'a>) -> Self {
        Self {
            root,
            stack: Vec::new(),
            links: 0,
        }
    }

    fn open(mut self, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
        // Segments still to go, the next one last.
        let mut todo: Vec<Vec<u8>> = segments(path);
        while let Some(segment) = todo.pop() {
            if segment == b"." {
                continue; // but what stood before it had to be a folder
            }
            if segment == b".." {
                self.stack.pop().ok_or(Errno::XDEV)?;
                continue;
            }
            let here = self.stack.last().map_or(self.root, |dir| dir.as_fd());
            let look = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let found = rustix::fs::openat(here, segment.as_slice(), look, Mode::empty())?;
            let kind = FileType::from_raw_mode(rustix::fs::fstat(&found)?.st_mode);
            if kind.is_symlink() {
                self.links += 1;
                let link = rustix::fs::readlinkat(&found, c"", Vec::new())?.into_bytes();
                if self.links > LINKS_MAX || link.starts_with(b"/") {
                    return Err(Errno::LOOP);
                }
                todo.extend(segments(&link));
            } else if kind.is_dir() {
                self.stack.push(found);
            } else if todo.is_empty() {
                // Opened again by its name: should it have become a link meanwhile, NOFOLLOW
                // refuses it.
                let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                return rustix::fs::openat(here, segment.as_slice(), flags, Mode::empty());
            } else {
                return Err(Errno::NOTDIR);
            }
        }
        // The path ended in a folder.
        let here = self.stack.last().map_or(self.root, |dir| dir.as_fd());
        rustix::fs::openat(here, c".", flags | OFlags::CLOEXEC, Mode::empty())
    }
}

/// The segments of a path, last first; a closing `/` is a `.` at the end.
fn segments(path: &[u8]) -> Vec<Vec<u8>> {
    let words = path
        .split(|&byte| byte == b'/')
        .filter(|word| !word.is_empty());
    let close = path.ends_with(b"/").then_some(&b"."[..]);
    words.chain(close).map(<[u8]>::to_vec).rev().collect()
}

#[cfg(test)]
mod tests;
