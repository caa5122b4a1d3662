//! RFC 9112 section 5.1: `field-name ":" OWS field-value OWS`.

use crate::client::get_digits;
use crate::server::Server;

/// Whitespace between name and colon MUST be refused with 400.
#[test]
fn space_before_the_colon_is_refused() {
    let server = Server::with_digits(&[]);
    for field in ["X : y", "X\t: y", "Content-Length : 5"] {
        server.refuses(400, "space-before-colon", &[get_digits(&[field])]);
    }
    let first = "GET /video/a.mp4 HTTP/1.1\r\nHost : a\r\n\r\n";
    server.refuses(400, "space-before-colon", &[first]);
}

/// A field name is a token.
#[test]
fn a_name_that_is_no_token_is_refused() {
    let server = Server::with_digits(&[]);
    for field in [
        ": y",
        "no colon",
        "nocolon",
        "X(: y",
        "X\u{e9}: y",
        "X\u{0}: y",
        "\"X\": y",
    ] {
        server.refuses(400, "bad-field-name", &[get_digits(&[field])]);
    }
}

/// A value holds no control byte but the tab (RFC 9110 section 5.5).
#[test]
fn a_control_byte_in_a_value_is_refused() {
    let server = Server::with_digits(&[]);
    for value in ["a\u{0}b", "\u{1}", "a\u{1b}[2J", "\u{7f}", "\u{b}chunked"] {
        for name in ["X", "Transfer-Encoding"] {
            server.refuses(
                400,
                "control-byte",
                &[get_digits(&[&format!("{name}: {value}")])],
            );
        }
    }
}

/// Tabs and bytes above ASCII are allowed in a value, and an empty value is one.
#[test]
fn other_bytes_in_a_value_are_allowed() {
    let server = Server::with_digits(&[]);
    for field in [
        "X: a\tb",
        "X: \u{e9}\u{1f3ac}",
        "X:",
        "X: ",
        "X:y",
        "X: !\"#$%&'()*+,-./:;<=>?@[]",
    ] {
        assert_eq!(server.get("/video/a.mp4", &[field]).status, 200, "{field}");
    }
    let latin = b"GET /video/a.mp4 HTTP/1.1\r\nHost: a\r\nX: \xff\x80\r\n\r\n";
    assert_eq!(server.answer(latin).status, 200);
}

/// Whitespace around a value is no part of it, and the case of a name does not count.
#[test]
fn whitespace_and_case() {
    let server = Server::with_digits(&[]);
    let fields = [
        "Range:bytes=1-1",
        "RANGE:  bytes=1-1",
        "range:\tbytes=1-1\t ",
        "rAnGe: bytes=1-1",
    ];
    for field in fields {
        assert_eq!(server.get("/video/a.mp4", &[field]).body, b"1", "{field}");
    }
}
