//! RFC 9110 section 14.3: Accept-Ranges.

use crate::server::Server;

/// A server that supports byte ranges says so: with the whole file, with a part and to HEAD.
#[test]
fn it_is_with_every_file() {
    let server = Server::with_digits(&[]);
    for fields in [
        &[][..],
        &["Range: bytes=0-0"],
        &["Range: bytes=0-0,5-5"],
        &["Range: x=1"],
    ] {
        assert_eq!(
            server.get("/video/a.mp4", fields).must("Accept-Ranges"),
            "bytes",
            "{fields:?}"
        );
    }
    assert_eq!(
        server
            .ask("HEAD", "/video/a.mp4", &[])
            .must("Accept-Ranges"),
        "bytes"
    );
}
