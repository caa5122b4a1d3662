//! The few system calls that these tests need and the standard library does not offer.
//!
//! Owns all `unsafe` of the crate but the intruder's. Knows nothing of HTTP.

#![expect(unsafe_code, reason = "each is one libc call with checked arguments")]

use std::ffi::CString;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
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

/// Leaves descriptors to the program that `command` starts, as 3, 4, and so on.
pub(crate) fn pass(command: &mut Command, all: Vec<OwnedFd>) {
    // Out of the way of those numbers.
    let high = |fd: OwnedFd| {
        // SAFETY: the call takes numbers alone.
        let copy = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 1000) };
        assert!(copy >= 1000, "fcntl: {}", io::Error::last_os_error());
        // SAFETY: it was made just now, and belongs to nobody else.
        unsafe { OwnedFd::from_raw_fd(copy) }
    };
    let all: Vec<OwnedFd> = all.into_iter().map(high).collect();
    let place = move || {
        for (to, from) in (3..).zip(&all) {
            let to: RawFd = to;
            // SAFETY: the call takes numbers alone, and may be made between fork and exec.
            if unsafe { libc::dup2(from.as_raw_fd(), to) } != to {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(())
    };
    // SAFETY: `place` calls nothing but dup2 and allocates nothing.
    unsafe { command.pre_exec(place) };
}

/// Whether TCP_NODELAY is set.
pub(crate) fn has_no_delay(socket: &TcpListener) -> bool {
    let mut value: libc::c_int = 0;
    let mut len = libc::socklen_t::try_from(size_of_val(&value)).unwrap();
    // SAFETY: `value` and `len` are ours, and `len` is its length.
    let outcome = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_NODELAY,
            (&raw mut value).cast(),
            &raw mut len,
        )
    };
    done(outcome, "getsockopt");
    value != 0
}

/// A thread of a child that stands still until this is dropped, while the others run on.
pub(crate) struct Frozen(libc::pid_t);

impl Frozen {
    /// The system may refuse: then nothing can be tested.
    pub(crate) fn freeze(thread: u32) -> io::Result<Self> {
        let thread = libc::pid_t::try_from(thread).unwrap();
        let none = ptr::null_mut::<libc::c_void>();
        // SAFETY: neither request reads or writes memory of ours.
        if unsafe { libc::ptrace(libc::PTRACE_SEIZE, thread, none, none) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let frozen = Self(thread);
        // SAFETY: as above.
        if unsafe { libc::ptrace(libc::PTRACE_INTERRUPT, thread, none, none) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: no status is asked for.
        let waited = unsafe { libc::waitpid(thread, ptr::null_mut(), libc::__WALL) };
        if waited == thread {
            Ok(frozen)
        } else {
            Err(io::Error::last_os_error())
        }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let none = ptr::null_mut::<libc::c_void>();
        // SAFETY: no signal is passed on, and no memory of ours is touched.
        unsafe { libc::ptrace(libc::PTRACE_DETACH, self.0, none, none) };
    }
}

fn done(outcome: libc::c_int, call: &str) {
    assert_eq!(outcome, 0, "{call}: {}", io::Error::last_os_error());
}
