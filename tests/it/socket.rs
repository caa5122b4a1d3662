//! The page's socket, seen from the page: `tungstenite` over a stream, or literal frames.
//!
//! Owns how the tests talk after an upgrade. `tungstenite` checks what any client would: the proof
//! of the key, masks, lengths, UTF-8.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use tungstenite::protocol::CloseFrame;
use tungstenite::{ClientRequestBuilder, Message, WebSocket};

use crate::client::{Wire, request};
use crate::json::Json;
use crate::server::Server;

const WAIT_SECS_MAX: Duration = Duration::from_secs(15);

/// The fields of a request for a socket; the key is the one of RFC 6455 1.3.
pub(crate) const UPGRADE: [&str; 4] = [
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/// A request for a socket, with further fields.
pub(crate) fn upgrade(target: &str, fields: &[&str]) -> String {
    request("GET", target, &[&UPGRADE, fields].concat())
}

/// A frame as a client sends it; the mask is not zero, so that it matters.
pub(crate) fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    const KEY: [u8; 4] = [0x5A, 0x01, 0xC3, 0x7F];
    let payload = payload.as_ref();
    let mut bytes = vec![first];
    match payload.len() {
        len @ 0..126 => bytes.push(0x80 | u8::try_from(len).unwrap()),
        len => {
            bytes.push(0x80 | 126);
            bytes.extend(u16::try_from(len).unwrap().to_be_bytes());
        }
    }
    bytes.extend(KEY);
    bytes.extend(payload.iter().zip(KEY.iter().cycle()).map(|(b, k)| b ^ k));
    bytes
}

/// A frame as the server sent it: its first byte and its payload. It is short, whole and unmasked.
#[track_caller]
pub(crate) fn take_frame(wire: &mut Wire) -> (u8, Vec<u8>) {
    let head = wire.take(2);
    let len = match head[1] {
        len @ 0..126 => usize::from(len),
        126 => {
            let len = wire.take(2);
            usize::from(u16::from_be_bytes([len[0], len[1]]))
        }
        _ => panic!("not a short frame: {head:?}"),
    };
    (head[0], wire.take(len))
}

/// A connection that has become a socket and has been greeted, for literal frames.
#[track_caller]
pub(crate) fn upgraded(server: &Server, session: &str) -> Wire {
    become_socket(server.wire(), session)
}

/// The same for a connection that is already there.
#[track_caller]
pub(crate) fn become_socket(mut wire: Wire, session: &str) -> Wire {
    wire.send(upgrade(&format!("/_/live?session={session}"), &[]));
    let reply = wire.head();
    assert_eq!(reply.status, 101, "{reply:?}");
    let (first, text) = take_frame(&mut wire);
    assert_eq!(first, 0x81, "{}", text.escape_ascii());
    wire
}

/// One socket of one page.
pub(crate) struct Page {
    socket: WebSocket<TcpStream>,
    /// What the server said first.
    pub(crate) hello: Json,
}

impl Page {
    #[track_caller]
    pub(crate) fn open(server: &Server, session: &str) -> Self {
        Self::open_at(server.address(), &format!("/_/live?session={session}"), &[])
    }

    /// Opens a socket at that address and target, with these further fields.
    #[track_caller]
    pub(crate) fn open_at(address: SocketAddr, target: &str, fields: &[(&str, &str)]) -> Self {
        let stream = TcpStream::connect_timeout(&address, WAIT_SECS_MAX).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(WAIT_SECS_MAX)).unwrap();
        stream.set_write_timeout(Some(WAIT_SECS_MAX)).unwrap();
        let uri = format!("ws://{address}{target}").parse().unwrap();
        let asked = fields
            .iter()
            .fold(ClientRequestBuilder::new(uri), |asked, (name, value)| {
                asked.with_header(*name, *value)
            });
        let (socket, _) = tungstenite::client(asked, stream).expect("a socket");
        let mut page = Self {
            socket,
            hello: Json::Null,
        };
        page.hello = page.told();
        assert_eq!(page.hello.at("type").text(), "hello");
        page
    }

    #[track_caller]
    pub(crate) fn send(&mut self, message: Message) {
        self.socket.send(message).expect("the server takes it");
    }

    #[track_caller]
    pub(crate) fn say(&mut self, text: &str) {
        self.send(Message::text(text));
    }

    /// The next message, whatever it is; pings are answered on the way.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Message {
        self.socket.read().expect("a message")
    }

    /// The next text, which is JSON.
    #[track_caller]
    pub(crate) fn told(&mut self) -> Json {
        loop {
            match self.next() {
                Message::Text(text) => return Json::parse(&text),
                Message::Ping(_) => {}
                other @ (Message::Binary(_)
                | Message::Pong(_)
                | Message::Close(_)
                | Message::Frame(_)) => panic!("not a text: {other:?}"),
            }
        }
    }

    /// Everything said before has been understood when this returns. What is told meanwhile is lost.
    #[track_caller]
    pub(crate) fn is_heard(&mut self) {
        self.send(Message::Ping("heard".into()));
        while !matches!(self.next(), Message::Pong(payload) if payload == "heard") {}
    }

    /// Begins to watch.
    #[track_caller]
    pub(crate) fn watch(&mut self) {
        self.say("watch inspect");
        self.is_heard();
    }

    /// The first view of which `met` holds.
    #[track_caller]
    pub(crate) fn view(&mut self, what: &str, mut met: impl FnMut(&Json) -> bool) -> Json {
        let deadline = Instant::now() + WAIT_SECS_MAX;
        loop {
            let view = self.told();
            assert_eq!(view.at("type").text(), "inspect", "{view:?}");
            if met(&view) {
                return view;
            }
            assert!(Instant::now() < deadline, "still not: {what}; {view:?}");
        }
    }

    /// A view that was made after everything that has been done so far.
    #[track_caller]
    pub(crate) fn fresh_view(&mut self) -> Json {
        self.is_heard();
        self.told();
        self.told()
    }

    /// How the server closes: code and reason. What it says before is passed over.
    #[track_caller]
    pub(crate) fn closed(mut self) -> (u16, String) {
        loop {
            match self.socket.read() {
                Ok(Message::Close(Some(CloseFrame { code, reason }))) => {
                    // The peer's part of the goodbye, and then the end of the connection.
                    while self.socket.read().is_ok() {}
                    return (code.into(), reason.to_string());
                }
                Ok(Message::Text(_) | Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("expected a close frame, got {other:?}"),
            }
        }
    }

    /// Closes in order, and asserts that the server does as well, with the same code.
    #[track_caller]
    pub(crate) fn close(mut self) {
        self.socket.close(None).unwrap();
        loop {
            match self.socket.read() {
                Ok(_) => {}
                Err(tungstenite::Error::ConnectionClosed) => return,
                Err(other) => panic!("not an orderly end: {other:?}"),
            }
        }
    }
}

/// The entry of a list for which `met` holds, and no other.
#[track_caller]
pub(crate) fn only<'a>(list: &'a Json, what: &str, met: impl Fn(&Json) -> bool) -> &'a Json {
    let found: Vec<&Json> = list.list().iter().filter(|entry| met(entry)).collect();
    assert_eq!(found.len(), 1, "{what} in {list:?}");
    found[0]
}
