//! A head means the same however it was cut, and nothing behind it means anything.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reeld::http::request::{Field, Parsed, Request, Scan, View, parse};
use reeld::http::status::Refusal;
use reeld::limits::Limits;

type Outcome = Option<Result<Request, Refusal>>;

fuzz_target!(|input: &[u8]| {
    let limits = Limits {
        head_bytes_max: 512,
        target_bytes_max: 128,
        ..Limits::default()
    };
    let whole = read(input, &mut Scan::default(), &limits);
    assert_eq!(whole, byte_by_byte(input, &limits), "cuts change it");

    if let Some(Ok(request)) = whole {
        let head = &input[..request.head_len];
        assert!(head.ends_with(b"\r\n\r\n") && head.len() <= limits.head_bytes_max);
        let (alone, followed) = (&View::new(&request, head), &View::new(&request, input));
        assert!(!alone.target().is_empty() && alone.target().len() <= limits.target_bytes_max);
        for field in FIELDS {
            assert_eq!(alone.field(field), followed.field(field));
            assert!(
                alone.values(field).eq(followed.values(field)),
                "{field:?} reads on"
            );
            assert_eq!(alone.values(field).next(), alone.field(field));
            for value in alone.values(field) {
                assert!(
                    !value
                        .iter()
                        .any(|byte| byte.is_ascii_control() && *byte != b'\t')
                );
            }
        }
    }
});

const FIELDS: [Field; 6] = [
    Field::Host,
    Field::Range,
    Field::IfMatch,
    Field::IfNoneMatch,
    Field::Connection,
    Field::Origin,
];

fn read(inbox: &[u8], scan: &mut Scan, limits: &Limits) -> Outcome {
    match parse(inbox, scan, limits) {
        Parsed::NeedMore => None,
        Parsed::Request(request) => Some(Ok(request)),
        Parsed::Refused(refusal) => Some(Err(refusal)),
    }
}

fn byte_by_byte(input: &[u8], limits: &Limits) -> Outcome {
    let mut scan = Scan::default();
    (1..=input.len()).find_map(|end| read(&input[..end], &mut scan, limits))
}
