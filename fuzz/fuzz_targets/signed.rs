//! A token opens what it was signed for; another one, made of whatever bytes, opens nothing, and no log shows a
//! signature that does.

#![no_main]

use std::net::IpAddr;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use reeld::site::sign::mask::write_address;
use reeld::site::sign::opened::Opened;
use reeld::site::sign::{Claim, Keys, Token};

const KEY: &str = "VNqQ4pT0kYyqf1m7l2hC9sZbW3xE6uJr8aGdKoLiPvM=";
const NOW: u64 = 1_763_748_000;

// The input is a token, a space, and a path.
fuzz_target!(|input: &[u8]| {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    let keys = KEYS.get_or_init(|| Keys::read(KEY).expect("a key"));
    let client = IpAddr::from([192, 168, 1, 5]);
    let space = input.iter().position(|&byte| byte == b' ');
    let (token, path) = input.split_at(space.unwrap_or(input.len()));
    let path = path.get(1..).unwrap_or_default();

    // On one connection: what was right before makes nothing else right.
    let mut opened = Opened::default();
    let mut judge = |token: &Token<'_>, secs| keys.judge(token, path, (client, secs), &mut opened);
    let shown = |text: &[u8]| {
        let mut out = Vec::new();
        write_address(text, &mut out);
        out
    };
    shown(input);
    let Some(token) = Token::parse(token) else {
        return;
    };
    let Claim { names, is_bound, .. } = token.claim;
    let Some(covered) = token.claim.covered(path) else {
        assert!(judge(&token, NOW).is_err());
        return;
    };
    assert!(path.starts_with(covered));
    // There is one right spelling for what it claims.
    let right = keys.sign(token.claim, covered, is_bound.then_some(client));
    let is_right = right.as_bytes() == token.written;
    let opens = judge(&token, token.claim.expires.saturating_sub(1)).is_ok();
    assert_eq!(opens, is_right && token.claim.expires > 0);

    let again = Token::parse(right.as_bytes()).expect("ours can be read");
    assert_eq!(again.claim, token.claim);
    assert!(judge(&again, token.claim.expires).is_err(), "it has expired");
    // A title is no folder, nor is what is meant for one client for all.
    for (names, is_bound) in [(names, !is_bound), (names.is_none().then_some(0), is_bound)] {
        let other = Claim { names, is_bound, ..token.claim };
        if other != token.claim {
            let (_, signature) = right.split_once('.').expect("a dot");
            let other = format!("{other}.{signature}");
            let other = Token::parse(other.as_bytes()).expect("a claim");
            assert!(judge(&other, 0).is_err());
        }
    }
    let target = [b"/s/", right.as_bytes(), b"/video/a"].concat();
    let (_, signature) = right.split_once('.').expect("a dot");
    let shown = shown(&target);
    assert!(!shown.windows(43).any(|window| window == signature.as_bytes()));
});
