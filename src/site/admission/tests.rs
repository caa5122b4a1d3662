//! Admission as a table of moments, and the laws that hold at any of them.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Admission, Look, Parked, QUEUE_FULL, QUEUE_SHARE, Terms, Verdict, Visit};
use crate::limits::Limits;
use crate::net::clock;

const REST: u64 = 10_000;
const CALLED: u64 = 12_000;
const AWAY: u64 = 15_000;

/// The house, and a clock that the test turns.
struct Scene {
    admission: Admission,
    began: Instant,
    millis: u64,
}

impl Scene {
    fn new(streams_max: usize, queue_max: usize) -> Self {
        let limits = Limits {
            queue_called_secs_max: 12,
            ..Limits::default()
        };
        let terms = Terms {
            streams_max,
            queue_max,
            wait: Duration::from_secs(30),
        };
        let began = clock::now().steady;
        let admission = Admission::new(terms, &limits, began);
        Self {
            admission,
            began,
            millis: 0,
        }
    }

    fn now(&self) -> Instant {
        self.began + Duration::from_millis(self.millis)
    }

    fn at(&mut self, millis: u64) -> &mut Self {
        self.millis = millis;
        self
    }

    fn enter(&self, client: u8, name: &str) -> Verdict {
        self.admission
            .enter(client_of(client), name.as_bytes(), true, self.now())
    }

    fn visit(&self, client: u8, name: &str) -> Visit {
        match self.enter(client, name) {
            Verdict::In(visit) => visit,
            other @ (Verdict::Waits(_) | Verdict::Refused(_)) => {
                panic!("{client} {name} is not let in: {other:?}")
            }
        }
    }

    fn park(&self, client: u8, name: &str) -> Parked {
        match self.enter(client, name) {
            Verdict::Waits(parked) => parked,
            other @ (Verdict::In(_) | Verdict::Refused(_)) => {
                panic!("{client} {name} does not wait: {other:?}")
            }
        }
    }

    fn refused(&self, client: u8, name: &str) -> &'static str {
        match self.enter(client, name) {
            Verdict::Refused(why) => why,
            other @ (Verdict::In(_) | Verdict::Waits(_)) => {
                panic!("{client} {name} is not refused: {other:?}")
            }
        }
    }

    fn end(&self, visit: Visit) {
        self.admission.rest(visit, self.now());
    }

    fn look(&self, parked: &Parked) -> Look {
        self.admission.look(parked.stream(), self.now())
    }

    fn waits_until(&self, parked: &Parked) -> u64 {
        match self.look(parked) {
            Look::At(at) => u64::try_from((at - self.began).as_millis()).unwrap(),
            Look::Turn => panic!("it is its turn"),
        }
    }

    fn counts(&self) -> (usize, usize) {
        let house = self.admission.house();
        (house.seated.len(), house.waiting.len())
    }
}

fn client_of(number: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, number])
}

#[test]
fn a_player_is_one_stream_whatever_it_asks_for() {
    let mut scene = Scene::new(1, 0);
    let probe = scene.visit(1, "a");
    let more: Vec<Visit> = (0..5).map(|_| scene.visit(1, "a")).collect();
    scene.end(probe);
    drop(more);
    // Another file of another client is another one; it rests from the last byte on.
    assert_eq!(scene.at(REST - 1).refused(2, "a"), QUEUE_FULL);
    scene.at(REST).visit(2, "a");
    assert_eq!(scene.counts(), (1, 0));
}

#[test]
fn a_paused_reader_keeps_its_place() {
    let mut scene = Scene::new(1, 1);
    let paused = scene.visit(1, "a");
    let parked = scene.at(60_000).park(2, "b");
    assert_eq!(scene.waits_until(&parked), 60_000 + REST, "not sooner");
    scene.at(70_000);
    assert_eq!(scene.waits_until(&parked), 70_000 + REST);
    scene.end(paused);
    scene.at(80_000 - 1);
    assert_eq!(scene.waits_until(&parked), 80_000);
    scene.at(80_000);
    assert_eq!(scene.look(&parked), Look::Turn);
}

