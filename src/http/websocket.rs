//! Owns the WebSocket frames that a server reads (RFC 6455 5), and the messages that they make up.
//! Knows nothing of sockets, of time, or of what the messages say.
//!
//! ```text
//! byte 0   F R R R o o o o     F: the last frame of its message; R: reserved, 0; o: opcode
//! byte 1   M l l l l l l l     M: masked, 1 from a client; l: 0..=125, 126 or 127
//!          len len             only if l is 126: 126..=65 535
//!          len × 8             only if l is 127: 65 536 and more, the top bit 0
//!          key key key key     the mask; only if M
//!          payload             byte i is XORed with key i mod 4
//!
//! 0 continuation    1 text    2 binary    8 close    9 ping    10 pong    else reserved
//!
//! 01 83 key "Hel"              a text in two frames,
//! 89 80 key                    a ping between them: control frames are whole and short
//! 80 82 key "lo"               the end of the text
//! ```
//!
//! [`handshake`] turns a request into a connection of frames, [`write`](mod@write) makes our own,
//! [`close`] is how both sides take their leave.
//!
//! Not done: extensions (compression would cost 300 KB of window for each talker), subprotocols.

#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

pub mod close;
mod frame;
pub mod handshake;
pub mod write;

pub use close::{CloseCode, Closing};

use std::mem;

use frame::{Control, Frame, Head, Opcode, Rest};

/// The longest payload of a control frame.
pub const CONTROL_BYTES_MAX: usize = 125;

/// What a peer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A whole text.
    Text(String),
    /// A whole message of bytes.
    Binary(Vec<u8>),
    /// To be answered with a pong of the same payload.
    Ping(Vec<u8>),
    /// An answer to a ping, or a sign of life.
    Pong(Vec<u8>),
    /// The peer will send no more; why, if it says so, and in its own words.
    Close(Option<CloseCode>, String),
}

/// A peer's fault: the code to close with, and a word that names the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What the RFC says to close with.
    pub code: CloseCode,
    /// The name of the reason, in words joined by hyphens.
    pub why: &'static str,
}

impl Fault {
    const fn new(code: CloseCode, why: &'static str) -> Self {
        Self { code, why }
    }

    const fn protocol(why: &'static str) -> Self {
        Self::new(CloseCode::PROTOCOL_ERROR, why)
    }
}

const TOO_BIG: Fault = Fault::new(CloseCode::TOO_BIG, "message-too-big");
const NOT_UTF8: Fault = Fault::new(CloseCode::NOT_UTF8, "not-utf8");

/// Reads frames from any cuts of bytes. Between messages it is a few words and owns nothing.
#[derive(Debug, Default)]
pub struct Reader {
    place: Place,
}

impl Reader {
    /// Takes bytes up to the end of the next event, or all of them; says how many.
    ///
    /// A message, all its frames together, has at most `max` bytes: one that says it will be
    /// longer is refused before they come. After a close frame or a fault the rest is dropped.
    pub fn take(&mut self, bytes: &[u8], max: usize) -> Result<(usize, Option<Event>), Fault> {
        let mut rest = bytes;
        while !rest.is_empty() {
            // Where a fault is found, it is over.
            let place = mem::replace(&mut self.place, Place::Over);
            let (place, count, event) = place.on_bytes(rest, max)?;
            self.place = place;
            rest = rest.get(count..).unwrap_or_default();
            if event.is_some() {
                return Ok((bytes.len().saturating_sub(rest.len()), event));
            }
        }
        Ok((bytes.len(), None))
    }

    /// Whether no frame and no message has begun.
    pub fn is_idle(&self) -> bool {
        match &self.place {
            Place::Head { head, begun } => head.is_empty() && begun.is_none(),
            Place::Message { .. } | Place::Control { .. } => false,
            Place::Over => true,
        }
    }

    /// Bytes of the heap that payloads stand in: at most one message and one control frame.
    pub fn held_bytes(&self) -> usize {
        let held = |begun: &Option<Box<Message>>| {
            begun.as_ref().map_or(0, |message| message.bytes.capacity())
        };
        match &self.place {
            Place::Head { begun, .. } => held(begun),
            Place::Message { message, .. } => message.bytes.capacity(),
            Place::Control { payload, begun, .. } => held(begun).saturating_add(payload.capacity()),
            Place::Over => 0,
        }
    }
}

/// Where among the frames the next byte stands.
#[derive(Debug)]
enum Place {
    /// In a frame's head; a message may have begun in earlier frames.
    Head {
        head: Head,
        begun: Option<Box<Message>>,
    },
    /// In a payload that belongs to a message.
    Message {
        rest: Rest,
        is_final: bool,
        message: Box<Message>,
    },
    /// In a control frame's payload.
    Control {
        kind: Control,
        rest: Rest,
        payload: Vec<u8>,
        begun: Option<Box<Message>>,
    },
    /// After a close frame or a fault.
    Over,
}

