//! Every wait and its end, to the millisecond.

use super::{CloseReason, Driver, get, statuses};

/// Whether the present wait lasts just so long: nothing happens one millisecond before its end.
fn lasts(driver: &mut Driver, secs: u64) {
    let millis = secs * 1_000;
    let deadline = driver.conn.deadline().unwrap();
    let left = deadline.saturating_duration_since(driver.now.steady);
    assert_eq!(left.as_millis(), u128::from(millis));
    driver.wait(millis - 1);
    assert_eq!(driver.conn.deadline(), Some(deadline), "not yet");
    assert_eq!(driver.reason(), None);
    driver.wait(1);
    assert_ne!(driver.conn.deadline(), Some(deadline));
}

#[test]
fn no_first_request() {
    let mut driver = Driver::plain();
    lasts(&mut driver, 10);
    assert_eq!(driver.reason(), Some(CloseReason::Idle));
    assert_eq!(driver.flow(), "", "in silence");
}

#[test]
fn no_further_request() {
    let mut driver = Driver::plain();
    driver.after(get("/none", &[]));
    lasts(&mut driver, 60);
    assert_eq!(driver.reason(), Some(CloseReason::Idle));
    assert_eq!(driver.flow(), "");
}

/// The wait begins when the last byte left.
#[test]
fn idle_since_the_last_byte_was_sent() {
    let mut driver = Driver::plain();
    driver.give(get("/none", &[]));
    driver.wait(50_000);
    driver.flow();
    lasts(&mut driver, 60);
    assert_eq!(driver.reason(), Some(CloseReason::Idle));
}

#[test]
fn a_slow_head() {
    for before in [0, 1] {
        let mut driver = Driver::plain();
        driver.after(get("/none", &[]).repeat(before));
        driver.wait(5_000);
        driver.give("GET / HTTP/1.1\r\n");
        lasts(&mut driver, 10);
        let sent = driver.flow();
        assert_eq!(statuses(&sent), [408]);
        assert!(sent.ends_with(": head-timeout\n"), "{sent}");
        assert!(sent.contains("\r\nConnection: close\r\n"));
        assert!(driver.conn.is_lingering());
    }
}

/// A byte now and then does not buy time: the bound is for the whole head.
#[test]
fn a_head_that_drips() {
    let mut driver = Driver::plain();
    for byte in get("/none", &["A: b"]).as_bytes().iter().take(19) {
        driver.give([*byte]);
        driver.wait(500);
        assert!(driver.conn.body().is_none());
    }
    driver.give("x");
    driver.wait(500);
    assert_eq!(statuses(&driver.flow()), [408]);
}

#[test]
fn a_slow_body() {
    for lines in ["Content-Length: 100", "Transfer-Encoding: chunked"] {
        let mut driver = Driver::plain();
        driver.give(get("/", &[lines]));
        driver.wait(4_000);
        driver.give("1");
        driver.wait(4_000);
        driver.give("1");
        driver.wait(1_999);
        assert!(driver.conn.body().is_none());
        driver.wait(1);
        assert_eq!(statuses(&driver.flow()), [408], "{lines}");
        assert!(driver.conn.is_lingering());
    }
}

/// A disk that does not answer: the request is answered, the connection lives on.
#[test]
fn a_slow_disk() {
    for path in ["/video/a.mp4", "/library.json"] {
        let mut driver = Driver::plain();
        driver.give(get(path, &[]) + &get("/none", &[]));
        lasts(&mut driver, 30);
        assert!(driver.conn.question().is_none());
        let sent = driver.flow();
        assert_eq!(statuses(&sent), [503, 404]);
        assert!(sent.contains(": unreadable\n"), "{sent}");
        assert!(driver.conn.is_idle());
    }
}

#[test]
fn a_reader_that_stalls() {
    let mut driver = Driver::plain();
    driver.give(get("/none", &[]));
    lasts(&mut driver, 120);
    assert_eq!(driver.reason(), Some(CloseReason::Stalled));
    assert!(CloseReason::Stalled.is_abrupt());
}

/// One byte taken is life.
#[test]
fn a_reader_that_is_slow() {
    let mut driver = Driver::plain();
    driver.give(get("/video/a.mp4", &[]));
    driver.answer();
    for _ in 0..50 {
        driver.wait(119_999);
        assert_eq!(driver.send(1).len(), 1);
    }
    lasts(&mut driver, 120);
    assert_eq!(driver.reason(), Some(CloseReason::Stalled));
}

