//! Owns what the loop does for who watches: looking at its connections twice a second, and telling.
//! Knows nothing of what the messages say.

use std::time::Instant;

use super::Worker;
use crate::net::slots::Slots;
use crate::site::live::{PERIOD, SHOWN_MAX, Seen};

impl Worker {
    /// Looks and tells, when it is time to and anybody watches.
    pub(super) fn show(&mut self) {
        if !self.site.live.is_watched() {
            (self.show_at, self.shown_at) = (None, None);
            return;
        }
        let now = self.now.steady;
        let last = self.shown_at.replace(now);
        if *self.show_at.get_or_insert(now) > now {
            self.shown_at = last;
            return;
        }
        self.show_at = Some(now + PERIOD);
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

    /// What all connections are at; those that do something come first.
    fn look_at_all(&mut self, last: Option<Instant>) -> (Vec<Seen>, usize) {
        let now = self.now.steady;
        let millis = last.map_or(0, |last| now.saturating_duration_since(last).as_millis());
        let (mut busy, mut idle) = (Vec::new(), 0usize);
        for wants_busy in [true, false] {
            for index in 0..self.peers.reach() {
                let Some((_, peer)) = self.peers.at_mut(index) else {
                    continue;
                };
                let phase = peer.phase();
                let is_busy = !matches!(phase, crate::ops::metrics::Phase::Idle);
                if is_busy != wants_busy {
                    continue;
                }
                if busy.len() == SHOWN_MAX {
                    idle += 1;
                    continue;
                }
                let present = peer.conn.present();
                if let Some(id) = present.seen_as {
                    self.site.live.sent(id, present.sent);
                }
                let fresh = peer.total - std::mem::replace(&mut peer.total_shown, peer.total);
                let rate = (u128::from(fresh) * 1_000).checked_div(millis).unwrap_or(0);
                busy.push(Seen {
                    id: (self.number, Slots::<super::Peer>::index(index)),
                    peer: peer.conn.peer(),
                    session: peer.conn.session().cloned(),
                    phase,
                    lasts: now.saturating_duration_since(peer.phase_since),
                    request: present.request,
                    span: present.span,
                    size: present.size,
                    sent: present.sent,
                    of: present.of,
                    total: peer.total,
                    rate: u64::try_from(rate).unwrap_or(u64::MAX),
                });
            }
        }
        (busy, idle)
    }
}
