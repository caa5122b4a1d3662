//! RFC 9112 section 6.2: Content-Length is digits, and is there once.

use crate::client::get_digits;
use crate::server::Server;

/// An invalid Content-Length MUST be answered with 400, and the connection closed.
#[test]
fn a_length_that_is_no_number_is_refused() {
    let server = Server::with_digits(&[]);
    for length in [
        "", "+5", "-5", "-0", "5x", "x", "0x5", "5 5", "5.0", "1e1", "\u{665}",
    ] {
        let field = format!("Content-Length: {length}");
        let sized = get_digits(&[&field]);
        server.refuses(400, "bad-length", &[sized]);
    }
}

/// A length beyond every integer must not wrap around into a small one.
#[test]
fn a_length_beyond_every_integer_is_refused() {
    let server = Server::with_digits(&[]);
    let lengths = [
        "18446744073709551615",
        "18446744073709551616",
        "18446744073709551621",
    ];
    for length in lengths
        .map(str::to_owned)
        .into_iter()
        .chain(["9".repeat(300)])
    {
        let reply = server.refusal(get_digits(&[&format!("Content-Length: {length}")]));
        assert!(matches!(reply.status, 400 | 413), "{length}: {reply:?}");
    }
}

/// Two lengths are two readings, even when they agree today.
#[test]
fn a_second_length_is_refused() {
    let server = Server::with_digits(&[]);
    for fields in [
        ["Content-Length: 5", "Content-Length: 6"],
        ["Content-Length: 5", "content-length: 5"],
    ] {
        let sized = get_digits(&fields) + "abcdef";
        server.refuses(400, "two-lengths", &[sized]);
    }
    for list in ["Content-Length: 5, 5", "Content-Length: 5,6"] {
        let reply = server.refusal(get_digits(&[list]) + "abcdef");
        assert_eq!(reply.status, 400, "{list}");
    }
}

/// Nothing is a length too.
#[test]
fn zero_is_a_length() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    for length in ["0", "000", "00000000000000000000000"] {
        wire.send(get_digits(&[&format!("Content-Length: {length}")]));
        assert_eq!(wire.reply().status, 200);
    }
}
