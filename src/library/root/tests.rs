//! One table of names, met by both ways of resolution: the kernel's and our own walk.

use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use rustix::fs::{CWD, FileType, Mode};

use super::{LINKS_MAX, Missing, Root};
use crate::library::name::Name;

/// A folder of one test, gone with it. The library is `library` in it; beside it is what nobody may see.
#[derive(Debug)]
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("reeld-root-{process}-{count}"));
        std::fs::create_dir_all(path.join("library")).unwrap();
        let folder = Self(path);
        std::fs::write(folder.0.join("secret.mp4"), "secret").unwrap();
        std::fs::create_dir(folder.0.join("outside")).unwrap();
        std::fs::write(folder.0.join("outside/secret.mp4"), "secret").unwrap();
        folder
    }

    fn library(&self) -> PathBuf {
        self.0.join("library")
    }

    fn folder(&self, name: &str) {
        std::fs::create_dir_all(self.library().join(name)).unwrap();
    }

    fn file(&self, name: &str) {
        std::fs::write(self.library().join(name), name).unwrap();
    }

    fn link(&self, name: &str, to: impl AsRef<Path>) {
        symlink(to, self.library().join(name)).unwrap();
    }

    fn node(&self, name: &str, kind: FileType) {
        let mode = Mode::from_raw_mode(0o644);
        rustix::fs::mknodat(CWD, self.library().join(name), kind, mode, 0).unwrap();
    }

    fn beneath(&self) -> Root {
        Root::open(&self.library(), false).unwrap()
    }

    /// Both ways, each with its name for messages.
    fn ways(&self) -> [(&'static str, Root); 2] {
        [
            ("as the kernel finds it", self.beneath()),
            ("as we walk", self.beneath().walking()),
        ]
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What is read at that name, by each of the two doors, which must agree.
fn read(root: &Root, name: &str) -> Result<String, Missing> {
    let name = Name::check(name.as_bytes()).expect("only names that are right come here");
    let looked = root.stat_file(name).map(|stat| stat.st_ino);
    let opened = root.open_file(name);
    doors_agree(looked, opened.as_ref().map(|(_, stat)| stat.st_ino));
    let (mut file, _) = opened?;
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    Ok(text)
}

fn doors_agree(looked: Result<u64, Missing>, opened: Result<u64, &Missing>) {
    assert_eq!(looked, opened.map_err(|missing| *missing));
}

fn check(folder: &Temporary, table: &[(&str, Result<&str, Missing>)]) {
    for (way, root) in folder.ways() {
        for (name, found) in table {
            let text = read(&root, name);
            assert_eq!(text, found.map(str::to_owned), "{name} {way}");
        }
    }
}

const NOT_FOUND: Result<&str, Missing> = Err(Missing::NotFound);

#[test]
fn plain_names() {
    let folder = Temporary::new();
    folder.folder("shows/one");
    folder.folder("empty");
    folder.file("a.mp4");
    folder.file("shows/one/e1.mp4");
    folder.file("with space.mp4");
    folder.file("na\u{ef}ve.mp4");
    check(
        &folder,
        &[
            ("a.mp4", Ok("a.mp4")),
            ("shows/one/e1.mp4", Ok("shows/one/e1.mp4")),
            ("with space.mp4", Ok("with space.mp4")),
            ("na\u{ef}ve.mp4", Ok("na\u{ef}ve.mp4")),
            ("A.mp4", NOT_FOUND),
            ("b.mp4", NOT_FOUND),
            ("shows/one/e2.mp4", NOT_FOUND),
            ("shows/two/e1.mp4", NOT_FOUND),
            ("secret.mp4", NOT_FOUND),
            // A folder is no file, and a file no folder.
            ("shows", NOT_FOUND),
            ("shows/one", NOT_FOUND),
            ("empty", NOT_FOUND),
            ("a.mp4/b", NOT_FOUND),
        ],
    );
}

#[test]
fn links_that_stay_inside() {
    let folder = Temporary::new();
    folder.folder("shows/one");
    folder.file("a.mp4");
    folder.file("shows/one/e1.mp4");
    folder.file(".hidden.mp4");
    folder.link("link", "a.mp4");
    folder.link("again", "link");
    folder.link("dot", "./././a.mp4");
    folder.link("slashes", "shows//one///e1.mp4");
    folder.link("folder", "shows/one");
    folder.link("folder-slash", "shows/one/");
    folder.link("shows/up", "../a.mp4");
    folder.link("shows/one/up", "../../a.mp4");
    folder.link("shows/one/around", "../../shows/one/../one/e1.mp4");
    folder.link("shows/one/all", "../..");
    folder.link("beside", "folder/../one/e1.mp4");
    folder.link("to-hidden", ".hidden.mp4");
    check(
        &folder,
        &[
            ("link", Ok("a.mp4")),
            ("again", Ok("a.mp4")),
            ("dot", Ok("a.mp4")),
            ("slashes", Ok("shows/one/e1.mp4")),
            ("folder/e1.mp4", Ok("shows/one/e1.mp4")),
            ("folder-slash/e1.mp4", Ok("shows/one/e1.mp4")),
            ("shows/up", Ok("a.mp4")),
            ("shows/one/up", Ok("a.mp4")),
            ("folder/up", Ok("a.mp4")),
            ("shows/one/around", Ok("shows/one/e1.mp4")),
            ("shows/one/all/a.mp4", Ok("a.mp4")),
            ("shows/one/all/shows/one/all/link", Ok("a.mp4")),
            // The parent of where a link leads, not of where it stands.
            ("beside", Ok("shows/one/e1.mp4")),
            ("to-hidden", Ok(".hidden.mp4")),
            ("folder", NOT_FOUND),
            ("shows/one/all", NOT_FOUND),
            ("link/x", NOT_FOUND),
        ],
    );
}

#[test]
fn links_that_lead_out() {
    let folder = Temporary::new();
    folder.folder("shows");
    folder.file("a.mp4");
    folder.link("up", "../secret.mp4");
    folder.link("upup", "../../../../../../../../etc/passwd");
    folder.link("beside", "../outside");
    folder.link("shows/up", "../../secret.mp4");
    folder.link("chain", "up");
    folder.link("through", "shows/../../secret.mp4");
    // Out and in again is out as well.
    folder.link("in-again", "../library/a.mp4");
    folder.link("parent", "..");
    folder.link("root", "/");
    folder.link("passwd", "/etc/passwd");
    folder.link("absolute", folder.library().join("a.mp4"));
    folder.link("absolute-folder", folder.library());
    folder.link("own-process", "/proc/self/environ");
    check(
        &folder,
        &[
            ("up", NOT_FOUND),
            ("upup", NOT_FOUND),
            ("beside", NOT_FOUND),
            ("beside/secret.mp4", NOT_FOUND),
            ("shows/up", NOT_FOUND),
            ("chain", NOT_FOUND),
            ("through", NOT_FOUND),
            ("in-again", NOT_FOUND),
            ("parent/secret.mp4", NOT_FOUND),
            ("parent/library/a.mp4", NOT_FOUND),
            ("root/etc/passwd", NOT_FOUND),
            ("passwd", NOT_FOUND),
            ("absolute", NOT_FOUND),
            ("absolute-folder/a.mp4", NOT_FOUND),
            ("own-process", NOT_FOUND),
            ("a.mp4", Ok("a.mp4")),
        ],
    );
    // The owner may want it otherwise.
    let root = Root::open(&folder.library(), true).unwrap();
    for (name, found) in [
        ("up", Ok("secret")),
        ("beside/secret.mp4", Ok("secret")),
        ("chain", Ok("secret")),
        ("in-again", Ok("a.mp4")),
        ("absolute", Ok("a.mp4")),
        ("absolute-folder/a.mp4", Ok("a.mp4")),
        ("a.mp4", Ok("a.mp4")),
        ("beside", NOT_FOUND),
        ("none", NOT_FOUND),
    ] {
        assert_eq!(read(&root, name), found.map(str::to_owned), "{name}");
    }
}

#[test]
fn links_that_lead_nowhere() {
    let folder = Temporary::new();
    folder.folder("shows");
    folder.file("a.mp4");
    folder.link("self", "self");
    folder.link("ping", "pong");
    folder.link("pong", "ping");
    folder.link("deeper", "deeper/deeper");
    folder.link("shows/loop", "../shows/loop");
    folder.link("dangling", "none.mp4");
    folder.link("none-back", "none/../a.mp4");
    folder.link("file-back", "a.mp4/../a.mp4");
    check(
        &folder,
        &[
            ("self", NOT_FOUND),
            ("ping", NOT_FOUND),
            ("pong/x", NOT_FOUND),
            ("deeper", NOT_FOUND),
            ("shows/loop", NOT_FOUND),
            ("dangling", NOT_FOUND),
            ("none-back", NOT_FOUND),
            ("file-back", NOT_FOUND),
        ],
    );
}

/// What is written like a folder is one, or is not found.
#[test]
fn links_to_a_file_as_if_it_were_a_folder() {
    let folder = Temporary::new();
    folder.file("a.mp4");
    folder.link("slash", "a.mp4/");
    folder.link("dot", "a.mp4/.");
    check(&folder, &[("slash", NOT_FOUND), ("dot", NOT_FOUND)]);
}

/// As many links as the kernel follows, and not one more.
#[test]
fn a_chain_of_links() {
    let folder = Temporary::new();
    folder.file("0");
    for at in 1..=LINKS_MAX + 1 {
        folder.link(&at.to_string(), (at - 1).to_string());
    }
    check(
        &folder,
        &[("1", Ok("0")), ("40", Ok("0")), ("41", NOT_FOUND)],
    );
}

/// None of them is opened, and none makes us wait.
#[test]
fn what_is_no_file() {
    let folder = Temporary::new();
    folder.node("fifo", FileType::Fifo);
    folder.node("socket", FileType::Socket);
    folder.link("to-fifo", "fifo");
    folder.link("to-null", "/dev/null");
    check(
        &folder,
        &[
            ("fifo", NOT_FOUND),
            ("socket", NOT_FOUND),
            ("to-fifo", NOT_FOUND),
            ("to-null", NOT_FOUND),
            ("fifo/x", NOT_FOUND),
        ],
    );
    let root = Root::open(&folder.library(), true).unwrap();
    for name in ["fifo", "socket", "to-fifo", "to-null"] {
        assert_eq!(read(&root, name), Err(Missing::NotFound), "{name}");
    }
}

#[test]
fn what_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    if rustix::process::geteuid().is_root() {
        return; // nothing is forbidden to root
    }
    let folder = Temporary::new();
    folder.folder("closed");
    folder.file("closed/a.mp4");
    folder.file("a.mp4");
    let forbid = |name: &str, mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.library().join(name), permissions).unwrap();
    };
    forbid("a.mp4", 0o000);
    forbid("closed", 0o000);
    for (way, root) in folder.ways() {
        let name = Name::check(b"a.mp4").unwrap();
        let found = root.open_file(name).map(|_| ());
        assert_eq!(found, Err(Missing::Forbidden), "{way}");
        let name = Name::check(b"closed/a.mp4").unwrap();
        let found = root.open_file(name).map(|_| ());
        assert_eq!(found, Err(Missing::Forbidden), "{way}");
    }
    forbid("closed", 0o755);
}

