//! The system calls that only a siege makes: limits, namespaces, mounts, and the lives of processes.
//!
//! Owns the `unsafe` of this crate beside `posix`. Knows nothing of HTTP.

#![expect(unsafe_code, reason = "each is one libc call with checked arguments")]

use std::ffi::CString;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;
use std::{fs, io, ptr};

use rustix::net::{AddressFamily, SocketFlags, SocketType};

pub(crate) use libc::{SIGCONT, SIGSTOP};

/// Raises the limit of descriptors as far as it may be, and says what it is.
pub(crate) fn raise_descriptors() -> usize {
    crate::posix::set_descriptors_max(std::process::id(), libc::RLIM_INFINITY);
    descriptors_max()
}

/// How many descriptors this process may have.
pub(crate) fn descriptors_max() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .unwrap();
    let soft = line.split_whitespace().nth(3).unwrap();
    soft.parse().unwrap_or(usize::MAX)
}

/// Puts this thread, and what it starts, into a network of its own. Tells whether it might.
pub(crate) fn leave_network() -> bool {
    // SAFETY: unshare takes one integer and touches no memory of ours.
    unsafe { libc::unshare(libc::CLONE_NEWNET) == 0 }
}

/// Gives this thread, and what it starts, mounts of its own. Tells whether it might.
pub(crate) fn leave_mounts() -> bool {
    // SAFETY: unshare takes one integer and touches no memory of ours.
    let has_left = unsafe { libc::unshare(libc::CLONE_NEWNS) == 0 };
    has_left
        && mount(
            "none",
            Path::new("/"),
            None,
            libc::MS_REC | libc::MS_PRIVATE,
            "",
        )
}

/// Mounts a file system in memory of so many bytes.
pub(crate) fn mount_memory(at: &Path, bytes: usize) -> bool {
    mount("tmpfs", at, Some("tmpfs"), 0, &format!("size={bytes}"))
}

/// Takes a mount away, as soon as nobody uses it.
pub(crate) fn unmount(at: &Path) {
    let at = CString::new(at.as_os_str().as_bytes()).unwrap();
    // SAFETY: the path ends in NUL and lives until the call returns.
    unsafe { libc::umount2(at.as_ptr(), libc::MNT_DETACH) };
}

fn mount(source: &str, at: &Path, kind: Option<&str>, flags: libc::c_ulong, options: &str) -> bool {
    let source = CString::new(source).unwrap();
    let at = CString::new(at.as_os_str().as_bytes()).unwrap();
    let kind = kind.map(|kind| CString::new(kind).unwrap());
    let options = CString::new(options).unwrap();
    let kind = kind.as_ref().map_or(ptr::null(), |kind| kind.as_ptr());
    // SAFETY: all texts end in NUL and live until the call returns; a null type is allowed with these flags.
    unsafe {
        libc::mount(
            source.as_ptr(),
            at.as_ptr(),
            kind,
            flags,
            options.as_ptr().cast(),
        ) == 0
    }
}

/// Connects from one of the addresses of loopback, so that the peers are told apart.
pub(crate) fn connect_from(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let flags = SocketFlags::CLOEXEC;
    let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    // Also bounds how long connecting may take.
    let patience = Some(Duration::from_secs(10));
    rustix::net::sockopt::set_socket_timeout(
        &socket,
        rustix::net::sockopt::Timeout::Send,
        patience,
    )?;
    rustix::net::bind(&socket, &SocketAddr::from((from, 0)))?;
    rustix::net::connect(&socket, &to)?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    stream.set_read_timeout(patience)?;
    Ok(stream)
}

/// The number by which others name this thread.
pub(crate) fn thread_id() -> u32 {
    // SAFETY: gettid has no arguments and cannot fail.
    let id = unsafe { libc::gettid() };
    u32::try_from(id).unwrap()
}
