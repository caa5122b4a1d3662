//! Peers that give or take too little: each has its bounded time, and stays until the server ends it.

use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use crate::house::{FILM_BYTES, House, Told, target};
use crate::peers::{self, Crowd, get, scaled};

/// A thousand heads, a byte a second: the deadline is for the whole head. They go on dripping after 408.
pub(crate) fn heads(house: &House) -> Told {
    house.stands(|| {
        let mut crowd = Crowd::come(house.address(), scaled(1_000));
        let count = crowd.len();
        let head = get(&target("video/a.mp4"), &["X-Slow: yes"]);
        let late = crowd.drip(head.as_bytes(), Duration::from_secs(6), 408);
        let recovered = house.wait_until_empty();
        assert!(late * 10 >= count * 9, "{late} of {count} were told 408");
        format!(
            "{count} heads, {late} times 408, all closed {} ms later",
            recovered.as_millis()
        )
    })
}

/// Bodies that nobody wants, a byte a second.
pub(crate) fn bodies(house: &House) -> Told {
    house.stands(|| {
        let mut crowd = Crowd::come(house.address(), scaled(400));
        let count = crowd.len();
        for (number, peer) in crowd.0.iter_mut().enumerate() {
            let body = ["Content-Length: 60000", "Transfer-Encoding: chunked"][number % 2];
            peers::try_say(peer, get(&target("video/a.mp4"), &[body]));
        }
        let late = crowd.drip(b"1\r\nx\r\n", Duration::from_secs(6), 408);
        house.wait_until_empty();
        assert!(late * 10 >= count * 9, "{late} of {count} were told 408");
        format!("{count} bodies, {late} times 408")
    })
}

/// Five hundred who ask for the film and read nothing. They stay; the server does not wait for ever.
pub(crate) fn never_reading(house: &House) -> Told {
    house.stands(|| {
        let mut crowd = Crowd::come_narrow(house.address(), scaled(500));
        crowd.say(get(&target("video/film.mp4"), &[]));
        let recovered = house.wait_until_empty();
        let count = crowd.len();
        // What was cut off can never be taken for a whole reply.
        let mut first = crowd.0.swap_remove(0);
        let came = peers::hear_out(&mut first);
        assert!(came.len() < FILM_BYTES, "all of it went into the sockets");
        format!(
            "{count} readers of nothing, all closed after {} ms",
            recovered.as_millis()
        )
    })
}

/// A hundred who take some bytes now and then: they are not stalled, and cost the others nothing.
pub(crate) fn sipping(house: &House) -> Told {
    house.stands(|| {
        let mut crowd = Crowd::come(house.address(), scaled(100));
        crowd.say(get(&target("video/film.mp4"), &[]));
        let (began, mut taken) = (Instant::now(), 0);
        let mut sip = [0; 10_000];
        while began.elapsed() < Duration::from_secs(4) {
            for peer in &mut crowd.0 {
                taken += peer.read(&mut sip).expect("it is served slowly");
            }
            thread::sleep(Duration::from_millis(100));
        }
        format!("{} readers took {taken} bytes", crowd.len())
    })
}

/// Thirty thousand requests on each of a few connections, and nobody reads the replies.
pub(crate) fn unread_pipeline(house: &House) -> Told {
    const REQUESTS: usize = 30_000;
    house.stands(|| {
        let mut crowd = Crowd::come_narrow(house.address(), 6);
        let mut taken = 0;
        for (number, peer) in crowd.0.iter_mut().enumerate() {
            let asked = match number % 3 {
                0 => get(&target("video/a.mp4"), &[]),
                1 => get(&target("_/stats"), &[]),
                _ => get("/", &["Accept: application/json"]),
            };
            let all = asked.len() * REQUESTS;
            taken += peers::say_until_full(peer, asked.repeat(500).as_bytes(), all) / asked.len();
        }
        let recovered = house.wait_until_empty();
        format!(
            "{} times {REQUESTS} requests, {taken} taken, all closed after {} ms",
            crowd.len(),
            recovered.as_millis()
        )
    })
}
