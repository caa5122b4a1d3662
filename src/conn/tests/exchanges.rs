//! Requests and their replies: kept connections, pipelines, bodies that nobody wants.

use super::{
    CloseReason, Driver, FILE_LEN, Question, Site, entry, file_bytes, get, request, statuses,
};
use crate::http::date;

#[test]
fn a_seek_byte_for_byte() {
    let mut driver = Driver::plain();
    let sent = driver.after(get("/video/a.mp4", &["Range: bytes=10-19"]));
    let (modified, etag) = (date::format(700_000_000), &entry().etag);
    assert_eq!(
        sent,
        format!(
            "HTTP/1.1 206 Partial Content\r\n\
             Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
             X-Content-Type-Options: nosniff\r\n\
             Accept-Ranges: bytes\r\n\
             ETag: {etag}\r\n\
             Last-Modified: {}\r\n\
             Cache-Control: no-cache\r\n\
             Content-Type: video/mp4\r\n\
             Content-Range: bytes 10-19/1000\r\n\
             Content-Length: 10\r\n\
             \r\n\
             klmnopqrst",
            modified.escape_ascii()
        )
    );
    assert!(driver.conn.is_idle());
}

#[test]
fn one_after_the_other() {
    let mut driver = Driver::plain();
    for (request, status) in [
        (get("/video/a.mp4", &[]), 200),
        (get("/video/a.mp4", &["Range: bytes=990-"]), 206),
        (get("/video/a.mp4", &["Range: bytes=0-1,5-6"]), 206),
        (get("/video/a.mp4", &["Range: bytes=1000-"]), 416),
        (request("HEAD", "/video/a.mp4", &[]), 200),
        (get("/video/none.mp4", &[]), 404),
        (get("/video/forbidden.mp4", &[]), 403),
        (get("/video/busy.mp4", &[]), 503),
        (get("/video/.hidden", &[]), 404),
        (get("/video/%zz", &[]), 400),
        (get("/none", &[]), 404),
        (get("/library.json", &[]), 200),
        (get("/", &[]), 200),
        (request("OPTIONS", "*", &[]), 204),
        (request("DELETE", "/", &[]), 405),
        (request("BREW", "/", &[]), 501),
        ("\r\nGET /none HTTP/1.1\r\nHost: tv\r\n\r\n".to_owned(), 404),
        ("GET /none HTTP/1.6\r\nHost: tv\r\n\r\n".to_owned(), 404),
        (
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".to_owned(),
            200,
        ),
    ] {
        let sent = driver.after(&request);
        assert!(statuses(&sent).starts_with(&[status]), "{request}: {sent}");
        assert!(!sent.contains("Connection: close"), "{request}");
        assert!(driver.conn.is_idle(), "{request}");
        assert!(driver.conn.exchange.is_none(), "{request}");
        assert_eq!(
            driver.spare.pool.len(),
            1,
            "the same exchange is used again"
        );
    }
}

#[test]
fn whole_files() {
    let mut driver = Driver::plain();
    let sent = driver.after(get("/video/a.mp4", &[]));
    let whole = file_bytes(0, FILE_LEN.try_into().unwrap());
    assert!(sent.as_bytes().ends_with(&whole));
    assert!(sent.contains("\r\nContent-Length: 1000\r\n"));
    let sent = driver.after(request("HEAD", "/video/a.mp4", &["Range: bytes=0-9"]));
    assert!(
        sent.starts_with("HTTP/1.1 200 ") && sent.ends_with("\r\n\r\n"),
        "{sent}"
    );
    assert!(sent.contains("\r\nContent-Length: 1000\r\n"));
}

