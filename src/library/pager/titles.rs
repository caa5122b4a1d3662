//! Owns what the threads do for titles: looking into them, making texts of them, telling all who wait.
//! Knows nothing of how that is done (`library/make`), nor of what is kept (`library/packages`).

use std::sync::Arc;
use std::time::Instant;

use super::{Done, Shared};
use crate::library::catalogue::Answer;
use crate::library::entry::Entry;
use crate::library::make::{self, Bench, Want};
use crate::library::name::Name;
use crate::library::packages::{Key, Made, Verdict, What};
use crate::library::root::Missing;
use crate::library::survey;
use crate::limits::Limits;
use crate::media::package::resource::Resource;

impl Shared {
    /// Makes something of a title and tells all who wait for it.
    pub(super) fn make(&self, entry: &Entry, name: &[u8], want: &Want, at: (Instant, u64)) {
        let (now, wall_secs) = at;
        let (made, until) = match want {
            Want::Package => (self.look_into(entry, name), None),
            Want::Faststart => (make::faststart(entry), None),
            Want::Text(package, resource) => {
                let bench = Bench {
                    root: &self.root,
                    limits: &self.limits,
                    packages: &self.packages,
                    now,
                    wall_secs,
                };
                let Some((resource, name)) = Resource::parse(resource).zip(Name::check(name))
                else {
                    return;
                };
                let keep = Limits::millis(self.limits.recheck_millis);
                let until = make::depends_on_folder(&resource).then(|| now + keep);
                let text = bench.text(entry, package, name, &resource);
                (text.map(|text| Made::Text(Arc::new(text))), until)
            }
        };
        let answer = match &made {
            Ok(made) => Answer::Made(made.clone()),
            Err(missing) => Answer::Missing(*missing),
        };
        let key = want.key(entry.identity, name);
        for (ticket, reply) in self.packages.settle(key, &made, now, until) {
            reply(Done::Answered(ticket, answer.clone()));
        }
    }

    /// Nothing was made.
    pub(super) fn tell_all(&self, key: Key, missing: Missing, now: Instant) {
        for (ticket, reply) in self.packages.settle(key, &Err(missing), now, None) {
            reply(Done::Answered(ticket, Answer::Missing(missing)));
        }
    }

    /// Reads a title, and says what there is to say about it.
    fn look_into(&self, entry: &Entry, name: &[u8]) -> Result<Made, Missing> {
        let (verdict, made) = make::package(entry)?;
        if self.packages.judge(entry.identity, verdict) {
            tell(name, &verdict);
        }
        Ok(made)
    }

    /// Looks into titles that nobody asked for, for ever: one at a time, and only while nobody waits for pages.
    pub(super) fn survey(&self) {
        survey::stand_back();
        loop {
            let (name, identity, at) = self.survey.next(|| !self.pages.is_empty());
            let what = What::Package;
            let key = Key { identity, what };
            if self.packages.knows(&identity) || !self.packages.begin(&key) {
                continue;
            }
            let window = self.limits.map_window_bytes;
            let opened = Name::check(&name).ok_or(Missing::NotFound);
            let opened = opened.and_then(|name| Entry::open(&self.root, name, at.1, window));
            match opened {
                // One that has changed is looked into when the next list is made.
                Ok(entry) if entry.identity == identity => {
                    self.make(&entry, &name, &Want::Package, at);
                }
                _ => self.tell_all(key, Missing::Busy, at.0),
            }
        }
    }
}

/// Once for each version of each title.
fn tell(name: &[u8], verdict: &Verdict) {
    let name = name.escape_ascii();
    match verdict.unfit {
        Some(unfit) => log::info!(
            "{name} is not offered as HLS: {} ({})",
            unfit.words(),
            unfit.name()
        ),
        None => log::debug!("{name} is offered as HLS"),
    }
    if verdict.facts.is_index_last {
        log::info!("{name} has its index at its end: it starts later than it could");
    }
    if verdict.facts.is_cut {
        log::info!("{name} ends before its time: bytes are missing at its end");
    }
}
