//! Whatever is called an MP4: what is found in it keeps its promises, and a cursor goes on where it was taken.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reeld::media::mp4::Movie;

fuzz_target!(|input: &[u8]| {
    let Ok(movie) = Movie::read(&input).1 else {
        return;
    };
    assert!(movie.timescale > 0);
    // All samples of a track, each entry and each fragment come from bytes of their own.
    assert!(movie.bytes() <= 16 * input.len() + 4_096, "{}", movie.bytes());
    for track in &movie.tracks {
        let (mut dts, mut bytes) = (0, 0);
        let mut samples = track.samples(&movie.moov);
        while let Some(sample) = samples.next() {
            assert_eq!(sample.dts, dts);
            dts += u64::from(sample.duration);
            bytes += u64::from(sample.size);
            assert!(sample.offset.checked_add(sample.size.into()).is_some());
            assert!(sample.cts >= 0 || sample.cts.unsigned_abs() <= track.neg);
        }
        assert_eq!(samples.cursor().sample(), track.sample_count);
        assert!(bytes <= input.len() as u64 || track.entry.codec.unfit().is_some());
        let mut samples = track.samples(&movie.moov);
        for _ in 0..track.sample_count.min(64) {
            let again = track.samples_from(&movie.moov, samples.cursor()).next();
            assert_eq!(samples.next(), again);
        }
    }
    for fragment in movie.fragments.iter().flat_map(|all| &all.list) {
        assert!(fragment.start < fragment.end && fragment.end <= input.len() as u64);
    }
});
