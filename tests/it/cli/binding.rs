//! Addresses and ports: several, IPv6, and those that are taken.

use std::net::TcpListener;

use super::assert_fails;
use crate::client::{Wire, eventually, get_digits};
use crate::server::{Folder, Pipes, Server, bare, reeld, run};

fn serves(server: &Server, address: std::net::SocketAddr) {
    let mut wire = Wire::open(address);
    wire.send(get_digits(&[]));
    assert_eq!(wire.reply().text(), "0123456789", "{address}");
    drop(wire);
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
}

/// `-b` may be repeated: every address is printed, and every address serves.
#[test]
fn several_addresses() {
    let server = Server::with_digits(&["-b", "127.0.0.1:0", "--bind=127.0.0.2:0"]);
    eventually("three addresses", || server.addresses().len() == 3);
    let addresses = server.addresses();
    for address in &addresses {
        serves(&server, *address);
        assert_eq!(
            addresses.iter().filter(|other| *other == address).count(),
            1
        );
    }
    assert!(
        addresses
            .iter()
            .any(|address| address.ip().to_string() == "127.0.0.2")
    );
}

/// An address without a port takes the one of `-p`.
#[test]
fn an_address_without_a_port() {
    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    let mut command = bare();
    command
        .args(["-b", "127.0.0.1", "-p", "0"])
        .arg(folder.videos());
    let server = Server::spawn(command, folder, Pipes::Drained);
    serves(&server, server.address());
}

/// IPv6 addresses stand in brackets, in the argument and in what is printed.
#[test]
fn ipv6() {
    if TcpListener::bind("[::1]:0").is_err() {
        return; // A machine without IPv6.
    }
    let server = Server::with_digits(&["-b", "[::1]:0"]);
    eventually("two addresses", || server.addresses().len() == 2);
    let address = server
        .addresses()
        .into_iter()
        .find(|address| address.is_ipv6())
        .unwrap();
    serves(&server, address);
}

/// A port that a stranger listens on is exit 1.
#[test]
fn a_port_that_a_stranger_has() {
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = stranger.local_addr().unwrap().port().to_string();
    let folder = Folder::new();
    let mut command = bare();
    command
        .args(["-b", "127.0.0.1", "-p", &port])
        .arg(folder.videos());
    let outcome = run(command);
    assert_fails(&outcome, 1, "a taken port");
    assert!(outcome.stderr.contains(&port), "{outcome:?}");
}

/// A port that another server of our kind has is taken too, though the kernel would share it.
#[test]
fn a_port_that_another_of_us_has() {
    let server = Server::with_digits(&[]);
    for workers in ["1", "2"] {
        let mut command = bare();
        command.args(["--workers", workers, "-b", &server.address().to_string()]);
        command.arg(server.folder().videos());
        assert_fails(&run(command), 1, "a port that another reeld has");
    }
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
}

/// One taken address of several is an error: nobody should have to look for the missing one.
#[test]
fn one_taken_address_of_several() {
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = Folder::new();
    let mut command = reeld();
    command
        .args(["-b", &stranger.local_addr().unwrap().to_string()])
        .arg(folder.videos());
    let outcome = run(command);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
}

/// A server that was restarted takes its port again at once, whatever its connections were doing.
#[test]
fn a_port_can_be_taken_again_at_once() {
    let server = Server::with_digits(&[]);
    let address = server.address().to_string();
    // Closed by the server first, so that its side is the one that waits.
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
    assert_eq!(server.stop(crate::posix::SIGTERM).code, Some(0));

    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    let mut command = bare();
    command.args(["-b", &address]).arg(folder.videos());
    let server = Server::spawn(command, folder, Pipes::Drained);
    assert_eq!(server.address().to_string(), address);
    serves(&server, server.address());
}
