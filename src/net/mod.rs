//! Sockets, readiness, the clock.
//!
//! Owns: the loop, the listeners, the addresses that they are reached at, the writer, its pace, the timers, the log's way out,
//! what is passed in and told to who started us, the walls around the process, and the system calls that need
//! `unsafe`. Knows nothing of HTTP's rules.

pub mod addresses;
pub mod clock;
pub mod console;
pub mod crowd;
pub mod event_loop;
pub mod healthcheck;
pub mod inherited;
pub mod journal;
pub mod listener;
pub mod notify;
pub mod pace;
pub mod pipe;
pub mod sandbox;
pub mod slots;
pub mod sys;
pub mod timer;
pub mod transfer;
