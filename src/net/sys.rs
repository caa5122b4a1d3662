//! Owns the system calls that need `unsafe`: what rustix has in safe form is called where it is used.
//! Knows nothing of why they are made.

#![expect(
    unsafe_code,
    reason = "the one file of system calls; each block says why it is sound"
)]

use std::ffi::CStr;
use std::io;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsRawFd, BorrowedFd};

use crate::http::body::Window;

/// An address and a length for the kernel to read: our own bytes, or a mapped file's.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Stretch<'a> {
    raw: libc::iovec,
    lives: PhantomData<&'a [u8]>,
}

impl std::fmt::Debug for Stretch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stretch({} bytes)", self.raw.iov_len)
    }
}

impl<'a> Stretch<'a> {
    /// Nothing.
    pub const EMPTY: Self = Self {
        raw: libc::iovec {
            iov_base: std::ptr::null_mut(),
            iov_len: 0,
        },
        lives: PhantomData,
    };

    /// Bytes of ours.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self::at(bytes.as_ptr(), bytes.len())
    }

    /// Bytes of a mapped file. The file may be cut while they are read: then the kernel answers
    /// EFAULT, which is why an address that nobody may dereference is good enough here.
    pub fn of_window(window: &Window) -> Self {
        Self::at(window.address, window.len)
    }

    const fn at(address: *const u8, len: usize) -> Self {
        let raw = libc::iovec {
            iov_base: address.cast_mut().cast(),
            iov_len: len,
        };
        Self {
            raw,
            lives: PhantomData,
        }
    }

    /// How many bytes.
    pub fn len(&self) -> u64 {
        u64::try_from(self.raw.iov_len).unwrap_or(u64::MAX)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.raw.iov_len == 0
    }
}

/// Sends stretches in one call.
pub fn writev(socket: BorrowedFd<'_>, stretches: &[Stretch<'_>]) -> io::Result<u64> {
    let count = libc::c_int::try_from(stretches.len()).map_err(io::Error::other)?;
    let first = stretches.as_ptr().cast::<libc::iovec>();
    // SAFETY: `first` points at `count` iovecs, as `Stretch` is one transparently. The kernel only
    // reads what they point at, and answers EFAULT where nothing is mapped.
    let taken = unsafe { libc::writev(socket.as_raw_fd(), first, count) };
    u64::try_from(taken).map_err(|_| io::Error::last_os_error())
}

/// The same, as the beginning of more that follows at once: a lone head does not leave as a packet.
pub fn send_more(socket: BorrowedFd<'_>, stretches: &[Stretch<'_>]) -> io::Result<u64> {
    // SAFETY: a msghdr is plain numbers and pointers; zeros mean "none" in each of them.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = stretches.as_ptr().cast_mut().cast::<libc::iovec>();
    message.msg_iovlen = stretches.len();
    let flags = libc::MSG_MORE | libc::MSG_NOSIGNAL;
    // SAFETY: `message` points at so many iovecs, as `Stretch` is one transparently. The kernel only
    // reads what they point at, and answers EFAULT where nothing is mapped.
    let taken = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, flags) };
    u64::try_from(taken).map_err(|_| io::Error::last_os_error())
}

/// Puts references to the pages of a mapped file into a pipe. Never for memory of ours that could change
/// while the kernel holds it.
pub fn vmsplice(pipe: BorrowedFd<'_>, stretch: Stretch<'_>) -> io::Result<usize> {
    let flags = libc::SPLICE_F_NONBLOCK;
    // SAFETY: one iovec that lives through the call. The kernel takes references to its pages, and
    // answers EFAULT where nothing is mapped.
    let filled = unsafe { libc::vmsplice(pipe.as_raw_fd(), &raw const stretch.raw, 1, flags) };
    usize::try_from(filled).map_err(|_| io::Error::last_os_error())
}

/// Whether the kernel could not read what it was given.
pub fn is_fault(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EFAULT)
}

/// Whether there are no descriptors, or no memory for one, at this moment.
pub fn is_out_of_descriptors(error: &io::Error) -> bool {
    let all = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];
    error.raw_os_error().is_some_and(|code| all.contains(&code))
}

/// Bounds what waits unsent in a socket; connections inherit it from their listener.
pub fn set_notsent_lowat(socket: BorrowedFd<'_>, bytes: usize) -> io::Result<()> {
    let value = libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX);
    set_option(socket, (libc::IPPROTO_TCP, libc::TCP_NOTSENT_LOWAT), value)
}

/// Has the kernel send no more than so many bytes a second; the highest rate is none.
pub fn set_pacing_rate(socket: BorrowedFd<'_>, rate: u64) -> io::Result<()> {
    let value = libc::c_ulong::try_from(rate).unwrap_or(libc::c_ulong::MAX);
    set_option(socket, (libc::SOL_SOCKET, libc::SO_MAX_PACING_RATE), value)
}

/// A plain number as an option of a socket.
fn set_option<N: Copy>(
    socket: BorrowedFd<'_>,
    (level, option): (libc::c_int, libc::c_int),
    value: N,
) -> io::Result<()> {
    let len = libc::socklen_t::try_from(size_of::<N>()).map_err(io::Error::other)?;
    let at = std::ptr::from_ref(&value).cast();
    // SAFETY: `at` points at `len` bytes that outlive the call, and the kernel only reads them.
    let result = unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, at, len) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// What the process is told from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP.
    Rescan,
    /// SIGUSR1.
    Reopen,
    /// SIGUSR2: a worker has ended (from ourselves).
    WorkerEnded,
}

