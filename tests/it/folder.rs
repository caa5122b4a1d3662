//! The folder that a test serves, and the place around it that must stay out of reach.
//!
//! Owns files on disk. They are removed however the test ends.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;
use std::{process, thread};

use crate::posix;

/// A folder of videos, in a place of its own where things can lie outside of it.
pub(crate) struct Folder {
    place: PathBuf,
}

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // Many tests at once, each with hundreds of connections.
        posix::set_descriptors_max(process::id(), libc::RLIM_INFINITY);
        let place = std::env::temp_dir().join(format!("reeld-it-{}-{number}", process::id()));
        fs::create_dir_all(place.join("videos")).unwrap();
        Self { place }
    }

    pub(crate) fn videos(&self) -> PathBuf {
        self.place.join("videos")
    }

    /// A path beneath the served folder.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.videos().join(name)
    }

    /// A path beside the served folder.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }

    pub(crate) fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Puts a new file in the place of an old one, in one step.
    pub(crate) fn replace(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let new = self.outside("new");
        fs::write(&new, bytes).unwrap();
        fs::rename(new, self.path(name)).unwrap();
    }

    pub(crate) fn link(&self, name: &str, target: impl AsRef<Path>) {
        symlink(target, self.path(name)).unwrap();
    }

    pub(crate) fn open(&self, name: &str) -> File {
        File::options()
            .read(true)
            .write(true)
            .open(self.path(name))
            .unwrap()
    }

    pub(crate) fn set_modified(&self, name: &str, modified: SystemTime) {
        self.open(name).set_modified(modified).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(reason) = fs::remove_dir_all(&self.place) {
            assert!(thread::panicking(), "{}: {reason}", self.place.display());
        }
    }
}
