//! Requests that are made to cost more than they should: ranges, fields, names and bodies.

use std::net::SocketAddr;

use crate::house::{House, Told, target};
use crate::peers::{self, get};

/// Says each on connections of its own, and tells which statuses came. All are replies or silence.
fn throw(address: SocketAddr, bombs: &[Vec<u8>], times: usize, allowed: &[u16]) -> String {
    let mut found: Vec<(u16, usize)> = Vec::new();
    for bomb in (0..times).flat_map(|_| bombs) {
        let mut peer = peers::connect(address);
        peers::try_say(&mut peer, bomb);
        drop(peer.shutdown(std::net::Shutdown::Write));
        let reply = peers::hear_out(&mut peer);
        let start = bomb[..bomb.len().min(120)].escape_ascii();
        // A reset may come before the reply was read; the peer had not listened while it spoke.
        let Some(status) = peers::status(&reply) else {
            assert!(reply.is_empty(), "{start}: {}", reply.escape_ascii());
            continue;
        };
        assert!(allowed.contains(&status), "{status} for {start}");
        match found.iter_mut().find(|(known, _)| *known == status) {
            Some((_, count)) => *count += 1,
            None => found.push((status, 1)),
        }
    }
    found.sort_unstable();
    let told: Vec<String> = found
        .iter()
        .map(|(status, count)| format!("{count} times {status}"))
        .collect();
    format!("{} bombs, {}", bombs.len() * times, told.join(", "))
}

/// A GET of the digits with a Range, which is then the last request.
fn ranged(range: &str) -> Vec<u8> {
    let range = format!("Range: {range}");
    get(&target("video/a.mp4"), &[&range, "Connection: close"]).into_bytes()
}

/// Thousands of ranges, overlapping ones, and numbers beyond every width.
pub(crate) fn ranges(house: &House) -> Told {
    let mut bombs: Vec<Vec<u8>> = [
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=--1",
        "bytes=1",
        "bytes=0-0,",
        "bytes = 0-1",
        "bytes=0 - 1",
        "bytes=18446744073709551615-",
        "bytes=18446744073709551616-",
        "bytes=-18446744073709551616",
        "bytes=0-18446744073709551615",
        "bytes=9223372036854775807-9223372036854775808",
        "bytes=9-0",
        "bytes=-0",
        "bytes=-9223372036854775809",
        "bytes=4294967295-4294967296",
        "bytes=0x0-0x5",
        "bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0",
        "bytes=0-,0-,0-,0-,0-,0-",
        "bytes=-1,-2,-3,-4,-5,-6",
        "bytes=0-9,18446744073709551616-",
        "lines=0-5",
        "=0-5",
        "bytes=\u{7f}0-5",
        "bytes=+0-+5",
    ]
    .map(ranged)
    .to_vec();
    for (range, count) in [
        ("0-0,", 3_000),
        ("-1,", 4_000),
        ("0-,", 4_000),
        ("5-4,", 3_000),
        (",", 12_000),
        ("0-9,1-8,", 1_500),
    ] {
        bombs.push(ranged(&format!("bytes={}0-0", range.repeat(count))));
    }
    // Just as many as are looked at, and one more, each as long as they may be.
    for count in 1..100 {
        let list: Vec<String> = (0..count)
            .map(|n| format!("{}-{}", n % 10, n % 10))
            .collect();
        bombs.push(ranged(&format!("bytes={}", list.join(","))));
    }
    // Two fields, and one that is spread over many.
    let twice = ["Range: bytes=0-1", "Range: bytes=2-3", "Connection: close"];
    bombs.push(get(&target("video/a.mp4"), &twice).into_bytes());
    house.stands(|| throw(house.address(), &bombs, 1, &[200, 206, 400, 416, 431]))
}

/// Fields in their thousands, without an end, folded, with NULs, and not fields at all.
pub(crate) fn fields(house: &House) -> Told {
    let head = |fields: &[u8]| {
        let mut head = format!(
            "GET {} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n",
            target("video/a.mp4")
        )
        .into_bytes();
        head.extend_from_slice(fields);
        head.extend_from_slice(b"\r\n");
        head
    };
    let bombs = [
        head(&b"A: b\r\n".repeat(10_000)),
        head(&b"A:\r\n".repeat(100_000)),
        head(&b":\r\n".repeat(100_000)),
        head(&[&b"X: "[..], &vec![b'y'; 1 << 20], b"\r\n"].concat()),
        head(&[&vec![b'x'; 1 << 20][..], b": y\r\n"].concat()),
        head(&vec![b'x'; 1 << 20]),
        head(&[&b"X: "[..], &vec![0; 10_000], b"\r\n"].concat()),
        head(b"X: a\0b\r\n"),
        head(b"X\0: b\r\n"),
        head(&[&b"X: a\r\n"[..], &b" folded\r\n".repeat(1_000)].concat()),
        head(b" folded: first\r\n"),
        head(b"X: a\rb\r\n"),
        head(b"X : a\r\n"),
        head(&b"Host: b\r\n".repeat(60)),
        head(&b"Content-Length: 0\r\n".repeat(60)),
        head(&b"Transfer-Encoding: chunked\r\n".repeat(60)),
        head(b"Content-Length: 99999999999999999999999999\r\n"),
        head(b"Content-Length: -1\r\n"),
        head(&[&b"If-None-Match: "[..], &b"\"x\",".repeat(3_000), b"\r\n"].concat()),
        head(&[&b"If-Match: "[..], &b"W/\"".repeat(4_000), b"\r\n"].concat()),
        head(&[&b"Accept: "[..], &b"*/*;q=0.1,".repeat(1_500), b"\r\n"].concat()),
        head(
            &[
                &b"Accept-Encoding: "[..],
                &b"gzip;q=0,".repeat(1_500),
                b"\r\n",
            ]
            .concat(),
        ),
        head(
            &[
                &b"Connection: "[..],
                &b"keep-alive,close,".repeat(2_000),
                b"\r\n",
            ]
            .concat(),
        ),
        head(
            &[
                &b"X-Forwarded-For: "[..],
                &b"1.2.3.4,".repeat(1_900),
                b"\r\n",
            ]
            .concat(),
        ),
        head(
            &[
                &b"Forwarded: "[..],
                &b"for=\"[::1]\";".repeat(1_200),
                b"\r\n",
            ]
            .concat(),
        ),
        head(&[&b"Cookie: "[..], &b"a=b; ".repeat(3_000), b"\r\n"].concat()),
        b"\r\n".repeat(500_000),
        b"\n".repeat(1_000_000),
        vec![0; 1 << 20],
        vec![b' '; 1 << 20],
        b"\r".repeat(1 << 20),
        b"GET".to_vec(),
        vec![b'G'; 1 << 20],
    ];
    house.stands(|| {
        throw(
            house.address(),
            &bombs,
            3,
            &[200, 206, 304, 400, 405, 408, 412, 413, 414, 431, 501, 505],
        )
    })
}

