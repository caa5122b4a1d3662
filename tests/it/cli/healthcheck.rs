//! `--healthcheck`: asking a running server from beside it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use super::assert_fails;
use crate::posix::SIGTERM;
use crate::server::{Outcome, Server, bare, run};

fn asked(args: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let mut command = bare();
    command.arg("--healthcheck").args(args);
    command.envs(variables.iter().copied());
    run(command)
}

fn assert_well(outcome: &Outcome) {
    let told = (outcome.code, &*outcome.stdout, &*outcome.stderr);
    assert_eq!(told, (Some(0), "ok\n", ""));
}

/// However the server was told where to listen, the same words find it.
#[test]
fn a_server_that_is_well() {
    let server = Server::with_digits(&["--cors", "https://a.example"]);
    let address = server.address().to_string();
    let port = server.address().port().to_string();
    assert_well(&asked(&["-b", &address], &[]));
    assert_well(&asked(&["-b", &format!("0.0.0.0:{port}"), "/nowhere"], &[]));
    assert_well(&asked(
        &["-b", &format!("[::]:{port}"), "-b", &address],
        &[],
    ));
    assert_well(&asked(&["-p", &port], &[]));
    assert_well(&asked(&[], &[("PORT", &port)]));
    assert_well(&asked(
        &[],
        &[("REELD_PORT", &port), ("REELD_DIR", "/nowhere")],
    ));
    assert_well(&asked(&[], &[("REELD_BIND", &address)]));

    assert_eq!(server.stop(SIGTERM).code, Some(0));
    let outcome = asked(&["-b", &address], &[]);
    assert_fails(&outcome, 1, "nobody there");
    assert!(outcome.stderr.contains(&address), "{outcome:?}");
    assert!(outcome.stderr.contains("refused"), "{outcome:?}");
}

/// Something that answers in its own way, on a port of its own.
fn answering(bytes: &'static [&'static [u8]]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // What is left unread would make the close a reset.
        _ = stream.read(&mut [0; 512]);
        for part in bytes {
            if stream.write_all(part).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(300));
        }
        // Until who asked has gone, so that an answer that is not whole has no end.
        if bytes.last().is_none_or(|last| last.ends_with(b"H")) {
            while stream.read(&mut [0; 512]).is_ok_and(|len| len > 0) {}
        }
    });
    address
}

/// Whatever it says or does not say: it ends within its time, in a line.
#[test]
fn servers_that_are_not_well() {
    for (bytes, why) in [
        (
            &[b"HTTP/1.1 503 Service Unavailable\r\n\r\n" as &[u8]][..],
            "Protocol error",
        ),
        (&[b"SSH-2.0-OpenSSH_9.2 and more"], "Protocol error"),
        (&[b"HTTP/1.1 2"], "timed out"),
        (&[], "timed out"),
        (&[b"H"], "timed out"),
        (
            &[b"H", b"T", b"T", b"P", b"/", b"1", b".", b"1", b" "],
            "timed out",
        ),
    ] {
        let address = answering(bytes).to_string();
        let outcome = asked(&["-b", &address, "--limit", "healthcheck_secs_max=1"], &[]);
        assert_fails(&outcome, 1, why);
        assert!(outcome.stderr.contains(why), "{why}: {outcome:?}");
    }
}

#[test]
fn a_port_that_nobody_knows() {
    assert_fails(&asked(&["-p", "0"], &[]), 2, "port 0");
}
