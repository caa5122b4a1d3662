//! Owns the threads that wait for the disk, so that no loop ever does: they open, look again, list, and
//! make spans resident.
//! Knows nothing of who asked: a [`Reply`] carries the answer away.
//!
//! ```text
//! loop ── Job ──▶ names ──▶ 2 threads: openat2, fstat, getdents ─┐
//!             └─▶ pages ──▶ 1–4 threads: make a span resident ───┴──▶ Reply ──▶ wakes the loop
//! ```
//!
//! Two queues, both bounded: a disk that hangs while it reads cannot keep names from being found
//! on another one.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::http::body::Source;
use crate::library::entry::{Entry, Identity};
use crate::library::name::Name;
use crate::library::root::{Missing, Root};
use crate::library::scan::{self, Title};
use crate::limits::Limits;
use crate::range::Span;

/// Two: one that hangs on a dead mount leaves one that works.
const NAME_THREADS: usize = 2;
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
        now: Instant,
        /// Where the answer goes.
        reply: Reply,
    },
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

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Find { name, .. } => f.debug_tuple("Find").field(&name.escape_ascii()).finish(),
            Self::List { .. } => f.write_str("List"),
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
            self.shared.names.jobs().len(),
            self.shared.pages.jobs().len(),
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
    list: Mutex<Option<(Instant, Arc<Listing>)>>,
}

/// Jobs that wait for a thread.
#[derive(Default)]
struct Queue {
    jobs: Mutex<VecDeque<Job>>,
    any: Condvar,
}

impl Queue {
    fn jobs(&self) -> MutexGuard<'_, VecDeque<Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, job: Job, most: usize) -> Result<(), Job> {
        let mut jobs = self.jobs();
        if jobs.len() >= most {
            return Err(job);
        }
        jobs.push_back(job);
        drop(jobs);
        self.any.notify_one();
        Ok(())
    }

    fn next(&self) -> Job {
        let mut jobs = self.jobs();
        loop {
            match jobs.pop_front() {
                Some(job) => return job,
                None => jobs = self.any.wait(jobs).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

impl Pager {
    /// Starts the threads; `page_threads` of them read pages.
    pub fn start(
        root: Root,
        limits: &Limits,
        render: Render,
        page_threads: usize,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            root,
            limits: limits.clone(),
            render,
            names: Queue::default(),
            pages: Queue::default(),
            list: Mutex::default(),
        });
        let spawn = |name: String, queue: fn(&Shared) -> &Queue| {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new().name(name).spawn(move || {
                loop {
                    shared.work(queue(&shared).next());
                }
            })
        };
        for number in 0..NAME_THREADS {
            spawn(format!("names-{number}"), |shared| &shared.names)?;
        }
        for number in 0..page_threads {
            spawn(format!("pager-{number}"), |shared| &shared.pages)?;
        }
        Ok(Self { shared })
    }

    /// Hands a job over; gives it back when too many wait already.
    pub fn ask(&self, job: Job) -> Result<(), Job> {
        let Shared {
            names,
            pages,
            limits,
            ..
        } = &*self.shared;
        match &job {
            Job::Find { .. } | Job::List { .. } => names.push(job, limits.finds_max),
            Job::Fetch { is_ahead: true, .. } => pages.push(job, AHEAD_MAX),
            Job::Fetch { .. } => pages.push(job, limits.page_ins_max),
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
    fn work(&self, job: Job) {
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
            Job::List {
                fresh_after,
                now,
                reply,
            } => {
                reply(Done::Listed(self.list(fresh_after, now)));
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
        &self,
        name: &[u8],
        known: Option<Arc<Entry>>,
        wall_secs: u64,
    ) -> Result<Arc<Entry>, Missing> {
        let name = Name::check(name).ok_or(Missing::NotFound)?;
        if let Some(known) = known
            && Identity::of(&self.root.stat_file(name)?) == known.identity
        {
            return Ok(known);
        }
        Entry::open(&self.root, name, wall_secs, self.limits.map_window_bytes).map(Arc::new)
    }

    /// One walk at a time: who comes meanwhile waits for it and takes its list.
    fn list(&self, fresh_after: Option<Instant>, now: Instant) -> Result<Arc<Listing>, Missing> {
        let mut last = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made, listing)) = &*last
            && fresh_after.is_none_or(|after| *made >= after)
        {
            return Ok(Arc::clone(listing));
        }
        let listing = Arc::new((self.render)(&scan::scan(&self.root, &self.limits)?));
        *last = Some((now, Arc::clone(&listing)));
        Ok(listing)
    }
}
