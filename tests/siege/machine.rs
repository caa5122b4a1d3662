//! What the machine does to a server: it is stopped, its disk is full, nobody reads what it prints, and its
//! clock is put back.

use std::fs;
use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::house::{self, FILM_BYTES, House, Told, film, target};
use crate::kernel::{self, SIGCONT, SIGSTOP};
use crate::peers::{self, Crowd, get};
use crate::server::Pipes;
use crate::{client, posix};

/// Stopped for longer than any of its deadlines, with replies and heads under way, and continued.
pub(crate) fn stopped() -> Told {
    const STOPPED: Duration = Duration::from_secs(5);
    let house = House::with(&[], house::folder(), Pipes::Drained);
    let film = film();
    house.stands_but(STOPPED, 24 << 20, || {
        // They read on while it sleeps, and so are not stalled: more of them than one look at a poll brings.
        let mut reading = Crowd::come(house.address(), 400);
        let last = FILM_BYTES - 1_500_000;
        let range = format!("Range: bytes={last}-");
        let asked = get(&target("video/film.mp4"), &[&range, "Connection: close"]);
        let mut heads = Crowd::come(house.address(), 100);
        let mut late = None;
        const THREADS: usize = 4;
        let (has_begun, has_stopped) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
        let whole: usize = thread::scope(|scope| {
            let readers: Vec<_> = reading
                .0
                .chunks_mut(100)
                .map(|some| {
                    let (asked, wanted) = (&asked, &film[last..]);
                    let barriers = (&has_begun, &has_stopped);
                    scope.spawn(move || read_on(some, asked, wanted, barriers))
                })
                .collect();
            assert_eq!(readers.len(), THREADS);
            has_begun.wait();
            heads.say("GET / HTTP/1.1\r\nHost: a");
            posix::send_signal(house.pid(), SIGSTOP);
            has_stopped.wait();
            // Those who come meanwhile wait in the kernel, and are served afterwards.
            let mut came = Crowd::come(house.address(), 50);
            came.say(get(&target("video/a.mp4"), &["Connection: close"]));
            late = Some(came);
            thread::sleep(STOPPED);
            posix::send_signal(house.pid(), SIGCONT);
            readers
                .into_iter()
                .map(|reader| reader.join().unwrap())
                .sum()
        });
        assert_eq!(
            whole,
            reading.len(),
            "the time that the server sleeps is not its readers'"
        );
        let mut late = late.unwrap();
        let answered = late
            .0
            .iter_mut()
            .filter_map(|peer| peers::hear_out(peer).ends_with(b"0123456789").then_some(()));
        let answered = answered.count();
        assert_eq!(answered, late.len(), "who came meanwhile is served");
        format!(
            "stopped for {} s; {answered} served that came meanwhile, {whole} replies whole",
            STOPPED.as_secs()
        )
    })
}

/// Begins to read from each and, once the server is stopped, reads on from all until they end. Tells how
/// many have got all.
fn read_on(
    peers: &mut [TcpStream],
    asked: &str,
    wanted: &[u8],
    (has_begun, has_stopped): (&Barrier, &Barrier),
) -> usize {
    let begin = |peer: &mut TcpStream| {
        posix::set_receive_buffer(peer, 64 << 10);
        peers::try_say(peer, asked);
        let begun = peers::hear_some(peer, 100);
        peer.set_nonblocking(true).unwrap();
        begun
    };
    let mut came: Vec<Vec<u8>> = peers.iter_mut().map(begin).collect();
    has_begun.wait();
    has_stopped.wait();
    let mut open: Vec<usize> = (0..peers.len()).collect();
    let mut buffer = vec![0; 1 << 16];
    let until = Instant::now() + Duration::from_secs(40);
    while !open.is_empty() && Instant::now() < until {
        open.retain(|&at| match peers[at].read(&mut buffer) {
            Ok(count) => {
                came[at].extend_from_slice(&buffer[..count]);
                count > 0
            }
            Err(why) => why.kind() == ErrorKind::WouldBlock,
        });
        thread::sleep(Duration::from_millis(1));
    }
    came.iter().filter(|came| came.ends_with(wanted)).count()
}

