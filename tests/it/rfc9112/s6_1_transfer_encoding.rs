//! RFC 9112 section 6.1: Transfer-Encoding, the field that smugglers love.

use crate::client::get_digits;
use crate::server::Server;

const EMPTY: &str = "0\r\n\r\n";

/// A request with both framings is how requests are smuggled: it is refused.
#[test]
fn both_framings_are_refused() {
    let (length, coding) = ("Content-Length: 5", "Transfer-Encoding: chunked");
    let both = [[length, coding], [coding, length]];
    let requests = both.map(|fields| get_digits(&fields) + EMPTY);
    Server::with_digits(&[]).refuses(400, "length-and-coding", &requests);
}

/// HTTP/1.0 has no transfer codings: the framing is faulty, and the connection MUST be closed.
#[test]
fn a_coding_in_http_1_0_is_refused() {
    let fields = "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n";
    let coded = format!("GET /video/a.mp4 HTTP/1.0\r\n{fields}\r\n{EMPTY}");
    Server::with_digits(&[]).refuses(400, "coding-in-1.0", &[coded]);
}

/// A coding that the server does not understand SHOULD be answered with 501.
#[test]
fn an_unknown_coding_is_not_implemented() {
    let server = Server::with_digits(&[]);
    let codings = [
        "gzip",
        "gzip, chunked",
        "identity",
        "xchunked",
        "chunkedx",
        "br",
    ];
    for coding in codings {
        let field = format!("Transfer-Encoding: {coding}");
        let coded = get_digits(&[&field]) + EMPTY;
        server.refuses(501, "unknown-coding", &[coded]);
    }
}

/// Chunked MUST be the last coding, and MUST NOT be applied twice.
#[test]
fn chunked_is_last_and_once() {
    let server = Server::with_digits(&[]);
    let once = "Transfer-Encoding: chunked";
    for fields in [&["Transfer-Encoding: chunked, chunked"][..], &[once, once]] {
        let coded = get_digits(fields) + EMPTY;
        server.refuses(400, "coding-not-last", &[coded]);
    }
    // Neither last nor known: either reason is true.
    let coded = get_digits(&["Transfer-Encoding: chunked, gzip"]) + EMPTY;
    assert!(matches!(server.refusal(coded).status, 400 | 501));
}

/// What is no list of codings frames nothing.
#[test]
fn a_malformed_coding_is_refused() {
    let server = Server::with_digits(&[]);
    for coding in [
        "",
        ",",
        "chunked;q=1",
        "\"chunked\"",
        "chunked chunked",
        "chun ked",
    ] {
        let field = format!("Transfer-Encoding: {coding}");
        let reply = server.refusal(get_digits(&[&field]) + EMPTY);
        assert!(matches!(reply.status, 400 | 501), "{coding:?}: {reply:?}");
    }
}

/// The name of a coding is case-insensitive.
#[test]
fn the_case_of_chunked_does_not_count() {
    let server = Server::with_digits(&[]);
    for coding in ["chunked", "Chunked", "CHUNKED"] {
        let field = format!("Transfer-Encoding: {coding}");
        let reply = server.answer(get_digits(&[&field]) + EMPTY);
        assert_eq!(reply.status, 200, "{coding}");
    }
}
