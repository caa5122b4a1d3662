//! HTTP as bytes and meaning: what a request says, what a reply looks like.
//!
//! Owns: parsing, strictness, conditions, heads, bodies, WebSocket frames. Knows nothing of sockets, of the disk,
//! of the time of day (a moment is an argument), or of what this server serves.
//!
//! Not done: HTTP/2 and 3, trailers (dropped), any `Upgrade` but WebSocket's, content codings of files.

pub mod accept;
pub mod body;
pub mod chunked;
pub mod cidr;
pub mod conditional;
pub mod content;
pub mod date;
pub mod etag;
pub mod forwarded;
pub mod framing;
pub mod gzip;
pub mod head;
pub mod json;
pub mod multipart;
pub mod request;
pub mod status;
pub mod target;
pub mod websocket;
