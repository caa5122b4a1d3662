//! The wheel beside a plain list: nobody is looked at too early, and nobody is forgotten.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{TICK, Timer};

fn clock() -> Instant {
    crate::net::clock::now().steady
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn turned(timer: &mut Timer, now: Instant) -> Vec<usize> {
    let mut due = Vec::new();
    timer.turn(now, &mut due);
    due.sort_unstable();
    due
}

#[test]
fn an_empty_wheel() {
    let began = clock();
    let mut timer = Timer::new(began);
    assert_eq!(timer.next(), None);
    assert_eq!(timer.watched_until(0), None);
    timer.forget(7);
    assert!(turned(&mut timer, began + millis(1_000_000)).is_empty());
    assert_eq!(timer.next(), None);
}

#[test]
fn one_deadline_each() {
    for after in [0, 1, 249, 250, 251, 999, 1_000, 10_000, 60_000, 63_000] {
        let began = clock();
        let mut timer = Timer::new(began);
        let when = began + millis(after);
        timer.watch(3, when);
        let until = timer.watched_until(3).unwrap();
        assert!(when <= until && until <= when + TICK, "{after}");
        assert_eq!(timer.next(), Some(until), "{after}");
        assert!(turned(&mut timer, until - millis(1)).is_empty(), "{after}");
        assert_eq!(turned(&mut timer, until), [3], "{after}");
        assert_eq!(timer.watched_until(3), None, "who was due is forgotten");
        assert_eq!(timer.next(), None);
        assert!(turned(&mut timer, until + millis(100_000)).is_empty());
    }
}

/// A wheel of 64 seconds looks earlier at what is further away; its owner then asks again.
#[test]
fn a_deadline_beyond_the_wheel() {
    let began = clock();
    let mut timer = Timer::new(began);
    let when = began + Duration::from_secs(86_400);
    let mut now = began;
    let mut looks = 0;
    while now < when {
        timer.watch(0, when);
        let until = timer.watched_until(0).unwrap();
        assert!(until > now, "it comes nearer");
        assert!(until <= when + TICK);
        now = until;
        assert_eq!(turned(&mut timer, now), [0]);
        looks += 1;
    }
    assert!(looks < 86_400 / 60, "about once a minute: {looks}");
}

#[test]
fn many_in_one_bucket() {
    let began = clock();
    let mut timer = Timer::new(began);
    for index in 0..10 {
        timer.watch(index, began + millis(1_000));
    }
    // The first, the last and one in the middle of the chain.
    for index in [9, 0, 5] {
        timer.forget(index);
        timer.forget(index);
        assert_eq!(timer.watched_until(index), None);
    }
    timer.watch(3, began + millis(5_000));
    assert_eq!(
        turned(&mut timer, began + millis(1_250)),
        [1, 2, 4, 6, 7, 8]
    );
    assert_eq!(turned(&mut timer, began + millis(6_000)), [3]);
}

/// A loop that slept for long finds all that were due meanwhile, in whatever round.
#[test]
fn a_long_sleep() {
    for slept in [63_750, 64_000, 64_250, 100_000, 128_000, 1_000_000_000] {
        let began = clock();
        let mut timer = Timer::new(began);
        for index in 0..255_usize {
            timer.watch(index, began + millis(250) * u32::try_from(index).unwrap());
        }
        let due = turned(&mut timer, began + millis(slept));
        assert_eq!(due, Vec::from_iter(0..255), "{slept}");
        timer.watch(1, began + millis(slept) + millis(500));
        let until = timer.watched_until(1).unwrap();
        assert!(turned(&mut timer, until - millis(1)).is_empty());
        assert_eq!(turned(&mut timer, until), [1]);
    }
}

/// A deadline that is already over is met at the next tick, not lost to the last round.
#[test]
fn a_deadline_in_the_past() {
    let began = clock();
    let mut timer = Timer::new(began);
    let now = began + millis(10_000);
    assert!(turned(&mut timer, now).is_empty());
    timer.watch(0, began);
    let until = timer.watched_until(0).unwrap();
    assert!(until <= now + TICK);
    assert_eq!(turned(&mut timer, until), [0]);
}

/// While somebody far away is waited for, a deadline that the wheel has room for is not shortened.
#[test]
fn a_quiet_wheel_keeps_its_reach() {
    let began = clock();
    let mut timer = Timer::new(began);
    timer.watch(0, began + millis(62_000));
    let now = began + millis(60_000);
    assert!(turned(&mut timer, now).is_empty());
    let when = now + millis(30_000);
    timer.watch(1, when);
    assert!(
        timer.watched_until(1).unwrap() >= when,
        "30 seconds fit a wheel of 64"
    );
}

#[derive(Debug, Clone)]
enum Step {
    Watch(usize, u64),
    Forget(usize),
    Turn(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let after = prop_oneof![0..2_000_u64, 0..70_000_u64, 0..10_000_000_u64];
    let slept = prop_oneof![4 => 0..600_u64, 2 => 0..20_000_u64, 1 => 0..200_000_u64];
    prop_oneof![
        5 => (0..12_usize, after).prop_map(|(index, after)| Step::Watch(index, after)),
        1 => (0..12_usize).prop_map(Step::Forget),
        4 => slept.prop_map(Step::Turn),
    ]
}

/// Who is watched, until when: the plain list that the wheel must agree with.
#[derive(Debug, Default)]
struct List([Option<Instant>; 12]);

impl List {
    fn check(&self, timer: &Timer) {
        for (index, watched) in self.0.iter().enumerate() {
            assert_eq!(timer.watched_until(index), *watched, "{index}");
        }
        let earliest = self.0.iter().flatten().min();
        assert_eq!(timer.next().is_some(), earliest.is_some());
        if let (Some(next), Some(earliest)) = (timer.next(), earliest) {
            assert!(next <= *earliest, "nobody is slept through");
        }
        let held = self.0.iter().flatten().count();
        assert_eq!(timer.held, held);
    }
}

proptest! {
    #[test]
    fn agrees_with_a_plain_list(steps in prop::collection::vec(step(), 1..80)) {
        let began = clock();
        let mut timer = Timer::new(began);
        let mut list = List::default();
        let mut now = began;
        for step in steps {
            match step {
                Step::Watch(index, after) => {
                    let when = now + millis(after);
                    timer.watch(index, when);
                    let until = timer.watched_until(index).unwrap();
                    prop_assert!(until <= when + TICK, "never later than asked");
                    list.0[index] = Some(until);
                }
                Step::Forget(index) => {
                    timer.forget(index);
                    list.0[index] = None;
                }
                Step::Turn(slept) => {
                    now += millis(slept);
                    let mut expected = Vec::new();
                    for (index, watched) in list.0.iter_mut().enumerate() {
                        if watched.is_some_and(|until| until <= now) {
                            *watched = None;
                            expected.push(index);
                        }
                    }
                    prop_assert_eq!(turned(&mut timer, now), expected);
                }
            }
            list.check(&timer);
        }
    }

    /// As an event loop uses it: it sleeps until `next`, and asks again for who was looked at early.
    #[test]
    fn everybody_is_met_in_time(afters in prop::collection::vec(0..200_000_u64, 1..12)) {
        let began = clock();
        let mut timer = Timer::new(began);
        let whens: Vec<Instant> = afters.iter().map(|&after| began + millis(after)).collect();
        for (index, when) in whens.iter().enumerate() {
            timer.watch(index, *when);
        }
        let mut met = vec![None; whens.len()];
        let mut rounds = 0;
        while let Some(now) = timer.next() {
            for index in turned(&mut timer, now) {
                if now >= whens[index] {
                    prop_assert_eq!(met[index].replace(now), None);
                } else {
                    timer.watch(index, whens[index]);
                }
            }
            rounds += 1;
            prop_assert!(rounds < 2_000, "it comes to an end");
        }
        for (when, met) in whens.iter().zip(met) {
            let late = met.unwrap() - *when;
            prop_assert!(late <= TICK, "{:?} late", late);
        }
    }
}