#[test]
fn they_are_called_in_order_of_arrival() {
    let mut scene = Scene::new(2, 8);
    let seated = [scene.visit(1, "a"), scene.visit(2, "a")];
    let parked: Vec<Parked> = (3..8).map(|client| scene.park(client, "a")).collect();
    for (at, parked) in parked.iter().enumerate() {
        assert_eq!(scene.admission.number(parked.stream()), Some(at + 1));
    }
    for visit in seated {
        scene.end(visit);
    }
    scene.at(REST);
    // The last one looks first, and calls the others.
    assert!(matches!(scene.look(&parked[4]), Look::At(_)));
    let turns: Vec<bool> = parked
        .iter()
        .map(|it| scene.look(it) == Look::Turn)
        .collect();
    assert_eq!(turns, [true, true, false, false, false]);
    assert_eq!(scene.admission.number(parked[2].stream()), Some(1));
    // Nobody slips in between.
    drop(scene.park(9, "a"));
    let visit = parked[0].stream().visit();
    assert!(visit.is_some(), "the place is there without a lock");
    // One that does not come loses it, after a while.
    scene.at(REST + CALLED - 1);
    assert!(matches!(scene.look(&parked[2]), Look::At(_)));
    scene.at(REST + CALLED);
    assert_eq!(scene.look(&parked[2]), Look::Turn);
    assert!(parked[1].stream().visit().is_none());
}

#[test]
fn the_next_episode_takes_the_place_of_the_last_one() {
    let mut scene = Scene::new(1, 4);
    let first = scene.visit(1, "e1");
    let waits = scene.park(2, "film");
    scene.end(first);
    let second = scene.at(100).visit(1, "e2");
    assert_eq!(
        scene.counts(),
        (1, 1),
        "it passes the queue in its own place"
    );
    // While something is on its way there is nothing to give.
    let third = scene.park(1, "e3");
    assert_eq!(
        scene.waits_until(&third),
        100 + 250,
        "it may come to rest at any moment"
    );
    scene.end(second);
    scene.at(350);
    assert_eq!(scene.look(&third), Look::Turn);
    assert!(matches!(scene.look(&waits), Look::At(_)));
}

#[test]
fn where_there_is_room_nothing_is_taken_away_but_for_others() {
    let mut scene = Scene::new(2, 4);
    let first = scene.visit(1, "e1");
    scene.end(first);
    drop(scene.visit(1, "e2"));
    assert_eq!(scene.counts().0, 2);
    // The first one goes on, if its viewer is another one of the household.
    scene.at(1);
    let again = scene.visit(1, "e1");
    scene.end(again);
    drop(scene.visit(1, "e2"));
    // Or somebody else comes, who need not wait for it to rest.
    drop(scene.at(2).visit(2, "film"));
    assert_eq!(scene.counts(), (2, 0));
}

#[test]
fn one_client_does_not_fill_the_queue() {
    let scene = Scene::new(1, 100);
    let _watches = scene.visit(1, "a");
    let parked: Vec<Parked> = ["b", "c", "d", "e"].map(|name| scene.park(2, name)).into();
    assert_eq!(scene.refused(2, "f"), QUEUE_SHARE);
    let again = scene.park(2, "c");
    assert_eq!(
        scene.admission.number(again.stream()),
        Some(2),
        "the same place for the same stream"
    );
    let six = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last]);
    let six: Vec<Verdict> = (0..5)
        .map(|last| scene.admission.enter(six(last), b"a", true, scene.now()))
        .collect();
    assert!(
        matches!(six[4], Verdict::Refused(QUEUE_SHARE)),
        "a /64 is one"
    );
    assert_eq!(scene.counts(), (1, parked.len() + 4));
}

#[test]
fn who_looks_in_takes_only_what_is_free() {
    let scene = Scene::new(1, 4);
    let peek = |name: &str| {
        scene
            .admission
            .enter(client_of(1), name.as_bytes(), false, scene.now())
    };
    let Verdict::In(film) = peek("film") else {
        panic!("there is room");
    };
    scene.end(film);
    assert!(matches!(peek("other"), Verdict::Refused(QUEUE_FULL)));
    assert!(
        matches!(peek("film"), Verdict::In(_)),
        "it is of the same stream"
    );
    assert_eq!(scene.counts(), (1, 0));
}

