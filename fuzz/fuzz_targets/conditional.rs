//! A verdict has its reason among the fields of its own request, and in no other's.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reeld::http::conditional::{Validators, Verdict, judge, range_applies};
use reeld::http::request::{Field, Parsed, Scan, View, parse};
use reeld::limits::Limits;

const MODIFIED: u64 = 784_111_777;

fuzz_target!(|input: &[u8]| {
    let head = [b"GET / HTTP/1.1\r\nHost: a\r\n", input, b"\r\n\r\n"].concat();
    let Parsed::Request(request) = parse(&head, &mut Scan::default(), &Limits::default()) else {
        return;
    };
    let head = &head[..request.head_len];
    let behind = b"GET / HTTP/1.1\r\nHost: a\r\nIf-Match: *\r\nIf-None-Match: *\r\n\r\n";
    let followed = [head, behind].concat();
    let view = View::new(&request, head);
    let ours = Validators {
        etag: b"\"a\"",
        modified: Some(MODIFIED),
    };
    let has = |field| view.field(field).is_some();

    let verdict = judge(&view, ours);
    let with_more = View::new(&request, &followed);
    assert_eq!(
        judge(&with_more, ours),
        verdict,
        "it reads the next request"
    );
    match verdict {
        Verdict::Failed => assert!(has(Field::IfMatch) || has(Field::IfUnmodifiedSince)),
        Verdict::NotModified => assert!(has(Field::IfNoneMatch) || has(Field::IfModifiedSince)),
        Verdict::Proceed => {
            let is_any = view.values(Field::IfNoneMatch).any(|value| value == b"*");
            assert!(!is_any, "whatever there is, the peer has it");
        }
    }
    if has(Field::IfMatch) && has(Field::IfNoneMatch) {
        let undated = Validators {
            modified: None,
            ..ours
        };
        assert_eq!(judge(&view, undated), verdict, "tags come before dates");
    }

    match view.field(Field::IfRange) {
        None => assert!(range_applies(&view, ours, MODIFIED)),
        Some(value) if value.starts_with(b"W/") || value == b"*" => {
            assert!(!range_applies(&view, ours, u64::MAX));
        }
        Some(_) => {
            let other = Validators {
                etag: b"\"b\"",
                modified: Some(MODIFIED + 1),
            };
            let both =
                range_applies(&view, ours, u64::MAX) && range_applies(&view, other, u64::MAX);
            assert!(!both, "one validator cannot be that of two versions");
        }
    }
});
