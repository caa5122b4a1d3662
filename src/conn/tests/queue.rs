//! A connection that waits for its turn: when it looks, and what ends the wait.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{Driver, get, statuses};
use crate::conn::CloseReason;
use crate::net::clock;
use crate::ops::metrics;
use crate::site::Site;
use crate::site::admission::{Admission, Terms, Verdict, Visit};

const FILM: &str = "/video/a.mp4";

/// A house with one place, which somebody else has until the visit ends.
fn full(wait_secs: u64) -> (Driver, Arc<Admission>, Visit) {
    let mut site = Site::default();
    let terms = Terms {
        streams_max: 1,
        queue_max: 4,
        wait: Duration::from_secs(wait_secs),
    };
    let began = clock::now().steady;
    let admission = Arc::new(Admission::new(terms, &site.limits, began));
    site.admission = Some(Arc::clone(&admission));
    let driver = Driver::new(site);
    let other = IpAddr::from([192, 0, 2, 99]);
    let Verdict::In(visit) = admission.enter(other, b"other", true, driver.now.steady) else {
        panic!("there is room");
    };
    (driver, admission, visit)
}

#[test]
fn it_looks_when_a_place_may_be_free() {
    let (mut driver, admission, visit) = full(60);
    assert_eq!(driver.after(get(FILM, &[])), "");
    assert_eq!(driver.conn.standing(), metrics::Phase::Queued);
    assert!(!driver.conn.is_idle(), "nobody may evict it");
    driver.wait(5_000);
    admission.rest(visit, driver.now.steady);
    driver.wait(9_900);
    assert_eq!(driver.flow(), "");
    driver.wait(200);
    assert_eq!(statuses(&driver.flow()), [200]);
    assert_eq!(driver.conn.standing(), metrics::Phase::Idle);
}

#[test]
fn it_waits_for_so_long() {
    let (mut driver, _admission, _visit) = full(3);
    driver.after(get(FILM, &[]));
    driver.wait(2_900);
    assert_eq!(driver.flow(), "");
    driver.wait(200);
    let reply = driver.flow();
    assert_eq!(statuses(&reply), [503]);
    assert!(reply.contains("\r\nQueue-Place: 1\r\n"), "{reply}");
    assert_eq!(
        statuses(&driver.after(get("/_/health", &[]))),
        [200],
        "it is kept"
    );
}

/// One connection asks for another film before the last reply has left: it is its own place that it waits for.
#[test]
fn one_after_the_other_on_one_connection() {
    let (mut driver, _admission, visit) = full(60);
    drop(visit);
    driver.sleep(20_000);
    let both = [
        get(FILM, &[]),
        get("/video/a.mp4?as=faststart", &[]),
        get("/_/health", &[]),
    ];
    assert_eq!(statuses(&driver.after(both.concat())), [200, 200, 200]);
}

#[test]
fn what_ends_the_wait() {
    let (mut driver, _admission, _visit) = full(60);
    driver.after(get(FILM, &[]));
    driver.stop();
    assert!(driver.flow().ends_with("stopping\n"));
    driver.wait(60_000);
    assert_eq!(driver.reason(), Some(CloseReason::Stopping));

    let (mut driver, _admission, _visit) = full(60);
    driver.after(get(FILM, &[]));
    driver.end();
    assert!(driver.flow().ends_with("queue-left\n"));
    assert_eq!(driver.reason(), Some(CloseReason::Refused));

    // A reader that does not take what stands before it has stalled all the same.
    let (mut driver, _admission, _visit) = full(3_600);
    driver.after(
        [get("/_/health", &[]), get(FILM, &[])]
            .concat()
            .split_at(10)
            .0,
    );
    driver.give(
        [get("/_/health", &[]), get(FILM, &[])]
            .concat()
            .split_at(10)
            .1,
    );
    driver.answer();
    for _ in 0..13 {
        driver.wait(10_000);
    }
    assert_eq!(driver.reason(), Some(CloseReason::Stalled));
}

#[test]
fn what_is_preferred() {
    for (field, status) in [
        ("Prefer: wait=0", 503),
        ("Accept: text/html", 503),
        ("Prefer: wait=nonsense", 0),
        ("Prefer: respond-async", 0),
        ("Accept: */*", 0),
    ] {
        let (mut driver, _admission, _visit) = full(60);
        let found = statuses(&driver.after(get(FILM, &[field])));
        let wanted: &[u16] = if status == 0 { &[] } else { &[503] };
        assert_eq!(found, wanted, "{field}");
    }
}
