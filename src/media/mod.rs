//! What is inside a video. Pure: bytes in, facts out.
//!
//! Owns: media types by name, subtitles as WebVTT, and MP4 packaged as HLS and DASH. Knows nothing of HTTP,
//! files or sockets.

pub mod faststart;
pub mod mime;
pub mod mp4;
pub mod package;
pub mod subtitle;
pub mod unfit;
