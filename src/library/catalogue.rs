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
use crate::library::packages::Made;
use crate::library::pager::{Job, Listing, Pager, Reply};
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
    /// Subtitles made for browsers, and the file that they are made of.
    Subtitle(Arc<Entry>, Arc<[u8]>),
    /// The list of the library.
    Listing(Arc<Listing>),
    /// What was made of the title.
    Made(Made),
    /// None of these.
    Missing(Missing),
}

/// The files that one worker has open.
#[derive(Debug)]
pub struct Catalogue {
    entries: HashMap<Box<[u8]>, Known>,
    finding: HashMap<Box<[u8]>, Finding>,
    listing: Vec<Ticket>,
    listed: Option<(Instant, Arc<Listing>)>,
}

#[derive(Debug)]
struct Known {
    entry: Arc<Entry>,
    checked: Instant,
    used: Instant,
}

/// A look that the pager has not finished.
#[derive(Debug)]
struct Finding {
    waiting: Vec<Ticket>,
    since: Instant,
    /// What it was the last time: served when the disk does not answer in time.
    known: Option<Arc<Entry>>,
}

impl Finding {
    fn is_overdue(&self, now: Instant, limits: &Limits) -> bool {
        now.saturating_duration_since(self.since) >= Limits::millis(limits.patience_millis)
    }
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
        if let Some(finding) = self.finding.get_mut(name.as_bytes()) {
            if let (Some(known), true) = (&finding.known, finding.is_overdue(now, limits)) {
                return Some(Answer::File(Arc::clone(known)));
            }
            finding.waiting.push(ticket);
            return None;
        }
        let known = self
            .entries
            .get(name.as_bytes())
            .map(|known| Arc::clone(&known.entry));
        let job = Job::Find {
            name: name.as_bytes().into(),
            known: known.clone(),
            wall_secs,
            reply: Arc::clone(reply),
        };
        if pager.ask(job).is_err() {
            return Some(Answer::Missing(Missing::Busy));
        }
        let finding = Finding {
            waiting: vec![ticket],
            since: now,
            known,
        };
        self.finding.insert(name.as_bytes().into(), finding);
        None
    }

    /// When [`Catalogue::overdue`] will have something to say.
    pub fn overdue_at(&self, limits: &Limits) -> Option<Instant> {
        let waits = self.finding.values();
        let waits = waits.filter(|finding| finding.known.is_some() && !finding.waiting.is_empty());
        waits
            .map(|finding| finding.since + Limits::millis(limits.patience_millis))
            .min()
    }

    /// Who waited too long for a look at a file that is known and open: they get it as it was. A disk
    /// that hangs cannot take away what is in memory.
    pub fn overdue(&mut self, now: Instant, limits: &Limits) -> Vec<(Vec<Ticket>, Answer)> {
        let mut late = Vec::new();
        for finding in self.finding.values_mut() {
            if let (Some(known), true) = (&finding.known, finding.is_overdue(now, limits))
                && !finding.waiting.is_empty()
            {
                let waiting = std::mem::take(&mut finding.waiting);
                late.push((waiting, Answer::File(Arc::clone(known))));
            }
        }
        late
    }

    /// The list, likewise.
    pub fn list(
        &mut self,
        ticket: Ticket,
        at: (Instant, u64),
        door: (&Pager, &Reply, &Limits),
    ) -> Option<Answer> {
        let ((now, _), (pager, reply, limits)) = (at, door);
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
                    at,
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

    /// Takes in what the pager found under a name; returns who waited for it, and the answer.
    pub fn settle_found(
        &mut self,
        name: Box<[u8]>,
        found: Result<Arc<Entry>, Missing>,
        now: Instant,
        limits: &Limits,
    ) -> (Vec<Ticket>, Answer) {
        let waiting = self
            .finding
            .remove(&name)
            .map_or_else(Vec::new, |look| look.waiting);
        let answer = match found {
            Ok(entry) => {
                if !self.entries.contains_key(&name) {
                    self.make_room(limits.entries_max);
                }
                let known = Known {
                    entry: Arc::clone(&entry),
                    checked: now,
                    used: now,
                };
                self.entries.insert(name, known);
                Answer::File(entry)
            }
            Err(missing) => {
                self.entries.remove(&name);
                Answer::Missing(missing)
            }
        };
        (waiting, answer)
    }

    /// Takes in the list, likewise.
    pub fn settle_listed(
        &mut self,
        listed: Result<Arc<Listing>, Missing>,
        now: Instant,
    ) -> (Vec<Ticket>, Answer) {
        let answer = match listed {
            Ok(listing) => {
                self.listed = Some((now, Arc::clone(&listing)));
                Answer::Listing(listing)
            }
            Err(missing) => Answer::Missing(missing),
        };
        (std::mem::take(&mut self.listing), answer)
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
