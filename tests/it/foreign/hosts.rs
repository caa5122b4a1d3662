//! DNS rebinding: a name of somebody else's that suddenly means our address.

use super::{PRIVATE, start};
use crate::cli::assert_fails;
use crate::server::{Server, bare, run};
use crate::socket::UPGRADE;

fn get(target: &str, host: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
}

fn node() -> String {
    let node = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    node.trim().split('.').next().unwrap().to_owned()
}

fn status(server: &Server, target: &str, host: &str) -> u16 {
    let reply = server.answer(get(target, host));
    if reply.status == 421 {
        assert!(reply.text().contains("unknown-host"), "{reply:?}");
        assert!(reply.text().contains("--host NAME"), "{reply:?}");
    }
    reply.status
}

/// Addresses in digits, loopback by name, and the host's own name: with any port, in any case.
#[test]
fn names_of_ours() {
    let server = start(&[]);
    let node = node();
    let mut ours = vec![
        "127.0.0.1".to_owned(),
        "127.0.0.1:8080".into(),
        "192.168.1.77:8080".into(),
        "0.0.0.0".into(),
        "203.0.113.9:443".into(),
        "[::1]:8080".into(),
        "[fe80::1]".into(),
        "[2001:db8::7]:80".into(),
        "localhost".into(),
        "LocalHost:8080".into(),
        "localhost.".into(),
        "films.localhost:8080".into(),
        String::new(),
        // No name, though some programs know what they mean by it.
        "2130706433".into(),
    ];
    ours.extend(
        [
            "",
            ":8080",
            ".local",
            ".LOCAL:80",
            ".lan",
            ".home.arpa",
            ".internal",
            ".local.",
        ]
        .map(|end| node.clone() + end),
    );
    for host in ours {
        for target in PRIVATE {
            assert_eq!(status(&server, target, &host), 200, "{target} at {host:?}");
        }
    }
}

/// Any other name, however close: 421, so that a rebound page learns no name.
#[test]
fn names_of_others() {
    let server = start(&[]);
    let node = node();
    let others = [
        "evil.test".to_owned(),
        "evil.test:8080".into(),
        "tv".into(),
        "localhost.evil.test".into(),
        "localhostx".into(),
        "127.0.0.1.evil.test".into(),
        "127.0.0.1.nip.io:8080".into(),
        "127.0.0.x1".into(),
        "0x7f.1".into(),
        format!("{node}.evil.test"),
        format!("x{node}"),
        format!("x.{node}.local"),
        format!("{node}.local.evil.test"),
        "local".into(),
        ".local".into(),
        "*".into(),
    ];
    for host in others {
        for target in PRIVATE {
            assert_eq!(status(&server, target, &host), 421, "{target} at {host}");
        }
        // What is not there is not told from what is.
        for target in ["/none", "/_/none", "/_/page.js"] {
            assert_eq!(status(&server, target, &host), 421, "{target} at {host}");
        }
        // Somebody has to know the name of a film, and whoever passes films on does so by a name of his own.
        assert_eq!(status(&server, "/video/a.mp4", &host), 200, "{host}");
        assert_eq!(status(&server, "/video/none.mp4", &host), 404, "{host}");
        // There is nothing in it, and load balancers ask by whatever name they have.
        assert_eq!(status(&server, "/_/health", &host), 200, "{host}");
    }
}

/// Sockets as well, and every method.
#[test]
fn whatever_is_asked() {
    let server = start(&[]);
    for target in ["/_/live?session=a", "/?session=a"] {
        let fields = UPGRADE.join("\r\n");
        let ask = |host| format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n\r\n");
        assert_eq!(server.answer(ask("evil.test")).status, 421, "{target}");
        let mut wire = server.wire();
        wire.send(ask("localhost"));
        assert_eq!(wire.head().status, 101, "{target}");
    }
    for method in ["OPTIONS", "POST", "HEAD"] {
        let mut wire = server.wire();
        wire.send(get("/library.json", "evil.test").replace("GET", method));
        assert_eq!(wire.head().status, 421, "{method}");
    }
}

/// A target that names a host itself is what counts, and not the field (RFC 9112 3.2.2).
#[test]
fn in_the_target() {
    let server = start(&[]);
    for (target, host, expected) in [
        ("http://evil.test/library.json", "127.0.0.1", 421),
        ("HTTPS://evil.test:8080?x", "127.0.0.1", 421),
        ("http://evil.test", "localhost", 421),
        ("http://localhost/library.json", "evil.test", 200),
        ("http://[::1]:8080/", "evil.test", 200),
        ("http://evil.test/_/health", "evil.test", 200),
    ] {
        assert_eq!(
            status(&server, target, host),
            expected,
            "{target} at {host}"
        );
    }
}

/// HTTP/1.0 without a name is no browser.
#[test]
fn without_a_name() {
    let server = start(&[]);
    let reply = server.answer("GET /library.json HTTP/1.0\r\n\r\n");
    assert_eq!(reply.status, 200);
    let reply = server.answer("GET /library.json HTTP/1.0\r\nHost: evil.test\r\n\r\n");
    assert_eq!(reply.status, 421);
}

/// `--host` names more of them, and `*` all.
#[test]
fn named_by_the_owner() {
    let named = start(&["--host", "Films.example", "--host", "tv"]);
    for (host, expected) in [
        ("films.example", 200),
        ("FILMS.EXAMPLE:443", 200),
        ("films.example.", 200),
        ("tv:8080", 200),
        ("localhost", 200),
        ("www.films.example", 421),
        ("example", 421),
    ] {
        assert_eq!(status(&named, "/library.json", host), expected, "{host}");
    }
    let any = start(&["--host", "tv", "--host", "*"]);
    assert_eq!(status(&any, "/library.json", "evil.test"), 200);
}

/// The variable is a list; what can be no name is refused at the start.
#[test]
fn as_options() {
    let folder = crate::server::Folder::new();
    folder.write("a.mp4", "0123456789");
    let mut command = crate::server::reeld();
    command
        .env("REELD_HOST", "one.example, two.example")
        .arg(folder.videos());
    let server = Server::spawn(command, folder, crate::server::Pipes::Drained);
    for (host, expected) in [
        ("one.example", 200),
        ("two.example", 200),
        ("three.example", 421),
    ] {
        assert_eq!(status(&server, "/", host), expected, "{host}");
    }
    for name in ["", "http://a.test", "a.test:80", "a b", "[::1"] {
        let mut command = bare();
        command.args(["--host", name]);
        let outcome = run(command);
        assert_fails(&outcome, 2, name);
        assert!(outcome.stderr.contains("--host"), "{outcome:?}");
    }
}
