//! What is shown to who watches: requests as they crossed the wire, replies as they leave.

use std::thread;
use std::time::Duration;

use crate::bytes::clip;
use crate::client::{Wire, eventually, request};
use crate::json::Json;
use crate::server::Server;
use crate::socket::{Page, only};

const LARGE: usize = 24_000_000;

fn start(args: &[&str]) -> Server {
    Server::start(args, |folder| {
        folder.write("a.mp4", "0123456789");
        folder.write("b \"c\"/\u{e9}.mp4", "abc");
        folder.write("large.mp4", clip(31, LARGE));
    })
}

fn requests(connection: &Json, starts: &str) -> bool {
    connection.at("request").text().starts_with(starts)
}

/// The fields that the page is promised, and no others.
#[track_caller]
fn names(map: &Json, expected: &[&str]) {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    let names: Vec<&str> = map.members().keys().map(String::as_str).collect();
    assert_eq!(names, expected, "{map:?}");
}

/// Requests for bytes of files, and one for a file that is not there.
fn asked() -> [String; 4] {
    let odd = "/video/b%20%22c%22/%C3%A9.mp4?session=me";
    [
        request("GET", "/video/a.mp4?session=me", &["Range: bytes=2-5"]),
        request("GET", odd, &["rANGE:\tbytes=-1"]),
        request("GET", "/video/a.mp4?session=me", &["X-Odd: \"\\ \u{e9}"]),
        request("GET", "/video/none.mp4?session=me", &[]),
    ]
}

/// Sends them one after the other, and reads the heads of the replies as they come.
fn ask_all(server: &Server) -> Vec<Vec<u8>> {
    let mut wire = server.wire();
    let one = |bytes: &String| {
        wire.send(bytes);
        raw_head(&mut wire)
    };
    asked().iter().map(one).collect()
}

/// One's own heads, byte for byte as they were sent and received, the latest first; and statuses.
#[test]
fn heads() {
    let server = start(&[]);
    let mut page = Page::open(&server, "me");
    page.watch();
    let before = page.fresh_view();
    let replies = ask_all(&server);
    let view = page.fresh_view();
    #[rustfmt::skip]
    names(&view, &["type", "now", "sees", "totals", "connections", "more", "spans", "heads"]);
    assert_eq!(view.at("sees").text(), "all");
    let heads = view.at("heads").list();
    assert_eq!(heads.len(), 4, "{view:?}");
    for ((head, asked), reply) in heads.iter().rev().zip(&asked()).zip(&replies) {
        assert_eq!(head.at("request").text(), asked);
        assert_eq!(head.at("reply").text().as_bytes(), reply);
        names(head, &["id", "at", "request", "reply"]);
    }
    let count = |view: &Json, status: &str| {
        let statuses = view.at("totals").at("statuses");
        statuses.get(status).map_or(0, Json::number)
    };
    for (status, more) in [("200", 1), ("206", 2), ("404", 1), ("101", 0)] {
        let rise = count(&view, status) - count(&before, status);
        assert_eq!(rise, more, "{status}: {view:?}");
    }
}

/// One's own strips: of which file, which bytes, how many of them have left.
#[test]
fn strips() {
    let server = start(&[]);
    let mut page = Page::open(&server, "me");
    page.watch();
    ask_all(&server);
    let view = page.fresh_view();
    let spans = view.at("spans").list();
    for span in spans {
        #[rustfmt::skip]
        names(span, &["id", "video", "size", "session", "peer", "from", "to", "sent", "at"]);
        assert_eq!(span.at("session").text(), "me");
        assert_eq!(span.at("peer").text(), "127.0.0.1");
        assert!(view.at("now").number() - span.at("at").number() < 10_000);
    }
    let short = spans.iter().map(|span| {
        let numbers = ["size", "from", "to", "sent"].map(|name| span.at(name).number());
        (span.at("video").text(), numbers)
    });
    let expected = [
        ("a.mp4", [10, 2, 6, 4]),
        ("b \"c\"/\u{e9}.mp4", [3, 2, 3, 1]),
        ("a.mp4", [10, 0, 10, 10]),
    ];
    assert_eq!(short.collect::<Vec<_>>(), expected);
    let ids: Vec<u64> = spans.iter().map(|span| span.at("id").number()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    // An entry keeps its number from one message to the next.
    assert_eq!(page.told().at("spans"), view.at("spans"));
}

/// A reply's head as it came; its body is read too.
fn raw_head(wire: &mut Wire) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(wire.take(1));
    }
    let text = String::from_utf8(head.clone()).unwrap();
    let (_, len) = text.split_once("Content-Length: ").unwrap();
    wire.take(len.split("\r\n").next().unwrap().parse().unwrap());
    head
}

