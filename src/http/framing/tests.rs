//! How a body's end is found, row by row of RFC 9112 6.3, and the name of every fault of a head.

use proptest::prelude::*;

use super::{BodyLength, body_length, diagnose, is_token};
use crate::http::status::{Refusal, Status};

type Length = Result<BodyLength, Refusal>;

const UNKNOWN_CODING: Length = Err(Refusal::new(Status::NOT_IMPLEMENTED, "unknown-coding"));
const NOT_LAST: Length = Err(Refusal::bad("coding-not-last"));
const BAD_LENGTH: Length = Err(Refusal::bad("bad-length"));

fn length_of(lengths: &[&str], codings: &[&str], is_http11: bool) -> Length {
    let first = lengths.first().map_or(&b""[..], |value| value.as_bytes());
    let values = codings.iter().map(|value| value.as_bytes());
    let codings = (!codings.is_empty()).then_some(values);
    body_length((lengths.len(), first), codings, is_http11)
}

#[test]
fn a_counted_body() {
    for (value, length) in [
        ("0", Ok(BodyLength::None)),
        ("000", Ok(BodyLength::None)),
        ("1", Ok(BodyLength::Counted(1))),
        ("007", Ok(BodyLength::Counted(7))),
        ("2147483648", Ok(BodyLength::Counted(1 << 31))),
        ("4294967296", Ok(BodyLength::Counted(1 << 32))),
        ("18446744073709551615", Ok(BodyLength::Counted(u64::MAX))),
        ("18446744073709551616", BAD_LENGTH),
        ("99999999999999999999999999", BAD_LENGTH),
        ("", BAD_LENGTH),
        ("+1", BAD_LENGTH),
        ("-1", BAD_LENGTH),
        ("1 2", BAD_LENGTH),
        ("1, 1", BAD_LENGTH),
        ("5,5", BAD_LENGTH),
        ("0x10", BAD_LENGTH),
        ("1e3", BAD_LENGTH),
        ("1.0", BAD_LENGTH),
        ("\u{661}", BAD_LENGTH),
        ("one", BAD_LENGTH),
    ] {
        for is_http11 in [true, false] {
            assert_eq!(length_of(&[value], &[], is_http11), length, "{value}");
        }
    }
}

#[test]
fn a_chunked_body() {
    for (codings, length) in [
        (&["chunked"][..], Ok(BodyLength::Chunked)),
        (&["Chunked"], Ok(BodyLength::Chunked)),
        (&["CHUNKED "], Ok(BodyLength::Chunked)),
        (&[", chunked,,"], Ok(BodyLength::Chunked)),
        (&["", "chunked"], Ok(BodyLength::Chunked)),
        (&["gzip"], UNKNOWN_CODING),
        (&["identity"], UNKNOWN_CODING),
        (&["gzip, deflate"], UNKNOWN_CODING),
        (&["gzip, chunked"], UNKNOWN_CODING),
        (&["gzip", "chunked"], UNKNOWN_CODING),
        (&["chunked;a=b"], UNKNOWN_CODING),
        (&["xchunked"], UNKNOWN_CODING),
        (&["\x0bchunked"], UNKNOWN_CODING),
        (&["chunked, gzip"], NOT_LAST),
        (&["chunked", "identity"], NOT_LAST),
        (&["chunked, chunked"], NOT_LAST),
        (&["chunked", "chunked"], NOT_LAST),
        (&["gzip, chunked, chunked"], NOT_LAST),
        (&[""], NOT_LAST),
        (&[","], NOT_LAST),
    ] {
        assert_eq!(length_of(&[], codings, true), length, "{codings:?}");
    }
}

#[test]
fn what_two_parsers_would_read_in_two_ways() {
    for (lengths, codings, is_http11, length) in [
        (&[][..], &[][..], true, Ok(BodyLength::None)),
        (&[], &[], false, Ok(BodyLength::None)),
        (
            &["5"],
            &["chunked"],
            true,
            Err(Refusal::bad("length-and-coding")),
        ),
        (
            &["0"],
            &["chunked"],
            true,
            Err(Refusal::bad("length-and-coding")),
        ),
        (
            &["5"],
            &["gzip"],
            true,
            Err(Refusal::bad("length-and-coding")),
        ),
        (
            &["5"],
            &["chunked"],
            false,
            Err(Refusal::bad("length-and-coding")),
        ),
        (&[], &["chunked"], false, Err(Refusal::bad("coding-in-1.0"))),
        (&[], &["gzip"], false, Err(Refusal::bad("coding-in-1.0"))),
        (&["5", "5"], &[], true, Err(Refusal::bad("two-lengths"))),
        (&["5", "6"], &[], true, Err(Refusal::bad("two-lengths"))),
        (&["0", "0"], &[], false, Err(Refusal::bad("two-lengths"))),
        (&["x", "5"], &[], true, Err(Refusal::bad("two-lengths"))),
    ] {
        let found = length_of(lengths, codings, is_http11);
        assert_eq!(found, length, "{lengths:?} {codings:?} {is_http11}");
    }
}

