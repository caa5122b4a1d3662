//! Owns how listening sockets are passed in by whoever started us, such as systemd for a socket unit.
//! Knows nothing of who accepts from them.
//!
//! ```text
//! LISTEN_PID=4711                 for whom the others are meant; variables survive an exec, and then mean nothing
//! LISTEN_FDS=2                    descriptors 3 and 4
//! LISTEN_FDNAMES=home:guests      what their owner calls them
//! ```

use std::os::fd::{OwnedFd, RawFd};

use rustix::net::{AddressFamily, SocketType, sockopt};

use crate::net::sys;

/// The first that is passed in: 0, 1 and 2 are taken.
const FIRST: RawFd = 3;
/// As many as anybody has networks: each costs a descriptor in each worker.
const MOST: u16 = 64;

/// The sockets, each of which listens for streams of IPv4 or IPv6; none if none was passed in to this process.
///
/// Called before anything else is opened: a number that nobody has left for us would be something of ours.
pub fn sockets(environment: fn(&str) -> Option<String>) -> Result<Vec<OwnedFd>, String> {
    let mut sockets = Vec::new();
    let is_ours = environment("LISTEN_PID") == Some(std::process::id().to_string());
    let (true, Some(count)) = (is_ours, environment("LISTEN_FDS")) else {
        return Ok(sockets);
    };
    let Some(count) = count.parse::<u16>().ok().filter(|count| *count <= MOST) else {
        return Err(format!(
            "LISTEN_FDS: '{count}' is not a number from 0 to {MOST}"
        ));
    };
    let names = environment("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    for number in FIRST..FIRST + RawFd::from(count) {
        let name = names.next().unwrap_or_default();
        let socket = take(number).map_err(|why| format!("descriptor {number} ({name}) {why}"))?;
        sockets.push(socket);
    }
    Ok(sockets)
}

fn take(number: RawFd) -> Result<OwnedFd, &'static str> {
    let Ok(socket) = sys::inherited(number) else {
        return Err("was not passed in");
    };
    if sockopt::socket_type(&socket) != Ok(SocketType::STREAM) {
        return Err("is not a stream socket (ListenStream=)");
    }
    if sockopt::socket_acceptconn(&socket) != Ok(true) {
        return Err("does not listen (Accept=no is what is needed)");
    }
    match sockopt::socket_domain(&socket) {
        Ok(AddressFamily::INET | AddressFamily::INET6) => Ok(socket),
        _ => Err("is neither IPv4 nor IPv6"),
    }
}
