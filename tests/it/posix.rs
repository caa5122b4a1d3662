//! The few system calls that these tests need and the standard library does not offer.
//!
//! Owns all `unsafe` of the crate. Knows nothing of HTTP.

#![expect(unsafe_code, reason = "each is one libc call with checked arguments")]

use std::ffi::CString;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::{io, ptr};

pub(crate) use libc::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};

/// Who runs the tests; root may read every file, whatever its mode.
pub(crate) fn is_root() -> bool {
    // SAFETY: geteuid has no arguments and cannot fail.
    unsafe { libc::geteuid() == 0 }
}

/// Sends `signal` to a child that has not been waited for.
pub(crate) fn send_signal(pid: u32, signal: libc::c_int) {
    // SAFETY: kill takes two integers and touches no memory of ours.
    let outcome = unsafe { libc::kill(libc::pid_t::try_from(pid).unwrap(), signal) };
    done(outcome, "kill");
}

/// Makes a named pipe.
pub(crate) fn make_fifo(path: &Path) {
    let path = CString::new(path.as_os_str().as_bytes()).unwrap();
    // SAFETY: `path` ends in NUL and lives until the call returns.
    let outcome = unsafe { libc::mkfifo(path.as_ptr(), 0o644) };
    done(outcome, "mkfifo");
}

/// Sets the soft limit of open descriptors of a running child; its hard limit stays.
pub(crate) fn set_descriptors_max(pid: u32, soft: libc::rlim_t) {
    let pid = libc::pid_t::try_from(pid).unwrap();
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: no new limit is given, and `limit` is a valid place for the old one.
    let outcome = unsafe { libc::prlimit(pid, libc::RLIMIT_NOFILE, ptr::null(), &raw mut limit) };
    done(outcome, "prlimit");
    limit.rlim_cur = soft.min(limit.rlim_max);
    // SAFETY: `limit` is a valid new limit, and the old one is not asked for.
    let outcome =
        unsafe { libc::prlimit(pid, libc::RLIMIT_NOFILE, &raw const limit, ptr::null_mut()) };
    done(outcome, "prlimit");
}

/// Makes the close of `stream` a reset instead of an orderly end.
pub(crate) fn reset_on_close(stream: &TcpStream) {
    set(
        stream,
        libc::SO_LINGER,
        &libc::linger {
            l_onoff: 1,
            l_linger: 0,
        },
    );
}

/// Bounds what the kernel takes for a client that does not read.
pub(crate) fn set_receive_buffer(stream: &TcpStream, bytes: libc::c_int) {
    set(stream, libc::SO_RCVBUF, &bytes);
}

fn set<T>(stream: &TcpStream, name: libc::c_int, value: &T) {
    let len = libc::socklen_t::try_from(size_of::<T>()).unwrap();
    // SAFETY: `value` lives until the call returns and is `len` bytes long.
    let outcome = unsafe {
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            name,
            ptr::from_ref(value).cast(),
            len,
        )
    };
    done(outcome, "setsockopt");
}

fn done(outcome: libc::c_int, call: &str) {
    assert_eq!(outcome, 0, "{call}: {}", io::Error::last_os_error());
}
