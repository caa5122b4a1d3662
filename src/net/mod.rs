//! Sockets, readiness, the clock.
//!
//! Owns: the loop, the listeners, the addresses that they are reached at, the writer, its pace, the timers, the log's way out, and the system calls
//! that need `unsafe`. Knows nothing of HTTP's rules.

pub mod addresses;
pub mod clock;
pub mod console;
pub mod event_loop;
pub mod journal;
pub mod listener;
pub mod pace;
pub mod pipe;
pub mod slots;
pub mod sys;
pub mod timer;
pub mod transfer;
