//! Owns listening sockets: for each worker one at each address, sharing the port, or its share of one that was
//! opened for us.
//! Knows nothing of what is accepted.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

use crate::limits::Limits;
use crate::net::sys;

/// The kernel cuts it to its own bound (net.core.somaxconn).
const BACKLOG: i32 = 4_096;

/// The listeners of one address: one for each worker.
#[derive(Debug)]
pub struct Shared {
    /// Where it listens; the port is known even if the kernel chose it.
    pub address: SocketAddr,
    /// One for each worker.
    pub listeners: Vec<TcpListener>,
}

/// Listens at one address for `workers` workers.
///
/// SO_REUSEPORT lets our workers share a port, but would also let a second server of the same user
/// share it unnoticed. So the first socket is bound without it, which the kernel refuses while
/// anybody listens there; only then is the port opened to the others.
pub fn listen(address: SocketAddr, workers: usize, limits: &Limits) -> io::Result<Shared> {
    let first = socket(address)?;
    rustix::net::bind(&first, &address)?;
    let address = local_address(&first)?;
    sockopt::set_socket_reuseport(&first, true)?;
    let mut sockets = vec![first];
    while sockets.len() < workers {
        let next = socket(address)?;
        sockopt::set_socket_reuseport(&next, true)?;
        rustix::net::bind(&next, &address)?;
        sockets.push(next);
    }
    let shared = shared(sockets, address, limits)?;
    for socket in &shared.listeners {
        rustix::net::listen(socket, BACKLOG)?;
    }
    Ok(shared)
}

/// Shares a socket that listens already among `workers` workers.
///
/// They all have the same one: each waits for it in a poll of its own, a connection wakes those who have nothing
/// to do, and the first takes it. None is forgotten, as each arrival is an edge for everybody. Other sockets for the same
/// port would be ours alone: what waits in them would be lost at a restart, and that is what the one is passed in for.
pub fn share(socket: OwnedFd, workers: usize, limits: &Limits) -> io::Result<Shared> {
    rustix::io::ioctl_fionbio(&socket, true)?;
    let address = local_address(&socket)?;
    let mut sockets = vec![socket];
    while let (Some(first), true) = (sockets.first(), sockets.len() < workers) {
        sockets.push(first.try_clone()?);
    }
    shared(sockets, address, limits)
}

fn shared(sockets: Vec<OwnedFd>, address: SocketAddr, limits: &Limits) -> io::Result<Shared> {
    for socket in &sockets {
        set_inherited(socket, limits)?;
    }
    let listeners = sockets.into_iter().map(TcpListener::from).collect();
    Ok(Shared { address, listeners })
}

/// Listens at every address of the host: IPv6 that takes IPv4 as well or, without IPv6, IPv4 alone.
pub fn listen_everywhere(port: u16, workers: usize, limits: &Limits) -> io::Result<Shared> {
    let v6 = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    match listen(v6, workers, limits) {
        Err(error) if is_no_ipv6(&error) => listen(
            SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)),
            workers,
            limits,
        ),
        result => result,
    }
}

/// What connections inherit from their listener; kernels that refuse it serve without.
///
/// TCP_USER_TIMEOUT is for peers that vanish without a word. Where a reply is under way our own deadlines
/// find them as soon; but when all of it is in the kernel, or the connection was closed on our side, only
/// the kernel waits for them, otherwise a quarter of an hour. Probes of TCP's own (SO_KEEPALIVE) would add
/// nothing: who is silent is closed after `idle_secs_max`, and a page's socket is pinged.
fn set_inherited(socket: &OwnedFd, limits: &Limits) -> io::Result<()> {
    sockopt::set_tcp_nodelay(socket, true).or_else(optional)?;
    _ = sys::set_notsent_lowat(socket.as_fd(), limits.unsent_bytes_max);
    let silence = limits.stall_secs_max.saturating_mul(1_000);
    sockopt::set_tcp_user_timeout(socket, u32::try_from(silence).unwrap_or(u32::MAX))
        .or_else(optional)?;
    Ok(())
}

fn is_no_ipv6(error: &io::Error) -> bool {
    let codes = [
        Errno::AFNOSUPPORT,
        Errno::ADDRNOTAVAIL,
        Errno::PROTONOSUPPORT,
    ];
    codes
        .iter()
        .any(|code| error.raw_os_error() == Some(code.raw_os_error()))
}

fn optional(error: Errno) -> Result<(), Errno> {
    if error == Errno::NOPROTOOPT || error == Errno::OPNOTSUPP {
        Ok(())
    } else {
        Err(error)
    }
}

/// What sockets of that address are.
pub fn family_of(address: SocketAddr) -> AddressFamily {
    if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    }
}

fn socket(address: SocketAddr) -> io::Result<OwnedFd> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = rustix::net::socket_with(family_of(address), SocketType::STREAM, flags, None)?;
    // A server that restarts must not wait for the old one's connections to be forgotten.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    if let SocketAddr::V6(v6) = address {
        sockopt::set_ipv6_v6only(&socket, !v6.ip().is_unspecified())?;
    }
    Ok(socket)
}

fn local_address(socket: &OwnedFd) -> io::Result<SocketAddr> {
    let address = rustix::net::getsockname(socket)?;
    SocketAddr::try_from(address).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn connections_inherit_from_their_listener() {
        let limits = Limits {
            stall_secs_max: 77,
            ..Limits::default()
        };
        let shared = listen(SocketAddr::from(([127, 0, 0, 1], 0)), 1, &limits).unwrap();
        let _peer = TcpStream::connect(shared.address).unwrap();
        let ready = |listener: &TcpListener| listener.accept().ok();
        let (accepted, _) = std::iter::repeat_with(|| ready(&shared.listeners[0]))
            .flatten()
            .next()
            .unwrap();
        assert!(sockopt::tcp_nodelay(&accepted).unwrap());
        assert_eq!(sockopt::tcp_user_timeout(&accepted).unwrap(), 77_000);
    }
}