#[test]
fn folders_to_list() {
    let folder = Temporary::new();
    folder.folder("shows/one");
    folder.file("a.mp4");
    folder.link("inside", "shows");
    folder.link("outside", "../outside");
    for (way, root) in folder.ways() {
        let inode_of = |path: &[u8]| {
            let opened = root.open_folder(path)?;
            Ok(rustix::fs::fstat(opened.as_fd()).unwrap().st_ino)
        };
        let inode_at = |path: &str| {
            let stat = rustix::fs::stat(folder.library().join(path)).unwrap();
            Ok(stat.st_ino)
        };
        for (path, found) in [
            ("", inode_at("")),
            ("shows", inode_at("shows")),
            ("shows/one", inode_at("shows/one")),
            ("inside", inode_at("shows")),
            ("inside/one", inode_at("shows/one")),
            ("outside", Err(Missing::NotFound)),
            ("a.mp4", Err(Missing::NotFound)),
            ("none", Err(Missing::NotFound)),
        ] {
            assert_eq!(inode_of(path.as_bytes()), found, "{path} {way}");
        }
    }
}

/// The folder is the one that was opened, wherever it is moved; what is renamed is found at once.
#[test]
fn renames() {
    let folder = Temporary::new();
    folder.file("a.mp4");
    let ways = folder.ways();
    let moved = folder.0.join("moved");
    std::fs::rename(folder.library(), &moved).unwrap();
    std::fs::rename(moved.join("a.mp4"), moved.join("b.mp4")).unwrap();
    for (way, root) in ways {
        assert_eq!(read(&root, "b.mp4").unwrap(), "a.mp4", "{way}");
        assert_eq!(read(&root, "a.mp4"), Err(Missing::NotFound), "{way}");
    }
}

