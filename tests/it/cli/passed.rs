//! Listening sockets that whoever starts the server has opened for it (`LISTEN_FDS`).

use std::net::{Ipv6Addr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::thread;

use super::assert_fails;
use crate::client::{Wire, get_digits};
use crate::posix::{self, SIGTERM};
use crate::server::{Folder, Outcome, PROGRAM, Pipes, Server, run, tidy};

/// The program with these descriptors. The shell says for whom they are: nobody else knows the number in time.
fn passed(sockets: Vec<OwnedFd>) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "LISTEN_PID=$$ exec \"$0\" \"$@\"", PROGRAM]);
    command.env("LISTEN_FDS", sockets.len().to_string());
    tidy(&mut command);
    posix::pass(&mut command, sockets);
    command
}

fn with_digits() -> Folder {
    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    folder
}

fn start(sockets: Vec<OwnedFd>, args: &[&str]) -> Server {
    let folder = with_digits();
    let mut command = passed(sockets);
    command.args(args).arg(folder.videos());
    Server::spawn(command, folder, Pipes::Drained)
}

fn copy(listener: &TcpListener) -> OwnedFd {
    listener.try_clone().unwrap().into()
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// It serves where the sockets listen, all of them, and sets what it sets on its own.
#[test]
fn sockets_are_served() {
    let mut sockets = vec![listener(), listener()];
    // A machine may have no IPv6.
    sockets.extend(TcpListener::bind((Ipv6Addr::LOCALHOST, 0)));
    let server = start(sockets.iter().map(copy).collect(), &[]);
    for socket in &sockets {
        let address = socket.local_addr().unwrap();
        assert!(server.addresses().contains(&address), "{address}");
        assert!(posix::has_no_delay(socket));
        let mut wire = Wire::open(address);
        wire.send(get_digits(&[]));
        assert_eq!(wire.reply().text(), "0123456789", "{address}");
    }
    assert_eq!(server.addresses().len(), sockets.len());
}

/// However many come at once, and whichever worker takes them: nobody is left waiting. One socket has
/// edges for all workers, and an edge that is missed does not come again.
#[test]
fn nobody_is_forgotten() {
    // The standard library's own listeners let 128 wait.
    const AT_ONCE: usize = 100;
    for workers in ["1", "2", "8"] {
        let socket = listener();
        let address = socket.local_addr().unwrap();
        // Some were there before the server.
        let mut early: Vec<Wire> = (0..AT_ONCE).map(|_| Wire::open(address)).collect();
        let server = start(vec![copy(&socket)], &["--workers", workers]);
        for wire in &mut early {
            wire.send(get_digits(&[]));
            assert_eq!(wire.reply().text(), "0123456789");
        }
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for round in 0..20 {
                        let mut wires: Vec<Wire> =
                            (0..round).map(|_| Wire::open(address)).collect();
                        wires.iter_mut().for_each(|wire| wire.send(get_digits(&[])));
                        for wire in &mut wires {
                            assert_eq!(wire.reply().text(), "0123456789");
                        }
                    }
                });
            }
        });
        drop(early);
        assert_eq!(server.stop(SIGTERM).code, Some(0));
    }
}

/// Who comes while no server runs is served by the next one.
#[test]
fn a_restart_loses_nobody() {
    let socket = listener();
    let server = start(vec![copy(&socket)], &[]);
    let address = server.address();
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
    assert_eq!(server.stop(SIGTERM).code, Some(0));
    let mut between = Wire::open(address);
    between.send(get_digits(&[]));
    let server = start(vec![copy(&socket)], &[]);
    assert_eq!(between.reply().text(), "0123456789");
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
}

/// Variables that were meant for another process mean nothing.
#[test]
fn sockets_for_somebody_else() {
    let socket = listener();
    for (pid, count) in [("1", "1"), ("", "1"), ("x", "1"), ("$$", "0")] {
        let folder = with_digits();
        let mut command = Command::new("sh");
        command.args([
            "-c",
            &format!("LISTEN_PID={pid} exec \"$0\" \"$@\""),
            PROGRAM,
        ]);
        command.env("LISTEN_FDS", count);
        tidy(&mut command);
        posix::pass(&mut command, vec![copy(&socket)]);
        command.args(["-b", "127.0.0.1:0"]).arg(folder.videos());
        let server = Server::spawn(command, folder, Pipes::Drained);
        assert_ne!(
            server.address(),
            socket.local_addr().unwrap(),
            "{pid} {count}"
        );
        assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
    }
}

fn failed(sockets: Vec<OwnedFd>, set: impl FnOnce(&mut Command)) -> Outcome {
    let folder = with_digits();
    let mut command = passed(sockets);
    command.arg(folder.videos());
    set(&mut command);
    run(command)
}

/// What cannot be listened at is said in a line, with its number and its name.
#[test]
fn what_is_no_listening_socket() {
    let socket = listener();
    let connected = TcpStream::connect(socket.local_addr().unwrap()).unwrap();
    let folder = Folder::new();
    let unix = UnixListener::bind(folder.outside("socket")).unwrap();
    let file = std::fs::File::open(folder.videos()).unwrap();
    let unbound = UdpSocket::bind("127.0.0.1:0").unwrap();
    for (wrong, why) in [
        (OwnedFd::from(connected), "does not listen"),
        (unix.into(), "neither IPv4 nor IPv6"),
        (file.into(), "is not a stream socket"),
        (unbound.into(), "is not a stream socket"),
    ] {
        let outcome = failed(vec![copy(&socket), wrong], |command| {
            command.env("LISTEN_FDNAMES", "right:wrong");
        });
        assert_fails(&outcome, 1, why);
        assert!(
            outcome.stderr.contains("descriptor 4 (wrong)"),
            "{outcome:?}"
        );
        assert!(outcome.stderr.contains(why), "{outcome:?}");
    }
}

#[test]
fn what_is_not_there() {
    let socket = listener();
    for (count, why) in [
        ("2", "descriptor 4 () was not passed in"),
        ("", "LISTEN_FDS: '' is not a number"),
        ("65", "LISTEN_FDS: '65' is not a number from 0 to 64"),
        ("-1", "LISTEN_FDS: '-1'"),
        ("many", "LISTEN_FDS: 'many'"),
        ("99999999999999999999", "LISTEN_FDS: '99999999999999999999'"),
    ] {
        let outcome = failed(vec![copy(&socket)], |command| {
            command.env("LISTEN_FDS", count);
        });
        assert_fails(&outcome, 1, count);
        assert!(outcome.stderr.contains(why), "{outcome:?}");
    }
}

/// Who names an address as well has said two things. PORT is there for everybody.
#[test]
fn an_address_besides() {
    let socket = listener();
    for (option, value) in [("--bind", "127.0.0.1:0"), ("--port", "0")] {
        let outcome = failed(vec![copy(&socket)], |command| {
            command.args([option, value]);
        });
        assert_fails(&outcome, 1, option);
        assert!(outcome.stderr.contains(option), "{outcome:?}");
    }
    let outcome = failed(vec![copy(&socket)], |command| {
        command.env("REELD_PORT", "0");
    });
    assert_fails(&outcome, 1, "REELD_PORT");
    assert!(outcome.stderr.contains("REELD_PORT"), "{outcome:?}");

    let folder = with_digits();
    let mut command = passed(vec![copy(&socket)]);
    command.env("PORT", "1").arg(folder.videos());
    let server = Server::spawn(command, folder, Pipes::Drained);
    assert_eq!(server.address(), socket.local_addr().unwrap());
}
