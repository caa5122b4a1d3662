//! Owns what was made of titles, for all workers together: packages and their texts; each is made once however
//! many ask at once, and kept while it is worth it. And what is known of each title that was looked into.
//! Knows nothing of how anything is made (`library/make` does), nor of threads.
//!
//! ```text
//! worker ── find(key) ──▶ Here           kept: answered on the loop
//!                    ├──▶ Waits          somebody makes it already
//!                    └──▶ Begins         a job for the pager, then settle(key) tells all who wait
//! ```
//!
//! Memory is bounded by `packages_bytes_max`, and what was used last stays. But a newcomer pushes out only what
//! has rested for longer than a player takes to come back; else it is used once and not kept. So when more
//! titles are watched than there is room for, those that are kept go on being fast, and none pushes out the other
//! with every segment. Besides, one that is larger than all the room has a place of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::library::catalogue::Ticket;
use crate::library::entry::Identity;
use crate::library::make::Text;
use crate::library::pager::Reply;
use crate::library::root::Missing;
use crate::library::scan::Title;
use crate::library::sidecar::Subtitle;
use crate::limits::Limits;
use crate::media::faststart::Faststart;
use crate::media::package::{Facts, Package};
use crate::media::unfit::Unfit;
use crate::ops::metrics::Titles;

/// Players come back for the next segment before that.
const RESTED: Duration = Duration::from_secs(15);
/// What one thing costs beside its own bytes.
const OVERHEAD_BYTES: usize = 256;

/// Which thing of which version of which title.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The version of the file.
    pub identity: Identity,
    /// What of it.
    pub what: What,
}

/// What can be made of a title.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum What {
    /// What any segment can be made from.
    Package,
    /// The same file with its index in front.
    Faststart,
    /// The subtitles that stand beside it, by its name.
    Beside(Box<[u8]>),
    /// A playlist, a manifest or subtitles: by the title's name, since those that stand beside it belong to
    /// the name, and by the resource.
    Text(Box<[u8]>, Box<[u8]>),
}

/// Something that was made.
#[derive(Debug, Clone)]
pub enum Made {
    /// What any segment can be made from.
    Package(Arc<Package>),
    /// A playlist, a manifest or subtitles.
    Text(Arc<Text>),
    /// The subtitles that stand beside it.
    Beside(Arc<[Subtitle]>),
    /// The same file with its index in front; nothing where it is as good as it is.
    Faststart(Option<Arc<Faststart>>),
    /// The title cannot be packaged.
    Unfit(Unfit),
}

impl Made {
    fn bytes(&self) -> usize {
        let own = match self {
            Self::Package(package) => package.bytes(),
            Self::Text(text) => text.bytes(),
            Self::Faststart(Some(faststart)) => faststart.head.len(),
            Self::Beside(beside) => beside.iter().map(Subtitle::bytes).sum(),
            Self::Faststart(None) | Self::Unfit(_) => 0,
        };
        own.saturating_add(OVERHEAD_BYTES)
    }
}

/// What is known of a title that was looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Also of one that cannot be packaged.
    pub facts: Facts,
    /// Why it cannot be, if so.
    pub unfit: Option<Unfit>,
}

/// What comes of looking for something.
#[derive(Debug)]
pub enum Found {
    /// It is there.
    Here(Made),
    /// It is being made; who asked will be told.
    Waits,
    /// Who asked is to see to it that it is made, and will be told as well.
    Begins,
}

/// All that is kept, and all that is being made.
#[derive(Debug)]
pub struct Packages {
    state: Mutex<State>,
    bytes_max: usize,
    verdicts_max: usize,
}

#[derive(Debug, Default)]
struct State {
    slots: HashMap<Key, Slot>,
    verdicts: HashMap<Identity, Verdict>,
    counts: Titles,
}

enum Slot {
    Making(Vec<(Ticket, Reply)>),
    Kept(Kept),
}

struct Kept {
    made: Made,
    bytes: usize,
    used: Instant,
    /// From when on it may be wrong.
    until: Option<Instant>,
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Making(_) => "Making",
            Self::Kept(_) => "Kept",
        })
    }
}

impl Default for Packages {
    fn default() -> Self {
        Self::new(&Limits::default())
    }
}

