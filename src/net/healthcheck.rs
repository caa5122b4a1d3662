//! Owns asking a running server whether it is well, from beside it: for containers that hold nothing but the server.
//! Knows nothing of what being well means: the server says so itself.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{RecvFlags, SendFlags, SocketType, connect, recv, send, socket};

use crate::net::listener::family_of;

/// An address is a host that no server minds, whichever it is.
const QUESTION: &[u8] = b"GET /_/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
/// How the reply begins.
const WELL: &[u8] = b"HTTP/1.1 200";

/// Asks the server that listens at `address`, and waits for it for `patience`: once at its door and once inside.
/// A server that answers something else is a protocol error.
pub fn ask(address: SocketAddr, patience: Duration) -> Result<(), Errno> {
    let in_time = |error| match error {
        Errno::AGAIN | Errno::INPROGRESS => Errno::TIMEDOUT,
        error => error,
    };
    let socket = socket(family_of(address), SocketType::STREAM, None)?;
    // The first bounds `connect` as well, and the second one `recv` with all that it waits for.
    for way in [Timeout::Send, Timeout::Recv] {
        set_socket_timeout(&socket, way, Some(patience))?;
    }
    connect(&socket, &address).map_err(in_time)?;
    send(&socket, QUESTION, SendFlags::NOSIGNAL).map_err(in_time)?;
    let mut begin = [0; WELL.len()];
    let (count, _) = recv(&socket, &mut begin, RecvFlags::WAITALL).map_err(in_time)?;
    match count {
        _ if begin == WELL => Ok(()),
        // It hung up, or did not come to an end.
        count if WELL.get(..count) == begin.get(..count) => Err(Errno::TIMEDOUT),
        _ => Err(Errno::PROTO),
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
