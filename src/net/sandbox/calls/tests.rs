//! The program, run by a small machine of our own: what it allows, and what it says to everything else.

use proptest::prelude::*;

use super::{ALLOWED, ARCH, CONDITIONS, FREE, NEWEST, OWN, REFUSED, UNKNOWN, X32, number, program};

/// A call as the kernel shows it.
#[derive(Debug, Clone, Copy)]
struct Call {
    number: u32,
    arch: u32,
    arguments: [u64; 6],
}

fn call(number: libc::c_long, arguments: [u64; 6]) -> Call {
    let number = super::number(number);
    let arch = ARCH.expect("the tests run where there is a list");
    Call {
        number,
        arch,
        arguments,
    }
}

impl Call {
    fn word(&self, at: u32) -> u32 {
        match at {
            0 => self.number,
            4 => self.arch,
            16..64 => {
                let argument = self.arguments[usize::try_from((at - 16) / 8).unwrap()];
                let half = if at.is_multiple_of(8) {
                    argument
                } else {
                    argument >> 32
                };
                u32::try_from(half & 0xffff_ffff).unwrap()
            }
            _ => panic!("nothing is at {at}"),
        }
    }
}

/// What the program answers. Every step goes forward, so it ends.
fn answer(program: &[libc::sock_filter], call: Call) -> u32 {
    let (mut at, mut held) = (0, 0);
    loop {
        let libc::sock_filter { code, jt, jf, k } = program[at];
        at += 1;
        let jump = |holds: bool| usize::from(if holds { jt } else { jf });
        match code {
            0x20 => held = call.word(k),
            0x54 => held &= k,
            0x15 => at += jump(held == k),
            0x35 => at += jump(held >= k),
            0x06 => return k,
            _ => panic!("instruction {code:#x}"),
        }
    }
}

fn says(number: libc::c_long, arguments: [u64; 6]) -> u32 {
    answer(&program().unwrap(), call(number, arguments))
}

#[test]
fn what_serving_needs_is_allowed() {
    for &number in FREE.iter().chain(OWN) {
        assert_eq!(says(number, [u64::MAX; 6]), ALLOWED, "{number}");
    }
}

/// Each condition at its border: the values that pass, and those beside them.
#[test]
fn conditions() {
    let own = u64::from(std::process::id());
    let arguments = |place: usize, value: u64| {
        let mut all = [u64::MAX; 6];
        all[place] = value;
        all
    };
    let thread = 0x003d_0f00; // As glibc starts one.
    for (number, place, value, is_allowed) in [
        (libc::SYS_clone, 0, thread, true),
        (libc::SYS_clone, 0, thread & !0x1_0000, false),
        (libc::SYS_clone, 0, 17, false),                   // fork
        (libc::SYS_clone, 0, thread | 0x1000_0000, false), // a new user name space
        (libc::SYS_mmap, 2, 3, true),
        (libc::SYS_mmap, 2, 5, false),
        (libc::SYS_mmap, 2, 7, false),
        (libc::SYS_mprotect, 2, 3, true),
        (libc::SYS_mprotect, 2, 4, false),
        (libc::SYS_sendto, 5, 0, true),
        (libc::SYS_sendto, 5, 16, false),
        (libc::SYS_setsockopt, 1, 1, true),
        (libc::SYS_setsockopt, 1, 6, true),
        (libc::SYS_setsockopt, 1, 0, false),
        (libc::SYS_getsockopt, 1, 41, false),
        (libc::SYS_prctl, 0, 15, true),
        (libc::SYS_prctl, 0, 4, false),
        (libc::SYS_fcntl, 1, 1030, true),
        (libc::SYS_fcntl, 1, 8, false), // F_SETOWN
        (libc::SYS_setpriority, 1, 0, true),
        (libc::SYS_setpriority, 1, 1, false),
        (libc::SYS_kill, 0, own, true),
        (libc::SYS_kill, 0, 1, false),
        (libc::SYS_kill, 0, 0, false),
        (libc::SYS_kill, 0, u64::MAX, false),
        (libc::SYS_tgkill, 0, own, true),
        (libc::SYS_tgkill, 0, own + 1, false),
        (libc::SYS_tkill, 1, 6, true),
        (libc::SYS_tkill, 1, 9, false),
    ] {
        let expected = if is_allowed { ALLOWED } else { REFUSED };
        let found = says(number, arguments(place, value));
        assert_eq!(found, expected, "{number} with {value:#x}");
    }
}

#[test]
fn what_an_intruder_wants_is_refused() {
    for number in [
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_pidfd_open,
        libc::SYS_pidfd_getfd,
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_io_uring_setup,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_keyctl,
        libc::SYS_add_key,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_mount,
        libc::SYS_chroot,
        libc::SYS_memfd_create,
        libc::SYS_setresuid,
        libc::SYS_setresgid,
        libc::SYS_setgroups,
        libc::SYS_capset,
        libc::SYS_prlimit64,
        libc::SYS_seccomp,
        libc::SYS_ioctl,
        libc::SYS_personality,
        libc::SYS_unlinkat,
        libc::SYS_renameat2,
        libc::SYS_linkat,
        libc::SYS_symlinkat,
        libc::SYS_mkdirat,
        libc::SYS_mknodat,
        libc::SYS_fchmodat,
        libc::SYS_fchownat,
        libc::SYS_ftruncate,
        libc::SYS_open_by_handle_at,
        libc::SYS_init_module,
        libc::SYS_kexec_load,
        libc::SYS_reboot,
    ] {
        assert_eq!(says(number, [0; 6]), REFUSED, "{number}");
    }
    // Its flags cannot be seen; who asks goes on with clone.
    assert_eq!(says(libc::SYS_clone3, [0; 6]), UNKNOWN);
    // As a kernel says that is older than the call.
    assert_eq!(says(libc::c_long::from(NEWEST), [0; 6]), REFUSED);
    assert_eq!(says(libc::c_long::from(NEWEST) + 1, [0; 6]), UNKNOWN);
}

proptest! {
    /// Of all numbers only those of the list pass, of all processors only ours.
    #[test]
    fn nothing_else_passes(number in prop_oneof![0u32..600, any::<u32>()], arch in any::<u32>(), arguments: [u64; 6]) {
        let program = program().unwrap();
        let mut call = call(0, arguments);
        call.number = number;
        let is_known = FREE.iter().chain(OWN).any(|&free| super::number(free) == number)
            || CONDITIONS.iter().any(|condition| super::number(condition.call) == number)
            || [libc::SYS_kill, libc::SYS_tgkill].map(super::number).contains(&number);
        let given = answer(&program, call);
        prop_assert!(is_known || given == REFUSED || given == UNKNOWN);
        if cfg!(target_arch = "x86_64") {
            let x32 = Call { number: number | X32, ..call };
            prop_assert_eq!(answer(&program, x32), REFUSED);
        }
        if Some(arch) != ARCH {
            prop_assert_eq!(answer(&program, Call { arch, ..call }), REFUSED);
        }
    }
}

/// The hot ones come first, and the whole is far from what the kernel takes.
#[test]
fn the_program_is_short() {
    let program = program().unwrap();
    assert!(program.len() < 512, "{}", program.len());
    let place = |call| program.iter().position(|step| step.k == number(call));
    assert!(place(libc::SYS_writev) < place(libc::SYS_openat2));
}
