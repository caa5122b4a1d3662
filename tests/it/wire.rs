//! Requests and replies as literal bytes: whole, cut, joined, half-closed, too long.
//!
//! Owns how bytes travel: framing, order, persistence. What a reply means is in the RFC trees.

use std::thread;
use std::time::Duration;

use crate::bytes::clip;
use crate::client::{get_digits, request};
use crate::server::Server;

const DIGITS: &[u8] = b"0123456789";

/// A plain exchange, spelled out once.
#[test]
fn a_request_gets_the_file() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    wire.send("GET /video/a.mp4 HTTP/1.1\r\nHost: reeld.test\r\n\r\n");
    let reply = wire.reply();
    assert_eq!(reply.status, 200);
    assert_eq!(reply.must("Content-Type"), "video/mp4");
    assert_eq!(reply.must("Content-Length"), "10");
    assert_eq!(reply.must("Accept-Ranges"), "bytes");
    assert_eq!(reply.must("Cache-Control"), "no-cache");
    assert!(reply.field("ETag").is_some() && reply.field("Last-Modified").is_some());
    assert!(!reply.closes());
    assert_eq!(reply.body, DIGITS);
}

/// One connection carries one request after the other.
#[test]
fn a_connection_is_kept_alive() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    for _ in 0..50 {
        wire.send(get_digits(&[]));
        assert_eq!(wire.reply().body, DIGITS);
        wire.send(request("GET", "/video/none.mp4", &[]));
        assert_eq!(wire.reply().status, 404);
    }
}

/// HTTP/1.0 ends after one reply, unless the client asks for more in so many words.
#[test]
fn http_1_0_both_ways() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    wire.send("GET /video/a.mp4 HTTP/1.0\r\n\r\n");
    assert_eq!(wire.reply().body, DIGITS);
    wire.end();

    let mut wire = server.wire();
    for _ in 0..3 {
        wire.send("GET /video/a.mp4 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        let reply = wire.reply();
        assert!(reply.lists("Connection", "keep-alive"), "{reply:?}");
        assert_eq!(reply.body, DIGITS);
    }
    wire.send("GET /video/a.mp4 HTTP/1.0\r\n\r\n");
    assert_eq!(wire.reply().body, DIGITS);
    wire.end();
}

/// The request is the same wherever the network cuts it.
#[test]
fn a_request_may_be_cut_at_every_byte() {
    let server = Server::with_digits(&[]);
    let whole = get_digits(&["Range: bytes=2-4", "Content-Length: 3"]) + "abc";
    let mut wire = server.wire();
    for cut in 1..whole.len() {
        wire.send(&whole[..cut]);
        thread::sleep(Duration::from_millis(2));
        wire.send(&whole[cut..]);
        let reply = wire.reply();
        assert_eq!(
            (reply.status, &*reply.body),
            (206, &b"234"[..]),
            "cut at {cut}"
        );
    }
}

/// The request is the same when each byte comes alone.
#[test]
fn a_request_may_come_byte_by_byte() {
    let server = Server::with_digits(&[]);
    let whole = get_digits(&["Range: bytes=2-4", "Transfer-Encoding: chunked"])
        + "3;x=y\r\nabc\r\n0\r\nTrailer: dropped\r\n\r\n";
    let mut wire = server.wire();
    for _ in 0..2 {
        for byte in whole.bytes() {
            wire.send([byte]);
            thread::sleep(Duration::from_micros(300));
        }
        assert_eq!(wire.reply().body, b"234");
    }
}

/// The tail of one read is the head of the next request, wherever it is cut.
#[test]
fn two_requests_may_be_cut_anywhere_between_them() {
    let server = Server::with_digits(&[]);
    let one = get_digits(&["Range: bytes=0-0"]);
    let two = get_digits(&["Range: bytes=9-9"]);
    let both = format!("{one}{two}");
    let mut wire = server.wire();
    for cut in (one.len() - 6)..(one.len() + 6) {
        wire.send(&both[..cut]);
        thread::sleep(Duration::from_millis(2));
        wire.send(&both[cut..]);
        assert_eq!(wire.reply().body, b"0", "cut at {cut}");
        assert_eq!(wire.reply().body, b"9", "cut at {cut}");
    }
}

/// Sixteen requests in one send are answered in order.
#[test]
fn sixteen_pipelined_requests() {
    let server = Server::with_digits(&[]);
    let ranges: Vec<usize> = (0..16).map(|n| n * 7 % 10).collect();
    let burst: String = ranges
        .iter()
        .map(|n| get_digits(&[&format!("Range: bytes={n}-{n}")]))
        .collect();
    let mut wire = server.wire();
    wire.send(burst);
    for n in ranges {
        assert_eq!(wire.reply().body, &DIGITS[n..=n]);
    }
}

