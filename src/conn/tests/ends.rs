//! How it ends: by the peer, by a stop, by what only the outside knows; each time with a name.

use super::{CloseReason, Driver, get, request, statuses};

#[test]
fn the_peer_closes_between_requests() {
    let mut driver = Driver::plain();
    driver.end();
    assert_eq!(
        driver.reason(),
        Some(CloseReason::PeerClosed),
        "without a word"
    );

    let mut driver = Driver::plain();
    driver.after(get("/none", &[]));
    driver.end();
    assert_eq!(driver.reason(), Some(CloseReason::PeerClosed));
}

#[test]
fn the_peer_goes_in_the_middle() {
    for bytes in [
        "G".to_owned(),
        "\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: tv\r\n".to_owned(),
        request("POST", "/", &["Content-Length: 5"]) + "hell",
        get("/", &["Transfer-Encoding: chunked"]) + "5\r\nhello\r\n0\r\n",
    ] {
        let mut driver = Driver::plain();
        driver.give(&bytes);
        driver.end();
        assert_eq!(driver.flow(), "", "{bytes:?}");
        assert_eq!(driver.reason(), Some(CloseReason::PeerGone), "{bytes:?}");
    }
}

/// A half close: who has asked gets everything that was asked for.
#[test]
fn the_peer_has_said_all() {
    let mut driver = Driver::plain();
    driver.give(get("/none", &[]) + &get("/video/a.mp4", &[]) + &get("/library.json", &[]));
    driver.end();
    assert_eq!(driver.conn.appetite(), 0);
    assert_eq!(driver.reason(), None);
    assert_eq!(statuses(&driver.flow()), [404, 200, 200]);
    assert_eq!(driver.reason(), Some(CloseReason::PeerClosed));
}

#[test]
fn the_peer_has_said_more_than_a_pipeline_holds() {
    let mut driver = Driver::limited("pipelined_max", 2);
    driver.give(get("/video/a.mp4", &["Range: bytes=0-1"]).repeat(7));
    driver.end();
    assert_eq!(statuses(&driver.flow()), [206; 7]);
    assert_eq!(driver.reason(), Some(CloseReason::PeerClosed));
}

#[test]
fn the_peer_ends_within_its_second_head() {
    let mut driver = Driver::plain();
    driver.give(get("/none", &[]) + "GET /");
    driver.end();
    assert_eq!(statuses(&driver.flow()), [404], "the first is answered");
    assert_eq!(driver.reason(), Some(CloseReason::PeerGone));
}

#[test]
fn a_refusal_ends_with_the_peer() {
    // After it read the reply.
    let mut driver = Driver::plain();
    assert_eq!(statuses(&driver.after("GET /\r\n\r\n")), [400]);
    assert_eq!(driver.reason(), None);
    driver.end();
    assert_eq!(driver.reason(), Some(CloseReason::Refused));
    // Before.
    let mut driver = Driver::plain();
    driver.give("GET /\r\n\r\n");
    driver.end();
    assert_eq!(driver.reason(), None, "the reply is still on its way");
    assert_eq!(statuses(&driver.flow()), [400]);
    assert_eq!(driver.reason(), Some(CloseReason::Refused));
}

#[test]
fn the_last_reply_is_sent() {
    let mut driver = Driver::plain();
    driver.give(get("/video/a.mp4", &["Connection: close"]));
    driver.answer();
    driver.send(100);
    assert_eq!(driver.reason(), None);
    driver.flow();
    assert_eq!(driver.reason(), Some(CloseReason::Done));
}

#[test]
fn a_stop_while_nothing_happens() {
    for before in [0, 1] {
        let mut driver = Driver::plain();
        driver.after(get("/none", &[]).repeat(before));
        driver.stop();
        assert_eq!(driver.reason(), Some(CloseReason::Stopping));
    }
    let mut driver = Driver::plain();
    driver.give("GET / HT");
    driver.stop();
    assert_eq!(
        driver.reason(),
        Some(CloseReason::Stopping),
        "half a head is no request"
    );
}

/// Replies under way are finished; nothing new is begun.
#[test]
fn a_stop_while_a_reply_leaves() {
    let mut driver = Driver::plain();
    driver.give(get("/video/a.mp4", &[]));
    driver.answer();
    let head = driver.send(100);
    driver.stop();
    driver.give(get("/none", &[]));
    let rest = driver.flow();
    assert_eq!(head.len() + rest.len(), {
        let mut other = Driver::plain();
        other.after(get("/video/a.mp4", &[])).len()
    });
    assert_eq!(driver.reason(), Some(CloseReason::Stopping));
}

#[test]
fn a_stop_while_the_disk_is_asked() {
    let mut driver = Driver::plain();
    driver.give(get("/video/a.mp4", &[]));
    driver.stop();
    assert_eq!(driver.reason(), None);
    let sent = driver.flow();
    assert_eq!(statuses(&sent), [200]);
    assert!(
        sent.contains("\r\nConnection: close\r\n"),
        "the client is told"
    );
    assert_eq!(driver.reason(), Some(CloseReason::Done));
}

#[test]
fn a_stop_while_a_body_comes() {
    let mut driver = Driver::plain();
    driver.give(get("/none", &["Content-Length: 5"]) + "hel");
    driver.stop();
    assert_eq!(driver.reason(), None);
    let sent = driver.after("lo");
    assert_eq!(statuses(&sent), [404]);
    assert!(sent.contains("\r\nConnection: close\r\n"));
    assert_eq!(driver.reason(), Some(CloseReason::Done));
}

#[test]
fn a_stop_within_a_pipeline() {
    let mut driver = Driver::limited("pipelined_max", 2);
    driver.give(get("/none", &[]).repeat(5));
    driver.stop();
    assert_eq!(
        statuses(&driver.flow()),
        [404, 404],
        "what was not begun is not answered"
    );
    assert_eq!(driver.reason(), Some(CloseReason::Stopping));
}

#[test]
fn what_only_the_outside_knows() {
    for reason in [
        CloseReason::PeerGone,
        CloseReason::FileShrank,
        CloseReason::FileRewritten,
        CloseReason::FileUnreadable,
        CloseReason::Stopping,
        CloseReason::Evicted,
    ] {
        let mut driver = Driver::plain();
        driver.give(get("/video/a.mp4", &[]));
        driver.answer();
        driver.send(10);
        driver.conn.close(reason);
        driver.check();
        assert_eq!(driver.reason(), Some(reason));
        // The first reason is the reason; and nothing goes on.
        driver.conn.close(CloseReason::Done);
        driver.give(get("/", &[]));
        driver.end();
        driver.stop();
        driver.wait(1_000_000);
        assert_eq!(driver.flow(), "");
        assert_eq!(driver.reason(), Some(reason));
    }
}

#[test]
fn names_tell_reasons_apart() {
    use CloseReason as Reason;
    let all = [
        (Reason::Done, "done", false),
        (Reason::PeerClosed, "peer-closed", false),
        (Reason::PeerGone, "peer-gone", false),
        (Reason::Refused, "refused", false),
        (Reason::HeadTimeout, "head-timeout", false),
        (Reason::Idle, "idle", false),
        (Reason::Stalled, "stalled", true),
        (Reason::FileShrank, "file-shrank", true),
        (Reason::FileRewritten, "file-rewritten", true),
        (Reason::FileUnreadable, "file-unreadable", true),
        (Reason::Stopping, "stopping", false),
        (Reason::Evicted, "evicted", false),
    ];
    for (reason, name, is_abrupt) in all {
        assert_eq!((reason.name(), reason.is_abrupt()), (name, is_abrupt));
    }
}
