//! Owns a connection after its upgrade: what the page says is understood, what it is told is queued.
//! Knows nothing of frames, nor of what the live view shows.
//!
//! ```text
//! page ─▶  report name=…&position=…    watch inspect    watch nothing    admin TOKEN
//! page ◀─  {"type":"hello",…}   {"type":"refused",…}   {"type":"inspect",…}
//! ```
//!
//! What is not understood is ignored: other programs connect as well.

use super::{CloseReason, Conn, Ending, Phase, STOPPING, Spare};
use crate::http::date::Now;
use crate::http::json;
use crate::http::request::View;
use crate::http::status::Refusal;
use crate::http::target;
use crate::http::websocket::handshake::{AcceptKey, accept};
use crate::http::websocket::write::{write_ping, write_pong, write_text};
use crate::http::websocket::{CloseCode, Closing, Event, Fault, Reader};
use crate::site::live::{self, Sees, Speaker, Watch};

/// Wrong tokens that one socket may try.
const TRIES_MAX: u8 = 5;

/// A socket of the page.
#[derive(Debug)]
pub(super) struct Talk {
    reader: Reader,
    closing: Closing,
    sees_all: bool,
    watch: Option<Watch>,
    speaker: Option<Speaker>,
    wrong_tokens: u8,
    /// A ping was sent, and nothing has come since.
    is_pinged: bool,
}

const BAD_SESSION: Refusal = Refusal::bad("bad-session");

/// Judges a request for the socket. That it is no foreign page's is known (`site/guard`).
fn judge(view: &View<'_>) -> Result<AcceptKey, Refusal> {
    let key = accept(view)?;
    live::session_of(target::query_of(view.target())).ok_or(BAD_SESSION)?;
    Ok(key)
}

impl Conn {
    /// Answers a request for the socket: with it, or with why not.
    pub(super) fn upgrade(&mut self, now: &Now, spare: &mut Spare) {
        let view = self.exchange.as_ref().and_then(|exchange| exchange.view());
        let judged = view.map_or(Err(BAD_SESSION), |view| judge(&view));
        let key = match judged.and_then(|key| (!self.is_stopping).then_some(key).ok_or(STOPPING)) {
            Ok(key) => key,
            Err(refusal) => return self.reply(now, |asked, body| asked.refuse(refusal, body)),
        };
        self.reply(now, |asked, body| asked.switch(&key, body));
        // Where titles are private, a proxy on this host must not show everybody their names.
        let sees_all = self.is_local() && self.site.keys.is_none();
        self.phase = Phase::Live(Box::new(Talk {
            reader: Reader::default(),
            closing: Closing::Open,
            sees_all,
            watch: None,
            speaker: None,
            wrong_tokens: 0,
            is_pinged: false,
        }));
        self.greet();
        // The first frames may have come with the head.
        if let Some(exchange) = &mut self.exchange {
            let early = std::mem::take(&mut exchange.inbox);
            self.hear(&early, now, spare);
        }
    }

    /// Bytes of the peer's frames.
    pub(super) fn hear(&mut self, bytes: &[u8], now: &Now, spare: &mut Spare) {
        self.since = now.steady;
        let mut rest = bytes;
        while !rest.is_empty() {
            let Phase::Live(talk) = &mut self.phase else {
                return;
            };
            talk.is_pinged = false;
            match talk
                .reader
                .take(rest, self.site.limits.live_message_bytes_max)
            {
                Ok((taken, event)) => {
                    rest = rest.get(taken..).unwrap_or_default();
                    if let Some(event) = event {
                        self.exchange.get_or_insert_with(|| spare.take());
                        self.understand(event, now);
                    }
                }
                Err(fault) => {
                    self.exchange.get_or_insert_with(|| spare.take());
                    return self.fail(fault);
                }
            }
        }
    }

    fn understand(&mut self, event: Event, now: &Now) {
        match event {
            Event::Text(text) => self.obey(&text, now),
            Event::Ping(payload) => {
                self.write(|out| write_pong(&payload, out));
            }
            Event::Binary(_) | Event::Pong(_) => {}
            Event::Close(code, _) => self.end(CloseReason::PeerClosed, false, |closing, out| {
                closing.received(code, out)
            }),
        }
    }

    fn obey(&mut self, text: &str, now: &Now) {
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        match (verb, rest) {
            ("report", form) => {
                if let (Phase::Live(talk), Some(session)) = (&mut self.phase, &self.session) {
                    let speaker = || self.site.live.speaker(session);
                    talk.speaker
                        .get_or_insert_with(speaker)
                        .report(form.as_bytes());
                }
            }
            ("watch", what) => {
                let Phase::Live(talk) = &mut self.phase else {
                    return;
                };
                if what != "inspect" {
                    talk.watch = None;
                } else if talk.watch.is_none() {
                    talk.watch = self.site.live.watch();
                    if talk.watch.is_none() {
                        self.say("{\"type\":\"refused\",\"why\":\"too many are watching\"}");
                    }
                }
            }
            ("admin", token) => self.admit(token.as_bytes(), now),
            _ => {}
        }
    }

