//! Who may be asked to give way, and when.

use super::{CloseReason, Driver, get};
use crate::conn::Claim;

fn claim(driver: &Driver) -> Option<Claim> {
    driver.conn.claim(&driver.now)
}

/// Nobody is given up before a moment has gone by; then it has this claim.
fn comes_after(driver: &mut Driver, millis: u64, wanted: Claim) {
    assert_eq!(claim(driver), None);
    driver.wait(millis - 1);
    assert_eq!(claim(driver), None);
    driver.wait(1);
    assert_eq!(claim(driver), Some(wanted));
}

#[test]
fn a_newcomer_that_asks_nothing() {
    let mut driver = Driver::plain();
    comes_after(&mut driver, 50, Claim::Unproven);
    driver.conn.give_way();
    assert_eq!(driver.reason(), Some(CloseReason::Evicted));
    assert_eq!(claim(&driver), None);
}

/// Bytes that complete nothing win no time.
#[test]
fn a_head_that_never_ends() {
    let mut driver = Driver::plain();
    driver.give("GET / HT");
    driver.wait(25);
    driver.give("TP/1.1\r\n");
    driver.wait(25);
    assert_eq!(claim(&driver), Some(Claim::Begun));
}

#[test]
fn a_body_that_never_comes() {
    let mut driver = Driver::plain();
    driver.give(get("/none", &["Content-Length: 3"]));
    comes_after(&mut driver, 50, Claim::Begun);
}

#[test]
fn between_two_requests() {
    let mut driver = Driver::plain();
    driver.after(get("/none", &[]));
    comes_after(&mut driver, 1_000, Claim::Served);
    driver.conn.give_way();
    assert_eq!(driver.reason(), Some(CloseReason::Evicted));
}

/// A reply that is not taken: it is cut off so that nobody can believe it whole.
#[test]
fn a_reader_that_rests() {
    let mut driver = Driver::plain();
    driver.give(get("/none", &[]));
    assert!(driver.conn.body().is_some());
    comes_after(&mut driver, 1_000, Claim::Reading);
    driver.conn.give_way();
    assert_eq!(driver.reason(), Some(CloseReason::Stalled));
    assert!(CloseReason::Stalled.is_abrupt());
}

/// Who was told that it is refused has been told all.
#[test]
fn who_lingers() {
    let mut driver = Driver::plain();
    driver.after("BROKEN\r\n\r\n");
    assert!(driver.conn.is_lingering());
    comes_after(&mut driver, 50, Claim::Unproven);
    driver.conn.give_way();
    assert_eq!(driver.reason(), Some(CloseReason::Refused), "as it was");
}

/// The least goes first.
#[test]
fn claims_have_an_order() {
    let order = [Claim::Unproven, Claim::Begun, Claim::Served, Claim::Reading];
    assert!(order.is_sorted());
}