/// HEAD and preconditions carry no bytes, and draw no strip.
#[test]
fn no_bytes_no_strip() {
    let server = start(&[]);
    let mut page = Page::open(&server, "me");
    page.watch();
    server.ask("HEAD", "/video/a.mp4?session=me", &["Range: bytes=2-5"]);
    server.get("/video/a.mp4?session=me", &["If-None-Match: *"]);
    server.get("/video/a.mp4?session=me", &["Range: bytes=99-"]);
    let view = page.view("the heads", |view| view.at("heads").list().len() == 3);
    assert!(view.at("spans").list().is_empty(), "{view:?}");
}

/// A reader that does not read is blocked, and seen to be: where it stands, and since when.
#[test]
fn a_blocked_reader() {
    let server = start(&[]);
    let mut page = Page::open(&server, "me");
    page.say("report name=large.mp4&position=12.3&buffered=30.5&stalls=2&paused=0&rate=1.25");
    page.watch();
    let mut wire = Wire::open_narrow(server.address());
    let range = format!("Range: bytes=1000-{}", LARGE - 1);
    wire.send(request("GET", "/video/large.mp4?session=me", &[&range]));
    assert_eq!(wire.head().status, 206);
    let is_blocked = |connection: &Json| {
        requests(connection, "GET /video/large.mp4?session=me")
            && connection.at("phase").text() == "blocked"
            && !connection.at("secs").starts("0.")
    };
    let view = page.view("a blocked reader", |view| {
        view.at("connections").list().iter().any(is_blocked)
    });
    let reader = only(view.at("connections"), "the reader", is_blocked);
    names(
        reader,
        &[
            "id", "peer", "session", "phase", "secs", "request", "range", "size", "sent", "of",
            "total", "rate", "player",
        ],
    );
    assert_eq!(reader.at("peer").text(), "127.0.0.1");
    assert_eq!(reader.at("session").text(), "me");
    let (first, last) = (1000, LARGE as u64 - 1);
    let range: Vec<u64> = reader.at("range").list().iter().map(Json::number).collect();
    assert_eq!(range, [first, last]);
    assert_eq!(reader.at("size").number(), LARGE as u64);
    assert_eq!(reader.at("of").number(), last + 1 - first);
    let (sent, total) = (reader.at("sent").number(), reader.at("total").number());
    assert!((1..last).contains(&sent), "{reader:?}");
    assert!((sent + 200..sent + 2000).contains(&total), "{reader:?}");
    let player = reader.at("player");
    names(
        player,
        &["name", "position", "buffered", "stalls", "paused", "rate"],
    );
    assert_eq!(player.at("name").text(), "large.mp4");
    assert_eq!(*player.at("position"), Json::Number("12.3".into()));
    assert_eq!(*player.at("paused"), Json::Bool(false));
    assert_eq!(view.at("totals").at("phases").at("blocked").number(), 1);
    let strip = only(view.at("spans"), "the strip", |span| {
        span.at("video").text() == "large.mp4"
    });
    assert_eq!(strip.at("sent").number(), sent, "{view:?}");

    // It reads on, and the numbers with it.
    wire.take(LARGE / 2);
    page.view("half of it", |view| {
        let connections = view.at("connections").list();
        let reader = connections
            .iter()
            .find(|one| requests(one, "GET /video/large"));
        reader.is_some_and(|reader| {
            reader.at("sent").number() > LARGE as u64 / 2 && reader.at("rate").number() > 0
        })
    });
    wire.take(LARGE - 1000 - LARGE / 2);
    page.view("the whole of it", |view| {
        let mut spans = view.at("spans").list().iter();
        spans.any(|span| span.at("sent").number() == last + 1 - first)
            && view.at("totals").at("phases").at("blocked").number() == 0
    });
    // What a player said is withdrawn by its page.
    page.say("report");
    page.is_heard();
    let view = page.fresh_view();
    let shown = format!("{:?}", view.at("connections"));
    assert!(!shown.contains("player"), "{shown}");
}