/// A client that pauses in the middle of its next head is still a reader.
#[test]
fn a_slow_head_behind_a_slow_reader() {
    let mut driver = Driver::plain();
    driver.give(get("/none", &[]) + "GET ");
    lasts(&mut driver, 120);
    assert_eq!(driver.reason(), Some(CloseReason::Stalled));

    let mut driver = Driver::plain();
    driver.give(get("/none", &[]) + "GET ");
    driver.wait(100_000);
    driver.flow();
    lasts(&mut driver, 10);
    assert_eq!(statuses(&driver.flow()), [408]);
}

#[test]
fn a_stalled_question_behind_a_reply() {
    let mut driver = Driver::plain();
    driver.give(get("/none", &[]) + &get("/video/a.mp4", &[]));
    driver.wait(20_000);
    driver.send(usize::MAX);
    lasts(&mut driver, 30);
    assert_eq!(statuses(&driver.flow()), [503]);
}

#[test]
fn lingering_in_silence() {
    let mut driver = Driver::plain();
    driver.after("GET /\r\n\r\n");
    assert!(driver.conn.is_lingering());
    lasts(&mut driver, 2);
    assert_eq!(driver.reason(), Some(CloseReason::Refused));
}

/// What still comes is dropped, for so long and no longer.
#[test]
fn lingering_in_noise() {
    let mut driver = Driver::plain();
    driver.after("GET /\r\n\r\n");
    for _ in 0..9 {
        driver.wait(1_000);
        driver.give("more");
        assert!(driver.conn.is_lingering());
        assert!(driver.conn.appetite() > 0);
    }
    lasts(&mut driver, 1);
    assert_eq!(driver.reason(), Some(CloseReason::Refused));
}

/// The last reply of a refused client that does not read it.
#[test]
fn a_refusal_that_is_not_read() {
    let mut driver = Driver::plain();
    driver.give("GET /\r\n\r\n");
    lasts(&mut driver, 120);
    assert_eq!(driver.reason(), Some(CloseReason::Stalled));
}

/// A tick without a deadline that is over changes nothing, however often it comes.
#[test]
fn early_ticks() {
    let mut driver = Driver::plain();
    for bytes in ["GET /none", " HTTP/1.1\r\nHost: tv\r\n\r", "\n", "GET "] {
        driver.give(bytes);
        let before = format!("{:?}", driver.conn);
        for _ in 0..3 {
            driver.wait(0);
            driver.wait(10);
        }
        assert_eq!(format!("{:?}", driver.conn), before);
    }
}

#[test]
fn a_tick_that_comes_late() {
    let mut driver = Driver::plain();
    driver.give("GET ");
    driver.wait(86_400_000);
    assert_eq!(statuses(&driver.flow()), [408]);
    driver.wait(86_400_000);
    assert_eq!(driver.reason(), Some(CloseReason::HeadTimeout));
    driver.wait(86_400_000);
    assert_eq!(
        driver.reason(),
        Some(CloseReason::HeadTimeout),
        "closed once"
    );
}

#[test]
fn each_bound_can_be_changed() {
    for (name, bytes, secs) in [
        ("head_secs_max", "", 3),
        ("head_secs_max", "GET", 3),
        ("find_secs_max", "GET /video/a.mp4 HTTP/1.0\r\n\r\n", 3),
        ("stall_secs_max", "GET / HTTP/1.0\r\n\r\n", 3),
    ] {
        let mut driver = Driver::limited(name, 3);
        if !bytes.is_empty() {
            driver.give(bytes);
        }
        lasts(&mut driver, secs);
    }
    for (name, secs) in [("linger_quiet_secs_max", 7), ("linger_secs_max", 1)] {
        let mut driver = Driver::limited(name, usize::try_from(secs).unwrap());
        driver.after("GET /\r\n\r\n");
        lasts(&mut driver, secs);
        assert_eq!(driver.reason(), Some(CloseReason::Refused));
    }
    let mut driver = Driver::limited("idle_secs_max", 5);
    driver.after(get("/none", &[]));
    lasts(&mut driver, 5);
}
