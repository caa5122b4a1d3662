//! The walls, tried from inside: this program locks itself in as the server does, and then does its worst.
//!
//! Owns no harness: a thread of one would be outside. Each case is a process of its own, which puts up the walls
//! before anything else and prints what became of each attempt. Before that the same attempts are made without
//! walls: those that anybody may make have to succeed there, or the test would prove nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "what was tried is printed")]
#![expect(unsafe_code, reason = "bare system calls, with numbers and no memory")]

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libc::c_long;
use reeld::library::name::Name;
use reeld::library::root::Root;
use reeld::net::sandbox::{self, Needs, User, Wall, Wish};
use rustix::fs::{Mode, OFlags};

const SECRET: &str = "beside the folder";

/// What is tried in a process of its own.
const CASES: [&str; 4] = ["bare", "plain", "links", "log"];

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    match (words.next().as_deref(), words.next(), words.next()) {
        (Some("--inside"), Some(case), Some(place)) => inside(&case, Path::new(&place)),
        (Some("--nothing"), ..) => ExitCode::SUCCESS,
        _ => outside(),
    }
}

/// Runs each case, and tells as the other test binaries do.
fn outside() -> ExitCode {
    let program = std::env::current_exe().unwrap();
    let mut failed = 0;
    let root = rustix::process::geteuid().is_root();
    let cases = CASES.iter().chain(root.then_some(&"user"));
    let count = cases.clone().count();
    for case in cases {
        let place =
            std::env::temp_dir().join(format!("reeld-locked-{}-{case}", std::process::id()));
        fill(&place);
        let mut command = Command::new(&program);
        let ended = command
            .args(["--inside", case])
            .arg(&place)
            .output()
            .unwrap();
        let is_good = ended.status.success();
        failed += usize::from(!is_good);
        println!("test {case} ... {}", if is_good { "ok" } else { "FAILED" });
        if !is_good || std::env::var_os("LOCKED_VERBOSE").is_some() {
            println!("{}", String::from_utf8_lossy(&ended.stdout));
            println!("{}{}", String::from_utf8_lossy(&ended.stderr), ended.status);
        }
        fs::remove_dir_all(place).unwrap();
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    let passed = count - failed;
    println!("\ntest result: {word}. {passed} passed; {failed} failed\n");
    ExitCode::from(u8::from(failed > 0))
}

/// A folder with a film and links out of it, and beside it a secret and a log. Anybody may write there: what
/// refuses is not the file's mode.
fn fill(place: &Path) {
    let folder = place.join("videos");
    fs::create_dir_all(folder.join("inner")).unwrap();
    fs::create_dir_all(place.join("beside")).unwrap();
    fs::create_dir_all(place.join("logs")).unwrap();
    for (name, text) in [
        ("videos/a.mp4", "film"),
        ("videos/inner/b.mp4", "film"),
        ("beside/secret.mp4", SECRET),
        ("logs/log", ""),
        ("logs/old", "a line\n"),
    ] {
        fs::write(place.join(name), text).unwrap();
        open_to_all(&place.join(name));
    }
    symlink("../beside/secret.mp4", folder.join("out.mp4")).unwrap();
    symlink("/etc/passwd", folder.join("passwd.mp4")).unwrap();
    for name in ["", "videos", "videos/inner", "beside", "logs"] {
        open_to_all(&place.join(name));
    }
}

fn open_to_all(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
}

/// Which wall refuses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Landlock,
    Seccomp,
    Either,
}

/// All attempts of one process, and how they ended.
struct Trial {
    is_bare: bool,
    has_landlock: bool,
    has_seccomp: bool,
    failed: usize,
}

impl Trial {
    /// Something that must be refused. `anybody` says whether it works without walls, whoever we are.
    fn refused<T>(&mut self, by: By, anybody: bool, what: &str, outcome: io::Result<T>) {
        let is_walled = match by {
            By::Landlock => self.has_landlock,
            By::Seccomp => self.has_seccomp,
            By::Either => self.has_landlock || self.has_seccomp,
        };
        let code = outcome.as_ref().err().and_then(io::Error::raw_os_error);
        let is_refused = matches!(code, Some(libc::EACCES | libc::EPERM | libc::ENOSYS));
        let is_right = match (self.is_bare, is_walled) {
            (true, _) => !anybody || outcome.is_ok(),
            (false, true) => is_refused,
            (false, false) => true,
        };
        self.note(is_right, what, outcome.map(drop));
    }

    /// What anybody may do, and Landlock refuses.
    fn files<T>(&mut self, what: &str, outcome: io::Result<T>) {
        self.refused(By::Landlock, true, what, outcome);
    }

