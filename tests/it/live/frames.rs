//! What crosses the socket: pings, fragments, close codes, and what ends it.

use tungstenite::Message;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::client::eventually;
use crate::json::Json;
use crate::server::Server;
use crate::socket::{Page, frame, take_frame, upgraded};

/// What ends a socket: the code that the server closes with. Then it ends the connection in order.
#[track_caller]
fn ends_with(server: &Server, bytes: impl AsRef<[u8]>) -> u16 {
    let mut wire = upgraded(server, "a");
    wire.send(bytes);
    let (first, payload) = take_frame(&mut wire);
    assert_eq!(first, 0x88, "{}", payload.escape_ascii());
    wire.end();
    u16::from_be_bytes([payload[0], payload[1]])
}

/// A ping is answered with its payload, between the frames of a message too.
#[test]
fn pings() {
    let server = Server::with_digits(&[]);
    let mut wire = upgraded(&server, "a");
    for payload in ["", "x", &"y".repeat(125)] {
        wire.send(frame(0x89, payload));
        assert_eq!(take_frame(&mut wire), (0x8A, payload.as_bytes().to_vec()));
    }
    // "watch inspect" in three frames, a ping in each gap, byte by byte.
    let parts = [
        frame(0x01, "watch "),
        frame(0x89, "1"),
        frame(0x00, "insp"),
        frame(0x89, "2"),
        frame(0x80, "ect"),
    ];
    for byte in parts.concat() {
        wire.send([byte]);
    }
    assert_eq!(take_frame(&mut wire), (0x8A, b"1".to_vec()));
    assert_eq!(take_frame(&mut wire), (0x8A, b"2".to_vec()));
    let (first, text) = take_frame(&mut wire);
    assert_eq!(first, 0x81);
    let view = Json::parse(str::from_utf8(&text).unwrap());
    assert_eq!(view.at("type").text(), "inspect");
}

/// Pongs that nobody asked for, messages of bytes, and words that mean nothing, are ignored.
#[test]
fn what_is_ignored() {
    let server = Server::with_digits(&[]);
    let mut page = Page::open(&server, "a");
    page.send(Message::Pong("x".into()));
    page.send(Message::binary(b"watch inspect".to_vec()));
    page.send(Message::binary(vec![0xFF; 4096]));
    for text in [
        "",
        " ",
        "watch",
        "watch everything",
        "Watch inspect",
        "watch  inspect",
        "dance",
        "report",
        "report =",
        "report name",
        "{\"type\":\"watch\"}",
        "\u{0}",
        "\u{1F3AC} film",
    ] {
        page.say(text);
    }
    page.send(Message::Ping("there".into()));
    assert_eq!(page.next(), Message::Pong("there".into()));
    page.close();
}

/// The peer's code comes back, and none for none.
#[test]
fn close_codes_come_back() {
    let server = Server::with_digits(&[]);
    for code in [1000u16, 1001, 1011, 3000, 4999] {
        let mut page = Page::open(&server, "a");
        page.send(Message::Close(Some(CloseFrame {
            code: CloseCode::from(code),
            reason: "bye".into(),
        })));
        assert_eq!(page.closed(), (code, String::new()));
    }
    let mut wire = upgraded(&server, "a");
    wire.send(frame(0x88, []));
    assert_eq!(take_frame(&mut wire), (0x88, Vec::new()));
    wire.end();
    // Nothing is said after the peer's close frame.
    let mut wire = upgraded(&server, "a");
    let bytes = [
        frame(0x88, 1000u16.to_be_bytes()),
        frame(0x89, "late"),
        frame(0x81, "watch inspect"),
    ];
    wire.send(bytes.concat());
    assert_eq!(take_frame(&mut wire).0, 0x88);
    wire.end();
}

