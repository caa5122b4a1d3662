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
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

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
    message.msg_iovlen = number(stretches.len())?;
    let flags = libc::MSG_MORE | libc::MSG_NOSIGNAL;
    // SAFETY: `message` points at so many iovecs, as `Stretch` is one transparently. The kernel only
    // reads what they point at, and answers EFAULT where nothing is mapped.
    let taken = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, flags) };
    u64::try_from(taken).map_err(|_| io::Error::last_os_error())
}

/// A length as the system's own header spells it: a `size_t` for glibc, an `int` for musl.
fn number<T: TryFrom<usize>>(len: usize) -> io::Result<T> {
    T::try_from(len).map_err(|_| io::ErrorKind::InvalidInput.into())
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

/// Takes over a descriptor that was open before `main`, left there for us by whoever started us; a program
/// that we might start would not get it. It is asked for before anything of ours is opened: then nobody else owns
/// that number.
pub fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: the call takes numbers alone, and answers EBADF where nothing is open.
    if unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is open, and not by anything of ours, as said above.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Gives memory that was freed back to the kernel: malloc keeps what lies below anything still in use.
pub fn give_back_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes a number, and touches nothing that is in use.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Microseconds of the clock that all processes of this host have in common, for who compares them with his own.
pub fn monotonic_micros() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is ours; the clock exists on every Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    let secs = u64::try_from(time.tv_sec).unwrap_or(0);
    secs * 1_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0) / 1_000
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

    /// Waits for the next one, but no longer than `patience`.
    pub fn wait(&self, patience: Option<Duration>) -> io::Result<Option<Signal>> {
        let patience = patience.map(|patience| libc::timespec {
            tv_sec: patience
                .as_secs()
                .try_into()
                .unwrap_or_else(|_| i32::MAX.into()),
            tv_nsec: i32::try_from(patience.subsec_nanos()).unwrap_or(0).into(),
        });
        let until = patience
            .as_ref()
            .map_or(std::ptr::null(), std::ptr::from_ref);
        let untold = std::ptr::null_mut();
        loop {
            // SAFETY: the set is initialised, nothing but the number is asked for, and `until` is null or lives
            // through the call.
            let signal = unsafe { libc::sigtimedwait(&raw const self.set, untold, until) };
            match signal {
                libc::SIGTERM | libc::SIGINT => return Ok(Some(Signal::Stop)),
                libc::SIGHUP => return Ok(Some(Signal::Rescan)),
                libc::SIGUSR1 => return Ok(Some(Signal::Reopen)),
                libc::SIGUSR2 => return Ok(Some(Signal::WorkerEnded)),
                0.. => {}
                _ => match io::Error::last_os_error() {
                    error if error.raw_os_error() == Some(libc::EAGAIN) => return Ok(None),
                    error if error.kind() == io::ErrorKind::Interrupted => {}
                    error => return Err(error),
                },
            }
        }
    }
}

/// What a set of Landlock rules decides about: of files, of the network, and who may be reached. A kernel
/// takes zeros where it is older than the field.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Decided {
    /// LANDLOCK_ACCESS_FS_….
    pub files: u64,
    /// LANDLOCK_ACCESS_NET_….
    pub network: u64,
    /// LANDLOCK_SCOPE_….
    pub scopes: u64,
}

const NO_FLAGS: libc::c_uint = 0;

/// The version of Landlock that the kernel speaks.
pub fn landlock_version() -> io::Result<u64> {
    /// LANDLOCK_CREATE_RULESET_VERSION.
    const VERSION: libc::c_uint = 1;
    let (none, call) = (
        std::ptr::null::<Decided>(),
        libc::SYS_landlock_create_ruleset,
    );
    // SAFETY: with this flag the call takes no address and no length, and returns a number.
    let version = unsafe { libc::syscall(call, none, 0usize, VERSION) };
    u64::try_from(version).map_err(|_| io::Error::last_os_error())
}

/// A set of rules that allows nothing of what it decides about.
pub fn landlock_rules(decided: &Decided) -> io::Result<OwnedFd> {
    let (at, len) = (std::ptr::from_ref(decided), size_of::<Decided>());
    let call = libc::SYS_landlock_create_ruleset;
    // SAFETY: `at` points at `len` bytes that outlive the call.
    let made = unsafe { libc::syscall(call, at, len, NO_FLAGS) };
    let made = libc::c_int::try_from(made).map_err(io::Error::other)?;
    if made < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just opened it for us, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(made) })
}

/// Allows these things beneath a folder, or with one file.
pub fn landlock_allow(rules: BorrowedFd<'_>, allowed: u64, at: BorrowedFd<'_>) -> io::Result<()> {
    /// LANDLOCK_RULE_PATH_BENEATH, and the rule: twelve bytes, without a gap.
    const BENEATH: libc::c_uint = 1;
    #[repr(C, packed)]
    struct Rule {
        allowed: u64,
        at: libc::c_int,
    }
    let at = at.as_raw_fd();
    let rule = Rule { allowed, at };
    let (call, rules) = (libc::SYS_landlock_add_rule, rules.as_raw_fd());
    // SAFETY: the address is that of a rule of this kind, which outlives the call.
    let result = unsafe { libc::syscall(call, rules, BENEATH, &raw const rule, NO_FLAGS) };
    done(result)
}

/// Puts this thread, and all that it will start, under the rules for good.
pub fn landlock_obey(rules: BorrowedFd<'_>) -> io::Result<()> {
    let call = libc::SYS_landlock_restrict_self;
    // SAFETY: the call takes two numbers.
    done(unsafe { libc::syscall(call, rules.as_raw_fd(), NO_FLAGS) })
}

/// Has the kernel run this program before each system call of this thread, and of all that it will start.
///
/// We run no code but our own, so the processor may go on speculating past stores, which kernels before 5.16
/// forbid to whoever has a filter, at a price; those before 4.17 do not know the flag.
pub fn filter_calls(program: &[libc::sock_filter]) -> io::Result<()> {
    let program = libc::sock_fprog {
        len: libc::c_ushort::try_from(program.len()).map_err(io::Error::other)?,
        filter: program.as_ptr().cast_mut(),
    };
    let set = |flags: libc::c_ulong| {
        let (call, mode) = (libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER);
        // SAFETY: `program` points at so many instructions, which the kernel copies and checks.
        done(unsafe { libc::syscall(call, mode, flags, &raw const program) })
    };
    set(libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW).or_else(|_| set(0))
}

fn done(result: libc::c_long) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
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
