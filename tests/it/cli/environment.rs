//! Variables: each flag has one, and a flag wins.

use std::net::TcpListener;

use super::assert_fails;
use crate::server::{Folder, Pipes, Server, bare, reeld, run};

/// A port that is taken, so that a failure to start proves which variable was read.
fn taken() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    (listener, port)
}

/// Starts with these variables and arguments on an address without a port.
fn start(variables: &[(&str, &str)], args: &[&str]) -> Server {
    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    let mut command = bare();
    command
        .envs(variables.iter().copied())
        .args(["-b", "127.0.0.1"]);
    command.args(args).arg(folder.videos());
    Server::spawn(command, folder, Pipes::Drained)
}

/// The same, when the port that is meant to be read is taken.
fn fails_to_start(variables: &[(&str, &str)], port: &str) {
    let folder = Folder::new();
    let mut command = bare();
    command
        .envs(variables.iter().copied())
        .args(["-b", "127.0.0.1"])
        .arg(folder.videos());
    let outcome = run(command);
    assert_fails(&outcome, 1, &format!("{variables:?}"));
    assert!(outcome.stderr.contains(port), "{variables:?}: {outcome:?}");
}

/// `PORT` is what cloud hosts set, `REELD_PORT` stands before it, and `-p` before both.
#[test]
fn ports() {
    let (_listener, port) = taken();
    fails_to_start(&[("PORT", &port)], &port);
    fails_to_start(&[("REELD_PORT", &port)], &port);
    fails_to_start(&[("REELD_PORT", &port), ("PORT", "0")], &port);
    start(&[("PORT", "0")], &[]);
    start(&[("REELD_PORT", "0"), ("PORT", &port)], &[]);
    start(&[("REELD_PORT", &port), ("PORT", &port)], &["-p", "0"]);
}

/// Repeatable flags have lists.
#[test]
fn binds() {
    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    let mut command = bare();
    command
        .env("REELD_BIND", "127.0.0.1:0,127.0.0.2:0")
        .arg(folder.videos());
    let server = Server::spawn(command, folder, Pipes::Drained);
    crate::client::eventually("two addresses", || server.addresses().len() == 2);
}

/// The folder has a variable too.
#[test]
fn the_folder() {
    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    let mut command = reeld();
    command.env("REELD_DIR", folder.videos());
    let server = Server::spawn(command, folder, Pipes::Drained);
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);

    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    let mut command = reeld();
    command
        .env("REELD_DIR", folder.outside("missing"))
        .arg(folder.videos());
    let server = Server::spawn(command, folder, Pipes::Drained);
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
}

/// Each variable does what its flag does.
#[test]
fn every_flag_has_a_variable() {
    let variables = [
        ("REELD_PORT", "0"),
        ("REELD_WORKERS", "1"),
        ("REELD_REPLY_MAX", "4"),
        ("REELD_FOLLOW_LINKS", "1"),
        ("REELD_MAX_AGE", "60"),
        ("REELD_CDN_MAX_AGE", "600"),
        ("REELD_CORS", "*"),
        ("REELD_HEADER", "X-One: 1"),
        ("REELD_ACCESS_LOG", "-"),
        ("REELD_ACCESS_FORMAT", "json"),
        ("REELD_GRACE", "1"),
        ("REELD_LIMIT", "ranges_max=1"),
    ];
    let server = start(&variables, &[]);
    std::fs::write(server.folder().outside("b.mp4"), "beside").unwrap();
    server.folder().link("link.mp4", "../b.mp4");
    let reply = server.get("/video/a.mp4", &["Range: bytes=0-"]);
    assert_eq!((reply.status, reply.text()), (206, "0123"));
    assert_eq!(reply.must("Cache-Control"), "public, max-age=60");
    assert_eq!(reply.must("CDN-Cache-Control"), "max-age=600");
    assert_eq!(reply.must("Access-Control-Allow-Origin"), "*");
    assert_eq!(reply.must("X-One"), "1");
    assert_eq!(
        server.get("/video/a.mp4", &["Range: bytes=0-0,5-5"]).status,
        200
    );
    assert_eq!(server.get("/video/link.mp4", &[]).text(), "beside");
    crate::client::eventually("a record", || server.stdout().contains("\"status\":206"));
}

/// A flag wins over its variable.
#[test]
fn a_flag_wins() {
    let variables = [
        ("REELD_MAX_AGE", "60"),
        ("REELD_REPLY_MAX", "4"),
        ("REELD_PORT", "1"),
    ];
    let server = start(
        &variables,
        &["--max-age", "5", "--reply-max", "2", "-p", "0"],
    );
    let reply = server.get("/video/a.mp4", &["Range: bytes=0-"]);
    assert_eq!(reply.text(), "01");
    assert_eq!(reply.must("Cache-Control"), "public, max-age=5");
}

/// A wrong value in a variable is as wrong as in a flag, and the line names it.
#[test]
fn wrong_values() {
    let table = [
        ("REELD_PORT", "abc"),
        ("REELD_WORKERS", "x"),
        ("REELD_BIND", "nonsense"),
        ("REELD_REPLY_MAX", "lots"),
        ("REELD_MAX_AGE", "x"),
        ("REELD_ACCESS_FORMAT", "yaml"),
        ("REELD_LIMIT", "nope=1"),
    ];
    for (name, value) in table {
        let mut command = bare();
        command.env(name, value);
        let outcome = run(command);
        assert_fails(&outcome, 2, name);
        let wrong = value.trim_end_matches("=1");
        assert!(outcome.stderr.contains(wrong), "{outcome:?}");
    }
}
