//! Peers that take or give too little: each has its bounded time, and costs the others nothing.

use std::thread;
use std::time::Duration;

use crate::bytes::clip;
use crate::client::{Wire, get_digits, request};
use crate::server::Server;

const LEN: usize = 24_000_000;

/// A server that loses its patience after a second.
fn impatient() -> Server {
    let seconds = ["head_secs_max=1", "idle_secs_max=1", "stall_secs_max=1"];
    let mut args = vec!["--workers", "1"];
    args.extend(seconds.iter().flat_map(|limit| ["--limit", limit]));
    Server::start(&args, |folder| {
        folder.write("a.mp4", "0123456789");
        folder.write("large.mp4", clip(12, LEN));
    })
}

/// A head that is not complete within `head_secs_max` is 408, however steadily it drips.
#[test]
fn a_slow_head_is_refused() {
    let server = impatient();
    for pause in [20, 1500] {
        let mut wire = server.wire();
        let dripping = wire.sender();
        let drip = thread::spawn(move || {
            let mut dripping = dripping;
            for byte in get_digits(&[&"X: y".repeat(100)]).bytes() {
                if dripping.try_send([byte]).is_err() {
                    return;
                }
                thread::sleep(Duration::from_millis(pause));
            }
        });
        let reply = wire.reply();
        assert_eq!(reply.status, 408);
        assert!(
            reply.closes() && reply.text().contains("head-timeout"),
            "{reply:?}"
        );
        wire.try_finish_sending();
        drip.join().unwrap();
    }
}

/// The same for the second request of a connection.
#[test]
fn a_slow_second_head_is_refused() {
    let server = impatient();
    let mut wire = server.wire();
    wire.send(get_digits(&[]) + "GET /video");
    assert_eq!(wire.reply().status, 200);
    assert_eq!(wire.reply().status, 408);
    wire.end();
}

/// A connection on which nothing has come is closed without a word: no client waits for it.
#[test]
fn silence_is_answered_with_silence() {
    let server = impatient();
    server.wire().end();
    let mut wire = server.wire();
    wire.send(get_digits(&[]));
    assert_eq!(wire.reply().status, 200);
    wire.end();
}

/// A body that never comes is not waited for either.
#[test]
fn a_body_that_never_comes() {
    let server = impatient();
    for start in [
        "Content-Length: 10\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    ] {
        let mut wire = server.wire();
        wire.send(format!("GET /video/a.mp4 HTTP/1.1\r\nHost: a\r\n{start}"));
        let rest = wire.rest();
        assert!(
            rest.is_empty() || rest.starts_with(b"HTTP/1.1 408 "),
            "{}",
            rest.escape_ascii()
        );
    }
}

/// Clients that never read are closed after `stall_secs_max`, and give back what they held.
#[test]
fn clients_that_never_read_are_closed() {
    let server = impatient();
    server.get("/video/large.mp4", &["Range: bytes=0-0"]);
    let baseline = server.settled_descriptors();
    let wires: Vec<Wire> = (0..20)
        .map(|_| server.slow_reader("/video/large.mp4").0)
        .collect();
    server.assert_descriptors_return_to(baseline);
    for wire in wires {
        assert!(wire.rest().len() < LEN, "all of it went into the sockets");
    }
}

/// A reader that is slow but steady is not stalled: it gets all of its bytes.
#[test]
fn steady_readers_are_not_closed() {
    let server = impatient();
    let (mut wire, _) = server.slow_reader("/video/large.mp4");
    let mut body = Vec::new();
    for _ in 0..10 {
        body.extend(wire.take(LEN / 20));
        thread::sleep(Duration::from_millis(250));
    }
    body.extend(wire.take(LEN - body.len()));
    assert!(body == clip(12, LEN), "the body is damaged");
}

/// Two hundred slow readers beside somebody with small requests: all of them get what is theirs,
/// and nothing of a file is held in the server's own memory.
#[test]
fn slow_readers_beside_small_requests() {
    let bytes = clip(13, 50_000_000);
    let server = Server::start(&["--workers", "2"], |folder| {
        folder.write("a.mp4", "0123456789");
        folder.write("large.mp4", &bytes);
    });
    let mut readers: Vec<(Wire, usize)> = (0..200)
        .map(|_| (server.slow_reader("/video/large.mp4").0, 0))
        .collect();
    thread::scope(|scope| {
        let small = scope.spawn(|| {
            let mut wire = server.wire();
            for n in 0..2000 {
                let digit = n % 10;
                let range = format!("Range: bytes={digit}-{digit}");
                wire.send(get_digits(&[&range]));
                assert_eq!(wire.reply().body, &b"0123456789"[digit..=digit]);
            }
        });
        while !small.is_finished() {
            for (wire, position) in &mut readers {
                let part = wire.take(16_000);
                assert!(
                    part == bytes[*position..*position + 16_000],
                    "the body is damaged"
                );
                *position += 16_000;
            }
        }
    });
    let anonymous = server.anonymous_bytes();
    assert!(anonymous < 8 << 20, "{anonymous} bytes");
    let (wire, position) = &mut readers[0];
    assert!(
        wire.take(50_000_000 - *position) == bytes[*position..],
        "the body is damaged"
    );
}

/// A bulk download on the same worker does not keep small requests from their turn.
#[test]
fn a_bulk_download_beside_small_requests() {
    let server = Server::start(&["--workers", "1"], |folder| {
        folder.write("a.mp4", "0123456789");
        folder.write("large.mp4", clip(14, LEN));
    });
    thread::scope(|scope| {
        let small = scope.spawn(|| {
            let mut wire = server.wire();
            for _ in 0..500 {
                wire.send(get_digits(&[]));
                assert_eq!(wire.reply().text(), "0123456789");
            }
        });
        let mut wire = server.wire();
        while !small.is_finished() {
            wire.send(request("GET", "/video/large.mp4", &[]));
            wire.head();
            wire.take(LEN);
        }
    });
}
