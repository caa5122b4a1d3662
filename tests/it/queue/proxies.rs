//! `--trusted-proxy`: whom a request is from, as those tell who are believed.

use super::{ask, by, start, told, watch};
use crate::client::{eventually, request};
use crate::server::Server;
use crate::socket::Page;

/// The addresses in the access log, in order.
fn logged(args: &[&str], requests: &[&[&str]]) -> Vec<String> {
    let mut all = vec!["--access-log", "-", "--access-format", "common"];
    all.extend_from_slice(args);
    let server = Server::with_digits(&all);
    let mut wire = server.wire();
    for fields in requests {
        wire.send(request("GET", "/video/a.mp4", fields));
        assert_eq!(wire.reply().status, 200);
    }
    let lines = || -> Vec<String> {
        let text = server.stdout();
        let lines = text.lines().filter(|line| line.contains("/video/a.mp4"));
        lines
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    };
    eventually("the lines", || lines().len() == requests.len());
    lines()
}

const REQUESTS: [&[&str]; 9] = [
    &["X-Forwarded-For: 192.0.2.1"],
    &["X-Forwarded-For: 127.0.0.9, 192.0.2.1, 127.0.0.2"],
    &["X-Forwarded-For: 192.0.2.7", "X-Forwarded-For: 192.0.2.1"],
    &["Forwarded: for=192.0.2.7, for=\"[2001:db8::1]:80\";proto=http"],
    &["Forwarded: for=192.0.2.7", "X-Forwarded-For: 192.0.2.1"],
    &["Forwarded: for=_hidden"],
    &["X-Forwarded-For: 192.0.2.1, nonsense"],
    &[],
    &["X-Forwarded-For: 127.0.0.1"],
];

#[test]
fn believed() {
    let wanted = [
        "192.0.2.1",
        "192.0.2.1",
        "192.0.2.1",
        "2001:db8::1",
        "127.0.0.1",
        "127.0.0.1",
        "127.0.0.1",
        "127.0.0.1",
        "127.0.0.1",
    ];
    let args = [
        "--trusted-proxy",
        "10.0.0.0/8",
        "--trusted-proxy",
        "127.0.0.0/8",
    ];
    assert_eq!(logged(&args, &REQUESTS), wanted);
}

#[test]
fn from_anybody_else_both_are_ignored() {
    assert_eq!(logged(&[], &REQUESTS), ["127.0.0.1"; 9]);
    assert_eq!(
        logged(&["--trusted-proxy", "10.0.0.0/8"], &REQUESTS),
        ["127.0.0.1"; 9]
    );
}

/// A proxy on this machine does not make everybody sit at it.
#[test]
fn nobody_behind_a_proxy_is_at_home() {
    let greeting = |args: &[&str]| {
        let server = Server::with_digits(args);
        Page::open(&server, "a").hello.at("sees").text().to_owned()
    };
    assert_eq!(greeting(&[]), "all");
    assert_eq!(greeting(&["--trusted-proxy", "::1"]), "all");
    assert_eq!(greeting(&["--trusted-proxy", "127.0.0.1"]), "own");
}

/// A cache that fills itself is no viewer; whom it hides is one.
#[test]
fn a_proxys_own_requests_take_no_place() {
    let server = start(&["--max-streams", "1", "--queue", "0"]);
    let _watching = watch(&server, 1);
    for _ in 0..3 {
        assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
    }
    assert_eq!(
        server
            .get("/video/a.mp4", &["X-Forwarded-For: 127.0.0.1"])
            .status,
        200
    );
    assert_eq!(ask(&server, 2, "/video/a.mp4", &[]).status, 503);
    for hidden in ["Forwarded: for=unknown", "X-Forwarded-For: unknown"] {
        assert_eq!(server.get("/video/a.mp4", &[hidden]).status, 503);
    }
    assert_eq!(told(&server, "viewers"), 1);
}

/// One connection of a proxy carries many clients.
#[test]
fn clients_are_told_apart_on_one_connection() {
    let server = start(&["--max-streams", "2", "--queue", "0"]);
    let mut wire = server.wire();
    for (client, status) in [(1, 200), (2, 200), (3, 503), (1, 200), (2, 200), (3, 503)] {
        wire.send(request("GET", "/video/a.mp4", &[&by(client)]));
        assert_eq!(wire.reply().status, status, "{client}");
    }
}

#[test]
fn what_is_no_network() {
    for (network, word) in [("10.0.0.0/33", "10.0.0.0/33"), ("proxy.lan", "proxy.lan")] {
        let mut command = crate::server::reeld();
        command.args(["--trusted-proxy", network]);
        let outcome = crate::server::run(command);
        assert_eq!(outcome.code, Some(2));
        assert!(outcome.stderr.contains(word), "{}", outcome.stderr);
    }
}