    /// What anybody may do, and seccomp refuses.
    fn calls<T>(&mut self, what: &str, outcome: io::Result<T>) {
        self.refused(By::Seccomp, true, what, outcome);
    }

    /// What anybody may do, and both refuse.
    fn both<T>(&mut self, what: &str, outcome: io::Result<T>) {
        self.refused(By::Either, true, what, outcome);
    }

    /// What not everybody may do, and seccomp refuses to all.
    fn privileged<T>(&mut self, what: &str, outcome: io::Result<T>) {
        self.refused(By::Seccomp, false, what, outcome);
    }

    /// Something that serving needs.
    fn works<T>(&mut self, what: &str, outcome: io::Result<T>) {
        self.note(outcome.is_ok(), what, outcome.map(drop));
    }

    fn note(&mut self, is_right: bool, what: &str, outcome: io::Result<()>) {
        self.failed += usize::from(!is_right);
        let mark = if is_right { "ok   " } else { "WRONG" };
        let told = outcome.map_or_else(|error| error.to_string(), |()| "it works".into());
        // One write, so that the lines of a process that must not be there would be seen too.
        _ = io::stdout().write_all(format!("{mark} {what}: {told}\n").as_bytes());
    }
}

/// What was opened before the walls went up, as an intruder would find it.
struct Found {
    place: PathBuf,
    program: PathBuf,
    root: Root,
    following: Root,
    walking: Root,
    beside: OwnedFd,
    stream: TcpStream,
    port: u16,
    udp: UdpSocket,
    parent: u32,
    page: usize,
}

fn inside(case: &str, place: &Path) -> ExitCode {
    if case == "user" {
        let user = User::on_this_host("65534:65534").unwrap();
        user.assume().unwrap();
        println!("user {}: {:?}", user.name(), rustix::process::getuid());
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let folder = place.join("videos");
    let path_only = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let found = Found {
        root: Root::open(&folder, false).unwrap(),
        following: Root::open(&folder, true).unwrap(),
        walking: Root::open(&folder, false).unwrap().walking(),
        beside: rustix::fs::open(place.join("beside"), path_only, Mode::empty()).unwrap(),
        stream: TcpStream::connect(("127.0.0.1", port)).unwrap(),
        port,
        udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
        place: place.to_owned(),
        parent: std::os::unix::process::parent_id(),
        program: std::env::current_exe().unwrap(),
        page: mapped(libc::PROT_READ).unwrap(),
    };
    let log = (case == "log").then(|| place.join("logs/log"));
    let needs = Needs {
        folder: found.root.dir(),
        is_everything_read: case == "links",
        log: log.as_deref(),
    };
    let wish = if case == "bare" { Wish::Off } else { Wish::On };
    let walls = sandbox::enter(wish, &needs).unwrap();
    println!("{}", sandbox::line(&walls, None));
    let has = |name| {
        walls
            .iter()
            .any(|wall: &Wall| wall.name == name && wall.outcome.is_ok())
    };
    let mut trial = Trial {
        is_bare: case == "bare",
        has_landlock: has("landlock"),
        has_seccomp: has("seccomp"),
        failed: 0,
    };
    serving(&mut trial, &found);
    reading(&mut trial, &found, case == "links");
    writing(&mut trial, &found);
    writing_logs(&mut trial, place, case == "log");
    talking(&mut trial, &found);
    running(&mut trial, &found);
    calling(&mut trial, found.parent);
    println!("{} wrong", trial.failed);
    ExitCode::from(u8::from(trial.failed > 0))
}

/// What must go on.
fn serving(trial: &mut Trial, found: &Found) {
    let film = Name::check(b"inner/b.mp4").unwrap();
    for (how, root) in [("openat2", &found.root), ("walking", &found.walking)] {
        let opened = root
            .open_file(film)
            .map_err(|why| io::Error::other(format!("{why:?}")));
        trial.works(&format!("opening a film by {how}"), opened);
    }
    let listed = found.root.open_folder(b"").map(|folder| {
        let names = rustix::fs::Dir::read_from(folder).unwrap();
        assert!(names.count() > 3);
    });
    trial.works(
        "listing the folder",
        listed.map_err(|_| io::Error::other("not opened")),
    );
    let thread = std::thread::Builder::new()
        .name("late".into())
        .spawn(|| vec![1u8; 1 << 24].len());
    trial.works(
        "a thread, and memory for it",
        thread.map(|thread| thread.join().unwrap()),
    );
    trial.works(
        "memory to write",
        mapped(libc::PROT_READ | libc::PROT_WRITE),
    );
    let null = File::options().write(true).open("/dev/null");
    trial.works("the way out of the pipe", null);
    let sent = (&found.stream).write(b"x");
    trial.works("a reply", sent);
    let nodelay = found.stream.set_nodelay(true);
    trial.works("an option of TCP", nodelay);
    let own =
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::CONT);
    trial.works("a signal to ourselves", own.map_err(io::Error::from));
}