/// Frames that mean nothing (RFC 6455 5.1, 5.2, 5.4, 5.5, 7.4).
#[test]
fn protocol_errors() {
    let server = Server::with_digits(&[]);
    let cases: [(&str, Vec<u8>); 10] = [
        ("not masked", b"\x81\x02hi".to_vec()),
        ("a reserved bit", frame(0xC1, "hi")),
        ("a reserved opcode", frame(0x83, "hi")),
        ("a reserved control opcode", frame(0x8B, "hi")),
        ("a continuation of nothing", frame(0x80, "hi")),
        (
            "a text within a text",
            [frame(0x01, "a"), frame(0x81, "b")].concat(),
        ),
        ("a ping in pieces", frame(0x09, "hi")),
        ("a long ping", frame(0x89, [b'x'; 126])),
        (
            "a code that no frame has",
            frame(0x88, 1005u16.to_be_bytes()),
        ),
        ("half a code", frame(0x88, [3])),
    ];
    for (what, bytes) in cases {
        assert_eq!(ends_with(&server, bytes), 1002, "{what}");
    }
    eventually("ten refusals", || {
        let stats = Json::parse(server.get("/_/stats", &[]).text());
        let ten = Json::Number("10".into());
        stats.at("closes").get("refused") == Some(&ten)
    });
}

/// A text that is not UTF-8, whole, cut by frames, or in a reason.
#[test]
fn bad_utf8() {
    let server = Server::with_digits(&[]);
    for bytes in [
        frame(0x81, b"report \xFF"),
        frame(0x81, b"\xED\xA0\x80"),
        frame(0x81, b"cut \xE2\x82"),
        [frame(0x01, b"\xE2"), frame(0x80, b"\x28\xA1")].concat(),
        frame(0x01, b"at once, though it goes on \xC0"),
        frame(0x88, b"\x03\xE8\xFF"),
    ] {
        assert_eq!(ends_with(&server, &bytes), 1007, "{}", bytes.escape_ascii());
    }
    // A character may be cut by frames.
    let mut wire = upgraded(&server, "a");
    wire.send(
        [
            frame(0x01, b"\xE2\x82"),
            frame(0x80, b"\xAC"),
            frame(0x89, ""),
        ]
        .concat(),
    );
    assert_eq!(take_frame(&mut wire).0, 0x8A);
}

/// More than `live_message_bytes_max`, in one frame or in many, is refused before it has come.
#[test]
fn too_big() {
    let server = Server::with_digits(&["--limit", "live_message_bytes_max=200"]);
    let pieces = [
        frame(0x01, [b'a'; 100]),
        frame(0x00, [b'a'; 100]),
        frame(0x80, "a"),
    ];
    for bytes in [
        frame(0x81, [b'a'; 201]),
        frame(0x82, [b'a'; 201]),
        pieces.concat(),
        b"\x81\xFE\x01\x00".to_vec(),
        b"\x81\xFF\x00\x00\x7F\xFF\xFF\xFF\xFF\xFF".to_vec(),
    ] {
        assert_eq!(
            ends_with(&server, &bytes),
            1009,
            "{}",
            bytes[..2].escape_ascii()
        );
    }
    let mut wire = upgraded(&server, "a");
    wire.send([frame(0x81, [b'a'; 200]), frame(0x89, "fits")].concat());
    assert_eq!(take_frame(&mut wire), (0x8A, b"fits".to_vec()));

    // By default 4 096 bytes; a client that sends on meanwhile can still read why.
    let server = Server::with_digits(&[]);
    let mut page = Page::open(&server, "a");
    page.send(Message::text("x".repeat(4096)));
    page.is_heard();
    page.send(Message::text("x".repeat(100_000)));
    assert_eq!(page.closed().0, 1009);
}

/// A peer that leaves without a word is gone, and nothing of it stays.
#[test]
fn who_leaves_without_a_word() {
    let server = Server::with_digits(&["--workers", "1"]);
    server.get("/video/a.mp4", &[]);
    let baseline = server.settled_descriptors();
    for n in 0..40 {
        let mut wire = upgraded(&server, "a");
        match n % 4 {
            0 => wire.reset(),
            1 => wire.finish_sending(),
            2 => wire.send(frame(0x81, "watch inspect")),
            _ => wire.send(&frame(0x81, "watch inspect")[..7]),
        }
    }
    server.assert_descriptors_return_to(baseline);
    eventually("no socket left", || {
        let stats = Json::parse(server.get("/_/stats", &[]).text());
        stats.at("phases").at("live").number() == 0
    });
}
