//! Whatever is called SubRip becomes WebVTT: cues apart, each of one line of times and lines of text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reeld::media::subtitle::to_vtt;

fuzz_target!(|input: &[u8]| {
    let vtt = to_vtt(input);
    assert!(!vtt.contains(['\r', '\0']), "{vtt:?}");
    assert!(vtt.len() <= 64 + 7 * input.len(), "{}", vtt.len());
    let mut blocks = vtt.split("\n\n");
    let first = blocks.next().unwrap_or_default();
    assert_eq!(first.trim_end_matches('\n'), "WEBVTT");
    for block in blocks {
        let (times, text) = block.split_once('\n').expect("a cue has text");
        assert_eq!(times.matches(" --> ").count(), 1, "{times}");
        assert!(!text.contains("-->") && !text.trim().is_empty(), "{text:?}");
    }
});
