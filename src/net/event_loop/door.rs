//! Owns how connections come and go: accepting, making room, removing.
//! Knows nothing of what they carry.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Token};

use super::peer::Peer;
use super::{CONNECTIONS, Worker};
use crate::conn::{CloseReason, Conn};
use crate::limits::Limits;
use crate::net::slots::Slots;
use crate::net::sys;

/// As many connections as are accepted before those that are there get a turn.
const ACCEPTED_AT_ONCE: usize = 64;
/// Places that are looked at for one to give up, and more only until there is one.
const LOOKED_AT: usize = 256;
/// So many at once may leave memory behind that is worth giving back when the last one has gone.
const CROWD: usize = 64;

/// A listener.
pub(super) struct Entrance {
    pub(super) listener: TcpListener,
    /// Connections may be waiting: its edge came and was not used up.
    pub(super) is_ready: bool,
}

impl Worker {
    pub(super) fn accept_waiting(&mut self) {
        if self.accept_again.is_some_and(|at| self.now.steady < at) {
            return;
        }
        self.accept_again = None;
        for number in 0..self.entrances.len() {
            for _ in 0..ACCEPTED_AT_ONCE {
                let Some(door) = self.entrances.get_mut(number) else {
                    return;
                };
                if !door.is_ready {
                    break;
                }
                if self.peers.len() >= self.connections_max && !self.evict() {
                    // No edge will come for those who wait already: they are looked for again.
                    return self.accept_later();
                }
                let Some(door) = self.entrances.get_mut(number) else {
                    return;
                };
                match door.listener.accept() {
                    Ok((stream, address)) => self.admit(stream, address.ip().to_canonical()),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        door.is_ready = false;
                    }
                    Err(error) if sys::is_out_of_descriptors(&error) => {
                        if !self.evict() {
                            log::warn!("accepting pauses: {error}");
                            return self.accept_later();
                        }
                    }
                    // The peer went away while it waited.
                    Err(_) => {}
                }
            }
        }
    }

    pub(super) fn accept_later(&mut self) {
        let pause = Limits::millis(self.site.limits.accept_retry_millis);
        self.accept_again = Some(self.now.steady + pause);
    }

    /// A connection is watched only after its first turn: the request is usually there already, and
    /// one that is answered and closed at once needs no watching. Edges are not lost: the kernel
    /// tells how a socket stands when it begins to watch it.
    pub(super) fn admit(&mut self, stream: TcpStream, address: IpAddr) {
        // Proxies that are trusted carry many clients.
        let crowd = self.crowd.as_ref();
        let crowd = crowd.filter(|_| !self.site.is_proxy(address));
        let Ok(guest) = crowd.map(|crowd| crowd.enter(address)).transpose() else {
            self.counters.closes.add(CloseReason::TooMany.name());
            reset(&stream);
            return;
        };
        let is_excess = guest.as_ref().is_some_and(|guest| guest.is_excess);
        let site = Arc::clone(&self.site);
        let conn = if is_excess {
            Conn::turned_away(site, address, &self.now, &mut self.spare)
        } else {
            Conn::new(site, address, &self.now)
        };
        let quantum = self.transfer.quantum_max();
        let now = self.now.steady;
        let pacer = self.pace.as_ref().map(|pace| Box::new(pace.pacer(now)));
        let peer = |_| Peer {
            guest,
            ..Peer::new(stream, conn, pacer, quantum, now)
        };
        let Some(key) = self.peers.insert(peer) else {
            return;
        };
        self.counters.accepted.add(1);
        self.at_once = self.at_once.max(self.peers.len());
        self.note_crowd();
        self.turn(key);
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let (token, interest) = (
            Token(CONNECTIONS + key),
            Interest::READABLE | Interest::WRITABLE,
        );
        if let Err(error) = self
            .poll
            .registry()
            .register(&mut peer.stream, token, interest)
        {
            log::warn!("a connection could not be watched: {error}");
            self.remove(key, CloseReason::PeerGone);
        }
    }

    /// Says once that the house is nearly full, and again only after it was not.
    pub(super) fn note_crowd(&mut self) {
        let (open, most) = (self.peers.len(), self.connections_max);
        if open >= most - most / 10 {
            if !std::mem::replace(&mut self.is_crowded, true) {
                log::warn!("{open} of at most {most} connections are open");
            }
        } else if open < most / 2 {
            self.is_crowded = false;
        }
    }

    /// Gives up one connection, so that another can be served: of those looked at the one with the least
    /// claim and, among equals, to which the least was sent. The search goes on where the last one ended,
    /// and is short unless hardly anybody can be given up.
    pub(super) fn evict(&mut self) -> bool {
        let reach = self.peers.reach();
        let mut least = None;
        for step in 0..reach {
            if step >= LOOKED_AT && least.is_some() {
                break;
            }
            let index = (self.hand + step) % reach;
            let Some((key, peer)) = self.peers.at_mut(index) else {
                continue;
            };
            // Who waits for our disk, or is held back by us, is not slow.
            let claim = peer.conn.claim(&self.now);
            let Some(claim) = claim.filter(|_| peer.pages.awaited.is_none() && !peer.is_held)
            else {
                continue;
            };
            let found = (claim, peer.total);
            if least.is_none_or(|(known, _)| found < known) {
                least = Some((found, key));
            }
        }
        let Some((_, key)) = least else { return false };
        self.hand = Slots::<Peer>::index(key) + 1;
        if let Some(peer) = self.peers.get_mut(key) {
            peer.conn.give_way();
            self.turn(key);
        }
        true
    }

    pub(super) fn remove(&mut self, key: usize, reason: CloseReason) {
        let Some(mut peer) = self.peers.remove(key) else {
            return;
        };
        self.counters.change(peer.counted, None);
        self.counters.closes.add(reason.name());
        peer.conn.end_stream(reason);
        self.timer.forget(Slots::<Peer>::index(key));
        self.held.forget(Slots::<Peer>::index(key));
        if reason.is_abrupt() {
            reset(&peer.stream);
        }
        // The poll forgets a socket that is closed.
        if matches!(
            reason,
            CloseReason::FileUnreadable | CloseReason::FileRewritten
        ) {
            log::warn!("a reply ended early: {}", reason.name());
        }
        self.note_crowd();
        drop(peer);
        if self.peers.is_empty() && std::mem::take(&mut self.at_once) >= CROWD {
            sys::give_back_memory();
        }
        // A descriptor is free again: who waits at the door need not wait for the timer.
        if self.accept_again.is_some() {
            self.accept_again = Some(self.now.steady);
        }
    }
}

/// Its close will be a reset, at once: the kernel gives back what waits in the socket, and a body that ended early
/// cannot be taken for whole.
fn reset(stream: &TcpStream) {
    _ = rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO));
}
