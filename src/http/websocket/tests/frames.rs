//! Frames as tables: every byte 0 and byte 1, lengths, limits, what is no UTF-8.

use super::super::{Event, Fault, NOT_UTF8, Reader, TOO_BIG};
use super::{MAX, at_once, every_cut, frame, read, text};

fn protocol(why: &'static str) -> Option<Fault> {
    Some(Fault::protocol(why))
}

/// Each byte 0, at the start and within a message: refused at once, or not.
#[test]
fn byte_0() {
    for first in 0..=u8::MAX {
        let (is_final, reserved, opcode) = (first >= 0x80, first & 0x70, first & 0x0f);
        for is_begun in [false, true] {
            let expected = match opcode {
                _ if reserved != 0 => protocol("reserved-bits"),
                3..=7 | 11..=15 => protocol("reserved-opcode"),
                8..=10 if !is_final => protocol("control-in-parts"),
                0 if !is_begun => protocol("continues-nothing"),
                1 | 2 if is_begun => protocol("message-in-message"),
                _ => None,
            };
            let mut bytes = if is_begun { frame(0x01, b"a") } else { vec![] };
            bytes.push(first);
            assert_eq!(at_once(&bytes).1, expected, "{first:x}, {is_begun}");
        }
    }
}

/// Each byte 1 behind a text and behind a ping: the mask first, then the length of a control frame.
#[test]
fn byte_1() {
    for second in 0..=u8::MAX {
        for (first, is_control) in [(0x81, false), (0x82, false), (0x89, true), (0x88, true)] {
            let expected = match second {
                0..=127 => protocol("not-masked"),
                254.. if is_control => protocol("control-too-long"),
                128..=255 => None,
            };
            assert_eq!(
                at_once(&[first, second]).1,
                expected,
                "{first:x} {second:x}"
            );
        }
    }
}

#[test]
fn lengths() {
    let not_shortest = protocol("length-not-shortest");
    let top_bit = protocol("length-top-bit");
    for (bytes, expected) in [
        (&b"\x82\xfe\x00\x00"[..], not_shortest),
        (b"\x82\xfe\x00\x7d", not_shortest),
        (b"\x82\xfe\x00\x7e", None),
        (b"\x82\xfe\xff\xff", None),
        (b"\x82\xff\x00\x00\x00\x00\x00\x00\x00\x05", not_shortest),
        (b"\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff", not_shortest),
        (b"\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00", None),
        (b"\x82\xff\x00\x00\x00\x00\x00\x10\x00\x00", None),
        (b"\x82\xff\x00\x00\x00\x00\x00\x10\x00\x01", Some(TOO_BIG)),
        (b"\x82\xff\x00\x00\x00\x01\x00\x00\x00\x00", Some(TOO_BIG)),
        (b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", Some(TOO_BIG)),
        (b"\x82\xff\x80", top_bit),
        (b"\x82\xff\x80\x00\x00\x00\x00\x00\x00\x05", top_bit),
        (b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", top_bit),
    ] {
        assert_eq!(every_cut(bytes), (vec![], expected), "{bytes:x?}");
        if expected.is_some_and(|fault| fault != Fault::protocol("length-top-bit")) {
            let before = &bytes[..bytes.len() - 1];
            assert_eq!(at_once(before), (vec![], None), "{before:x?}");
        }
    }
}

/// A message is counted over all its frames, and refused at the length that goes beyond.
#[test]
fn message_sizes() {
    let refused = |frames: &[Vec<u8>], max| read([&frames.concat()[..]], max).1;
    for max in [0, 1, 125, 126, 200, 65_536] {
        let most = vec![b'a'; max];
        assert_eq!(refused(&[frame(0x82, &most)], max), None, "{max}");
        let beyond = frame(0x82, &vec![b'a'; max + 1]);
        let head = beyond.len() - (max + 1) - 4;
        assert_eq!(
            refused(&[beyond[..head].to_vec()], max),
            Some(TOO_BIG),
            "{max}"
        );
        assert_eq!(refused(&[beyond[..head - 1].to_vec()], max), None, "{max}");

        let begun = frame(0x01, &most);
        assert_eq!(refused(&[begun.clone(), frame(0x80, b"")], max), None);
        assert_eq!(
            refused(&[begun.clone(), b"\x80\x81".to_vec()], max),
            Some(TOO_BIG)
        );
        // Control frames are no part of it.
        let pings = [
            begun,
            frame(0x89, &[0; 125]),
            frame(0x89, &[0; 125]),
            frame(0x80, b""),
        ];
        assert_eq!(refused(&pings, max), None);
    }
    let drops = vec![frame(0x00, b"aa"); 60];
    let drops = [vec![frame(0x01, b"aa")], drops].concat();
    assert_eq!(refused(&drops, 100), Some(TOO_BIG));
    assert_eq!(refused(&drops, 122), None);
    // The bound is of each message, not of all.
    assert_eq!(refused(&vec![frame(0x82, &[0; 100]); 50], 100), None);
}

#[test]
fn control_payloads() {
    for len in [0, 1, 124, 125] {
        let payload = vec![0xfe; len];
        let ping = (vec![Event::Ping(payload.clone())], None);
        assert_eq!(every_cut(&frame(0x89, &payload)), ping, "{len}");
        let pong = (vec![Event::Pong(payload.clone())], None);
        assert_eq!(every_cut(&frame(0x8a, &payload)), pong, "{len}");
    }
    let long = protocol("control-too-long");
    assert_eq!(at_once(&frame(0x89, &[0; 126])), (vec![], long));
    assert_eq!(at_once(&frame(0x8a, &[0; 70_000])), (vec![], long));
}

/// Whoever calls may stop between two events, and nothing is lost.
#[test]
fn one_event_at_a_time() {
    let bytes = vec![frame(0x89, b"a"); 10].concat();
    let mut reader = Reader::default();
    for at in 0..10 {
        let event = Some(Event::Ping(b"a".to_vec()));
        assert_eq!(reader.take(&bytes[at * 7..], MAX), Ok((7, event)));
    }
    assert_eq!(reader.take(b"", MAX), Ok((0, None)));
}

/// Texts that are UTF-8, whatever their frames: cut at every byte into two and into three.
#[test]
fn utf8() {
    for words in [
        "",
        "a",
        "κόσμε",
        "Hello-µ@ßöäüàá-UTF-8!!",
        "\0",
        "\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}",
        "\u{d7ff}\u{e000}\u{fffd}\u{fffe}",
        "\u{1f3ac}\u{feff}",
    ] {
        let bytes = words.as_bytes();
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let frames = [
                    frame(0x01, &bytes[..first]),
                    frame(0x89, &[0xff]),
                    frame(0x00, &bytes[first..second]),
                    frame(0x80, &bytes[second..]),
                ]
                .concat();
                let expected = vec![Event::Ping(vec![0xff]), text(words)];
                assert_eq!(at_once(&frames), (expected.clone(), None), "{words}");
                assert_eq!(read(frames.chunks(1), MAX), (expected, None), "{words}");
            }
        }
    }
}

