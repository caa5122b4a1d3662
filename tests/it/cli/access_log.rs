//! The access log: three formats, one record for each reply, and nothing a peer can forge.

use std::fs;

use crate::client::{eventually, request};
use crate::json::Json;
use crate::posix::SIGUSR1;
use crate::server::{Folder, Pipes, Server, reeld};

const AGENT: &str = "User-Agent: player/1.0";
const REFERER: &str = "Referer: http://page.test/";

/// A server that writes its log beside its folder, with one worker so that records are in order.
fn start(format: &str) -> Server {
    start_with(format, "1")
}

fn start_with(format: &str, workers: &str) -> Server {
    let folder = Folder::new();
    folder.write("a.mp4", "0123456789");
    let mut command = reeld();
    command
        .args([
            "--workers",
            workers,
            "--access-format",
            format,
            "--access-log",
        ])
        .arg(folder.outside("log"));
    command.arg(folder.videos());
    Server::spawn(command, folder, Pipes::Drained)
}

/// The complete records written so far.
fn records(server: &Server, file: &str) -> Vec<String> {
    let log = fs::read(server.folder().outside(file)).unwrap_or_default();
    let log = String::from_utf8(log).expect("a log is text");
    let complete = log.rfind('\n').map_or(0, |end| end + 1);
    log[..complete].lines().map(str::to_owned).collect()
}

fn wait_for(server: &Server, count: usize) -> Vec<String> {
    eventually("the records", || records(server, "log").len() >= count);
    let records = records(server, "log");
    assert_eq!(records.len(), count, "{records:?}");
    records
}

/// `peer - - [time] "request" status bytes`, and what became of the stream.
#[test]
fn common() {
    let server = start("common");
    server.get("/video/a.mp4?x=y", &["Range: bytes=2-5", AGENT]);
    let record = wait_for(&server, 1).remove(0);
    assert!(record.starts_with("127.0.0.1 - - ["), "{record}");
    let (time, rest) = record["127.0.0.1 - - [".len()..].split_once("] ").unwrap();
    assert!(is_log_time(time), "{time}");
    assert!(
        rest.starts_with("\"GET /video/a.mp4?x=y HTTP/1.1\" 206 4 "),
        "{record}"
    );
    assert!(!rest.contains("player/1.0"), "{record}");
    assert!(value(&record, "range").contains("2-5"), "{record}");
    assert!(value(&record, "secs").parse::<f64>().is_ok(), "{record}");
    assert!(value(&record, "mbs").parse::<f64>().is_ok(), "{record}");
    assert_eq!(value(&record, "end"), "done", "{record}");
}

/// Whether `time` looks like `10/Oct/2000:13:55:36 +0000`.
fn is_log_time(time: &str) -> bool {
    const SHAPE: &[u8] = b"00/Aaa/0000:00:00:00 +0000";
    time.len() == SHAPE.len()
        && time.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_uppercase(),
            b'a' => byte.is_ascii_lowercase(),
            b'+' => b"+-".contains(&byte),
            _ => byte == *shape,
        })
}

/// The value of ` name=value` at the end of a record.
fn value<'a>(record: &'a str, name: &str) -> &'a str {
    let (_, after) = record
        .rsplit_once(&format!(" {name}="))
        .unwrap_or_else(|| panic!("{record}"));
    after.split(' ').next().unwrap()
}

/// The same, with referer and agent in quotes.
#[test]
fn combined() {
    let server = start("combined");
    server.get("/video/a.mp4", &[REFERER, AGENT]);
    server.get("/video/none.mp4", &[]);
    let records = wait_for(&server, 2);
    let tail = "\"GET /video/a.mp4 HTTP/1.1\" 200 10 \"http://page.test/\" \"player/1.0\" range=";
    assert!(records[0].contains(tail), "{}", records[0]);
    assert!(
        records[1].contains("\"GET /video/none.mp4 HTTP/1.1\" 404 "),
        "{}",
        records[1]
    );
    assert!(records[1].contains(" \"-\" \"-\" "), "{}", records[1]);
}

/// One JSON object a line.
#[test]
fn json() {
    let server = start("json");
    server.get("/video/a.mp4", &["Range: bytes=2-5", REFERER, AGENT]);
    server.ask("HEAD", "/video/a.mp4", &[]);
    let records: Vec<Json> = wait_for(&server, 2)
        .iter()
        .map(|line| Json::parse(line))
        .collect();
    let get = &records[0];
    assert_eq!(get.at("method").text(), "GET");
    assert_eq!(get.at("target").text(), "/video/a.mp4");
    assert_eq!(get.at("status").number(), 206);
    assert_eq!(get.at("bytes").number(), 4);
    assert_eq!(get.at("referer").text(), "http://page.test/");
    assert_eq!(get.at("agent").text(), "player/1.0");
    assert_eq!(get.at("end").text(), "done");
    assert!(get.at("range").text().contains("2-5"), "{get:?}");
    assert!(get.at("peer").text().starts_with("127.0.0.1"), "{get:?}");
    assert!(get.at("version").text().ends_with("1.1"), "{get:?}");
    for name in ["time", "secs", "mbs"] {
        assert_ne!(*get.at(name), Json::Null, "{name}");
    }
    assert_eq!(records[1].at("method").text(), "HEAD");
    assert_eq!(records[1].at("bytes").number(), 0);
}

