//! Owns the way of pieces into a socket.
//! Knows nothing of what the pieces mean.
//!
//! The copying way: one `writev` takes heads and mapped bytes of as many replies as fit a quantum. A
//! mapped byte is given to the kernel as an address; it is never read here (`library/map.rs`
//! says why).

use std::io;
use std::os::fd::AsFd;

use crate::conn::CloseReason;
use crate::http::body::{Body, FileState, Part, Source, Window};
use crate::net::sys::{self, Stretch};
use crate::range::Span;

/// What became of one offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The socket took so many bytes and may take more.
    Took(u64),
    /// The socket took so many and is full: its edge will tell when it is not.
    Blocked(u64),
    /// The connection cannot go on.
    Failed(CloseReason),
}

/// As many stretches as leave in one call. More pieces than that are rare: sixteen pipelined replies.
const STRETCHES: usize = 32;

/// Offers up to `quantum` bytes from the front of `body` to the socket.
pub fn send(socket: impl AsFd, body: &Body, quantum: u64) -> Sent {
    let mut stretches = [Stretch::EMPTY; STRETCHES];
    let mut holds: [Option<Window>; STRETCHES] = [const { None }; STRETCHES];
    let mut count = 0usize;
    let mut offered = 0u64;
    let mut file = None;

    for part in body.parts() {
        if count == STRETCHES || offered >= quantum {
            break;
        }
        let stretch = match part {
            Part::Bytes(bytes) => Stretch::of(bytes),
            Part::Slice(source, span) => {
                let Some(span) = span.first(quantum - offered) else {
                    break;
                };
                match offer(source.as_ref(), span) {
                    Ok(window) => {
                        let stretch = Stretch::of_window(&window);
                        holds[count] = window.hold.is_some().then_some(window);
                        file = Some(source);
                        stretch
                    }
                    // What stands before it leaves first; the fault comes up again, then in front.
                    Err(_) if count > 0 => break,
                    Err(reason) => return Sent::Failed(reason),
                }
            }
        };
        stretches[count] = stretch;
        count += 1;
        offered += stretch.len();
    }

    match sys::writev(socket.as_fd(), &stretches[..count]) {
        Ok(taken) if taken == offered => Sent::Took(taken),
        // A short write means a full socket, or a file that was cut while the kernel read it: then
        // no edge would ever come.
        Ok(taken) if file.is_none_or(|source| is_whole(source.as_ref())) => Sent::Blocked(taken),
        Ok(taken) => Sent::Took(taken),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Sent::Blocked(0),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Sent::Took(0),
        // The kernel could not read the file. Nothing of this call was sent: a file that was cut is
        // clipped at the next offer, any other cannot be read.
        Err(error) if sys::is_fault(&error) => match file {
            Some(source) if !is_whole(source.as_ref()) => Sent::Took(0),
            _ => Sent::Failed(CloseReason::FileUnreadable),
        },
        Err(_) => Sent::Failed(CloseReason::PeerGone),
    }
}

/// Where the first bytes of `span` are, clipped to what the file has at this moment: beyond its end,
/// but within its last page, the kernel would send zeros.
fn offer(source: &dyn Source, span: Span) -> Result<Window, CloseReason> {
    let FileState { len, is_rewritten } =
        source.state().map_err(|_| CloseReason::FileUnreadable)?;
    if is_rewritten {
        return Err(CloseReason::FileRewritten);
    }
    let there = Span::new(span.start(), span.end().min(len)).ok_or(CloseReason::FileShrank)?;
    source
        .window(there)
        .map_err(|_| CloseReason::FileUnreadable)
}

fn is_whole(source: &dyn Source) -> bool {
    source
        .state()
        .is_ok_and(|state| !state.is_rewritten && state.len >= source.promised_len())
}
