//! `--max-per-client`: connections of one address.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::client::{Wire, eventually, get_digits, request};
use crate::server::Server;

#[test]
fn one_more_is_told_so() {
    let server = Server::with_digits(&["--max-per-client", "3", "--workers", "2"]);
    let mut wires: Vec<Wire> = (0..3).map(|_| server.wire()).collect();
    for wire in &mut wires {
        wire.send(get_digits(&[]));
        assert_eq!(wire.reply().status, 200);
    }
    let mut more = server.wire();
    let reply = more.reply();
    assert_eq!(
        (reply.status, reply.text()),
        (429, "429 Too Many Requests: too-many-connections\n")
    );
    assert!(reply.closes() && reply.must("Retry-After") == "6");
    // Those who are there never feel it.
    for wire in &mut wires {
        wire.send(get_digits(&[]));
        assert_eq!(wire.reply().status, 200);
    }
    wires[0].send(request("GET", "/_/metrics", &[]));
    let metrics = wires[0].reply();
    assert!(
        metrics
            .text()
            .contains("{reason=\"too-many-connections\"} 1\n"),
        "{}",
        metrics.text()
    );
    more.end();
    drop(wires.pop());
    eventually("there is room again", || {
        let mut wire = server.wire();
        _ = wire.try_send(get_digits(&[]));
        wire.reply().status == 200
    });
}

/// However many come, no more than twice as many are there.
#[test]
fn a_flood_is_reset() {
    let server = Server::with_digits(&["--max-per-client", "5"]);
    let before = server.settled_descriptors();
    let flood: Vec<_> = (0..200)
        .map(|_| TcpStream::connect(server.address()))
        .collect();
    eventually("the others are gone", || {
        server.descriptors() <= before + 10
    });
    drop(flood);
    eventually("room", || {
        let mut reply = [0; 12];
        let asked = TcpStream::connect(server.address()).and_then(|mut stream| {
            stream.write_all(get_digits(&[]).as_bytes())?;
            stream.read_exact(&mut reply)
        });
        asked.is_ok() && &reply == b"HTTP/1.1 200"
    });
    server.assert_descriptors_return_to(before);
}

/// Proxies that are trusted carry many clients.
#[test]
fn proxies_are_not_counted() {
    let server = Server::with_digits(&["--max-per-client", "1", "--trusted-proxy", "127.0.0.1"]);
    let mut wires: Vec<Wire> = (0..10).map(|_| server.wire()).collect();
    for wire in &mut wires {
        wire.send(get_digits(&[]));
        assert_eq!(wire.reply().status, 200);
    }
}
