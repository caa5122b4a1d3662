//! Garbage, near misses and bursts: seeded, so that a failure can be repeated.

use std::net::TcpStream;
use std::thread;

use crate::bytes::Dice;
use crate::client::{Wire, get_digits, request};
use crate::server::Server;

const SEED: u64 = 0x5EED;

/// Something that is almost a request.
fn near_miss(dice: &mut Dice) -> Vec<u8> {
    let whole = [
        get_digits(&["Range: bytes=0-1,3-4,-2"]),
        get_digits(&["Transfer-Encoding: chunked"]) + "3\r\nabc\r\n0\r\n\r\n",
        get_digits(&["Content-Length: 4"]) + "abcd",
        request("HEAD", "/video/%61.mp4?v=1", &["If-None-Match: W/\"a\", *"]),
        request(
            "OPTIONS",
            "*",
            &["Expect: 100-continue", "Content-Length: 1"],
        ) + "x",
        request(
            "GET",
            "http://a:80/",
            &["Accept: application/json;q=0.5", "Connection: close"],
        ),
    ];
    let mut bytes = whole[dice.below(whole.len())]
        .repeat(1 + dice.below(3))
        .into_bytes();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len());
        match dice.below(4) {
            0 => bytes[at] = dice.byte(),
            1 => bytes.truncate(at + 1),
            2 => bytes.insert(at, b"\r\n\0 :;,\"%/"[dice.below(10)]),
            _ => {
                let len = dice.below(30);
                let inserted = dice.bytes(len);
                bytes.splice(at..at, inserted);
            }
        }
    }
    bytes
}

/// Two thousand connections with garbage and near misses: the server is as alive as before.
#[test]
fn garbage_and_near_misses() {
    let server = Server::with_digits(&["--workers", "1"]);
    server.get("/video/a.mp4", &[]);
    let baseline = server.settled_descriptors();
    let mut dice = Dice::new(SEED);
    for n in 0..2000 {
        let bytes = if n % 4 == 0 {
            let len = dice.below(300);
            dice.bytes(len)
        } else {
            near_miss(&mut dice)
        };
        let mut wire = server.wire();
        // The server may have closed before all of it was sent; that is its right.
        drop(wire.try_send(&bytes));
        if n % 8 == 1 {
            wire.try_finish_sending();
            let rest = wire.rest();
            let case = bytes.escape_ascii();
            assert!(
                rest.is_empty() || rest.starts_with(b"HTTP/1.1 "),
                "{n}: {case}"
            );
        }
    }
    server.assert_descriptors_return_to(baseline);
    assert_eq!(server.get("/video/a.mp4", &[]).text(), "0123456789");
}

/// Hundreds of connections at once, each of which says nothing.
#[test]
fn hundreds_of_silent_connections() {
    let server = Server::with_digits(&[]);
    let silent: Vec<TcpStream> = (0..500)
        .map(|_| TcpStream::connect(server.address()).unwrap())
        .collect();
    for _ in 0..20 {
        assert_eq!(server.get("/video/a.mp4", &[]).text(), "0123456789");
    }
    let anonymous = server.anonymous_bytes();
    assert!(
        anonymous < 8 << 20,
        "{anonymous} bytes for {} connections",
        silent.len()
    );
}

/// Heads that never end, on many connections: memory stays bounded, and they are refused.
#[test]
fn endless_heads() {
    let server = Server::with_digits(&["--workers", "1"]);
    let mut wires: Vec<Wire> = (0..50).map(|_| server.wire()).collect();
    for _ in 0..8 {
        for (n, wire) in wires.iter_mut().enumerate() {
            let line = format!("X{n}: {}\r\n", "y".repeat(1800));
            drop(wire.try_send(if n % 2 == 0 {
                line
            } else {
                line.replace("\r\n", "")
            }));
        }
    }
    let anonymous = server.anonymous_bytes();
    assert!(anonymous < 12 << 20, "{anonymous} bytes");
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
}

/// A pipeline without an end whose answers nobody reads: the server stops reading, and goes on
/// when the client does.
#[test]
fn an_endless_pipeline_that_nobody_reads() {
    let server = Server::with_digits(&["--workers", "1"]);
    let mut wire = Wire::open_narrow(server.address());
    let mut sending = wire.sender();
    const COUNT: usize = 60_000;
    let sender = thread::spawn(move || {
        let burst = get_digits(&[]).repeat(1000);
        for _ in 0..COUNT / 1000 {
            sending.send(&burst);
        }
    });
    thread::sleep(std::time::Duration::from_millis(300));
    let anonymous = server.anonymous_bytes();
    assert!(anonymous < 8 << 20, "{anonymous} bytes");
    assert_eq!(server.get("/video/a.mp4", &[]).text(), "0123456789");
    for _ in 0..COUNT {
        assert_eq!(wire.reply().body, b"0123456789");
    }
    sender.join().unwrap();
}

/// Clients in parallel, each with its own mixture: nobody gets what another asked for.
#[test]
fn parallel_clients_get_their_own() {
    let server = Server::start(&["--workers", "2"], |folder| {
        (0..20).for_each(|n| folder.write(format!("{n}.mp4"), format!("{n:02}").repeat(5000)));
    });
    thread::scope(|scope| {
        for client in 0..8 {
            let server = &server;
            scope.spawn(move || {
                let mut dice = Dice::new(SEED + client);
                let mut wire = server.wire();
                for _ in 0..200 {
                    let (n, first) = (dice.below(20), dice.below(5000));
                    let range = format!("Range: bytes={first}-");
                    wire.send(request("GET", &format!("/video/{n}.mp4"), &[&range]));
                    let body = format!("{n:02}").repeat(5000).split_off(first);
                    assert!(wire.reply().text() == body, "somebody else's bytes");
                }
            });
        }
    });
}
