//! Close frames and the closing handshake: each code, each reason, who speaks last.

use super::super::write::{write_close, write_ping, write_pong};
use super::super::{CloseCode, Closing, Event, Fault, NOT_UTF8, Reader, TOO_BIG};
use super::{MAX, at_once, every_cut, frame};

#[test]
fn every_code() {
    let may = |code: u16| {
        let named = [
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
        ];
        named.contains(&code) || (3000..=4999).contains(&code)
    };
    for code in 0..=u16::MAX {
        let found = CloseCode::new(code);
        assert_eq!(found.map(CloseCode::code), may(code).then_some(code));
        let expected = match found {
            Some(_) => (vec![Event::Close(found, String::new())], None),
            None => (vec![], Some(Fault::protocol("close-code"))),
        };
        assert_eq!(at_once(&frame(0x88, &code.to_be_bytes())), expected);
    }
    for ours in [
        CloseCode::NORMAL,
        CloseCode::GOING_AWAY,
        CloseCode::PROTOCOL_ERROR,
        CloseCode::UNSUPPORTED,
        CloseCode::NOT_UTF8,
        CloseCode::POLICY,
        CloseCode::TOO_BIG,
        CloseCode::INTERNAL,
        CloseCode::TRY_AGAIN,
    ] {
        assert_eq!(CloseCode::new(ours.code()), Some(ours));
    }
}

#[test]
fn payloads() {
    let close = |reason: &str| {
        (
            vec![Event::Close(Some(CloseCode::NORMAL), reason.to_owned())],
            None,
        )
    };
    let with = |reason: &[u8]| every_cut(&frame(0x88, &[b"\x03\xe8", reason].concat()));
    assert_eq!(
        every_cut(&frame(0x88, b"")),
        (vec![Event::Close(None, String::new())], None)
    );
    let cut_short = Some(Fault::protocol("close-cut-short"));
    assert_eq!(every_cut(&frame(0x88, b"\x03")), (vec![], cut_short));
    assert_eq!(with(b""), close(""));
    assert_eq!(with("bye, κόσμε".as_bytes()), close("bye, κόσμε"));
    assert_eq!(with(&[b'a'; 123]), close(&"a".repeat(123)));
    assert_eq!(
        with(b"\xce\xba\xe1\xbd\xb9\xcf\x83\xed\xa0\x80"),
        (vec![], Some(NOT_UTF8))
    );
    assert_eq!(with(b"\xce"), (vec![], Some(NOT_UTF8)));
    let long = Some(Fault::protocol("control-too-long"));
    assert_eq!(at_once(&frame(0x88, &[0; 126])), (vec![], long));
}

/// What follows a close frame or a fault is nobody's: neither events nor faults.
#[test]
fn nothing_is_read_after_the_end() {
    let tail = [
        frame(0x81, b"more"),
        frame(0x88, b""),
        b"\xff\xff\xff".to_vec(),
    ]
    .concat();
    let closed = [frame(0x88, b"\x03\xe8"), tail.clone()].concat();
    let close = Event::Close(Some(CloseCode::NORMAL), String::new());
    assert_eq!(every_cut(&closed), (vec![close.clone()], None));
    // The message that had begun is dropped.
    let within = [frame(0x01, b"begun"), closed].concat();
    assert_eq!(every_cut(&within), (vec![close], None));

    let mut reader = Reader::default();
    assert_eq!(
        reader.take(b"\x83", MAX),
        Err(Fault::protocol("reserved-opcode"))
    );
    assert_eq!(reader.take(&tail, MAX), Ok((tail.len(), None)));
    assert!(reader.is_idle() && reader.held_bytes() == 0);
}

#[test]
fn who_speaks_last() {
    let normal = Some(CloseCode::NORMAL);
    let mut out = Vec::new();

    // The peer begins: its own code comes back, without its reason; none for none.
    for code in [normal, CloseCode::new(4_321), None] {
        out.clear();
        assert_eq!(Closing::Open.received(code, &mut out), Closing::Done);
        let mut same = Vec::new();
        write_close(code, "", &mut same);
        assert_eq!(out, same);
    }

    // We begin: its answer is not answered, whatever it is.
    out.clear();
    let closing = Closing::default().close(CloseCode::GOING_AWAY, "stop", &mut out);
    assert_eq!(
        (closing, &out[..]),
        (Closing::Waiting, &b"\x88\x06\x03\xe9stop"[..])
    );
    out.clear();
    assert_eq!(
        closing.close(CloseCode::NORMAL, "", &mut out),
        Closing::Waiting
    );
    assert_eq!(closing.received(normal, &mut out), Closing::Done);
    assert_eq!(closing.fail(TOO_BIG, &mut out), Closing::Done);
    assert!(out.is_empty(), "no second close frame");

    // A fault is said, once, and nothing waited for.
    assert_eq!(Closing::Open.fail(TOO_BIG, &mut out), Closing::Done);
    assert_eq!(out, b"\x88\x11\x03\xf1message-too-big");
    out.clear();
    assert_eq!(
        Closing::Done.close(CloseCode::NORMAL, "", &mut out),
        Closing::Done
    );
    assert_eq!(Closing::Done.received(normal, &mut out), Closing::Done);
    assert!(out.is_empty());
}

#[test]
fn reasons_are_cut_between_characters() {
    for (reason, kept) in [
        ("a".repeat(123), 123),
        ("a".repeat(124), 123),
        ("µ".repeat(100), 122),
        (format!("a{}", "µ".repeat(100)), 123),
        ("\u{1f3ac}".repeat(40), 120),
    ] {
        let mut out = Vec::new();
        write_close(Some(CloseCode::NORMAL), &reason, &mut out);
        assert_eq!(&out[4..], &reason.as_bytes()[..kept]);
        assert_eq!(usize::from(out[1]), kept + 2);
    }
    let mut out = Vec::new();
    write_close(None, "never said", &mut out);
    assert_eq!(out, b"\x88\x00");
}

#[test]
fn the_longest_control_frames() {
    let mut out = Vec::new();
    write_ping(&[7; 125], &mut out);
    write_pong(&[], &mut out);
    assert_eq!(&out[..2], b"\x89\x7d");
    assert_eq!(&out[127..], b"\x8a\x00");
}
