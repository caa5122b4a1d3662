//! A request on a connection that is kept alive allocates nothing: not for its head, its reply, nor
//! its place in the queue; nor, where addresses are signed, for its signature.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use reeld::conn::{Conn, Question, Spare};
use reeld::http::date::Now;
use reeld::library::catalogue::Answer;
use reeld::library::entry::Entry;
use reeld::library::name::Name;
use reeld::library::root::Root;
use reeld::site::Site;
use reeld::site::sign::{Claim, Keys};

const REQUEST: &str = "GET /video/clip.mp4?session=tv HTTP/1.1\r\nHost: tv:8080\r\n\
    User-Agent: Mozilla/5.0\r\nAccept: */*\r\nRange: bytes=100-1123\r\n\r\n";

/// Asks once and takes the whole reply; answers with its length.
fn once(request: &[u8], conn: &mut Conn, answer: &Answer, now: &Now, spare: &mut Spare) -> u64 {
    conn.handle_bytes(request, now, spare);
    assert!(matches!(conn.question(), Some(Question::File(_))));
    conn.handle_answer(answer, now, spare);
    let count = conn.body().expect("a reply").left();
    conn.handle_sent(count, now, spare);
    assert!(conn.body().is_none());
    while conn.poll_ended(now).is_some() {}
    conn.settle(now, spare);
    count
}

#[test]
#[expect(clippy::disallowed_methods, reason = "any moment will do")]
fn a_request_allocates_nothing() {
    let folder = std::env::temp_dir().join(format!("reeld-alloc-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("clip.mp4"), [7u8; 4_096]).expect("a file");
    let now = Now::new(
        Instant::now(),
        SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000),
    );
    let root = Root::open(&folder, false).expect("a root");
    let name = Name::check(b"clip.mp4").expect("a name");
    let entry = Entry::open(&root, name, now.unix_secs, 1 << 30).expect("an entry");
    let answer = Answer::File(Arc::new(entry));
    std::fs::remove_dir_all(&folder).expect("no folder");

    let keys = Keys::read("VNqQ4pT0kYyqf1m7l2hC9sZbW3xE6uJr8aGdKoLiPvM=").expect("a key");
    let client = IpAddr::from([127, 0, 0, 1]);
    let claim = Claim {
        expires: now.unix_secs + 3_600,
        names: None,
        is_bound: true,
    };
    let token = keys.sign(claim, b"clip.mp4", Some(client));
    let signed = REQUEST.replace("/video/", &format!("/s/{token}/video/"));
    for (request, keys) in [(REQUEST.to_owned(), None), (signed, Some(keys))] {
        let site = Site {
            max_age_secs: Some(60),
            cdn_max_age_secs: Some(600),
            keys,
            ..Site::default()
        };
        let mut spare = Spare::default();
        let mut conn = Conn::new(Arc::new(site), client, &now);
        let mut once = || once(request.as_bytes(), &mut conn, &answer, &now, &mut spare);
        // The first ones fill the pool and the rooms that stay.
        for _ in 0..4 {
            once();
        }
        let mut sent = 0;
        let counted = allocation_counter::measure(|| {
            for _ in 0..1_000 {
                sent += once();
            }
        });
        assert!(sent > 1_024_000, "a KiB and a head each: {sent}");
        assert_eq!(counted.count_total, 0, "allocations in 1 000 requests");
    }
}