/// The signals that are waited for; they are blocked in all threads.
pub struct Signals {
    set: libc::sigset_t,
}

impl std::fmt::Debug for Signals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signals")
    }
}

impl Signals {
    /// Blocks them in this thread and in all that it will start. Blocked signals reach even a
    /// process that is PID 1, which the kernel otherwise shields from them.
    pub fn block() -> io::Result<Self> {
        let all = [
            libc::SIGTERM,
            libc::SIGINT,
            libc::SIGHUP,
            libc::SIGUSR1,
            libc::SIGUSR2,
        ];
        // SAFETY: a sigset_t is plain numbers; zeros are an empty set on Linux, and sigemptyset follows.
        let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: `set` is a sigset_t of ours.
        unsafe { libc::sigemptyset(&raw mut set) };
        for signal in all {
            // SAFETY: `set` is initialised, and the signal exists.
            unsafe { libc::sigaddset(&raw mut set, signal) };
        }
        let old = std::ptr::null_mut();
        // SAFETY: `set` is initialised; the old set is not asked for.
        let code = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, old) };
        if code == 0 {
            Ok(Self { set })
        } else {
            Err(io::Error::from_raw_os_error(code))
        }
    }

    /// Waits for the next one.
    pub fn wait(&self) -> io::Result<Signal> {
        loop {
            let mut signal: libc::c_int = 0;
            // SAFETY: the set is initialised and `signal` is ours.
            let code = unsafe { libc::sigwait(&raw const self.set, &raw mut signal) };
            match (code, signal) {
                (0, libc::SIGTERM | libc::SIGINT) => return Ok(Signal::Stop),
                (0, libc::SIGHUP) => return Ok(Signal::Rescan),
                (0, libc::SIGUSR1) => return Ok(Signal::Reopen),
                (0, libc::SIGUSR2) => return Ok(Signal::WorkerEnded),
                (0, _) | (libc::EINTR, _) => {}
                (code, _) => return Err(io::Error::from_raw_os_error(code)),
            }
        }
    }
}

/// The addresses of this host's interfaces that are up, loopback included.
pub fn interface_addresses() -> io::Result<Vec<(String, IpAddr)>> {
    let mut first: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: `first` receives a list that is freed below.
    if unsafe { libc::getifaddrs(&raw mut first) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut found = Vec::new();
    let mut next = first;
    while !next.is_null() {
        // SAFETY: `next` is a node of the list, which is freed after this loop only.
        let node = unsafe { &*next };
        let is_up = node.ifa_flags & libc::IFF_UP.unsigned_abs() != 0;
        if let Some(ip) = ip_of(node.ifa_addr).filter(|_| is_up) {
            // SAFETY: each node has the name of its interface, which ends in NUL.
            let name = unsafe { CStr::from_ptr(node.ifa_name) };
            found.push((name.to_string_lossy().into_owned(), ip));
        }
        next = node.ifa_next;
    }
    // SAFETY: `first` came from getifaddrs and is freed once.
    unsafe { libc::freeifaddrs(first) };
    Ok(found)
}

fn ip_of(address: *const libc::sockaddr) -> Option<IpAddr> {
    if address.is_null() {
        return None;
    }
    // SAFETY: a non-null address of getifaddrs is a valid sockaddr; its family says which one.
    let family = libc::c_int::from(unsafe { (*address).sa_family });
    match family {
        libc::AF_INET => {
            // SAFETY: the family says that it is a sockaddr_in; it may be unaligned.
            let v4 = unsafe { address.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(IpAddr::V4(Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr))))
        }
        libc::AF_INET6 => {
            // SAFETY: the family says that it is a sockaddr_in6; it may be unaligned.
            let v6 = unsafe { address.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(IpAddr::V6(Ipv6Addr::from(v6.sin6_addr.s6_addr)))
        }
        _ => None,
    }
}

/// Who called whom when the server panics: nobody. The message, with file and line, is printed all the same.
///
/// The standard library walks the stack by this function, and reads the names from the debug sections of the
/// binary. A stripped one has none, so all of that code, 205 KB, would print addresses at best. As the walk is
/// here, where the optimiser sees that it ends at once, none of it is linked. Not where the library of the real
/// one is linked into the binary as well: there would be two.
#[cfg(all(
    not(debug_assertions),
    panic = "abort",
    target_env = "gnu",
    not(target_feature = "crt-static")
))]
mod stack {
    use std::ffi::{c_int, c_void};

    /// `_URC_END_OF_STACK`.
    const END_OF_STACK: c_int = 5;

    // SAFETY: the signature is that of the C++ ABI's exception handling, level 1. To call `each` for no frame
    // at all is what it does where nothing is known of the stack. Nobody else asks: a panic aborts.
    #[unsafe(no_mangle)]
    extern "C" fn _Unwind_Backtrace(_each: *const c_void, _argument: *mut c_void) -> c_int {
        END_OF_STACK
    }
}
