//! The few system calls that these tests need and the standard library does not offer.
//!
//! Owns all `unsafe` of the crate but the intruder's. Knows nothing of HTTP.

#![expect(unsafe_code, reason = "each is one libc call with checked arguments")]

use std::ffi::CString;
use std::io::Write as _;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
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

/// Says what a machine lacks that a test needs; seen also when the test passes.
pub(crate) fn tell(what: &str) {
    _ = writeln!(io::stderr(), "note: {what}");
}

/// Who we are: user and group.
pub(crate) fn ids() -> (u32, u32) {
    // SAFETY: geteuid has no arguments and cannot fail.
    let user = unsafe { libc::geteuid() };
    // SAFETY: nor has getegid, nor can it.
    (user, unsafe { libc::getegid() })
}

/// Takes one system call away from a command, as an old kernel or a container does: it answers `error`.
pub(crate) fn take_away(command: &mut Command, call: libc::c_long, error: libc::c_int) {
    let step = |code, jf, k| libc::sock_filter { code, jt: 0, jf, k };
    let answer = libc::SECCOMP_RET_ERRNO | error.cast_unsigned();
    let mut steps = [
        step(0x20, 0, 0), // the number of the call
        step(0x15, 1, u32::try_from(call).unwrap()),
        step(0x06, 0, answer),
        step(0x06, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let enter = move || {
        let program = libc::sock_fprog {
            len: 4,
            filter: steps.as_mut_ptr(),
        };
        // SAFETY: the call takes numbers.
        let outcome = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
        // SAFETY: `program` points at so many steps, which the kernel copies.
        let filtered = unsafe {
            let mode = libc::SECCOMP_MODE_FILTER;
            libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program)
        };
        if outcome == 0 && filtered == 0 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    };
    // SAFETY: between fork and exec it makes two system calls, and nothing else.
    unsafe { command.pre_exec(enter) };
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
