//! What sockets cost: those that say nothing, read nothing, or say too much.

use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use tungstenite::Message;

use crate::client::{Wire, eventually, request};
use crate::json::Json;
use crate::posix::SIGTERM;
use crate::server::Server;
use crate::socket::{Page, become_socket, frame, take_frame, upgraded};

fn live(server: &Server) -> u64 {
    let stats = Json::parse(server.get("/_/stats", &[]).text());
    stats.at("phases").at("live").number()
}

fn closes(server: &Server, reason: &str) -> u64 {
    let stats = Json::parse(server.get("/_/stats", &[]).text());
    stats.at("closes").get(reason).map_or(0, Json::number)
}

/// A thousand pages that are open and say nothing.
#[test]
fn idle_sockets_cost_little() {
    let server = Server::with_digits(&["--workers", "2"]);
    // What a first socket needs once is there.
    for _ in 0..20 {
        Page::open(&server, "first").close();
    }
    eventually("nobody there", || live(&server) == 0);
    let before = server.anonymous_bytes();
    let pages: Vec<Wire> = (0..1000)
        .map(|n| upgraded(&server, &format!("0b4d1f6e-7a51-4f0c-9f0e-{n:012}")))
        .collect();
    eventually("all of them there", || live(&server) == 1000);
    let cost = server.anonymous_bytes().saturating_sub(before);
    assert!(cost < 4 << 20, "{cost} bytes for {} sockets", pages.len());
    drop(pages);
    eventually("nobody there", || live(&server) == 0);
}

/// Watching without reading: what is not taken is not made again, and after `stall_secs_max` the
/// socket is closed. Others see and are served as ever.
#[test]
fn who_watches_and_never_reads() {
    let server = Server::with_digits(&["--workers", "1", "--limit", "stall_secs_max=2"]);
    // Connections to be shown, so that there is much to say.
    let target = format!("/video/a.mp4?{}", "x".repeat(220));
    let mut shown: Vec<Wire> = (0..150).map(|_| server.wire()).collect();
    for wire in &mut shown {
        wire.send(request("GET", &target, &[]));
        wire.reply();
    }
    let mut page = Page::open(&server, "me");
    page.watch();
    page.fresh_view();
    let before = server.anonymous_bytes();
    let deaf: Vec<Wire> = (0..20)
        .map(|_| {
            let wire = server.wire();
            wire.set_receive_buffer(4096);
            let mut wire = become_socket(wire, "deaf");
            wire.send(frame(0x81, "watch inspect"));
            wire
        })
        .collect();
    assert_eq!(live(&server), 21);
    let (mut most, mut last) = (0, Instant::now());
    let deadline = Instant::now() + Duration::from_secs(20);
    while closes(&server, "stalled") < 20 {
        assert!(
            Instant::now() < deadline,
            "{} stalled",
            closes(&server, "stalled")
        );
        page.told();
        assert!(last.elapsed() < Duration::from_secs(5), "who reads waits");
        last = Instant::now();
        assert_eq!(server.get("/video/a.mp4", &[]).text(), "0123456789");
        most = most.max(server.anonymous_bytes());
    }
    // Each of them holds one message at the most, 60 KB here.
    let cost = most.saturating_sub(before);
    assert!(cost < 8 << 20, "{cost} bytes");
    assert_eq!(live(&server), 1);
    drop(deaf);
}

