//! The connection machine under any script: every reply has exactly the bytes that it promises, every wait
//! has a deadline, and what is closed stays closed.
//!
//! ```text
//! input    op op op …, each a byte; `Feed` takes the bytes that follow, up to a 0xff
//! ```

#![no_main]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use reeld::conn::{CloseReason, Conn, Question, Spare};
use reeld::http::body::Part;
use reeld::http::date::Now;
use reeld::library::catalogue::Answer;
use reeld::library::entry::Entry;
use reeld::library::name::Name;
use reeld::library::pager::Listing;
use reeld::library::root::{Missing, Root};
use reeld::limits::Limits;
use reeld::net::clock;
use reeld::site::Site;

const FILE_BYTES: usize = 1_000;

/// One open file for all scripts; its folder is gone as soon as it is open.
fn entry() -> Arc<Entry> {
    static ENTRY: OnceLock<Arc<Entry>> = OnceLock::new();
    let open = || {
        let folder = std::env::temp_dir().join(format!("reeld-fuzz-{}", std::process::id()));
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("a.mp4"), [b'x'; FILE_BYTES]).expect("a file");
        let root = Root::open(&folder, false).expect("the folder");
        let name = Name::check(b"a.mp4").expect("a name");
        let entry = Entry::open(&root, name, 784_111_777, 1 << 20).expect("the file");
        std::fs::remove_dir_all(&folder).expect("it goes");
        Arc::new(entry)
    };
    Arc::clone(ENTRY.get_or_init(open))
}

fuzz_target!(|input: &[u8]| {
    let limits = Limits {
        head_bytes_max: 512,
        discard_bytes_max: 256,
        pipelined_max: 3,
        ..Limits::default()
    };
    let site = Site {
        limits,
        is_logged: input.len() % 2 == 0,
        ..Site::default()
    };
    let mut wall = 784_111_777;
    let at = |steady, wall| Now::new(steady, SystemTime::UNIX_EPOCH + Duration::from_secs(wall));
    let mut now = at(clock::now().steady, wall);
    let mut spare = Spare::default();
    let mut conn = Conn::new(Arc::new(site), IpAddr::V4(Ipv4Addr::LOCALHOST), &now);
    let mut sent = Vec::new();
    let mut reason = None;

    let mut rest = input;
    while let Some((&op, after)) = rest.split_first() {
        rest = after;
        let amount = usize::from(op / 8);
        match op % 8 {
            0 | 1 => {
                let end = rest
                    .iter()
                    .position(|byte| *byte == 0xff)
                    .unwrap_or(rest.len());
                let (came, after) = rest.split_at(end.min(conn.appetite()));
                rest = after;
                conn.handle_bytes(came, &now, &mut spare);
            }
            2 if conn.appetite() > 0 => conn.handle_end(&now, &mut spare),
            3 => {
                let count = send(&conn, amount * 40 + 1, &mut sent);
                conn.handle_sent(count, &now, &mut spare);
            }
            4 => {
                let answer = match conn.question() {
                    Some(Question::Listing) if amount % 4 > 0 => {
                        Answer::Listing(Arc::new(Listing {
                            bytes: vec![b'x'; amount * 100].into(),
                            etag: "\"x\"".to_owned(),
                        }))
                    }
                    Some(Question::File(_)) if amount % 4 > 0 => Answer::File(entry()),
                    Some(_) => Answer::Missing(Missing::NotFound),
                    None => continue,
                };
                conn.handle_answer(&answer, &now, &mut spare);
            }
            5 => {
                wall = if amount == 31 { 0 } else { wall + 1 };
                now = at(now.steady + Duration::from_secs(u64::from(op)), wall);
                conn.handle_tick(&now, &mut spare);
            }
            6 if amount == 0 => conn.handle_stop(&now, &mut spare),
            7 if amount == 0 => conn.close(CloseReason::PeerGone),
            7 if amount == 1 && conn.claim(&now).is_some() => conn.give_way(),
            _ => while conn.poll_ended(&now).is_some() {},
        }
        conn.settle(&now, &mut spare);

        assert!(
            reason.is_none() || conn.close_reason() == reason,
            "it was closed"
        );
        reason = conn.close_reason();
        assert_eq!(conn.deadline().is_none(), reason.is_some());
        assert!(conn.appetite() <= 1 << 16);
        let wants = conn.body().is_some() || conn.question().is_some() || conn.appetite() > 0;
        assert!(reason.is_none() || !wants, "closed, and wants something");
    }
    send(&conn, usize::MAX, &mut sent);
    // The reply to HEAD promises what it does not carry.
    if !input.windows(4).any(|word| word == b"HEAD") {
        check_replies(&sent);
    }
});

/// Copies the first bytes of what is to be sent.
fn send(conn: &Conn, count: usize, sent: &mut Vec<u8>) -> u64 {
    let Some(body) = conn.body() else { return 0 };
    let mut all = Vec::new();
    for part in body.parts() {
        match part {
            Part::Bytes(bytes) => all.extend_from_slice(bytes),
            Part::Slice(_, span) => {
                assert!(span.end() <= FILE_BYTES as u64, "within the file");
                all.resize(all.len() + usize::try_from(span.len()).unwrap(), b'x');
            }
        }
    }
    assert_eq!(u64::try_from(all.len()), Ok(body.left()));
    all.truncate(count);
    sent.extend_from_slice(&all);
    u64::try_from(all.len()).unwrap_or_default()
}

/// Reads replies by their Content-Length until the bytes end.
fn check_replies(sent: &[u8]) {
    const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut rest = sent;
    while let Some(end) = rest.windows(4).position(|window| window == b"\r\n\r\n") {
        let (head, after) = rest.split_at(end + 4);
        assert!(head.starts_with(b"HTTP/1.1 "), "{}", head.escape_ascii());
        let text = std::str::from_utf8(head).expect("a head is text");
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "));
        let is_bare = ["204", "304"].contains(&&text[9..12]) || head == CONTINUE;
        assert_eq!(length.is_none(), is_bare, "{text}");
        assert!(head == CONTINUE || text.contains("\r\nDate: "), "{text}");
        let len: usize = length.map_or(0, |length| length.parse().expect("a number"));
        rest = after.get(len..).unwrap_or_default();
    }
    assert!(rest.len() < 1_024, "a head without an end");
}
