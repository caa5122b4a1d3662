//! Who is shown what, and that everything has an end.

use std::time::SystemTime;

use super::*;

const BEGAN_SECS: u64 = 1_000;

fn at(millis: u64) -> Now {
    let wall = SystemTime::UNIX_EPOCH + Duration::from_millis(BEGAN_SECS * 1_000 + millis);
    Now::new(crate::net::clock::now().steady, wall)
}

fn session(name: &str) -> Option<Session> {
    Some(name.as_bytes().into())
}

fn seen(name: &str, key: usize) -> Seen {
    Seen {
        id: (0, key),
        peer: IpAddr::from([10, 0, 0, 7]),
        session: session(name),
        phase: Phase::Blocked,
        lasts: Duration::from_millis(1_250),
        request: b"GET /video/a.mp4".to_vec(),
        span: Span::new(0, 1_024),
        size: Some(4_096),
        sent: 512,
        of: 1_024,
        total: 90_000,
        rate: 7,
    }
}

fn asking(name: &str) -> Asking {
    Asking {
        peer: IpAddr::from([10, 0, 0, 7]),
        session: session(name),
        file: Some((b"a \"b\".mp4".to_vec(), 4_096)),
        span: Span::new(10, 20),
        heads: (
            b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            b"HTTP/1.1 206\r\n\r\n".to_vec(),
        ),
    }
}

fn message(live: &Live, sees: Sees<'_>) -> String {
    live.compose(sees, &Metrics::new(1, BEGAN_SECS), &at(2_000))
}

#[test]
fn sessions_have_names() {
    for (query, id) in [
        ("session=abc", Some("abc")),
        ("v=1&session=a-B_0.9", Some("a-B_0.9")),
        ("session=", None),
        ("session=a%20b", None),
        ("session=a/b", None),
        ("sessions=abc", None),
        ("", None),
    ] {
        assert_eq!(
            session_of(query.as_bytes()),
            id.map(str::as_bytes),
            "{query}"
        );
    }
    let (fits, too_long) = ("x".repeat(64), "x".repeat(65));
    assert!(session_of(format!("session={fits}").as_bytes()).is_some());
    assert!(session_of(format!("session={too_long}").as_bytes()).is_none());
}

#[test]
fn others_are_seen_only_by_who_may() {
    let live = Arc::new(Live::default());
    let _watch = live.watch().expect("a place");
    let metrics = Metrics::new(1, BEGAN_SECS);
    live.publish(
        0,
        (vec![seen("mine", 1), seen("theirs", 2)], 3),
        &metrics,
        &at(0),
    );
    live.asked(asking("mine"), &at(0));
    let id = live.asked(asking("theirs"), &at(0));
    live.sent(id, 5);

    let all = message(&live, Sees::All(b"mine"));
    assert!(all.contains("\"sees\":\"all\""));
    assert!(all.contains("\"id\":\"0-1\"") && all.contains("\"id\":\"0-2\""));
    assert!(all.contains("\"peer\":\"10.0.0.7\""));
    assert!(all.contains("\"more\":3"));
    assert!(all.contains("\"size\":4096,\"from\":10,\"to\":20,\"sent\":5,\"at\":1000000"));
    assert!(all.contains("\"video\":\"a \\\"b\\\".mp4\""), "{all}");
    assert_eq!(
        all.matches("\"request\":\"GET / HTTP").count(),
        1,
        "one's own heads alone"
    );

    let own = message(&live, Sees::Own(b"mine"));
    assert!(own.contains("\"id\":\"0-1\"") && !own.contains("\"id\":\"0-2\""));
    assert!(
        !own.contains("theirs") && !own.contains("10.0.0.7"),
        "{own}"
    );
    assert!(own.contains("\"more\":0"));
}

#[test]
fn players_are_believed_as_far_as_they_write_numbers() {
    let live = Live::default();
    let report = |form: &str| {
        live.report(b"mine", form.as_bytes());
        let metrics = Metrics::new(1, BEGAN_SECS);
        live.publish(0, (vec![seen("mine", 1)], 0), &metrics, &at(0));
        let text = message(&live, Sees::Own(b"mine"));
        let player = text
            .split_once("\"player\":")
            .map(|(_, rest)| rest.to_owned());
        player.and_then(|rest| Some(rest.split_once('}')?.0.to_owned()))
    };
    assert_eq!(
        report("name=shows%2Fe+1.mp4&position=12.5&buffered=30&stalls=2&paused=0&rate=1.5"),
        Some(
            "{\"name\":\"shows/e 1.mp4\",\"position\":12.5,\"buffered\":30,\"stalls\":2,\
             \"paused\":false,\"rate\":1.5"
                .to_owned()
        )
    );
    let odd = "name=a&position=NaN&buffered=1e9&stalls=007&paused=1&rate=\",\"x\":\"";
    assert_eq!(
        report(odd),
        Some("{\"name\":\"a\",\"paused\":true".to_owned())
    );
    assert_eq!(report(""), None, "nothing plays any more");
}