/// The access log's disk is full, and then is not: lines are lost, and nothing else.
pub(crate) fn full_log_disk() -> Told {
    // Mounts of one's own belong to a thread, and to the server that it starts.
    thread::spawn(|| {
        if !kernel::leave_mounts() {
            return log_to_dev_full("no right to mounts of its own");
        }
        let folder = house::folder();
        let disk = folder.outside("disk");
        fs::create_dir(&disk).unwrap();
        if !kernel::mount_memory(&disk, 256 << 10) {
            return log_to_dev_full("no right to mount");
        }
        fs::write(disk.join("filler"), vec![1; 150_001]).unwrap();
        let log = disk.join("access.log");
        let house = House::with(
            &["--access-log", log.to_str().unwrap()],
            folder,
            Pipes::Drained,
        );
        let told = house.stands(|| {
            let asked = ask_thousands(&house);
            let full = fs::metadata(&log).unwrap().len();
            assert!(
                full < 128 << 10,
                "{full} bytes of log on a disk that is full"
            );
            fs::remove_file(disk.join("filler")).unwrap();
            ask_thousands(&house);
            house.wait_for("lines again", || fs::metadata(&log).unwrap().len() > full);
            format!("{asked} requests with {full} bytes of log, and it goes on where there is room")
        });
        let lost = house.server().stderr();
        assert!(
            lost.contains("access log"),
            "nothing was said of it: {lost}"
        );
        assert!(
            lost.len() < 64 << 10,
            "{} bytes were said of it",
            lost.len()
        );
        let text = fs::read_to_string(&log).unwrap();
        kernel::unmount(&disk);
        // One line may be cut where the disk was full; the next one stands on its own.
        let whole = |line: &&str| line.starts_with("127.0.0.") && line.contains(" end=");
        let is_merged = |line: &str| line.matches("127.0.0.").count() > 1;
        assert!(
            !text.lines().any(is_merged),
            "a line that goes on in another"
        );
        let odd: Vec<&str> = text.lines().filter(|line| !whole(line)).collect();
        assert!(
            odd.len() <= 2,
            "{} odd lines, such as {:?}",
            odd.len(),
            odd.first()
        );
        told
    })
    .join()
    .unwrap_or_else(|why| std::panic::resume_unwind(why))
}

/// An access log that takes nothing from the first line on: what can be seen without a disk of one's own.
fn log_to_dev_full(why: &str) -> Told {
    let flags = ["--access-log", "/dev/full"];
    let house = House::with(&flags, house::folder(), Pipes::Drained);
    let told =
        house.stands(|| format!("/dev/full alone, {why}; {} requests", ask_thousands(&house)));
    let said = house.server().stderr();
    assert!(
        said.len() < 64 << 10,
        "{} bytes were said of it",
        said.len()
    );
    told
}

fn ask_thousands(house: &House) -> usize {
    const CONNECTIONS: usize = 20;
    const EACH: usize = 150;
    let asked = get(&target("video/a.mp4"), &["User-Agent: siege"]).repeat(EACH);
    let mut crowd = Crowd::come(house.address(), CONNECTIONS);
    crowd.say(asked);
    for peer in &mut crowd.0 {
        drop(peer.shutdown(std::net::Shutdown::Write));
        let replies = peers::hear_out(peer);
        assert!(
            replies.ends_with(b"0123456789"),
            "{}",
            replies.escape_ascii()
        );
    }
    CONNECTIONS * EACH
}

/// Started with standard output and standard error closed, and everything to be said.
pub(crate) fn closed_outputs() -> Told {
    let folder = house::folder();
    let mut command = House::behind_shell("", "-vvv --access-log - 0<&- 1>&- 2>&-", &folder);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let house = House::mute(command, folder);
    house.stands(|| format!("{} requests, nobody to tell", ask_thousands(&house)))
}

