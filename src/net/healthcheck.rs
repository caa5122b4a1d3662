//! Owns asking a running server whether it is well, from beside it: for containers that hold nothing but the server.
//! Knows nothing of what being well means: the server says so itself.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, connect, recv, socket_with};

/// How the reply begins.
const WELL: &[u8] = b"HTTP/1.1 200";

/// Asks the server that listens at `address`, and waits for it for `patience`: once at its door and once inside.
pub fn ask(address: SocketAddr, patience: Duration) -> io::Result<()> {
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    // The first bounds `connect` as well, and the second one `recv` with all that it waits for.
    for way in [Timeout::Send, Timeout::Recv] {
        set_socket_timeout(&socket, way, Some(patience))?;
    }
    let in_time = |error| match error {
        Errno::AGAIN | Errno::INPROGRESS => Errno::TIMEDOUT,
        error => error,
    };
    connect(&socket, &address).map_err(in_time)?;
    let mut stream = TcpStream::from(socket);
    let request = format!("GET /_/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut begin = [0; WELL.len()];
    let (count, _) = recv(&stream, &mut begin, RecvFlags::WAITALL).map_err(in_time)?;
    if begin == WELL {
        return Ok(());
    }
    let begin = begin.get(..count).unwrap_or_default().escape_ascii();
    Err(io::Error::other(format!("it answered '{begin}'")))
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
