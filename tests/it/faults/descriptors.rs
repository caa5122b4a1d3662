//! Descriptors: what happens when they run out, and that each is given back.

use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::bytes::clip;
use crate::client::{Wire, eventually, get_digits, request};
use crate::posix;
use crate::server::{Folder, PROGRAM, Pipes, Server, tidy};
use crate::socket::upgrade;

/// Connects as often as the kernel lets us, without waiting for an accept.
fn crowd(server: &Server, count: usize) -> Vec<TcpStream> {
    let patience = Duration::from_millis(200);
    (0..count)
        .filter_map(|_| TcpStream::connect_timeout(&server.address(), patience).ok())
        .collect()
}

/// A server that has run out of something waits; it does not turn in circles.
fn assert_idle(server: &Server) {
    let before = server.cpu_ticks();
    thread::sleep(Duration::from_millis(1000));
    let ticks = server.cpu_ticks() - before;
    assert!(
        ticks < 30,
        "{ticks} hundredths of a second in one second of doing nothing"
    );
}

fn assert_serves(server: &Server) {
    eventually("a new client served", || {
        let mut wire = server.wire();
        wire.send(get_digits(&["Connection: close"]));
        wire.rest().ends_with(b"0123456789")
    });
}

/// A server that may have this many descriptors, and cannot give itself more.
fn with_descriptors_max(count: u32) -> Server {
    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    let mut command = Command::new("/bin/sh");
    command
        .arg("-c")
        .arg(format!("ulimit -n {count} && exec \"$0\" \"$@\""))
        .arg(PROGRAM);
    command
        .args(["-b", "127.0.0.1:0", "--workers", "2"])
        .arg(folder.videos());
    tidy(&mut command);
    Server::spawn(command, folder, Pipes::Drained)
}

/// More clients than descriptors: who is in is served, nobody turns in circles, and when some
/// leave the others come in.
#[test]
fn more_clients_than_descriptors() {
    let server = with_descriptors_max(100);
    let mut first = server.wire();
    first.send(get_digits(&[]));
    assert_eq!(first.reply().text(), "0123456789");
    let baseline = server.settled_descriptors();

    let crowd = crowd(&server, 300);
    assert!(crowd.len() > 100, "only {} came", crowd.len());
    assert_idle(&server);
    assert!(server.descriptors() <= 100);
    drop(crowd);
    assert_serves(&server);
    server.assert_descriptors_return_to(baseline);
}

/// Those who wait outside are let in as soon as there is room, without another event.
#[test]
fn who_waits_is_let_in() {
    let server = with_descriptors_max(100);
    let crowd = crowd(&server, 150);
    let mut waiting: Vec<Wire> = (0..20).map(|_| server.wire()).collect();
    for wire in &mut waiting {
        wire.send(get_digits(&[]));
    }
    drop(crowd);
    for wire in &mut waiting {
        assert_eq!(wire.reply().text(), "0123456789");
    }
}

/// The limit sinks while the server runs, below what it counted on at its start.
#[test]
fn the_limit_sinks_while_running() {
    let server = Server::with_digits(&["--workers", "1"]);
    assert_serves(&server);
    let baseline = server.settled_descriptors();
    posix::set_descriptors_max(server.pid(), baseline as u64 + 5);
    let crowd = crowd(&server, 60);
    assert_idle(&server);
    drop(crowd);
    assert_serves(&server);

    // And not one is left: files that are not open yet cannot be opened, and that is all.
    let mut wire = server.wire();
    wire.send(get_digits(&[]));
    assert_eq!(wire.reply().status, 200);
    server.folder().write("b.mp4", "other");
    posix::set_descriptors_max(server.pid(), 3);
    wire.send(request("GET", "/video/b.mp4", &["Connection: close"]));
    let reply = String::from_utf8(wire.rest()).unwrap();
    assert!(
        reply.is_empty() || reply.starts_with("HTTP/1.1 5") || reply.ends_with("other"),
        "{reply}"
    );
    posix::set_descriptors_max(server.pid(), 1000);
    assert_serves(&server);
    assert_eq!(server.get("/video/b.mp4", &[]).text(), "other");
}

