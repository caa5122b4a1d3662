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
pub mod handshake;
pub mod write;

pub use close::{CloseCode, Closing};

use std::mem;

/// The longest payload of a control frame.
pub const CONTROL_BYTES_MAX: usize = 125;

/// The longest head of a frame: two bytes, a length of eight, a mask of four.
const HEAD_BYTES_MAX: usize = 14;

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
            // A fault leaves the place that it came from as it stands here: over.
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
            Place::Head { head, begun } => head.len == 0 && begun.is_none(),
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

    /// Takes at least one byte, and none of the next frame.
    fn on_bytes(self, bytes: &[u8], max: usize) -> Result<(Self, usize, Option<Event>), Fault> {
        let (place, count) = match self {
            Self::Head { mut head, begun } => {
                let count = head.push(bytes);
                match head.judge(begun.as_deref(), max)? {
                    Some(frame) => (frame.begin(begun), count),
                    None => return Ok((Self::Head { head, begun }, count, None)),
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

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opcode {
    Continuation,
    Text,
    Binary,
    Control(Control),
}

/// The frames that are no part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Control {
    Close,
    Ping,
    Pong,
}

impl Opcode {
    fn parse(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::Continuation),
            1 => Some(Self::Text),
            2 => Some(Self::Binary),
            8 => Some(Self::Control(Control::Close)),
            9 => Some(Self::Control(Control::Ping)),
            10 => Some(Self::Control(Control::Pong)),
            _ => None,
        }
    }

    /// Whether such a frame may come here: between messages, or when one has begun.
    fn judge(self, is_final: bool, is_begun: bool) -> Result<(), Fault> {
        match (self, is_begun) {
            (Self::Control(_), _) if !is_final => Err(Fault::protocol("control-in-parts")),
            (Self::Continuation, false) => Err(Fault::protocol("continues-nothing")),
            (Self::Text | Self::Binary, true) => Err(Fault::protocol("message-in-message")),
            (Self::Control(_), _)
            | (Self::Continuation, true)
            | (Self::Text | Self::Binary, false) => Ok(()),
        }
    }
}

/// The bytes of a frame's head that have come.
#[derive(Debug, Clone, Copy, Default)]
struct Head {
    bytes: [u8; HEAD_BYTES_MAX],
    len: u8,
}

impl Head {
    /// One byte more: a head is judged at each, so that a fault is found at the same byte however
    /// the bytes were cut.
    fn push(&mut self, bytes: &[u8]) -> usize {
        if let (Some(slot), Some(&byte)) =
            (self.bytes.get_mut(usize::from(self.len)), bytes.first())
        {
            *slot = byte;
            self.len = self.len.saturating_add(1);
        }
        1
    }

    /// Refuses what can never become a frame; gives the frame when its head is whole.
    fn judge(&self, begun: Option<&Message>, max: usize) -> Result<Option<Frame>, Fault> {
        let bytes = self.bytes.get(..usize::from(self.len)).unwrap_or_default();

        // Byte 0.
        let Some((&first, bytes)) = bytes.split_first() else {
            return Ok(None);
        };
        if first & 0b0111_0000 != 0 {
            return Err(Fault::protocol("reserved-bits"));
        }
        let is_final = first & FINAL != 0;
        let opcode = Opcode::parse(first & 0b1111).ok_or(Fault::protocol("reserved-opcode"))?;
        opcode.judge(is_final, begun.is_some())?;

        // Byte 1.
        let Some((&second, bytes)) = bytes.split_first() else {
            return Ok(None);
        };
        if second & 0b1000_0000 == 0 {
            return Err(Fault::protocol("not-masked"));
        }
        let short = second & 0b0111_1111;
        let is_control = matches!(opcode, Opcode::Control(_));
        if is_control && usize::from(short) > CONTROL_BYTES_MAX {
            return Err(Fault::protocol("control-too-long"));
        }

        // The longer lengths. A top bit is refused before the other seven bytes come.
        let (width, least) = match short {
            126 => (2, 126),
            127 => (8, 1 << 16),
            _ => (0, 0),
        };
        if width == 8 && bytes.first().is_some_and(|&byte| byte > 0b0111_1111) {
            return Err(Fault::protocol("length-top-bit"));
        }
        let Some((longer, bytes)) = bytes.split_at_checked(width) else {
            return Ok(None);
        };
        let len = match width {
            0 => u64::from(short),
            _ => (longer.iter()).fold(0, |len, &byte| (len << 8) | u64::from(byte)),
        };
        if len < least {
            return Err(Fault::protocol("length-not-shortest"));
        }
        let before = begun.map_or(0, |message| message.bytes.len());
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if !is_control && before.saturating_add(len) > max {
            return Err(TOO_BIG);
        }

        // The mask.
        let frame = |&mask| Frame {
            opcode,
            is_final,
            rest: Rest { left: len, mask },
        };
        Ok(bytes.first_chunk::<4>().map(frame))
    }
}

/// The bit that says a frame is the last of its message.
const FINAL: u8 = 0b1000_0000;

/// What a whole head says.
#[derive(Debug, Clone, Copy)]
struct Frame {
    opcode: Opcode,
    is_final: bool,
    rest: Rest,
}

impl Frame {
    fn begin(self, begun: Option<Box<Message>>) -> Place {
        let is_text = match self.opcode {
            Opcode::Control(kind) => {
                return Place::Control {
                    kind,
                    rest: self.rest,
                    payload: Vec::with_capacity(self.rest.left),
                    begun,
                };
            }
            Opcode::Text => true,
            // A continuation that continues nothing has been refused.
            Opcode::Binary | Opcode::Continuation => false,
        };
        Place::Message {
            rest: self.rest,
            is_final: self.is_final,
            message: begun.unwrap_or_else(|| Box::new(Message::new(is_text))),
        }
    }
}

/// What is still to come of a payload, and the mask turned to its next byte.
#[derive(Debug, Clone, Copy)]
struct Rest {
    left: usize,
    mask: [u8; 4],
}

impl Rest {
    /// The front of `bytes` that belongs to this payload.
    fn piece<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(..self.left).unwrap_or(bytes)
    }

    /// Puts a piece without its mask at the end of `out`.
    fn unmask(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let before = out.len();
        out.extend_from_slice(piece);
        for four in out.get_mut(before..).unwrap_or_default().chunks_mut(4) {
            for (byte, key) in four.iter_mut().zip(self.mask) {
                *byte ^= key;
            }
        }
        self.mask.rotate_left(piece.len() % 4);
        self.left = self.left.saturating_sub(piece.len());
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