    fn admit(&mut self, token: &[u8], now: &Now) {
        let (tries, secs) = (&self.site.tries, now.unix_secs);
        let are_spent = tries.are_spent(self.client, secs);
        let known = self.site.admin_token.as_ref();
        let is_right = !are_spent && known.is_some_and(|known| known.matches(token));
        if !is_right && !are_spent {
            tries.count(self.client, secs);
        }
        let Phase::Live(talk) = &mut self.phase else {
            return;
        };
        if is_right {
            talk.sees_all = true;
            return self.greet();
        }
        talk.wrong_tokens = talk.wrong_tokens.saturating_add(1);
        if talk.wrong_tokens > TRIES_MAX || are_spent {
            let why = "too many wrong tokens";
            return self.end(CloseReason::Refused, true, |closing, out| {
                closing.close(CloseCode::POLICY, why, out)
            });
        }
        self.say("{\"type\":\"refused\",\"why\":\"wrong token\"}");
    }

    fn greet(&mut self) {
        let Some(Sees::All(session) | Sees::Own(session)) = self.sees() else {
            return;
        };
        let mut text = String::from("{\"type\":\"hello\",\"session\":");
        json::write_bytes(session, &mut text);
        text.push_str(concat!(
            ",\"server\":\"reeld ",
            env!("CARGO_PKG_VERSION"),
            "\",\"sees\":"
        ));
        let sees_all = matches!(self.sees(), Some(Sees::All(_)));
        text.push_str(if sees_all { "\"all\"}" } else { "\"own\"}" });
        self.say(&text);
    }

    fn sees(&self) -> Option<Sees<'_>> {
        let (Phase::Live(talk), Some(session)) = (&self.phase, &self.session) else {
            return None;
        };
        Some(if talk.sees_all {
            Sees::All(session)
        } else {
            Sees::Own(session)
        })
    }

    /// What it may be shown, if it watches and has taken all that it was told.
    pub fn watches(&self) -> Option<Sees<'_>> {
        let Phase::Live(talk) = &self.phase else {
            return None;
        };
        let is_free = talk.watch.is_some() && self.body().is_none();
        self.sees().filter(|_| is_free)
    }

    /// Tells it something.
    pub fn tell(&mut self, text: &str, now: &Now, spare: &mut Spare) {
        self.exchange.get_or_insert_with(|| spare.take());
        self.since = now.steady;
        self.say(text);
    }

    fn say(&mut self, text: &str) {
        self.write(|out| write_text(text, out));
    }

    /// Queues frames, unless a close frame has gone out, or the peer does not take what waits already.
    fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let bound = self.site.limits.live_unsent_bytes_max;
        if let (Phase::Live(talk), Some(exchange)) = (&self.phase, &mut self.exchange)
            && talk.closing == Closing::Open
            && exchange.body.left() <= u64::try_from(bound).unwrap_or(u64::MAX)
        {
            exchange.body.write(write);
        }
    }

    fn fail(&mut self, fault: Fault) {
        self.end(CloseReason::Refused, true, |closing, out| {
            closing.fail(fault, out)
        });
    }

    fn end(
        &mut self,
        reason: CloseReason,
        lingers: bool,
        write: impl FnOnce(Closing, &mut Vec<u8>) -> Closing,
    ) {
        let Phase::Live(talk) = &self.phase else {
            return;
        };
        let closing = talk.closing;
        if let Some(exchange) = &mut self.exchange {
            exchange.body.write(|out| _ = write(closing, out));
        }
        self.phase = Phase::Last(Ending { reason, lingers });
    }

    /// Nothing came for a while: asks whether anybody is there, once.
    pub(super) fn probe(&mut self, now: &Now, spare: &mut Spare) {
        let Phase::Live(talk) = &mut self.phase else {
            return;
        };
        if std::mem::replace(&mut talk.is_pinged, true) {
            return self.close(CloseReason::Idle);
        }
        self.exchange.get_or_insert_with(|| spare.take());
        self.since = now.steady;
        self.write(|out| write_ping(b"", out));
    }

    /// The server stops.
    pub(super) fn say_goodbye(&mut self, spare: &mut Spare) {
        if matches!(self.phase, Phase::Live(_)) {
            self.exchange.get_or_insert_with(|| spare.take());
            self.end(CloseReason::Stopping, true, |closing, out| {
                closing.close(CloseCode::GOING_AWAY, "the server stops", out)
            });
        }
    }
}
