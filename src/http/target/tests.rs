//! Targets and hosts as tables; encoding and decoding as a law.

use proptest::prelude::*;

use super::{Target, Undecodable, decode, encode, is_host, query_value};
use crate::http::status::Refusal;

fn path<'a>(path: &'a str, query: &'a str) -> Result<Target<'a>, Refusal> {
    Ok(Target::Path {
        path: path.as_bytes(),
        query: query.as_bytes(),
    })
}

const BAD: Result<Target<'_>, Refusal> = Err(Refusal::bad("bad-target"));

/// RFC 9112 3.2.
#[test]
fn each_form() {
    for (raw, target) in [
        // origin-form
        ("/", path("/", "")),
        ("/video/a.mp4", path("/video/a.mp4", "")),
        ("/video/a.mp4?v=1", path("/video/a.mp4", "v=1")),
        ("/?", path("/", "")),
        ("/?a?b", path("/", "a?b")),
        ("//video/a.mp4", path("//video/a.mp4", "")),
        ("//host/video", path("//host/video", "")),
        ("/http://other/", path("/http://other/", "")),
        ("/%2e%2e/", path("/%2e%2e/", "")),
        ("/naïve", path("/naïve", "")),
        // absolute-form
        ("http://tv/video/a.mp4?v=1", path("/video/a.mp4", "v=1")),
        ("http://tv:8080/video/a", path("/video/a", "")),
        ("https://tv/a", path("/a", "")),
        ("HTTP://TV/a", path("/a", "")),
        ("hTTpS://[::1]:443/a", path("/a", "")),
        ("http://tv", path("/", "")),
        ("http://tv/", path("/", "")),
        ("http://tv?v=1", path("/", "v=1")),
        ("http://tv/a/http://b/c", path("/a/http://b/c", "")),
        ("http://", BAD),
        ("http:///a", BAD),
        ("http://?a", BAD),
        ("http://user@tv/a", BAD),
        ("http://user:word@tv/a", BAD),
        ("http://tv:port/a", BAD),
        ("http://[::1/a", BAD),
        ("http:/tv/a", BAD),
        ("http:tv", BAD),
        ("ftp://tv/a", BAD),
        ("file:///etc/passwd", BAD),
        // A fragment is never sent.
        ("/a#b", BAD),
        ("http://tv/a#b", BAD),
        ("#", BAD),
        // authority-form is CONNECT's; the rest is nothing.
        ("tv:443", BAD),
        ("video/a.mp4", BAD),
        ("?a", BAD),
        ("", BAD),
        ("**", BAD),
        ("*/", BAD),
        // asterisk-form is OPTIONS' alone.
        ("*", BAD),
    ] {
        assert_eq!(Target::parse(raw.as_bytes(), false), target, "{raw}");
    }
    for (raw, target) in [
        ("*", Ok(Target::Asterisk)),
        ("http://tv", Ok(Target::Asterisk)),
        ("http://tv:8080", Ok(Target::Asterisk)),
        ("http://tv/", path("/", "")),
        ("/a", path("/a", "")),
        ("**", BAD),
    ] {
        assert_eq!(Target::parse(raw.as_bytes(), true), target, "OPTIONS {raw}");
    }
}

/// RFC 3986 3.2.2 and 3.2.3.
#[test]
fn hosts() {
    for host in [
        "",
        "tv",
        "tv:8080",
        "tv:",
        ":80",
        "TV.local:80",
        "192.0.2.1",
        "192.0.2.1:65535",
        "[::1]",
        "[::1]:8080",
        "[::1]:",
        "[::ffff:192.0.2.1]",
        "xn--nave-6pa.example",
        "under_score",
        "a%20b",
        "a!$&'()*+,;=~b",
    ] {
        assert!(is_host(host.as_bytes()), "{host}");
    }
    for host in [
        "tv 8080",
        "tv/",
        "tv?a",
        "tv#a",
        "user@tv",
        "tv:port",
        "tv:-1",
        "tv:123456",
        "a:b:1",
        "::1",
        "fe80::1",
        "[]",
        "[]:80",
        "[::1",
        "::1]",
        "[::1]80",
        "[::1]:x",
        "[::g]",
        "[fe80::1%25eth0]",
        "tv\\evil",
        "tv<script>",
        "tv\"",
        "naïve",
        "tv\t",
        "http://tv",
    ] {
        assert!(!is_host(host.as_bytes()), "{host}");
    }
}

fn decoded(text: &[u8]) -> Result<Vec<u8>, Undecodable> {
    let mut out = b"of the request before".to_vec();
    decode(text, &mut out).map(|()| out)
}

