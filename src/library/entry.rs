//! Owns what is known of one open file: identity, version, media type, mapping.
//! Knows nothing of HTTP; its tag happens to be what an entity tag needs.

use std::io;
use std::sync::{Arc, OnceLock};

use rustix::fs::Stat;

use crate::http::body::Source;
use crate::http::etag;
use crate::library::map::{Closer, Mapped, Strict};
use crate::library::name::Name;
use crate::library::residency::Sight;
use crate::library::root::{Missing, Root};
use crate::media::mime::{self, MediaType};
use crate::media::package::{EDITION, ReadAt};
use crate::media::subtitle;

/// A file that rested for this long when it was opened is not being written.
const SETTLED_NANOS: i128 = 2_000_000_000;

/// What makes one version of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The device it is on.
    pub device: u64,
    /// Its inode: another file under the same name has another one.
    pub inode: u64,
    /// Its length in bytes.
    pub len: u64,
    /// When it was last modified, in nanoseconds since 1970 (earlier times are negative).
    pub modified_nanos: i128,
}

impl Identity {
    /// From what the kernel says of a file.
    pub fn of(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
            len: u64::try_from(stat.st_size).unwrap_or(0),
            modified_nanos: i128::from(stat.st_mtime) * 1_000_000_000
                + i128::from(stat.st_mtime_nsec),
        }
    }

    /// Whole seconds since 1970; earlier times count as 1970.
    pub fn modified_secs(&self) -> u64 {
        u64::try_from(self.modified_nanos / 1_000_000_000).unwrap_or(0)
    }

    /// Whether it may be being written at this moment. Times of the future count as rest: they never pass.
    pub fn is_settling(&self, wall_secs: u64) -> bool {
        let age = i128::from(wall_secs) * 1_000_000_000 - self.modified_nanos;
        (-SETTLED_NANOS..=SETTLED_NANOS).contains(&age)
    }

    /// The version of everything that is packaged of it: 16 hex digits.
    pub fn token(&self) -> Token {
        let mut digest = etag::digest(&EDITION.to_le_bytes());
        for number in [self.device, self.inode, self.len] {
            digest = etag::digest_on(digest, &number.to_le_bytes());
        }
        digest = etag::digest_on(digest, &self.modified_nanos.to_le_bytes());
        Token(etag::hex(digest))
    }

    /// The version, in letters that need no escaping anywhere: `inode-length-nanoseconds` in hex.
    /// Two rewrites of equal length within a second differ in their nanoseconds; a file moved
    /// into place differs in its inode.
    pub fn version(&self) -> String {
        format!(
            "{:x}-{:x}-{:x}",
            self.inode,
            self.len,
            self.modified_nanos.max(0)
        )
    }
}

/// The version of everything that is packaged of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token([u8; 16]);

impl Token {
    /// In hex.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// One version of one file, open.
#[derive(Debug)]
pub struct Entry {
    /// What it is a version of.
    pub identity: Identity,
    /// `"version"`, quotes included.
    pub etag: String,
    /// By its name.
    pub media_type: MediaType,
    /// When it was modified, as replies say it: room for what is written once for all of them.
    pub modified_text: OnceLock<[u8; 29]>,
    made: OnceLock<Arc<[u8]>>,
    source: Arc<Mapped>,
}

impl Entry {
    /// Opens the file of that name. `wall_secs` tells whether it is being written just now.
    pub fn open(
        root: &Root,
        name: Name<'_>,
        wall_secs: u64,
        window_bytes: usize,
    ) -> Result<Self, Missing> {
        let (file, stat) = root.open_file(name)?;
        let identity = Identity::of(&stat);
        let is_settled = !identity.is_settling(wall_secs);
        let sight = Sight::of(&file, &stat);
        let mapped = Mapped::new(file, identity, sight, is_settled, window_bytes);
        Ok(Self {
            identity,
            etag: format!("\"{}\"", identity.version()),
            media_type: mime::of_name(name.as_bytes()),
            modified_text: OnceLock::new(),
            made: OnceLock::new(),
            source: Arc::new(mapped),
        })
    }

    /// The same, its file being closed by somebody else in the end: a disk that hangs may hold that up.
    pub fn closed_through(mut self, closer: &Closer) -> Self {
        if let Some(source) = Arc::get_mut(&mut self.source) {
            source.close_through(closer);
        }
        self
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.identity.len
    }

    /// Whether it holds no byte.
    pub fn is_empty(&self) -> bool {
        self.identity.len == 0
    }

    /// The tag without its quotes: what `?v=` carries.
    pub fn version(&self) -> &str {
        self.etag.trim_matches('"')
    }

    /// Where its bytes come from.
    pub fn source(&self) -> Arc<dyn Source> {
        Arc::<Mapped>::clone(&self.source)
    }

    /// The same for who has planned with them: where anything was changed, they are of another version.
    pub fn strict_source(&self) -> Arc<dyn Source> {
        Arc::new(Strict(Arc::clone(&self.source)))
    }

    /// Its subtitles as WebVTT, if they were made already.
    pub fn translated(&self) -> Option<Arc<[u8]>> {
        self.made.get().cloned()
    }

    /// Reads it and makes WebVTT of its subtitles, once; it may wait for a disk.
    ///
    /// All replies share what is made: however many readers are slow, it is in memory once.
    pub fn translate(&self) -> io::Result<Arc<[u8]>> {
        if let Some(made) = self.made.get() {
            return Ok(Arc::clone(made));
        }
        let made = subtitle::to_vtt(&self.source.read_whole()?).into_bytes();
        Ok(Arc::clone(self.made.get_or_init(|| made.into())))
    }

    /// All of its bytes, of one version; it may wait for a disk.
    pub fn read_whole(&self) -> io::Result<Vec<u8>> {
        self.source.read_whole()
    }

    /// Whether the file still is the version that was opened; it may wait for a disk.
    pub fn is_unchanged(&self) -> bool {
        self.source.is_unchanged()
    }

    /// Whether a change of its bytes would be noticed while they are sent.
    pub fn is_settled(&self) -> bool {
        self.source.is_settled()
    }

    /// Whether a reply under way still uses it.
    pub fn is_in_use(&self) -> bool {
        Arc::strong_count(&self.source) > 1
    }
}

/// For who looks into it: it may wait for a disk.
impl ReadAt for Entry {
    fn file_len(&self) -> u64 {
        self.len()
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.source.read_at(at, into)
    }
}
