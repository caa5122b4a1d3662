//! Owns which files and ports can still be opened: Landlock's rules.
//! Knows nothing of system calls that open none.
//!
//! ```text
//! the folder (with --follow-links: /)    read files, list folders
//! /dev/null                              write: where the zero-copy way empties its pipe
//! the access log                         write, if it is no regular file; else
//! the folder of the access log           make and write files: a log that was rotated is made anew
//! anything else                          nothing; nor run a program, bind a port, connect to one
//! ```
//!
//! What is open already stays open.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::net::sys::{self, Decided};

/// What must stay within reach.
#[derive(Debug, Clone, Copy)]
pub struct Needs<'a> {
    /// The folder that is served.
    pub folder: BorrowedFd<'a>,
    /// Whether links may lead out of it.
    pub is_everything_read: bool,
    /// The log that will be opened again.
    pub log: Option<&'a Path>,
}

// LANDLOCK_ACCESS_FS_….
const WRITE_FILE: u64 = 1 << 1;
const READ_FILE: u64 = 1 << 2;
const READ_DIR: u64 = 1 << 3;
const MAKE_REG: u64 = 1 << 8;

/// Closes everything but what is needed; tells the version of Landlock.
pub(super) fn close(needs: &Needs<'_>) -> io::Result<u64> {
    let version = sys::landlock_version()?;
    let rules = sys::landlock_rules(&decided(version))?;
    let folder = if needs.is_everything_read {
        place(Path::new("/"))?
    } else {
        File::from(needs.folder.try_clone_to_owned()?)
    };
    let mut allowed = vec![(READ_FILE | READ_DIR, folder)];
    // Where there is none, spans are copied.
    if let Ok(null) = place(Path::new("/dev/null")) {
        allowed.push((WRITE_FILE, null));
    }
    if let Some(log) = needs.log {
        if fs::metadata(log)?.is_file() {
            // A new one stands where the old one did, also where the name is a link to it.
            let file = fs::canonicalize(log)?;
            let folder = place(file.parent().unwrap_or(&file))?;
            allowed.push((WRITE_FILE | MAKE_REG, folder));
        } else {
            // A pipe, as behind /dev/stdout, takes no rule, and needs none.
            _ = sys::landlock_allow(rules.as_fd(), WRITE_FILE, place(log)?.as_fd());
        }
    }
    for (rights, at) in &allowed {
        sys::landlock_allow(rules.as_fd(), *rights, at.as_fd())?;
    }
    sys::landlock_obey(rules.as_fd())?;
    Ok(version)
}

/// All that this version can decide about.
///
/// ```text
/// 1 files   2 moves between folders   3 cutting   4 TCP ports   5 ioctl of devices   6 abstract sockets, signals
/// ```
fn decided(version: u64) -> Decided {
    let files = match version {
        ..=1 => 13,
        2 => 14,
        3 | 4 => 15,
        5.. => 16,
    };
    let all = |count: u64| (1 << count) - 1;
    Decided {
        files: all(files),
        network: if version < 4 { 0 } else { all(2) },
        scopes: if version < 6 { 0 } else { all(2) },
    }
}

/// A name for the kernel: not what stands there.
fn place(path: &Path) -> io::Result<File> {
    File::options()
        .read(true)
        .custom_flags(libc::O_PATH)
        .open(path)
}