fn reading(trial: &mut Trial, found: &Found, follows: bool) {
    let mut outside = |what: &str, outcome: io::Result<File>| {
        if follows {
            trial.works(what, outcome);
        } else {
            trial.files(what, outcome);
        }
    };
    outside("open /etc/passwd", File::open("/etc/passwd"));
    outside(
        "open what lies beside",
        File::open(found.place.join("beside/secret.mp4")),
    );
    outside("list the top", File::open("/"));
    outside(
        "open our own file of memory maps",
        File::open("/proc/self/maps"),
    );
    outside("open the program", File::open(&found.program));
    // Links that lead out, with the check of names taken away: by a root that follows them.
    for name in ["passwd.mp4", "out.mp4"] {
        let opened = found
            .following
            .open_file(Name::check(name.as_bytes()).unwrap());
        let opened = opened
            .map(|(file, _)| file)
            .map_err(|_| io::Error::from_raw_os_error(libc::EACCES));
        outside(&format!("follow the link {name}"), opened);
    }
    let read = OFlags::RDONLY | OFlags::CLOEXEC;
    let at = |folder, name: &str| {
        let opened = rustix::fs::openat(folder, name, read, Mode::empty());
        opened.map(File::from).map_err(io::Error::from)
    };
    outside(
        "go up from the folder",
        at(found.root.dir(), "../beside/secret.mp4"),
    );
    outside(
        "open beneath a folder held open",
        at(found.beside.as_fd(), "secret.mp4"),
    );
    let magic = format!("/proc/self/fd/{}/secret.mp4", found.beside.as_raw_fd());
    outside("open by way of /proc", File::open(magic));
    // Not even who may read all files may look into a process outside.
    let memory = File::open(format!("/proc/{}/mem", found.parent));
    trial.refused(By::Landlock, false, "open another's memory", memory);
}

fn writing(trial: &mut Trial, found: &Found) {
    let (place, folder) = (&found.place, found.place.join("videos"));
    let write = |path: PathBuf| File::options().write(true).open(path);
    let create = |path: PathBuf| File::create_new(path);
    trial.files("open a film for writing", write(folder.join("a.mp4")));
    trial.files("make a file in the folder", create(folder.join("new.mp4")));
    trial.files("make a file beside", create(place.join("beside/new")));
    trial.files(
        "make a file in /tmp",
        File::create_new(place.with_extension("new")),
    );
    _ = fs::remove_file(place.with_extension("new"));
    trial.files(
        "open and cut a film",
        File::create(folder.join("inner/b.mp4")),
    );
    let name = folder.join("a.mp4");
    trial.both("rename a film", fs::rename(&name, folder.join("c.mp4")));
    _ = fs::rename(folder.join("c.mp4"), &name);
    trial.both("link a film", fs::hard_link(&name, folder.join("d.mp4")));
    trial.both("make a link", symlink("/", folder.join("e")));
    trial.both("make a folder", fs::create_dir(folder.join("f")));
    let mode = fs::Permissions::from_mode(0o777);
    trial.privileged("change a mode", fs::set_permissions(&name, mode));
    trial.privileged(
        "change an owner",
        std::os::unix::fs::chown(&name, None, None),
    );
    trial.both("remove a film", fs::remove_file(&name));
}

fn writing_logs(trial: &mut Trial, place: &Path, logs: bool) {
    let append = |name: &str| {
        File::options()
            .append(true)
            .create(true)
            .open(place.join(name))
    };
    if logs {
        trial.works("open the log again", append("logs/log"));
        trial.works("make a new log", append("logs/log.new"));
        // The owner's folder of logs is for logs: what stands there can be written to, and not more.
        trial.files("read a log", File::open(place.join("logs/old")));
    } else {
        trial.files("open a log for writing", append("logs/log"));
        trial.files("make a log", append("logs/log.new"));
    }
    trial.files("cut a log", File::create(place.join("logs/old")));
    trial.both("remove a log", fs::remove_file(place.join("logs/old")));
}

