//! RFC 9110 section 8.8.3: ETag, a strong validator (section 8.8.1).

use std::time::SystemTime;

use crate::server::Server;

/// `DQUOTE *etagc DQUOTE`, without `W/`, and the same for as long as the file is.
#[test]
fn it_is_strong_and_lasting() {
    let server = Server::with_digits(&[]);
    let tag = server.get("/video/a.mp4", &[]).must("ETag").to_owned();
    let opaque = tag
        .strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .unwrap();
    assert!(!opaque.is_empty() && opaque.bytes().all(|b| b.is_ascii_graphic() && b != b'"'));
    for fields in [
        &[][..],
        &["Range: bytes=0-0"],
        &["If-None-Match: *"],
        &["Range: bytes=0-1,5-6"],
    ] {
        assert_eq!(
            server.get("/video/a.mp4", fields).must("ETag"),
            tag,
            "{fields:?}"
        );
    }
    assert_eq!(server.get("/video/a.mp4?any", &[]).must("ETag"), tag);
    assert_eq!(server.ask("HEAD", "/video/a.mp4", &[]).must("ETag"), tag);
}

/// Two files have two tags, even when their bytes and times are equal.
#[test]
fn two_files_have_two_tags() {
    let now = SystemTime::now();
    let server = Server::start(&[], |folder| {
        for name in ["a.mp4", "b.mp4"] {
            folder.write(name, "0123456789");
            folder.set_modified(name, now);
        }
    });
    let tag = |target| server.get(target, &[]).must("ETag").to_owned();
    assert_ne!(tag("/video/a.mp4"), tag("/video/b.mp4"));
}
