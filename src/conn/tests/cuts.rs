//! However bytes come and go, the replies are the same to the byte.

use proptest::prelude::*;

use super::{CloseReason, Driver, get, request, statuses};

/// Requests of every kind; the last is refused.
fn script() -> Vec<u8> {
    let chunked = "Transfer-Encoding: chunked";
    [
        get("/video/a.mp4", &["Range: bytes=10-19", "User-Agent: tv"]),
        "\r\n".to_owned(),
        request("HEAD", "/video/a.mp4", &[]),
        request("POST", "/", &["Content-Length: 5"]),
        "hello".to_owned(),
        get("/none", &[chunked]),
        "5;a=b\r\n0\r\n\r\n\r\n0\r\nA: b\r\n\r\n".to_owned(),
        get("/library.json", &["Accept: */*"]),
        get("/video/none.mp4", &[]),
        request("OPTIONS", "*", &[]),
        get("/video/a.mp4", &["Range: bytes=0-3,900-", "If-Match: *"]),
        "GET /none HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".to_owned(),
        "GET /none HTTP/1.4\r\nHost: tv\r\n\r\n".to_owned(),
        get(
            "/video/a.mp4",
            &["If-None-Match: \"a\"", "If-None-Match: *"],
        ),
        get("/", &["Host: again"]),
        get("/behind", &[]),
    ]
    .concat()
    .into_bytes()
}

const STATUSES: [u16; 13] = [
    206, 200, 405, 404, 200, 404, 204, 206, 404, 404, 304, 400, 0,
];

/// Gives the script in these stretches and sends in writes of `size`, one for each turn; respects
/// the appetite as a loop does. Everything that was sent, until the connection is closed.
fn replies(
    driver: &mut Driver,
    script: &[u8],
    mut stretch: impl FnMut() -> usize,
    mut size: impl FnMut() -> usize,
) -> Vec<u8> {
    let mut rest = script;
    let mut sent = Vec::new();
    for _ in 0..1_000_000 {
        if driver.reason().is_some() {
            assert_eq!(driver.reason(), Some(CloseReason::Refused));
            return sent;
        }
        let here = stretch().min(rest.len()).min(driver.conn.appetite());
        if here > 0 {
            let (now, later) = rest.split_at(here);
            rest = later;
            driver.give(now);
        }
        driver.answer();
        sent.extend(driver.send(size()));
        if rest.is_empty() && driver.conn.appetite() > 0 {
            driver.end();
        }
    }
    panic!("it never ends");
}

fn at_once() -> Vec<u8> {
    replies(
        &mut Driver::plain(),
        &script(),
        || usize::MAX,
        || usize::MAX,
    )
}

#[test]
fn the_script_at_once() {
    let text = String::from_utf8(at_once()).unwrap();
    assert_eq!(statuses(&text), STATUSES[..12], "{text}");
}

#[test]
fn every_cut_in_two() {
    let (script, expected) = (script(), at_once());
    for at in 0..=script.len() {
        let mut stretches = [at, usize::MAX].into_iter();
        let stretch = || stretches.next().unwrap_or(usize::MAX);
        let found = replies(&mut Driver::plain(), &script, stretch, || usize::MAX);
        assert!(found == expected, "cut at {at}");
    }
}

#[test]
fn every_size_of_stretches() {
    let (script, expected) = (script(), at_once());
    for step in 1..200 {
        let found = replies(&mut Driver::plain(), &script, || step, || usize::MAX);
        assert!(found == expected, "by {step}");
    }
}

#[test]
fn every_write_size() {
    let (script, expected) = (script(), at_once());
    for size in 1..=expected.len() {
        let found = replies(&mut Driver::plain(), &script, || usize::MAX, || size);
        assert!(found == expected, "writes of {size}");
    }
}

/// However few replies may wait, all are sent.
#[test]
fn every_depth_of_the_pipeline() {
    let (script, expected) = (script(), at_once());
    for depth in 1..14 {
        for size in [1, 100, usize::MAX] {
            let mut driver = Driver::limited("pipelined_max", depth);
            let found = replies(&mut driver, &script, || usize::MAX, || size);
            assert!(found == expected, "{depth} waiting, writes of {size}");
        }
    }
}

/// An end anywhere: what was asked for whole is answered, and there is a reason.
#[test]
fn every_end() {
    let (script, expected) = (script(), at_once());
    for at in 0..script.len() {
        let mut driver = Driver::plain();
        driver.give(&script[..at]);
        driver.end();
        let sent = driver.flow();
        assert!(expected.starts_with(sent.as_bytes()), "{at}");
        let reason = driver.reason().unwrap();
        assert!(
            matches!(
                reason,
                CloseReason::PeerClosed | CloseReason::PeerGone | CloseReason::Refused
            ),
            "{reason:?} at {at}"
        );
    }
}

/// A stop anywhere: replies that were begun leave whole.
#[test]
fn every_stop() {
    let script = script();
    for at in 0..script.len() {
        let mut driver = Driver::logged();
        driver.give(&script[..at]);
        driver.send(50);
        driver.stop();
        driver.give(&script[at..]);
        driver.flow();
        driver.end();
        assert!(driver.reason().is_some(), "{at}");
        for record in driver.records() {
            assert_eq!(record.end, "done", "{at}: {record:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_stretches_any_writes(
        stretches in prop::collection::vec(0..300_usize, 1..20),
        sizes in prop::collection::vec(0..1_500_usize, 1..20),
    ) {
        let mut stretches = stretches.iter().copied().chain([1]).cycle();
        let mut sizes = sizes.iter().copied().chain([1]).cycle();
        let mut driver = Driver::plain();
        let found = replies(
            &mut driver,
            &script(),
            || stretches.next().unwrap(),
            || sizes.next().unwrap(),
        );
        prop_assert!(found == at_once());
    }

    /// Any bytes, any moments: it always ends, and never sends what was not asked for.
    #[test]
    fn any_bytes_come_to_an_end(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        at: prop::sample::Index,
        waits in prop::collection::vec(0..100_000_u64, 1..10),
    ) {
        let mut script = script();
        let at = at.index(script.len());
        script.splice(at..at, bytes);
        let mut driver = Driver::logged();
        let mut rest = &script[..];
        for wait in waits.iter().cycle().take(2_000) {
            let here = rest.len().min(driver.conn.appetite()).min(97);
            if here > 0 {
                let (now, later) = rest.split_at(here);
                rest = later;
                driver.give(now);
            }
            driver.answer();
            driver.send(500);
            driver.wait(*wait);
            driver.records();
            if driver.reason().is_some() {
                return Ok(());
            }
        }
        prop_assert!(false, "{:?}", driver.conn);
    }
}