fn talking(trial: &mut Trial, found: &Found) {
    let port = found.port;
    trial.both("connect out", TcpStream::connect(("127.0.0.1", port)));
    trial.both("listen elsewhere", TcpListener::bind("127.0.0.1:0"));
    trial.calls("a UDP socket", UdpSocket::bind("127.0.0.1:0"));
    trial.calls("a Unix socket", UnixStream::pair());
    let to = format!("127.0.0.1:{port}");
    trial.calls("send to an address", found.udp.send_to(b"x", to));
    // TTL is an option of IP.
    trial.calls("an option of IP", found.stream.set_ttl(64));
}

fn running(trial: &mut Trial, found: &Found) {
    let program = &found.program;
    let spawned = Command::new(program).arg("--nothing").status();
    trial.both("start a program", spawned);
    if !trial.is_bare {
        // Where it worked, nobody would be here to tell.
        let error = Command::new(program).arg("--nothing").exec();
        trial.privileged("become another program", Err::<(), _>(error));
        trial.privileged("a process of ours", fork());
    }
    let run = libc::PROT_READ | libc::PROT_EXEC;
    trial.calls("memory that is run", mapped(run));
    let page = c_long::try_from(found.page).unwrap();
    let changed = call(libc::SYS_mprotect, [page, 4_096, c_long::from(run)]);
    trial.calls("memory made to be run", changed);
}

/// Calls that an intruder would like, with arguments that are wrong: whoever answers EFAULT has begun.
fn calling(trial: &mut Trial, parent: u32) {
    let (parent, is_bare) = (c_long::from(parent), trial.is_bare);
    let mut try_one = |anybody, what: &str, number, arguments| {
        if !is_bare || anybody {
            trial.refused(By::Seccomp, anybody, what, call(number, arguments));
        }
    };
    // Signal 0 asks whether there is somebody.
    try_one(true, "signal our parent", libc::SYS_kill, [parent, 0, 0]);
    try_one(true, "ask who our parent is", libc::SYS_getppid, [0; 3]);
    try_one(
        true,
        "a handle of a process",
        libc::SYS_pidfd_open,
        [parent, 0, 0],
    );
    try_one(true, "a session of our own", libc::SYS_setsid, [0; 3]);
    try_one(false, "ptrace", libc::SYS_ptrace, [16, parent, 0]);
    try_one(
        false,
        "read another's memory",
        libc::SYS_process_vm_readv,
        [parent, 0, 0],
    );
    try_one(false, "io_uring", libc::SYS_io_uring_setup, [1, 0, 0]);
    try_one(false, "bpf", libc::SYS_bpf, [0; 3]);
    try_one(false, "keys", libc::SYS_keyctl, [0; 3]);
    try_one(false, "perf", libc::SYS_perf_event_open, [0; 3]);
    try_one(false, "userfaultfd", libc::SYS_userfaultfd, [0; 3]);
    try_one(false, "a file in memory", libc::SYS_memfd_create, [0; 3]);
    try_one(false, "name spaces", libc::SYS_unshare, [0x1000_0000, 0, 0]);
    try_one(false, "mount", libc::SYS_mount, [0; 3]);
    try_one(false, "chroot", libc::SYS_chroot, [0; 3]);
    try_one(false, "become root", libc::SYS_setresuid, [0; 3]);
    try_one(false, "take capabilities", libc::SYS_capset, [0; 3]);
    try_one(false, "another filter", libc::SYS_seccomp, [1, 0, 0]);
    try_one(
        false,
        "another personality",
        libc::SYS_personality,
        [0x40_0000, 0, 0],
    );
    try_one(false, "clone3", libc::SYS_clone3, [0; 3]);
    try_one(false, "a call of tomorrow", 4_000, [0; 3]);
}

fn call(number: c_long, [one, two, three]: [c_long; 3]) -> io::Result<c_long> {
    // SAFETY: numbers only; what the kernel takes for an address is null, or a page that nobody reads.
    answered(unsafe { libc::syscall(number, one, two, three, 0, 0, 0) })
}

fn fork() -> io::Result<c_long> {
    // SAFETY: should a child be made, it ends at once.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: it takes a number and does not return.
        unsafe { libc::_exit(0) };
    }
    answered(child.into())
}

/// A page of zeros that nobody looks at.
fn mapped(rights: libc::c_int) -> io::Result<usize> {
    let (flags, none) = (
        libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
        std::ptr::null_mut(),
    );
    // SAFETY: a new mapping takes nobody's place.
    let page = unsafe { libc::mmap(none, 4_096, rights, flags, -1, 0) };
    if page == libc::MAP_FAILED {
        Err(io::Error::last_os_error())
    } else {
        Ok(page.addr())
    }
}

fn answered(answer: c_long) -> io::Result<c_long> {
    if answer < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(answer)
    }
}
