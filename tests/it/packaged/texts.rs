//! Playlists and manifests: asked for anew each time, answered in a word where nothing changed.

use std::io::Read;

use flate2::read::GzDecoder;

use super::{HLS, MASTER, addresses, everything, server};

const GZIP: &str = "Accept-Encoding: gzip";
const MANIFEST: &str = "/dash/video.mp4/manifest.mpd";
const TEXTS: [&str; 4] = [
    MASTER,
    "/hls/video.mp4/m.m3u8",
    "/hls/video.mp4/i.m3u8",
    MANIFEST,
];

#[test]
fn types_and_fields() {
    let server = server(&[]);
    for target in TEXTS {
        let reply = server.get(target, &[]);
        assert_eq!(reply.status, 200, "{target}: {reply:?}");
        let media_type = if target == MANIFEST {
            "application/dash+xml"
        } else {
            assert!(reply.text().starts_with("#EXTM3U\n"), "{target}");
            HLS
        };
        assert_eq!(reply.must("Content-Type"), media_type, "{target}");
        assert_eq!(reply.must("Cache-Control"), "no-cache", "{target}");
        assert!(reply.lists("Vary", "Accept-Encoding"), "{target}");
        let head = server.ask("HEAD", target, &[]);
        assert_eq!(head.lasting_fields(), reply.lasting_fields(), "{target}");
    }
}

/// Each form has a tag of its own, and both are the same text.
#[test]
fn with_gzip() {
    let server = server(&[]);
    for target in TEXTS {
        let (plain, coded) = (server.get(target, &[]), server.get(target, &[GZIP]));
        assert_eq!(coded.must("Content-Encoding"), "gzip", "{target}");
        assert_eq!(plain.field("Content-Encoding"), None, "{target}");
        let mut text = Vec::new();
        GzDecoder::new(&*coded.body).read_to_end(&mut text).unwrap();
        assert_eq!(text, plain.body, "{target}");
        assert!(coded.body.len() < plain.body.len(), "{target}");
        assert_ne!(coded.must("ETag"), plain.must("ETag"), "{target}");
        for (reply, fields) in [(&plain, &[][..]), (&coded, &[GZIP][..])] {
            let tag = format!("If-None-Match: {}", reply.must("ETag"));
            let again = server.get(target, &[fields, &[&tag]].concat());
            assert_eq!(again.status, 304, "{target}: {again:?}");
            assert_eq!(again.must("ETag"), reply.must("ETag"), "{target}");
        }
        let failed = server.get(target, &["If-Match: \"x\""]);
        assert_eq!(failed.status, 412, "{target}");
    }
}

/// Relative, and each names the version that it is of.
#[test]
fn every_address_leads_somewhere() {
    let server = server(&[]);
    let mut counts = Vec::new();
    for root in ["/hls/video.mp4", "/dash/video.mp4"] {
        let all = everything(&server, root);
        for target in all.iter().filter(|it| !it.ends_with("/master.m3u8")) {
            let (_, version) = target.split_once("?v=").unwrap();
            let is_token = version.len() == 16 && version.bytes().all(|it| it.is_ascii_hexdigit());
            assert!(is_token, "{target}");
        }
        counts.push(all.len());
    }
    assert!(counts[0] > 10 && counts[0] == counts[1], "{counts:?}");
}

#[test]
fn the_manifest_is_below_both() {
    let server = server(&[]);
    let one = server.get(MANIFEST, &[]);
    let other = server.get("/hls/video.mp4/manifest.mpd", &[]);
    assert_eq!(one.body, other.body);
    assert_eq!(one.must("ETag"), other.must("ETag"));
}

/// The title with and without a session is the same title.
#[test]
fn sessions() {
    let server = server(&[]);
    let plain = server.get(MASTER, &[]);
    let named = server.get(&format!("{MASTER}?session=tv"), &[]);
    assert_eq!(addresses(plain.text()), addresses(named.text()));
}

/// Pages of other sites may read them where they may read files.
#[test]
fn other_origins() {
    let server = server(&["--cors", "*"]);
    let target = "/hls/video.mp4/m-0.m4s";
    for target in TEXTS.iter().chain([&target]) {
        let reply = server.get(target, &["Origin: http://a.test"]);
        assert_eq!(reply.must("Access-Control-Allow-Origin"), "*");
        let exposed = "Access-Control-Expose-Headers";
        assert!(reply.lists(exposed, "Content-Length"), "{target}");
    }
}
