//! Too many peers: more than there are descriptors, and those that come and go as fast as they can.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::bytes::Dice;
use crate::house::{self, House, Told, target};
use crate::noise;
use crate::peers::{self, Crowd, get, scaled};
use crate::server::Pipes;

/// Descriptors of a server that is to run out of them.
const FEW: usize = 160;
const MANY: usize = 600;
/// How long one who comes anew may wait longer, behind hundreds who each keep their place for `rest_millis`.
const QUEUE: Duration = Duration::from_secs(4);

/// A house with few descriptors, and so many peers that each begin with these bytes. They stay for some
/// seconds and are replaced where they are closed.
fn crowded(newcomers_wait: Duration, bytes: &str) -> Told {
    let folder = house::folder();
    let command: Command = House::behind_shell(&format!("ulimit -n {FEW};"), "", &folder);
    let house = House::spawn(command, folder, Pipes::Drained, 20);
    house.stands_but(newcomers_wait, 8 << 20, || {
        let (mut crowds, mut came) = (Vec::new(), 0);
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(4) && came < scaled(6 * MANY) {
            let mut crowd = Crowd::push_in(house.address(), MANY / 4);
            crowd.say(bytes);
            came += crowd.len();
            crowds.push(crowd);
            thread::sleep(Duration::from_millis(100));
        }
        drop(crowds);
        let recovered = house.wait_until_empty();
        format!(
            "{came} peers at {FEW} descriptors, empty {} ms after they went",
            recovered.as_millis()
        )
    })
}

/// Who says nothing gives way to who comes.
pub(crate) fn silent() -> Told {
    crowded(Duration::ZERO, "")
}

/// Who never ends a head keeps nobody out.
pub(crate) fn slow_heads() -> Told {
    crowded(
        Duration::ZERO,
        "GET /video/a.mp4 HTTP/1.1\r\nHost: a\r\nX-Sl",
    )
}

/// Who never reads keeps nobody out for long.
pub(crate) fn never_reading() -> Told {
    crowded(QUEUE, &get(&target("video/film.mp4"), &[]))
}

/// Sockets of the page that say nothing keep nobody out.
pub(crate) fn sockets() -> Told {
    crowded(QUEUE, &crate::frames::upgrade("crowd"))
}

/// Resets at every stage of a connection's life.
pub(crate) fn resets(house: &House) -> Told {
    const ROUNDS: usize = 3_000;
    house.stands(|| {
        let mut dice = Dice::new(noise::seed());
        let film = get(&target("video/film.mp4"), &[]);
        let body = get(&target("video/a.mp4"), &["Content-Length: 5000"]);
        let mut stages = [0; 9];
        for number in 0..ROUNDS {
            let mut peer = peers::connect(house.address());
            let stage = number % stages.len();
            stages[stage] += 1;
            match stage {
                // Before a byte.
                0 => {}
                // In a head.
                1 => peers::try_say(&mut peer, &film[..1 + dice.below(film.len() - 1)]),
                // Before the reply.
                2 => peers::try_say(&mut peer, &film),
                // In the reply, some of it read.
                3 => {
                    peers::try_say(&mut peer, &film);
                    peers::hear_some(&mut peer, 1 + dice.below(200_000));
                }
                // Amid pipelined requests, the last one torn.
                4 => {
                    peers::try_say(&mut peer, film.repeat(1 + dice.below(20)));
                    peers::try_say(&mut peer, &film[..dice.below(film.len())]);
                }
                // In a body that is dropped.
                5 => {
                    peers::try_say(&mut peer, &body);
                    peers::try_say(&mut peer, vec![b'x'; dice.below(5_000)]);
                }
                // After its own end, the reply under way.
                6 => {
                    peers::try_say(&mut peer, &film);
                    drop(peer.shutdown(std::net::Shutdown::Write));
                    peers::hear_some(&mut peer, 1_000);
                }
                // In a socket of the page.
                7 => {
                    peers::try_say(&mut peer, crate::frames::upgrade("reset"));
                    peers::hear_some(&mut peer, 100);
                }
                // After a refusal, while the server waits for the goodbye.
                _ => {
                    peers::try_say(&mut peer, "BROKEN\r\n\r\n");
                    peers::hear_some(&mut peer, 20);
                }
            }
            peers::reset(peer);
        }
        format!("{ROUNDS} resets at {} stages", stages.len())
    })
}

/// Thousands who come and go without a word, by two threads as fast as they can.
pub(crate) fn comings_and_goings(house: &House) -> Told {
    const EACH: usize = 4_000;
    house.stands(|| {
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    (0..EACH).for_each(|_| peers::reset(peers::connect(house.address())))
                });
            }
        });
        format!("{} came and went", 2 * EACH)
    })
}

/// Hundreds who ask for names that are not there, each of its own: every one is a question to the disk.
pub(crate) fn unknown_names(house: &House) -> Told {
    const THREADS: usize = 4;
    house.stands(|| {
        let count = scaled(400);
        let began = Instant::now();
        let asked: usize = thread::scope(|scope| {
            let ask = |thread: usize| {
                let mut crowd = Crowd::come(house.address(), count / THREADS);
                let mut asked = 0;
                while began.elapsed() < Duration::from_secs(4) {
                    for peer in &mut crowd.0 {
                        let names = (asked..asked + 20).map(|number| {
                            get(&target(&format!("video/{thread}/nobody-{number}.mp4")), &[])
                        });
                        peers::try_say(peer, names.collect::<String>());
                        asked += 20;
                    }
                    crowd.hear_something();
                }
                asked
            };
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| scope.spawn(move || ask(thread)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        format!("{asked} names that are not there, by {count} peers")
    })
}
