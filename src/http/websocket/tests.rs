//! WebSocket frames: the RFC's own examples and every cut of them, then any messages in any frames as
//! laws. The tables are in [`frames`], the opening in [`opening`], a client that is not ours in [`peer`].

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test that is wrong about a number shall panic"
)]

mod ends;
mod frames;
mod opening;
mod peer;

use proptest::prelude::*;

use super::{CONTROL_BYTES_MAX, CloseCode, Event, Fault, Reader};

/// More than any table needs.
const MAX: usize = 1 << 20;

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A frame as a client writes it; byte 0 is given.
fn masked(first: u8, payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    let mut out = vec![first];
    let len = payload.len();
    if len < 126 {
        out.push(0x80 | u8::try_from(len).unwrap());
    } else if let Ok(len) = u16::try_from(len) {
        out.push(0x80 | 126);
        out.extend_from_slice(&len.to_be_bytes());
    } else {
        out.push(0x80 | 127);
        out.extend_from_slice(&u64::try_from(len).unwrap().to_be_bytes());
    }
    out.extend_from_slice(&key);
    out.extend(
        payload
            .iter()
            .enumerate()
            .map(|(at, byte)| byte ^ key[at % 4]),
    );
    out
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    masked(first, payload, KEY)
}

/// All events of the bytes as they are cut, and the fault that ends them.
fn read<'a>(cuts: impl IntoIterator<Item = &'a [u8]>, max: usize) -> (Vec<Event>, Option<Fault>) {
    let mut reader = Reader::default();
    let mut events = Vec::new();
    for mut bytes in cuts {
        while !bytes.is_empty() {
            match reader.take(bytes, max) {
                Ok((taken, event)) => {
                    assert!(taken > 0 && taken <= bytes.len());
                    assert!(
                        event.is_some() || taken == bytes.len(),
                        "it stops for an event only"
                    );
                    events.extend(event);
                    bytes = &bytes[taken..];
                }
                Err(fault) => {
                    assert!(reader.is_idle() && reader.held_bytes() == 0);
                    return (events, Some(fault));
                }
            }
            assert!(reader.held_bytes() <= max + CONTROL_BYTES_MAX);
        }
    }
    (events, None)
}

fn at_once(bytes: &[u8]) -> (Vec<Event>, Option<Fault>) {
    read([bytes], MAX)
}

/// Reads it whole, in all two and three parts and byte by byte: always the same.
fn every_cut(bytes: &[u8]) -> (Vec<Event>, Option<Fault>) {
    let whole = at_once(bytes);
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            let cut = [&bytes[..first], &bytes[first..second], &bytes[second..]];
            assert_eq!(read(cut, MAX), whole, "{bytes:x?} at {first} and {second}");
        }
    }
    assert_eq!(read(bytes.chunks(1), MAX), whole, "{bytes:x?} byte by byte");
    whole
}

fn text(text: &str) -> Event {
    Event::Text(text.to_owned())
}

#[test]
fn s5_7_examples_of_a_client() {
    // "A single-frame masked text message"
    let hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    assert_eq!(every_cut(hello), (vec![text("Hello")], None));
    assert_eq!(
        frame(0x81, b"Hello"),
        hello,
        "our own client writes the same"
    );

    // "… masked Pong response" to the ping "Hello"
    let pong = b"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    assert_eq!(
        every_cut(pong),
        (vec![Event::Pong(b"Hello".to_vec())], None)
    );
}

