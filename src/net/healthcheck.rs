//! Owns asking a running server whether it is well, from beside it: for containers that hold nothing but the server.
//! Knows nothing of what being well means: the server says so itself.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::net::clock;

/// How the reply begins.
const WELL: &[u8] = b"HTTP/1.1 200";

/// Asks the server that listens at `address`, and waits no longer than `patience` in all.
pub fn ask(address: SocketAddr, patience: Duration) -> io::Result<()> {
    let until = clock::now().steady + patience;
    let left = || {
        let left = until.saturating_duration_since(clock::now().steady);
        if left.is_zero() {
            Err(io::Error::from(io::ErrorKind::TimedOut))
        } else {
            Ok(left)
        }
    };
    let mut stream = TcpStream::connect_timeout(&address, left()?)?;
    stream.set_write_timeout(Some(left()?))?;
    let request = format!("GET /_/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut begin = [0; WELL.len()];
    let mut rest = &mut begin[..];
    while !rest.is_empty() {
        stream.set_read_timeout(Some(left()?))?;
        match stream.read(rest) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => rest = rest.split_at_mut(count).1,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            Err(error) => return Err(error),
        }
    }
    if begin == WELL {
        Ok(())
    } else {
        let begin = begin.escape_ascii();
        Err(io::Error::other(format!("it answered '{begin}'")))
    }
}

/// Where somebody on the same host asks what listens at all addresses.
pub fn beside(bound: SocketAddr) -> SocketAddr {
    let ip = if bound.ip().is_unspecified() {
        IpAddr::V4(Ipv4Addr::LOCALHOST)
    } else {
        bound.ip()
    };
    SocketAddr::new(ip, bound.port())
}
