//! Owns standard output and standard error: whatever is printed, by anybody, can neither end the server
//! nor stall it.
//! Knows nothing of what is printed.
//!
//! ```text
//! print macros, the logger ──▶ pipe (descriptors 1 and 2) ──▶ this thread ──▶ the real 1 and 2
//! ```
//!
//! Print macros panic when the other end of their pipe has been closed, and wait when it is full.
//! Our own pipe is never closed and always read. What the real one does not take is dropped.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PipeFlags, pipe_with};

/// A write of this size to a pipe that is ready does not block (PIPE_BUF).
const CHUNK: usize = 4_096;
/// How long a reader that is only slow is waited for, before its lines are dropped.
const PATIENCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// The guard. [`Console::finish`] lets out what was printed and puts things back.
#[derive(Debug)]
pub struct Console {
    thread: JoinHandle<()>,
    real_out: OwnedFd,
    real_err: OwnedFd,
}

/// One of the two streams.
struct Stream {
    from: Option<OwnedFd>,
    to: OwnedFd,
    is_stuck: bool,
}

impl Console {
    /// Puts the pipes in place.
    pub fn guard() -> io::Result<Self> {
        let real_out = rustix::io::dup(rustix::stdio::stdout())?;
        let real_err = rustix::io::dup(rustix::stdio::stderr())?;
        let (out_from, out_to) = pipe_with(PipeFlags::CLOEXEC)?;
        let (err_from, err_to) = pipe_with(PipeFlags::CLOEXEC)?;
        let streams = [
            Stream {
                from: Some(out_from),
                to: real_out.try_clone()?,
                is_stuck: false,
            },
            Stream {
                from: Some(err_from),
                to: real_err.try_clone()?,
                is_stuck: false,
            },
        ];
        rustix::stdio::dup2_stdout(&out_to)?;
        rustix::stdio::dup2_stderr(&err_to)?;
        let thread = std::thread::Builder::new()
            .name("console".into())
            .spawn(move || carry(streams))?;

        // A panic ends the process before the thread could carry its words: they go out directly.
        let direct = real_err.try_clone()?;
        std::panic::set_hook(Box::new(move |panic| {
            _ = rustix::io::write(&direct, format!("reeld: {panic}\n").as_bytes());
        }));
        Ok(Self {
            thread,
            real_out,
            real_err,
        })
    }

    /// Puts the real descriptors back, which closes the pipes, and waits until they are empty.
    pub fn finish(self) {
        let restored = rustix::stdio::dup2_stdout(&self.real_out)
            .and_then(|()| rustix::stdio::dup2_stderr(&self.real_err));
        if restored.is_ok() {
            _ = self.thread.join();
        }
    }
}

/// Carries bytes until both pipes are closed.
fn carry(mut streams: [Stream; 2]) {
    let mut buffer = [0u8; CHUNK];
    while streams.iter().any(|stream| stream.from.is_some()) {
        let mut ready = [false; 2];
        {
            let open = streams.iter().enumerate();
            let (places, mut fds): (Vec<usize>, Vec<PollFd<'_>>) = open
                .filter_map(|(place, stream)| {
                    Some((
                        place,
                        PollFd::from_borrowed_fd(stream.from.as_ref()?.as_fd(), PollFlags::IN),
                    ))
                })
                .unzip();
            if poll(&mut fds, None).is_err() {
                continue;
            }
            for (place, fd) in places.into_iter().zip(&fds) {
                ready[place] = !fd.revents().is_empty();
            }
        }
        for (stream, _) in streams
            .iter_mut()
            .zip(ready)
            .filter(|(_, is_ready)| *is_ready)
        {
            stream.carry_once(&mut buffer);
        }
    }
}

impl Stream {
    fn carry_once(&mut self, buffer: &mut [u8]) {
        let Some(from) = &self.from else { return };
        let bytes = match rustix::io::read(from, &mut *buffer) {
            Ok(0) => {
                self.from = None;
                return;
            }
            Ok(count) => buffer.get(..count).unwrap_or_default(),
            Err(_) => return,
        };
        // Written in pieces only where the reader takes pieces; an error is a reader that is gone.
        let mut rest = bytes;
        while !rest.is_empty() && self.is_ready() {
            match rustix::io::write(&self.to, rest) {
                Ok(taken) => rest = rest.get(taken..).unwrap_or_default(),
                Err(_) => break,
            }
        }
    }

    fn is_ready(&mut self) -> bool {
        let patience = if self.is_stuck {
            Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            }
        } else {
            PATIENCE
        };
        let mut fds = [PollFd::new(&self.to, PollFlags::OUT)];
        self.is_stuck = !matches!(poll(&mut fds, Some(&patience)), Ok(1..));
        !self.is_stuck
    }
}
