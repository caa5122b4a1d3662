//! Owns the list of system calls that a server makes once it has started, and the program that the kernel runs
//! before each call to refuse all others.
//! Knows nothing of what the calls are for, and of the files that they name: the program sees numbers only.
//!
//! ```text
//!         arch     is it ours?                    else ─▶ EPERM     32-bit calls on a 64-bit kernel
//!         number   is it clone3?                    ─▶ ENOSYS    its flags are in memory: the C library goes on
//!                                                                with clone, whose flags can be seen
//! each    is it CALL?                               ─▶ allowed   the hot ones first
//! each    is it CALL, and ARGUMENT & MASK = VALUE?  ─▶ allowed
//!         is it newer than this list?               ─▶ ENOSYS    as an older kernel would say, and be understood
//! else                                              ─▶ EPERM
//! ```
//!
//! Kernels since 5.11 run the program once for each number, and remember what is allowed whatever its arguments are:
//! only calls with a condition are looked at again.

use std::io;

use libc::{c_long, sock_filter};

/// AUDIT_ARCH_…: whose numbers these are.
const ARCH: Option<u32> = if cfg!(target_endian = "big") {
    None
} else if cfg!(all(target_arch = "x86_64", target_pointer_width = "64")) {
    Some(0xc000_003e)
} else if cfg!(target_arch = "aarch64") {
    Some(0xc000_00b7)
} else if cfg!(target_arch = "riscv64") {
    Some(0xc000_00f3)
} else if cfg!(target_arch = "arm") {
    Some(0x4000_0028)
} else {
    None
};

/// mseal, Linux 6.10. Above 424 all processors have the same numbers.
const NEWEST: u32 = 462;

/// On x86_64 this bit means x32: the same calls by other numbers.
const X32: u32 = 1 << 30;

/// Allowed whatever their arguments are.
const FREE: &[c_long] = &[
    // A request: readiness, its bytes, its reply.
    libc::SYS_writev,
    libc::SYS_splice,
    libc::SYS_vmsplice,
    libc::SYS_epoll_pwait,
    libc::SYS_statx,
    libc::SYS_mincore,
    libc::SYS_sendmsg,
    libc::SYS_recvfrom,
    libc::SYS_futex,
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_preadv2,
    libc::SYS_accept4,
    libc::SYS_close,
    libc::SYS_shutdown,
    libc::SYS_epoll_ctl,
    libc::SYS_clock_gettime,
    // Files and folders.
    libc::SYS_openat2,
    libc::SYS_openat,
    libc::SYS_pread64,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    // Memory.
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    // What workers and threads begin with.
    libc::SYS_epoll_create1,
    libc::SYS_eventfd2,
    libc::SYS_pipe2,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_geteuid,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    // Waiting, signals, the end.
    libc::SYS_ppoll,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// What this processor has besides, or calls differently.
#[cfg(target_arch = "x86_64")]
const OWN: &[c_long] = &[
    libc::SYS_epoll_wait,
    libc::SYS_newfstatat,
    libc::SYS_fstat,
    libc::SYS_rseq,
    libc::SYS_poll,
    libc::SYS_dup2,
    // The C library's open, in musl.
    libc::SYS_open,
];
#[cfg(any(target_arch = "aarch64", target_arch = "riscv64"))]
const OWN: &[c_long] = &[libc::SYS_newfstatat, libc::SYS_fstat, libc::SYS_rseq];
/// Times are of 32 and of 64 bits; libc has no names for the latter's calls.
#[cfg(target_arch = "arm")]
const OWN: &[c_long] = &[
    libc::SYS_epoll_wait,
    libc::SYS_fstatat64,
    libc::SYS_fstat64,
    libc::SYS_send,
    libc::SYS_recv,
    libc::SYS_poll,
    libc::SYS_dup2,
    libc::SYS_open,
    libc::SYS_sigreturn,
    libc::SYS_geteuid32,
    398, // rseq
    403, // clock_gettime64
    414, // ppoll_time64
    421, // rt_sigtimedwait_time64
    422, // futex_time64
];
#[cfg(not(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    target_arch = "riscv64",
    target_arch = "arm"
)))]
const OWN: &[c_long] = &[];

/// A call that is allowed if the low half of this argument, masked, is this value.
#[derive(Clone, Copy)]
struct Condition {
    call: c_long,
    argument: u8,
    mask: u32,
    value: u32,
}

const fn is(call: c_long, argument: u8, value: libc::c_int) -> Condition {
    Condition {
        call,
        argument,
        mask: u32::MAX,
        value: value.cast_unsigned(),
    }
}

const fn lacks(call: c_long, argument: u8, bits: libc::c_int) -> Condition {
    Condition {
        call,
        argument,
        mask: bits.cast_unsigned(),
        value: 0,
    }
}

#[cfg(target_arch = "arm")]
const MAP: (c_long, c_long) = (libc::SYS_mmap2, libc::SYS_fcntl64);
#[cfg(not(target_arch = "arm"))]
const MAP: (c_long, c_long) = (libc::SYS_mmap, libc::SYS_fcntl);

/// New name spaces, which a thread could ask for as well.
const SPACES: libc::c_int = libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET;