/// The examples that are not masked are what a server may write; a client that does is at fault.
#[test]
fn s5_7_examples_of_a_server() {
    let mut out = Vec::new();
    super::write::write_text("Hello", &mut out);
    assert_eq!(out, b"\x81\x05\x48\x65\x6c\x6c\x6f");
    out.clear();
    super::write::write_ping(b"Hello", &mut out);
    assert_eq!(out, b"\x89\x05\x48\x65\x6c\x6c\x6f");

    // "256 bytes binary message", "64KiB binary message": the heads are those of a text, but for the opcode.
    for (len, head) in [
        (256, &b"\x7e\x01\x00"[..]),
        (65_536, b"\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ] {
        out.clear();
        super::write::write_text(&"a".repeat(len), &mut out);
        assert_eq!(out[0], 0x81);
        assert_eq!(&out[1..=head.len()], head);
        assert_eq!(out.len(), 1 + head.len() + len);
    }

    for unmasked in [
        &b"\x81\x05\x48\x65\x6c\x6c\x6f"[..],
        b"\x01\x03\x48\x65\x6c",
        b"\x89\x05\x48\x65\x6c\x6c\x6f",
        b"\x82\x7e\x01\x00",
        b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00",
    ] {
        let fault = Fault::protocol("not-masked");
        assert_eq!(every_cut(unmasked), (vec![], Some(fault)));
        assert_eq!(
            at_once(&unmasked[..2]).1,
            Some(fault),
            "as soon as it is said"
        );
        assert_eq!(at_once(&unmasked[..1]).1, None);
    }
}

/// "A fragmented unmasked text message", but masked; and the example of 5.4 with a ping between.
#[test]
fn s5_7_fragments() {
    let fragments = [frame(0x01, b"Hel"), frame(0x80, b"lo")].concat();
    assert_eq!(every_cut(&fragments), (vec![text("Hello")], None));

    let ping = frame(0x89, b"!");
    let between = [frame(0x01, b"Hel"), ping, frame(0x80, b"lo")].concat();
    let expected = vec![Event::Ping(b"!".to_vec()), text("Hello")];
    assert_eq!(every_cut(&between), (expected, None));

    let many = [
        frame(0x02, b""),
        frame(0x8a, b""),
        frame(0x00, b"a"),
        frame(0x89, b"p"),
        frame(0x00, b""),
        frame(0x80, b""),
        frame(0x81, b""),
    ]
    .concat();
    let expected = vec![
        Event::Pong(vec![]),
        Event::Ping(b"p".to_vec()),
        Event::Binary(b"a".to_vec()),
        text(""),
    ];
    assert_eq!(every_cut(&many), (expected, None));
}

/// The payload of 256 bytes and of 64 KiB, masked, by cuts near all borders.
#[test]
fn s5_7_long_payloads() {
    for len in [0, 1, 125, 126, 127, 128, 255, 256, 65_535, 65_536] {
        let payload: Vec<u8> = (0..=255).cycle().take(len).collect();
        let bytes = frame(0x82, &payload);
        let head = bytes.len() - len;
        assert_eq!(
            head,
            if len < 126 {
                6
            } else if len < 65_536 {
                8
            } else {
                14
            }
        );
        let expected = (vec![Event::Binary(payload)], None);
        assert_eq!(at_once(&bytes), expected, "{len}");
        for cut in (0..head + 9).chain(bytes.len().saturating_sub(9)..bytes.len()) {
            let (front, back) = bytes.split_at(cut.min(bytes.len()));
            assert_eq!(read([front, back], MAX), expected, "{len} at {cut}");
        }
        for step in [1, 3, 4, 5, 1_000, 4_096] {
            assert_eq!(read(bytes.chunks(step), MAX), expected, "{len} by {step}");
        }
    }
}

/// What an idle connection costs.
#[test]
fn idle_is_small() {
    assert!(size_of::<Reader>() <= 56, "{}", size_of::<Reader>());
    let mut reader = Reader::default();
    assert!(reader.is_idle() && reader.held_bytes() == 0);
    for event in [
        frame(0x81, b"Hello"),
        frame(0x82, &[0; 300]),
        frame(0x89, b"a"),
    ] {
        assert_eq!(reader.take(&event[..1], MAX), Ok((1, None)));
        assert!(!reader.is_idle());
        let (taken, found) = reader.take(&event[1..], MAX).unwrap();
        assert!(found.is_some() && taken == event.len() - 1);
        assert!(reader.is_idle() && reader.held_bytes() == 0);
    }
}

/// A promise of bytes takes no room: only bytes do.
#[test]
fn room_comes_with_bytes() {
    let mut reader = Reader::default();
    let bytes = frame(0x82, &[7; 60_000]);
    assert_eq!(reader.take(&bytes[..8], MAX), Ok((8, None)));
    assert_eq!(reader.held_bytes(), 0);
    assert_eq!(reader.take(&bytes[8..18], MAX), Ok((10, None)));
    assert!(reader.held_bytes() <= 20);
    let (_, event) = reader.take(&bytes[18..], MAX).unwrap();
    assert_eq!(event, Some(Event::Binary(vec![7; 60_000])));
}

/// A message of a random kind: its event, and its payload cut into frames with controls between.
#[derive(Debug, Clone)]
struct Said {
    event: Event,
    frames: Vec<(u8, Vec<u8>)>,
}

fn said() -> impl Strategy<Value = (Said, Vec<(usize, Event)>)> {
    let control = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..=125).prop_map(Event::Ping),
        prop::collection::vec(any::<u8>(), 0..=125).prop_map(Event::Pong),
    ];
    let event = prop_oneof![
        "\\PC{0,40}".prop_map(Event::Text),
        prop::collection::vec(any::<u8>(), 0..400).prop_map(Event::Binary),
    ];
    let cuts = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
    let between = prop::collection::vec((0..4_usize, control), 0..3);
    (event, cuts, between).prop_map(|(event, cuts, between)| {
        let (opcode, payload) = match &event {
            Event::Text(text) => (1, text.as_bytes()),
            Event::Binary(bytes) => (2, &bytes[..]),
            Event::Ping(_) | Event::Pong(_) | Event::Close(..) => unreachable!(),
        };
        let mut ends: Vec<usize> = cuts
            .iter()
            .map(|cut| cut.index(payload.len() + 1))
            .collect();
        ends.push(payload.len());
        ends.sort_unstable();
        let mut start = 0;
        let mut frames = Vec::new();
        for (at, &end) in ends.iter().enumerate() {
            let opcode = if at == 0 { opcode } else { 0 };
            let last = if at + 1 == ends.len() { 0x80 } else { 0 };
            frames.push((last | opcode, payload[start..end].to_vec()));
            start = end;
        }
        (Said { event, frames }, between)
    })
}

