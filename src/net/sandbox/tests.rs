//! The line at the start, for every outcome.

use std::io;

use super::{User, Wall, line};

fn told(outcomes: &[(&'static str, Result<Option<u64>, i32>)], user: Option<&User>) -> String {
    let walls: Vec<Wall> = outcomes
        .iter()
        .map(|(name, outcome)| Wall {
            name,
            outcome: outcome.map_err(io::Error::from_raw_os_error),
        })
        .collect();
    line(&walls, user)
}

#[test]
fn the_line_names_what_stands_and_what_is_missing() {
    let user = User::on_this_host("1234:5678").unwrap();
    for (outcomes, user, expected) in [
        (
            [Ok(Some(7)), Ok(None), Ok(None)],
            Some(&user),
            "sandbox: landlock 7, seccomp, no-new-privs, user 1234",
        ),
        (
            [Err(libc::ENOSYS), Ok(None), Ok(None)],
            None,
            "sandbox: no landlock (not in this kernel), seccomp, no-new-privs",
        ),
        (
            [Err(libc::EOPNOTSUPP), Err(libc::EPERM), Ok(None)],
            None,
            "sandbox: no landlock (switched off when the kernel started), \
             no seccomp (forbidden here, perhaps by a container), no-new-privs",
        ),
        (
            [Ok(Some(1)), Ok(None), Err(libc::ENOMEM)],
            None,
            "sandbox: landlock 1, seccomp, no no-new-privs (Cannot allocate memory (os error 12))",
        ),
    ] {
        let names = ["landlock", "seccomp", "no-new-privs"];
        let outcomes: Vec<_> = names.into_iter().zip(outcomes).collect();
        assert_eq!(told(&outcomes, user), expected);
    }
    assert_eq!(told(&[], None), "sandbox: off");
    assert_eq!(told(&[], Some(&user)), "sandbox: off, user 1234");
}