/// Pings, and no reading: the server stops reading too, and holds nothing.
#[test]
fn a_flood_of_pings() {
    let server = Server::with_digits(&["--workers", "1"]);
    let mut wire = Wire::open_narrow(server.address());
    wire = become_socket(wire, "flood");
    let before = server.anonymous_bytes();
    let mut stream = wire.into_stream();
    stream
        .set_write_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let burst = frame(0x89, [b'p'; 125]).repeat(1000);
    let mut sent = 0;
    let stopped = loop {
        match stream.write(&burst) {
            Ok(count) => sent += count,
            Err(error) => break error.kind(),
        }
        assert!(sent < 256 << 20, "there is no end to what it reads");
    };
    assert!(
        matches!(stopped, ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "{stopped}"
    );
    let cost = server.anonymous_bytes().saturating_sub(before);
    assert!(cost < 1 << 20, "{cost} bytes after {sent} bytes of pings");
    assert_eq!(server.get("/video/a.mp4", &[]).text(), "0123456789");
    // It reads at last, and is answered.
    let mut pong = [0; 127];
    stream.read_exact(&mut pong).unwrap();
    assert!(pong.starts_with(b"\x8A\x7Dpp"), "{}", pong.escape_ascii());
}

/// Pings from somebody who does read are all answered, a thousand in one go.
#[test]
fn many_pings_are_answered() {
    let server = Server::with_digits(&["--workers", "1"]);
    let mut wire = upgraded(&server, "a");
    let mut sending = wire.sender();
    let sender = thread::spawn(move || {
        for n in 0..1000u16 {
            sending.send(frame(0x89, n.to_be_bytes()));
        }
    });
    for n in 0..1000u16 {
        assert_eq!(take_frame(&mut wire), (0x8A, n.to_be_bytes().to_vec()));
    }
    sender.join().unwrap();
}

/// Who says nothing is asked whether it is there, and dropped when it is not.
#[test]
fn silent_peers() {
    let server = Server::with_digits(&["--workers", "1", "--limit", "live_quiet_secs_max=1"]);
    let mut silent = upgraded(&server, "silent");
    let mut page = Page::open(&server, "answers");
    let began = Instant::now();
    let answers = thread::spawn(move || {
        // Reading is answering: three pings, and it is still there.
        for _ in 0..3 {
            assert!(matches!(page.next(), Message::Ping(_)));
        }
        page.close();
    });
    assert_eq!(take_frame(&mut silent), (0x89, Vec::new()));
    assert!(began.elapsed() >= Duration::from_millis(900));
    silent.end();
    assert!(began.elapsed() >= Duration::from_millis(1900));
    answers.join().unwrap();
    assert_eq!(closes(&server, "idle"), 1);
}

/// Who watches is told enough; nobody asks it for a sign of life as long as it takes what it is told.
#[test]
fn who_watches_is_not_silent() {
    let server = Server::with_digits(&["--limit", "live_quiet_secs_max=1"]);
    let mut page = Page::open(&server, "me");
    page.watch();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(3) {
        page.told();
    }
    page.close();
}

/// More than a fair number of watchers are refused, and told so; one leaves, and there is room.
#[test]
fn many_watchers() {
    let server = Server::with_digits(&[]);
    let mut pages: Vec<Page> = (0..64)
        .map(|_| {
            let mut page = Page::open(&server, "me");
            page.watch();
            page
        })
        .collect();
    let mut late = Page::open(&server, "late");
    late.say("watch inspect");
    let answer = late.told();
    assert_eq!(answer.at("type").text(), "refused");
    assert_eq!(answer.at("why").text(), "too many are watching");
    // Who watches already may say so again.
    pages[0].say("watch inspect");
    let mut count = 0;
    pages[0].view("nothing but views", |_| {
        count += 1;
        count == 4
    });
    drop(pages.pop());
    eventually("room", || {
        late.say("watch inspect");
        late.told().at("type").text() == "inspect"
    });
}

/// A stop is announced, and holds nobody up.
#[test]
fn a_stop_says_goodbye() {
    let server = Server::with_digits(&[]);
    let (idle, mut watching) = (Page::open(&server, "a"), Page::open(&server, "b"));
    watching.watch();
    let silent = upgraded(&server, "silent");
    let began = Instant::now();
    let stopping = thread::spawn(move || server.stop(SIGTERM).code);
    for page in [idle, watching] {
        assert_eq!(page.closed(), (1001, "the server stops".to_owned()));
    }
    assert!(
        silent
            .rest()
            .starts_with(b"\x88\x12\x03\xE9the server stops")
    );
    assert_eq!(stopping.join().unwrap(), Some(0));
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
}

/// A browser that is killed, and hundreds of them: sockets cost descriptors only while they are open.
#[test]
fn resets() {
    let server = Server::with_digits(&["--workers", "1"]);
    server.get("/video/a.mp4", &[]);
    let baseline = server.settled_descriptors();
    for _ in 0..10 {
        let wires: Vec<Wire> = (0..30)
            .map(|_| {
                let mut wire = upgraded(&server, "a");
                wire.send(frame(0x81, "watch inspect"));
                wire
            })
            .collect();
        wires.into_iter().for_each(Wire::reset);
    }
    server.assert_descriptors_return_to(baseline);
    eventually("nobody there", || live(&server) == 0);
}
