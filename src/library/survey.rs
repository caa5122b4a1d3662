//! Owns which titles are to be looked into although nobody asked for them, so that the list can say of each
//! what it is.
//! Knows nothing of what is found out, nor of who looks.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::library::entry::Identity;
use crate::library::scan::Title;
use crate::media::mime;

/// Between two looks at whether somebody waits for the disk.
const STAND_BACK: Duration = Duration::from_millis(20);

/// The titles of the last list that nothing is known of.
#[derive(Debug, Default)]
pub struct Survey {
    state: Mutex<Todo>,
    any: Condvar,
}

#[derive(Debug, Default)]
struct Todo {
    /// The next one last.
    titles: Vec<(Vec<u8>, Identity)>,
    /// When the list was made.
    at: Option<(Instant, u64)>,
}

impl Survey {
    /// Takes in what a list has told nothing of. What rests of the list before is in it again.
    pub fn begin(&self, titles: Vec<Title>, at: (Instant, u64)) {
        let unknown = titles.into_iter().filter(|title| {
            title.verdict.is_none()
                && mime::is_packaged(&title.name)
                && !title.identity.is_settling(at.1)
        });
        let mut unknown: Vec<_> = unknown.map(|title| (title.name, title.identity)).collect();
        unknown.reverse();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.titles, state.at) = (unknown, Some(at));
        drop(state);
        self.any.notify_one();
    }

    /// The next one, its version, and when it was seen; it is waited for, and while `is_busy` as well.
    pub fn next(&self, is_busy: impl Fn() -> bool) -> (Vec<u8>, Identity, (Instant, u64)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.titles.is_empty() {
                state = self.any.wait(state).unwrap_or_else(PoisonError::into_inner);
            } else if is_busy() {
                let waited = self.any.wait_timeout(state, STAND_BACK);
                (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            } else if let (Some((name, identity)), Some(at)) = (state.titles.pop(), state.at) {
                if state.titles.is_empty() {
                    state.titles = Vec::new();
                }
                return (name, identity, at);
            }
        }
    }
}

/// Makes this thread the last one to get a processor.
pub fn stand_back() {
    // Where that is refused, it only takes more than it needs to.
    _ = rustix::process::setpriority_process(None, 19);
}
