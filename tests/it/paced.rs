//! How fast films may leave: `--rate`, `--rate-burst`, `--total-rate`, read in real time.
//!
//! Owns the promise that nobody gets more than the owner lets them, that all get alike, and that whatever is no film
//! never waits. The bounds are generous: the machine may be busy, but what is too much is too much.

use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Wire, request};
use crate::server::{Server, bare, run};

const MB: u64 = 1 << 20;

/// A film that nobody gets to the end of, of holes.
fn films(args: &[&str]) -> Server {
    Server::start(args, |folder| {
        folder.write("small.mp4", "0123456789");
        for name in ["a.mp4", "b.mp4"] {
            let film = std::fs::File::create(folder.videos().join(name)).unwrap();
            film.set_len(400 * MB).unwrap();
        }
    })
}

/// Asks for a film, and reads for so long: how many bytes came.
fn watch(mut wire: Wire, secs: f64, fields: &[&str]) -> u64 {
    wire.send(request("GET", "/video/a.mp4", fields));
    let end = Instant::now() + Duration::from_secs_f64(secs);
    wire.head();
    let mut stream = wire.into_stream();
    let mut bytes = vec![0; 1 << 20];
    let mut count = 0;
    while Instant::now() < end {
        let len = std::io::Read::read(&mut stream, &mut bytes).unwrap();
        assert!(len > 0, "it ended");
        count += len as u64;
    }
    count
}

/// What a socket may hold besides, and one that is woken late may have had.
const HELD: u64 = MB / 2;

/// One stream: the burst, then the rate, by the kernel (1M) and by our own timer (100K); and no processor time to
/// speak of.
#[test]
fn one_stream() {
    for (rate, burst) in [(MB, 2 * MB), (100 << 10, MB)] {
        let server = films(&[
            "--rate",
            &rate.to_string(),
            "--rate-burst",
            &burst.to_string(),
        ]);
        let before = server.cpu_ticks();
        let (began, secs) = (Instant::now(), 2.5);
        let count = watch(server.wire(), secs, &[]);
        let took = u64::try_from(began.elapsed().as_millis()).unwrap();
        let most = burst + rate * took / 1_000 + HELD;
        let least = burst + rate * 2_500 / 1_000 * 7 / 10;
        assert!(
            (least..=most).contains(&count),
            "{rate}: {count} of {least} to {most}"
        );
        // A loop that turns while it waits takes a hundred of them a second.
        let ticks = server.cpu_ticks() - before;
        assert!(ticks < 80, "{rate}: {ticks}");
    }
}

/// Four that share share alike, and together have what there is; beside them a page, a list and small files leave.
#[test]
fn all_together() {
    let total = 8 * MB;
    let server = films(&["--total-rate", "8M", "--workers", "2"]);
    let began = Instant::now();
    let watchers: Vec<_> = (0..4)
        .map(|_| {
            let wire = server.wire();
            thread::spawn(move || watch(wire, 3.0, &[]))
        })
        .collect();
    // None of these would come through behind the films, which would take minutes.
    for target in ["/", "/library.json", "/_/stats", "/video/small.mp4"] {
        assert_eq!(server.get(target, &[]).status, 200, "{target}");
    }
    let metrics = server.get("/_/metrics", &[]);
    assert!(
        metrics
            .text()
            .contains("reeld_connections{phase=\"paced\"}")
    );
    let counts: Vec<u64> = watchers.into_iter().map(|it| it.join().unwrap()).collect();
    let took = u64::try_from(began.elapsed().as_millis()).unwrap();
    let sum: u64 = counts.iter().sum();
    assert!(
        sum <= total * took / 1_000 + total / 2 + 4 * HELD,
        "{counts:?} in {took} ms"
    );
    assert!(sum >= total * 3 * 7 / 10, "{counts:?} in {took} ms");
    for count in &counts {
        let fair = sum / 4;
        assert!(count.abs_diff(fair) <= fair * 3 / 10, "{counts:?}");
    }
}

/// A range on a kept connection gets no burst of its own, and neither does one of another file in turn: what was
/// asked first counts.
#[test]
fn ranges_on_one_connection() {
    let server = films(&["--rate", "200K", "--rate-burst", "400K"]);
    let mut wire = server.wire();
    let began = Instant::now();
    let mut count = 0;
    for number in 0..10 {
        let target = if number % 2 == 0 {
            "/video/a.mp4"
        } else {
            "/video/b.mp4"
        };
        wire.send(request("GET", target, &["Range: bytes=1000-150999"]));
        count += wire.reply().body.len();
    }
    assert_eq!(count, 1_500_000);
    // Two bursts of 400K, one for each file, and the rest at 200K a second each: never in less time than this.
    let rest = f64::from(1_500_000 - 2 * 409_600) / 2.0 / 204_800.0;
    assert!(
        began.elapsed().as_secs_f64() > rest * 0.8,
        "{:?}",
        began.elapsed()
    );
    // What is no file goes on behind them.
    wire.send(request("GET", "/library.json", &[]));
    assert_eq!(wire.reply().status, 200);
}

/// Who is held back is not taken for one that does not read; a stop ends at once what has nothing to send.
#[test]
fn held_longer_than_a_stall() {
    let server = films(&[
        "--rate",
        "4K",
        "--rate-burst",
        "1",
        "--limit",
        "stall_secs_max=1",
        "--grace",
        "1",
    ]);
    let mut wire = server.wire();
    wire.send(request("GET", "/video/a.mp4", &["Range: bytes=0-79999"]));
    assert_eq!(wire.head().status, 206);
    // 64 KiB at once, and then 14 464 more: three seconds and a half without a byte.
    assert_eq!(wire.take(80_000).len(), 80_000);
    wire.send(request("GET", "/video/b.mp4", &[]));
    wire.head();
    let outcome = server.stop(15);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

/// Who goes away while it waits leaves nothing behind, and what it was held by goes on.
#[test]
fn resets_while_held() {
    let server = films(&["--total-rate", "2M", "--rate", "100K", "--rate-burst", "1"]);
    let baseline = server.descriptors();
    for _ in 0..20 {
        let mut wire = server.wire();
        wire.send(request("GET", "/video/a.mp4", &[]));
        wire.head();
        wire.reset();
    }
    server.assert_descriptors_return_to(baseline);
    assert!(watch(server.wire(), 1.0, &[]) > 60_000);
}

/// What is no rate.
#[test]
fn as_options() {
    for (args, why) in [
        (
            &["--rate", "1000"][..],
            "--rate: less than 1K a second is no stream",
        ),
        (
            &["--rate", "fast"],
            "--rate: 'fast' is not a size, e.g. 512K or 1M",
        ),
        (
            &["--total-rate", "0"],
            "--total-rate: less than 1K a second is no stream",
        ),
        (
            &["--rate-burst", "1M"],
            "--rate-burst: there is no --rate after it",
        ),
    ] {
        let mut command = bare();
        command.args(args);
        let outcome = run(command);
        crate::cli::assert_fails(&outcome, 2, why);
        assert!(outcome.stderr.contains(why), "{outcome:?}");
    }
}
