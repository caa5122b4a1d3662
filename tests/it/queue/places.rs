//! What takes a place, and what does not.

use super::{ask, by, of, start, told, wait, watch};
use crate::client::{eventually, request};

/// One place, no queue, and places that come free late: who is let in is let in without waiting.
const ONE: [&str; 4] = ["--max-streams", "1", "--queue", "0"];

#[test]
fn everything_of_one_file_is_one_stream() {
    let server = start(&ONE);
    let mut wire = server.wire();
    // Safari's probe, then more on the same connection and beside it.
    for range in ["Range: bytes=0-1", "Range: bytes=0-", "Range: bytes=5-"] {
        wire.send(of(1, "/video/video.mp4", &[range]));
        assert_eq!(wire.reply().status, 206);
    }
    for target in [
        "/video/video.mp4",
        "/video/video.mp4?as=faststart",
        "/hls/video.mp4/master.m3u8",
        "/hls/video.mp4/m-init.mp4",
        "/hls/video.mp4/m-0.m4s",
        "/dash/video.mp4/m-1.m4s",
    ] {
        assert_eq!(ask(&server, 1, target, &[]).status, 200, "{target}");
    }
    assert_eq!(
        (told(&server, "viewers"), told(&server, "admitted")),
        (1, 1)
    );
    let reply = ask(&server, 2, "/video/video.mp4", &[]);
    assert_eq!(
        (reply.status, reply.text()),
        (503, "503 Service Unavailable: queue-full\n")
    );
    assert_eq!(reply.must("Retry-After"), "10");
    assert_eq!(reply.must("Cache-Control"), "no-store");
    assert_eq!(reply.field("Queue-Place"), None);
    assert_eq!(ask(&server, 2, "/hls/video.mp4/m-0.m4s", &[]).status, 503);
}

#[test]
fn what_carries_nothing_of_a_film_takes_no_place() {
    let server = start(&ONE);
    let etag = ask(&server, 1, "/video/a.mp4", &[]).must("ETag").to_owned();
    let same = format!("If-None-Match: {etag}");
    let other = "If-Match: \"other\"";
    for (target, fields, status) in [
        ("/video/b.mp4", &["Range: bytes=99-"][..], 416),
        ("/video/a.mp4", &[&same], 304),
        ("/video/b.mp4", &[other], 412),
        ("/video/none.mp4", &[], 404),
        ("/video/a.vtt", &[], 200),
        ("/video/a.jpg", &[], 200),
        ("/hls/video.mp4/master.m3u8", &[], 200),
        ("/hls/video.mp4/i-init.mp4", &[], 200),
        ("/hls/video.mp4/i-0.m4s", &[], 200),
        ("/hls/video.mp4/m-99.m4s", &[], 404),
        ("/", &["Accept: text/html"], 200),
        ("/library.json", &[], 200),
        ("/_/health", &[], 200),
        ("/_/metrics", &[], 200),
        ("/_/stats", &[], 200),
    ] {
        let reply = ask(&server, 2, target, fields);
        assert_eq!(reply.status, status, "{target} {fields:?}");
    }
    let mut wire = server.wire();
    wire.send(request("HEAD", "/video/b.mp4", &[&by(2)]));
    assert_eq!(wire.head().status, 200);
    assert_eq!(told(&server, "admitted"), 1);
    // One after the other on a connection: what was asked before changes nothing.
    wire.send(of(2, "/hls/video.mp4/i-0.m4s", &[]));
    assert_eq!(wire.reply().status, 200);
    wire.send(of(2, "/video/b.mp4", &[]));
    assert_eq!(wire.reply().status, 503);
}

#[test]
fn episodes_back_to_back_are_one_viewer() {
    let server = start(&ONE);
    for target in [
        "/video/a.mp4",
        "/video/b.mp4",
        "/video/video.mp4",
        "/video/a.mp4",
    ] {
        assert_eq!(ask(&server, 1, target, &[]).status, 200, "{target}");
    }
    assert_eq!(told(&server, "viewers_most"), 1);
}

/// Who goes over to another film while the last reply is still on its way, and is passed by nobody.
#[test]
fn who_changes_over_gets_his_own_place() {
    let server = start(&["--max-streams", "1", "--limit", "stream_rest_secs_max=600"]);
    let watching = watch(&server, 1);
    let _waits = wait(&server, 2, "/video/a.mp4");
    let mut next = wait(&server, 1, "/video/b.mp4");
    watching.reset();
    assert_eq!(next.reply().status, 200);
    assert_eq!(told(&server, "queue"), 1);
}

#[test]
fn a_place_is_free_some_seconds_after_the_last_byte() {
    let server = start(&[
        "--max-streams",
        "1",
        "--queue",
        "0",
        "--limit",
        "stream_rest_secs_max=1",
    ]);
    assert_eq!(ask(&server, 1, "/video/a.mp4", &[]).status, 200);
    assert_eq!(ask(&server, 2, "/video/a.mp4", &[]).status, 503);
    eventually("it has rested", || {
        ask(&server, 2, "/video/a.mp4", &[]).status == 200
    });
}

/// A page that draws pictures of films takes what is free, and nothing else.
#[test]
fn who_looks_in_does_not_wait() {
    let server = start(&["--max-streams", "1"]);
    assert_eq!(ask(&server, 1, "/video/a.mp4?peek=1", &[]).status, 200);
    let reply = ask(&server, 1, "/video/b.mp4?peek=1", &[]);
    assert_eq!((reply.status, told(&server, "queue")), (503, 0));
    assert_eq!(
        ask(&server, 1, "/video/b.mp4", &[]).status,
        200,
        "to watch, it gives way"
    );
}

/// Without the option nothing is counted and nothing told.
#[test]
fn off() {
    let server = start(&["--queue", "1", "--queue-wait", "0"]);
    for client in 1..20 {
        assert_eq!(ask(&server, client, "/video/a.mp4", &[]).status, 200);
    }
    assert!(!server.get("/_/stats", &[]).text().contains("admission"));
    assert!(!server.get("/_/metrics", &[]).text().contains("viewers"));
}