#[test]
fn when_a_connection_is_closed_afterwards() {
    for (request, closes) in [
        (get("/none", &["Connection: close"]), true),
        (get("/none", &["Connection: x, Close"]), true),
        ("GET / HTTP/1.0\r\n\r\n".to_owned(), true),
        (
            "GET / HTTP/1.0\r\nConnection: close\r\n\r\n".to_owned(),
            true,
        ),
        (
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".to_owned(),
            false,
        ),
        (get("/none", &["Connection: keep-alive"]), false),
        (get("/none", &[]), false),
    ] {
        let mut driver = Driver::plain();
        let sent = driver.after(&request);
        assert_eq!(
            sent.contains("\r\nConnection: close\r\n"),
            closes,
            "{request}"
        );
        let reason = closes.then_some(CloseReason::Done);
        assert_eq!(driver.reason(), reason, "{request}");
    }
    let mut driver = Driver::plain();
    let sent = driver.after("GET /none HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert!(sent.contains("\r\nConnection: keep-alive\r\n"), "{sent}");
}

/// What comes behind the last request is not answered, and does not take the reply from the client.
#[test]
fn behind_the_last_request() {
    let mut driver = Driver::plain();
    let last = get("/none", &["Connection: close"]);
    let sent = driver.after(format!("{last}{}", get("/", &[])));
    assert_eq!(statuses(&sent), [404]);
    assert!(driver.conn.is_lingering());
    assert_eq!(driver.after("more of it"), "");
    driver.end();
    assert!(driver.reason().is_some());
}

#[test]
fn a_pipeline() {
    let mut driver = Driver::plain();
    let sent = driver.after(
        [
            get("/none", &[]),
            get("/video/a.mp4", &["Range: bytes=0-3"]),
            request("HEAD", "/", &[]),
            get("/library.json", &[]),
            get("/video/none", &[]),
        ]
        .concat(),
    );
    assert_eq!(statuses(&sent), [404, 206, 200, 200, 404]);
    assert!(
        sent.contains("\r\n\r\nabcdHTTP/1.1 200"),
        "in their order: {sent}"
    );
    assert!(driver.conn.is_idle());
}

/// Only so many replies wait; the rest stays unread, and is read when they leave.
#[test]
fn a_pipeline_is_bounded() {
    let mut driver = Driver::limited("pipelined_max", 2);
    driver.give(get("/none", &[]).repeat(5));
    let exchange = driver.conn.exchange.as_ref().unwrap();
    assert_eq!(exchange.waiting(), 2);
    assert_eq!(driver.conn.appetite(), 0);
    let mut replies = 0;
    while driver.conn.body().is_some() {
        let before = driver.send(1);
        let rest = driver.send(10_000);
        replies += statuses(&String::from_utf8([before, rest].concat()).unwrap()).len();
    }
    assert_eq!(replies, 5);
    assert!(driver.conn.is_idle());
    assert!(driver.conn.appetite() > 0);
}

/// A byte sent does not make room, a whole reply does.
#[test]
fn room_is_made_reply_by_reply() {
    let mut driver = Driver::limited("pipelined_max", 2);
    driver.give(get("/none", &[]).repeat(2));
    let each = usize::try_from(driver.conn.body().unwrap().left()).unwrap() / 2;
    driver.send(each - 1);
    assert_eq!(driver.conn.appetite(), 0);
    driver.send(1);
    assert!(driver.conn.appetite() > 0);
}

#[test]
fn a_question_for_each() {
    let mut driver = Driver::plain();
    driver.give([get("/video/a.mp4", &[]), get("/video/b.mp4", &[])].concat());
    let first = driver.conn.serial();
    assert!(driver.conn.question().is_some());
    driver.answer();
    assert!(
        driver.conn.question().is_some(),
        "the next is asked while the first leaves"
    );
    assert_ne!(driver.conn.serial(), first);
    let sent = driver.flow();
    assert_eq!(statuses(&sent), [200, 404]);
}

#[test]
fn bodies_that_nobody_wants() {
    let chunked = "Transfer-Encoding: chunked";
    for (request, status) in [
        (get("/none", &["Content-Length: 5"]) + "hello", 404),
        (request("POST", "/", &["Content-Length: 5"]) + "hello", 405),
        (request("BREW", "/", &["Content-Length: 5"]) + "hello", 501),
        (
            request("OPTIONS", "*", &["Content-Length: 5"]) + "hello",
            204,
        ),
        (get("/none", &[chunked]) + "0\r\n\r\n", 404),
        (
            get("/none", &[chunked]) + "5\r\nhello\r\n0\r\nA: b\r\n\r\n",
            404,
        ),
        (
            get("/video/a.mp4", &[chunked]) + "2\r\n\r\n\r\n0\r\n\r\n",
            200,
        ),
    ] {
        let mut driver = Driver::plain();
        // A body may look like a request; the request behind it is one.
        let sent = driver.after(format!("{request}{}", get("/library.json", &[])));
        assert_eq!(statuses(&sent), [status, 200], "{request}");
        assert!(driver.conn.is_idle());
    }
    let mut driver = Driver::plain();
    let smuggled = get("/smuggled", &[]);
    let length = format!("Content-Length: {}", smuggled.len());
    let sent = driver.after(get("/", &[&length]) + &smuggled);
    assert_eq!(statuses(&sent), [200]);
}

#[test]
fn bodies_that_are_too_large() {
    let most = 65_536;
    for (lines, body) in [
        (format!("Content-Length: {}", most + 1), String::new()),
        (format!("Content-Length: {}", u64::MAX), "some".to_owned()),
        (
            "Transfer-Encoding: chunked".to_owned(),
            "10001\r\n".to_owned(),
        ),
        (
            "Transfer-Encoding: chunked".to_owned(),
            "ffffffffffffffff\r\n".to_owned(),
        ),
        (
            "Transfer-Encoding: chunked".to_owned(),
            format!("8000\r\n{}\r\n8001\r\n", "x".repeat(0x8000)),
        ),
    ] {
        let mut driver = Driver::plain();
        let sent = driver.after(get("/", &[&lines]) + &body);
        assert_eq!(statuses(&sent), [413], "{lines}");
        assert!(sent.contains("\r\nConnection: close\r\n"));
        assert!(sent.ends_with("body-too-large\n"), "{sent}");
        assert!(driver.conn.is_lingering());
    }
    for (lines, body) in [
        (format!("Content-Length: {most}"), "x".repeat(most)),
        (
            "Transfer-Encoding: chunked".to_owned(),
            format!("10000\r\n{}\r\n0\r\n\r\n", "x".repeat(most)),
        ),
    ] {
        let mut driver = Driver::plain();
        let sent = driver.after(get("/none", &[&lines]) + &body);
        assert_eq!(statuses(&sent), [404], "{lines}");
        assert!(driver.conn.is_idle());
    }
    let mut driver = Driver::limited("discard_bytes_max", 0);
    assert_eq!(
        statuses(&driver.after(get("/none", &["Content-Length: 0"]))),
        [404]
    );
    assert_eq!(
        statuses(&driver.after(get("/none", &["Content-Length: 1"]))),
        [413]
    );
}

/// Who may not send at all hears so at once, and not that it was too much.
#[test]
fn bodies_of_methods_that_are_refused() {
    for (request, status) in [
        (request("POST", "/", &["Content-Length: 65537"]), 405),
        (
            request("PUT", "/", &["Transfer-Encoding: chunked"]) + "5\r\nhel",
            405,
        ),
        (
            request("BREW", "/", &["Content-Length: 65537"]) + "some of it",
            501,
        ),
    ] {
        let mut driver = Driver::plain();
        let sent = driver.after(&request);
        assert_eq!(statuses(&sent), [status], "{request}");
        assert!(sent.contains("\r\nConnection: close\r\n"), "{sent}");
        assert!(driver.conn.is_lingering());
        assert_eq!(driver.after("the rest"), "");
    }
}

#[test]
fn chunks_that_are_wrong() {
    for (body, why) in [("x\r\n", "bad-chunk-size"), ("1\r\nxy\r\n", "bad-chunk")] {
        let mut driver = Driver::plain();
        let sent = driver.after(get("/", &["Transfer-Encoding: chunked"]) + body);
        assert_eq!(statuses(&sent), [400], "{sent}");
        assert!(sent.ends_with(&format!(": {why}\n")), "{sent}");
        assert!(driver.conn.is_lingering());
    }
}

const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

/// RFC 9110 10.1.1.
#[test]
fn expectations_that_are_met() {
    for lines in [
        ["Expect: 100-continue", "Content-Length: 5"],
        ["Expect: 100-Continue", "Content-Length: 5"],
    ] {
        let mut driver = Driver::plain();
        assert_eq!(driver.after(get("/none", &lines)), CONTINUE);
        assert_eq!(driver.after("hel"), "");
        assert_eq!(statuses(&driver.after("lo")), [404]);
        assert!(driver.conn.is_idle());
    }
    let mut driver = Driver::plain();
    let lines = ["Expect: 100-continue", "Transfer-Encoding: chunked"];
    assert_eq!(driver.after(get("/none", &lines)), CONTINUE);
    assert_eq!(statuses(&driver.after("1\r\nx\r\n0\r\n\r\n")), [404]);
    // Nothing to wait for: no body, or it has begun to come.
    assert_eq!(
        statuses(&driver.after(get("/none", &["Expect: 100-continue"]))),
        [404]
    );
    let lines = ["Expect: 100-continue", "Content-Length: 5"];
    assert_eq!(
        statuses(&driver.after(get("/none", &lines) + "hello")),
        [404]
    );
    // HTTP/1.0 knows none.
    let old = "GET /none HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    assert_eq!(driver.after(old), "");
    assert_eq!(statuses(&driver.after("hello")), [404]);
}

/// The final status at once, and no body is waited for.
#[test]
fn expectations_that_are_refused() {
    let expect = "Expect: 100-continue";
    for (request, status) in [
        (request("POST", "/", &[expect, "Content-Length: 5"]), 405),
        (
            request("PUT", "/", &[expect, "Transfer-Encoding: chunked"]),
            405,
        ),
        (request("BREW", "/", &[expect, "Content-Length: 5"]), 501),
        (
            request("POST", "/", &[expect, "Content-Length: 65537"]),
            405,
        ),
        (get("/", &[expect, "Content-Length: 65537"]), 413),
        (get("/", &["Expect: something", "Content-Length: 5"]), 417),
        (get("/", &["Expect: 100-continue, x"]), 417),
        (get("/", &["Expect:"]), 417),
    ] {
        let mut driver = Driver::plain();
        let sent = driver.after(&request);
        assert_eq!(statuses(&sent), [status], "{request}");
        assert!(sent.contains("\r\nConnection: close\r\n"), "{sent}");
        assert!(driver.conn.is_lingering(), "{request}");
        assert_eq!(driver.after("hello"), "", "nothing more is read");
    }
    let old = "GET /none HTTP/1.0\r\nExpect: something\r\n\r\n";
    assert_eq!(statuses(&Driver::plain().after(old)), [404]);
}

/// Two questions for one reply: the file, then what is made of it.
#[test]
fn subtitles_are_asked_for_twice() {
    let mut driver = Driver::plain();
    driver.give(get("/video/a.srt?as=vtt", &[]));
    assert!(matches!(driver.conn.question(), Some(Question::File(_))));
    let serial = driver.conn.serial();
    driver.answer();
    assert!(matches!(
        driver.conn.question(),
        Some(Question::Subtitle(_))
    ));
    assert_ne!(
        driver.conn.serial(),
        serial,
        "a late answer to the first is none to the second"
    );
    let sent = driver.after(get("/video/a.mp4", &["Range: bytes=0-0"]));
    assert_eq!(statuses(&sent), [200, 206]);
    assert!(sent.contains("\r\n\r\nWEBVTT\n"), "{sent}");

    let mut driver = Driver::limited("subtitle_bytes_max", 10);
    let sent = driver.after(get("/video/a.srt?as=vtt", &[]));
    assert_eq!(statuses(&sent), [413]);

    // A disk that never answers the second one.
    let mut driver = Driver::plain();
    driver.give(get("/video/a.srt?as=vtt", &[]));
    driver.answer();
    driver.wait(30_000);
    let sent = driver.after(get("/video/a.srt", &["Range: bytes=0-0"]));
    assert_eq!(statuses(&sent), [503, 206]);
}

#[test]
fn refusals_close() {
    for (head, status, why) in [
        ("GET / HTTP/1.1\n", 400, "bare-lf"),
        ("GET /\r\n\r\n", 400, "bad-request-line"),
        ("GET / HTTP/2.0\r\n\r\n", 505, "bad-version"),
        ("GET / HTTP/1.1\r\n\r\n", 400, "missing-host"),
        (
            "GET / HTTP/1.1\r\nHost : tv\r\n\r\n",
            400,
            "space-before-colon",
        ),
    ] {
        let mut driver = Driver::new(Site {
            extra_fields: b"X-Ours: yes\r\n".to_vec(),
            ..Site::default()
        });
        let sent = driver.after(format!("{}{head}{}", get("/none", &[]), get("/none", &[])));
        assert_eq!(statuses(&sent), [404, status], "{head:?}");
        assert!(sent.ends_with(&format!(": {why}\n")), "{sent}");
        assert!(sent.contains("\r\nConnection: close\r\n"), "{sent}");
        assert_eq!(sent.matches("\r\nX-Ours: yes\r\n").count(), 2);
        assert!(driver.conn.is_lingering());
        assert_eq!(driver.after(get("/", &[])), "");
    }
}
