//! What a token says, what it opens, and ten thousand altered ones that open nothing.

use std::net::IpAddr;

use proptest::prelude::*;

use super::opened::Opened;
use super::{BAD, Claim, EXPIRED, Keys, Token};
use crate::http::status::Refusal;

const FIRST: &str = "the first key of these tests, 0123456789+/=";
const SECOND: &str = "VNqQ4pT0kYyqf1m7l2hC9sZbW3xE6uJr8aGdKoLiPvM=";
const HOME: [u8; 4] = [192, 168, 1, 5];

fn key(text: &str) -> String {
    text.replace(' ', "_").replace(',', ".")
}

fn keys() -> Keys {
    Keys::read(&key(FIRST)).unwrap()
}

fn home() -> IpAddr {
    IpAddr::from(HOME)
}

fn claim(expires: u64, names: Option<usize>, is_bound: bool) -> Claim {
    Claim {
        expires,
        names,
        is_bound,
    }
}

/// What comes of a token at second 1000.
fn judged(keys: &Keys, token: &[u8], path: &[u8], client: IpAddr) -> Result<(), Refusal> {
    let token = Token::parse(token).ok_or(BAD)?;
    // Whatever was right before makes nothing else right, nor does asking twice.
    let mut opened = Opened::default();
    let other = keys.sign(claim(2_000, Some(0), false), b"", None);
    for before in [Token::parse(other.as_bytes()).ok_or(BAD)?, token] {
        _ = keys.judge(&before, path, (client, 1_000), &mut opened);
    }
    keys.judge(&token, path, (client, 1_000), &mut opened)
}

/// RFC 4231's second case, by way of the parts: what we call an HMAC is one.
#[test]
fn the_message_and_its_signature() {
    let token = keys().sign(claim(2_000, Some(2), true), b"shows/one", Some(home()));
    let (text, signature) = token.split_once('.').unwrap();
    assert_eq!(text, "2000-2-ip");
    let message = b"reeld1\x002000-2-ip\0shows/one\x00192.168.1.5";
    let mac = hmac_sha256::HMAC::mac(message, key(FIRST));
    assert_eq!(signature.as_bytes(), super::base64url(&mac));
    let known = hmac_sha256::HMAC::mac("what do ya want for nothing?", "Jefe");
    assert_eq!(
        &super::base64url(&known),
        b"W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM"
    );
}

#[test]
fn claims_have_one_spelling() {
    for (text, expected) in [
        ("0", Some(claim(0, None, false))),
        ("17", Some(claim(17, None, false))),
        ("17-0", Some(claim(17, Some(0), false))),
        ("17-2", Some(claim(17, Some(2), false))),
        ("17-ip", Some(claim(17, None, true))),
        (
            "99999999999-9999-ip",
            Some(claim(99_999_999_999, Some(9_999), true)),
        ),
        ("", None),
        ("-", None),
        ("17-", None),
        ("-2", None),
        ("017", None),
        ("17-02", None),
        ("17-2-", None),
        ("17-2-2", None),
        ("17-ip-2", None),
        ("17-ip-ip", None),
        ("17-2-IP", None),
        ("17-x", None),
        ("+17", None),
        ("17 ", None),
        ("1７", None),
        ("17-2-ip-", None),
        ("100000000000", None),
        ("17-10000", None),
        ("17--ip", None),
    ] {
        let found = Claim::parse(text.as_bytes());
        assert_eq!(found, expected, "{text}");
        if let Some(claim) = found {
            assert_eq!(claim.to_string(), text);
        }
    }
}

#[test]
fn what_is_covered() {
    for (path, names, covered) in [
        ("a/b/c", None, Some("a/b/c")),
        ("a/b/c", Some(0), Some("")),
        ("a/b/c", Some(1), Some("a")),
        ("a/b/c", Some(2), Some("a/b")),
        ("a/b/c", Some(3), Some("a/b/c")),
        ("a/b/c", Some(4), None),
        ("", None, Some("")),
        ("", Some(0), Some("")),
        ("", Some(1), None),
    ] {
        let found = claim(1, names, false).covered(path.as_bytes());
        assert_eq!(found, covered.map(str::as_bytes), "{path} {names:?}");
    }
}

