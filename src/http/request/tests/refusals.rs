//! Each refusal of a head, with its status and its name.

use super::{Limits, Refusal, Status, arrives, at_once, refusal, request, with_fields};

fn bad(why: &'static str) -> Refusal {
    Refusal::bad(why)
}

#[test]
fn request_lines() {
    let bad_version = Refusal::new(Status::VERSION_NOT_SUPPORTED, "bad-version");
    for (line, refused) in [
        ("GET /", bad("bad-request-line")),
        ("GET", bad("bad-request-line")),
        ("GET  / HTTP/1.1", bad("bad-request-line")),
        ("GET / HTTP/1.1 ", bad("bad-request-line")),
        (" GET / HTTP/1.1", bad("bad-request-line")),
        ("GET / a HTTP/1.1", bad("bad-request-line")),
        ("GET / http/1.1", bad("bad-request-line")),
        ("GET / HTTP/1.10", bad("bad-request-line")),
        ("GET / HTTP/1.", bad("bad-request-line")),
        ("GET / HTTP/1.x", bad("bad-request-line")),
        ("GET / HTTP/3", bad("bad-request-line")),
        ("G@T / HTTP/1.1", bad("bad-request-line")),
        (": tv", bad("bad-request-line")),
        ("GET / HTTP/0.9", bad_version),
        ("GET / HTTP/2.0", bad_version),
        ("PRI * HTTP/2.0", bad_version),
        ("GET /\x01 HTTP/1.1", bad("control-byte")),
        ("GET /\x7f HTTP/1.1", bad("control-byte")),
        ("GET\t/ HTTP/1.1", bad("control-byte")),
        ("GET /\ra HTTP/1.1", bad("bare-cr")),
        ("GET / HTTP/1.2\r", bad("bare-cr")),
    ] {
        let found = refusal(&format!("{line}\r\nHost: tv\r\n\r\n"));
        assert_eq!(found, refused, "{line:?}");
    }
    assert_eq!(
        refusal("GET /\r\n\r\n"),
        bad("bad-request-line"),
        "HTTP/0.9"
    );
}

#[test]
fn field_lines() {
    for (line, why) in [
        (" folded", "obs-fold"),
        ("A: b\r\n c", "obs-fold"),
        ("A: b\r\n\tc: d", "obs-fold"),
        ("A : b", "space-before-colon"),
        ("A\t: b", "space-before-colon"),
        ("A", "bad-field-name"),
        (": b", "bad-field-name"),
        ("A B: c", "bad-field-name"),
        ("A\0: c", "bad-field-name"),
        ("\u{e4}: c", "bad-field-name"),
        ("A: \0", "control-byte"),
        ("A: b\x01", "control-byte"),
        ("A: b\x7fc", "control-byte"),
        ("A: b\rc", "bare-cr"),
        ("A: b\r\r", "bare-cr"),
    ] {
        for version in ["1.0", "1.1", "1.2", "1.9"] {
            let head = format!("GET / HTTP/{version}\r\nHost: tv\r\n{line}\r\n\r\n");
            assert_eq!(refusal(&head), bad(why), "{line:?} {version}");
        }
    }
}

/// What is odd in a value and yet allowed (RFC 9110 5.5).
#[test]
fn field_values_that_are_right() {
    for value in ["", "a\tb", " a ", "\"", "a:b", "na\u{ef}ve", "\u{2603}"] {
        request(&with_fields(&[&format!("A: {value}")]));
    }
    let raw = b"GET / HTTP/1.1\r\nHost: tv\r\nA: \xff\xfe\x80\r\n\r\n";
    assert!(at_once(raw).unwrap().is_ok(), "obs-text is not UTF-8");
}

/// Found while the end is searched: it is refused before the head is whole.
#[test]
fn a_bare_line_feed() {
    for head in [
        "\n",
        "\nGET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\n",
        "GET /\n",
        "GET / HTTP/1.1\r\nHost: tv\n",
        "GET / HTTP/1.1\r\nHost: tv\r\n\n",
        "GET / HTTP/1.1\r\nHost: tv\r\nA: b\nX: c\r\n\r\n",
    ] {
        assert_eq!(refusal(head), bad("bare-lf"), "{head:?}");
    }
}

