//! Whole heads as tables; every refusal by its name; every cut.

use super::{BodyLength, Field, Method, Parsed, Request, Scan, View, parse};
use crate::http::status::{Refusal, Status};
use crate::limits::Limits;

mod cuts;
mod refusals;

/// What a head comes to when it arrives in these stretches: `None` where more is needed.
fn arrives(stretches: &[&[u8]], limits: &Limits) -> Option<Result<Request, Refusal>> {
    let mut inbox = Vec::new();
    let mut scan = Scan::default();
    for stretch in stretches {
        inbox.extend_from_slice(stretch);
        match parse(&inbox, &mut scan, limits) {
            Parsed::NeedMore => {}
            Parsed::Request(request) => return Some(Ok(request)),
            Parsed::Refused(refusal) => return Some(Err(refusal)),
        }
    }
    None
}

fn at_once(head: &[u8]) -> Option<Result<Request, Refusal>> {
    arrives(&[head], &Limits::default())
}

fn request(head: &str) -> Request {
    at_once(head.as_bytes()).unwrap().unwrap()
}

fn refusal(head: &str) -> Refusal {
    at_once(head.as_bytes()).unwrap().unwrap_err()
}

/// A head with these field lines behind its Host.
fn with_fields(lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("GET / HTTP/1.1\r\nHost: tv\r\n{lines}\r\n")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_player_seeks() {
    let head = "GET /video/a.mp4?v=1 HTTP/1.1\r\n\
                Host: tv.local:8080\r\n\
                User-Agent: \t Player/1.0 (a; b)  \r\n\
                X-Other: whatever\r\n\
                rAnGe:bytes=500-\r\n\
                If-Range: \"abc\"\r\n\
                Referer:\r\n\
                \r\n";
    let request = request(&format!("{head}GET /next"));
    assert_eq!(request.method, Method::Get);
    assert_eq!(request.body, BodyLength::None);
    assert_eq!(request.head_len, head.len());
    assert!(request.is_http11 && request.keep_alive);

    let view = View::new(&request, head.as_bytes());
    assert_eq!(text(view.target()), "/video/a.mp4?v=1");
    assert_eq!(text(view.method_name()), "GET");
    for (field, value) in [
        (Field::Host, Some("tv.local:8080")),
        (Field::UserAgent, Some("Player/1.0 (a; b)")),
        (Field::Range, Some("bytes=500-")),
        (Field::IfRange, Some("\"abc\"")),
        (Field::Referer, Some("")),
        (Field::IfMatch, None),
        (Field::Accept, None),
    ] {
        assert_eq!(view.field(field).map(text), value, "{field:?}");
        let values: Vec<&str> = view.values(field).map(text).collect();
        assert_eq!(values, Vec::from_iter(value), "{field:?}");
        assert!(!view.is_repeated(field));
    }
}

#[test]
fn methods() {
    for (name, method) in [
        ("GET", Method::Get),
        ("HEAD", Method::Head),
        ("OPTIONS", Method::Options),
        ("POST", Method::NotAllowed),
        ("PUT", Method::NotAllowed),
        ("DELETE", Method::NotAllowed),
        ("PATCH", Method::NotAllowed),
        ("TRACE", Method::NotAllowed),
        ("CONNECT", Method::NotAllowed),
        ("get", Method::Unknown),
        ("GETS", Method::Unknown),
        ("G", Method::Unknown),
        ("BREW", Method::Unknown),
        ("M-SEARCH", Method::Unknown),
    ] {
        for before in ["", "\r\n", "\r\n\r\n"] {
            let head = format!("{before}{name} /a HTTP/1.1\r\nHost: tv\r\n\r\n");
            let request = request(&head);
            assert_eq!(request.method, method, "{name}");
            let view = View::new(&request, head.as_bytes());
            assert_eq!(text(view.method_name()), name);
            assert_eq!(text(view.target()), "/a");
        }
    }
}

/// A token may begin with any of its letters; the name is what was written, no more and no less.
#[test]
fn methods_that_begin_with_no_letter() {
    for name in ["1GET", "$", "0", "!#$%&'*+-.^_`|~9"] {
        let head = format!("{name} / HTTP/1.1\r\nHost: tv\r\n\r\n");
        let request = request(&head);
        assert_eq!(request.method, Method::Unknown, "{name}");
        let view = View::new(&request, head.as_bytes());
        assert_eq!(text(view.method_name()), name);
    }
}

/// RFC 9110 2.5: a later minor version is read as the one we know.
#[test]
fn versions() {
    for minor in 0..=9 {
        let is_http11 = minor > 0;
        let head = format!("GET /a HTTP/1.{minor}\r\nHost: tv\r\nRange: bytes=0-\r\n\r\n");
        let request = request(&head);
        assert_eq!(request.is_http11, is_http11, "{head:?}");
        assert_eq!(request.keep_alive, is_http11, "{head:?}");
        assert_eq!(request.head_len, head.len());
        let view = View::new(&request, head.as_bytes());
        assert_eq!(text(view.target()), "/a");
        assert_eq!(view.field(Field::Range).map(text), Some("bytes=0-"));
    }
    // Only the version of the request line counts.
    let head = "GET /?a=HTTP/1.2 HTTP/1.3\r\nHost: tv\r\nAccept: a HTTP/1.4\r\n\r\n";
    let request = request(head);
    let view = View::new(&request, head.as_bytes());
    assert_eq!(view.field(Field::Accept).map(text), Some("a HTTP/1.4"));
    assert_eq!(text(view.target()), "/?a=HTTP/1.2");
}

/// RFC 9112 2.2: empty lines before the request line are skipped, whatever its version.
#[test]
fn blank_lines_before_any_version() {
    for minor in 0..=9 {
        for blank in ["\r\n", "\r\n\r\n"] {
            let head = format!("{blank}GET /a HTTP/1.{minor}\r\nHost: tv\r\n\r\n");
            let found = at_once(head.as_bytes()).unwrap();
            assert!(found.is_ok(), "{head:?}: {found:?}");
        }
    }
}

/// RFC 9112 9.3.
#[test]
fn keep_alive() {
    for (version, lines, kept) in [
        ("1.1", &[][..], true),
        ("1.1", &["Connection: close"], false),
        ("1.1", &["Connection: Close"], false),
        ("1.1", &["Connection: keep-alive"], true),
        ("1.1", &["Connection: keep-alive, close"], false),
        (
            "1.1",
            &["Connection: keep-alive", "Connection: close"],
            false,
        ),
        (
            "1.1",
            &["Connection: close", "Connection: keep-alive"],
            false,
        ),
        ("1.1", &["Connection: x,\tCLOSE ,y"], false),
        ("1.1", &["Connection: closed"], true),
        ("1.1", &["Connection: upgrade"], true),
        ("1.1", &["Connection:"], true),
        ("1.0", &[], false),
        ("1.0", &["Connection: close"], false),
        ("1.0", &["Connection: keep-alive"], true),
        ("1.0", &["Connection: Keep-Alive"], true),
        ("1.0", &["Connection: x", "Connection: keep-alive"], true),
        ("1.0", &["Connection: keep-alive, close"], false),
        ("1.0", &["Connection: upgrade"], false),
        ("1.0", &["Keep-Alive: timeout=5"], false),
    ] {
        let lines = lines.join("\r\n");
        let end = if lines.is_empty() { "\r\n" } else { "\r\n\r\n" };
        let request = request(&format!("GET / HTTP/{version}\r\nHost: tv\r\n{lines}{end}"));
        assert_eq!(request.keep_alive, kept, "{version} {lines}");
    }
}

#[test]
fn bodies() {
    for (lines, body) in [
        (&[][..], BodyLength::None),
        (&["Content-Length: 0"], BodyLength::None),
        (&["Content-Length: 12"], BodyLength::Counted(12)),
        (&["content-length:12"], BodyLength::Counted(12)),
        (&["Transfer-Encoding: chunked"], BodyLength::Chunked),
        (
            &["Transfer-Encoding:", "Transfer-Encoding: chunked"],
            BodyLength::Chunked,
        ),
    ] {
        assert_eq!(request(&with_fields(lines)).body, body, "{lines:?}");
    }
}

#[test]
fn hosts_that_are_right() {
    for (version, line) in [
        ("1.1", "Host: tv"),
        ("1.1", "Host:"),
        ("1.1", "HOST: [::1]:8080"),
        ("1.0", "Host: tv"),
        ("1.0", "Accept: */*"),
    ] {
        request(&format!("GET / HTTP/{version}\r\n{line}\r\n\r\n"));
    }
    request("GET / HTTP/1.0\r\n\r\n");
}

/// All values of a field that may be repeated, in their order, and of no other field.
#[test]
fn repeated_fields() {
    let head = with_fields(&[
        "If-Match: \"a\", \"b\"",
        "X-If-Match: \"x\"",
        "if-match:\"c\"",
        "If-Matches: \"y\"",
        "IF-MATCH: \t\"d\" \t",
        "If-None-Match: if-match: \"z\"",
        "If-Match:",
    ]);
    let request = request(&head);
    let view = View::new(&request, head.as_bytes());
    assert!(view.is_repeated(Field::IfMatch));
    assert!(!view.is_repeated(Field::IfNoneMatch));
    assert_eq!(view.field(Field::IfMatch).map(text), Some("\"a\", \"b\""));
    let values: Vec<&str> = view.values(Field::IfMatch).map(text).collect();
    assert_eq!(values, ["\"a\", \"b\"", "\"c\"", "\"d\"", ""]);
    let values: Vec<&str> = view.values(Field::IfNoneMatch).map(text).collect();
    assert_eq!(values, ["if-match: \"z\""]);
}

/// A request line is no field, whatever its target looks like.
#[test]
fn a_request_line_is_no_field() {
    let head = "GET http://accept:80/ HTTP/1.1\r\nHost: tv\r\nAccept: a\r\nAccept: b\r\n\r\n";
    let request = request(head);
    let view = View::new(&request, head.as_bytes());
    let values: Vec<&str> = view.values(Field::Accept).map(text).collect();
    assert_eq!(values, ["a", "b"]);
}

#[test]
fn every_known_field_is_found() {
    for (field, name) in Field::ALL {
        let value = match field {
            Field::Host => "tv",
            Field::ContentLength => "7",
            Field::TransferEncoding => "chunked",
            Field::Connection
            | Field::Expect
            | Field::Range
            | Field::IfRange
            | Field::IfMatch
            | Field::IfNoneMatch
            | Field::IfModifiedSince
            | Field::IfUnmodifiedSince
            | Field::Accept
            | Field::Upgrade
            | Field::SecWebSocketKey
            | Field::SecWebSocketVersion
            | Field::AcceptEncoding
            | Field::Authorization
            | Field::Origin
            | Field::PreflightMethod
            | Field::DlnaFeatures
            | Field::DlnaMode
            | Field::Referer
            | Field::UserAgent
            | Field::SecFetchSite
            | Field::SecFetchDest
            | Field::Prefer
            | Field::Forwarded
            | Field::ForwardedFor => "some value",
        };
        let host = if field == Field::Host {
            ""
        } else {
            "Host: tv\r\n"
        };
        for name in [name.to_owned(), name.to_ascii_uppercase()] {
            let head = format!("GET / HTTP/1.1\r\n{host}{name}: {value}\r\n\r\n");
            let request = request(&head);
            let view = View::new(&request, head.as_bytes());
            assert_eq!(view.field(field).map(text), Some(value), "{name}");
        }
    }
}
