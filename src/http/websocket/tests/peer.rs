//! Both directions against a client that is not ours: tungstenite, over memory, at several cuts.

use std::io::{self, Read, Write};

use tungstenite::client::client;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode as TheirCode, Data, OpCode};
use tungstenite::protocol::{CloseFrame, WebSocket};
use tungstenite::{Error, Message};

use super::super::handshake::{accept, is_upgrade};
use super::super::write::{write_ping, write_pong, write_text};
use super::super::{CloseCode, Closing, Event, Fault, NOT_UTF8, Reader, TOO_BIG};
use super::text;
use crate::http::head::Head;
use crate::http::request::{Parsed, Scan, View, parse};
use crate::http::status::Status;
use crate::limits::Limits;
use crate::net::clock;

const MAX: usize = 100_000;

/// Our side of a connection, in the shape of the stream that the client has: what it writes is read
/// at once, what it reads we have written before.
struct Ours {
    /// The most bytes that pass in one call.
    cut: usize,
    /// The opening head, until it is whole.
    head: Option<Vec<u8>>,
    reader: Reader,
    closing: Closing,
    events: Vec<Event>,
    fault: Option<Fault>,
    out: Vec<u8>,
}

impl Ours {
    fn new(cut: usize) -> Self {
        Self {
            cut,
            head: Some(Vec::new()),
            reader: Reader::default(),
            closing: Closing::Open,
            events: Vec::new(),
            fault: None,
            out: Vec::new(),
        }
    }

    /// Answers the head when it is whole; its bytes then belong to nobody.
    fn open(&mut self, mut head: Vec<u8>, bytes: &[u8]) {
        head.extend_from_slice(bytes);
        match parse(&head, &mut Scan::default(), &Limits::default()) {
            Parsed::NeedMore => self.head = Some(head),
            Parsed::Refused(refusal) => panic!("{refusal:?}"),
            Parsed::Request(request) => {
                let view = View::new(&request, &head);
                assert!(is_upgrade(&view));
                let key = accept(&view).unwrap();
                let mut reply =
                    Head::new(&mut self.out, Status::SWITCHING_PROTOCOLS, &clock::now());
                key.write_fields(&mut reply);
                reply.end();
                assert_eq!(request.head_len, head.len(), "it waits for our answer");
            }
        }
    }

    fn hear(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match self.reader.take(bytes, MAX) {
                Ok((taken, event)) => {
                    bytes = &bytes[taken..];
                    if let Some(event) = event {
                        self.answer(&event);
                        self.events.push(event);
                    }
                }
                Err(fault) => {
                    self.closing = self.closing.fail(fault, &mut self.out);
                    self.fault = Some(fault);
                }
            }
        }
    }

    fn answer(&mut self, event: &Event) {
        match event {
            Event::Ping(payload) => write_pong(payload, &mut self.out),
            Event::Close(code, _) => self.closing = self.closing.received(*code, &mut self.out),
            Event::Text(_) | Event::Binary(_) | Event::Pong(_) => {}
        }
    }
}

