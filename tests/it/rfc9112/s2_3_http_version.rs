//! RFC 9112 section 2.3: the version, `HTTP` in capitals and one digit on each side of the dot.

use crate::server::Server;

/// A higher minor version is treated as the highest one known; the reply names our own.
#[test]
fn a_higher_minor_version_is_1_1() {
    let server = Server::with_digits(&[]);
    for version in ["HTTP/1.1", "HTTP/1.2", "HTTP/1.9"] {
        let mut wire = server.wire();
        for _ in 0..2 {
            wire.send(format!("GET /video/a.mp4 {version}\r\nHost: a\r\n\r\n"));
            assert_eq!(wire.reply().status, 200, "{version}");
        }
    }
}

/// A major version that the server does not speak is 505 (RFC 9110 section 15.6.6).
#[test]
fn another_major_version_is_refused() {
    let versions = ["HTTP/2.0", "HTTP/3.0", "HTTP/0.9"];
    let requests = versions.map(|version| format!("GET / {version}\r\nHost: a\r\n\r\n"));
    Server::with_digits(&[]).refuses(505, "bad-version", &requests);
}

/// The preface of HTTP/2 is answered in a language that its sender can at least log.
#[test]
fn the_preface_of_http_2_is_refused() {
    let reply = Server::with_digits(&[]).refusal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(matches!(reply.status, 501 | 505), "{reply:?}");
}

/// HTTP/0.9 had no version at all, and is not understood any more.
#[test]
fn a_request_without_a_version_is_refused() {
    let requests = ["GET /video/a.mp4\r\n\r\n", "GET /\r\nHost: a\r\n\r\n"];
    Server::with_digits(&[]).refuses(400, "bad-request-line", &requests);
}

/// A version that is spelled in another way is none.
#[test]
fn a_misspelled_version_is_refused() {
    let server = Server::with_digits(&[]);
    let versions = [
        "http/1.1",
        "HTTP/1",
        "HTTP/11",
        "HTTP/1.1x",
        "HTTP/1.10",
        "HTTP/01.1",
        "HTTPS/1.1",
        "X",
    ];
    for version in versions {
        let reply = server.refusal(format!("GET /video/a.mp4 {version}\r\nHost: a\r\n\r\n"));
        assert!(matches!(reply.status, 400 | 505), "{version}: {reply:?}");
    }
}
