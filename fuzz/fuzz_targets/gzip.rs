//! What is compressed comes out again as it was, and is hardly longer.

#![no_main]

use std::io::Read;

use flate2::read::GzDecoder;
use libfuzzer_sys::fuzz_target;
use reeld::http::gzip::compress;

fuzz_target!(|input: &[u8]| {
    // The first byte repeats the rest: matches at a distance are what can go wrong.
    let Some((&times, text)) = input.split_first() else {
        return;
    };
    let plain = text.repeat(1 + usize::from(times) % 64);
    let packed = compress(&plain);
    assert!(packed.len() <= plain.len() + plain.len() / 8 + 32);
    let mut out = Vec::new();
    GzDecoder::new(&packed[..]).read_to_end(&mut out).expect("gzip");
    assert!(out == plain, "it comes out otherwise");
});