/// What a token is for opens, and what looks like it does not.
#[test]
fn what_opens() {
    let keys = keys();
    let away = IpAddr::from([192, 168, 1, 6]);
    for (names, signed, is_bound, path, client, expected) in [
        (None, "a/b", false, "a/b", away, Ok(())),
        (None, "a/b", false, "a/bc", away, Err(BAD)),
        (None, "a/b", false, "a/b/c", away, Err(BAD)),
        (None, "a/b", false, "a", away, Err(BAD)),
        (Some(2), "a/b", false, "a/b", away, Ok(())),
        (Some(2), "a/b", false, "a/b/c", away, Ok(())),
        (Some(2), "a/b", false, "a/b/c/d", away, Ok(())),
        (Some(2), "a/b", false, "a/bc/d", away, Err(BAD)),
        (Some(2), "a/b", false, "a", away, Err(BAD)),
        (Some(1), "a/b", false, "a/b", away, Err(BAD)),
        (Some(0), "", false, "x/y", away, Ok(())),
        (Some(0), "", false, "", away, Ok(())),
        (Some(0), "a", false, "a", away, Err(BAD)),
        (None, "a", true, "a", home(), Ok(())),
        (None, "a", true, "a", away, Err(BAD)),
        (Some(0), "", true, "a", home(), Ok(())),
        (Some(0), "", true, "a", away, Err(BAD)),
    ] {
        let address = is_bound.then(home);
        let token = keys.sign(claim(2_000, names, is_bound), signed.as_bytes(), address);
        let found = judged(&keys, token.as_bytes(), path.as_bytes(), client);
        assert_eq!(found, expected, "{names:?} {signed} for {path}");
    }
    // The same client by its other name.
    let token = keys.sign(claim(2_000, None, true), b"a", Some(home()));
    let mapped = "::ffff:192.168.1.5".parse().unwrap();
    assert_eq!(judged(&keys, token.as_bytes(), b"a", mapped), Ok(()));
}

/// That it has expired is told to nobody who guesses.
#[test]
fn expiry() {
    let keys = keys();
    for (expires, expected) in [(1_001, Ok(())), (1_000, Err(EXPIRED)), (0, Err(EXPIRED))] {
        let token = keys.sign(claim(expires, None, false), b"a", None);
        assert_eq!(judged(&keys, token.as_bytes(), b"a", home()), expected);
        assert_eq!(judged(&keys, token.as_bytes(), b"b", home()), Err(BAD));
    }
}

/// What a connection was let through with opens just that, to the same client, until it ends.
#[test]
fn what_was_opened_before() {
    let (keys, mut opened) = (keys(), Opened::default());
    let away = IpAddr::from([192, 168, 1, 6]);
    let token = keys.sign(claim(2_000, Some(1), true), b"a", Some(home()));
    let token = Token::parse(token.as_bytes()).unwrap();
    let mut judge = |token: &Token<'_>, path: &[u8], client, secs| {
        keys.judge(token, path, (client, secs), &mut opened)
    };
    assert_eq!(judge(&token, b"a/b", home(), 1_000), Ok(()));
    assert_eq!(judge(&token, b"a/c", home(), 1_999), Ok(()));
    assert_eq!(judge(&token, b"a/c", home(), 2_000), Err(EXPIRED));
    assert_eq!(judge(&token, b"b/c", home(), 1_000), Err(BAD));
    assert_eq!(judge(&token, b"a/b", away, 1_000), Err(BAD));
    let mut altered = token.written.to_vec();
    altered[20] ^= 1;
    let altered = Token::parse(&altered).unwrap();
    assert_eq!(judge(&altered, b"a/b", home(), 1_000), Err(BAD));
    assert_eq!(judge(&token, b"a/b", home(), 1_000), Ok(()));
    assert_eq!(format!("{opened:?}"), "Opened(…)");
}

#[test]
fn the_first_key_signs_and_each_opens() {
    let [old, new] = [FIRST, SECOND].map(key);
    let both = Keys::read(&format!("# this year's\n{new}\n\n  {old}\r\n")).unwrap();
    let [old, new] = [old, new].map(|key| Keys::read(&key).unwrap());
    let claim = claim(2_000, None, false);
    assert_eq!(both.sign(claim, b"a", None), new.sign(claim, b"a", None));
    for keys in [&old, &new] {
        let token = keys.sign(claim, b"a", None);
        assert_eq!(judged(&both, token.as_bytes(), b"a", home()), Ok(()));
    }
    let token = old.sign(claim, b"a", None);
    assert_eq!(judged(&new, token.as_bytes(), b"a", home()), Err(BAD));
}

