//! Who waits: in order, for a bounded time, on his connection or on a page that asks again.

use std::time::Duration;

use super::{ask, by, of, start, told, wait, watch};
use crate::client::{eventually, request};
use crate::posix;

const BROWSER: &str = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";
const AT_ONCE: &str = "Prefer: wait=0";

#[test]
fn they_are_served_in_order() {
    let server = start(&["--max-streams", "1", "--limit", "stream_rest_secs_max=1"]);
    let watching = watch(&server, 1);
    let mut waiting: Vec<_> = (2..6)
        .map(|client| wait(&server, client, "/video/a.mp4"))
        .collect();
    assert_eq!(told(&server, "queue"), 4);
    let phases = server.get("/_/stats", &[]).text().to_owned();
    assert!(phases.contains("\"queued\":4"), "{phases}");
    watching.reset();
    for (at, wire) in waiting.iter_mut().enumerate() {
        let reply = wire.reply();
        assert_eq!((reply.status, &reply.body[..]), (200, &b"0123456789"[..]));
        assert!(told(&server, "queue") >= 3 - at as u64, "nobody was passed");
        // They rest, and the next one comes.
    }
    assert_eq!(
        (told(&server, "viewers_most"), told(&server, "queued")),
        (1, 4)
    );
}

/// A connection that waits is kept when it is told that it was too long, and can ask again.
#[test]
fn for_a_bounded_time() {
    let server = start(&["--max-streams", "1", "--queue-wait", "1"]);
    let _watching = watch(&server, 1);
    let mut wire = wait(&server, 2, "/video/a.mp4");
    let reply = wire.reply();
    assert_eq!(
        (reply.status, reply.text()),
        (503, "503 Service Unavailable: queue-timeout\n")
    );
    assert_eq!(
        (reply.must("Queue-Place"), reply.must("Retry-After")),
        ("1", "3")
    );
    // Its place was kept.
    let behind = ask(&server, 3, "/video/a.mp4", &[AT_ONCE]);
    assert_eq!(behind.must("Queue-Place"), "2");
    wire.send(of(2, "/video/a.mp4", &[AT_ONCE]));
    let reply = wire.reply();
    assert_eq!(
        (reply.text(), reply.must("Queue-Place")),
        ("503 Service Unavailable: queued\n", "1")
    );
    wire.send(request("GET", "/_/health", &[]));
    assert_eq!(wire.reply().status, 200);
    let metrics = server.get("/_/metrics", &[]).text().to_owned();
    for line in ["{reason=\"queue-timeout\"} 1\n", "{reason=\"queued\"} 2\n"] {
        assert!(metrics.contains(line), "{line} {metrics}");
    }
}

#[test]
fn a_browser_gets_a_page_that_goes_on() {
    let server = start(&[
        "--max-streams",
        "1",
        "--queue",
        "2",
        "--limit",
        "stream_rest_secs_max=2",
    ]);
    let watching = watch(&server, 1);
    let go = |client: u8| ask(&server, client, "/video/a.mp4", &[BROWSER]);
    for (client, number) in [(2, "1"), (3, "2"), (2, "1")] {
        let page = go(client);
        assert_eq!(page.status, 503);
        assert_eq!(page.must("Content-Type"), "text/html; charset=utf-8");
        assert_eq!(
            (page.must("Queue-Place"), page.must("Retry-After")),
            (number, "3")
        );
        assert_eq!(page.must("Cache-Control"), "no-store");
        assert!(
            page.must("Content-Security-Policy")
                .contains("default-src 'none'")
        );
        let words = format!("You are number <b>{number}</b> in the queue.");
        assert!(page.text().contains(&words), "{}", page.text());
        assert!(
            page.text()
                .contains("<meta http-equiv=\"refresh\" content=\"3\">")
        );
    }
    let page = go(4);
    assert_eq!(
        (
            page.status,
            page.field("Queue-Place"),
            page.must("Retry-After")
        ),
        (503, None, "10")
    );
    assert!(
        page.text().contains("The queue is full as well."),
        "{}",
        page.text()
    );
    drop(watching);
    // It is kept for the first one, though nobody is there at that moment.
    eventually("its turn", || told(&server, "queue") == 1);
    assert_eq!(go(3).must("Queue-Place"), "1");
    assert_eq!(go(2).status, 200);
}

