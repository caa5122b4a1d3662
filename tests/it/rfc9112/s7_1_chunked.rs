//! RFC 9112 section 7.1: the chunked coding.
//!
//! ```text
//! 5;name=value CRLF  hello CRLF  0 CRLF  Trailer: dropped CRLF  CRLF
//! ```

use crate::client::get_digits;
use crate::server::Server;

fn chunked(body: &str) -> String {
    get_digits(&["Transfer-Encoding: chunked"]) + body
}

/// A recipient MUST be able to parse the chunked coding, and ends where it ends.
#[test]
fn well_formed_bodies_are_passed_over() {
    let server = Server::with_digits(&[]);
    let bodies = [
        "0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\n",
        "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n",
        "a\r\n0123456789\r\n0\r\n\r\n",
        "A\r\n0123456789\r\n0\r\n\r\n",
        "0005\r\nhello\r\n000\r\n\r\n",
        "5;name=value\r\nhello\r\n0;last\r\n\r\n",
        "5;name=\"quoted value\"\r\nhello\r\n0\r\n\r\n",
        "5\r\n\r\n\r\n\r\r\n0\r\n\r\n",
        "7\r\n0\r\n\r\nGE\r\n0\r\n\r\n",
    ];
    let mut wire = server.wire();
    for body in bodies {
        wire.send(chunked(body));
        wire.send(get_digits(&["Range: bytes=7-7"]));
        assert_eq!(wire.reply().status, 200, "{body:?}");
        assert_eq!(wire.reply().body, b"7", "{body:?}");
    }
}

/// 7.1.2: trailers are dropped; above all they frame and route nothing.
#[test]
fn trailers_are_dropped() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    let trailers = "Content-Length: 99\r\nHost: other\r\nRange: bytes=0-0\r\nConnection: close\r\n";
    for _ in 0..2 {
        wire.send(chunked(&format!("2\r\nab\r\n0\r\n{trailers}\r\n")));
        let reply = wire.reply();
        assert_eq!((reply.status, reply.closes()), (200, false));
        assert_eq!(reply.body, b"0123456789");
    }
}

/// A chunk size is hexadecimal digits alone, and may not overflow.
#[test]
fn a_bad_chunk_size_is_refused() {
    let server = Server::with_digits(&[]);
    let sized = |size: &str| chunked(&format!("{size}\r\na\r\n0\r\n\r\n"));
    server.refuses(400, "bad-chunk-size", &["g", "-1", "+1"].map(sized));
    server.refuses(
        400,
        "bad-chunk",
        &["", "0x1", " 1", "1g", ";x", "\"1\"", "1 1"].map(sized),
    );
    for size in [
        "ffffffffffffffff",
        "10000000000000000",
        "ffffffffffffffffffffffff1",
    ] {
        let reply = server.refusal(sized(size));
        assert!(matches!(reply.status, 400 | 413), "{size}: {reply:?}");
    }
}

/// CRLF ends the size line and the data; a bare LF or more data than promised does not.
#[test]
fn a_bad_chunk_is_refused() {
    let server = Server::with_digits(&[]);
    let bodies = [
        "1\na\r\n0\r\n\r\n",
        "1\r\na\n0\r\n\r\n",
        "1\r\nab\r\n0\r\n\r\n",
        "1\r\na0\r\n\r\n",
        "1\ra\r\n0\r\n\r\n",
        "1;x\ny\r\na\r\n0\r\n\r\n",
        "1;x\u{0}y\r\na\r\n0\r\n\r\n",
        "0\r\n\n",
    ];
    for body in bodies {
        assert_eq!(server.refusal(chunked(body)).status, 400, "{body:?}");
    }
}

/// 7.1.1: extensions SHOULD be bounded; they cost a server without end otherwise.
#[test]
fn extensions_are_bounded() {
    let server = Server::with_digits(&[]);
    let long = format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(5000));
    assert!(matches!(server.refusal(chunked(&long)).status, 400 | 413));
    // Each within its bound, yet more framing than content.
    let many = "1;xxxxxxxxxxxxxxxxxxxx\r\na\r\n".repeat(20_000) + "0\r\n\r\n";
    assert!(matches!(server.refusal(chunked(&many)).status, 400 | 413));
}

/// Trailers are bounded as a head is.
#[test]
fn trailers_are_bounded() {
    let server = Server::with_digits(&[]);
    let trailers = "X: yyyyyyyyyyyyyyyy\r\n".repeat(10_000);
    let reply = server.refusal(chunked(&format!("0\r\n{trailers}")));
    assert!(matches!(reply.status, 400 | 413 | 431), "{reply:?}");
}