#[test]
fn a_library_that_is_none() {
    let folder = Temporary::new();
    folder.file("a.mp4");
    for path in ["none", "a.mp4", "a.mp4/b"] {
        assert!(
            Root::open(&folder.library().join(path), false).is_err(),
            "{path}"
        );
    }
    folder.link("library", "../library");
    let root = Root::open(&folder.library().join("library"), false).unwrap();
    assert_eq!(
        read(&root, "a.mp4").unwrap(),
        "a.mp4",
        "the folder itself may be a link"
    );
}

/// Where links may lead: names that are there, names that are not, and ways up.
fn link_target() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["..", ".", "d", "e", "f", "l0", "l1", "l2", "none"]);
    (any::<bool>(), prop::collection::vec(word, 1..5)).prop_map(|(is_absolute, words)| {
        let slash = if is_absolute && words.len() > 3 {
            "/"
        } else {
            ""
        };
        format!("{slash}{}", words.join("/"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Links made at random: the kernel and our walk find the same, and never what is outside.
    #[test]
    fn both_ways_agree(
        targets in prop::collection::vec(link_target(), 6),
        names in prop::collection::vec(
            prop::collection::vec(prop::sample::select(vec!["d", "e", "f", "l0", "l1", "l2"]), 1..5),
            1..20,
        ),
    ) {
        let folder = Temporary::new();
        folder.folder("d/e");
        folder.file("f");
        folder.file("d/f");
        folder.file("d/e/f");
        let places = ["l0", "l1", "l2", "d/l0", "d/l1", "d/e/l2"];
        for (place, target) in places.iter().zip(&targets) {
            folder.link(place, target);
        }
        let [(_, kernel), (_, walk)] = folder.ways();
        for name in names {
            let name = name.join("/");
            let found = read(&kernel, &name);
            prop_assert_eq!(&found, &read(&walk, &name), "{} with {:?}", name, targets);
            prop_assert_ne!(found, Ok("secret".to_owned()));
        }
    }
}