/// A name of a million bytes, and names that are hard to take apart.
pub(crate) fn names(house: &House) -> Told {
    let ask = |target: &str| get(target, &["Connection: close"]).into_bytes();
    let video = target("video/");
    let below = |rest: String| ask(&format!("{video}{rest}"));
    let mut bombs = vec![
        below("a".repeat(1_000_000)),
        below("%41".repeat(2_600)),
        below("%2e%2e%2f".repeat(800)),
        below("../".repeat(2_500)),
        below("a/".repeat(4_000)),
        below("./".repeat(4_000)),
        below("/".repeat(8_000)),
        below("a".repeat(256)),
        below("é".repeat(128)),
        below("%ff".repeat(250)),
        below("%".repeat(5_000)),
        below("a.mp4%00.txt".into()),
        below("%c0%ae%c0%ae/etc/passwd".into()),
        below("..%5c..%5c".into()),
        below(format!("a.mp4?{}", "session=a&".repeat(780))),
        below(format!("a.mp4?{}", "&".repeat(8_000))),
        ask(&target("hls/video.mp4/m-99999999999999999999.m4s")),
        ask(&target(&format!("hls/{}/master.m3u8", "x/".repeat(3_000)))),
        ask(&format!("/_/{}", "live".repeat(1_500))),
        ask("*"),
        ask(""),
        ask("http://a/"),
        ask(&format!("http://{}/", "a".repeat(8_000))),
        ask("http://[::1/"),
        ask("//"),
        ask("\\video\\a.mp4"),
        format!(
            "CONNECT {} HTTP/1.1\r\nHost: a\r\n\r\n",
            "a:1".repeat(2_000)
        )
        .into_bytes(),
        format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "M".repeat(100_000)).into_bytes(),
    ];
    // Names that are not there, each of its own: nothing is kept of them.
    bombs.extend((0..3_000).map(|n| below(format!("nobody-{n}.mp4"))));
    house.stands(|| {
        throw(
            house.address(),
            &bombs,
            1,
            &[
                200, 204, 301, 308, 400, 403, 404, 405, 410, 414, 421, 431, 501,
            ],
        )
    })
}

/// Bodies that nobody asked for: too long, in a million pieces, and with lengths that overflow.
pub(crate) fn bodies(house: &House) -> Told {
    let video = target("video/a.mp4");
    let chunked = |body: &[u8]| {
        let head = get(&video, &["Transfer-Encoding: chunked", "Connection: close"]);
        [head.as_bytes(), body].concat()
    };
    let counted = |length: &str, body: &[u8]| {
        let length = format!("Content-Length: {length}");
        [
            get(&video, &[&length, "Connection: close"]).as_bytes(),
            body,
        ]
        .concat()
    };
    let bombs = [
        chunked(&b"1\r\nx\r\n".repeat(50_000)),
        chunked(&[&b"1;"[..], &vec![b'e'; 1 << 20], b"\r\nx\r\n0\r\n\r\n"].concat()),
        chunked(b"ffffffffffffffff\r\nx"),
        chunked(b"10000000000000000\r\nx"),
        chunked(b"-1\r\nx\r\n0\r\n\r\n"),
        chunked(&[&vec![b'0'; 1 << 16][..], b"\r\n\r\n"].concat()),
        chunked(&[&b"0\r\n"[..], &b"T: r\r\n".repeat(100_000), b"\r\n"].concat()),
        chunked(b"1\nx\n0\n\n"),
        chunked(&vec![b'\r'; 1 << 16]),
        counted("1000000000000", &vec![b'x'; 1 << 20]),
        counted("65536", &vec![b'x'; 1 << 16]),
        counted("65537", &vec![b'x'; 1 << 17]),
        counted("18446744073709551616", b""),
        // Requests in a body are not requests.
        counted(
            "60000",
            &get(&video, &[]).repeat(2_000).into_bytes()[..60_000],
        ),
    ];
    house.stands(|| throw(house.address(), &bombs, 10, &[200, 400, 408, 413, 431]))
}
