//! Sockets of the page in hostile hands.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::bytes::Dice;
use crate::house::{House, Told};
use crate::noise;
use crate::peers::{self, get, scaled};

/// A request for a socket; the key is the one of RFC 6455 1.3.
pub(crate) fn upgrade(session: &str) -> String {
    let fields = [
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    get(&format!("/_/live?session={session}"), &fields)
}

/// A frame with a mask; its length is what is said, whatever follows.
fn frame(first: u8, len: u64, payload: &[u8]) -> Vec<u8> {
    const KEY: [u8; 4] = [0x5A, 0x01, 0xC3, 0x7F];
    let mut bytes = vec![first];
    match (u8::try_from(len), u16::try_from(len)) {
        (Ok(len @ 0..126), _) => bytes.push(0x80 | len),
        (_, Ok(len)) => {
            bytes.push(0x80 | 126);
            bytes.extend(len.to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(len.to_be_bytes());
        }
    }
    bytes.extend(KEY);
    bytes.extend(
        payload
            .iter()
            .zip(KEY.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    bytes
}

fn whole(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, payload.len() as u64, payload)
}

/// A connection that has become a socket and takes little.
fn open(house: &House, session: &str) -> TcpStream {
    let mut peer = peers::connect_narrow(house.address());
    peers::try_say(&mut peer, upgrade(session));
    let hello = peers::hear_some(&mut peer, 129);
    assert_eq!(peers::status(&hello), Some(101), "{}", hello.escape_ascii());
    peer
}

/// A hundred who watch everything and read nothing.
pub(crate) fn never_reading(house: &House) -> Told {
    house.stands(|| {
        let mut watching: Vec<TcpStream> = (0..scaled(100))
            .map(|n| open(house, &format!("deaf-{n}")))
            .collect();
        for peer in &mut watching {
            peers::try_say(peer, whole(0x81, b"watch inspect"));
        }
        // Connections to be told of.
        let others = peers::Crowd::come(house.address(), scaled(200));
        thread::sleep(Duration::from_secs(2));
        drop(others);
        // Silence is pinged, and ends; who has much to read stalls.
        let recovered = house.wait_until_empty();
        format!(
            "{} watched, all closed {} ms later",
            watching.len(),
            recovered.as_millis()
        )
    })
}

/// Messages that never end: of bytes, of nothing, and announced to be longer than memory.
pub(crate) fn fragments(house: &House) -> Told {
    house.stands(|| {
        let mut taken = 0;
        let mut peers: Vec<TcpStream> = Vec::new();
        for number in 0..scaled(60) {
            let mut peer = open(house, "fragments");
            peers::try_say(&mut peer, whole(0x01, b"re"));
            let piece = match number % 4 {
                0 => whole(0x00, b"x"),
                1 => whole(0x00, b""),
                2 => whole(0x00, &[b'y'; 120]),
                _ => frame(0x00, u64::MAX >> 1, b"zzz"),
            };
            taken += peers::say_until_full(&mut peer, &piece.repeat(100), 300_000);
            peers.push(peer);
        }
        format!(
            "{} sockets said {taken} bytes of messages without an end",
            peers.len()
        )
    })
}

/// Pings in their ten thousands, whose answers nobody reads, and pongs that nobody asked for.
pub(crate) fn control_flood(house: &House) -> Told {
    house.stands(|| {
        let mut taken = 0;
        let mut peers: Vec<TcpStream> = (0..scaled(24)).map(|_| open(house, "flood")).collect();
        for (number, peer) in peers.iter_mut().enumerate() {
            let control = match number % 3 {
                0 => whole(0x89, &[b'p'; 125]),
                1 => whole(0x89, b""),
                _ => whole(0x8A, &[b'p'; 125]),
            };
            taken += peers::say_until_full(peer, &control.repeat(100), 4_000_000);
        }
        let recovered = house.wait_until_empty();
        format!(
            "{} sockets, {taken} bytes taken, all closed {} ms later",
            peers.len(),
            recovered.as_millis()
        )
    })
}

/// Pongs that nobody asked for, as fast as four peers can send them: a turn ends though there is always more.
pub(crate) fn pong_storm(house: &House) -> Told {
    house.stands(|| {
        let began = Instant::now();
        let storm = || {
            let mut peer = open(house, "storm");
            let pongs = whole(0x8A, b"").repeat(20_000);
            let mut said = 0;
            while began.elapsed() < Duration::from_secs(3) && peer.write_all(&pongs).is_ok() {
                said += pongs.len() >> 10;
            }
            said
        };
        let said: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(storm)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        format!("4 sockets said {said} KB of pongs")
    })
}

/// Frames that break the rules, and random ones: each socket ends, and in order where one can.
pub(crate) fn broken(house: &House) -> Told {
    let mut cases: Vec<Vec<u8>> = vec![
        // Without a mask.
        b"\x81\x05hello".to_vec(),
        b"\x89\x00".to_vec(),
        // Reserved bits and codes.
        whole(0xC1, b"x"),
        whole(0x91, b"x"),
        whole(0x83, b"x"),
        whole(0x8F, b"x"),
        // Control frames that are long, or in pieces.
        whole(0x89, &[b'x'; 126]),
        whole(0x09, b"x"),
        whole(0x88, b"\x03"),
        whole(0x88, b"\x03\xE7never said"),
        whole(0x88, b"\x03\xE8\xFF\xFE"),
        // Lengths that are not the shortest, or negative.
        b"\x81\xFE\x00\x05\0\0\0\0hello".to_vec(),
        b"\x81\xFF\x80\0\0\0\0\0\0\x05\0\0\0\0hello".to_vec(),
        frame(0x81, u64::MAX >> 1, b"much"),
        // Text that is none, an end without a beginning, a beginning within.
        whole(0x81, b"\xFF\xFE\xFD"),
        whole(0x80, b"x"),
        [whole(0x01, b"a"), whole(0x01, b"b")].concat(),
        // Much after the goodbye.
        [whole(0x88, b"\x03\xE8"), whole(0x81, b"x").repeat(10_000)].concat(),
        // Wrong tokens, one after the other.
        whole(0x81, b"admin wrong").repeat(50),
        // Reports that lie.
        whole(
            0x81,
            b"report name=a.mp4&position=1e999&buffered=NaN&stalls=-1&rate=%00",
        )
        .repeat(100),
        whole(0x81, &b"report name=%".repeat(300)).repeat(20),
    ];
    let mut dice = Dice::new(noise::seed());
    cases.extend((0..600).map(|_| {
        let len = dice.below(400);
        dice.bytes(len)
    }));
    house.stands(|| {
        for case in &cases {
            let mut peer = peers::connect(house.address());
            peers::try_say(&mut peer, upgrade("broken"));
            peers::try_say(&mut peer, case);
            drop(peer.shutdown(std::net::Shutdown::Write));
            let came = peers::hear_out(&mut peer);
            assert!(
                came.is_empty() || peers::status(&came) == Some(101),
                "{}: {}",
                case.escape_ascii(),
                came.escape_ascii()
            );
        }
        format!("{} kinds of frames", cases.len())
    })
}
