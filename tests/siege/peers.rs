//! Hostile peers: bare streams that nobody waits for.
//!
//! Owns how they come, speak, listen and go. Knows nothing of what they say.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::{client, house, posix};

/// Longest wait for one step of one peer.
const PATIENCE: Duration = Duration::from_secs(10);

/// So many peers, or as many as there are descriptors for.
pub(crate) fn scaled(wanted: usize) -> usize {
    wanted.min(house::room())
}

/// A GET with these fields.
pub(crate) fn get(target: &str, fields: &[&str]) -> String {
    client::request("GET", target, fields)
}

/// One peer.
#[track_caller]
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).expect("a place in the queue");
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// One peer for which the kernel takes little.
#[track_caller]
pub(crate) fn connect_narrow(address: SocketAddr) -> TcpStream {
    let stream = connect(address);
    posix::set_receive_buffer(&stream, 4_096);
    stream
}

/// Says something; the server may have gone, or may not listen.
pub(crate) fn try_say(stream: &mut TcpStream, bytes: impl AsRef<[u8]>) {
    drop(stream.write_all(bytes.as_ref()));
}

/// Says it as often as it is taken at once, and tells how many bytes were.
pub(crate) fn say_until_full(stream: &mut TcpStream, bytes: &[u8], most: usize) -> usize {
    stream.set_nonblocking(true).unwrap();
    let (mut taken, mut refused) = (0, 0);
    while taken < most && refused < 20 {
        let at = taken % bytes.len();
        match stream.write(&bytes[at..]) {
            Ok(count) => (taken, refused) = (taken + count, 0),
            Err(why) if why.kind() == io::ErrorKind::WouldBlock => {
                refused += 1;
                thread::sleep(Duration::from_millis(10));
            }
            Err(_) => break,
        }
    }
    stream.set_nonblocking(false).unwrap();
    taken
}

/// All that comes until the end, however it ends.
pub(crate) fn hear_out(stream: &mut TcpStream) -> Vec<u8> {
    let mut came = Vec::new();
    let mut buffer = [0; 1 << 16];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        came.extend_from_slice(&buffer[..count]);
        // The film comes some times over where a request of a pipeline lost its Range.
        assert!(came.len() < 512 << 20, "no end");
    }
    came
}

/// Goes with a reset.
pub(crate) fn reset(stream: TcpStream) {
    posix::reset_on_close(&stream);
    drop(stream);
}

/// The status of a reply, if it is one.
pub(crate) fn status(reply: &[u8]) -> Option<u16> {
    let rest = reply.strip_prefix(b"HTTP/1.1 ")?;
    std::str::from_utf8(rest.get(..3)?).ok()?.parse().ok()
}

/// Many peers at once.
pub(crate) struct Crowd(pub(crate) Vec<TcpStream>);

impl Crowd {
    #[track_caller]
    pub(crate) fn come(address: SocketAddr, count: usize) -> Self {
        Self((0..count).map(|_| connect(address)).collect())
    }

    /// Peers for which the kernel takes little.
    #[track_caller]
    pub(crate) fn come_narrow(address: SocketAddr, count: usize) -> Self {
        Self((0..count).map(|_| connect_narrow(address)).collect())
    }

    /// As many as the queue takes, without waiting for a place in it.
    pub(crate) fn push_in(address: SocketAddr, count: usize) -> Self {
        let patience = Duration::from_millis(300);
        let came = (0..count).filter_map(|_| TcpStream::connect_timeout(&address, patience).ok());
        Self(came.collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn say(&mut self, bytes: impl AsRef<[u8]>) {
        for peer in &mut self.0 {
            try_say(peer, bytes.as_ref());
        }
    }

    /// Reads once from each.
    pub(crate) fn hear_something(&mut self) {
        let mut buffer = [0; 4_096];
        for peer in &mut self.0 {
            drop(peer.read(&mut buffer));
        }
    }

    /// Says it to one after the other, a byte a second, until that moment; then tells how many of them
    /// have been answered with that status.
    pub(crate) fn drip(&mut self, bytes: &[u8], lasts: Duration, status_wanted: u16) -> usize {
        let began = Instant::now();
        for (second, byte) in bytes.iter().cycle().enumerate() {
            let due = Duration::from_secs(second as u64);
            if due >= lasts {
                break;
            }
            thread::sleep(due.saturating_sub(began.elapsed()));
            self.say([*byte]);
        }
        self.answered(status_wanted)
    }

    /// How many have been answered so, as far as they have been answered.
    pub(crate) fn answered(&mut self, status_wanted: u16) -> usize {
        let mut count = 0;
        for peer in &mut self.0 {
            peer.set_nonblocking(true).unwrap();
            let mut head = [0; 64];
            let len = peer.read(&mut head).unwrap_or(0);
            count += usize::from(status(&head[..len]) == Some(status_wanted));
            peer.set_nonblocking(false).unwrap();
        }
        count
    }
}

/// What comes, until it is so much or the end.
pub(crate) fn hear_some(stream: &mut TcpStream, least: usize) -> Vec<u8> {
    let mut came = Vec::new();
    let mut buffer = [0; 1 << 16];
    while came.len() < least {
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => came.extend_from_slice(&buffer[..count]),
            _ => break,
        }
    }
    came
}
