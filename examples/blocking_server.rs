//! The whole server without its event loop: one thread for each connection, blocking calls, and the
//! same [`Conn`]. It proves that the connection machine knows nothing of sockets, and is the
//! shortest way to see how it is driven.
//!
//! ```text
//! cargo run --example blocking_server -- videos 127.0.0.1:8081
//! ```
//!
//! Not done, and what `net/` is for: thousands of connections, fairness, a stop, an access log.

#![expect(clippy::print_stdout, reason = "it says where it can be watched")]

use std::io::{self, Read};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use reeld::conn::{CloseReason, Conn, Question, Spare};
use reeld::library::catalogue::Answer;
use reeld::library::entry::Entry;
use reeld::library::make::{self, Bench};
use reeld::library::packages::{Made, Packages};
use reeld::library::root::{Missing, Root};
use reeld::library::scan;
use reeld::limits::Limits;
use reeld::media::package::resource::Resource;
use reeld::net::clock;
use reeld::net::transfer::{Offer, Sent, Transfer, Wish};
use reeld::site::{Site, listing};

fn main() -> io::Result<()> {
    let mut typed = std::env::args().skip(1);
    let folder = typed.next().unwrap_or_else(|| "videos".to_owned());
    let address = typed.next().unwrap_or_else(|| "127.0.0.1:8081".to_owned());
    let root = Arc::new(Root::open(Path::new(&folder), false)?);
    let site = Arc::new(Site::default());
    let listener = TcpListener::bind(address)?;
    println!("  http://{}/", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept()?;
        let (root, site) = (Arc::clone(&root), Arc::clone(&site));
        thread::spawn(move || serve(stream, &root, site));
    }
}

/// One connection, from its first byte to its close reason.
fn serve(mut stream: TcpStream, root: &Root, site: Arc<Site>) -> io::Result<CloseReason> {
    let limits = site.limits.clone();
    stream.set_write_timeout(Some(Limits::secs(limits.stall_secs_max)))?;
    let mut buffer = vec![0; 1 << 16];
    let mut spare = Spare::default();
    let mut transfer = Transfer::open(Wish::Copy, 0, 1 << 18)?;
    let mut now = clock::now();
    let mut conn = Conn::new(site, stream.peer_addr()?.ip(), &now);
    loop {
        clock::refresh(&mut now);
        while conn.poll_ended(&now).is_some() {}
        if let Some(reason) = conn.close_reason() {
            return Ok(reason);
        } else if let Some(question) = conn.question() {
            // Nobody else waits for this thread, so the disk may take its time.
            let answer = look_up(question, root, &limits, now.unix_secs);
            conn.handle_answer(&answer, &now, &mut spare);
        } else if let Some(body) = conn.body() {
            let offer = Offer {
                body,
                quantum: 1 << 18,
                is_last: conn.is_last(),
                is_large: false,
            };
            match transfer.send(&stream, offer, &now) {
                Sent::Blocked(0) => conn.handle_tick(&clock::now(), &mut spare),
                Sent::Took(count) | Sent::Blocked(count) => {
                    conn.handle_sent(count, &clock::now(), &mut spare);
                }
                // Nor does anybody mind that it waits for the disk here.
                Sent::Cold(source, span) => {
                    if source.make_resident(span).is_err() {
                        conn.close(CloseReason::FileUnreadable);
                    }
                }
                Sent::Failed(reason) => conn.close(reason),
            }
        } else {
            if conn.is_lingering() {
                // A second time it is shut already, and says so.
                _ = stream.shutdown(Shutdown::Write);
            }
            let patience = conn
                .deadline()
                .map(|at| at.saturating_duration_since(now.steady) + Duration::from_millis(1));
            stream.set_read_timeout(patience)?;
            let came = stream.read(&mut buffer[..conn.appetite()]);
            clock::refresh(&mut now);
            match came {
                Ok(0) => conn.handle_end(&now, &mut spare),
                Ok(count) => conn.handle_bytes(&buffer[..count], &now, &mut spare),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    conn.handle_tick(&now, &mut spare);
                }
                Err(_) => conn.close(CloseReason::PeerGone),
            }
        }
    }
}

/// What the pager does for the event loop.
fn look_up(question: Question<'_>, root: &Root, limits: &Limits, wall_secs: u64) -> Answer {
    let found = match question {
        Question::File(name) => Entry::open(root, name, wall_secs, limits.map_window_bytes)
            .map(|entry| Answer::File(Arc::new(entry))),
        Question::Subtitle(entry) => entry
            .translate()
            .map(|made| Answer::Subtitle(Arc::clone(entry), made))
            .map_err(|_| Missing::Unreadable),
        Question::Package(entry, _) => make::package(entry).map(|(_, made)| Answer::Made(made)),
        Question::Faststart(entry, _) => make::faststart(entry).map(Answer::Made),
        Question::Text(entry, name, package, resource) => {
            let bench = Bench {
                root,
                limits,
                packages: &Packages::new(limits),
                now: clock::now().steady,
                wall_secs,
            };
            let resource = Resource::parse(resource).ok_or(Missing::NotFound);
            resource
                .and_then(|resource| bench.text(entry, package, name, &resource))
                .map(|text| Answer::Made(Made::Text(Arc::new(text))))
        }
        Question::Listing => scan::scan(root, limits)
            .map(|titles| Answer::Listing(Arc::new(listing::render(&titles)))),
    };
    found.unwrap_or_else(Answer::Missing)
}
