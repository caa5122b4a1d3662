//! Owns how a reply with bytes of a film comes to its place among the streams, and waits for one.
//! Knows nothing of who else waits: `site/admission` does.
//!
//! ```text
//! Asking ──▶ found ──▶ on a stream that is seated ──────────▶ reply
//!              │       not yet: would it carry bytes? no ───▶ reply
//!              │                 yes: enter ── In ──────────▶ reply
//!              ▼                        └ Waits ▶ Queued ── its turn ──▶ Asking, as if it had just come
//!           refused: 503 with why, and the number in the queue  ◀── waited too long, or does not wait
//! ```
//!
//! A peer that ends its side while it waits leaves the queue and is told so: nearly all of them have gone for good,
//! and a place that is kept for nobody would be somebody else's.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ask::{Ask, Found};
use super::{Caller, CloseReason, Conn, Ending, Exchange, Phase, STOPPING, Spare};
use crate::http::accept;
use crate::http::body::Body;
use crate::http::date::Now;
use crate::http::request::{Field, View};
use crate::http::status::{Refusal, Status};
use crate::http::target::{query_of, query_value};
use crate::limits::Limits;
use crate::media::mime::{self, Kind};
use crate::site::admission::{Look, Parked, Stream, Verdict};
use crate::site::respond::Asked;

/// A request that waits for its turn.
#[derive(Debug)]
pub(super) struct Queued {
    ask: Ask,
    parked: Parked,
    look_at: Instant,
    /// When it is refused.
    until: Instant,
}

impl Queued {
    /// When something is to be done about it.
    pub(super) fn due_at(&self) -> Instant {
        self.look_at.min(self.until)
    }
}

const WAITED: &str = "queue-timeout";
const TOLD: &str = "queued";
const LEFT: Refusal = Refusal::new(Status::UNAVAILABLE, "queue-left");

impl Exchange {
    /// Whether what is asked for may be watched: sidecars and single key frames are not.
    fn is_watched(&self, ask: Ask) -> bool {
        match ask {
            Ask::File | Ask::Faststart => mime::of_name(&self.name).kind != Kind::Other,
            Ask::Packaged => true,
            Ask::Subtitle | Ask::Listing => false,
        }
    }
}

/// How a client would rather wait.
struct Manners {
    /// Not at all: a page only looks in, for a picture.
    looks_in: bool,
    wait: Duration,
}

impl Manners {
    fn of(view: &View<'_>, wait: Duration) -> Self {
        // A browser that goes to an address shows nothing while it waits. So it gets a page, which asks again.
        let is_page = accept::json_and_html(view).1 > 0;
        let wished = view.field(Field::Prefer).and_then(prefer_wait);
        Self {
            looks_in: query_value(query_of(view.target()), b"peek").is_some(),
            wait: match wished {
                _ if is_page => Duration::ZERO,
                Some(wished) => wished.min(wait),
                None => wait,
            },
        }
    }
}

/// `Prefer: wait=10`, in seconds (RFC 7240 4.3). Where it stands behind something else it is overlooked, as it may be.
fn prefer_wait(value: &[u8]) -> Option<Duration> {
    let secs: u32 = str::from_utf8(value.strip_prefix(b"wait=")?)
        .ok()?
        .parse()
        .ok()?;
    Some(Duration::from_secs(secs.into()))
}

impl Conn {
    /// Whether the reply may leave now. If not, it waits, or has been refused.
    pub(super) fn is_admitted(&mut self, found: &Found<'_>, now: &Now) -> bool {
        let (Some(admission), Some(exchange)) = (&self.site.admission, &mut self.exchange) else {
            return true;
        };
        let known = self.viewing.as_ref();
        let known = known.filter(|stream| stream.is_of(self.client, &exchange.name));
        if let Some(visit) = known.and_then(Stream::visit) {
            exchange.visit = Some(visit);
            return true;
        }
        let Some(view) = exchange.view() else {
            return true;
        };
        // Only the reply itself knows whether it carries anything: so it is tried, this once.
        let asked = Asked {
            request: Some(view),
            site: &self.site,
            now,
            is_kept: true,
        };
        if self.caller == Caller::Proxy
            || !exchange.is_watched(found.ask)
            || found.is_key_frame()
            || found.tell(&asked, &mut Body::default()).size.is_none()
        {
            return true;
        }
        let manners = Manners::of(&view, admission.wait());
        let may_wait = !manners.looks_in;
        match admission.enter(self.client, &exchange.name, may_wait, now.steady) {
            Verdict::In(visit) => {
                self.viewing = Some(Arc::clone(visit.stream()));
                exchange.visit = Some(visit);
                true
            }
            Verdict::Refused(why) => {
                self.reply(now, |asked, body| asked.full(why, None, body));
                false
            }
            Verdict::Waits(parked) => {
                let until = now.steady + manners.wait;
                let until = *exchange.waits_until.get_or_insert(until);
                (exchange.entry, exchange.package) = (None, None);
                self.park(found.ask, parked, until, now);
                false
            }
        }
    }

    fn park(&mut self, ask: Ask, parked: Parked, until: Instant, now: &Now) {
        if self.body().is_none() {
            self.since = now.steady;
        }
        let is_patient = now.steady < until;
        self.phase = Phase::Queued(Box::new(Queued {
            ask,
            parked,
            look_at: now.steady,
            until,
        }));
        if self.has_ended {
            self.leave_queue(now);
        } else if self.is_stopping {
            self.stop_waiting(now);
        } else if is_patient {
            self.look(now);
        } else {
            self.turn_away(TOLD, now);
        }
    }

    /// Asks whether it is its turn.
    fn look(&mut self, now: &Now) -> bool {
        let (Phase::Queued(queued), Some(admission)) = (&mut self.phase, &self.site.admission)
        else {
            return false;
        };
        match admission.look(queued.parked.stream(), now.steady) {
            Look::Turn => {
                let ask = queued.ask;
                self.viewing = Some(Arc::clone(queued.parked.stream()));
                self.ask(ask, now);
                true
            }
            Look::At(at) => {
                queued.look_at = at;
                false
            }
        }
    }

    /// Time went by while it waited.
    pub(super) fn wait_on(&mut self, now: &Now, spare: &mut Spare) {
        let stall = Limits::secs(self.site.limits.stall_secs_max);
        if self.body().is_some() && now.steady >= self.since + stall {
            return self.close(CloseReason::Stalled);
        }
        if self.look(now) {
            return;
        }
        if let Phase::Queued(queued) = &self.phase
            && now.steady >= queued.until
        {
            self.turn_away(WAITED, now);
            self.advance(now, spare);
        }
    }

    /// Tells its number in the queue. The place is kept for a while.
    fn turn_away(&mut self, why: &'static str, now: &Now) {
        let (Phase::Queued(queued), Some(admission)) = (&self.phase, &self.site.admission) else {
            return;
        };
        admission.keep(&queued.parked, now.steady);
        let number = admission.number(queued.parked.stream());
        self.reply(now, |asked, body| asked.full(why, number, body));
    }

    /// The peer has ended its side.
    pub(super) fn leave_queue(&mut self, now: &Now) {
        if matches!(self.phase, Phase::Queued(_)) {
            self.refuse(LEFT, now);
        }
    }

    /// The server stops.
    pub(super) fn stop_waiting(&mut self, now: &Now) {
        if matches!(self.phase, Phase::Queued(_)) {
            self.refuse(STOPPING, now);
            self.phase = Phase::Last(Ending {
                reason: CloseReason::Stopping,
                lingers: true,
            });
        }
    }
}
