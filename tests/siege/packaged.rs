//! Titles in segments, asked for as no player would.

use crate::house::{House, Told, target};
use crate::peers::{self, Crowd, get, scaled};

/// What a text names: the lines of a playlist that are no tags.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
}

fn ask(house: &House, name: &str) -> String {
    let mut peer = peers::connect(house.address());
    peers::try_say(&mut peer, get(&target(name), &["Connection: close"]));
    let reply = peers::hear_out(&mut peer);
    assert_eq!(
        peers::status(&reply),
        Some(200),
        "{name}: {}",
        reply.escape_ascii()
    );
    String::from_utf8_lossy(&reply).into_owned()
}

/// The first media playlist of the title.
fn playlist(house: &House) -> String {
    let master = ask(house, "hls/video.mp4/master.m3u8");
    let (_, text) = master.split_once("\r\n\r\n").unwrap();
    addresses(text).next().expect("a playlist").to_owned()
}

/// Segments of all numbers there are and there are not, in pipelines that are read and that are not.
pub(crate) fn all_numbers(house: &House) -> Told {
    let list = playlist(house);
    let text = ask(house, &format!("hls/video.mp4/{list}"));
    let (_, text) = text.split_once("\r\n\r\n").unwrap();
    let first = addresses(text).next().expect("a segment").to_owned();
    // `m-0.m4s?TOKEN`: the number stands between the last dash and the point.
    let (before, rest) = first
        .rsplit_once("-0")
        .unwrap_or_else(|| panic!("a number in {first}"));
    let numbers: Vec<String> = (0..1_500_u64)
        .chain((0..64).map(|bit| (1 << bit) - 1))
        .map(|number| format!("{before}-{number}{rest}"))
        .chain(
            ["-1", "00", "1e3", "%31", "18446744073709551616", ""]
                .map(|odd| format!("{before}-{odd}{rest}")),
        )
        .collect();
    let pipeline: String = numbers
        .iter()
        .map(|name| get(&target(&format!("hls/video.mp4/{name}")), &[]))
        .collect();
    house.stands(|| {
        let mut unread = Crowd::come_narrow(house.address(), 20);
        let mut taken = 0;
        for peer in &mut unread.0 {
            taken += peers::say_until_full(peer, pipeline.as_bytes(), pipeline.len());
        }
        // One that is read, to the end: each has its answer.
        let mut peer = peers::connect(house.address());
        let mut speaking = peer.try_clone().unwrap();
        let all = pipeline.clone();
        let speaker = std::thread::spawn(move || {
            peers::try_say(&mut speaking, all);
            drop(speaking.shutdown(std::net::Shutdown::Write));
        });
        let came = peers::hear_out(&mut peer);
        speaker.join().unwrap();
        let replies = came.windows(9).filter(|nine| *nine == b"HTTP/1.1 ").count();
        assert!(
            replies >= numbers.len(),
            "{replies} replies to {} requests",
            numbers.len()
        );
        house.wait_until_empty();
        format!(
            "{} names, {replies} replies read; {taken} bytes of requests unread",
            numbers.len()
        )
    })
}

/// Playlists and manifests that nobody reads, and titles of versions that never were.
pub(crate) fn never_read(house: &House) -> Told {
    let list = playlist(house);
    let names = [
        "hls/video.mp4/master.m3u8".to_owned(),
        format!("hls/video.mp4/{list}"),
        "dash/video.mp4/manifest.mpd".to_owned(),
        "hls/video.mp4/m-0.m4s?v=0123456789abcdef".to_owned(),
        "hls/film.mp4/master.m3u8".to_owned(),
        "hls/a.mp4/master.m3u8".to_owned(),
        "faststart/video.mp4".to_owned(),
    ];
    house.stands(|| {
        let mut crowd = Crowd::come_narrow(house.address(), scaled(200));
        for (number, peer) in crowd.0.iter_mut().enumerate() {
            let asked = get(
                &target(&names[number % names.len()]),
                &["Accept-Encoding: gzip"],
            );
            peers::say_until_full(peer, asked.repeat(100).as_bytes(), asked.len() * 1_000);
        }
        let recovered = house.wait_until_empty();
        format!(
            "{} peers, all closed {} ms later",
            crowd.len(),
            recovered.as_millis()
        )
    })
}
