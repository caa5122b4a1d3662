//! Owns mappings of files, and the rule that makes them safe: a mapped byte is never dereferenced.
//! Knows nothing of who sends the bytes.
//!
//! A file can be cut short by anybody at any time. Touching a page beyond its new end is SIGBUS, and
//! the process is gone. The kernel, though, when *it* reads such a page for `writev` or `vmsplice`,
//! answers EFAULT. So this type has no `&[u8]` to give: it lends an address and a length, and only
//! system calls are ever given them.

#![expect(
    unsafe_code,
    reason = "mincore and madvise take addresses; each block says why it is sound"
)]

use std::fmt::{self, Debug};
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::{AtFlags, StatxFlags};

use crate::http::body::{FileState, Source, Window};
use crate::library::entry::Identity;
use crate::library::residency::{Residency, Sight};
use crate::range::Span;

/// Windows kept of one file that is too large for one mapping: one for the stream and one for the
/// seek, for a few viewers.
const WINDOWS_MAX: usize = 4;

/// Closes files somewhere else.
pub type Closer = Arc<dyn Fn(File) + Send + Sync>;

/// An open file. Closing it may wait for a disk that hangs (FUSE is told of each close, and answers),
/// so where there is a closer, it closes.
struct Open {
    /// There, until it is dropped.
    file: Option<File>,
    closer: Option<Closer>,
}

impl Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.fmt(f)
    }
}

impl Deref for Open {
    type Target = File;

    fn deref(&self) -> &File {
        self.file
            .as_ref()
            .expect("a file is there until it is dropped")
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let (Some(closer), Some(file)) = (&self.closer, self.file.take()) {
            closer(file);
        }
    }
}

/// An open file and its mapping, made when its first byte is wanted.
#[derive(Debug)]
pub struct Mapped {
    file: Open,
    identity: Identity,
    /// Whether the file had rested when it was opened: only then is a change of its bytes an
    /// error. A file that is being written (a recording, a download) is served as it comes.
    is_settled: bool,
    residency: Residency,
    window_bytes: u64,
    whole: OnceLock<MmapRaw>,
    windows: Mutex<Vec<(u64, Arc<MmapRaw>)>>,
}

impl Mapped {
    /// Takes an open file; `window_bytes` is how much of it may be mapped at once.
    pub fn new(
        file: File,
        identity: Identity,
        sight: Sight,
        is_settled: bool,
        window_bytes: usize,
    ) -> Self {
        let file = Open {
            file: Some(file),
            closer: None,
        };
        Self {
            file,
            identity,
            is_settled,
            residency: Residency::new(sight, identity.len),
            window_bytes: u64::try_from(window_bytes)
                .unwrap_or(u64::MAX)
                .max(PAGE_BYTES),
            whole: OnceLock::new(),
            windows: Mutex::new(Vec::new()),
        }
    }

    /// Has the file closed by somebody else, in the end.
    pub fn close_through(&mut self, closer: &Closer) {
        self.file.closer = Some(Arc::clone(closer));
    }

