//! Owns mappings of files, and the rule that makes them safe: a mapped byte is never dereferenced.
//! Knows nothing of who sends the bytes.
//!
//! A file can be cut short by anybody at any time. Touching a page beyond its new end is SIGBUS, and
//! the process is gone. The kernel, though, when *it* reads such a page for `writev` or `vmsplice`,
//! answers EFAULT. So this type has no `&[u8]` to give: it lends an address and a length, and only
//! system calls are ever given them.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use memmap2::{MmapOptions, MmapRaw};

use crate::http::body::{FileState, Source, Window};
use crate::library::entry::Identity;
use crate::range::Span;

/// Windows kept of one file that is too large for one mapping: one for the stream and one for the
/// seek, for a few viewers.
const WINDOWS_MAX: usize = 4;

/// An open file and its mapping, made when its first byte is wanted.
#[derive(Debug)]
pub struct Mapped {
    file: File,
    identity: Identity,
    /// Whether the file had rested when it was opened: only then is a change of its bytes an
    /// error. A file that is being written (a recording, a download) is served as it comes.
    is_settled: bool,
    window_bytes: u64,
    whole: OnceLock<MmapRaw>,
    windows: Mutex<Vec<(u64, Arc<MmapRaw>)>>,
}

impl Mapped {
    /// Takes an open file; `window_bytes` is how much of it may be mapped at once.
    pub fn new(file: File, identity: Identity, is_settled: bool, window_bytes: usize) -> Self {
        Self {
            file,
            identity,
            is_settled,
            window_bytes: u64::try_from(window_bytes)
                .unwrap_or(u64::MAX)
                .max(PAGE_BYTES),
            whole: OnceLock::new(),
            windows: Mutex::new(Vec::new()),
        }
    }

    fn whole(&self) -> io::Result<&MmapRaw> {
        if let Some(map) = self.whole.get() {
            return Ok(map);
        }
        let len = usize::try_from(self.identity.len).map_err(io::Error::other)?;
        let map = MmapOptions::new().len(len).map_raw_read_only(&self.file)?;
        Ok(self.whole.get_or_init(|| map))
    }

    /// The window that begins at the multiple of `window_bytes` before `at`.
    fn windowed(&self, at: u64) -> io::Result<(u64, Arc<MmapRaw>)> {
        let start = at - at % self.window_bytes;
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = windows.iter().position(|(first, _)| *first == start) {
            // Most recently used last.
            let window = windows.remove(found);
            windows.push(window.clone());
            return Ok(window);
        }
        let len = self.window_bytes.min(self.identity.len - start);
        let len = usize::try_from(len).map_err(io::Error::other)?;
        let map = Arc::new(
            MmapOptions::new()
                .offset(start)
                .len(len)
                .map_raw_read_only(&self.file)?,
        );
        if windows.len() == WINDOWS_MAX {
            windows.remove(0);
        }
        windows.push((start, Arc::clone(&map)));
        Ok((start, map))
    }
}

/// Windows begin at page borders; 64 KiB pages are the largest that Linux has for files.
const PAGE_BYTES: u64 = 65_536;

impl Source for Mapped {
    fn window(&self, span: Span) -> io::Result<Window> {
        if span.end() > self.identity.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if self.identity.len <= self.window_bytes {
            let map = self.whole()?;
            let offset = usize::try_from(span.start()).map_err(io::Error::other)?;
            let len = usize::try_from(span.len()).map_err(io::Error::other)?;
            return Ok(Window {
                address: map.as_ptr().wrapping_add(offset),
                len,
                hold: None,
            });
        }
        let (start, map) = self.windowed(span.start())?;
        let offset = usize::try_from(span.start() - start).map_err(io::Error::other)?;
        let here = u64::try_from(map.len() - offset)
            .unwrap_or(u64::MAX)
            .min(span.len());
        let len = usize::try_from(here).map_err(io::Error::other)?;
        Ok(Window {
            address: map.as_ptr().wrapping_add(offset),
            len,
            hold: Some(map),
        })
    }

    fn promised_len(&self) -> u64 {
        self.identity.len
    }

    fn state(&self) -> io::Result<FileState> {
        let now = Identity::of(&rustix::fs::fstat(self.file.as_fd())?);
        let is_rewritten = self.is_settled
            && now.len == self.identity.len
            && now.modified_nanos != self.identity.modified_nanos;
        Ok(FileState {
            len: now.len,
            is_rewritten,
        })
    }
}

#[cfg(test)]
mod tests;