/// More than the server holds at once are answered too, and mixed kinds keep their places.
#[test]
fn a_hundred_pipelined_requests() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    let kinds = [
        (get_digits(&[]), 200),
        (request("GET", "/video/none.mp4", &[]), 404),
        (get_digits(&["If-None-Match: *"]), 304),
        (request("OPTIONS", "*", &[]), 204),
        (get_digits(&["Range: bytes=10-"]), 416),
    ];
    let burst: String = (0..100)
        .map(|n| kinds[n % kinds.len()].0.as_str())
        .collect();
    wire.send(burst);
    for n in 0..100 {
        assert_eq!(wire.reply().status, kinds[n % kinds.len()].1, "reply {n}");
    }
    wire.send(get_digits(&[]));
    assert_eq!(wire.reply().body, DIGITS);
}

/// A large reply in the middle delays those behind it, and touches none of them.
#[test]
fn pipelined_with_a_large_one_in_the_middle() {
    let large = clip(1, 12_000_000);
    let server = Server::start(&[], |folder| {
        folder.write("a.mp4", DIGITS);
        folder.write("large.mp4", &large);
    });
    let mut wire = server.wire();
    wire.send(
        get_digits(&["Range: bytes=0-0"])
            + &request("GET", "/video/large.mp4", &[])
            + &request("HEAD", "/video/large.mp4", &[])
            + &request("GET", "/video/large.mp4", &["Range: bytes=-5"])
            + &get_digits(&["Connection: close"]),
    );
    assert_eq!(wire.reply().body, b"0");
    assert!(wire.reply().body == large, "the large body is damaged");
    assert_eq!(wire.head().content_length(), 12_000_000);
    assert_eq!(wire.reply().body, &large[large.len() - 5..]);
    assert_eq!(wire.reply().body, DIGITS);
    wire.end();
}

/// What follows a request that closes is not answered.
#[test]
fn nothing_is_answered_after_close() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    let last = get_digits(&["Connection: close"]);
    wire.send(last + &get_digits(&[]));
    let reply = wire.reply();
    assert!(reply.closes(), "{reply:?}");
    assert_eq!(reply.body, DIGITS);
    wire.end();
}

/// What follows a refused request is not answered: nobody knows where it begins.
#[test]
fn nothing_is_answered_after_a_refusal() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    let good = get_digits(&[]);
    wire.send(format!(
        "{good}GET /video/a.mp4 HTTP/1.1\r\nHost : a\r\n\r\n{good}"
    ));
    assert_eq!(wire.reply().status, 200);
    assert_eq!(wire.reply().status, 400);
    wire.end();
}

/// A client that has finished sending still gets all it asked for.
#[test]
fn a_half_closed_client_gets_its_whole_answer() {
    let large = clip(2, 12_000_000);
    let server = Server::start(&[], |folder| folder.write("large.mp4", &large));
    let mut wire = server.wire();
    wire.send(request("GET", "/video/large.mp4", &[]).repeat(2));
    wire.finish_sending();
    thread::sleep(Duration::from_millis(50));
    assert!(wire.reply().body == large, "the first body is damaged");
    assert!(wire.reply().body == large, "the second body is damaged");
    wire.end();
}

/// A client that goes away within a head is owed nothing.
#[test]
fn half_a_request_and_the_end() {
    let server = Server::with_digits(&[]);
    let mut wire = server.wire();
    wire.send("GET /video/a.mp4 HTTP/1.1\r\nHost: ");
    wire.finish_sending();
    let rest = wire.rest();
    assert!(
        rest.is_empty() || rest.starts_with(b"HTTP/1.1 400 "),
        "{}",
        rest.escape_ascii()
    );
    server.wire().finish_sending();
    assert_eq!(server.get("/video/a.mp4", &[]).body, DIGITS);
}

/// A refusal can be read by a client that sent megabytes before it looked.
#[test]
fn a_refusal_is_readable_while_the_client_still_sends() {
    let server = Server::with_digits(&[]);
    let megabyte = vec![b'x'; 1 << 20];
    let sized = ["Content-Length: 16777216"];
    let starts = [
        (get_digits(&sized), 413),
        (get_digits(&["Host: again"]), 400),
        (request("GET", &"/a".repeat(4500), &[]), 414),
        (request("POST", "/video/a.mp4", &sized), 405),
    ];
    for (start, status) in starts {
        let mut wire = server.wire();
        wire.send(&start);
        for _ in 0..16 {
            wire.send(&megabyte);
        }
        let reply = wire.reply();
        assert_eq!(reply.status, status, "{:?}", reply.text());
        assert!(reply.closes(), "{reply:?}");
        wire.finish_sending();
        wire.end();
    }
}