/// A peer can write no line, no quote and no control byte of its own into the log.
#[test]
fn what_a_peer_sends_is_escaped() {
    for format in ["common", "combined", "json"] {
        let server = start(format);
        let odd = b"User-Agent: a\"b\\c\td\xff\xc3\xa9 \" 200 1 \"x\"\r\nReferer: \"\\\r\n";
        let mut get = b"GET /video/a.mp4?\"\\ HTTP/1.1\r\nHost: a\r\n".to_vec();
        get.extend_from_slice(odd);
        get.extend_from_slice(b"Connection: close\r\n\r\n");
        server.answer(get);
        server.answer("GET /\u{1b}[2J\u{7} HTTP/1.1\r\nHost: a\r\n\r\n");
        server.answer("GE\u{0}T / HTTP/1.1\r\n\r\n");
        server.answer(
            "GET /%0a127.0.0.1%20-%20-%22 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        );
        server.get("/video/a.mp4", &[]);
        let last = Json::Text("/video/a.mp4".to_owned());
        let is_last = |record: &String| match format {
            "json" => *Json::parse(record).at("target") == last,
            _ => record.contains("/video/a.mp4 HTTP"),
        };
        eventually("the last record", || {
            records(&server, "log").iter().any(is_last)
        });
        for record in records(&server, "log") {
            assert!(!record.bytes().any(|b| b < b' ' || b == 0x7f), "{record:?}");
            let plain = record.replace("\\\\", "").replace("\\\"", "");
            match format {
                "json" => drop(Json::parse(&record)),
                "common" => assert_eq!(plain.matches('"').count(), 2, "{record}"),
                _ => assert_eq!(plain.matches('"').count(), 6, "{record}"),
            }
        }
    }
}

/// A stream that its viewer left is told apart from one that was read to its end.
#[test]
fn a_stream_that_was_cut_off_says_so() {
    let server = start("json");
    server.folder().write("large.mp4", vec![b'a'; 20_000_000]);
    let (mut wire, _) = server.slow_reader("/video/large.mp4");
    wire.take(100_000);
    wire.reset();
    let record = Json::parse(&wait_for(&server, 1)[0]);
    assert_ne!(record.at("end").text(), "done");
    let sent = record.at("bytes").number();
    assert!((100_000..20_000_000).contains(&sent), "{record:?}");
}

/// A refusal is in the log too.
#[test]
fn refusals_are_recorded() {
    let server = start("json");
    server.refusal("GET /video/a.mp4 HTTP/1.1\r\nHost : a\r\n\r\n");
    let record = Json::parse(&wait_for(&server, 1)[0]);
    assert_eq!(record.at("status").number(), 400);
}

/// `-` is stdout, and `off`, the default, writes nothing.
#[test]
fn stdout_and_off() {
    let server = Server::with_digits(&["--access-log", "-"]);
    server.get("/video/a.mp4?once", &[]);
    eventually("a record on stdout", || {
        server.stdout().contains("GET /video/a.mp4?once HTTP")
    });
    for args in [&[][..], &["--access-log", "off"]] {
        let server = Server::with_digits(args);
        server.get("/video/a.mp4?once", &[]);
        let outcome = server.stop(crate::posix::SIGTERM);
        assert!(!outcome.stdout.contains("?once"), "{outcome:?}");
    }
}

/// Nothing is lost at the end, nor when many connections write at once.
#[test]
fn every_reply_is_recorded_once() {
    let server = start_with("common", "4");
    std::thread::scope(|scope| {
        for client in 0..4 {
            let server = &server;
            scope.spawn(move || {
                let mut wire = server.wire();
                for n in 0..250 {
                    wire.send(request("GET", &format!("/video/a.mp4?{client}-{n}."), &[]));
                    assert_eq!(wire.reply().status, 200);
                }
            });
        }
    });
    let log = server.folder().outside("log");
    let kept = server.folder().outside("kept");
    fs::hard_link(&log, &kept).unwrap();
    let kept = fs::File::open(kept).unwrap();
    assert_eq!(server.stop(crate::posix::SIGTERM).code, Some(0));
    let log = std::io::read_to_string(kept).unwrap();
    assert_eq!(log.lines().count(), 1000);
    for client in 0..4 {
        for n in 0..250 {
            assert_eq!(
                log.matches(&format!("?{client}-{n}.")).count(),
                1,
                "{client}-{n}"
            );
        }
    }
}

/// SIGUSR1 opens the file again, so that it can be moved away without a restart.
#[test]
fn sigusr1_reopens_the_file() {
    let server = start("common");
    server.get("/video/a.mp4?before", &[]);
    wait_for(&server, 1);
    fs::rename(
        server.folder().outside("log"),
        server.folder().outside("log.1"),
    )
    .unwrap();
    server.signal(SIGUSR1);
    eventually("a new file", || server.folder().outside("log").exists());
    server.get("/video/a.mp4?after", &[]);
    let record = wait_for(&server, 1).remove(0);
    assert!(record.contains("?after"), "{record}");
    assert!(
        records(&server, "log.1")
            .iter()
            .all(|record| !record.contains("?after"))
    );
}

/// SIGUSR1 without a log, and with one that cannot be opened any more, ends nobody.
#[test]
fn sigusr1_ends_nobody() {
    let server = Server::with_digits(&[]);
    server.signal(SIGUSR1);
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);

    let server = start("common");
    fs::remove_file(server.folder().outside("log")).unwrap();
    fs::create_dir(server.folder().outside("log")).unwrap();
    server.signal(SIGUSR1);
    for _ in 0..20 {
        assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
    }
}
