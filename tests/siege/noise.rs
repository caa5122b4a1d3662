//! Random bytes, and requests that were right before something happened to them: twenty thousand a run.

use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::bytes::Dice;
use crate::house::{House, Told, target};
use crate::peers::{self, get};

const EACH: usize = 10_000;
const THREADS: usize = 4;

/// The seed of this run: SIEGE_SEED, or the time of day.
pub(crate) fn seed() -> u64 {
    static SEED: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    *SEED.get_or_init(|| match std::env::var("SIEGE_SEED") {
        Ok(text) => text.parse().expect("SIEGE_SEED is a number"),
        Err(_) => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs(),
    })
}

/// Ten thousand times up to a few hundred bytes of any value.
pub(crate) fn random(house: &House) -> Told {
    noise(house, |dice| {
        let len = dice.below(600);
        dice.bytes(len)
    })
}

/// Ten thousand requests with some bytes changed, left out, doubled or moved.
pub(crate) fn mutated(house: &House) -> Told {
    noise(house, mutant)
}

fn noise(house: &House, make: impl Fn(&mut Dice) -> Vec<u8> + Sync) -> Told {
    house.stands(|| {
        let replies: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|number| {
                    let (make, mut dice) = (&make, Dice::new(seed() + number as u64));
                    scope.spawn(move || {
                        let mut replies = 0;
                        for _ in 0..EACH / THREADS {
                            let bytes = make(&mut dice);
                            replies += usize::from(send(house, &bytes, &mut dice));
                        }
                        replies
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        format!("{EACH} of seed {}, {replies} replies read", seed())
    })
}

/// Tells whether a reply was waited for and came.
fn send(house: &House, bytes: &[u8], dice: &mut Dice) -> bool {
    let mut peer = peers::connect(house.address());
    let cut = dice.below(bytes.len() + 1);
    peers::try_say(&mut peer, &bytes[..cut]);
    peers::try_say(&mut peer, &bytes[cut..]);
    let listens = dice.below(4) == 0;
    if listens {
        drop(peer.shutdown(std::net::Shutdown::Write));
        let reply = peers::hear_out(&mut peer);
        assert!(
            reply.is_empty() || peers::status(&reply).is_some(),
            "{} gave {}",
            bytes.escape_ascii(),
            reply[..reply.len().min(200)].escape_ascii()
        );
        if !reply.is_empty() {
            return true;
        }
    }
    peers::reset(peer);
    false
}

fn mutant(dice: &mut Dice) -> Vec<u8> {
    let film = target("video/film.mp4");
    let digits = target("video/a.mp4");
    let hls = target("hls/video.mp4/master.m3u8");
    let right = [
        get(&digits, &["Range: bytes=0-1,3-4,-2", "If-Range: \"x\""]),
        get(
            &film,
            &["Range: bytes=1000-2000", "Accept-Encoding: gzip, br;q=0.5"],
        ),
        get(&digits, &["Transfer-Encoding: chunked"])
            + "3\r\nabc\r\n5;a=b\r\n01234\r\n0\r\nT: x\r\n\r\n",
        get(&digits, &["Content-Length: 4", "Expect: 100-continue"]) + "abcd",
        get(&hls, &["If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"]),
        get(
            "/_/metrics",
            &[
                "Forwarded: for=\"[2001:db8::1]:80\";proto=https",
                "X-Forwarded-For: 1.2.3.4, 5.6.7.8",
            ],
        ),
        crate::frames::upgrade("mutant") + "\u{1}",
        get(
            "http://a:80/?session=one",
            &["Accept: application/json;q=0.5", "Connection: close"],
        ),
        "HEAD /video/%61.mp4?v=1 HTTP/1.0\r\nIf-None-Match: W/\"a\", *\r\n\r\n".to_owned(),
        "OPTIONS * HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\n\r\n".to_owned(),
    ];
    let mut bytes = right[dice.below(right.len())].clone().into_bytes();
    if dice.below(3) == 0 {
        bytes.extend_from_slice(right[dice.below(right.len())].as_bytes());
    }
    for _ in 0..=dice.below(5) {
        let at = dice.below(bytes.len());
        let to = at + dice.below(bytes.len() - at).min(40);
        match dice.below(7) {
            0 => bytes[at] = dice.byte(),
            1 => bytes[at] ^= 1 << dice.below(8),
            2 => bytes.truncate(at + 1),
            3 => bytes.insert(at, b"\r\n\0 \t:;,=\"%/"[dice.below(12)]),
            4 => drop(bytes.drain(at..to)),
            5 => {
                let doubled = bytes[at..to].repeat(1 + dice.below(8));
                drop(bytes.splice(at..at, doubled));
            }
            _ => {
                let len = dice.below(30);
                let inserted = dice.bytes(len);
                drop(bytes.splice(at..at, inserted));
            }
        }
        if bytes.is_empty() {
            bytes.push(b'G');
        }
    }
    bytes
}