impl Default for Place {
    fn default() -> Self {
        Self::between(None)
    }
}

impl Place {
    fn between(begun: Option<Box<Message>>) -> Self {
        let head = Head::default();
        Self::Head { head, begun }
    }

    /// Behind a frame's head.
    fn within(frame: Frame, begun: Option<Box<Message>>) -> Self {
        let rest = frame.rest;
        let is_text = match frame.opcode {
            Opcode::Control(kind) => {
                let payload = Vec::with_capacity(rest.left);
                return Self::Control {
                    kind,
                    rest,
                    payload,
                    begun,
                };
            }
            Opcode::Text => true,
            // A continuation goes on with what has begun: one of nothing was refused.
            Opcode::Binary | Opcode::Continuation => false,
        };
        Self::Message {
            rest,
            is_final: frame.is_final,
            message: begun.unwrap_or_else(|| Box::new(Message::new(is_text))),
        }
    }

    /// Takes at least one byte, and none of the next frame.
    fn on_bytes(self, bytes: &[u8], max: usize) -> Result<(Self, usize, Option<Event>), Fault> {
        let (place, count) = match self {
            Self::Head { mut head, begun } => {
                // One byte: a head is judged at each, so that a fault is found at the same one
                // however they were cut.
                head.push(bytes.first().copied().unwrap_or_default());
                let held = begun.as_ref().map(|message| message.bytes.len());
                match head.judge(held, max)? {
                    Some(frame) => (Self::within(frame, begun), 1),
                    None => (Self::Head { head, begun }, 1),
                }
            }
            Self::Message {
                mut rest,
                is_final,
                mut message,
            } => {
                let piece = rest.piece(bytes);
                message.append(piece, &mut rest, max)?;
                let place = Self::Message {
                    rest,
                    is_final,
                    message,
                };
                (place, piece.len())
            }
            Self::Control {
                kind,
                mut rest,
                mut payload,
                begun,
            } => {
                let piece = rest.piece(bytes);
                rest.unmask(piece, &mut payload);
                let place = Self::Control {
                    kind,
                    rest,
                    payload,
                    begun,
                };
                (place, piece.len())
            }
            Self::Over => (Self::Over, bytes.len()),
        };
        let (place, event) = place.settle()?;
        Ok((place, count, event))
    }

    /// Ends a frame that has all its bytes; one without any ends with its head.
    fn settle(self) -> Result<(Self, Option<Event>), Fault> {
        match self {
            Self::Message {
                rest: Rest { left: 0, .. },
                is_final,
                message,
            } => {
                if is_final {
                    Ok((Self::between(None), Some(message.end()?)))
                } else {
                    Ok((Self::between(Some(message)), None))
                }
            }
            Self::Control {
                kind,
                rest: Rest { left: 0, .. },
                payload,
                begun,
            } => match kind {
                Control::Ping => Ok((Self::between(begun), Some(Event::Ping(payload)))),
                Control::Pong => Ok((Self::between(begun), Some(Event::Pong(payload)))),
                Control::Close => Ok((Self::Over, Some(close::parse(&payload)?))),
            },
            unsettled @ (Self::Head { .. }
            | Self::Message { .. }
            | Self::Control { .. }
            | Self::Over) => Ok((unsettled, None)),
        }
    }
}

/// A message that has begun and not ended.
#[derive(Debug)]
struct Message {
    is_text: bool,
    bytes: Vec<u8>,
    /// How many bytes of a text are known to be UTF-8: all, but for a character that is cut.
    checked: usize,
}

impl Message {
    fn new(is_text: bool) -> Self {
        Self {
            is_text,
            bytes: Vec::new(),
            checked: 0,
        }
    }

    /// Room grows with what has come, not with what was promised, and by doubling up to `max`.
    fn append(&mut self, piece: &[u8], rest: &mut Rest, max: usize) -> Result<(), Fault> {
        let needed = self.bytes.len().saturating_add(piece.len());
        if needed > self.bytes.capacity() {
            let wanted = self.bytes.capacity().saturating_mul(2).min(max).max(needed);
            self.bytes
                .reserve_exact(wanted.saturating_sub(self.bytes.len()));
        }
        rest.unmask(piece, &mut self.bytes);
        if self.is_text {
            self.check()?;
        }
        Ok(())
    }

    /// Refuses a text at the first byte that no UTF-8 can have there, wherever its frames end.
    fn check(&mut self) -> Result<(), Fault> {
        let unchecked = self.bytes.get(self.checked..).unwrap_or_default();
        let valid = match str::from_utf8(unchecked) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(NOT_UTF8),
        };
        self.checked = self.checked.saturating_add(valid);
        Ok(())
    }

    fn end(self) -> Result<Event, Fault> {
        if self.is_text {
            let text = String::from_utf8(self.bytes).map_err(|_| NOT_UTF8)?;
            Ok(Event::Text(text))
        } else {
            Ok(Event::Binary(self.bytes))
        }
    }
}

#[cfg(test)]
mod tests;