proptest! {
    #[test]
    fn what_a_client_says_is_heard(
        all in prop::collection::vec(said(), 0..4),
        keys: [[u8; 4]; 3],
        step in 1..200_usize,
    ) {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        let mut keys = keys.into_iter().cycle();
        for (said, between) in all {
            for (at, (first, payload)) in said.frames.iter().enumerate() {
                for (_, control) in between.iter().filter(|(place, _)| *place == at) {
                    let (first, payload) = match control {
                        Event::Ping(payload) => (0x89, payload),
                        Event::Pong(payload) => (0x8a, payload),
                        Event::Text(_) | Event::Binary(_) | Event::Close(..) => unreachable!(),
                    };
                    bytes.extend(masked(first, payload, keys.next().unwrap()));
                    expected.push(control.clone());
                }
                bytes.extend(masked(*first, payload, keys.next().unwrap()));
            }
            expected.push(said.event);
        }
        let expected = (expected, None);
        prop_assert_eq!(&read([&bytes[..]], MAX), &expected);
        prop_assert_eq!(&read(bytes.chunks(step), MAX), &expected);
    }

    /// `read` itself checks that no more than the bound is ever held.
    #[test]
    fn any_bytes_in_any_cuts(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        step in 1..40_usize,
        max in 0..200_usize,
    ) {
        prop_assert_eq!(read(bytes.chunks(step), max), read([&bytes[..]], max));
    }

    /// Bytes that are nearly frames reach further than any bytes do.
    #[test]
    fn nearly_frames_in_any_cuts(
        frames in prop::collection::vec(
            (
                prop::sample::select(vec![0_u8, 1, 2, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8a, 3, 0xc1]),
                prop::collection::vec(any::<u8>(), 0..140),
            ),
            0..6,
        ),
        step in 1..40_usize,
        max in 0..200_usize,
    ) {
        let bytes: Vec<u8> = frames.iter().flat_map(|(first, payload)| frame(*first, payload)).collect();
        let whole = read([&bytes[..]], max);
        for event in &whole.0 {
            let len = match event {
                Event::Text(text) => text.len(),
                Event::Binary(bytes) => bytes.len(),
                Event::Ping(_) | Event::Pong(_) | Event::Close(..) => 0,
            };
            prop_assert!(len <= max);
        }
        prop_assert_eq!(read(bytes.chunks(step), max), whole);
    }

    /// A text is refused exactly where its bytes stop being the beginning of one.
    #[test]
    fn a_text_fails_at_its_first_bad_byte(
        front in "\\PC{0,12}",
        tail in prop::collection::vec(any::<u8>(), 0..6),
    ) {
        let payload = [front.as_bytes(), &tail].concat();
        let valid = |bytes: &[u8]| match str::from_utf8(bytes) {
            Ok(_) => true,
            Err(error) => error.error_len().is_none(),
        };
        let bytes = frame(0x81, &payload);
        for end in 0..=payload.len() {
            let (_, fault) = at_once(&bytes[..6 + end]);
            let is_whole = end == payload.len();
            let fine = if is_whole { str::from_utf8(&payload).is_ok() } else { valid(&payload[..end]) };
            prop_assert_eq!(fault.is_none(), fine);
        }
    }

    #[test]
    fn close_frames_come_back(code in any::<u16>(), reason in "\\PC{0,60}") {
        let mut out = Vec::new();
        let Some(code) = CloseCode::new(code) else { return Ok(()) };
        super::write::write_close(Some(code), &reason, &mut out);
        let payload = &out[2..];
        prop_assert!(payload.len() <= CONTROL_BYTES_MAX);
        prop_assert_eq!(&out[..2], &[0x88, u8::try_from(payload.len()).unwrap()]);
        let (events, fault) = at_once(&frame(0x88, payload));
        prop_assert_eq!(fault, None);
        let [Event::Close(Some(found), words)] = &events[..] else { panic!("{events:?}") };
        prop_assert_eq!(*found, code);
        prop_assert!(reason.starts_with(words.as_str()));
        prop_assert!(words.len() == reason.len() || words.len() > 123 - 4, "cut no shorter than needed");
    }
}
