//! Frames mean the same however they are cut, nothing is held beyond the bound, and what is written as
//! frames is read as it was said.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reeld::http::websocket::{CONTROL_BYTES_MAX, Event, Fault, Reader};

fuzz_target!(|input: &[u8]| {
    let Some((&[step, max], bytes)) = input.split_first_chunk::<2>() else {
        return;
    };
    let step = usize::from(step).max(1);
    let max = usize::from(max) * 8;
    let whole = read(bytes, bytes.len().max(1), max);
    assert_eq!(whole, read(bytes, step, max), "cuts change it");
    for event in &whole.0 {
        match event {
            Event::Text(text) => assert!(text.len() <= max),
            Event::Binary(bytes) => assert!(bytes.len() <= max),
            Event::Ping(bytes) | Event::Pong(bytes) => assert!(bytes.len() <= CONTROL_BYTES_MAX),
            Event::Close(_, reason) => assert!(reason.len() <= CONTROL_BYTES_MAX - 2),
        }
    }

    // One message of all the bytes, a frame for each step, a ping behind each but the last.
    let mut frames = Vec::new();
    let mut expected = Vec::new();
    let count = bytes.chunks(step).count();
    for (at, part) in bytes.chunks(step).enumerate() {
        let opcode = if at == 0 { 2 } else { 0 };
        let last = if at + 1 == count { 0x80 } else { 0 };
        write(last | opcode, part, &mut frames);
        if last == 0 {
            let payload = &part[..part.len().min(CONTROL_BYTES_MAX)];
            write(0x89, payload, &mut frames);
            expected.push(Event::Ping(payload.to_vec()));
        }
    }
    if count > 0 {
        expected.push(Event::Binary(bytes.to_vec()));
    }
    let said = read(&frames, step, bytes.len());
    assert_eq!(said, (expected, None), "it is not what was said");
});

/// All events, and the fault that ended them.
fn read(bytes: &[u8], step: usize, max: usize) -> (Vec<Event>, Option<Fault>) {
    let mut reader = Reader::default();
    let mut events = Vec::new();
    for mut piece in bytes.chunks(step) {
        while !piece.is_empty() {
            match reader.take(piece, max) {
                Ok((taken, event)) => {
                    assert!(taken > 0, "it goes on");
                    events.extend(event);
                    piece = &piece[taken..];
                }
                Err(fault) => return (events, Some(fault)),
            }
            assert!(reader.held_bytes() <= max + CONTROL_BYTES_MAX);
            assert!(!reader.is_idle() || reader.held_bytes() == 0);
        }
    }
    (events, None)
}

/// A masked frame of at most 65 535 bytes.
fn write(first: u8, payload: &[u8], out: &mut Vec<u8>) {
    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    out.push(first);
    match u8::try_from(payload.len()) {
        Ok(len @ 0..=125) => out.push(0x80 | len),
        Ok(_) | Err(_) => {
            out.push(0x80 | 126);
            let len = u16::try_from(payload.len()).unwrap_or(u16::MAX);
            out.extend_from_slice(&len.to_be_bytes());
        }
    }
    out.extend_from_slice(&KEY);
    out.extend(
        payload
            .iter()
            .zip(KEY.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
}
