//! Owns the frames that a server writes: whole, not masked, each to the end of a buffer.
//! Knows nothing of who reads them: the same bytes may go to every listener.
//!
//! ```text
//! 81 05  48 65 6C 6C 6F          "Hello": up to 125 bytes, the length in byte 1
//! 81 7E 01 00  ...               256 bytes: up to 65 535, two bytes of length
//! 81 7F 00 00 00 00 00 01 00 00  ...    65 536 bytes and more, eight
//! ```

use super::frame::FINAL;
use super::{CONTROL_BYTES_MAX, CloseCode};

/// A text, in one frame.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    write_frame(FINAL | 1, text.as_bytes(), out);
}

/// A ping, which its peer answers with the same payload, of at most [`CONTROL_BYTES_MAX`].
pub fn write_ping(payload: &[u8], out: &mut Vec<u8>) {
    write_control(FINAL | 9, payload, out);
}

/// The answer to a ping, with its payload, of at most [`CONTROL_BYTES_MAX`].
pub fn write_pong(payload: &[u8], out: &mut Vec<u8>) {
    write_control(FINAL | 10, payload, out);
}

/// A close frame: after it nothing more is sent. Without a code there is no reason either.
/// A reason too long for its frame is cut between two characters.
pub fn write_close(code: Option<CloseCode>, reason: &str, out: &mut Vec<u8>) {
    let mut payload = [0; CONTROL_BYTES_MAX];
    let mut len = 0;
    if let (Some(code), Some((front, room))) = (code, payload.split_first_chunk_mut::<2>()) {
        *front = code.code().to_be_bytes();
        let mut ends = (0..=room.len().min(reason.len())).rev();
        let cut = ends.find_map(|end| reason.get(..end));
        let reason = cut.unwrap_or_default().as_bytes();
        for (slot, &byte) in room.iter_mut().zip(reason) {
            *slot = byte;
        }
        len = front.len().saturating_add(reason.len());
    }
    write_control(FINAL | 8, payload.get(..len).unwrap_or_default(), out);
}

fn write_control(first: u8, payload: &[u8], out: &mut Vec<u8>) {
    debug_assert!(
        payload.len() <= CONTROL_BYTES_MAX,
        "a control frame is short"
    );
    let payload = payload.get(..CONTROL_BYTES_MAX).unwrap_or(payload);
    write_frame(first, payload, out);
}

fn write_frame(first: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.reserve(payload.len().saturating_add(10));
    out.push(first);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ 0..=125), _) => out.push(short),
        (_, Ok(len)) => {
            out.push(126);
            out.extend_from_slice(&len.to_be_bytes());
        }
        (_, Err(_)) => {
            let len = u64::try_from(payload.len()).unwrap_or(u64::MAX);
            out.push(127);
            out.extend_from_slice(&len.to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}
