//! What goes wrong: files that change under a reply, peers that stall, lie or vanish, and a
//! machine that runs out.
//!
//! Owns the promise that none of it ends the server, sends invented bytes, or is paid for by others.

mod changing_files;
mod descriptors;
mod hostile_peers;
mod large_libraries;
mod slow_peers;
mod sparse_file;
