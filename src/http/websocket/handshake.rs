//! Owns the opening handshake: whether a request may become a WebSocket, and the key that says it has.
//! Knows nothing of who may come: `Origin` and the target are judged by who serves them.
//!
//! ```text
//! GET /chat HTTP/1.1\r\n                               HTTP/1.1 101 Switching Protocols\r\n
//! Host: server.example.com\r\n                         Upgrade: websocket\r\n
//! Upgrade: websocket\r\n                               Connection: Upgrade\r\n
//! Connection: Upgrade\r\n                              Sec-WebSocket-Accept: s3pPLMBi...BK+xOo=\r\n
//! Sec-WebSocket-Key: dGhlIHNh...5jZQ==\r\n             \r\n
//! Sec-WebSocket-Version: 13\r\n                        frames, both ways
//! \r\n
//! ```

use sha1_smol::Sha1;

use crate::http::framing::BodyLength;
use crate::http::head::Head;
use crate::http::request::{Field, Method, View};
use crate::http::status::{Refusal, Status};

/// Whether a request asks for a WebSocket: then [`accept`] judges it. HTTP/1.0 cannot ask: there
/// the field is to be ignored (RFC 9110 7.8).
pub fn is_upgrade(view: &View<'_>) -> bool {
    view.request.is_http11 && lists(view, Field::Upgrade, b"websocket")
}

/// Judges an opening handshake; numbered as in RFC 6455 4.2.1, but the version comes before the
/// key, so that who speaks an older one hears of ours.
///
/// 1. GET over HTTP/1.1, and no body to stand before the frames: else 400.
/// 2. (Host was judged with the head.)
/// 3. `Upgrade` lists websocket: else 400.
/// 4. `Connection` lists upgrade: else 400.
/// 6. `Sec-WebSocket-Version` is 13, once: else 426, with [`UPGRADE_REQUIRED_LINES`].
/// 5. `Sec-WebSocket-Key` is 16 bytes in base64, once: else 400.
/// 7. (Origin, and 8., 9. subprotocols and extensions: the caller's, and none.)
pub fn accept(view: &View<'_>) -> Result<AcceptKey, Refusal> {
    let request = view.request;
    if request.method != Method::Get {
        return Err(Refusal::bad("upgrade-not-get"));
    }
    if !request.is_http11 {
        return Err(Refusal::bad("upgrade-too-old"));
    }
    if request.body != BodyLength::None {
        return Err(Refusal::bad("upgrade-with-body"));
    }
    if !lists(view, Field::Upgrade, b"websocket") {
        return Err(Refusal::bad("not-websocket"));
    }
    if !lists(view, Field::Connection, b"upgrade") {
        return Err(Refusal::bad("upgrade-not-in-connection"));
    }
    if once(view, Field::SecWebSocketVersion) != Some(b"13") {
        return Err(Refusal::new(Status::UPGRADE_REQUIRED, "websocket-version"));
    }
    once(view, Field::SecWebSocketKey)
        .filter(|key| is_key(key))
        .map(AcceptKey::new)
        .ok_or(Refusal::bad("websocket-key"))
}

/// What a 426 must say besides: the protocol (RFC 9110 15.5.22) and its version (RFC 6455 4.4).
/// Its `Connection` field has to list `Upgrade`.
pub const UPGRADE_REQUIRED_LINES: &[u8] = b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";

/// Whether a comma-separated field has a word, in any case.
fn lists(view: &View<'_>, field: Field, word: &[u8]) -> bool {
    view.values(field)
        .flat_map(|value| value.split(|&byte| byte == b','))
        .any(|listed| listed.trim_ascii().eq_ignore_ascii_case(word))
}

fn once<'a>(view: &View<'a>, field: Field) -> Option<&'a [u8]> {
    view.field(field).filter(|_| !view.is_repeated(field))
}

/// 16 bytes in base64: 22 letters and `==`. The key is hashed as it is written, so the four bits
/// that the last letter has too many are not looked at.
fn is_key(key: &[u8]) -> bool {
    key.split_at_checked(22).is_some_and(|(letters, end)| {
        end == b"==" && letters.iter().all(|byte| ALPHABET.contains(byte))
    })
}

/// The proof that we understood the key: base64 of the SHA-1 of the key and a fixed name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptKey([u8; 28]);

impl AcceptKey {
    fn new(key: &[u8]) -> Self {
        const NAME: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
        let mut sha1 = Sha1::new();
        sha1.update(key);
        sha1.update(NAME);
        Self(base64(&sha1.digest().bytes()))
    }

    /// As it stands in `Sec-WebSocket-Accept`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The fields of a 101.
    pub fn write_fields(&self, head: &mut Head<'_>) {
        head.field("Upgrade", "websocket")
            .field("Connection", "Upgrade")
            .field("Sec-WebSocket-Accept", self.as_bytes());
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Three bytes are four letters of six bits; the two bytes left over of 20 are three and a `=`.
fn base64(bytes: &[u8; 20]) -> [u8; 28] {
    let mut out = [b'='; 28];
    for (three, four) in bytes.chunks(3).zip(out.chunks_mut(4)) {
        let bits = (0..3).fold(0u32, |bits, at| {
            (bits << 8) | u32::from(three.get(at).copied().unwrap_or_default())
        });
        for (letter, shift) in four
            .iter_mut()
            .zip([18, 12, 6, 0])
            .take(three.len().saturating_add(1))
        {
            let six = usize::try_from((bits >> shift) & 63).unwrap_or_default();
            *letter = ALPHABET.get(six).copied().unwrap_or_default();
        }
    }
    out
}
