//! RFC 9112 section 9.3: which connections live on.

use crate::client::{get_digits, request};
use crate::server::Server;

/// HTTP/1.1 persists unless the `close` option is there, in whatever spelling.
#[test]
fn http_1_1_persists_unless_close() {
    let server = Server::with_digits(&[]);
    let table: [(&[&str], bool); 9] = [
        (&[], true),
        (&["Connection: keep-alive"], true),
        (&["Connection: TE, foo"], true),
        (&["Connection: closed"], true),
        (&["Connection: close"], false),
        (&["Connection: CLOSE"], false),
        (&["Connection: keep-alive, close"], false),
        (&["Connection: foo ,\tClose"], false),
        (&["Connection: foo", "Connection: close"], false),
    ];
    for (fields, persists) in table {
        let mut wire = server.wire();
        wire.send(get_digits(fields));
        let reply = wire.reply();
        assert_eq!(reply.closes(), !persists, "{fields:?}");
        if persists {
            wire.send(get_digits(&[]));
            assert_eq!(wire.reply().status, 200, "{fields:?}");
        } else {
            wire.end();
        }
    }
}

/// HTTP/1.0 persists only with `keep-alive`, which the server says too; `close` is stronger.
#[test]
fn http_1_0_persists_only_with_keep_alive() {
    let server = Server::with_digits(&[]);
    let table = [
        ("", false),
        ("Connection: foo\r\n", false),
        ("Connection: close\r\n", false),
        ("Connection: keep-alive, close\r\n", false),
        ("Connection: keep-alive\r\n", true),
        ("Connection: Keep-Alive\r\n", true),
    ];
    for (fields, persists) in table {
        let get = format!("GET /video/a.mp4 HTTP/1.0\r\n{fields}\r\n");
        let mut wire = server.wire();
        wire.send(&get);
        let reply = wire.reply();
        assert_eq!(
            reply.lists("Connection", "keep-alive"),
            persists,
            "{fields:?}"
        );
        if persists {
            wire.send(&get);
            assert_eq!(wire.reply().status, 200, "{fields:?}");
        } else {
            wire.end();
        }
    }
}

/// Replies that are no success keep the connection, as long as the framing is not in doubt.
#[test]
fn a_plain_error_keeps_the_connection() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    let table: [(&str, &[&str], u16); 4] = [
        ("/video/none.mp4", &[], 404),
        ("/video/a.mp4", &["Range: bytes=99-"], 416),
        ("/video/a.mp4", &["If-Match: \"other\""], 412),
        ("/video/a.mp4", &["If-None-Match: *"], 304),
    ];
    for (target, fields, status) in table {
        wire.send(request("GET", target, fields));
        let reply = wire.reply();
        assert_eq!((reply.status, reply.closes()), (status, false));
    }
    wire.send(get_digits(&[]));
    assert_eq!(wire.reply().status, 200);
}

/// 9.3.2: a server MUST answer pipelined requests in the order in which they came.
#[test]
fn pipelined_replies_are_in_order() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    let gets = (0..10).map(|n| get_digits(&[&format!("Range: bytes={n}-{n}")]));
    wire.send(gets.collect::<String>());
    let bodies: Vec<u8> = (0..10).flat_map(|_| wire.reply().body).collect();
    assert_eq!(bodies, b"0123456789");
}