/// RFC 9112 3.2 and 6, RFC 9110 7.2.
#[test]
fn fields_that_contradict() {
    let coding = Refusal::new(Status::NOT_IMPLEMENTED, "unknown-coding");
    for (lines, refused) in [
        (&["Host: tv"][..], bad("second-host")),
        (&["host: other"], bad("second-host")),
        (
            &["Range: bytes=0-0", "Range: bytes=1-1"],
            bad("duplicate-range"),
        ),
        (
            &["Range: bytes=0-0", "range: bytes=0-0"],
            bad("duplicate-range"),
        ),
        (
            &["Content-Length: 5", "Content-Length: 5"],
            bad("two-lengths"),
        ),
        (
            &["Content-Length: 5", "content-length: 6"],
            bad("two-lengths"),
        ),
        (&["Content-Length: 5, 5"], bad("bad-length")),
        (&["Content-Length: +5"], bad("bad-length")),
        (&["Content-Length: -5"], bad("bad-length")),
        (&["Content-Length:"], bad("bad-length")),
        (&["Content-Length: 18446744073709551616"], bad("bad-length")),
        (
            &["Content-Length: 5", "Transfer-Encoding: chunked"],
            bad("length-and-coding"),
        ),
        (
            &["Transfer-Encoding: chunked", "Content-Length: 0"],
            bad("length-and-coding"),
        ),
        (&["Transfer-Encoding: gzip"], coding),
        (&["Transfer-Encoding: gzip, chunked"], coding),
        (
            &["Transfer-Encoding: gzip", "Transfer-Encoding: chunked"],
            coding,
        ),
        (
            &["Transfer-Encoding: chunked, gzip"],
            bad("coding-not-last"),
        ),
        (
            &["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
            bad("coding-not-last"),
        ),
        (&["Transfer-Encoding:"], bad("coding-not-last")),
    ] {
        assert_eq!(refusal(&with_fields(lines)), refused, "{lines:?}");
    }
    let head = "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(refusal(head), bad("coding-in-1.0"));
}

#[test]
fn hosts() {
    for version in ["1.1", "1.2", "1.9"] {
        let head = format!("GET / HTTP/{version}\r\nAccept: a\r\n\r\n");
        assert_eq!(refusal(&head), bad("missing-host"), "{version}");
    }
    assert_eq!(refusal("GET / HTTP/1.1\r\n\r\n"), bad("missing-host"));
    for host in ["a b", "a/b", "user@tv", "a:b", "[::1", "a, b@c", "\u{e4}"] {
        for version in ["1.0", "1.1"] {
            let head = format!("GET / HTTP/{version}\r\nHost: {host}\r\n\r\n");
            assert_eq!(refusal(&head), bad("bad-host"), "{host}");
        }
    }
}

#[test]
fn how_long_a_target_may_be() {
    let long = Refusal::new(Status::URI_TOO_LONG, "target-too-long");
    for version in ["1.0", "1.1", "1.5"] {
        let head = |bytes: usize| {
            let path = "a".repeat(bytes - 1);
            format!("GET /{path} HTTP/{version}\r\nHost: tv\r\n\r\n")
        };
        assert!(at_once(head(8_192).as_bytes()).unwrap().is_ok());
        for bytes in [8_193, 8_300, 12_000] {
            assert_eq!(refusal(&head(bytes)), long, "{bytes}");
        }
    }
    let endless = format!("GET /{}", "a".repeat(8_300));
    assert_eq!(refusal(&endless), long, "before its line ends");
}

#[test]
fn how_large_a_head_may_be() {
    let large = Refusal::new(Status::HEAD_TOO_LARGE, "head-too-large");
    let head = |bytes: usize| {
        let frame = with_fields(&["A: "]).len();
        with_fields(&[&format!("A: {}", "a".repeat(bytes - frame))])
    };
    assert_eq!(head(16_384).len(), 16_384);
    assert!(at_once(head(16_384).as_bytes()).unwrap().is_ok());
    for bytes in [16_385, 20_000, 32_768] {
        assert_eq!(refusal(&head(bytes)), large, "{bytes}");
    }
    assert!(at_once(&head(16_400).as_bytes()[..16_383]).is_none());
    assert_eq!(
        refusal(&head(16_400)[..16_384]),
        large,
        "before its end came"
    );
    assert_eq!(
        refusal(&"\r\n".repeat(8_192)),
        large,
        "blank lines are not free"
    );
    let blank = "\r\n".repeat(100);
    request(&format!("{blank}{}", with_fields(&[])));
}

#[test]
fn how_many_fields_there_may_be() {
    let many = Refusal::new(Status::HEAD_TOO_LARGE, "too-many-fields");
    let head = |count: usize| {
        let lines: Vec<String> = (1..count).map(|at| format!("A{at}: b")).collect();
        with_fields(&lines.iter().map(String::as_str).collect::<Vec<_>>())
    };
    request(&head(64));
    assert_eq!(refusal(&head(65)), many);
    assert_eq!(refusal(&head(200)), many);

    let mut limits = Limits::default();
    for allowed in [4, 128] {
        limits.set("fields_max", allowed).unwrap();
        let found = |count| arrives(&[head(count).as_bytes()], &limits).unwrap();
        assert!(found(allowed).is_ok());
        assert_eq!(found(allowed + 1), Err(many));
    }
}

/// A limit at its largest: places within a head still fit.
#[test]
fn the_largest_head() {
    let mut limits = Limits::default();
    limits.set("head_bytes_max", 65_535).unwrap();
    let padding = "a".repeat(65_535 - with_fields(&["A: ", "Range: bytes=7-"]).len());
    let head = with_fields(&[&format!("A: {padding}"), "Range: bytes=7-"]);
    assert_eq!(head.len(), 65_535);
    let request = arrives(&[head.as_bytes()], &limits).unwrap().unwrap();
    let view = super::View::new(&request, head.as_bytes());
    assert_eq!(view.field(super::Field::Range), Some(&b"bytes=7-"[..]));
}
