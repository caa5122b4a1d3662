//! RFC 9110 section 10.1.1: Expect.

use crate::client::{get_digits, request};
use crate::server::Server;

/// A server that is to read the body MUST send 100 first, or the final status instead.
#[test]
fn a_body_that_is_taken_is_asked_for() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    for expect in ["Expect: 100-continue", "expect: 100-Continue"] {
        wire.send(get_digits(&[expect, "Content-Length: 5"]));
        let interim = wire.reply();
        assert_eq!(
            (interim.status, interim.fields.len()),
            (100, 0),
            "{interim:?}"
        );
        wire.send("hello");
        assert_eq!(wire.reply().status, 200);

        wire.send(get_digits(&[expect, "Transfer-Encoding: chunked"]));
        assert_eq!(wire.reply().status, 100);
        wire.send("5\r\nhello\r\n0\r\n\r\n");
        assert_eq!(wire.reply().status, 200);
    }
}

/// It MAY omit 100 when the body, or the lack of one, is already there.
#[test]
fn a_body_that_is_there_need_not_be_asked_for() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    for (fields, body) in [
        (&["Expect: 100-continue", "Content-Length: 5"][..], "hello"),
        (&["Expect: 100-continue", "Content-Length: 0"], ""),
        (&["Expect: 100-continue"], ""),
    ] {
        wire.send(get_digits(fields) + body);
        let reply = wire.reply();
        let last = if reply.status == 100 {
            wire.reply()
        } else {
            reply
        };
        assert_eq!(last.body, b"0123456789", "{fields:?}");
    }
}

/// A body that is refused is refused at once: no 100, the final status, the end.
#[test]
fn a_body_that_is_refused_is_not_asked_for() {
    let server = Server::with_digits(&[]);
    let small = ["Expect: 100-continue", "Content-Length: 5"];
    let large = ["Expect: 100-continue", "Content-Length: 100000"];
    server.refuses(413, "body-too-large", &[get_digits(&large)]);
    for fields in [small, large] {
        server.refuses(
            405,
            "method-not-allowed",
            &[request("PUT", "/video/a.mp4", &fields)],
        );
    }
}

/// An expectation that is not known MAY be answered with 417.
#[test]
fn an_unknown_expectation_is_refused() {
    let fields = ["Expect: 200-ok", "Expect: 100-continue, x"];
    let requests = fields.map(|field| get_digits(&[field]));
    Server::with_digits(&[]).refuses(417, "unknown-expectation", &requests);
}

/// A server MUST ignore 100-continue in a request of HTTP/1.0.
#[test]
fn http_1_0_expects_nothing() {
    let server = Server::with_digits(&[]);
    let fields = "Expect: 100-continue\r\nContent-Length: 5\r\n";
    let mut wire = server.wire();
    wire.send(format!("GET /video/a.mp4 HTTP/1.0\r\n{fields}\r\nhello"));
    assert_eq!(wire.reply().status, 200);
    wire.end();
}