/// `connections_max` is a limit like any other: who is beyond it waits or is turned away.
#[test]
fn connections_max() {
    let server = Server::with_digits(&["--workers", "1", "--limit", "connections_max=10"]);
    let crowd = crowd(&server, 50);
    assert_idle(&server);
    assert!(
        server.descriptors() < 40,
        "{} descriptors",
        server.descriptors()
    );
    drop(crowd);
    assert_serves(&server);
}

/// When no more may be open, none of those who hold their places for nothing keeps another one out.
#[test]
fn who_holds_a_place_for_nothing_gives_way() {
    let server = Server::start(
        &["--workers", "1", "--limit", "connections_max=10"],
        |folder| {
            folder.write("a.mp4", "0123456789");
            folder.write("large.mp4", clip(18, 12_000_000));
        },
    );
    let large = request("GET", "/video/large.mp4", &[]);
    let page = upgrade("/_/live?session=a", &[]);
    for start in ["", "GET / HTTP/1.1\r\nHo", &large, &page, "BROKEN\r\n\r\n"] {
        let holding: Vec<Wire> = (0..30)
            .map(|_| {
                let mut wire = Wire::open_narrow(server.address());
                drop(wire.try_send(start));
                wire
            })
            .collect();
        assert_serves(&server);
        drop(holding);
    }
}

/// Who is being served stays, however many others come.
#[test]
fn who_is_served_does_not_give_way() {
    const LEN: usize = 12_000_000;
    let server = Server::start(
        &["--workers", "1", "--limit", "connections_max=10"],
        |folder| folder.write("large.mp4", clip(19, LEN)),
    );
    let (mut reader, _) = server.slow_reader("/video/large.mp4");
    let mut body = Vec::new();
    for _ in 0..20 {
        let crowd = crowd(&server, 20);
        body.extend(reader.take(LEN / 20));
        drop(crowd);
    }
    assert!(body == clip(19, LEN), "the body is damaged");
}

/// A reset in the middle of a body gives everything back at once.
#[test]
fn a_reset_gives_everything_back() {
    let server = Server::start(&["--workers", "1"], |folder| {
        folder.write("large.mp4", clip(15, 24_000_000));
    });
    server.get("/video/large.mp4", &["Range: bytes=0-0"]);
    let baseline = server.settled_descriptors();
    let readers: Vec<Wire> = (0..60)
        .map(|n| {
            let (mut wire, _) = server.slow_reader("/video/large.mp4");
            wire.take(n * 1000);
            wire
        })
        .collect();
    assert!(server.descriptors() >= baseline + 60);
    readers.into_iter().for_each(Wire::reset);
    server.assert_descriptors_return_to(baseline);
}

/// Clients that leave at any moment, five hundred of them: nothing stays behind.
#[test]
fn aborts_leave_nothing_behind() {
    let server = Server::start(&["--workers", "1"], |folder| {
        folder.write("a.mp4", "0123456789");
        folder.write("large.mp4", clip(16, 12_000_000));
    });
    server.get("/video/large.mp4", &["Range: bytes=0-0"]);
    server.get("/video/a.mp4", &[]);
    let baseline = server.settled_descriptors();
    let large = request("GET", "/video/large.mp4", &[]);
    for n in 0..500 {
        let mut wire = server.wire();
        match n % 5 {
            0 => wire.send(&large[..n % large.len()]),
            1 => wire.send(&large),
            2 => {
                wire.send(&large);
                wire.head();
                wire.take(n * 100);
            }
            3 => wire.send(large.repeat(3)),
            _ => {}
        }
        if n % 2 == 0 {
            wire.reset();
        }
    }
    server.assert_descriptors_return_to(baseline);
    assert_serves(&server);
}

/// A server that nobody talks to uses no processor, also with connections that are open.
#[test]
fn idle_costs_nothing() {
    let server = Server::with_digits(&[]);
    let mut wires: Vec<Wire> = (0..50).map(|_| server.wire()).collect();
    for wire in &mut wires {
        wire.send(get_digits(&[]));
        assert_eq!(wire.reply().status, 200);
    }
    thread::sleep(Duration::from_millis(200));
    let before = server.cpu_ticks();
    thread::sleep(Duration::from_millis(1000));
    assert!(server.cpu_ticks() - before <= 1, "not idle");
}
