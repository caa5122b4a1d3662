//! Owns the answer to "who called whom" when the server panics: nobody.
//! Knows nothing of the panic; its message, with file and line, is printed all the same.
//!
//! The standard library walks the stack by `_Unwind_Backtrace`, and reads the names from the debug sections
//! of the binary. A stripped one has none, so all of that code, 205 KB, would print addresses at best. As the
//! walk is here, where the optimiser sees that it ends at once, none of it is linked.

#![expect(
    unsafe_code,
    reason = "the one symbol that takes the place of a system library's; it says why that is sound"
)]

use std::ffi::{c_int, c_void};

/// `_URC_END_OF_STACK`.
const END_OF_STACK: c_int = 5;

// SAFETY: the signature is that of the C++ ABI's exception handling, level 1. To call `each` for no frame at
// all is what it does where nothing is known of the stack. Nobody else asks: a panic aborts.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Backtrace(_each: *const c_void, _argument: *mut c_void) -> c_int {
    END_OF_STACK
}
