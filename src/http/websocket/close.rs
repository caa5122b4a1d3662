//! Owns the closing handshake: close codes, the payload of a close frame, who has sent one.
//! Knows nothing of sockets: the caller closes when both sides have spoken, or when it tires of waiting.
//!
//! ```text
//! 88 02  03 E8            code 1000, in network order; no reason
//! 88 00                   no code: read as 1005, which never stands on the wire
//! 88 05  0F A0 62 79 65   code 4000 and "bye": UTF-8 of at most 123 bytes
//! ```

use super::write::write_close;
use super::{Event, Fault, NOT_UTF8};

/// A code that may stand in a close frame (RFC 6455 7.4 and IANA's list).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CloseCode(u16);

impl CloseCode {
    /// All is said.
    pub const NORMAL: Self = Self(1000);
    /// The server stops, or the page is left.
    pub const GOING_AWAY: Self = Self(1001);
    /// Frames that mean nothing.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// A kind of message that nobody here reads.
    pub const UNSUPPORTED: Self = Self(1003);
    /// A text that is not UTF-8.
    pub const NOT_UTF8: Self = Self(1007);
    /// Against a rule that is not the protocol's.
    pub const POLICY: Self = Self(1008);
    /// A message longer than we keep.
    pub const TOO_BIG: Self = Self(1009);
    /// Our own fault.
    pub const INTERNAL: Self = Self(1011);
    /// Too busy: come back later.
    pub const TRY_AGAIN: Self = Self(1013);

    /// A code that may be sent. 1004 to 1006 and 1015 are names for what no frame says; 1016 to 2999
    /// wait for a later protocol; 3000 to 4999 are the applications'.
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// The number.
    pub const fn code(self) -> u16 {
        self.0
    }
}

/// Reads the payload of a close frame.
pub(super) fn parse(payload: &[u8]) -> Result<Event, Fault> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return match payload {
            [] => Ok(Event::Close(None, String::new())),
            _ => Err(Fault::protocol("close-cut-short")),
        };
    };
    let code = CloseCode::new(u16::from_be_bytes(*code)).ok_or(Fault::protocol("close-code"))?;
    let reason = str::from_utf8(reason).map_err(|_| NOT_UTF8)?;
    Ok(Event::Close(Some(code), reason.to_owned()))
}

/// How far the closing handshake has come: no side ever sends a second close frame.
///
/// ```text
///           close                received
///  Open ───────────▶ Waiting ───────────────▶ Done
///    └────── received (answered), fail ────────▲
/// ```
///
/// ```
/// use reeld::http::websocket::{CloseCode, Closing};
///
/// let mut out = Vec::new();
/// let closing = Closing::Open.received(Some(CloseCode::GOING_AWAY), &mut out);
/// assert_eq!(closing, Closing::Done);
/// assert_eq!(out, b"\x88\x02\x03\xe9", "the peer's own code");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use = "the next state replaces this one"]
pub enum Closing {
    /// Nobody has sent a close frame.
    #[default]
    Open,
    /// We have: nothing more may be sent, and the peer's is waited for.
    Waiting,
    /// What could be said is said: the server closes the connection once `out` is sent.
    Done,
}

impl Closing {
    /// We want to end: writes a close frame, unless one was sent.
    pub fn close(self, code: CloseCode, reason: &str, out: &mut Vec<u8>) -> Self {
        match self {
            Self::Open => {
                write_close(Some(code), reason, out);
                Self::Waiting
            }
            Self::Waiting | Self::Done => self,
        }
    }

    /// The peer's close frame came: answers with its own code, or with none where it gave none
    /// (RFC 6455 5.5.1), unless ours asked for it.
    pub fn received(self, code: Option<CloseCode>, out: &mut Vec<u8>) -> Self {
        if self == Self::Open {
            write_close(code, "", out);
        }
        Self::Done
    }

    /// The peer is at fault: says so, and does not wait for its answer (RFC 6455 7.1.7).
    pub fn fail(self, fault: Fault, out: &mut Vec<u8>) -> Self {
        if self == Self::Open {
            write_close(Some(fault.code), fault.why, out);
        }
        Self::Done
    }
}
