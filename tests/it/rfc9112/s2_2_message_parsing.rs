//! RFC 9112 section 2.2: message parsing. Lines end in CRLF, and nothing else ends a line.

use crate::client::get_digits;
use crate::server::Server;

/// A sender MUST end lines with CRLF; a lone LF is where two parsers part ways.
#[test]
fn a_bare_lf_is_refused() {
    let requests = [
        "GET /video/a.mp4 HTTP/1.1\nHost: a\r\n\r\n",
        "GET /video/a.mp4 HTTP/1.1\r\nHost: a\n\r\n",
        "GET /video/a.mp4 HTTP/1.1\r\nHost: a\r\nX: y\nZ: z\r\n\r\n",
        "GET /video/a.mp4 HTTP/1.1\r\nHost: a\r\n\n",
        "GET /video/a.mp4 HTTP/1.1\nHost: a\n\n",
    ];
    Server::with_digits(&[]).refuses(400, "bare-lf", &requests);
}

/// A recipient of a bare CR MUST consider the element invalid or replace the CR.
#[test]
fn a_bare_cr_is_refused() {
    let requests = [
        "GET /video/a.mp4 HTTP/1.1\rHost: a\r\n\r\n",
        "GET /video/a.mp4 HTTP/1.1\r\nHost: a\rb\r\n\r\n",
        "GET /video/a.mp4 HTTP/1.1\r\nHost: a\r\nX: y\r\r\n\r\n",
        "GET /video/a.mp4 HTTP/1.1\r\nHost: a\r\nX: \rContent-Length: 5\r\n\r\n",
    ];
    Server::with_digits(&[]).refuses(400, "bare-cr", &requests);
}

/// A server SHOULD pass over at least one empty line before the request line.
#[test]
fn an_empty_line_first_is_passed_over() {
    let reply = Server::with_digits(&[]).answer(format!("\r\n{}", get_digits(&[])));
    assert_eq!(reply.status, 200);
}

/// Whitespace between the request line and the first field MUST NOT be taken as a field.
#[test]
fn whitespace_before_the_first_field_is_refused() {
    for space in [" ", "\t", "  "] {
        let reply = Server::with_digits(&[]).refusal(format!(
            "GET /video/a.mp4 HTTP/1.1\r\n{space}Transfer-Encoding: chunked\r\nHost: a\r\n\r\n"
        ));
        assert_eq!(reply.status, 400);
    }
}

/// A server that gets what is no HTTP SHOULD answer 400 and close.
#[test]
fn what_is_no_http_is_refused() {
    let server = Server::with_digits(&[]);
    let greetings: [&[u8]; 5] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS greeting\r\n\r\n",
        b"\x00\x00\x00\x00\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\xff\xfe\xfd\r\n\r\n",
        b"GET\r\n\r\n",
    ];
    for greeting in greetings {
        assert_eq!(
            server.refusal(greeting).status,
            400,
            "{}",
            greeting.escape_ascii()
        );
    }
}