/// Two hundred connections are shown, those that do something first; the others are counted.
#[test]
fn more() {
    let server = start(&["--workers", "2"]);
    let mut page = Page::open(&server, "me");
    let mut idle: Vec<Wire> = (0..450).map(|_| server.wire()).collect();
    for wire in &mut idle {
        wire.send(request("GET", "/video/a.mp4", &[]));
        assert_eq!(wire.reply().text(), "0123456789");
    }
    let (_reader, _) = server.slow_reader("/video/large.mp4?session=me");
    page.watch();
    let view = page.view("all of them", |view| {
        view.at("connections").list().len() as u64 + view.at("more").number() == 452
    });
    assert_eq!(view.at("connections").list().len(), 200);
    assert_eq!(view.at("totals").at("connections").number(), 452);
    for phase in ["live", "blocked"] {
        only(view.at("connections"), phase, |one| {
            one.at("phase").text() == phase
        });
    }
}

/// Only the latest 200 strips and 20 heads are kept.
#[test]
fn the_latest_are_kept() {
    let server = start(&[]);
    let mut page = Page::open(&server, "me");
    page.watch();
    let mut wire = server.wire();
    for n in 0..250 {
        let digit = format!("Range: bytes={0}-{0}", n % 10);
        wire.send(request(
            "GET",
            &format!("/video/a.mp4?n={n}&session=me"),
            &[&digit],
        ));
        wire.reply();
    }
    let view = page.fresh_view();
    let spans = view.at("spans").list();
    assert_eq!(spans.len(), 200);
    for (span, n) in spans.iter().zip(50..) {
        assert_eq!(span.at("from").number(), n % 10);
    }
    let heads = view.at("heads").list();
    assert_eq!(heads.len(), 20);
    for (head, n) in heads.iter().zip((0..250).rev()) {
        let start = format!("GET /video/a.mp4?n={n}&");
        assert!(head.at("request").text().starts_with(&start), "{head:?}");
    }
}

/// While nobody watches nothing is collected; what was collected goes with the last who does.
#[test]
fn nothing_is_collected_for_nobody() {
    let server = start(&[]);
    let get = |n: &str| {
        let target = format!("/video/a.mp4?{n}&session=me");
        server.get(&target, &["Range: bytes=0-0", "Cookie: secret"]);
    };
    let first = |view: &Json| {
        let heads = view.at("heads").list();
        assert_eq!(heads.len(), view.at("spans").list().len(), "{view:?}");
        let start = |head: &Json| head.at("request").text()[..25].to_owned();
        heads.iter().map(start).collect::<Vec<_>>()
    };
    get("before");
    let mut page = Page::open(&server, "me");
    let mut other = Page::open(&server, "me");
    get("before");
    page.watch();
    get("number1");
    assert_eq!(first(&page.fresh_view()), ["GET /video/a.mp4?number1&"]);
    // Another one may come and go.
    other.watch();
    other.fresh_view();
    other.close();
    get("number2");
    let view = page.fresh_view();
    let both = ["GET /video/a.mp4?number2&", "GET /video/a.mp4?number1&"];
    assert_eq!(first(&view), both);

    page.say("watch nothing");
    page.is_heard();
    get("between");
    page.watch();
    get("number3");
    assert_eq!(first(&page.fresh_view()), ["GET /video/a.mp4?number3&"]);
    // Who leaves without a word stops watching too.
    drop(page);
    eventually("the page gone", || {
        let stats = Json::parse(server.get("/_/stats", &[]).text());
        stats.at("phases").at("live").number() == 0
    });
    get("between");
    let mut page = Page::open(&server, "me");
    page.watch();
    assert_eq!(first(&page.fresh_view()), [""; 0]);
}

/// At most two messages a second; `watch nothing` ends them.
#[test]
fn twice_a_second() {
    let server = start(&[]);
    let mut page = Page::open(&server, "me");
    page.say("watch inspect");
    page.say("watch inspect");
    let moments: Vec<u64> = (0..5).map(|_| page.told().at("now").number()).collect();
    for pair in moments.windows(2) {
        assert!(pair[1] - pair[0] >= 450, "{moments:?}");
    }
    assert!(moments[4] - moments[0] < 15_000, "{moments:?}");
    page.say("watch nothing");
    page.is_heard();
    thread::sleep(Duration::from_millis(1200));
    page.send(tungstenite::Message::Ping("x".into()));
    assert_eq!(page.next(), tungstenite::Message::Pong("x".into()));
}

