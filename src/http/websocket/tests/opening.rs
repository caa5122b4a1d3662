//! The opening handshake: the RFC's own, each field that may be written otherwise, each refusal.

use std::time::{Duration, SystemTime};

use super::super::handshake::{AcceptKey, UPGRADE_REQUIRED_LINES, accept, is_upgrade};
use crate::http::date::Now;
use crate::http::head::Head;
use crate::http::request::{Parsed, Scan, View, parse};
use crate::http::status::{Refusal, Status};
use crate::limits::Limits;
use crate::net::clock;

/// RFC 6455 1.3, the client's head.
const ASKS: &str = "GET /chat HTTP/1.1\r\n\
    Host: server.example.com\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Origin: http://example.com\r\n\
    Sec-WebSocket-Protocol: chat, superchat\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

const ACCEPT: &[u8] = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

fn with<T>(head: &str, look: impl FnOnce(&View<'_>) -> T) -> T {
    match parse(head.as_bytes(), &mut Scan::default(), &Limits::default()) {
        Parsed::Request(request) => look(&View::new(&request, head.as_bytes())),
        other @ (Parsed::NeedMore | Parsed::Refused(_)) => panic!("{head}: {other:?}"),
    }
}

/// The RFC's head with one part of it put differently.
fn put(part: &str, other: &str) -> Result<AcceptKey, Refusal> {
    with(&ASKS.replace(part, other), accept)
}

#[test]
fn s1_3_example() {
    let key = with(ASKS, |view| {
        assert!(is_upgrade(view));
        accept(view)
    });
    let key = key.unwrap();
    assert_eq!(key.as_bytes(), ACCEPT);

    let mut out = Vec::new();
    let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let now = Now::new(clock::now().steady, wall);
    let mut head = Head::new(&mut out, Status::SWITCHING_PROTOCOLS, &now);
    key.write_fields(&mut head);
    head.end();
    let expected = "HTTP/1.1 101 Switching Protocols\r\n\
        Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
        Upgrade: websocket\r\n\
        Connection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    assert_eq!(str::from_utf8(&out).unwrap(), expected);
}

/// Accept keys as Python's hashlib and base64 make them.
#[test]
fn accept_keys() {
    for (key, expected) in [
        ("x3JJHMbDL1EzLkh9GBhXDw==", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="),
        ("AAAAAAAAAAAAAAAAAAAAAA==", "ICX+Yqv66kxgM0FcWaLWlFLwTAI="),
        ("/////////////////////w==", "XXpj4jYzLM2yUE0C7TIgMwTQh2g="),
        ("E4WSEcseoWr4csPLS2QJHA==", "7eQChgCtQMnVILefJAO6dK5JwPc="),
        ("//////////////////////==", "zXRQvy1wi5A4l0hwWYxMN3e2wNk="),
    ] {
        let found = put("dGhlIHNhbXBsZSBub25jZQ==", key).unwrap();
        assert_eq!(str::from_utf8(found.as_bytes()), Ok(expected), "{key}");
    }
}

#[test]
fn written_otherwise() {
    for (part, other) in [
        ("Upgrade: websocket", "upgrade: WebSocket"),
        ("Upgrade: websocket", "Upgrade: h2c, WEBSOCKET"),
        ("Upgrade: websocket", "Upgrade: h2c\r\nUpgrade:websocket ,"),
        ("Connection: Upgrade", "Connection: keep-alive, Upgrade"),
        (
            "Connection: Upgrade",
            "Connection: keep-alive\r\nConnection: ,upgrade",
        ),
        ("Sec-WebSocket-Key", "SEC-WEBSOCKET-KEY"),
        ("Origin: http://example.com\r\n", ""),
        ("Host: ", "Content-Length: 0\r\nHost: "),
        ("HTTP/1.1", "HTTP/1.2"),
    ] {
        assert_eq!(
            put(part, other).map(|key| key.as_bytes().to_vec()),
            Ok(ACCEPT.to_vec()),
            "{other}"
        );
    }
}

#[test]
fn refusals() {
    let bad = Refusal::bad;
    let version = Refusal::new(Status::UPGRADE_REQUIRED, "websocket-version");
    for (part, other, refusal) in [
        ("GET", "HEAD", bad("upgrade-not-get")),
        ("GET", "POST", bad("upgrade-not-get")),
        ("GET", "get", bad("upgrade-not-get")),
        ("HTTP/1.1", "HTTP/1.0", bad("upgrade-too-old")),
        (
            "Host: ",
            "Content-Length: 1\r\nHost: ",
            bad("upgrade-with-body"),
        ),
        (
            "Host: ",
            "Transfer-Encoding: chunked\r\nHost: ",
            bad("upgrade-with-body"),
        ),
        ("Upgrade: websocket\r\n", "", bad("not-websocket")),
        ("Upgrade: websocket", "Upgrade: h2c", bad("not-websocket")),
        (
            "Upgrade: websocket",
            "Upgrade: websockets",
            bad("not-websocket"),
        ),
        (
            "Upgrade: websocket",
            "Upgrade: web socket",
            bad("not-websocket"),
        ),
        (
            "Connection: Upgrade\r\n",
            "",
            bad("upgrade-not-in-connection"),
        ),
        (
            "Connection: Upgrade",
            "Connection: keep-alive",
            bad("upgrade-not-in-connection"),
        ),
        (
            "Connection: Upgrade",
            "Connection: keep-alive Upgrade",
            bad("upgrade-not-in-connection"),
        ),
        ("Sec-WebSocket-Version: 13\r\n", "", version),
        ("Version: 13", "Version: 8", version),
        ("Version: 13", "Version: 013", version),
        ("Version: 13", "Version: 13, 8", version),
        (
            "Version: 13",
            "Version: 13\r\nSec-WebSocket-Version: 13",
            version,
        ),
    ] {
        assert_eq!(put(part, other), Err(refusal), "{other}");
    }
    // A version that we do not speak is told before its key is looked at.
    let older = ASKS
        .replace("Version: 13", "Version: 8")
        .replace("Key", "Key1");
    assert_eq!(with(&older, accept), Err(version));
    assert_eq!(
        str::from_utf8(UPGRADE_REQUIRED_LINES),
        Ok("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
    );
}

#[test]
fn keys_that_are_none() {
    let none = Err(Refusal::bad("websocket-key"));
    let line = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    assert_eq!(put(&format!("{line}\r\n"), ""), none);
    assert_eq!(
        put(line, &format!("{line}\r\n{line}")),
        none,
        "twice, though the same"
    );
    for key in [
        "",
        "==",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ===",
        "dGhlIHNhbXBsZSBub25jZ===",
        "dGhlIHNhbXBsZSBub25jZWE=",
        "dGhlIHNhbXBsZSBub25jZWFh",
        "dGhlIHNhbXBsZSBub25jZSBh",
        "dGhlIHNhbXBsZSBub25j-_==",
        "dGhlIHNhbXBsZSBub25j ZQ=",
        "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==",
        "=GhlIHNhbXBsZSBub25jZQ==",
    ] {
        assert_eq!(put("dGhlIHNhbXBsZSBub25jZQ==", key), none, "{key}");
    }
}

/// Only who asks for a WebSocket is judged as one; all others are served as if they had not asked.
#[test]
fn who_asks() {
    for (head, expected) in [
        ("GET / HTTP/1.1\r\nHost: tv\r\n\r\n", false),
        (
            "GET / HTTP/1.1\r\nHost: tv\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
            false,
        ),
        (
            "GET / HTTP/1.1\r\nHost: tv\r\nUpgrade: h2c, websocket\r\n\r\n",
            true,
        ),
        (
            "POST / HTTP/1.1\r\nHost: tv\r\nUpgrade: WebSocket\r\n\r\n",
            true,
        ),
        (
            "GET / HTTP/1.0\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
            false,
        ),
    ] {
        assert_eq!(with(head, is_upgrade), expected, "{head}");
    }
}
