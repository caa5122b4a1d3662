//! Output that nobody reads: a closed or a full pipe neither ends nor stalls the server.

use std::fs::File;
use std::process::Command;

use crate::client::{get_digits, request};
use crate::posix::{self, SIGTERM};
use crate::server::{Folder, PROGRAM, Pipes, Server, reeld, tidy};

/// Everything that the program can be told to write, to both pipes.
const LOUD: [&str; 7] = [
    "-v",
    "-v",
    "-v",
    "--access-log",
    "-",
    "--access-format",
    "combined",
];

fn start(pipes: Pipes, args: &[&str]) -> Server {
    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    let mut command = reeld();
    command.args(args).arg(folder.videos());
    Server::spawn(command, folder, pipes)
}

/// Makes the server write far more than a pipe holds: each record is over a hundred bytes.
fn ask_thousands(server: &Server) {
    let agent = format!("User-Agent: {}", "a".repeat(100));
    let burst = get_digits(&[&agent]).repeat(50);
    let mut wire = server.wire();
    for _ in 0..80 {
        wire.send(&burst);
        for _ in 0..50 {
            assert_eq!(wire.reply().body, b"0123456789");
        }
    }
    for _ in 0..50 {
        server.refusal("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    }
}

/// A log that nobody reads is dropped rather than waited for, and the stop is as orderly.
#[test]
fn full_pipes_stall_nobody() {
    let server = start(Pipes::Held, &LOUD);
    ask_thousands(&server);
    assert_eq!(server.stop(SIGTERM).code, Some(0));
}

/// A log whose reader went away is no reason to go away too.
#[test]
fn closed_pipes_end_nobody() {
    let server = start(Pipes::Closed, &LOUD);
    ask_thousands(&server);
    server.signal(posix::SIGHUP);
    server.signal(posix::SIGUSR1);
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
    assert_eq!(server.stop(SIGTERM).code, Some(0));
}

/// A pipe that is read gets every record, the last ones at the stop.
#[test]
fn a_pipe_that_is_read_gets_every_record() {
    let server = start(Pipes::Drained, &["--access-log", "-"]);
    let mut wire = server.wire();
    for n in 0..300 {
        wire.send(request("GET", &format!("/video/a.mp4?{n}."), &[]));
        assert_eq!(wire.reply().status, 200);
    }
    drop(wire);
    let outcome = server.stop(SIGTERM);
    assert_eq!(outcome.code, Some(0));
    for n in 0..300 {
        assert!(
            outcome.stdout.contains(&format!("?{n}. ")),
            "{n} is missing"
        );
    }
}

/// The address is there as soon as the server listens, though stdout is no terminal.
#[test]
fn the_address_comes_through_a_pipe() {
    let server = start(Pipes::Drained, &[]);
    assert_eq!(server.addresses(), [server.address()]);
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
    let outcome = server.stop(SIGTERM);
    let lines: Vec<&str> = outcome
        .stdout
        .lines()
        .filter(|line| line.contains("http://"))
        .collect();
    assert_eq!(lines.len(), 1, "{outcome:?}");
    assert!(lines[0].ends_with('/'), "{outcome:?}");
}

/// A log that goes to a descriptor which was closed before the start goes nowhere, and above
/// all not into a client's connection that happens to have got its number.
#[test]
fn descriptors_closed_before_the_start() {
    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    let mut command = Command::new("/bin/sh");
    command.args([
        "-c",
        "exec \"$0\" \"$@\" 2>&- <&-",
        PROGRAM,
        "-b",
        "127.0.0.1:0",
        "-vvv",
    ]);
    command.arg(folder.videos());
    tidy(&mut command);
    let server = Server::spawn(command, folder, Pipes::Drained);
    for _ in 0..50 {
        assert_eq!(server.get("/video/a.mp4", &[]).body, b"0123456789");
        server.refusal("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    }
}

/// A log file that takes nothing any more, here a pipe that nobody reads, costs its records and
/// nothing else: requests are answered, and the second signal still ends at once.
#[test]
fn a_stuck_log_file_stalls_nobody() {
    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    let log = folder.outside("log");
    posix::make_fifo(&log);
    // Open for reading and writing, so that opening it waits for nobody.
    let _reader = File::options().read(true).write(true).open(&log).unwrap();
    let mut command = reeld();
    command.arg("--access-log").arg(log).arg(folder.videos());
    let server = Server::spawn(command, folder, Pipes::Drained);
    ask_thousands(&server);
    server.signal(SIGTERM);
    assert_eq!(server.stop(SIGTERM).code, Some(0));
}
