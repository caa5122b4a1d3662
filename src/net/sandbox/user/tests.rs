//! Whom a text stands for: a table, and a law: nobody becomes root.

use proptest::prelude::*;

use super::User;

const USERS: &str = "root:x:0:0:root:/root:/bin/sh\n\
    toor:x:0:0::/:\n\
    # a comment, and a line that is short:\n\
    short:x\n\
    +::::::\n\
    films:x:990:991:Films, \u{fffd}:/srv:/usr/sbin/nologin\n\
    nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n\
    odd:x:many:1::/:\n\
    poor:x:77:none::/:\n\
    most:x:4294967295:1::/:\n";
const GROUPS: &str = "root:x:0:\n\
    films:x:991:\n\
    media:x:44:nobody,films\n\
    disks:x:45:films\n\
    strange:x:all:films\n";

fn found(typed: &str) -> Result<(u32, u32, Vec<u32>), String> {
    let user = User::find(typed, USERS, GROUPS)?;
    let groups = user.groups.iter().map(|gid| gid.as_raw()).collect();
    Ok((user.uid.as_raw(), user.gid.as_raw(), groups))
}

#[test]
fn names_and_numbers() {
    for (typed, uid, gid, groups) in [
        ("films", 990, 991, &[991, 44, 45][..]),
        ("films:disks", 990, 45, &[45, 44, 45]),
        ("films:7", 990, 7, &[7, 44, 45]),
        ("nobody", 65_534, 65_534, &[65_534, 44]),
        // Root's group is no power of root's: the files that it may read are for the owner to know.
        ("nobody:root", 65_534, 0, &[0, 44]),
        ("990", 990, 991, &[991, 44, 45]),
        ("990:12", 990, 12, &[12, 44, 45]),
        ("1234:5678", 1234, 5678, &[5678]),
        ("1234:disks", 1234, 45, &[45]),
    ] {
        assert_eq!(found(typed), Ok((uid, gid, groups.to_vec())), "{typed}");
    }
}

#[test]
fn complaints() {
    for (typed, why) in [
        (
            "nobdy",
            "/etc/passwd has no 'nobdy'; numbers (UID:GID) always work",
        ),
        ("", "/etc/passwd has no ''; numbers (UID:GID) always work"),
        (
            "short",
            "/etc/passwd has no 'short'; numbers (UID:GID) always work",
        ),
        (
            "odd",
            "/etc/passwd has no 'odd'; numbers (UID:GID) always work",
        ),
        (
            "most",
            "/etc/passwd has no 'most'; numbers (UID:GID) always work",
        ),
        (
            "-1",
            "/etc/passwd has no '-1'; numbers (UID:GID) always work",
        ),
        (
            "4294967295:1",
            "/etc/passwd has no '4294967295'; numbers (UID:GID) always work",
        ),
        ("root", "'root' is root, who is to be left"),
        ("toor:films", "'toor' is root, who is to be left"),
        ("0:12", "'root' is root, who is to be left"),
        ("00:12", "'00' is root, who is to be left"),
        ("1234", "name a group as well, as in 1234:GROUP"),
        ("1234:", "name a group as well, as in 1234:GROUP"),
        ("films:nothing", "/etc/group has no 'nothing'"),
        ("films:strange", "/etc/group has no 'strange'"),
        ("films:-1", "/etc/group has no '-1'"),
    ] {
        assert_eq!(found(typed), Err(why.to_owned()), "{typed}");
    }
}

proptest! {
    #[test]
    fn nobody_becomes_root(typed in "[a-z0-9:+-]{0,12}", users in "([a-z0:]{0,12}\n){0,4}", groups in ".{0,40}") {
        if let Ok(user) = User::find(&typed, &users, &groups) {
            prop_assert!(user.uid.as_raw() != 0 && user.uid.as_raw() != u32::MAX);
            prop_assert!(user.gid.as_raw() != u32::MAX);
            prop_assert_eq!(user.groups.first(), Some(&user.gid));
        }
    }
}
