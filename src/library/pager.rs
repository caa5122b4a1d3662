//! Owns the threads that wait for the disk, so that no loop ever does: they open, look again, list,
//! make spans resident, and read the few files that are looked into.
//! Knows nothing of who asked: a [`Reply`] carries the answer away.
//!
//! ```text
//! loop ── Job ──▶ names ──▶ 2 threads: openat2, fstat, getdents ─┐
//!             └─▶ pages ──▶ 1–4 threads: make a span resident ───┴──▶ Reply ──▶ wakes the loop
//!      File ──▶ closer ─▶ 1 thread: close, which FUSE may hold up
//! ```
//!
//! Two queues of jobs, both bounded: a disk that hangs while it reads cannot keep names from being found. And one
//! disk has at most half of the threads, and of the room to wait: a disk that hangs stops itself alone.

use std::fmt;
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::http::body::Source;
use crate::library::catalogue::{Answer, Ticket};
use crate::library::entry::{Entry, Identity};
use crate::library::make::Want;
use crate::library::map::Closer;
use crate::library::name::Name;
use crate::library::packages::Packages;
use crate::library::root::{Missing, Root};
use crate::library::scan::{self, Title};
use crate::library::survey::Survey;
use crate::limits::Limits;
use crate::range::Span;

use queue::Queue;

/// Two: one that hangs on a dead mount leaves one that works.
const NAME_THREADS: usize = 2;
/// Files that wait to be closed: more than that are closed by who has them.
const CLOSINGS_MAX: usize = 1_024;
/// Spans fetched ahead are only worth it while nobody waits long for those that are needed now.
const AHEAD_MAX: usize = 64;

/// The library as it is sent, and what it was made from.
#[derive(Debug)]
pub struct Listing {
    /// The bytes that a client gets.
    pub bytes: Arc<[u8]>,
    /// Their version, quotes included.
    pub etag: String,
}

/// How a list becomes bytes.
pub type Render = fn(&[Title]) -> Listing;

/// What the disk is asked.
pub enum Job {
    /// The file of this name; or only whether the one known is still it.
    Find {
        /// A checked name.
        name: Box<[u8]>,
        /// What was found the last time.
        known: Option<Arc<Entry>>,
        /// For files that are being written.
        wall_secs: u64,
        /// Where the answer goes.
        reply: Reply,
    },
    /// The list of the library, not older than `fresh_after`.
    List {
        /// An older list is made anew.
        fresh_after: Option<Instant>,
        /// What the list made now is dated with.
        at: (Instant, u64),
        /// Where the answer goes.
        reply: Reply,
    },
    /// The subtitles of this file, as WebVTT.
    Translate {
        /// Of a length that may be held in memory.
        entry: Arc<Entry>,
        /// Who wants them.
        ticket: Ticket,
        /// Where the answer goes.
        reply: Reply,
    },
    /// Something of a title, for all who wait for it.
    Make {
        /// The title.
        entry: Arc<Entry>,
        /// Its name.
        name: Box<[u8]>,
        /// What.
        want: Want,
        /// When it was asked for.
        at: (Instant, u64),
    },
    /// That this file be closed.
    Close(File),
    /// The bytes of this span in memory.
    Fetch {
        /// Whose bytes.
        source: Arc<dyn Source>,
        /// Which.
        span: Span,
        /// Who wants them.
        token: usize,
        /// Whether they are only wanted soon.
        is_ahead: bool,
        /// Where the answer goes.
        reply: Reply,
    },
}

impl Job {
    /// What it depends on. Where a name leads is not known before it is found.
    fn origin(&self) -> u64 {
        match self {
            Self::Find { .. } | Self::List { .. } | Self::Close(_) => 0,
            Self::Fetch { source, .. } => source.origin(),
            Self::Translate { entry, .. } | Self::Make { entry, .. } => entry.identity.device,
        }
    }

    fn is_ahead(&self) -> bool {
        matches!(self, Self::Fetch { is_ahead: true, .. })
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Find { name, .. } => f.debug_tuple("Find").field(&name.escape_ascii()).finish(),
            Self::List { .. } => f.write_str("List"),
            Self::Translate { ticket, .. } => f.debug_tuple("Translate").field(ticket).finish(),
            Self::Make { want, .. } => f.debug_tuple("Make").field(want).finish(),
            Self::Close(_) => f.write_str("Close"),
            Self::Fetch { span, .. } => f.debug_tuple("Fetch").field(span).finish(),
        }
    }
}

/// What the disk answered.
#[derive(Debug)]
pub enum Done {
    /// To a `Find`.
    Found(Box<[u8]>, Result<Arc<Entry>, Missing>),
    /// To a `List`.
    Listed(Result<Arc<Listing>, Missing>),
    /// To a `Translate` or a `Make`: for whom, and what they wait for.
    Answered(Ticket, Answer),
    /// To a `Fetch`: for whom, what, and whether it is in memory now.
    Fetched(usize, Span, io::Result<()>),
}

/// Carries an answer to who asked, and wakes them.
pub type Reply = Arc<dyn Fn(Done) + Send + Sync>;

/// A handle to the threads. They end with the process.
#[derive(Clone)]
pub struct Pager {
    shared: Arc<Shared>,
}

impl fmt::Debug for Pager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = (
            self.shared.names.state().jobs.len(),
            self.shared.pages.state().jobs.len(),
        );
        f.debug_struct("Pager").field("waiting", &waiting).finish()
    }
}

