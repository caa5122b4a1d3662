//! What the access log is told of each reply.

use std::net::IpAddr;
use std::time::Duration;

use super::{BEGAN_SECS, CloseReason, Driver, PEER, Record, get, request};

fn record(method: &str, target: &str, status: u16, bytes: u64) -> Record {
    Record {
        unix_secs: BEGAN_SECS,
        peer: IpAddr::from(PEER),
        method: method.into(),
        target: target.into(),
        is_http11: true,
        status,
        range: None,
        bytes,
        took: Duration::ZERO,
        end: "done",
        referer: Vec::new(),
        agent: Vec::new(),
    }
}

#[test]
fn nothing_is_collected_that_nobody_reads() {
    let mut driver = Driver::plain();
    driver.after(get("/none", &[]).repeat(3));
    assert!(driver.records().is_empty());
}

#[test]
fn each_reply_has_one() {
    for (request, expected) in [
        (
            get("/video/a.mp4?v=1", &[]),
            record("GET", "/video/a.mp4?v=1", 200, 1_000),
        ),
        (
            get("/video/a.mp4", &["Range: bytes=10-19"]),
            Record {
                range: Some((10, 19)),
                ..record("GET", "/video/a.mp4", 206, 10)
            },
        ),
        (
            get("/video/a.mp4", &["Range: bytes=1000-"]),
            record("GET", "/video/a.mp4", 416, 49),
        ),
        (
            get("/video/a.mp4", &["If-None-Match: *"]),
            record("GET", "/video/a.mp4", 304, 0),
        ),
        (
            request("HEAD", "/video/a.mp4", &[]),
            record("HEAD", "/video/a.mp4", 200, 0),
        ),
        (
            request("HEAD", "/none", &[]),
            record("HEAD", "/none", 404, 0),
        ),
        (request("OPTIONS", "*", &[]), record("OPTIONS", "*", 204, 0)),
        (
            get("/library.json", &[]),
            record("GET", "/library.json", 200, 14),
        ),
        (get("/none", &[]), record("GET", "/none", 404, 25)),
        (
            request("POST", "/", &["Content-Length: 2"]) + "hi",
            record("POST", "/", 405, 43),
        ),
        (
            get("/none", &["User-Agent: tv/1 (x)", "Referer: http://tv/"]),
            Record {
                referer: b"http://tv/".to_vec(),
                agent: b"tv/1 (x)".to_vec(),
                ..record("GET", "/none", 404, 25)
            },
        ),
        (
            "GET /none HTTP/1.0\r\n\r\n".to_owned(),
            Record {
                is_http11: false,
                ..record("GET", "/none", 404, 25)
            },
        ),
        ("GET /\r\n\r\n".to_owned(), record("", "", 400, 34)),
    ] {
        let mut driver = Driver::logged();
        driver.give(&request);
        assert!(
            driver.records().is_empty(),
            "not before it has left: {request}"
        );
        driver.flow();
        assert_eq!(driver.records(), [expected], "{request}");
        assert!(driver.records().is_empty());
    }
}

/// Several ranges have no one range; their bytes count the parts' heads.
#[test]
fn a_reply_in_parts() {
    let mut driver = Driver::logged();
    let sent = driver.after(get("/video/a.mp4", &["Range: bytes=0-1,5-6"]));
    let (_, payload) = sent.split_once("\r\n\r\n").unwrap();
    let bytes = u64::try_from(payload.len()).unwrap();
    assert_eq!(
        driver.records(),
        [record("GET", "/video/a.mp4", 206, bytes)]
    );
}

#[test]
fn how_long_it_took() {
    let mut driver = Driver::logged();
    driver.give(get("/none", &[]));
    driver.wait(700);
    driver.send(1);
    driver.wait(800);
    driver.flow();
    let records = driver.records();
    assert_eq!(records[0].took, Duration::from_millis(1_500));
    assert_eq!(records[0].unix_secs, BEGAN_SECS, "when it began");
}

#[test]
fn one_for_each_of_a_pipeline() {
    let mut driver = Driver::logged();
    driver.give(get("/none", &[]) + &get("/video/a.mp4", &[]) + &get("/last", &[]));
    driver.flow();
    assert_eq!(
        driver.records(),
        [
            record("GET", "/none", 404, 25),
            record("GET", "/video/a.mp4", 200, 1_000),
            record("GET", "/last", 404, 25),
        ]
    );
    assert!(
        driver.conn.exchange.is_none(),
        "after them, nothing is kept"
    );
}

/// `100 Continue` belongs to no reply.
#[test]
fn an_interim_reply_is_not_counted() {
    let mut driver = Driver::logged();
    driver.after(get("/none", &["Expect: 100-continue", "Content-Length: 2"]));
    assert!(driver.records().is_empty());
    driver.after("hi");
    assert_eq!(driver.records(), [record("GET", "/none", 404, 25)]);
}

/// A reply that ends early says how far it came, and why.
#[test]
fn replies_that_end_early() {
    let head = {
        let mut driver = Driver::plain();
        driver.after(get("/video/a.mp4", &[])).len() - 1_000
    };
    for (sent, bytes, end) in [
        (0, 0, "stalled"),
        (head - 1, 0, "stalled"),
        (head, 0, "stalled"),
        (head + 1, 1, "stalled"),
        (head + 999, 999, "stalled"),
        (head + 1_000, 1_000, "done"),
    ] {
        let mut driver = Driver::logged();
        driver.give(get("/video/a.mp4", &[]));
        driver.answer();
        driver.send(sent);
        driver.wait(120_000);
        let expected = Record {
            took: Duration::from_secs(120),
            end,
            ..record("GET", "/video/a.mp4", 200, bytes)
        };
        assert_eq!(driver.records(), [expected], "{sent} bytes");
    }
}

#[test]
fn each_reason_of_an_early_end() {
    for (reason, end) in [
        (CloseReason::PeerGone, "peer-gone"),
        (CloseReason::FileShrank, "file-shrank"),
        (CloseReason::FileRewritten, "file-rewritten"),
        (CloseReason::FileUnreadable, "file-unreadable"),
        (CloseReason::Stopping, "stopping"),
    ] {
        let mut driver = Driver::logged();
        driver.give(get("/none", &[]) + &get("/video/a.mp4", &[]));
        driver.answer();
        let first = statuses_len(&driver);
        driver.send(first);
        driver.conn.close(reason);
        let expected = [
            record("GET", "/none", 404, 25),
            Record {
                end,
                ..record("GET", "/video/a.mp4", 200, 0)
            },
        ];
        assert_eq!(driver.records(), expected);
    }
}

/// The bytes of the first reply that waits.
fn statuses_len(driver: &Driver) -> usize {
    let exchange = driver.conn.exchange.as_ref().unwrap();
    usize::try_from(exchange.marks.front().unwrap().ends).unwrap()
}

/// A question that was never answered has no reply, and so no record.
#[test]
fn no_reply_no_record() {
    let mut driver = Driver::logged();
    driver.give(get("/video/a.mp4", &[]));
    driver.conn.close(CloseReason::PeerGone);
    assert!(driver.records().is_empty());
}
