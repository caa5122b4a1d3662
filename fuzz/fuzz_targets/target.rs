//! A target is decoded once: what is encoded comes back, and no name holds NUL or a hidden slash.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reeld::http::target::{Target, decode, encode, is_host, query_value};
use reeld::library::name::Name;

fuzz_target!(|input: &[u8]| {
    for is_options in [false, true] {
        match Target::parse(input, is_options) {
            Ok(Target::Path { path, query }) => {
                assert!(path.starts_with(b"/") && !path.contains(&b'?') && !path.contains(&b'#'));
                assert!(path.len() + query.len() <= input.len() + 1);
                if let Some(version) = query_value(query, b"v") {
                    assert!(version.len() + 2 <= query.len());
                }
                check_decoded(path);
            }
            Ok(Target::Asterisk) => assert!(is_options),
            Err(refusal) => assert_eq!(refusal.status.code(), 400),
        }
    }
    if is_host(input) {
        assert!(
            !input
                .iter()
                .any(|byte| byte.is_ascii_whitespace() || *byte == b'/')
        );
    }
    check_decoded(input);

    if !input.contains(&0) {
        let (mut encoded, mut decoded) = (Vec::new(), Vec::new());
        encode(input, &mut encoded);
        assert!(encoded.iter().all(|byte| byte.is_ascii_graphic()));
        assert!(decode(&encoded, &mut decoded).is_ok() && decoded == input);
    }
});

fn check_decoded(path: &[u8]) {
    let mut decoded = Vec::new();
    if decode(path, &mut decoded).is_err() {
        return;
    }
    let slashes = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'/').count();
    assert!(decoded.len() <= path.len() && !decoded.contains(&0));
    assert_eq!(slashes(&decoded), slashes(path), "decoding moves no border");
    if let Some(name) = Name::check(&decoded) {
        let segments = name.as_bytes().split(|byte| *byte == b'/');
        for segment in segments {
            assert!(!segment.is_empty() && !segment.starts_with(b".") && segment.len() < 256);
        }
    }
}
