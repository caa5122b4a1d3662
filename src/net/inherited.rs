//! Owns how listening sockets are passed in by whoever started us, such as systemd for a socket unit.
//! Knows nothing of who accepts from them.
//!
//! ```text
//! LISTEN_PID=4711                 for whom the others are meant; variables survive an exec, and then mean nothing
//! LISTEN_FDS=2                    descriptors 3 and 4
//! LISTEN_FDNAMES=home:guests      what their owner calls them
//! ```

use std::ffi::OsString;
use std::os::fd::{OwnedFd, RawFd};

use rustix::net::{AddressFamily, SocketType, sockopt};

use crate::net::sys;

/// The first that is passed in: 0, 1 and 2 are taken.
const FIRST: RawFd = 3;
/// As many as anybody has networks: each costs a descriptor in each worker.
const MOST: RawFd = 64;

/// The sockets, each of which listens for streams of IPv4 or IPv6; none if none was passed in to this process.
///
/// Called before anything else is opened: a number that nobody has left for us would be something of ours.
pub fn sockets(environment: impl Fn(&str) -> Option<OsString>) -> Result<Vec<OwnedFd>, String> {
    let text = |name: &str| environment(name).and_then(|value| value.into_string().ok());
    let is_ours = text("LISTEN_PID").is_some_and(|pid| pid == std::process::id().to_string());
    let (true, Some(count)) = (is_ours, text("LISTEN_FDS")) else {
        return Ok(Vec::new());
    };
    let count = count
        .parse()
        .ok()
        .filter(|count| (0..=MOST).contains(count))
        .ok_or_else(|| format!("LISTEN_FDS: '{count}' is not a number from 0 to {MOST}"))?;
    let names = text("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    let mut sockets = Vec::new();
    for number in FIRST..FIRST + count {
        let name = names.next().filter(|name| !name.is_empty());
        let failed = |why: &str| match name {
            Some(name) => format!("descriptor {number} ('{name}') {why}"),
            None => format!("descriptor {number} {why}"),
        };
        let socket = sys::inherited(number)
            .map_err(|error| failed(&format!("was not passed in: {error}")))?;
        check(&socket).map_err(failed)?;
        sockets.push(socket);
    }
    Ok(sockets)
}

fn check(socket: &OwnedFd) -> Result<(), &'static str> {
    if sockopt::socket_type(socket) != Ok(SocketType::STREAM) {
        return Err("is not a stream socket (ListenStream=)");
    }
    if sockopt::socket_acceptconn(socket) != Ok(true) {
        return Err("does not listen (Accept=no is what is needed)");
    }
    match sockopt::socket_domain(socket) {
        Ok(AddressFamily::INET | AddressFamily::INET6) => Ok(()),
        _ => Err("is neither IPv4 nor IPv6"),
    }
}
