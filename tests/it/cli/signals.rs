//! Signals: an orderly stop, a stop at once, and those that only ask for something.

use std::io::ErrorKind;
use std::net::TcpStream;

use crate::bytes::clip;
use crate::client::{eventually, get_digits, request};
use crate::posix::{SIGHUP, SIGINT, SIGTERM};
use crate::server::Server;

const LARGE: usize = 24_000_000;

fn start(args: &[&str]) -> Server {
    Server::start(args, |folder| {
        folder.write("a.mp4", "0123456789");
        folder.write("large.mp4", clip(6, LARGE));
    })
}

fn assert_no_longer_accepts(server: &Server) {
    eventually("no more connections", || {
        TcpStream::connect(server.address())
            .is_err_and(|reason| reason.kind() == ErrorKind::ConnectionRefused)
    });
}

/// An idle server ends at once, with success.
#[test]
fn an_idle_server_ends() {
    for signal in [SIGTERM, SIGINT] {
        let server = start(&[]);
        let wire = server.wire();
        assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
        assert_eq!(server.stop(signal).code, Some(0));
        assert!(wire.rest().is_empty());
    }
}

/// A connection that waits for its next request is no reason to stay.
#[test]
fn idle_connections_are_closed() {
    let server = start(&[]);
    let mut wires: Vec<_> = (0..20).map(|_| server.wire()).collect();
    for wire in &mut wires {
        wire.send(get_digits(&[]));
        assert_eq!(wire.reply().status, 200);
    }
    assert_eq!(server.stop(SIGTERM).code, Some(0));
    for wire in wires {
        wire.end();
    }
}

/// A reply that is under way is finished, while nobody new is let in.
#[test]
fn a_running_reply_is_finished() {
    for signal in [SIGTERM, SIGINT] {
        let server = start(&[]);
        let (mut wire, head) = server.slow_reader("/video/large.mp4");
        assert_eq!(head.status, 200);
        server.signal(signal);
        assert_no_longer_accepts(&server);
        assert!(wire.take(LARGE) == clip(6, LARGE), "the body is damaged");
        wire.end();
        assert_eq!(server.ended().code, Some(0));
    }
}

/// The second signal ends at once.
#[test]
fn the_second_signal_ends_at_once() {
    for (first, second) in [(SIGTERM, SIGTERM), (SIGINT, SIGINT), (SIGTERM, SIGINT)] {
        let server = start(&[]);
        let (wire, _) = server.slow_reader("/video/large.mp4");
        server.signal(first);
        assert_no_longer_accepts(&server);
        assert_eq!(server.stop(second).code, Some(0));
        assert!(wire.rest().len() < LARGE);
    }
}

/// A reader that never comes to its end holds the stop up for `--grace` and no longer.
#[test]
fn grace_ends() {
    let server = start(&["--grace", "1"]);
    let (wire, _) = server.slow_reader("/video/large.mp4");
    assert_eq!(server.stop(SIGTERM).code, Some(0));
    assert!(wire.rest().len() < LARGE);
    let server = start(&["--grace", "0"]);
    let (_wire, _) = server.slow_reader("/video/large.mp4");
    assert_eq!(server.stop(SIGTERM).code, Some(0));
}

/// Requests that were already in the pipeline when the stop began get an answer or a clean end.
#[test]
fn the_last_reply_says_close() {
    let server = start(&[]);
    let mut wire = crate::client::Wire::open_narrow(server.address());
    wire.send(request("GET", "/video/large.mp4", &[]) + &get_digits(&[]));
    assert_eq!(wire.head().status, 200);
    server.signal(SIGTERM);
    assert_no_longer_accepts(&server);
    wire.take(LARGE);
    let rest = wire.rest();
    assert!(
        rest.is_empty() || rest.starts_with(b"HTTP/1.1 200 "),
        "{}",
        rest.escape_ascii()
    );
    assert_eq!(server.ended().code, Some(0));
}

/// SIGHUP, which a closing terminal sends too, ends nobody and makes the server look again.
#[test]
fn sighup_rescans() {
    let server = start(&["--limit", "recheck_millis=3600000"]);
    let listed = || server.get("/library.json", &[]).text().contains("new.mp4");
    assert!(!listed());
    let (mut wire, _) = server.slow_reader("/video/large.mp4");
    server.folder().write("new.mp4", "new");
    server.signal(SIGHUP);
    eventually("the new file in the listing", listed);
    server.folder().replace("a.mp4", "other");
    server.signal(SIGHUP);
    eventually("the other file", || {
        server.get("/video/a.mp4", &[]).text() == "other"
    });
    assert!(wire.take(LARGE) == clip(6, LARGE), "the body is damaged");
}

/// Signals in any number and order leave a server that still serves.
#[test]
fn a_storm_of_signals() {
    let server = start(&[]);
    for _ in 0..200 {
        server.signal(SIGHUP);
        server.signal(crate::posix::SIGUSR1);
    }
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
}
