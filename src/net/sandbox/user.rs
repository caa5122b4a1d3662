//! Owns who the process is once its sockets are bound: which numbers a name stands for, and how root is left.
//! Knows nothing of why.
//!
//! The two files are read here and not by the C library, which in a static binary cannot: it would have to load
//! the modules that other sources of names need. Who has such a source writes numbers.
//!
//! ```text
//! /etc/passwd    name:password:UID:GID:comment:home:shell
//! /etc/group     name:password:GID:member,member
//! ```

use std::fs::File;
use std::io::{self, Read as _};

use rustix::process::{Gid, Uid};
use rustix::thread::{CapabilitySet, CapabilitySets};

/// A file that is longer is not one of these two.
const FILE_BYTES_MAX: u64 = 1 << 22;

/// Whom the process becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    name: String,
    uid: Uid,
    gid: Gid,
    /// All groups that the user is in, as after a login.
    groups: Vec<Gid>,
}

impl User {
    /// Who `NAME[:GROUP]` or `UID[:GID]` is on this host.
    pub fn on_this_host(typed: &str) -> Result<Self, String> {
        let read = |path| {
            let mut bytes = Vec::new();
            // Without the file there are no names, as in a container that has nothing but us.
            let file = File::open(path).map(|file| file.take(FILE_BYTES_MAX));
            _ = file.and_then(|mut file| file.read_to_end(&mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Self::find(typed, &read("/etc/passwd"), &read("/etc/group"))
    }

    fn find(typed: &str, users: &str, groups: &str) -> Result<Self, String> {
        let (name, group) = typed.split_once(':').unwrap_or((typed, ""));
        let found = row(users, name);
        let [name, _, uid, first_group] = found.unwrap_or([name, "", name, ""]);
        let uid = number(uid)
            .ok_or_else(|| format!("/etc/passwd has no '{name}'; numbers (UID:GID) always work"))?;
        if uid == 0 {
            return Err(format!("'{name}' is root, who is to be left"));
        }
        let gid = match (group, first_group) {
            ("", "") => return Err(format!("name a group as well, as in {name}:GROUP")),
            ("", first) => number(first),
            (group, _) => number(row(groups, group).map_or(group, |row| row[2])),
        };
        let gid = gid.ok_or_else(|| format!("/etc/group has no '{group}'"))?;
        let gid = Gid::from_raw(gid);
        let mut all = vec![gid];
        for [_, _, group, members] in groups.lines().filter_map(fields) {
            if members.split(',').any(|member| member == name) {
                all.extend(number(group).map(Gid::from_raw));
            }
        }
        Ok(Self {
            name: name.to_owned(),
            uid: Uid::from_raw(uid),
            gid,
            groups: all,
        })
    }

    /// What it is called; a number where it has no name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Becomes this user, for good: nothing of who we were is left, which is tried.
    ///
    /// Only before the first thread: the kernel changes the thread that asks, and no other.
    pub fn assume(&self) -> io::Result<()> {
        let (uid, gid) = (self.uid, self.gid);
        if is_wholly(uid, gid) {
            return Ok(());
        }
        // The groups first: who is root no more may not change them.
        rustix::thread::set_thread_groups(&self.groups)?;
        rustix::thread::set_thread_res_gid(gid, gid, gid)?;
        rustix::thread::set_thread_res_uid(uid, uid, uid)?;
        // Leaving root has emptied them; who could do this without being root would keep them.
        let none = CapabilitySet::empty();
        let none = CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        };
        rustix::thread::set_capabilities(None, none)?;

        let is_back = rustix::thread::set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).is_ok()
            || rustix::thread::set_thread_groups(&[Gid::ROOT]).is_ok();
        if is_back || !is_wholly(uid, gid) {
            return Err(io::Error::other("there is a way back to root"));
        }
        Ok(())
    }
}

fn is_wholly(uid: Uid, gid: Gid) -> bool {
    use rustix::process::{getegid, geteuid, getgid, getuid};
    [getuid(), geteuid()] == [uid, uid] && [getgid(), getegid()] == [gid, gid]
}

/// The row of this name or number.
fn row<'a>(text: &'a str, wanted: &str) -> Option<[&'a str; 4]> {
    let column = if number(wanted).is_some() { 2 } else { 0 };
    text.lines()
        .filter_map(fields)
        .find(|row| row[column] == wanted)
}

/// The first four fields of a row that has so many.
fn fields(line: &str) -> Option<[&str; 4]> {
    let mut found = [""; 4];
    let mut fields = line.split(':');
    for slot in &mut found {
        *slot = fields.next()?;
    }
    Some(found)
}

/// A number of a user or group; the largest one means "as it is" to the kernel.
fn number(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|number| is_plain && *number != u32::MAX)
}

#[cfg(test)]
mod tests;