#[test]
fn each_fault_of_a_request_line() {
    for (line, why) in [
        ("GET /", "bad-request-line"),
        ("GET", "bad-request-line"),
        ("GET  / HTTP/1.1", "bad-request-line"),
        ("GET /  HTTP/1.1", "bad-request-line"),
        (" GET / HTTP/1.1", "bad-request-line"),
        ("GET / HTTP/1.1 ", "bad-request-line"),
        ("GET /a b HTTP/1.1", "bad-request-line"),
        ("G(T / HTTP/1.1", "bad-request-line"),
        ("GET / http/1.1", "bad-request-line"),
        ("GET / HTTP/1", "bad-request-line"),
        ("GET / HTTP/1.", "bad-request-line"),
        ("GET / HTTP/1.10", "bad-request-line"),
        ("GET / HTTP/11.1", "bad-request-line"),
        ("GET / HTTP/x.1", "bad-request-line"),
        ("GET / HTTPS/1.1", "bad-request-line"),
        ("GET / ICY/1.0", "bad-request-line"),
        ("GET / HTTP/0.9", "bad-version"),
        ("GET / HTTP/2.0", "bad-version"),
        ("GET / HTTP/9.9", "bad-version"),
        ("PRI * HTTP/2.0", "bad-version"),
        ("GET\t/ HTTP/1.1", "control-byte"),
        ("GET /\0 HTTP/1.1", "control-byte"),
        ("GET /\x7f HTTP/1.1", "control-byte"),
        ("GET /\x1b[2J HTTP/1.1", "control-byte"),
    ] {
        let status = match why {
            "bad-version" => Status::VERSION_NOT_SUPPORTED,
            _ => Status::BAD_REQUEST,
        };
        for before in ["", "\r\n", "\r\n\r\n"] {
            let head = format!("{before}{line}\r\nHost: tv\r\n\r\n");
            let refusal = diagnose(head.as_bytes());
            assert_eq!(refusal, Refusal::new(status, why), "{line:?}");
        }
    }
}

#[test]
fn each_fault_of_a_field_line() {
    for (line, why) in [
        (" folded", "obs-fold"),
        ("\tfolded: b", "obs-fold"),
        (" ", "obs-fold"),
        ("A : b", "space-before-colon"),
        ("A\t: b", "space-before-colon"),
        ("A B : c", "space-before-colon"),
        ("A", "bad-field-name"),
        (": b", "bad-field-name"),
        (":", "bad-field-name"),
        ("A B: c", "bad-field-name"),
        ("A\0: c", "bad-field-name"),
        ("A(: c", "bad-field-name"),
        ("\"A\": c", "bad-field-name"),
        ("naïve: c", "bad-field-name"),
        ("A: \0", "control-byte"),
        ("A: b\x01c", "control-byte"),
        ("A: b\x7f", "control-byte"),
        ("A:\x1b[2J", "control-byte"),
        // A bare CR anywhere is named first: it is how heads are smuggled.
        ("A: b\rX: c", "bare-cr"),
        ("\rA: b", "bare-cr"),
        ("A: b\r", "bare-cr"),
    ] {
        for (before, after) in [("", ""), ("Ok: yes\r\n", ""), ("", "Ok: yes\r\n")] {
            let head = format!("GET / HTTP/1.1\r\n{before}{line}\r\n{after}\r\n");
            assert_eq!(diagnose(head.as_bytes()), Refusal::bad(why), "{line:?}");
        }
    }
}

#[test]
fn the_first_fault_is_named() {
    let head = b"GET / HTTP/2.0\r\n folded\r\n\r\n";
    assert_eq!(diagnose(head).why, "bad-version");
    let head = b"GET / HTTP/1.1\r\nA : b\r\n folded\r\n\r\n";
    assert_eq!(diagnose(head).why, "space-before-colon");
    let head = b"GET /\0 HTTP/1.1\r\n\rA: b\r\n\r\n";
    assert_eq!(diagnose(head).why, "bare-cr");
}

/// RFC 9110 5.6.2: `tchar`.
#[test]
fn tokens() {
    let tchar = "!#$%&'*+-.^_`|~0123456789\
                 ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for byte in 0..=u8::MAX {
        assert_eq!(is_token(byte), tchar.as_bytes().contains(&byte), "{byte}");
    }
}

proptest! {
    #[test]
    fn a_diagnosis_is_always_found(head in prop::collection::vec(any::<u8>(), 0..80)) {
        let status = diagnose(&head).status;
        prop_assert!([Status::BAD_REQUEST, Status::VERSION_NOT_SUPPORTED].contains(&status));
    }

    #[test]
    fn a_length_is_the_number_that_is_written(value: u64, zeros in 0..5_usize) {
        let text = format!("{}{value}", "0".repeat(zeros));
        let length = if value == 0 { BodyLength::None } else { BodyLength::Counted(value) };
        prop_assert_eq!(length_of(&[&text], &[], true), Ok(length));
    }

    /// Whatever stands in the two fields: a body is read in one way, or not at all.
    #[test]
    fn never_both(length in ".{0,8}", coding in ".{0,12}", is_http11: bool) {
        prop_assert!(length_of(&[&length], &[&coding], is_http11).is_err());
        match length_of(&[], &[&coding], is_http11) {
            Ok(BodyLength::Chunked) => prop_assert!(is_http11),
            Ok(other) => prop_assert!(false, "{:?}", other),
            Err(_) => {}
        }
    }
}