struct Shared {
    root: Root,
    limits: Limits,
    render: Render,
    names: Queue,
    pages: Queue,
    closings: Queue,
    list: Mutex<Option<(Instant, Arc<Listing>)>>,
    packages: Arc<Packages>,
    survey: Survey,
}

impl Pager {
    /// Starts the threads; `page_threads` of them read pages.
    pub fn start(
        root: Root,
        limits: &Limits,
        render: Render,
        page_threads: usize,
        packages: Arc<Packages>,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            root,
            limits: limits.clone(),
            render,
            names: Queue::new(NAME_THREADS),
            pages: Queue::new(page_threads.div_ceil(2)),
            closings: Queue::new(1),
            list: Mutex::default(),
            packages,
            survey: Survey::default(),
        });
        let spawn = |name: String, queue: fn(&Shared) -> &Queue| {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new().name(name).spawn(move || {
                let queue = queue(&shared);
                loop {
                    let job = queue.next();
                    let origin = job.origin();
                    shared.work(job);
                    queue.let_go(origin);
                }
            })
        };
        spawn("closer".into(), |shared| &shared.closings)?;
        for number in 0..NAME_THREADS {
            spawn(format!("names-{number}"), |shared| &shared.names)?;
        }
        for number in 0..page_threads {
            spawn(format!("pager-{number}"), |shared| &shared.pages)?;
        }
        let surveyor = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("survey".into())
            .spawn(move || surveyor.survey())?;
        Ok(Self { shared })
    }

    /// What was made of titles.
    pub fn packages(&self) -> &Packages {
        &self.shared.packages
    }

    /// Has something made; who waits for it is told, also where too many wait already.
    pub fn make(&self, job: Job) {
        if let Err(Job::Make {
            entry,
            name,
            want,
            at,
        }) = self.ask(job)
        {
            let key = want.key(entry.identity, &name);
            self.shared.tell_all(key, Missing::Busy, at.0);
        }
    }

    /// Hands a job over; gives it back when too many wait already.
    pub fn ask(&self, job: Job) -> Result<(), Job> {
        let Shared {
            names,
            pages,
            closings,
            limits,
            ..
        } = &*self.shared;
        match &job {
            Job::Find { .. } | Job::List { .. } => {
                names.push(job, limits.finds_max, limits.finds_max)
            }
            Job::Close(_) => closings.push(job, CLOSINGS_MAX, CLOSINGS_MAX),
            Job::Fetch { is_ahead: true, .. } => pages.push(job, AHEAD_MAX, AHEAD_MAX / 2),
            Job::Fetch { .. } | Job::Translate { .. } | Job::Make { .. } => {
                let most = limits.page_ins_max;
                pages.push(job, most, most.div_ceil(2))
            }
        }
    }

    /// Forgets the list, so that the next one is made anew.
    pub fn forget_list(&self) {
        *self
            .shared
            .list
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Shared {
    fn work(self: &Arc<Self>, job: Job) {
        match job {
            Job::Find {
                name,
                known,
                wall_secs,
                reply,
            } => {
                let found = self.find(&name, known, wall_secs);
                reply(Done::Found(name, found));
            }
            Job::Translate {
                entry,
                ticket,
                reply,
            } => {
                let answer = match entry.translate() {
                    Ok(made) => Answer::Subtitle(entry, made),
                    Err(_) => Answer::Missing(Missing::Unreadable),
                };
                reply(Done::Answered(ticket, answer));
            }
            Job::Make {
                entry,
                name,
                want,
                at,
            } => self.make(&entry, &name, &want, at),
            Job::Close(file) => drop(file),
            Job::List {
                fresh_after,
                at,
                reply,
            } => {
                reply(Done::Listed(self.list(fresh_after, at)));
            }
            Job::Fetch {
                source,
                span,
                token,
                reply,
                ..
            } => {
                reply(Done::Fetched(token, span, source.make_resident(span)));
            }
        }
    }

    fn find(
        self: &Arc<Self>,
        name: &[u8],
        known: Option<Arc<Entry>>,
        wall_secs: u64,
    ) -> Result<Arc<Entry>, Missing> {
        let name = Name::check(name).ok_or(Missing::NotFound)?;
        if let Some(known) = known
            && Identity::of(&self.root.stat_file(name)?) == known.identity
            // One that was being written when it was opened is opened anew once it rests.
            && (known.is_settled() || known.identity.is_settling(wall_secs))
        {
            return Ok(known);
        }
        let entry = Entry::open(&self.root, name, wall_secs, self.limits.map_window_bytes)?;
        let pager = Pager {
            shared: Arc::clone(self),
        };
        let closer: Closer = Arc::new(move |file| _ = pager.ask(Job::Close(file)));
        Ok(Arc::new(entry.closed_through(&closer)))
    }

    /// One walk at a time: who comes meanwhile waits for it and takes its list.
    fn list(
        &self,
        fresh_after: Option<Instant>,
        (now, wall_secs): (Instant, u64),
    ) -> Result<Arc<Listing>, Missing> {
        let mut last = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made, listing)) = &*last
            && fresh_after.is_none_or(|after| *made >= after)
        {
            return Ok(Arc::clone(listing));
        }
        let mut titles = scan::scan(&self.root, &self.limits)?;
        self.packages.tell(&mut titles);
        let listing = Arc::new((self.render)(&titles));
        self.survey.begin(titles, (now, wall_secs));
        *last = Some((now, Arc::clone(&listing)));
        Ok(listing)
    }
}

mod queue;
mod titles;

#[cfg(test)]
mod tests;
