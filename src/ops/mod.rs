//! What the operator sees. Formats, not sinks: `net/` writes the lines.
//!
//! Owns: what is counted, the access log's three formats, an address as a code for phones. Knows nothing of files and pipes.

pub mod access;
pub mod metrics;
pub mod qr;