/// The longest request that is taken, and the first that is not, for each bound of the head.
#[test]
fn the_bounds_of_a_head() {
    let limits = [
        "head_bytes_max=4096",
        "target_bytes_max=1000",
        "fields_max=20",
    ];
    let server = Server::with_digits(&limits.map(|limit| ["--limit", limit]).concat());

    let target = |len: usize| format!("/video/a.mp4?{}", "q".repeat(len - 13));
    assert_eq!(server.get(&target(1000), &[]).status, 200);
    server.refuses(
        414,
        "target-too-long",
        &[request("GET", &target(1001), &[])],
    );

    // Host is one of the twenty.
    let fields = |count: usize| get_digits(&vec!["X: y"; count - 1]);
    assert_eq!(server.answer(fields(20)).status, 200);
    server.refuses(431, "too-many-fields", &[fields(21)]);

    let cookie = |len: usize| format!("Cookie: {}", "c".repeat(len));
    let head = |len: usize| get_digits(&[&cookie(len - get_digits(&[&cookie(0)]).len())]);
    assert_eq!(server.answer(head(4096)).status, 200);
    let endless = format!("GET / HTTP/1.1\r\nCookie: {}", "c".repeat(20_000));
    server.refuses(431, "head-too-large", &[head(4097), endless]);
}

/// The bounds as they are when nobody changes them leave room for what browsers send.
#[test]
fn the_bounds_of_a_head_by_default() {
    let server = Server::with_digits(&[]);
    let cookie = |len| format!("Cookie: {}", "c".repeat(len));
    assert_eq!(server.get("/video/a.mp4", &[&cookie(12_000)]).status, 200);
    server.refuses(431, "head-too-large", &[get_digits(&[&cookie(17_000)])]);
    assert_eq!(server.get("/video/a.mp4", &["X: y"; 40]).status, 200);
    server.refuses(431, "too-many-fields", &[get_digits(&["X: y"; 100])]);
    let long = |len| request("GET", &format!("/{}", "a".repeat(len)), &[]);
    assert_eq!(server.answer(long(8000)).status, 404);
    server.refuses(414, "target-too-long", &[long(9000)]);
}

/// A body that nobody asked for is passed over; its bytes are never the next request.
#[test]
fn a_body_on_get_is_not_the_next_request() {
    let server = Server::with_digits(&[]);
    let inner = request("GET", "/video/smuggled.mp4", &[]);
    let length = format!("Content-Length: {}", inner.len());
    let chunked = format!("{:x}\r\n{inner}\r\n0\r\n\r\n", inner.len());
    for method in ["GET", "HEAD", "OPTIONS"] {
        let mut wire = server.wire();
        for _ in 0..2 {
            wire.send(request(method, "/video/a.mp4", &[&length]) + &inner);
            assert!(matches!(wire.head().status, 200 | 204));
            if method == "GET" {
                assert_eq!(wire.take(10), DIGITS);
            }
            wire.send(request(method, "/video/a.mp4", &["Transfer-Encoding: chunked"]) + &chunked);
            assert!(matches!(wire.head().status, 200 | 204));
            if method == "GET" {
                assert_eq!(wire.take(10), DIGITS);
            }
        }
        wire.send(get_digits(&["Connection: close"]));
        assert_eq!(wire.reply().body, DIGITS);
        wire.end();
    }
}

/// The body of a request that is refused is not the next request either.
#[test]
fn a_body_on_post_is_not_the_next_request() {
    let server = Server::with_digits(&[]);
    let inner = get_digits(&[]);
    let length = format!("Content-Length: {}", inner.len());
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let mut wire = server.wire();
        wire.send(request(method, "/video/a.mp4", &[&length]) + &inner);
        let reply = wire.reply();
        assert_eq!(reply.status, 405);
        assert_eq!(reply.must("Allow"), "GET, HEAD, OPTIONS");
        if !reply.closes() {
            wire.send(request("GET", "/video/next.mp4", &["Connection: close"]));
            assert_eq!(wire.reply().status, 404);
        }
        wire.end();
    }
}

/// A body is passed over up to `discard_bytes_max`, and refused from the next byte on.
#[test]
fn the_bound_of_a_discarded_body() {
    let server = Server::with_digits(&[]);
    let body = vec![b'b'; 65_536];
    let mut wire = server.wire();
    for _ in 0..2 {
        wire.send(get_digits(&["Content-Length: 65536"]));
        wire.send(&body);
        assert_eq!(wire.reply().body, DIGITS);
    }
    let large = get_digits(&["Content-Length: 65537"]);
    server.refuses(413, "body-too-large", &[large]);

    // Chunks whose sum is too large, sent without waiting for the answer.
    let chunk = format!("4000\r\n{}\r\n", "c".repeat(0x4000));
    let coded = get_digits(&["Transfer-Encoding: chunked"]);
    server.refuses(413, "body-too-large", &[coded + &chunk.repeat(5)]);
}

/// Empty lines before a request are passed over, but not for ever.
#[test]
fn empty_lines_before_a_request() {
    let server = Server::with_digits(&[]);
    let get = get_digits(&[]);
    let mut wire = server.wire();
    wire.send(format!("\r\n{get}\r\n{get}"));
    assert_eq!(wire.reply().body, DIGITS);
    assert_eq!(wire.reply().body, DIGITS);

    let reply = server.refusal("\r\n".repeat(20_000));
    assert!(matches!(reply.status, 400 | 431), "{reply:?}");
}