#[test]
fn decoding() {
    for (text, bytes) in [
        ("", &b""[..]),
        ("a.mp4", b"a.mp4"),
        ("a%20b", b"a b"),
        ("a+b", b"a+b"),
        ("%41%4a%4A", b"AJJ"),
        ("%2e%2E/", b"../"),
        ("%C3%A9", "é".as_bytes()),
        ("%ff%FE", b"\xff\xfe"),
        ("é", "é".as_bytes()),
        ("%25", b"%"),
        ("%252f", b"%2f"),
        ("%0a", b"\n"),
        ("a/b//c", b"a/b//c"),
    ] {
        assert_eq!(decoded(text.as_bytes()).unwrap(), bytes, "{text}");
    }
    for (text, why) in [
        ("%", Undecodable::Escape),
        ("a%", Undecodable::Escape),
        ("%4", Undecodable::Escape),
        ("%%41", Undecodable::Escape),
        ("%4g", Undecodable::Escape),
        ("%g4", Undecodable::Escape),
        ("%+1", Undecodable::Escape),
        ("% 1", Undecodable::Escape),
        ("%u0041", Undecodable::Escape),
        ("%00", Undecodable::Escape),
        ("a%00.mp4", Undecodable::Escape),
        ("\0", Undecodable::Escape),
        ("%2f", Undecodable::Slash),
        ("a%2Fb", Undecodable::Slash),
        ("%2f%zz", Undecodable::Slash),
        ("%zz%2f", Undecodable::Escape),
    ] {
        assert_eq!(decoded(text.as_bytes()), Err(why), "{text:?}");
    }
}

#[test]
fn encoding() {
    for (name, text) in [
        (&b"a.mp4"[..], "a.mp4"),
        (b"shows/one/e-1_~.mp4", "shows/one/e-1_~.mp4"),
        (b"a b+c", "a%20b%2Bc"),
        (b"50%?#&=.mp4", "50%25%3F%23%26%3D.mp4"),
        (b"\"<>'\\", "%22%3C%3E%27%5C"),
        ("é".as_bytes(), "%C3%A9"),
        (b"\xff\x01", "%FF%01"),
    ] {
        let mut out = Vec::new();
        encode(name, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }
}

#[test]
fn queries() {
    for (query, value) in [
        ("v=1", Some("1")),
        ("v=", Some("")),
        ("a=2&v=1", Some("1")),
        ("v=1&v=2", Some("1")),
        ("v=a%20b", Some("a%20b")),
        ("v=a=b", Some("a=b")),
        ("v&v=1", Some("1")),
        ("vv=1&v=2", Some("2")),
        ("&&v=1", Some("1")),
        ("V=1", None),
        ("v", None),
        ("av=1", None),
        ("", None),
    ] {
        let found = query_value(query.as_bytes(), b"v");
        assert_eq!(found, value.map(str::as_bytes), "{query}");
    }
}

proptest! {
    /// Every name of a file has a link that leads back to it, and that can stand in a head.
    #[test]
    fn a_name_survives_the_way_out_and_in(name in prop::collection::vec(1..=u8::MAX, 0..64)) {
        let mut text = Vec::new();
        encode(&name, &mut text);
        prop_assert!(text.iter().all(|byte| byte.is_ascii_graphic()));
        prop_assert!(!text.iter().any(|byte| b"?#&\"<>\\".contains(byte)));
        prop_assert_eq!(decoded(&text), Ok(name.clone()));

        let raw = [b"/", &text[..], b"?v=1"].concat();
        let target = Target::parse(&raw, false);
        prop_assert_eq!(target, Ok(Target::Path { path: &[b"/", &text[..]].concat(), query: b"v=1" }));
    }

    #[test]
    fn decoding_never_grows_and_never_makes_a_nul(text in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(bytes) = decoded(&text) {
            prop_assert!(bytes.len() <= text.len());
            prop_assert!(!bytes.contains(&0));
            let slashes = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'/').count();
            prop_assert_eq!(slashes(&bytes), slashes(&text), "borders between segments stay");
        }
    }

    #[test]
    fn a_path_begins_with_a_slash(raw in prop::collection::vec(any::<u8>(), 0..40), is_options: bool) {
        for raw in [raw.clone(), [&b"http://tv"[..], &raw].concat(), [&b"/"[..], &raw].concat()] {
            if let Ok(Target::Path { path, query }) = Target::parse(&raw, is_options) {
                prop_assert!(path.starts_with(b"/"));
                prop_assert!(!path.contains(&b'?'));
                prop_assert!(path.len() + query.len() <= raw.len() + 1);
            }
        }
    }

    #[test]
    fn a_host_has_no_byte_that_means_something_elsewhere(host in prop::collection::vec(any::<u8>(), 0..24)) {
        if is_host(&host) {
            prop_assert!(host.iter().all(|byte| byte.is_ascii_graphic()));
            prop_assert!(!host.iter().any(|byte| b"/\\?#@\"<>".contains(byte)));
        }
    }
}