#[test]
fn who_goes_away_leaves_the_queue() {
    let server = start(&["--max-streams", "1", "--limit", "queue_away_secs_max=1"]);
    let _watching = watch(&server, 1);
    wait(&server, 2, "/video/a.mp4").reset();
    eventually("a reset", || told(&server, "queue") == 0);
    // Nor does anybody who ends only his side.
    let mut half = wait(&server, 3, "/video/a.mp4");
    half.finish_sending();
    let reply = half.reply();
    assert_eq!(
        (reply.status, reply.text()),
        (503, "503 Service Unavailable: queue-left\n")
    );
    half.end();
    eventually("an end", || told(&server, "queue") == 0);
    drop(wait(&server, 4, "/video/a.mp4"));
    eventually("a close", || told(&server, "queue") == 0);
    // One who was told to come back, and does not.
    assert_eq!(
        ask(&server, 5, "/video/a.mp4", &[AT_ONCE]).must("Queue-Place"),
        "1"
    );
    eventually("forgotten", || told(&server, "queue") == 0);
}

/// A player that opens a second connection while the first waits has one place.
#[test]
fn two_connections_wait_for_one_place() {
    let server = start(&[
        "--max-streams",
        "1",
        "--queue",
        "1",
        "--limit",
        "stream_rest_secs_max=1",
    ]);
    let watching = watch(&server, 1);
    let mut one = wait(&server, 2, "/video/a.mp4");
    let mut two = server.wire();
    two.send(of(2, "/video/a.mp4", &["Range: bytes=0-1"]));
    eventually("both", || {
        server.get("/_/stats", &[]).text().contains("\"queued\":2,")
    });
    assert_eq!(told(&server, "queue"), 1);
    watching.reset();
    assert_eq!((one.reply().status, two.reply().status), (200, 206));
}

/// What is pipelined behind one that waits is answered after it, in order.
#[test]
fn pipelined() {
    let server = start(&["--max-streams", "1", "--queue-wait", "1"]);
    let watching = watch(&server, 1);
    let mut wire = server.wire();
    let head = request("HEAD", "/video/a.mp4", &[&by(2)]);
    let health = of(2, "/_/health", &[]);
    wire.send(
        [&head, &of(2, "/video/a.mp4", &[]), &health, &head]
            .map(String::as_str)
            .concat(),
    );
    assert_eq!(wire.head().status, 200);
    assert_eq!(wire.reply().status, 503);
    assert_eq!(wire.reply().text(), "ok\n");
    assert_eq!(wire.head().status, 200);
    watching.reset();
}

#[test]
fn one_client_does_not_fill_the_queue() {
    let server = start(&["--max-streams", "1", "--limit", "queue_share_max=2"]);
    let _watching = watch(&server, 1);
    for (target, place) in [
        ("a", Some("1")),
        ("b", Some("2")),
        ("c", None),
        ("b", Some("2")),
    ] {
        let reply = ask(&server, 2, &format!("/video/{target}.mp4"), &[AT_ONCE]);
        assert_eq!(reply.field("Queue-Place"), place, "{target}");
        assert_eq!(reply.text().contains("queue-share"), place.is_none());
    }
    assert_eq!(
        ask(&server, 3, "/video/c.mp4", &[AT_ONCE]).must("Queue-Place"),
        "3"
    );
}

#[test]
fn a_file_that_goes_while_it_is_waited_for() {
    let server = start(&["--max-streams", "1", "--limit", "stream_rest_secs_max=1"]);
    let watching = watch(&server, 1);
    let mut wire = wait(&server, 2, "/video/a.mp4");
    std::fs::remove_file(server.folder().path("a.mp4")).unwrap();
    std::thread::sleep(Duration::from_millis(1_200));
    watching.reset();
    assert_eq!(wire.reply().status, 404);
}

/// Those who watch go on while many wait, and so does everything that is no film.
#[test]
fn a_stop_tells_who_waits() {
    let server = start(&["--max-streams", "1"]);
    let _watching = watch(&server, 1);
    let waiting: Vec<_> = (2..5)
        .map(|client| wait(&server, client, "/video/a.mp4"))
        .collect();
    server.signal(posix::SIGTERM);
    for mut wire in waiting {
        let reply = wire.reply();
        assert_eq!(
            (reply.status, reply.text()),
            (503, "503 Service Unavailable: stopping\n")
        );
        assert!(reply.closes());
        wire.end();
    }
}
