//! Owns what one frame says: its opcode, its length, its mask, and each fault of a head.
//! Knows nothing of messages but how many bytes the begun one has; the bytes are drawn one file up.

use super::{CONTROL_BYTES_MAX, Fault, TOO_BIG};

/// The longest head of a frame: two bytes, a length of eight, a mask of four.
const HEAD_BYTES_MAX: usize = 14;

/// The bit of byte 0 that says a frame is the last of its message.
pub(super) const FINAL: u8 = 0b1000_0000;

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Control(Control),
}

/// The frames that are no part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
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
pub(super) struct Head {
    bytes: [u8; HEAD_BYTES_MAX],
    len: u8,
}

impl Head {
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(usize::from(self.len)) {
            *slot = byte;
            self.len = self.len.saturating_add(1);
        }
    }

    /// Refuses what can never become a frame; gives the frame when its head is whole.
    ///
    /// `begun` is how many bytes the message has that earlier frames began, if any did.
    pub(super) fn judge(&self, begun: Option<usize>, max: usize) -> Result<Option<Frame>, Fault> {
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
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if !is_control && begun.unwrap_or_default().saturating_add(len) > max {
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

/// What a whole head says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) opcode: Opcode,
    pub(super) is_final: bool,
    pub(super) rest: Rest,
}

/// What is still to come of a payload, and the mask turned to its next byte.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest {
    pub(super) left: usize,
    mask: [u8; 4],
}

impl Rest {
    /// The front of `bytes` that belongs to this payload.
    pub(super) fn piece<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(..self.left).unwrap_or(bytes)
    }

    /// Puts a piece without its mask at the end of `out`.
    pub(super) fn unmask(&mut self, piece: &[u8], out: &mut Vec<u8>) {
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
