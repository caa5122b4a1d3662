//! What the operator sees. Formats, not sinks: `net/` writes the lines.
//!
//! Owns: the access log's three formats. Knows nothing of files and pipes.

pub mod access;
pub mod metrics;
