//! The page's socket: how it begins, what may be said on it, what is shown on it, what it costs.
//!
//! Owns the promises to the page and to other programs that connect. Frames themselves are held
//! against RFC 6455 beside their code; here they cross a wire.

mod bounds;
mod frames;
mod handshake;
mod inspect;
mod sessions;
