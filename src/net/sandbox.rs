//! Owns what the process gives up once it has opened what it needs: in which order, and what became of each.
//! Knows nothing of what it will serve.
//!
//! ```text
//! sockets bound, keys read        as who started us
//!        │  user                  root is left for good (`--user`)
//! folder and log opened           as who we are now: what fails later fails at the start
//!        │  no new privileges     nothing that is started could have more than we have
//!        │  Landlock              which files and ports (`files`)
//!        │  seccomp               which system calls (`calls`)
//! the first thread                all threads inherit all of it
//! ```
//!
//! Each holds where another has a gap: Landlock decides about names but not about calls, seccomp about calls but
//! not about names.

use std::fmt::Write as _;
use std::io;

use crate::net::sys;

mod calls;
mod files;
mod user;

pub use files::Needs;
pub use user::User;

/// What the owner wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wish {
    /// No walls.
    Off,
    /// Those that the kernel has.
    #[default]
    On,
    /// All of them, or no start.
    Require,
}

/// A wall, and what became of it: the version where it has some.
#[derive(Debug)]
pub struct Wall {
    /// What it is called.
    pub name: &'static str,
    /// Whether it stands.
    pub outcome: io::Result<Option<u64>>,
}

/// Puts up the walls, around this thread and all that it will start. There is no way back.
///
/// The error names what is missing where all are required.
pub fn enter(wish: Wish, needs: &Needs<'_>) -> Result<Vec<Wall>, String> {
    if wish == Wish::Off {
        return Ok(Vec::new());
    }
    // It is read from the kernel once, which could not be done later.
    _ = rustix::param::page_size();
    // In this order: the others ask for the first, and the last would refuse the others.
    let privileges = rustix::thread::set_no_new_privs(true).map_err(io::Error::from);
    let files = files::close(needs);
    let calls = calls::program().and_then(|program| sys::filter_calls(&program));
    let walls = vec![
        wall("landlock", files.map(Some)),
        wall("seccomp", calls.map(|()| None)),
        wall("no-new-privs", privileges.map(|()| None)),
    ];
    if wish == Wish::Require && walls.iter().any(|wall| wall.outcome.is_err()) {
        return Err(format!("not all walls stand, {}", line(&walls, None)));
    }
    Ok(walls)
}

const fn wall(name: &'static str, outcome: io::Result<Option<u64>>) -> Wall {
    Wall { name, outcome }
}

/// The line that is told at the start.
pub fn line(walls: &[Wall], user: Option<&User>) -> String {
    let mut line = String::from("sandbox:");
    if walls.is_empty() {
        line.push_str(" off,");
    }
    for Wall { name, outcome } in walls {
        _ = match outcome {
            Ok(None) => write!(line, " {name},"),
            Ok(Some(version)) => write!(line, " {name} {version},"),
            Err(error) => match reason(error) {
                "" => write!(line, " no {name} ({error}),"),
                reason => write!(line, " no {name} ({reason}),"),
            },
        };
    }
    if let Some(user) = user {
        _ = write!(line, " user {},", user.name());
    }
    line.pop();
    line
}

/// Why a wall is missing, where that is known better than by the error alone.
fn reason(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::ENOSYS | libc::EINVAL) => "not in this kernel",
        Some(libc::EOPNOTSUPP) => "switched off when the kernel started",
        Some(libc::EPERM) => "forbidden here, perhaps by a container",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
