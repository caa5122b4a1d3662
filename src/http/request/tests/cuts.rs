//! However a head is cut on its way, it comes to the same.

use proptest::prelude::*;

use super::{Limits, Request, Scan, arrives, at_once, parse, with_fields};
use crate::http::request::{Field, Parsed, View};

/// Heads of every kind: understood, refused while coming, refused when whole.
fn heads() -> Vec<Vec<u8>> {
    let mut heads: Vec<Vec<u8>> = [
        "GET / HTTP/1.1\r\nHost: tv\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\nHost: tv\r\n\r\n",
        "\r\nGET / HTTP/1.5\r\nHost: tv\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET /video/a.mp4 HTTP/1.7\r\nHost: tv\r\nIf-Match: \"a\"\r\nIf-Match: \"b\"\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: tv\r\nContent-Length: 5\r\n\r\nhello",
        "GET /\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\nHost: tv\r\n\r\n",
        "\nGET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nHost: tv\r\n\n",
        "GET / HTTP/1.1\r\nHost: t\rv\r\n\r\n",
        "\rGET / HTTP/1.1\r\nHost: tv\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: tv\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : tv\r\n\r\n",
        "GET /\x01 HTTP/1.1\r\nHost: tv\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: tv\r\n\r\n",
        "(GET / HTTP/1.1\r\nHost: tv\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: tv\r\nRange: bytes=0-\r\nRange: bytes=0-\r\n\r\n",
    ]
    .iter()
    .map(|head| head.as_bytes().to_vec())
    .collect();
    heads.push(b"GET / HTTP/1.1\r\nHost: tv\r\nA: \xff\xfe\r\n\r\n".to_vec());
    heads.push(b"GET /\xff HTTP/1.1\r\nHost: tv\r\n\r\n".to_vec());
    heads
}

#[test]
fn every_cut_in_two() {
    for head in heads() {
        let whole = at_once(&head).unwrap();
        for at in 0..=head.len() {
            let (first, second) = head.split_at(at);
            let found = arrives(&[first, second], &Limits::default()).unwrap();
            assert_eq!(found, whole, "{} at {at}", head.escape_ascii());
        }
    }
}

#[test]
fn byte_by_byte() {
    for head in heads() {
        let bytes: Vec<&[u8]> = head.chunks(1).collect();
        let found = arrives(&bytes, &Limits::default());
        assert_eq!(found, at_once(&head), "{}", head.escape_ascii());
    }
}

/// A client that speaks TLS to us: one name for it, however few bytes came first.
#[test]
fn a_control_byte_at_the_start() {
    let head = b"\x16\x03\x01\x02 / HTTP/1.1\r\nHost: tv\r\n\r\n";
    for at in 0..=head.len() {
        let (first, second) = head.split_at(at);
        let found = arrives(&[first, second], &Limits::default());
        assert_eq!(found, at_once(head), "at {at}");
    }
}

/// Nothing short of the blank line is a request, and nothing behind it belongs to it.
#[test]
fn it_ends_at_its_blank_line() {
    let head = with_fields(&["Range: bytes=0-", "A: b"]).into_bytes();
    for at in 0..head.len() {
        assert!(at_once(&head[..at]).is_none(), "{at}");
    }
    let whole = at_once(&head).unwrap().unwrap();
    for tail in ["\r\n", "\n", "GET", "\0\0\0", &"x".repeat(70_000)] {
        let longer = [&head, tail.as_bytes()].concat();
        assert_eq!(at_once(&longer), Some(Ok(whole)));
    }
}