#[test]
fn a_place_in_the_queue_survives_between_two_questions() {
    let mut scene = Scene::new(1, 4);
    let _watches = scene.visit(1, "a");
    let ask = |scene: &Scene, client| {
        let parked = scene.park(client, "b");
        scene.admission.keep(&parked, scene.now());
        scene.admission.number(parked.stream())
    };
    assert_eq!(ask(&scene, 2), Some(1));
    assert_eq!(ask(&scene, 3), Some(2));
    scene.at(AWAY - 1);
    assert_eq!(ask(&scene, 3), Some(2));
    scene.at(AWAY);
    assert_eq!(ask(&scene, 3), Some(1), "the first one has not come back");
    // One that was not told to come back, and is gone, is forgotten at once.
    let parked = scene.park(4, "c");
    assert_eq!(scene.counts(), (1, 2));
    drop(parked);
    drop(scene.park(5, "c"));
    assert_eq!(scene.counts(), (1, 2));
}

#[test]
fn two_requests_of_a_stream_wait_for_one_place() {
    let mut scene = Scene::new(1, 1);
    let watches = scene.visit(1, "a");
    let (one, two) = (scene.park(2, "b"), scene.park(2, "b"));
    assert_eq!(scene.refused(3, "c"), QUEUE_FULL);
    drop(one);
    drop(watches);
    scene.at(REST);
    assert_eq!(scene.look(&two), Look::Turn);
    let visits = [two.stream().visit(), two.stream().visit()];
    assert!(visits.iter().all(Option::is_some));
    assert_eq!(scene.counts(), (1, 0));
}

#[test]
fn a_clock_that_goes_back_breaks_nothing() {
    let mut scene = Scene::new(1, 1);
    scene.at(50_000);
    let watches = scene.visit(1, "a");
    scene.end(watches);
    let parked = scene.park(2, "b");
    let past = scene.began.checked_sub(Duration::from_secs(5));
    if let Some(past) = past {
        assert!(matches!(
            scene.admission.look(parked.stream(), past),
            Look::At(_)
        ));
    }
    scene.at(50_000 + REST);
    assert_eq!(scene.look(&parked), Look::Turn);
}

#[test]
fn what_is_told() {
    let mut scene = Scene::new(2, 4);
    let _watch = [scene.visit(1, "a"), scene.visit(2, "a")];
    let _parked = scene.park(3, "a");
    scene.at(5);
    let (mut json, mut text) = (String::new(), String::new());
    scene.admission.write_json(scene.now(), &mut json);
    scene.admission.write_prometheus(scene.now(), &mut text);
    assert_eq!(
        json,
        ",\"admission\":{\"viewers\":2,\"viewers_most\":2,\"viewers_max\":2,\"queue\":1,\
         \"admitted\":2,\"queued\":1}"
    );
    assert!(
        text.contains("reeld_viewers 2\n") && text.contains("reeld_queue 1\n"),
        "{text}"
    );
}

/// What one of several clients does next.
#[derive(Debug, Clone)]
enum Act {
    Ask(u8, u8, bool),
    End(usize),
    Leave(usize),
    Told(usize),
    Pass(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..12u8, 0..3u8, prop::bool::weighted(0.9)).prop_map(|(who, what, waits)| Act::Ask(who, what, waits)),
        3 => any::<usize>().prop_map(Act::End),
        1 => any::<usize>().prop_map(Act::Leave),
        1 => any::<usize>().prop_map(Act::Told),
        4 => prop_oneof![0..300u64, 0..20_000u64].prop_map(Act::Pass),
    ]
}

/// Those who wait, in the order in which they came.
fn line(scene: &Scene) -> Vec<Arc<super::Stream>> {
    scene
        .admission
        .house()
        .waiting
        .iter()
        .map(Arc::clone)
        .collect()
}