    /// All of its bytes, read and not mapped: for who must look at them. It may wait for a disk. The
    /// bytes are one version's: where the file was changed since it was opened, there are none.
    pub fn read_whole(&self) -> io::Result<Vec<u8>> {
        let len = usize::try_from(self.identity.len).map_err(io::Error::other)?;
        let mut bytes = vec![0; len];
        self.file.read_exact_at(&mut bytes, 0)?;
        let state = self.state()?;
        if state.len < self.identity.len || state.is_rewritten {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(bytes)
    }

    /// Reads as much as there is, up to the length that it was opened with. It may wait for a disk.
    pub fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.identity.len.saturating_sub(at)).unwrap_or(usize::MAX);
        let most = into.len().min(left);
        let mut rest = into.get_mut(..most).unwrap_or_default();
        let mut from = at;
        while !rest.is_empty() {
            match self.file.read_at(rest, from) {
                Ok(0) => break,
                Ok(count) => {
                    from += u64::try_from(count).map_err(io::Error::other)?;
                    rest = rest.get_mut(count..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(most - rest.len())
    }

    /// Whether the file is the version that was opened. It may wait for a disk.
    pub fn is_unchanged(&self) -> bool {
        let now = rustix::fs::fstat(&*self.file);
        now.is_ok_and(|stat| Identity::of(&stat) == self.identity)
    }

    /// Whether it had rested when it was opened.
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// Its length and time of modification, by what the kernel knows, without asking a server or a file system
    /// in user space: those may hang, and this is asked on a loop. The next look at the name brings their news.
    fn look(&self) -> io::Result<(u64, i128)> {
        let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
        let wanted = StatxFlags::SIZE | StatxFlags::MTIME;
        match rustix::fs::statx(&*self.file, c"", flags, wanted) {
            Ok(stat) => {
                let (secs, nanos) = (stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec);
                let modified_nanos = i128::from(secs) * 1_000_000_000 + i128::from(nanos);
                Ok((stat.stx_size, modified_nanos))
            }
            // Sandboxes that do not know it.
            Err(_) => {
                let now = Identity::of(&rustix::fs::fstat(&*self.file)?);
                Ok((now.len, now.modified_nanos))
            }
        }
    }

    fn whole(&self) -> io::Result<&MmapRaw> {
        if let Some(map) = self.whole.get() {
            return Ok(map);
        }
        let len = usize::try_from(self.identity.len).map_err(io::Error::other)?;
        let map = MmapOptions::new().len(len).map_raw_read_only(&*self.file)?;
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
                .map_raw_read_only(&*self.file)?,
        );
        if windows.len() == WINDOWS_MAX {
            windows.remove(0);
        }
        windows.push((start, Arc::clone(&map)));
        Ok((start, map))
    }
}

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

    fn origin(&self) -> u64 {
        self.identity.device
    }

    fn promised_len(&self) -> u64 {
        self.identity.len
    }

    fn state(&self) -> io::Result<FileState> {
        let (len, modified_nanos) = self.look()?;
        let is_rewritten = self.is_settled
            && len == self.identity.len
            && modified_nanos != self.identity.modified_nanos;
        Ok(FileState { len, is_rewritten })
    }

    fn is_resident(&self, span: Span, unix_secs: u64) -> bool {
        self.residency
            .is_resident(span, unix_secs, &self.file, |span| {
                let mut rest = Some(span);
                while let Some(span) = rest {
                    match self.window(span) {
                        Ok(window) if are_pages_there(&window) => rest = span.after(window.bytes()),
                        _ => return false,
                    }
                }
                true
            })
    }

    fn make_resident(&self, span: Span) -> io::Result<()> {
        let around = self.residency.around(span);
        // Where a file was cut, the whole blocks around the span are no longer all there.
        let came = self.read(around);
        if came.is_err() && around != span {
            self.read(span)?;
        } else {
            came?;
        }
        self.residency.note_span(span);
        Ok(())
    }

    fn release(&self, span: Span) {
        if let Ok(window) = self.window(span) {
            unmap_pages(&window);
        }
    }
}

impl Mapped {
    /// Reads a span for the sake of reading it: then its pages are in memory. It waits for the disk.
    ///
    /// MADV_POPULATE_READ would save the copy, but it may hold the lock of our address space while it
    /// waits: with a disk that hangs, the next `mmap` of the loop would hang as well.
    fn read(&self, span: Span) -> io::Result<()> {
        let mut room = vec![0; 1 << 16];
        let mut rest = Some(span);
        while let Some(span) = rest {
            let most = usize::try_from(span.len())
                .unwrap_or(usize::MAX)
                .min(room.len());
            match self
                .file
                .read_at(room.get_mut(..most).unwrap_or_default(), span.start())?
            {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => rest = span.after(u64::try_from(count).unwrap_or(u64::MAX)),
            }
        }
        Ok(())
    }
}

/// The same file for who has planned with its bytes: whatever was changed of it, the plan is of another version.
#[derive(Debug)]
pub struct Strict(pub Arc<Mapped>);

impl Source for Strict {
    fn state(&self) -> io::Result<FileState> {
        let (len, modified_nanos) = self.0.look()?;
        let was = &self.0.identity;
        Ok(FileState {
            len,
            is_rewritten: (len, modified_nanos) != (was.len, was.modified_nanos),
        })
    }

    fn window(&self, span: Span) -> io::Result<Window> {
        self.0.window(span)
    }

    fn origin(&self) -> u64 {
        self.0.origin()
    }

    fn promised_len(&self) -> u64 {
        self.0.promised_len()
    }

    fn is_resident(&self, span: Span, unix_secs: u64) -> bool {
        self.0.is_resident(span, unix_secs)
    }

    fn make_resident(&self, span: Span) -> io::Result<()> {
        self.0.make_resident(span)
    }

    fn release(&self, span: Span) {
        self.0.release(span);
    }
}

/// A window widened to whole pages, as the kernel wants it: address and length.
fn pages(window: &Window) -> (*mut libc::c_void, usize) {
    let page = rustix::param::page_size();
    let before = window.address.addr() % page;
    // Still inside the mapping: mappings begin at page borders.
    (
        window.address.wrapping_sub(before).cast_mut().cast(),
        window.len + before,
    )
}

/// Whether all pages of a window are in memory.
fn are_pages_there(window: &Window) -> bool {
    // A block and the page before it, at the smallest page size.
    let mut there = [0u8; 65];
    let (address, len) = pages(window);
    let count = len.div_ceil(rustix::param::page_size());
    if count > there.len() {
        return false;
    }
    // SAFETY: the address is a page border of a live mapping, and `there` has a byte for each page.
    let result = unsafe { libc::mincore(address, len, there.as_mut_ptr()) };
    result == 0 && there.iter().take(count).all(|page| page & 1 == 1)
}

/// Drops the pages of a window from this process; the kernel keeps them as it sees fit.
fn unmap_pages(window: &Window) {
    let (address, len) = pages(window);
    // SAFETY: the address is a page border of a live, shared, read-only mapping of a file: dropped
    // pages come back from the file. That the advice may fail changes nothing.
    unsafe { libc::madvise(address, len, libc::MADV_DONTNEED) };
}

/// Windows begin at page borders; 64 KiB pages are the largest that Linux has for files.
const PAGE_BYTES: u64 = 65_536;

#[cfg(test)]
mod tests;