impl Write for Ours {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(self.cut)];
        match self.head.take() {
            Some(head) => self.open(head, bytes),
            None => self.hear(bytes),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Ours {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.out.len().min(room.len()).min(self.cut);
        if count == 0 && self.closing != Closing::Done {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        room[..count].copy_from_slice(&self.out[..count]);
        self.out.drain(..count);
        Ok(count)
    }
}

/// An open connection for each of some cuts. The heads pass in larger ones: in small ones the
/// client takes them for an attack.
fn connected(talk: impl Fn(WebSocket<Ours>)) {
    for cut in [1, 2, 3, 7, 64, 1 << 20] {
        let (mut socket, reply) = client("ws://tv.local/live", Ours::new(100)).unwrap();
        assert_eq!(reply.status().as_u16(), 101);
        socket.get_mut().cut = cut;
        talk(socket);
    }
}

fn close_frame(code: u16, reason: &'static str) -> CloseFrame {
    CloseFrame {
        code: TheirCode::from(code),
        reason: reason.into(),
    }
}

#[test]
fn the_client_says() {
    connected(|mut socket| {
        let long = "κόσμε ".repeat(9_000);
        let bytes = vec![0xfe; 65_536];
        for message in [
            Message::text("Hello"),
            Message::text(""),
            Message::text(long.clone()),
            Message::binary(bytes.clone()),
            Message::binary(vec![1; 126]),
            Message::Pong(vec![2].into()),
        ] {
            socket.send(message).unwrap();
        }
        let expected = [
            text("Hello"),
            text(""),
            Event::Text(long),
            Event::Binary(bytes),
            Event::Binary(vec![1; 126]),
            Event::Pong(vec![2]),
        ];
        assert_eq!(socket.get_ref().events, expected);
        assert!(socket.get_ref().reader.is_idle());
    });
}

#[test]
fn the_client_says_it_in_parts() {
    connected(|mut socket| {
        let clip = "a \u{1f3ac} clip".as_bytes();
        for (at, part) in clip.chunks(3).enumerate() {
            let opcode = OpCode::Data(if at == 0 { Data::Text } else { Data::Continue });
            let is_final = (at + 1) * 3 >= clip.len();
            let frame = Frame::message(part.to_vec(), opcode, is_final);
            socket.send(Message::Frame(frame)).unwrap();
            socket
                .send(Message::Ping(vec![u8::try_from(at).unwrap()].into()))
                .unwrap();
        }
        let parts = u8::try_from(clip.chunks(3).count()).unwrap();
        let mut expected: Vec<Event> = (0..parts).map(|at| Event::Ping(vec![at])).collect();
        expected.insert(expected.len() - 1, text("a \u{1f3ac} clip"));
        assert_eq!(socket.get_ref().events, expected);
        for at in 0..parts {
            assert_eq!(socket.read().unwrap(), Message::Pong(vec![at].into()));
        }
    });
}

#[test]
fn we_say() {
    connected(|mut socket| {
        for len in [0, 1, 125, 126, 127, 65_535, 65_536, 200_000] {
            let words = "w".repeat(len);
            write_text(&words, &mut socket.get_mut().out);
            assert_eq!(socket.read().unwrap(), Message::text(words), "{len}");
        }
        write_text("\u{1f3ac}", &mut socket.get_mut().out);
        assert_eq!(socket.read().unwrap(), Message::text("\u{1f3ac}"));

        write_ping(b"there?", &mut socket.get_mut().out);
        assert_eq!(
            socket.read().unwrap(),
            Message::Ping(b"there?".to_vec().into())
        );
        socket.flush().unwrap();
        assert_eq!(socket.get_ref().events, [Event::Pong(b"there?".to_vec())]);
    });
}

#[test]
fn the_client_leaves() {
    for code in [1000, 1001, 1003, 1007, 1011, 3000, 4999] {
        connected(|mut socket| {
            socket.close(Some(close_frame(code, "bye"))).unwrap();
            let event = Event::Close(CloseCode::new(code), "bye".to_owned());
            assert_eq!(socket.get_ref().events, [event]);
            let answer = socket.read().unwrap();
            assert_eq!(answer, Message::Close(Some(close_frame(code, ""))));
            assert!(matches!(socket.read(), Err(Error::ConnectionClosed)));
            assert_eq!(socket.get_ref().closing, Closing::Done);
        });
    }
    connected(|mut socket| {
        socket.close(None).unwrap();
        assert_eq!(socket.get_ref().events, [Event::Close(None, String::new())]);
        assert_eq!(socket.read().unwrap(), Message::Close(None));
        assert!(matches!(socket.read(), Err(Error::ConnectionClosed)));
    });
}

#[test]
fn we_leave() {
    connected(|mut socket| {
        let ours = socket.get_mut();
        ours.closing = ours
            .closing
            .close(CloseCode::GOING_AWAY, "stop", &mut ours.out);
        assert_eq!(ours.closing, Closing::Waiting);
        let heard = socket.read().unwrap();
        assert_eq!(heard, Message::Close(Some(close_frame(1001, "stop"))));
        socket.flush().ok();
        let ours = socket.get_ref();
        assert!(matches!(
            &ours.events[..],
            [Event::Close(Some(CloseCode::GOING_AWAY), _)]
        ));
        assert_eq!(ours.closing, Closing::Done);
        assert!(ours.out.is_empty(), "its answer is not answered");
    });
}

#[test]
fn faults_are_told() {
    let not_utf8 = || Frame::message(b"a\xff".to_vec(), OpCode::Data(Data::Text), true);
    let reserved = || Frame::message(b"a".to_vec(), OpCode::Data(Data::Reserved(3)), true);
    let too_big = || Frame::message(vec![0; MAX + 1], OpCode::Data(Data::Binary), true);
    let opcode = Fault::protocol("reserved-opcode");
    let cases: [(&dyn Fn() -> Frame, Fault); 3] = [
        (&not_utf8, NOT_UTF8),
        (&reserved, opcode),
        (&too_big, TOO_BIG),
    ];
    for (frame, fault) in cases {
        connected(|mut socket| {
            socket.send(Message::Frame(frame())).unwrap();
            assert_eq!(socket.get_ref().fault, Some(fault));
            let heard = socket.read().unwrap();
            let said = close_frame(fault.code.code(), fault.why);
            assert_eq!(heard, Message::Close(Some(said)));
        });
    }
}
