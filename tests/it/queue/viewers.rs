//! Ten people, three places, in real time: nobody who watches stalls, everybody is served in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{of, told};
use crate::bytes::clip;
use crate::client::eventually;
use crate::server::Server;

/// A film of three seconds.
const BYTES_A_SEC: usize = 600_000;
const FILM_SECS: usize = 3;
/// A player asks for so much at a time, and begins to play when it has so much.
const CHUNK_BYTES: usize = 150_000;
const AHEAD_BYTES: usize = 900_000;

/// What one of them saw.
#[derive(Debug)]
struct Seen {
    began: Instant,
    ended: Instant,
    stalls: usize,
}

/// Watches a film as players do: some seconds ahead, in ranges, no faster than it plays.
fn play(server: &Server, client: u8, film: &[u8]) -> Seen {
    let mut wire = server.wire();
    let (mut have, mut began, mut stalls) = (0, None, 0);
    let mut plays_since: Option<Instant> = None;
    while have < film.len() {
        let played = plays_since.map_or(0, |since| {
            usize::try_from(since.elapsed().as_millis()).unwrap() * BYTES_A_SEC / 1_000
        });
        if played > have {
            (stalls, plays_since) = (stalls + 1, None);
            continue;
        }
        if have - played >= AHEAD_BYTES {
            plays_since.get_or_insert_with(Instant::now);
            thread::sleep(Duration::from_millis(20));
            continue;
        }
        let end = (have + CHUNK_BYTES).min(film.len());
        let range = format!("Range: bytes={have}-{}", end - 1);
        wire.send(of(client, "/video/film.mp4", &[&range]));
        let reply = wire.reply();
        assert_eq!(reply.status, 206, "player {client}: {}", reply.text());
        assert!(reply.body == film[have..end], "player {client} at {have}");
        began.get_or_insert_with(Instant::now);
        have = end;
    }
    Seen {
        began: began.unwrap(),
        ended: Instant::now(),
        stalls,
    }
}

#[test]
fn three_places_and_ten_players() {
    let film = clip(7, BYTES_A_SEC * FILM_SECS);
    let args = [
        "--max-streams",
        "3",
        "--queue",
        "8",
        "--workers",
        "2",
        "--trusted-proxy",
        "127.0.0.0/8",
        "--limit",
        "stream_rest_secs_max=1",
    ];
    let server = Server::start(&args, |folder| folder.write("film.mp4", &film));
    let most = AtomicU64::new(0);
    let is_over = Arc::new(AtomicBool::new(false));
    let seen: Vec<Seen> = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                most.fetch_max(told(&server, "viewers"), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(50));
            }
        });
        let players: Vec<_> = (0..10u8)
            .map(|number| {
                let (server, film) = (&server, &film[..]);
                let player = scope.spawn(move || play(server, number, film));
                // One after the other, so that their order is known.
                let here = u64::from(number) + 1;
                eventually("the player is there", || {
                    told(server, "admitted") + told(server, "queue") >= here
                });
                player
            })
            .collect();
        let seen = players
            .into_iter()
            .map(|player| player.join().unwrap())
            .collect();
        is_over.store(true, Ordering::Relaxed);
        seen
    });
    for (number, player) in seen.iter().enumerate() {
        assert_eq!(player.stalls, 0, "player {number} stalled: {player:?}");
    }
    // In order, by waves: those of one wave are called at the same moment.
    for (number, player) in seen.iter().enumerate().skip(3) {
        let before = &seen[..number / 3 * 3];
        let last = before.iter().map(|it| it.began).max().unwrap();
        assert!(player.began > last, "player {number} came before its turn");
        let free = before.iter().map(|it| it.ended).min().unwrap();
        assert!(
            player.began > free,
            "player {number} began while all places were taken"
        );
    }
    assert_eq!(
        (most.load(Ordering::Relaxed), told(&server, "viewers_most")),
        (3, 3)
    );
    assert_eq!(
        (told(&server, "admitted"), told(&server, "queued")),
        (10, 7)
    );
}
