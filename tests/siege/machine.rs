//! What the machine does to a server: it is stopped, its disk is full, and nobody reads what it prints.

use std::fs;
use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::house::{self, FILM_BYTES, House, Told, film, target};
use crate::kernel::{self, SIGCONT, SIGSTOP};
use crate::peers::{self, Crowd, get};
use crate::posix;
use crate::server::Pipes;

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
            return Told::NotRun("no right to mounts of its own".into());
        }
        let folder = house::folder();
        let disk = folder.outside("disk");
        fs::create_dir(&disk).unwrap();
        if !kernel::mount_memory(&disk, 256 << 10) {
            return Told::NotRun("no right to mount".into());
        }
        fs::write(disk.join("filler"), vec![1; 160 << 10]).unwrap();
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
        let torn = text
            .lines()
            .filter(|line| !line.starts_with("127.0.0."))
            .count();
        match told {
            Told::Done(figures) => Told::Done(format!("{figures}; {torn} lines torn")),
            not_run @ Told::NotRun(_) => not_run,
        }
    })
    .join()
    .unwrap_or_else(|why| std::panic::resume_unwind(why))
}

/// An access log that takes nothing from the first line on.
pub(crate) fn log_to_dev_full() -> Told {
    let house = House::with(
        &["--access-log", "/dev/full"],
        house::folder(),
        Pipes::Drained,
    );
    let told = house.stands(|| format!("{} requests", ask_thousands(&house)));
    let lost = house.server().stderr();
    assert!(
        lost.len() < 64 << 10,
        "{} bytes were said of it",
        lost.len()
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
