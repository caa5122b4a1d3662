//! The server from outside: the built binary, a folder of its own, raw bytes over loopback.
//!
//! Owns every promise that a client, a player or an operator can see. Knows nothing of the code
//! within: only of the command line, of sockets, of files and of signals.
//!
//! Reading order: [`wire`] (requests and replies as literal bytes), then the two RFC trees, named
//! by section, then [`names`], [`pages`], [`sidecars`], [`packaged`], [`signed`], [`live`], [`machines`], [`queue`],
//! [`caching`], [`foreign`], [`paced`], [`cli`] and, last, [`faults`]. [`server`], [`folder`], [`client`], [`socket`],
//! [`bytes`], [`json`], [`posix`] and [`intruder`] are what the tests are written with.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(
    clippy::disallowed_methods,
    reason = "an outside test has the real clock and waits"
)]

mod bytes;
mod client;
mod folder;
mod intruder;
mod json;
mod posix;
mod server;
mod socket;

mod caching;
mod cli;
mod faults;
mod foreign;
mod live;
mod machines;
mod names;
mod paced;
mod packaged;
mod pages;
mod queue;
mod rfc9110;
mod rfc9112;
mod sidecars;
mod signed;
mod wire;