/// No UTF-8: the bytes, and how many of them tell. What is only cut tells at the end of the message.
const NOT_TEXTS: [(&[u8], usize); 21] = [
    (b"\x80", 1),
    (b"\xbf", 1),
    (b"\xfe", 1),
    (b"\xff", 1),
    (b"\xc0\xaf", 1),
    (b"\xc1\xbf", 1),
    (b"\xe0\x80\xaf", 2),
    (b"\xe0\x9f\xbf", 2),
    (b"\xf0\x80\x80\xaf", 2),
    (b"\xf0\x8f\xbf\xbf", 2),
    (b"\xf8\x88\x80\x80\x80", 1),
    (b"\xfc\x84\x80\x80\x80\x80", 1),
    (b"\xed\xa0\x80", 2),
    (b"\xed\xbf\xbf", 2),
    (b"\xf4\x90\x80\x80", 2),
    (b"\xf5\x80\x80\x80", 1),
    (b"\xc2a", 2),
    (b"\xe2\x82a", 3),
    (b"\xc2", usize::MAX),
    (b"\xe2\x82", usize::MAX),
    (b"\xf0\x9f\x8e", usize::MAX),
];

#[test]
fn not_utf8() {
    let refused = Some(NOT_UTF8);
    for (bad, tells) in NOT_TEXTS {
        for before in ["", "a", "κό", "\u{1f3ac}"] {
            let payload = [before.as_bytes(), bad].concat();
            assert_eq!(
                every_cut(&frame(0x81, &payload)),
                (vec![], refused),
                "{bad:x?}"
            );
            assert_eq!(
                at_once(&frame(0x82, &payload)).1,
                None,
                "bytes may be anything"
            );

            // In the middle of frames, with the cut anywhere; with more of it to come.
            for cut in 0..=payload.len() {
                let first = frame(0x01, &payload[..cut]);
                let second = frame(0x80, &payload[cut..]);
                assert_eq!(at_once(&[first, second].concat()), (vec![], refused));
            }
            // Fast: at the byte that tells, long before the frame or the message ends.
            let long = [&payload[..], &[b'a'; 50]].concat();
            let bytes = frame(0x01, &long);
            let tells = 6 + before.len() + tells.min(bad.len() + 1);
            assert_eq!(at_once(&bytes[..tells]), (vec![], refused), "{bad:x?}");
            assert_eq!(at_once(&bytes[..tells - 1]), (vec![], None), "{bad:x?}");
        }
    }
    // A message ends within a character; the next one does not go on with it.
    let halves = [frame(0x81, b"\xc2"), frame(0x81, b"\xb5")].concat();
    assert_eq!(at_once(&halves), (vec![], refused));
    let closes = [frame(0x01, b"\xc2"), frame(0x80, b"")].concat();
    assert_eq!(at_once(&closes), (vec![], refused));
}
