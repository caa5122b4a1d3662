//! Owns what one worker knows of files: name to entry, checked a moment ago or being checked.
//! Knows nothing of connections: who waits is a [`Ticket`].
//!
//! Invariant: the number of entries is at most `entries_max`; nothing is kept of names that lead
//! nowhere, so distinct wrong names cost nothing.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crate::library::entry::Entry;
use crate::library::name::Name;
use crate::library::pager::{Done, Job, Listing, Pager, Reply};
use crate::library::root::Missing;
use crate::limits::Limits;

/// Who waits for an answer: a connection, and which of its questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// Names the connection to who asked.
    pub token: usize,
    /// A later question of the same connection has another one.
    pub serial: u32,
}

/// What was asked for.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A file.
    File(Arc<Entry>),
    /// The list of the library.
    Listing(Arc<Listing>),
    /// Neither.
    Missing(Missing),
}

/// The files that one worker has open.
#[derive(Debug)]
pub struct Catalogue {
    entries: HashMap<Box<[u8]>, Known>,
    finding: HashMap<Box<[u8]>, Vec<Ticket>>,
    listing: Vec<Ticket>,
    listed: Option<(Instant, Arc<Listing>)>,
}

#[derive(Debug)]
struct Known {
    entry: Arc<Entry>,
    checked: Instant,
    used: Instant,
}

impl Catalogue {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self {
            entries: HashMap::new(),
            finding: HashMap::new(),
            listing: Vec::new(),
            listed: None,
        }
    }

    /// The file of that name at once, where it was looked at a moment ago; otherwise the pager is
    /// asked and the answer comes later, for this ticket. All who ask meanwhile share one look.
    pub fn find(
        &mut self,
        name: Name<'_>,
        ticket: Ticket,
        at: (Instant, u64),
        door: (&Pager, &Reply, &Limits),
    ) -> Option<Answer> {
        let ((now, wall_secs), (pager, reply, limits)) = (at, door);
        let known = self.entries.get_mut(name.as_bytes());
        if let Some(known) = known {
            known.used = now;
            let age = now.saturating_duration_since(known.checked);
            if age < Limits::millis(limits.recheck_millis) {
                return Some(Answer::File(Arc::clone(&known.entry)));
            }
        }
        if let Some(waiting) = self.finding.get_mut(name.as_bytes()) {
            waiting.push(ticket);
            return None;
        }
        let known = self
            .entries
            .get(name.as_bytes())
            .map(|known| Arc::clone(&known.entry));
        let job = Job::Find {
            name: name.as_bytes().into(),
            known,
            wall_secs,
            reply: reply.clone(),
        };
        if pager.ask(job).is_err() {
            return Some(Answer::Missing(Missing::Busy));
        }
        self.finding.insert(name.as_bytes().into(), vec![ticket]);
        None
    }

    /// The list, likewise.
    pub fn list(
        &mut self,
        ticket: Ticket,
        now: Instant,
        door: (&Pager, &Reply, &Limits),
    ) -> Option<Answer> {
        let (pager, reply, limits) = door;
        let keep = Limits::millis(limits.recheck_millis);
        if let Some((made, listing)) = &self.listed
            && now.saturating_duration_since(*made) < keep
        {
            return Some(Answer::Listing(Arc::clone(listing)));
        }
        if self.listing.is_empty() {
            let fresh_after = now.checked_sub(keep);
            if pager
                .ask(Job::List {
                    fresh_after,
                    now,
                    reply: reply.clone(),
                })
                .is_err()
            {
                return Some(Answer::Missing(Missing::Busy));
            }
        }
        self.listing.push(ticket);
        None
    }

    /// Takes in what the pager answered; returns who waited for it, and the answer.
    pub fn settle(&mut self, done: Done, now: Instant, limits: &Limits) -> (Vec<Ticket>, Answer) {
        match done {
            Done::Found(name, Ok(entry)) => {
                let waiting = self.finding.remove(&name).unwrap_or_default();
                if !self.entries.contains_key(&name) {
                    self.make_room(limits.entries_max);
                }
                let entry_too = Arc::clone(&entry);
                self.entries.insert(
                    name,
                    Known {
                        entry,
                        checked: now,
                        used: now,
                    },
                );
                (waiting, Answer::File(entry_too))
            }
            Done::Found(name, Err(missing)) => {
                self.entries.remove(&name);
                let waiting = self.finding.remove(&name).unwrap_or_default();
                (waiting, Answer::Missing(missing))
            }
            Done::Listed(listed) => {
                let answer = match listed {
                    Ok(listing) => {
                        self.listed = Some((now, Arc::clone(&listing)));
                        Answer::Listing(listing)
                    }
                    Err(missing) => Answer::Missing(missing),
                };
                (std::mem::take(&mut self.listing), answer)
            }
        }
    }

    /// Drops what nobody used for `unused_secs_max` and no reply holds. Returns whether anything is
    /// left to drop later.
    pub fn sweep(&mut self, now: Instant, limits: &Limits) -> bool {
        let keep = Limits::secs(limits.unused_secs_max);
        self.entries.retain(|_, known| {
            now.saturating_duration_since(known.used) < keep || known.entry.is_in_use()
        });
        if self
            .listed
            .as_ref()
            .is_some_and(|(made, _)| now.saturating_duration_since(*made) >= keep)
        {
            self.listed = None;
        }
        !self.entries.is_empty() || self.listed.is_some()
    }

    /// Looks at everything again when it is next asked for.
    pub fn doubt_all(&mut self, now: Instant, limits: &Limits) {
        let long_ago = now
            .checked_sub(Limits::millis(limits.recheck_millis))
            .unwrap_or(now);
        for known in self.entries.values_mut() {
            known.checked = long_ago;
        }
        self.listed = None;
    }

    fn make_room(&mut self, entries_max: usize) {
        while self.entries.len() >= entries_max {
            let oldest = self.entries.iter().min_by_key(|(_, known)| known.used);
            let Some(name) = oldest.map(|(name, _)| name.clone()) else {
                return;
            };
            self.entries.remove(&name);
        }
    }
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::new()
    }
}