/// What a player says is shown as it said it, or not at all.
#[test]
fn odd_reports() {
    let server = start(&[]);
    let mut page = Page::open(&server, "me");
    page.watch();
    for (form, player) in [
        ("name=a.mp4", "{\"name\":\"a.mp4\"}"),
        (
            "position=1&name=%22%0A%C3%A9+b",
            "{\"name\":\"\\\"\\n\u{e9} b\",\"position\":1}",
        ),
        (
            "name=x&position=1e9&stalls=-1&rate=NaN&buffered=",
            "{\"name\":\"x\"}",
        ),
        (
            "name=x&position=\"},{\"&rate=01&stalls=0&paused=1",
            "{\"name\":\"x\",\"paused\":true,\"stalls\":0}",
        ),
        ("name=", "{\"name\":\"\"}"),
    ] {
        page.say(&format!("report {form}"));
        let expected = Json::parse(player);
        page.view(player, |view| {
            let connections = view.at("connections");
            let own = only(connections, "oneself", |one| {
                one.at("phase").text() == "live"
            });
            own.get("player") == Some(&expected)
        });
    }
}

/// A page that leaves takes its report with it: those who come after always have room for theirs.
#[test]
fn reports_go_with_their_pages() {
    let server = start(&[]);
    let mut page = Page::open(&server, "me");
    page.watch();
    for n in 0..300 {
        let mut other = Page::open(&server, &format!("other-{n}"));
        other.say("report name=a.mp4&position=1");
        other.is_heard();
        if n % 2 == 0 {
            other.close();
        }
    }
    page.say("report name=mine.mp4&position=2");
    page.view("its own report", |view| {
        let connections = view.at("connections");
        let own = only(connections, "oneself", |one| {
            one.at("session").text() == "me"
        });
        own.get("player").is_some()
    });
    // And nobody is shown with what another said before.
    let mut wire = server.wire();
    wire.send(request("GET", "/video/a.mp4?session=other-2", &[]));
    wire.reply();
    let view = page.fresh_view();
    let other = Json::Text("other-2".into());
    let shown = only(view.at("connections"), "the connection", |one| {
        one.get("session") == Some(&other)
    });
    assert_eq!(shown.get("player"), None);
}

/// A rate is of the last moments: what left while nobody watched is in none.
#[test]
fn rates_begin_with_watching() {
    let server = start(&["--workers", "1"]);
    let mut page = Page::open(&server, "me");
    page.watch();
    let mut wire = server.wire();
    page.fresh_view();
    page.say("watch nothing");
    page.is_heard();
    wire.send(request("GET", "/video/large.mp4?session=other", &[]));
    wire.reply();
    page.say("watch inspect");
    let view = page.told();
    let shown = only(view.at("connections"), "the connection", |one| {
        one.at("session").text() == "other"
    });
    assert_eq!(shown.at("rate").number(), 0, "{shown:?}");
    assert!(shown.at("total").number() > LARGE as u64);
}

/// A segment is shown as what it is of: bytes of its film, from where to where.
#[test]
fn segments() {
    let film = concat!(env!("CARGO_MANIFEST_DIR"), "/videos/video.mp4");
    let bytes = std::fs::read(film).unwrap();
    let size = u64::try_from(bytes.len()).unwrap();
    let server = Server::start(&[], |folder| {
        folder.write("film.mp4", &bytes);
        let long_ago = std::time::SystemTime::now() - Duration::from_secs(3_600);
        folder.set_modified("film.mp4", long_ago);
    });
    let mut page = Page::open(&server, "me");
    page.watch();
    page.fresh_view();
    let target = "/hls/film.mp4/m-1.m4s?session=me";
    let reply = server.get(target, &[]);
    assert_eq!(reply.status, 200);
    let view = page.fresh_view();
    let spans = view.at("spans").list();
    let span = spans
        .iter()
        .find(|span| span.at("video").text() == "film.mp4");
    let span = span.unwrap_or_else(|| panic!("{view:?}"));
    assert_eq!(span.at("size").number(), size);
    let (from, to) = (span.at("from").number(), span.at("to").number());
    assert!(0 < from && from < to && to < size, "{span:?}");
    let heads = view.at("heads").list();
    let asked = heads[0].at("request").text();
    assert!(asked.starts_with(&format!("GET {target} ")), "{asked}");
}
