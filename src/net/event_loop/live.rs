//! Owns what the loop does for who watches: looking at its connections twice a second, and telling.
//! Knows nothing of what the messages say.

use std::time::{Duration, Instant};

use super::Worker;
use super::peer::Peer;
use crate::conn::Present;
use crate::ops::metrics::Phase;
use crate::site::live::{PERIOD, SHOWN_MAX, Seen};

impl Worker {
    /// Looks and tells, when it is time to and anybody watches.
    pub(super) fn show(&mut self) {
        if !self.site.live.is_watched() {
            (self.show_at, self.shown_at) = (None, None);
            return;
        }
        let now = self.now.steady;
        if self.show_at.is_some_and(|at| now < at) {
            return;
        }
        self.show_at = Some(now + PERIOD);
        let last = self.shown_at.replace(now);
        let seen = self.look_at_all(last);
        let (live, metrics) = (&self.site.live, &self.site.metrics);
        live.publish(self.number, seen, metrics, &self.now);
        for index in 0..self.peers.reach() {
            let Some((key, peer)) = self.peers.at_mut(index) else {
                continue;
            };
            let Some(sees) = peer.conn.watches() else {
                continue;
            };
            let text = live.compose(sees, metrics, &self.now);
            peer.conn.tell(&text, &self.now, &mut self.spare);
            self.told.push(key);
        }
        for key in std::mem::take(&mut self.told) {
            self.turn(key);
        }
    }

    /// What all connections are at, those that do something first, and how many more there are.
    fn look_at_all(&mut self, last: Option<Instant>) -> (Vec<Seen>, usize) {
        let now = self.now.steady;
        let since = last.map(|last| now.saturating_duration_since(last));
        let (mut shown, mut more) = (Vec::new(), 0usize);
        for wants_idle in [false, true] {
            for index in 0..self.peers.reach() {
                let Some((_, peer)) = self.peers.at_mut(index) else {
                    continue;
                };
                if (peer.phase() == Phase::Idle) != wants_idle {
                    continue;
                }
                if shown.len() == SHOWN_MAX {
                    more += 1;
                    continue;
                }
                let present = peer.conn.present();
                if let Some(id) = present.seen_as {
                    self.site.live.sent(id, present.sent);
                }
                shown.push(peer.seen((self.number, index), present, now, since));
            }
        }
        (shown, more)
    }
}

impl Peer {
    /// What it looks like. Its rate is of this look and the last one, so that whoever is told only every
    /// other time misses nothing; `since` is the time between the two.
    fn seen(
        &mut self,
        id: (usize, usize),
        present: Present,
        now: Instant,
        since: Option<Duration>,
    ) -> Seen {
        let fresh = self.total - std::mem::replace(&mut self.total_shown, self.total);
        // What came before anybody looked has no rate.
        let fresh = since.map_or(0, |_| fresh);
        let before = std::mem::replace(&mut self.fresh_shown, fresh);
        let span = since.map_or(PERIOD, |since| since + PERIOD);
        let rate = u128::from(since.map_or(0, |_| fresh + before)) * 1_000 / span.as_millis();
        Seen {
            id,
            peer: self.conn.client(),
            session: self.conn.session().cloned(),
            phase: self.phase(),
            lasts: now.saturating_duration_since(self.phase_since),
            request: present.request,
            span: present.span,
            size: present.size,
            sent: present.sent,
            of: present.of,
            total: self.total,
            rate: u64::try_from(rate).unwrap_or(u64::MAX),
        }
    }
}