const CONDITIONS: &[Condition] = &[
    // Options of sockets and of TCP, none of IP, of packet filters, or of what else has levels.
    is(libc::SYS_setsockopt, 1, libc::IPPROTO_TCP),
    is(libc::SYS_setsockopt, 1, libc::SOL_SOCKET),
    is(libc::SYS_getsockopt, 1, libc::IPPROTO_TCP),
    is(libc::SYS_getsockopt, 1, libc::SOL_SOCKET),
    // To whom the socket is connected, and nobody else: the length of the address is none.
    is(libc::SYS_sendto, 5, 0),
    // Memory that was written is never run.
    lacks(MAP.0, 2, libc::PROT_EXEC),
    lacks(libc::SYS_mprotect, 2, libc::PROT_EXEC),
    // A thread of ours, and never a process.
    Condition {
        call: libc::SYS_clone,
        argument: 0,
        mask: (libc::CLONE_THREAD | SPACES).cast_unsigned(),
        value: libc::CLONE_THREAD.cast_unsigned(),
    },
    is(libc::SYS_prctl, 0, libc::PR_SET_NAME),
    // The survey makes way for everybody else: its own thread, `PRIO_PROCESS` of 0.
    is(libc::SYS_setpriority, 1, 0),
    is(MAP.1, 1, libc::F_DUPFD_CLOEXEC),
    is(MAP.1, 1, libc::F_GETFD),
    is(MAP.1, 1, libc::F_SETFD),
    is(MAP.1, 1, libc::F_GETFL),
    is(MAP.1, 1, libc::F_SETFL),
    is(MAP.1, 1, libc::F_SETPIPE_SZ),
    // How musl aborts.
    is(libc::SYS_tkill, 1, libc::SIGABRT),
];

/// The program for this process.
pub(super) fn program() -> io::Result<Vec<sock_filter>> {
    let arch =
        ARCH.ok_or_else(|| io::Error::other("there is no list of calls for this processor"))?;
    let own = rustix::process::getpid().as_raw_pid();
    // Signals to ourselves: a worker that has ended says so, and an abort is one.
    let signals = [is(libc::SYS_kill, 0, own), is(libc::SYS_tgkill, 0, own)];
    Ok(written(arch, &[CONDITIONS, &signals]))
}

// struct seccomp_data: number, arch, the address of the caller, six arguments of eight bytes.
const NUMBER_AT: u32 = 0;
const ARCH_AT: u32 = 4;
const ARGUMENTS_AT: u32 = 16;

const ALLOWED: u32 = libc::SECCOMP_RET_ALLOW;
const REFUSED: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM.cast_unsigned();
const UNKNOWN: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned();

fn written(arch: u32, conditions: &[&[Condition]]) -> Vec<sock_filter> {
    let mut program = Program::default();
    program.then(load(ARCH_AT));
    program.then(jump(libc::BPF_JEQ, arch, 1, 0));
    program.then(give(REFUSED));
    program.then(load(NUMBER_AT));
    if cfg!(target_arch = "x86_64") {
        program.then_if(libc::BPF_JGE, X32, REFUSED);
    }
    program.then_if(libc::BPF_JEQ, number(libc::SYS_clone3), UNKNOWN);
    for &call in FREE.iter().chain(OWN) {
        program.then_if(libc::BPF_JEQ, number(call), ALLOWED);
    }
    for condition in conditions.iter().copied().flatten() {
        program.then(jump(libc::BPF_JEQ, number(condition.call), 0, 5));
        program.then(load(ARGUMENTS_AT + 8 * u32::from(condition.argument)));
        program.then(instruction(libc::BPF_ALU | libc::BPF_AND, condition.mask));
        program.then_if(libc::BPF_JEQ, condition.value, ALLOWED);
        program.then(load(NUMBER_AT));
    }
    program.then_if(libc::BPF_JGE, NEWEST + 1, UNKNOWN);
    program.then(give(REFUSED));
    program.0
}

#[derive(Default)]
struct Program(Vec<sock_filter>);

impl Program {
    fn then(&mut self, next: sock_filter) {
        self.0.push(next);
    }

    /// Ends with this answer if the test holds.
    fn then_if(&mut self, test: u32, value: u32, answer: u32) {
        self.then(jump(test, value, 0, 1));
        self.then(give(answer));
    }
}

const fn load(at: u32) -> sock_filter {
    instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, at)
}

const fn give(answer: u32) -> sock_filter {
    instruction(libc::BPF_RET, answer)
}

/// Passes over so many instructions if the test holds, and so many if not.
const fn jump(test: u32, value: u32, jt: u8, jf: u8) -> sock_filter {
    let plain = instruction(libc::BPF_JMP | test, value);
    sock_filter { jt, jf, ..plain }
}

#[expect(clippy::cast_possible_truncation, reason = "all codes are below 256")]
const fn instruction(code: u32, k: u32) -> sock_filter {
    let code = (code | libc::BPF_K) as u16;
    let (jt, jf) = (0, 0);
    sock_filter { code, jt, jf, k }
}

/// A call's number as the program sees it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of calls are small"
)]
const fn number(call: c_long) -> u32 {
    call as u32
}

#[cfg(test)]
mod tests;
