//! `reeld` serves a folder of videos over HTTP/1.1. In reading order:
//!
//! 1. [`range`]: how a seek becomes bytes.
//! 2. [`conn`]: how a connection lives.
//! 3. [`http`]: bytes and meaning.
//! 4. [`site`]: what this server decides and shows.
//! 5. [`library`]: where file bytes come from.
//! 6. [`net`]: sockets, readiness, the clock.
//! 7. [`config`] and [`limits`]: what the owner decided, and every bound.
//!
//! One idea holds it together: a reply is a short list of pieces, a piece is either a few bytes that
//! we made or a span of a mapped file, and one writer sends pieces under backpressure.
//! `ARCHITECTURE.md` is the map.

pub mod config;
pub mod conn;
pub mod http;
pub mod library;
pub mod limits;
pub mod media;
pub mod net;
pub mod ops;
pub mod range;
pub mod site;
