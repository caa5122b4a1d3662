//! The laws of a bucket, of the line, and of both together, at any step of any clock.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{
    Bucket, LINE_SLACK, Pace, Pacer, Rates, Share, TURN_BYTES_LEAST, TURNS_KEPT, line_turn_bytes,
    turn_bytes,
};
use crate::http::body::{Body, FileState, Source, Window};
use crate::net::clock;
use crate::range::Span;

const HUGE: u64 = 1 << 40;

/// A file of which nobody asks more than that it is one.
#[derive(Debug)]
struct Film;

impl Source for Film {
    fn window(&self, _: Span) -> io::Result<Window> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn promised_len(&self) -> u64 {
        HUGE
    }

    fn state(&self) -> io::Result<FileState> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

fn film() -> Arc<dyn Source> {
    Arc::new(Film)
}

/// A reply of a few bytes of our own and that much of a film.
fn reply(film: &Arc<dyn Source>, head: &'static [u8], len: u64) -> Body {
    let mut body = Body::default();
    body.push_static(head);
    body.push_slice(Arc::clone(film), Span::new(0, len).unwrap());
    body
}

fn begin() -> Instant {
    // So that a clock can go back.
    clock::now().steady + Duration::from_secs(1 << 20)
}

/// With timers of our own: no kernel is fast enough.
fn pacer(each: Option<u64>, burst: u64, total: Option<u64>, now: Instant) -> (Pace, Pacer) {
    let rates = Rates { each, burst, total };
    let pace = Pace::new(rates, u64::MAX, now).unwrap();
    let pacer = pace.pacer(now);
    (pace, pacer)
}

/// Lets a stream have all that it may until `end`, waking it that much later than it asked for.
fn run(pacer: &mut Pacer, body: &Body, now: &mut Instant, end: Instant, late: Duration) -> u64 {
    let mut sent = 0;
    while *now < end {
        match pacer.allow(body, *now) {
            Ok(share) => {
                pacer.take(share.paced, *now);
                sent += share.paced;
            }
            Err(at) => *now = at.max(*now) + late,
        }
    }
    sent
}

#[test]
fn nothing_is_bounded() {
    assert!(Pace::new(Rates::default(), 0, begin()).is_none());
}

/// A burst, then the rate; and a burst again after so long that it has come together.
#[test]
fn a_burst_then_the_rate() {
    let (rate, burst) = (1_000_000, 4_000_000);
    let mut now = begin();
    let (_, mut pacer) = pacer(Some(rate), burst, None, now);
    let film = film();
    let body = reply(&film, b"", HUGE);
    let share = pacer.allow(&body, now).unwrap();
    assert_eq!(
        share,
        Share {
            free: 0,
            paced: burst
        }
    );
    pacer.take(burst, now);
    assert_eq!(
        pacer.allow(&body, now),
        Err(now + Duration::from_millis(50))
    );

    let end = now + Duration::from_secs(10);
    let late = Duration::from_millis(30);
    let sent = run(&mut pacer, &body, &mut now, end, late);
    assert!((9_900_000..=10_100_000).contains(&sent), "{sent}");

    // A second range on the same connection gets none of its own; after a quiet time it does.
    let again = reply(&film, b"HTTP/1.1 206", HUGE);
    let rest = pacer.allow(&again, now).unwrap();
    assert!(rest.paced < 100_000, "{rest:?}");
    pacer.take(rest.paced, now);
    assert_eq!(pacer.allow(&again, now), Ok(Share { free: 12, paced: 0 }));
    now += Duration::from_secs(2);
    let half = pacer.allow(&again, now).unwrap().paced;
    assert!((2_000_000..2_100_000).contains(&half), "{half}");
    now += Duration::from_secs(60);
    assert_eq!(
        pacer.allow(&again, now),
        Ok(Share {
            free: 12,
            paced: burst
        })
    );
}

/// Pages, lists and heads leave at once, also in front of a film that has to wait.
#[test]
fn what_is_ours_never_waits() {
    let now = begin();
    let (_, mut pacer) = pacer(Some(20_000), 0, Some(20_000), now);
    let film = film();
    _ = pacer.allow(&reply(&film, b"", 10), now);
    pacer.take(1_000_000, now);
    let mut page = Body::default();
    page.push_static(b"a page");
    assert_eq!(pacer.allow(&page, now), Ok(Share { free: 6, paced: 0 }));
    assert!(pacer.allow(&reply(&film, b"", 10), now).is_err());
    let mut pipelined = page;
    pipelined.push_slice(film, Span::new(0, 10).unwrap());
    assert_eq!(
        pacer.allow(&pipelined, now),
        Ok(Share { free: 6, paced: 0 })
    );
}

/// The rest of a reply does not wait for a whole turn.
#[test]
fn a_short_rest() {
    let now = begin();
    let (_, mut pacer) = pacer(Some(100_000), 0, None, now);
    let film = film();
    let rest = reply(&film, b"", 100);
    _ = pacer.allow(&rest, now);
    pacer.take(1 << 16, now);
    assert_eq!(pacer.allow(&rest, now), Err(now + Duration::from_millis(1)));
    let share = pacer.allow(&rest, now + Duration::from_millis(1)).unwrap();
    assert_eq!(share.paced, 100);
}

/// Each file has a bucket of its own, the last two at least; who goes round among many gains nothing.
#[test]
fn a_bucket_for_each_file() {
    let (rate, burst) = (1_000_000, 4_000_000);
    let now = begin();
    let (_, mut pacer) = pacer(Some(rate), burst, None, now);
    let films: Vec<_> = (0..10).map(|_| film()).collect();
    let mut sent = 0;
    for round in 0..20 {
        for (number, film) in films.iter().enumerate() {
            let share = pacer.allow(&reply(film, b"", HUGE), now);
            let paced = share.map_or(0, |share| share.paced);
            assert!(paced == 0 || (round == 0 && number < 2), "{round} {number}");
            pacer.take(paced, now);
            sent += paced;
        }
    }
    assert_eq!(sent, 2 * burst);
    // A file goes on with what it has left, whatever came between.
    let later = now + Duration::from_secs(4);
    let again = pacer.allow(&reply(&films[9], b"", HUGE), later).unwrap();
    assert_eq!(again.paced, burst);
}

/// Where the kernel holds back, a socket is told once, and let go again for something worth a burst.
#[test]
fn by_the_kernel() {
    let (rate, burst) = (1_000_000, 4_000_000);
    let mut now = begin();
    let rates = Rates {
        each: Some(rate),
        burst,
        total: None,
    };
    let pace = Pace::new(rates, rate, now).unwrap();
    let mut pacer = pace.pacer(now);
    let film = film();
    let body = reply(&film, b"", HUGE);
    assert_eq!(pacer.allow(&body, now).unwrap().paced, burst);
    assert_eq!(pacer.poll_socket_rate(), None);
    pacer.take(burst, now);
    for _ in 0..100 {
        assert_eq!(pacer.allow(&body, now).unwrap().paced, HUGE);
        assert!(pacer.is_slowed());
        pacer.take(100_000, now);
        now += Duration::from_millis(100);
    }
    assert_eq!(pacer.poll_socket_rate(), Some(rate));
    assert_eq!(pacer.poll_socket_rate(), None);
    now += Duration::from_secs(1);
    assert_eq!(pacer.allow(&body, now).unwrap().paced, HUGE);
    assert_eq!(
        pacer.poll_socket_rate(),
        None,
        "a second's worth is no burst"
    );
    now += Duration::from_secs(2);
    assert_eq!(pacer.allow(&body, now).unwrap().paced, 3_000_000);
    assert_eq!(pacer.poll_socket_rate(), Some(u64::MAX));

    pacer.take(3_000_000, now);
    _ = pacer.allow(&body, now);
    assert_eq!(pacer.poll_socket_rate(), Some(rate));
    pacer.use_timer();
    assert!(pacer.allow(&body, now).is_err(), "then the timer does");
}

/// All share alike, whoever came first, and together they have what there is.
#[test]
fn all_in_turn() {
    for (total, count) in [
        (4_000_000, 4),
        (1_000_000, 50),
        (50_000_000, 3),
        (200_000, 7),
        (1_000_000, 1),
    ] {
        let start = begin();
        let rates = Rates {
            each: None,
            burst: 0,
            total: Some(total),
        };
        let pace = Pace::new(rates, 0, start).unwrap();
        let film = film();
        let body = reply(&film, b"", HUGE);
        let mut streams: Vec<_> = (0..count)
            .map(|_| (pace.pacer(start), start, 0u64))
            .collect();
        let secs = 20;
        let end = start + Duration::from_secs(secs);
        // The one whose moment comes first goes on; wheels wake up to a tick late.
        while let Some(next) = streams
            .iter_mut()
            .min_by_key(|(_, at, _)| *at)
            .filter(|(_, at, _)| *at < end)
        {
            let (pacer, at, sent) = next;
            match pacer.allow(&body, *at) {
                Ok(share) => {
                    pacer.take(share.paced, *at);
                    *sent += share.paced;
                }
                Err(moment) => *at = moment.max(*at) + Duration::from_millis(37),
            }
        }
        let sum: u64 = streams.iter().map(|(_, _, sent)| sent).sum();
        let most = total * secs + total / 2 + count * TURN_BYTES_LEAST;
        assert!(
            (total * secs * 95 / 100..=most).contains(&sum),
            "{total} {count}: {sum}"
        );
        let fair = sum / count;
        for (_, _, sent) in &streams {
            let off = sent.abs_diff(fair);
            assert!(
                off <= fair / 20 + 2 * line_turn_bytes(total, 1) + TURN_BYTES_LEAST,
                "{total} {count}: {sent} of {fair}"
            );
        }
    }
}

/// Who goes away leaves its place, and the others go on.
#[test]
fn a_place_given_up() {
    let mut now = begin();
    let (pace, mut stays) = pacer(None, 0, Some(1_000_000), now);
    let film = film();
    let body = reply(&film, b"", HUGE);
    let mut leaving: Vec<_> = (0..20).map(|_| pace.pacer(now)).collect();
    for pacer in &mut leaving {
        while let Ok(share) = pacer.allow(&body, now) {
            pacer.take(share.paced, now);
        }
    }
    drop(leaving);
    let end = now + Duration::from_secs(10);
    let sent = run(&mut stays, &body, &mut now, end, Duration::ZERO);
    assert!(sent >= 9_000_000, "{sent}");
}

proptest! {
    /// Never more than the burst and the rate times the time, however the clock jumps; and whoever waits for the moment
    /// that it was told has what it waited for, within a bounded time.
    #[test]
    fn a_bucket(
        rate in 1_024u64..1 << 33,
        burst in 0u64..1 << 33,
        steps in prop::collection::vec((0u64..20_000_000_000, any::<bool>(), 0u64..1 << 32, any::<bool>()), 1..60),
    ) {
        let mut now = begin();
        let mut bucket = Bucket::new(rate, burst, now);
        let burst = burst.max(TURNS_KEPT * turn_bytes(rate));
        let (mut sent, mut forward) = (0u128, 0u128);
        for (nanos, is_back, wanted, waits) in steps {
            let step = Duration::from_nanos(nanos);
            if is_back {
                now -= step;
            } else {
                now += step;
                forward += u128::from(nanos);
            }
            if waits {
                _ = bucket.level(now);
                let turn = turn_bytes(rate);
                let at = bucket.moment_of(turn).max(now);
                let wait = at.saturating_duration_since(now);
                let longest = Duration::from_secs(11 + burst / rate);
                prop_assert!(wait <= longest, "{wait:?}");
                forward += wait.as_nanos();
                now = at;
                prop_assert!(bucket.level(now) >= turn);
            }
            let level = bucket.level(now);
            prop_assert!(level <= burst);
            let taken = wanted.min(level);
            bucket.take(taken, now);
            sent += u128::from(taken);
            prop_assert!(sent <= u128::from(burst) + u128::from(rate) * forward / 1_000_000_000 + 1);
        }
    }

    /// All together never have more than the rate times the time and what is on the line, and none waits for ever.
    #[test]
    fn a_line(
        total in 1_024u64..1 << 33,
        steps in prop::collection::vec((0usize..5, 0u64..300_000_000, any::<bool>(), any::<bool>()), 1..200),
    ) {
        let mut now = begin();
        let rates = Rates { each: None, burst: 0, total: Some(total) };
        let pace = Pace::new(rates, 0, now).unwrap();
        let body = reply(&film(), b"", HUGE);
        let mut streams: Vec<_> = (0..5).map(|_| pace.pacer(now)).collect();
        let (mut sent, mut forward) = (0u128, 0u128);
        let turn = line_turn_bytes(total, 1);
        for (number, nanos, is_back, is_new) in steps {
            let step = Duration::from_nanos(nanos);
            if is_back {
                now -= step / 8;
            } else {
                now += step;
                forward += u128::from(nanos);
            }
            if is_new {
                streams[number] = pace.pacer(now);
            }
            match streams[number].allow(&body, now) {
                Ok(share) => {
                    prop_assert!(share.paced > 0 && share.paced <= turn);
                    streams[number].take(share.paced, now);
                    sent += u128::from(share.paced);
                }
                Err(at) => {
                    let ahead = at.saturating_duration_since(now);
                    prop_assert!(ahead.as_nanos() <= 10 * (u128::from(turn) * 1_000_000_000 / u128::from(total) + 300_000_000), "{ahead:?}");
                }
            }
            let slack = LINE_SLACK.as_nanos();
            let most = u128::from(total) * (forward + slack) / 1_000_000_000 + 7 * u128::from(turn);
            prop_assert!(sent <= most, "{sent} of {most}");
        }
    }
}
