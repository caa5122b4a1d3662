//! A chunked body ends at the same byte however it was cut, and what was encoded is taken whole.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reeld::http::chunked::Chunks;
use reeld::http::status::Refusal;

fuzz_target!(|input: &[u8]| {
    let Some((&step, bytes)) = input.split_first() else {
        return;
    };
    let step = usize::from(step).max(1);
    let whole = taken(bytes, bytes.len().max(1));
    assert_eq!(whole, taken(bytes, step), "cuts change it");
    if let Ok((count, is_done, _)) = whole {
        assert!(count == bytes.len() || is_done, "it stops before the end");
        assert!(count <= bytes.len());
    }

    let mut coded = Vec::new();
    for chunk in bytes.chunks(step) {
        coded.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        coded.extend_from_slice(chunk);
        coded.extend_from_slice(b"\r\n");
    }
    coded.extend_from_slice(b"0\r\n\r\n");
    let end = coded.len();
    coded.extend_from_slice(bytes);
    let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    assert_eq!(
        taken(&coded, step),
        Ok((end, true, len)),
        "what follows is no body"
    );
});

/// How many bytes belong to the body, whether it ended, and how many are of chunks.
fn taken(bytes: &[u8], step: usize) -> Result<(usize, bool, u64), Refusal> {
    let mut chunks = Chunks::default();
    let mut count = 0;
    for piece in bytes.chunks(step) {
        let here = chunks.take(piece)?;
        count += here;
        if here < piece.len() {
            break;
        }
    }
    Ok((count, chunks.is_done(), chunks.total()))
}