#[test]
fn everything_has_an_end() {
    let live = Arc::new(Live::default());
    let watches: Vec<_> = std::iter::from_fn(|| live.watch()).take(1_000).collect();
    assert_eq!(watches.len(), WATCHERS_MAX);
    for _ in 0..1_000 {
        live.asked(asking("mine"), &at(0));
    }
    for number in 0..1_000 {
        let id = format!("s{number}");
        live.report(id.as_bytes(), b"name=a");
    }
    let text = message(&live, Sees::All(b"mine"));
    assert_eq!(text.matches("\"video\"").count(), SPANS_MAX);
    assert_eq!(text.matches("\"reply\"").count(), HEADS_MAX);
    assert_eq!(live.board().reports.len(), REPORTS_MAX);

    drop(watches);
    assert!(!live.is_watched());
    assert!(live.board().asked.is_empty() && live.board().workers.is_empty());
}

#[test]
fn the_rate_is_of_the_last_second() {
    let live = Live::default();
    let metrics = Metrics::new(1, BEGAN_SECS);
    let worker = metrics.of_worker(0);
    let rate = |millis, more| {
        worker.sent_bytes.add(more);
        live.publish(0, (Vec::new(), 0), &metrics, &at(millis));
        let text = live.compose(Sees::Own(b"x"), &metrics, &at(millis));
        let (_, rest) = text.split_once("\"rate\":").expect("a rate");
        rest.split_once(',').expect("more").0.to_owned()
    };
    assert_eq!(rate(0, 5_000), "0");
    assert_eq!(rate(1_000, 3_000), "3000");
    assert_eq!(rate(1_500, 9_000), "3000", "too soon");
    assert_eq!(rate(3_000, 0), "4500");
    assert_eq!(rate(4_000, 0), "0");
}

#[test]
fn a_wall_clock_that_is_put_back_spoils_one_rate() {
    let live = Live::default();
    let metrics = Metrics::new(1, BEGAN_SECS);
    let worker = metrics.of_worker(0);
    let rate = |wall| {
        worker.sent_bytes.add(7_000);
        live.publish(0, (Vec::new(), 0), &metrics, &at(wall));
        live.board().rate
    };
    for (wall, wanted) in [
        (900_000, 0),
        (1_000, 7),
        (2_000, 7_000),
        (999_000, 7),
        (1_000_000, 7_000),
    ] {
        assert_eq!(rate(wall), wanted, "{wall}");
    }
}

#[test]
fn a_rate_is_not_kept_for_who_comes_later() {
    let live = Arc::new(Live::default());
    let metrics = Metrics::new(1, BEGAN_SECS);
    let rate = |live: &Live| {
        let text = live.compose(Sees::All(b"a"), &metrics, &at(9_000));
        let (_, rest) = text.split_once("\"rate\":").expect("a rate");
        rest.split(',').next().map(str::to_owned)
    };
    let watch = live.watch();
    live.publish(0, (Vec::new(), 0), &metrics, &at(0));
    metrics.of_worker(0).sent_bytes.add(5_000);
    live.publish(0, (Vec::new(), 0), &metrics, &at(1_000));
    assert_eq!(rate(&live).as_deref(), Some("5000"));
    drop(watch);
    let _watch = live.watch();
    live.publish(0, (Vec::new(), 0), &metrics, &at(8_000));
    assert_eq!(rate(&live).as_deref(), Some("0"));
}

#[test]
fn what_a_speaker_said_goes_with_it() {
    let live = Arc::new(Live::default());
    let _watch = live.watch().expect("a place");
    let metrics = Metrics::new(1, BEGAN_SECS);
    live.publish(0, (vec![seen("a", 1)], 0), &metrics, &at(0));
    let id = session("a").expect("a name");
    let speaker = live.speaker(&id);
    speaker.report(b"name=a.mp4");
    let is_shown = || message(&live, Sees::All(b"b")).contains("\"player\"");
    assert!(is_shown());
    drop(speaker);
    assert!(!is_shown());
}

#[test]
fn the_busy_of_all_workers_come_before_the_idle_of_one() {
    let live = Arc::new(Live::default());
    let _watch = live.watch().expect("a place");
    let metrics = Metrics::new(2, BEGAN_SECS);
    let idle = |key| Seen {
        phase: Phase::Idle,
        ..seen("idle", key)
    };
    let idle = (0..SHOWN_MAX).map(idle).collect();
    live.publish(0, (idle, 7), &metrics, &at(0));
    live.publish(1, (vec![seen("busy", 1)], 0), &metrics, &at(0));
    let text = message(&live, Sees::All(b"b"));
    let first = "\"connections\":[{\"id\":\"0-1\",\"peer\":\"10.0.0.7\",\"session\":\"busy\"";
    assert!(text.contains(first), "{text}");
    assert!(text.contains("\"more\":8,"), "{text}");
}
