//! RFC 9110 section 15.5.17: 416 Range Not Satisfiable.

use std::thread;
use std::time::Duration;

use super::with_old_digits;
use crate::client::get_digits;
use crate::server::Server;

/// It carries the length of the file: players take that as the end of the stream.
#[test]
fn it_tells_the_length() {
    let server = with_old_digits();
    let mut wire = server.wire();
    for range in [
        "Range: bytes=10-",
        "Range: bytes=-0",
        "Range: bytes=999-,50-60",
    ] {
        wire.send(get_digits(&[range]));
        let reply = wire.reply();
        assert_eq!(reply.status, 416, "{range}");
        assert_eq!(reply.must("Content-Range"), "bytes */10", "{range}");
        assert!(
            reply.must("Content-Type").starts_with("text/plain"),
            "{reply:?}"
        );
    }
    wire.send(get_digits(&[]));
    assert_eq!(wire.reply().body, b"0123456789");
}

/// A range that could be met a moment ago is told the new length after the file has shrunk.
#[test]
fn it_follows_the_file() {
    let server = Server::with_digits(&["--limit", "recheck_millis=10"]);
    let ninth = ["Range: bytes=9-9"];
    assert_eq!(server.get("/video/a.mp4", &ninth).status, 206);
    server.folder().open("a.mp4").set_len(4).unwrap();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(
        server.get("/video/a.mp4", &ninth).must("Content-Range"),
        "bytes */4"
    );
}
