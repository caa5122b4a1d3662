//! An intruder in the running server: whoever has found a way to run code in it, without the way.
//!
//! Owns how a thread of a child is made to make system calls of our choice, by ptrace: its registers are put where
//! a `syscall` stands, it makes one step, and all is put back. So the very program that is released is tried.
//! Not done: other processors than x86_64.

#![expect(unsafe_code, reason = "ptrace has no safe form")]

use std::io;

/// A thread of a child that is held, and does as it is told until it is let go.
pub(crate) struct Intruder {
    thread: libc::pid_t,
    #[cfg(target_arch = "x86_64")]
    before: libc::user_regs_struct,
}

#[cfg(target_arch = "x86_64")]
impl Intruder {
    /// Takes hold of a thread that waits in a system call. `None` where nobody may.
    pub(crate) fn enter(thread: u32) -> Option<Self> {
        let thread = libc::pid_t::try_from(thread).unwrap();
        if ask(libc::PTRACE_ATTACH, thread, 0, 0).is_err() {
            return None;
        }
        stopped(thread);
        let before = registers(thread);
        let waits = bytes_at(thread, before.rip - 2).starts_with(&[0x0f, 0x05]);
        assert!(waits, "the thread is in no system call");
        Some(Self { thread, before })
    }

    /// A text in the thread's own memory, below all that it uses: `slot` tells several apart.
    pub(crate) fn text(&self, slot: u64, text: &str) -> u64 {
        let at = (self.before.rsp & !15) - 4_096 + slot * 256;
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(bytes.len() / 8 * 8 + 8, 0);
        for (number, word) in bytes.chunks(8).enumerate() {
            let word = u64::from_le_bytes(word.try_into().unwrap());
            let at = at + 8 * number as u64;
            ask(libc::PTRACE_POKEDATA, self.thread, at, word).unwrap();
        }
        at
    }

    /// Makes one system call there.
    pub(crate) fn call(&self, number: libc::c_long, arguments: [u64; 6]) -> io::Result<u64> {
        // The instruction that the thread waits in; it is two bytes long.
        let at = self.before.rip - 2;
        let mut asked = self.before;
        asked.rip = at;
        asked.rax = number.cast_unsigned();
        // Nothing is to be begun again.
        asked.orig_rax = u64::MAX;
        let [rdi, rsi, rdx, r10, r8, r9] = arguments;
        (asked.rdi, asked.rsi, asked.rdx) = (rdi, rsi, rdx);
        (asked.r10, asked.r8, asked.r9) = (r10, r8, r9);
        set_registers(self.thread, &asked);
        ask(libc::PTRACE_SINGLESTEP, self.thread, 0, 0).unwrap();
        stopped(self.thread);
        let answer = registers(self.thread).rax.cast_signed();
        match u64::try_from(answer) {
            Ok(answer) => Ok(answer),
            Err(_) => Err(io::Error::from_raw_os_error(
                i32::try_from(-answer).unwrap(),
            )),
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl Drop for Intruder {
    fn drop(&mut self) {
        set_registers(self.thread, &self.before);
        _ = ask(libc::PTRACE_DETACH, self.thread, 0, 0);
    }
}

#[cfg(not(target_arch = "x86_64"))]
impl Intruder {
    pub(crate) fn enter(_thread: u32) -> Option<Self> {
        None
    }

    pub(crate) fn text(&self, _slot: u64, _text: &str) -> u64 {
        unreachable!("nobody is in {}", self.thread)
    }

    pub(crate) fn call(&self, _number: libc::c_long, _arguments: [u64; 6]) -> io::Result<u64> {
        unreachable!("nobody is in {}", self.thread)
    }
}

#[cfg(target_arch = "x86_64")]
fn ask(what: libc::c_uint, thread: libc::pid_t, at: u64, word: u64) -> io::Result<()> {
    // SAFETY: both are numbers, or addresses in the other process.
    let answer = unsafe { libc::ptrace(what, thread, at, word) };
    if answer < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// The first bytes at an address of the other process.
#[cfg(target_arch = "x86_64")]
fn bytes_at(thread: libc::pid_t, at: u64) -> [u8; 8] {
    let (call, what, mut word) = (libc::SYS_ptrace, libc::PTRACE_PEEKTEXT, 0u64);
    // SAFETY: the call itself, unlike the C library's, puts the word where the last argument points.
    let outcome = unsafe { libc::syscall(call, what, thread, at, &raw mut word) };
    assert_eq!(outcome, 0, "{}", io::Error::last_os_error());
    word.to_le_bytes()
}

#[cfg(target_arch = "x86_64")]
fn registers(thread: libc::pid_t) -> libc::user_regs_struct {
    // SAFETY: plain numbers, of which zero is one.
    let mut found: libc::user_regs_struct = unsafe { std::mem::zeroed() };
    let none = 0usize;
    // SAFETY: `found` is a place for all registers of a thread that we hold.
    let outcome = unsafe { libc::ptrace(libc::PTRACE_GETREGS, thread, none, &raw mut found) };
    assert_eq!(outcome, 0, "{}", io::Error::last_os_error());
    found
}

#[cfg(target_arch = "x86_64")]
fn set_registers(thread: libc::pid_t, wanted: &libc::user_regs_struct) {
    let (none, at) = (0usize, std::ptr::from_ref(wanted));
    // SAFETY: `at` points at all registers for a thread that we hold.
    let outcome = unsafe { libc::ptrace(libc::PTRACE_SETREGS, thread, none, at) };
    assert_eq!(outcome, 0, "{}", io::Error::last_os_error());
}

/// Waits until the thread stands still.
#[cfg(target_arch = "x86_64")]
fn stopped(thread: libc::pid_t) {
    let mut status = 0;
    // SAFETY: `status` is a place for a number.
    let found = unsafe { libc::waitpid(thread, &raw mut status, libc::__WALL) };
    assert_eq!(found, thread, "{}", io::Error::last_os_error());
    assert!(libc::WIFSTOPPED(status), "{status:#x}");
}
