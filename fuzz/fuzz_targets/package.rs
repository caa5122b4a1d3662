//! Whatever is called an MP4, packaged: all that is made of it lies within the file, and plays as long as it says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reeld::media::faststart::Faststart;
use reeld::media::package::resource::{Rendition, Resource};
use reeld::media::package::{Package, TextTrack};

/// Segments that are looked at of each rendition.
const SEGMENTS: u32 = 8;

fuzz_target!(|input: &[u8]| {
    if let Some(faststart) = Faststart::read(&input) {
        let within = |end: u64| end <= input.len() as u64;
        assert!(faststart.spans.iter().all(|span| within(span.end())));
    }
    let Ok(package) = Package::read(&input).1 else {
        return;
    };
    assert!(package.bytes() <= 64 * input.len() + 16_384);
    for resource in [Resource::Master, Resource::Manifest] {
        assert!(package.make(&resource, "0", &[]).is_some());
    }
    for track in [TextTrack::Subtitle(0), TextTrack::Chapters] {
        package.text(&input, track).unwrap();
    }
    let renditions = [Rendition::Muxed, Rendition::Video, Rendition::KeyFrames];
    let sounds = (0..3).map(Rendition::Audio);
    for rendition in renditions.into_iter().chain(sounds) {
        let Some(playlist) = package.make(&Resource::Playlist(rendition), "0", &[]) else {
            continue;
        };
        assert!(package.make(&Resource::Init(rendition), "0", &[]).is_some());
        let playlist = String::from_utf8(playlist.bytes).unwrap();
        let count = playlist.matches("#EXTINF:").count();
        for number in 0..SEGMENTS {
            let made = package.make(&Resource::Segment(rendition, number), "0", &[]);
            assert_eq!(made.is_some(), (number as usize) < count);
            let spans = made.map_or(Vec::new(), |made| made.spans);
            assert!(spans.iter().all(|span| span.end() <= input.len() as u64));
            assert!(spans.windows(2).all(|pair| pair[0].end() < pair[1].start()));
        }
    }
});