/// The readers of both pipes go as soon as the address is known.
pub(crate) fn outputs_without_a_reader() -> Told {
    let house = House::with(
        &["-vvv", "--access-log", "-"],
        house::folder(),
        Pipes::Closed,
    );
    house.stands(|| {
        format!(
            "{} requests, whose lines nobody reads",
            ask_thousands(&house)
        )
    })
}

/// What stands between the server and the kernel's clock: the wall clock is as far off as a file says.
const CLOCK: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static volatile long long *off;
__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("SIEGE_CLOCK"), O_RDONLY);
    off = mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
    close(file);
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME && off) now->tv_sec += *off;
    return result;
}
"#;

/// The wall clock is put back and forward by hours, years, and to before 1970: dates follow it, and nothing
/// else does.
pub(crate) fn wall_clock() -> Told {
    const YEAR: i64 = 365 * 86_400;
    let folder = house::folder();
    let (source, library) = (folder.outside("clock.c"), folder.outside("clock.so"));
    let offset = folder.outside("offset");
    fs::write(&source, CLOCK).unwrap();
    fs::write(&offset, 0_i64.to_ne_bytes()).unwrap();
    let mut compiler = Command::new("cc");
    compiler
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source]);
    if !compiler.status().is_ok_and(|status| status.success()) {
        return Told::NotRun("no C compiler".into());
    }
    let mut command = Command::new(house::program());
    house::arm(&mut command, &folder);
    command
        .env("LD_PRELOAD", &library)
        .env("SIEGE_CLOCK", &offset);
    let house = House::spawn(command, folder, Pipes::Drained, 20);
    let put = |secs: i64| {
        let file = fs::File::options().write(true).open(&offset).unwrap();
        // In place: the server has it mapped.
        file.write_all_at(&secs.to_ne_bytes(), 0).unwrap();
        thread::sleep(Duration::from_millis(500));
    };
    put(-10 * YEAR);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    if asked_at(&house).abs_diff(now) < 86_400 {
        return Told::NotRun("this binary asks the kernel itself".into());
    }
    put(0);
    house.stands(|| {
        let mut idle = Crowd::come(house.address(), 50);
        idle.say(get(&target("video/a.mp4"), &[]));
        idle.hear_something();
        let jumps = [-3_600, 3_600, -YEAR, -100 * YEAR, 200 * YEAR, 0];
        for jump in jumps {
            put(jump);
            let told = asked_at(&house);
            let wanted = now.checked_add_signed(jump).unwrap_or(0);
            assert!(told.abs_diff(wanted) < 60, "{jump}: {told} is not {wanted}");
            // A list is made anew, a page is answered, and a player gets its segments.
            for name in [
                "library.json",
                "",
                "hls/video.mp4/master.m3u8",
                "_/stats",
                "_/metrics",
            ] {
                let mut peer = peers::connect(house.address());
                peers::try_say(&mut peer, get(&target(name), &["Connection: close"]));
                assert_eq!(
                    peers::status(&peers::hear_out(&mut peer)),
                    Some(200),
                    "{name}"
                );
            }
        }
        // Waits are not by this clock: who idled is still there.
        idle.say(get(&target("video/a.mp4"), &[]));
        let answers = idle.0.iter_mut().map(|peer| peers::hear_some(peer, 12));
        let there = answers
            .filter(|answer| peers::status(answer) == Some(200))
            .count();
        assert_eq!(there, idle.len(), "idle connections were closed");
        format!("{} jumps", jumps.len())
    })
}

/// What time a reply says it is.
fn asked_at(house: &House) -> u64 {
    let mut peer = peers::connect(house.address());
    peers::try_say(
        &mut peer,
        get(&target("video/a.mp4"), &["Connection: close"]),
    );
    let reply = String::from_utf8_lossy(&peers::hear_out(&mut peer)).into_owned();
    let date = reply.lines().find_map(|line| line.strip_prefix("Date: "));
    client::unix_secs(date.expect("a date"))
}