/// Too large and too long are noticed at the limit, in whatever steps it is reached.
#[test]
fn limits_at_every_step() {
    let limits = Limits::default();
    let endless_line = [&b"GET /"[..], &[b'a'; 20_000]].concat();
    let endless_field = [&b"GET / HTTP/1.1\r\nA: "[..], &[b'a'; 20_000]].concat();
    for (bytes, why, most) in [
        (endless_line, "target-too-long", 8_192 + 64 + 1),
        (endless_field, "head-too-large", 16_384),
    ] {
        for step in [1, 2, 3, 7, 64, 1_000, 4_096] {
            let mut scan = Scan::default();
            let mut came = 0;
            let refusal = loop {
                came += step;
                match parse(&bytes[..came], &mut scan, &limits) {
                    Parsed::NeedMore => assert!(came < most, "{came} of {why}"),
                    Parsed::Refused(refusal) => break refusal,
                    Parsed::Request(request) => panic!("{request:?}"),
                }
            };
            assert_eq!(refusal.why, why);
            assert!(
                came >= most && came < most + step,
                "{came} by {step}: {why}"
            );
        }
    }
}

/// A scan that is used for one head after the other, as a connection does.
#[test]
fn heads_behind_each_other() {
    let heads = [
        with_fields(&["A: b"]),
        "GET /2 HTTP/1.3\r\nHost: tv\r\n\r\n".to_owned(),
        format!("\r\n{}", with_fields(&[])),
    ];
    let stream = heads.concat();
    for step in 1..stream.len() {
        let mut scan = Scan::default();
        let mut inbox: Vec<u8> = Vec::new();
        let mut lens = Vec::new();
        for bytes in stream.as_bytes().chunks(step) {
            inbox.extend_from_slice(bytes);
            while let Parsed::Request(request) = parse(&inbox, &mut scan, &Limits::default()) {
                inbox.drain(..request.head_len);
                lens.push(request.head_len);
            }
        }
        assert_eq!(lens, heads.each_ref().map(String::len), "steps of {step}");
        assert!(inbox.is_empty());
    }
}

fn check(request: &Request, head: &[u8]) {
    assert!(request.head_len <= head.len());
    assert!(head[..request.head_len].ends_with(b"\r\n\r\n"));
    let view = View::new(request, head);
    assert!(!view.target().is_empty());
    for (field, _) in Field::ALL {
        let values: Vec<&[u8]> = view.values(field).collect();
        assert_eq!(values.first().copied(), view.field(field));
        assert_eq!(values.len() > 1, view.is_repeated(field));
        for value in values {
            assert!(!value.iter().any(|byte| b"\r\n\0".contains(byte)));
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_in_any_stretches(
        line in "[A-Z ]{0,6}[/ -~]{0,12} HTTP/[0-3]\\.[0-9]",
        fields in prop::collection::vec(
            "(Host|Range|If-Match|Connection|Expect|X|[ -~]{0,4}):[ -~\t\r\n]{0,12}", 0..5),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let head = format!("{line}\r\nHost: tv\r\n{}\r\n\r\n", fields.join("\r\n")).into_bytes();
        let whole = at_once(&head);
        if let Some(Ok(request)) = &whole {
            check(request, &head);
        }
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(head.len())).collect();
        cuts.sort_unstable();
        cuts.push(head.len());
        let mut last = 0;
        let stretches: Vec<&[u8]> = cuts
            .iter()
            .map(|&cut| &head[std::mem::replace(&mut last, cut)..cut])
            .collect();
        let found = arrives(&stretches, &Limits::default());
        let outcome = |found: Option<Result<Request, _>>| found.map(Result::ok);
        prop_assert_eq!(outcome(found), outcome(whole), "{}", head.escape_ascii());
    }

    #[test]
    fn any_bytes_at_all(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Some(Ok(request)) = at_once(&bytes) {
            check(&request, &bytes);
        }
    }

    #[test]
    fn values_are_what_was_written(
        values in prop::collection::vec("[!-~]([ -~]{0,10}[!-~])?", 1..6),
        white in "[ \t]{0,3}",
    ) {
        let lines: Vec<String> =
            values.iter().map(|value| format!("Accept:{white}{value}{white}")).collect();
        let head = with_fields(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        let request = at_once(head.as_bytes()).unwrap().unwrap();
        let view = View::new(&request, head.as_bytes());
        let found: Vec<&[u8]> = view.values(Field::Accept).collect();
        prop_assert_eq!(found, values.iter().map(|value| value.as_bytes()).collect::<Vec<_>>());
    }
}