impl Packages {
    /// Nothing is kept yet.
    pub fn new(limits: &Limits) -> Self {
        Self {
            state: Mutex::default(),
            bytes_max: limits.packages_bytes_max,
            verdicts_max: limits.listed_files_max,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks for something; where it is not there, `ticket` is told through `reply` when it is.
    pub fn find(&self, key: &Key, now: Instant, (ticket, reply): (Ticket, &Reply)) -> Found {
        let mut state = self.state();
        match state.slots.get_mut(key) {
            Some(Slot::Kept(kept)) => {
                if let Some(made) = kept.use_at(now) {
                    return Found::Here(made);
                }
            }
            Some(Slot::Making(waiting)) => {
                waiting.push((ticket, Arc::clone(reply)));
                return Found::Waits;
            }
            None => {}
        }
        if let Some(verdict) = state.verdicts.get(&key.identity) {
            match (&key.what, verdict.unfit) {
                (What::Package, Some(unfit)) => return Found::Here(Made::Unfit(unfit)),
                (What::Faststart, _) if !verdict.facts.is_index_last => {
                    return Found::Here(Made::Faststart(None));
                }
                (What::Package | What::Faststart | What::Beside(_) | What::Text(..), _) => {}
            }
        }
        let waiting = vec![(ticket, Arc::clone(reply))];
        state.slots.insert(key.clone(), Slot::Making(waiting));
        Found::Begins
    }

    /// Begins to make something for nobody; not where it is being made already, or is there.
    pub fn begin(&self, key: &Key) -> bool {
        let mut state = self.state();
        let is_free = !state.slots.contains_key(key);
        if is_free {
            state.slots.insert(key.clone(), Slot::Making(Vec::new()));
        }
        is_free
    }

    /// Takes in what was made, or why it was not; returns who waits for it. It is right until then.
    pub fn settle(
        &self,
        key: Key,
        made: &Result<Made, Missing>,
        now: Instant,
        until: Option<Instant>,
    ) -> Vec<(Ticket, Reply)> {
        let mut state = self.state();
        let waiting = match state.slots.remove(&key) {
            Some(Slot::Making(waiting)) => waiting,
            Some(Slot::Kept(_)) | None => Vec::new(),
        };
        match made {
            Ok(Made::Unfit(_)) | Err(_) => {}
            Ok(_) if waiting.is_empty() => {}
            Ok(made) => state.keep(key, made.clone(), self.bytes_max, now, until),
        }
        waiting
    }

    /// What is kept under that key, and right.
    pub fn kept(&self, key: &Key, now: Instant) -> Option<Made> {
        let mut state = self.state();
        match state.slots.get_mut(key) {
            Some(Slot::Kept(kept)) => kept.use_at(now),
            Some(Slot::Making(_)) | None => None,
        }
    }

    /// Keeps what was made by who needed it for something else.
    pub fn keep(&self, key: Key, made: Made, now: Instant, until: Option<Instant>) {
        self.state().keep(key, made, self.bytes_max, now, until);
    }

    /// Notes what a look into a title came to. Whether it is news.
    pub fn judge(&self, identity: Identity, verdict: Verdict) -> bool {
        let mut state = self.state();
        state.counts.read += 1;
        if let Some(unfit) = verdict.unfit {
            let refused = &mut state.counts.refused;
            match refused.iter_mut().find(|(name, _)| *name == unfit.name()) {
                Some((_, count)) => *count += 1,
                None => refused.push((unfit.name(), 1)),
            }
        }
        let has_room = state.verdicts.len() < self.verdicts_max;
        if !has_room && !state.verdicts.contains_key(&identity) {
            return true;
        }
        state.verdicts.insert(identity, verdict) != Some(verdict)
    }

    /// Gives each title of a list its verdict, and forgets those of titles that are gone when it is time to.
    pub fn tell(&self, titles: &mut [Title]) {
        let mut state = self.state();
        for title in titles.iter_mut() {
            title.verdict = state.verdicts.get(&title.identity).copied();
        }
        if state.verdicts.len() >= self.verdicts_max {
            let there = titles.iter();
            let there = there.filter_map(|title| Some((title.identity, title.verdict?)));
            state.verdicts = there.collect();
        }
    }

    /// Whether it is known what a title is.
    pub fn knows(&self, identity: &Identity) -> bool {
        self.state().verdicts.contains_key(identity)
    }

    /// Drops what nobody used for that long. Returns whether anything is left to drop later.
    pub fn sweep(&self, now: Instant, keep: Duration) -> bool {
        let mut state = self.state();
        state.slots.retain(|_, slot| match slot {
            Slot::Making(_) => true,
            Slot::Kept(kept) => {
                now.saturating_duration_since(kept.used) < keep && kept.is_right(now)
            }
        });
        !state.slots.is_empty()
    }

    /// What was counted.
    pub fn counts(&self) -> Titles {
        let state = self.state();
        let kept = state.slots.values().filter_map(Slot::kept);
        let bytes: usize = kept.map(|kept| kept.bytes).sum();
        Titles {
            kept_bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
            ..state.counts.clone()
        }
    }
}

impl Slot {
    fn kept(&self) -> Option<&Kept> {
        match self {
            Self::Kept(kept) => Some(kept),
            Self::Making(_) => None,
        }
    }
}

impl Kept {
    fn is_right(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    fn use_at(&mut self, now: Instant) -> Option<Made> {
        self.is_right(now).then(|| {
            self.used = now;
            self.made.clone()
        })
    }
}

impl State {
    fn keep(
        &mut self,
        key: Key,
        made: Made,
        bytes_max: usize,
        now: Instant,
        until: Option<Instant>,
    ) {
        self.slots.remove(&key);
        let bytes = made.bytes();
        if self.make_room(bytes, bytes_max, now) {
            let kept = Kept {
                made,
                bytes,
                used: now,
                until,
            };
            self.slots.insert(key, Slot::Kept(kept));
        }
    }

    /// Makes room for so many bytes, as far as others have rested. Whether there is room then.
    fn make_room(&mut self, bytes: usize, bytes_max: usize, now: Instant) -> bool {
        let is_large = bytes > bytes_max;
        self.slots
            .retain(|_, slot| slot.kept().is_none_or(|kept| kept.is_right(now)));
        loop {
            let peers = self.slots.iter().filter_map(|(key, slot)| {
                let kept = slot.kept()?;
                ((kept.bytes > bytes_max) == is_large).then_some((key, kept))
            });
            let (mut taken, mut oldest) = (0usize, None::<(&Key, Instant)>);
            for (key, kept) in peers {
                taken = taken.saturating_add(kept.bytes);
                if oldest.is_none_or(|(_, used)| kept.used < used) {
                    oldest = Some((key, kept.used));
                }
            }
            // One that is larger than all the room: one such is room enough.
            let has_room = if is_large {
                taken == 0
            } else {
                taken.saturating_add(bytes) <= bytes_max
            };
            if has_room {
                return true;
            }
            let rested = oldest.filter(|(_, used)| now.saturating_duration_since(*used) >= RESTED);
            let Some(key) = rested.map(|(key, _)| key.clone()) else {
                return false;
            };
            self.slots.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests;
