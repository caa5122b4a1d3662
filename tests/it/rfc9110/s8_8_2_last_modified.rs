//! RFC 9110 section 8.8.2: Last-Modified.

use std::time::{Duration, SystemTime};

use super::{MODIFIED, at, with_old_digits};
use crate::client::unix_secs;
use crate::server::Server;

/// It is the time of the file.
#[test]
fn it_is_the_time_of_the_file() {
    let server = with_old_digits();
    assert_eq!(
        server.get("/video/a.mp4", &[]).must("Last-Modified"),
        MODIFIED
    );
    assert_eq!(
        server
            .get("/video/a.mp4", &["Range: bytes=0-0"])
            .must("Last-Modified"),
        MODIFIED
    );
}

/// It MUST NOT be later than Date: a time in the future is replaced by the time of the reply.
#[test]
fn it_is_never_in_the_future() {
    let server = Server::with_digits(&[]);
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    for modified in [now + 60, now + 86_400, 4_102_444_800] {
        let name = format!("{modified}.mp4");
        server.folder().write(&name, "tomorrow");
        server.folder().set_modified(&name, at(modified));
        let reply = server.get(&format!("/video/{name}"), &[]);
        if let Some(modified) = reply.field("Last-Modified") {
            assert!(
                unix_secs(modified) <= unix_secs(reply.must("Date")),
                "{reply:?}"
            );
        }
    }
}

/// A file from before 1970 is served; its date is not worth a fault.
#[test]
fn it_survives_odd_times() {
    let server = Server::start(&[], |folder| {
        folder.write("a.mp4", "0123456789");
        folder.set_modified(
            "a.mp4",
            SystemTime::UNIX_EPOCH - Duration::from_secs(86_400),
        );
    });
    assert_eq!(server.get("/video/a.mp4", &[]).body, b"0123456789");
}
