//! Accept-Encoding: the page's own files, which are there in two forms (RFC 9110 12.5.3).

use std::io::Read;

use flate2::read::GzDecoder;

use crate::client::Reply;
use crate::server::Server;

const TARGETS: [&str; 5] = [
    "/",
    "/_/page.css",
    "/_/page.js",
    "/_/icon.svg",
    "/favicon.ico",
];

fn is_gzip(reply: &Reply) -> bool {
    assert_eq!(reply.status, 200, "{reply:?}");
    let len = u64::try_from(reply.body.len()).unwrap();
    assert_eq!(reply.content_length(), len);
    match reply.field("Content-Encoding") {
        None => false,
        Some(coding) => {
            assert_eq!(coding, "gzip");
            true
        }
    }
}

/// Both forms are the same file, each with a tag of its own; the smaller one is for who accepts it.
#[test]
fn two_forms_of_one_file() {
    let server = Server::with_digits(&[]);
    for target in TARGETS {
        let plain = server.get(target, &[]);
        let coded = server.get(target, &["Accept-Encoding: gzip, deflate, br, zstd"]);
        assert!(!is_gzip(&plain) && is_gzip(&coded), "{target}");
        assert!(coded.body.len() < plain.body.len(), "{target}");
        let mut text = Vec::new();
        GzDecoder::new(&*coded.body).read_to_end(&mut text).unwrap();
        assert_eq!(text, plain.body, "{target}");
        assert_ne!(plain.must("ETag"), coded.must("ETag"), "{target}");
        for reply in [&plain, &coded] {
            assert!(reply.lists("Vary", "Accept-Encoding"), "{reply:?}");
            assert_eq!(reply.must("Content-Type"), plain.must("Content-Type"));
        }
        assert!(target != "/" || coded.lists("Vary", "Accept"), "{coded:?}");
        let csp = "Content-Security-Policy";
        assert_eq!(coded.field(csp), plain.field(csp), "{target}");
    }
}

#[test]
fn what_is_accepted() {
    let server = Server::with_digits(&[]);
    for (fields, coded) in [
        (&["Accept-Encoding: *"][..], true),
        (&["Accept-Encoding: GZIP;q=0.1"], true),
        (&["Accept-Encoding: br", "Accept-Encoding: gzip"], true),
        (&["Accept-Encoding:"], false),
        (&["Accept-Encoding: identity"], false),
        (&["Accept-Encoding: gzip;q=0, *"], false),
        (&["Accept-Encoding: identity, gzip;q=0.5"], false),
        // Nothing would do: the file as it is does most (RFC 9110 12.5.3 leaves it to us).
        (&["Accept-Encoding: identity;q=0, *;q=0"], false),
    ] {
        assert_eq!(is_gzip(&server.get("/", fields)), coded, "{fields:?}");
    }
}

/// A tag is that of one form: with the other one, the file is sent.
#[test]
fn revalidation() {
    let server = Server::with_digits(&["--cors", "http://a.test"]);
    let gzip = "Accept-Encoding: gzip";
    for target in TARGETS {
        let plain = server.get(target, &[]).must("ETag").to_owned();
        let coded = server.get(target, &[gzip]).must("ETag").to_owned();
        for (tag, fields, status) in [
            (&coded, &[gzip][..], 304),
            (&plain, &[], 304),
            (&plain, &[gzip], 200),
            (&coded, &[], 200),
        ] {
            let field = format!("If-None-Match: {tag}");
            let fields = [fields, &[field.as_str()]].concat();
            let reply = server.get(target, &fields);
            assert_eq!(reply.status, status, "{target} {fields:?}");
            for word in ["Accept-Encoding", "Origin"] {
                assert!(reply.lists("Vary", word), "{reply:?}");
            }
        }
    }
}

/// HEAD says what GET would.
#[test]
fn heads() {
    let server = Server::with_digits(&[]);
    for fields in [&[][..], &["Accept-Encoding: gzip"]] {
        for target in TARGETS {
            let (get, head) = (
                server.get(target, fields),
                server.ask("HEAD", target, fields),
            );
            assert_eq!(get.lasting_fields(), head.lasting_fields(), "{target}");
        }
    }
}

/// Nothing else has a coding: a list, a video, a refusal.
#[test]
fn what_has_no_coding() {
    let server = Server::with_digits(&[]);
    for target in ["/library.json", "/video/a.mp4", "/video/none.mp4"] {
        let reply = server.get(target, &["Accept-Encoding: gzip"]);
        assert_eq!(reply.field("Content-Encoding"), None, "{target}");
        assert!(!reply.lists("Vary", "Accept-Encoding"), "{target}");
    }
}
