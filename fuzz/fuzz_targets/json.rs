//! Whatever names and players say, what is told of it as JSON is JSON, and text is the same text again.
//!
//! ```text
//! input    session 0xff report 0xff name and heads
//! ```

#![no_main]

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use reeld::http::date::Now;
use reeld::http::json::write_bytes;
use reeld::net::clock;
use reeld::ops::metrics::Metrics;
use reeld::range::Span;
use reeld::site::live::{Asking, Live, Sees, session_of};

#[path = "../../tests/it/json.rs"]
#[allow(dead_code, reason = "shared with the tests that need all of it")]
mod json;
use json::Json;

fuzz_target!(|input: &[u8]| {
    let mut text = String::new();
    write_bytes(input, &mut text);
    let said = String::from_utf8_lossy(input).into_owned();
    assert_eq!(Json::parse(&text), Json::Text(said));

    let mut parts = input.splitn(3, |byte| *byte == 0xff);
    let query = parts.next().unwrap_or_default();
    let (form, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let live = Arc::new(Live::default());
    let session = session_of(query).map(Box::from);
    let _watch = live.watch();
    let speaker = session.as_ref().map(|session| live.speaker(session));
    if let Some(speaker) = &speaker {
        speaker.report(form);
    }
    let now = Now::new(clock::now().steady, SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777));
    let asking = Asking {
        peer: IpAddr::from([192, 0, 2, 7]),
        session: session.clone(),
        file: Some((rest.to_vec(), 10)),
        span: Span::new(2, 5),
        heads: (rest.to_vec(), form.to_vec()),
    };
    live.asked(asking, &now);
    let own = session.as_deref().unwrap_or(b"other");
    for sees in [Sees::All(own), Sees::Own(own)] {
        Json::parse(&live.compose(sees, &Metrics::new(1, 0), &now));
    }
});