proptest! {
    /// Never more than so many at once; nobody waits while a place is free; those who wait keep their order, and
    /// are passed by nobody but whose own client gave a place; everybody who stays is served.
    #[test]
    fn laws(places in 1..4usize, queue in 0..6usize, acts in prop::collection::vec(act(), 1..120)) {
        let mut scene = Scene::new(places, queue);
        let (mut visits, mut parked): (Vec<Visit>, Vec<Parked>) = (Vec::new(), Vec::new());
        for act in acts {
            let before = line(&scene);
            match act {
                Act::Ask(client, name, may_wait) => {
                    let name = [b'a' + name];
                    match scene.admission.enter(client_of(client), &name, may_wait, scene.now()) {
                        Verdict::In(visit) => visits.push(visit),
                        Verdict::Waits(one) => parked.push(one),
                        Verdict::Refused(_) => {}
                    }
                }
                Act::End(at) if !visits.is_empty() => {
                    let visit = visits.swap_remove(at % visits.len());
                    scene.end(visit);
                }
                Act::Leave(at) if !parked.is_empty() => drop(parked.swap_remove(at % parked.len())),
                Act::Told(at) if !parked.is_empty() => {
                    let one = parked.swap_remove(at % parked.len());
                    scene.admission.keep(&one, scene.now());
                }
                Act::Pass(millis) => scene.millis += millis,
                Act::End(_) | Act::Leave(_) | Act::Told(_) => {}
            }
            // Whoever is called comes, as a connection would.
            parked.retain(|one| match scene.look(one) {
                Look::Turn => {
                    visits.extend(one.stream().visit());
                    false
                }
                Look::At(at) => {
                    assert!(at > scene.now() || scene.millis == 0, "it would look at once again");
                    true
                }
            });
            let (seated, waiting) = scene.counts();
            prop_assert!(seated <= places && waiting <= queue);
            prop_assert!(waiting == 0 || seated == places, "one waits while a place is free");
            let after = line(&scene);
            let stayed: Vec<_> = before.iter().filter(|it| after.iter().any(|one| Arc::ptr_eq(one, it))).collect();
            prop_assert!(stayed.iter().zip(&after).all(|(one, two)| Arc::ptr_eq(one, two)), "order");
            // On its way is only what has a place.
            let house = scene.admission.house();
            for visit in &visits {
                prop_assert!(house.seated.iter().any(|it| Arc::ptr_eq(it, visit.stream())));
            }
        }
        // All replies end, and time goes by: everybody who still waits gets a turn.
        let mut rounds = 0;
        while !parked.is_empty() {
            for visit in visits.drain(..) {
                scene.end(visit);
            }
            let next = parked.iter().map(|one| match scene.look(one) {
                Look::Turn => scene.millis,
                Look::At(at) => u64::try_from((at - scene.began).as_millis()).unwrap(),
            });
            scene.millis = next.min().unwrap().max(scene.millis);
            parked.retain(|one| match scene.look(one) {
                Look::Turn => { visits.extend(one.stream().visit()); false }
                Look::At(_) => true,
            });
            rounds += 1;
            prop_assert!(rounds < 500, "{} wait for ever", parked.len());
        }
    }
}

/// Many threads at once, as workers are: never more than so many are served, and what is counted comes back.
#[test]
fn workers_beside_each_other() {
    let scene = Arc::new(Scene::new(3, 50));
    let most = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let threads: Vec<_> = (0..4u8)
        .map(|worker| {
            let (scene, most) = (Arc::clone(&scene), Arc::clone(&most));
            std::thread::spawn(move || {
                for round in 0..3_000u64 {
                    let now = scene.began + Duration::from_millis(round * 50);
                    let client = client_of(worker * 4 + u8::try_from(round % 4).unwrap());
                    match scene.admission.enter(client, b"a", true, now) {
                        Verdict::In(visit) => {
                            let seated = scene.counts().0;
                            most.fetch_max(seated, std::sync::atomic::Ordering::Relaxed);
                            let stream = Arc::clone(visit.stream());
                            scene.admission.rest(visit, now);
                            drop(stream.visit());
                        }
                        Verdict::Waits(parked) => _ = scene.admission.look(parked.stream(), now),
                        Verdict::Refused(why) => assert_eq!(why, QUEUE_FULL),
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert!((1..=3).contains(&most.load(std::sync::atomic::Ordering::Relaxed)));
    let late = scene.began + Duration::from_secs(100_000);
    let mut text = String::new();
    scene.admission.write_json(late, &mut text);
    assert!(
        text.contains("\"viewers\":0,") && text.contains("\"queue\":0,"),
        "{text}"
    );
}
