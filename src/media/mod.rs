//! What is inside a video. Pure: bytes in, facts out.
//!
//! Owns: media types by name. Knows nothing of HTTP, files or sockets.

pub mod mime;
