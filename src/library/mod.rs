//! Where file bytes come from: names, files, mappings.
//!
//! Owns: what may be opened, what is open, what is mapped, and the threads that wait for the disk.
//! Knows nothing of HTTP, and does not read the clock.

pub mod catalogue;
pub mod entry;
pub mod make;
pub mod map;
pub mod name;
pub mod packages;
pub mod pager;
pub mod residency;
pub mod root;
pub mod scan;
pub mod sidecar;
pub mod survey;
