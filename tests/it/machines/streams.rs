//! The log's one line for what a connection has watched of a file, with `-v`.

use crate::bytes::clip;
use crate::client::{eventually, request};
use crate::server::Server;

const LARGE: usize = 24_000_000;

fn start(args: &[&str]) -> Server {
    Server::start(args, |folder| {
        folder.write("a.mp4", "0123456789");
        folder.write("odd \u{e9}.mp4", "abc");
        folder.write("large.mp4", clip(51, LARGE));
    })
}

/// A line, from the word on.
#[derive(Debug, PartialEq)]
struct Stream {
    peer: String,
    name: String,
    bytes: u64,
    end: String,
}

/// `stream ADDR NAME bytes=… secs=… mbs=… end=…`
fn streams(server: &Server) -> Vec<Stream> {
    let log = server.stderr();
    let complete = log.rfind('\n').map_or(0, |end| end + 1);
    let lines = log[..complete].lines();
    let lines = lines.filter_map(|line| line.split_once(" stream ").map(|(_, rest)| rest));
    lines.map(parse).collect()
}

#[track_caller]
fn parse(line: &str) -> Stream {
    let mut words = line.rsplitn(5, ' ');
    let mut value = |name: &str| {
        let word = words.next().unwrap_or_default();
        let value = word
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('='));
        value
            .unwrap_or_else(|| panic!("no {name}: {line}"))
            .to_owned()
    };
    let end = value("end");
    let (mbs, secs) = (value("mbs"), value("secs"));
    for number in [&mbs, &secs] {
        assert!(
            number.contains('.') && number.parse::<f64>().is_ok(),
            "{line}"
        );
    }
    let bytes = value("bytes").parse().unwrap_or_else(|_| panic!("{line}"));
    let (peer, name) = words.next().and_then(|rest| rest.split_once(' ')).unwrap();
    Stream {
        peer: peer.to_owned(),
        name: name.to_owned(),
        bytes,
        end,
    }
}

fn stream(name: &str, bytes: u64, end: &str) -> Stream {
    Stream {
        peer: "127.0.0.1".to_owned(),
        name: name.to_owned(),
        bytes,
        end: end.to_owned(),
    }
}

#[track_caller]
fn wait_for(server: &Server, expected: &[Stream]) {
    eventually("the lines", || streams(server).len() >= expected.len());
    assert_eq!(streams(server), expected);
}

/// A player that asks for a file in twenty pieces on one connection is one stream; another file is
/// another one.
#[test]
fn one_line_for_a_player() {
    let server = start(&["-v"]);
    let mut wire = server.wire();
    for n in 0..20 {
        let range = format!("Range: bytes={}-{}", n * 1000, n * 1000 + 999);
        wire.send(request("GET", "/video/large.mp4?session=a", &[&range]));
        assert_eq!(wire.reply().body.len(), 1000);
    }
    wire.send(request("HEAD", "/video/large.mp4", &[]));
    wire.head();
    wire.send(request("GET", "/video/none.mp4", &[]));
    wire.reply();
    wire.send(request("GET", "/library.json", &[]));
    wire.reply();
    assert_eq!(streams(&server), []);
    wire.send(request("GET", "/video/odd%20%C3%A9.mp4", &[]));
    assert_eq!(wire.reply().text(), "abc");
    let first = || stream("large.mp4", 20_000, "another-file");
    wait_for(&server, &[first()]);
    wire.finish_sending();
    wire.end();
    let odd = || stream("odd \\xc3\\xa9.mp4", 3, "peer-closed");
    wait_for(&server, &[first(), odd()]);
    // The same file on another connection is another stream.
    server.get("/video/a.mp4", &[]);
    wait_for(&server, &[first(), odd(), stream("a.mp4", 10, "done")]);
}

/// Requests for two files that are sent in one go are told apart.
#[test]
fn two_files_in_a_pipeline() {
    let server = start(&["-v"]);
    let mut wire = server.wire();
    let close = ["Connection: close"];
    wire.send(
        request("GET", "/video/large.mp4", &["Range: bytes=0-99999"])
            + &request("GET", "/video/large.mp4", &["Range: bytes=5-14"])
            + &request("GET", "/video/a.mp4", &[])
            + &request("GET", "/video/large.mp4", &["Range: bytes=0-6"])
            + &request("GET", "/video/a.mp4", &close),
    );
    for len in [100_000, 10, 10, 7, 10] {
        assert_eq!(wire.reply().body.len(), len);
    }
    wire.end();
    wait_for(
        &server,
        &[
            stream("large.mp4", 100_010, "another-file"),
            stream("a.mp4", 10, "another-file"),
            stream("large.mp4", 7, "another-file"),
            stream("a.mp4", 10, "done"),
        ],
    );
}

/// A viewer that leaves in the middle, or stops reading: what it took, and why it ended.
#[test]
fn viewers_that_leave() {
    let server = start(&["-v", "--limit", "stall_secs_max=1"]);
    let (mut wire, _) = server.slow_reader("/video/large.mp4");
    wire.take(100_000);
    wire.reset();
    eventually("a line", || streams(&server).len() == 1);
    let (stalled, _) = server.slow_reader("/video/large.mp4");
    eventually("two lines", || streams(&server).len() == 2);
    drop(stalled);
    for (seen, end) in streams(&server).iter().zip(["peer-gone", "stalled"]) {
        assert_eq!((seen.name.as_str(), seen.end.as_str()), ("large.mp4", end));
        assert!((1..LARGE as u64).contains(&seen.bytes), "{seen:?}");
    }
}

/// Without `-v` there is no line.
#[test]
fn only_when_asked() {
    let server = start(&[]);
    server.get("/video/a.mp4", &[]);
    let outcome = server.stop(crate::posix::SIGTERM);
    assert!(!outcome.stderr.contains("stream"), "{outcome:?}");
}
