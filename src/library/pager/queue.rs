//! Owns the jobs that wait for a thread, and which of them is next.
//! Knows nothing of what they do.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Job;

/// Jobs that wait for a thread.
pub(super) struct Queue {
    state: Mutex<Waiting>,
    any: Condvar,
    /// How many threads one origin may hold.
    threads_each: usize,
}

#[derive(Default)]
pub(super) struct Waiting {
    pub(super) jobs: VecDeque<Job>,
    /// Whom the threads work for just now.
    held: Vec<u64>,
}

impl Waiting {
    /// The first job whose origin may hold one more thread; what is only wanted soon comes last.
    fn take(&mut self, threads_each: usize) -> Option<Job> {
        let holds = |origin| self.held.iter().filter(|held| **held == origin).count();
        let may_start = |job: &Job| holds(job.origin()) < threads_each;
        let is_needed = |job: &Job| may_start(job) && !job.is_ahead();
        let first = self.jobs.iter().position(is_needed);
        let first = first.or_else(|| self.jobs.iter().position(may_start));
        let job = self.jobs.remove(first?)?;
        self.held.push(job.origin());
        Some(job)
    }

    fn of(&self, origin: u64) -> usize {
        let mine = |job: &&Job| job.origin() == origin;
        self.jobs.iter().filter(mine).count()
    }
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.state().jobs.is_empty()
    }

    pub(super) fn new(threads_each: usize) -> Self {
        Self {
            state: Mutex::default(),
            any: Condvar::new(),
            threads_each,
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// At most `most` jobs wait, and `most_each` of one origin.
    pub(super) fn push(&self, job: Job, most: usize, most_each: usize) -> Result<(), Job> {
        let mut state = self.state();
        if state.jobs.len() >= most || state.of(job.origin()) >= most_each {
            return Err(job);
        }
        state.jobs.push_back(job);
        drop(state);
        self.any.notify_one();
        Ok(())
    }

    pub(super) fn next(&self) -> Job {
        let mut state = self.state();
        loop {
            if let Some(job) = state.take(self.threads_each) {
                return job;
            }
            state = self.any.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A job of that origin is done: another one of it may start.
    pub(super) fn let_go(&self, origin: u64) {
        let mut state = self.state();
        if let Some(at) = state.held.iter().position(|held| *held == origin) {
            state.held.swap_remove(at);
        }
        drop(state);
        self.any.notify_one();
    }
}
