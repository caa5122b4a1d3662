//! Owns the zero-copy way: page references of a mapping go through a pipe into a socket.
//! Knows nothing of replies.
//!
//! ```text
//! mapping ──vmsplice──▶ pipe (page references) ──splice──▶ socket
//!                         └────splice──▶ /dev/null    what the socket did not take
//! ```
//!
//! The pipe belongs to the worker, not to a connection, so it is empty between two calls. Only pages of a
//! mapped file may go this way: bytes of our own could be reused while the kernel still holds them.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::pipe::{PipeFlags, SpliceFlags};

use crate::net::sys::{self, Stretch};

/// A pipe, and where its leftovers go.
#[derive(Debug)]
pub struct Pipe {
    read: OwnedFd,
    write: OwnedFd,
    null: File,
}

/// A page of this binary: a mapped file page, as good as any to try with.
static PROBE: [u8; 1] = *b"r";

impl Pipe {
    /// Makes a pipe with room for `bytes`, and tries whether the kernel lets page references through.
    pub fn open(bytes: usize) -> io::Result<Self> {
        let flags = PipeFlags::CLOEXEC | PipeFlags::NONBLOCK;
        let (read, write) = rustix::pipe::pipe_with(flags)?;
        // A span that does not begin at a page border touches one page more. A smaller pipe works
        // as well: then less goes at a time.
        _ = rustix::pipe::fcntl_setpipe_size(&write, bytes.saturating_mul(2));
        let null = OpenOptions::new().write(true).open("/dev/null")?;
        let pipe = Self { read, write, null };
        let filled = sys::vmsplice(pipe.write.as_fd(), Stretch::of(&PROBE))?;
        pipe.discard(filled)?;
        Ok(pipe)
    }

    /// Offers `stretch` to the socket; tells how many bytes it took, and how many it was offered:
    /// the pipe may have room for less than the stretch. `has_more` holds back a last small packet.
    pub fn carry(
        &self,
        socket: BorrowedFd<'_>,
        stretch: Stretch<'_>,
        has_more: bool,
    ) -> io::Result<(u64, u64)> {
        let filled = sys::vmsplice(self.write.as_fd(), stretch)?;
        let more = if has_more {
            SpliceFlags::MORE
        } else {
            SpliceFlags::empty()
        };
        let flags = SpliceFlags::NONBLOCK | SpliceFlags::MOVE | more;
        let taken = rustix::pipe::splice(&self.read, None, socket, None, filled, flags);
        self.discard(filled.saturating_sub(*taken.as_ref().unwrap_or(&0)))?;
        let taken = match taken {
            Err(rustix::io::Errno::AGAIN) => 0,
            taken => taken?,
        };
        Ok((count(taken), count(filled)))
    }

    /// Empties the pipe: nothing may be left in it for the next connection.
    fn discard(&self, mut left: usize) -> io::Result<()> {
        while left > 0 {
            let flags = SpliceFlags::NONBLOCK;
            match rustix::pipe::splice(&self.read, None, &self.null, None, left, flags)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                gone => left = left.saturating_sub(gone),
            }
        }
        Ok(())
    }
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
