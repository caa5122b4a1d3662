//! What is inside a video. Pure: bytes in, facts out.
//!
//! Owns: media types by name, and subtitles as WebVTT. Knows nothing of HTTP, files or sockets.

pub mod mime;
pub mod subtitle;
