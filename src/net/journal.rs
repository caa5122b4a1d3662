//! Owns the way of access log lines to their file: buffers go to a thread, and are dropped and counted
//! where the disk is too slow for them.
//! Knows nothing of what a line says.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Standard output, which the console guards.
    Stdout,
    /// A file that is appended to, and opened again when asked.
    File(PathBuf),
}

enum Message {
    Lines(String),
    Reopen,
}

/// A handle for workers and for the main thread.
#[derive(Debug, Clone)]
pub struct Journal {
    sender: SyncSender<Message>,
    dropped: Arc<AtomicU64>,
}

impl Journal {
    /// Starts the thread.
    pub fn start(mut sink: Sink, buffers_max: usize) -> io::Result<(Self, Ending)> {
        let (sender, receiver) = sync_channel(buffers_max);
        let dropped = Arc::new(AtomicU64::new(0));
        let dropped_too = Arc::clone(&dropped);
        let (ended, ending) = sync_channel(1);
        std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || {
                sink.run(&receiver, &dropped_too);
                _ = ended.try_send(());
            })?;
        Ok((Self { sender, dropped }, Ending(ending)))
    }

    /// Hands lines over; never waits.
    pub fn write(&self, lines: String) {
        if let Err(TrySendError::Full(Message::Lines(lines))) =
            self.sender.try_send(Message::Lines(lines))
        {
            let count = lines.bytes().filter(|&byte| byte == b'\n').count();
            self.dropped
                .fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        }
    }

    /// Opens the file again: it was renamed by who rotates logs.
    pub fn reopen(&self) {
        _ = self.sender.try_send(Message::Reopen);
    }
}

/// Tells when the last line has been written.
#[derive(Debug)]
pub struct Ending(Receiver<()>);

impl Ending {
    /// Waits until all handles are gone and what they handed over is written, but not for a disk that
    /// takes nothing.
    pub fn wait(&self) {
        _ = self.0.recv_timeout(PATIENCE);
    }
}

/// For the last lines at a stop.
const PATIENCE: Duration = Duration::from_secs(1);

/// A place that is open.
#[derive(Debug)]
pub enum Sink {
    /// Standard output.
    Stdout,
    /// A file, and its name to open it again by.
    File(PathBuf, LogFile),
}

/// A file that is appended to.
#[derive(Debug)]
pub struct LogFile {
    file: File,
    /// Its last line may have been cut off by a full disk.
    is_cut: bool,
}

impl LogFile {
    fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Self {
            file,
            is_cut: false,
        })
    }

    fn write(&mut self, lines: &str) -> io::Result<()> {
        if std::mem::replace(&mut self.is_cut, true) {
            self.file.write_all(b"\n")?;
        }
        self.file.write_all(lines.as_bytes())?;
        self.is_cut = false;
        Ok(())
    }
}

impl Sink {
    /// Opens the place.
    pub fn open(place: Place) -> io::Result<Self> {
        Ok(match place {
            Place::Stdout => Self::Stdout,
            Place::File(path) => {
                let file = LogFile::open(&path)?;
                Self::File(path, file)
            }
        })
    }

    /// The file that will be opened again.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdout => None,
            Self::File(path, _) => Some(path),
        }
    }

    fn run(&mut self, receiver: &Receiver<Message>, dropped: &AtomicU64) {
        for message in receiver {
            match message {
                Message::Lines(lines) => self.write(&lines),
                Message::Reopen => self.reopen(),
            }
            let lost = dropped.swap(0, Ordering::Relaxed);
            if lost > 0 {
                log::warn!("access log: {lost} lines dropped, the disk is too slow");
            }
        }
    }

    fn write(&mut self, lines: &str) {
        let result = match self {
            Self::Stdout => io::stdout().lock().write_all(lines.as_bytes()),
            Self::File(_, file) => file.write(lines),
        };
        if let Err(error) = result {
            log::warn!("access log: {error}");
        }
    }

    fn reopen(&mut self) {
        if let Self::File(path, file) = self {
            match LogFile::open(path) {
                Ok(again) => *file = again,
                Err(error) => log::warn!("access log: {}: {error}", path.display()),
            }
        }
    }
}