#[test]
fn what_can_be_a_key() {
    let long = key(SECOND).repeat(30);
    for text in [
        "",
        "\n#\n",
        "short",
        &"x".repeat(40),
        &long,
        "a b c d e f g h i j k l m n o p q r s",
    ] {
        let why = Keys::read(text).unwrap_err();
        assert!(text.len() < 3 || !why.contains(text), "{why}");
    }
    assert!(Keys::read(&format!("{SECOND}\n").repeat(8)).is_ok());
    assert!(Keys::read(&format!("{SECOND}\n").repeat(9)).is_err());
    assert!(!format!("{:?}", Keys::read(SECOND)).contains(&SECOND[..8]));
}

/// Every bit of a token and of the path, one at a time.
#[test]
fn no_altered_bit_opens() {
    let keys = keys();
    let mut tried = 0;
    for (names, is_bound) in [
        (None, false),
        (None, true),
        (Some(1), false),
        (Some(1), true),
    ] {
        let path = b"shows/e1.mp4";
        let covered = claim(2_000, names, is_bound).covered(path).unwrap();
        let address = is_bound.then(home);
        let token = keys.sign(claim(2_000, names, is_bound), covered, address);
        let token = token.as_bytes();
        assert_eq!(judged(&keys, token, path, home()), Ok(()));
        for bit in 0..token.len() * 8 {
            let mut altered = token.to_vec();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(judged(&keys, &altered, path, home()), Err(BAD), "bit {bit}");
            tried += 1;
        }
        for bit in 0..covered.len() * 8 {
            let mut altered = path.to_vec();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                judged(&keys, token, &altered, home()),
                Err(BAD),
                "bit {bit}"
            );
            tried += 1;
        }
        for at in 0..token.len() {
            let cut = [&token[..at], &token[at + 1..]].concat();
            assert_eq!(judged(&keys, &cut, path, home()), Err(BAD));
            assert_eq!(judged(&keys, &token[..at], path, home()), Err(BAD));
            tried += 2;
        }
    }
    assert!(tried > 2_000, "{tried}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    /// A token that was altered anyhow opens nothing; nor does one for something else.
    #[test]
    fn altered_tokens_open_nothing(
        (signed, asked) in (path(), path()),
        (ours, theirs) in (claims(), claims()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        client in any::<[u8; 4]>(),
    ) {
        let keys = keys();
        let address = ours.is_bound.then(home);
        let token = keys.sign(ours, signed.as_bytes(), address);
        // Another claim with this signature.
        let (_, signature) = token.split_once('.').unwrap();
        if theirs != ours {
            let stolen = format!("{theirs}.{signature}");
            prop_assert_eq!(judged(&keys, stolen.as_bytes(), asked.as_bytes(), home()), Err(BAD));
        }
        // This claim for another path.
        if ours.covered(asked.as_bytes()) != Some(signed.as_bytes()) {
            prop_assert_eq!(judged(&keys, token.as_bytes(), asked.as_bytes(), home()), Err(BAD));
        }
        // Another client.
        if ours.is_bound && client != HOME {
            let client = IpAddr::from(client);
            prop_assert_eq!(judged(&keys, token.as_bytes(), signed.as_bytes(), client), Err(BAD));
        }
        // Some of its letters.
        let mut altered = token.clone().into_bytes();
        for (at, letter) in edits {
            let at = at.index(altered.len());
            altered[at] = letter;
        }
        if altered != token.as_bytes() {
            prop_assert_eq!(judged(&keys, &altered, signed.as_bytes(), home()), Err(BAD));
        }
    }

    /// Whatever is read was written so.
    #[test]
    fn what_is_read_was_written(text in "[0-9ip-]{0,12}") {
        if let Some(claim) = Claim::parse(text.as_bytes()) {
            prop_assert_eq!(claim.to_string(), text);
        }
    }
}

fn path() -> impl Strategy<Value = String> {
    "[ab]{1,2}(/[ab]{1,2}){0,2}"
}

fn claims() -> impl Strategy<Value = Claim> {
    let names = prop::option::of(0usize..4);
    (1_001u64..1_004, names, any::<bool>())
        .prop_map(|(expires, names, is_bound)| claim(expires, names, is_bound))
}
