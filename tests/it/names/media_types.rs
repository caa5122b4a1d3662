//! Media types: by the end of the name, and never guessed by a browser.

use crate::server::Server;

/// The types that players expect; where two are registered or in use, either will do.
const TYPES: [(&str, &[&str]); 25] = [
    ("mp4", &["video/mp4"]),
    ("m4v", &["video/mp4", "video/x-m4v"]),
    ("mov", &["video/quicktime"]),
    ("webm", &["video/webm"]),
    ("mkv", &["video/x-matroska", "video/matroska"]),
    ("avi", &["video/x-msvideo", "video/vnd.avi"]),
    ("ts", &["video/mp2t"]),
    ("m3u8", &["application/vnd.apple.mpegurl"]),
    ("m4s", &["video/iso.segment", "video/mp4"]),
    ("mpd", &["application/dash+xml"]),
    ("vtt", &["text/vtt"]),
    ("srt", &["application/x-subrip", "text/srt", "text/plain"]),
    ("mp3", &["audio/mpeg"]),
    ("m4a", &["audio/mp4"]),
    ("aac", &["audio/aac"]),
    ("flac", &["audio/flac"]),
    ("ogg", &["audio/ogg", "video/ogg", "application/ogg"]),
    ("opus", &["audio/ogg", "audio/opus"]),
    ("wav", &["audio/wav", "audio/vnd.wave"]),
    ("jpg", &["image/jpeg"]),
    ("png", &["image/png"]),
    ("webp", &["image/webp"]),
    ("svg", &["image/svg+xml"]),
    ("exe", &["application/octet-stream"]),
    ("html", &["application/octet-stream"]),
];

/// The type without its parameters.
fn media_type(server: &Server, name: &str) -> String {
    let reply = server.get(&format!("/video/{name}"), &[]);
    assert_eq!(reply.status, 200, "{name}");
    assert_eq!(reply.must("X-Content-Type-Options"), "nosniff", "{name}");
    reply
        .must("Content-Type")
        .split(';')
        .next()
        .unwrap()
        .to_owned()
}

/// Each ending has its type, whatever its case.
#[test]
fn each_ending_has_its_type() {
    let server = Server::start(&[], |folder| {
        for (ending, _) in TYPES {
            folder.write(format!("a.{ending}"), "<html>");
            folder.write(format!("UPPER.{}", ending.to_uppercase()), "<html>");
        }
    });
    for (ending, types) in TYPES {
        for name in [
            format!("a.{ending}"),
            format!("UPPER.{}", ending.to_uppercase()),
        ] {
            let media_type = media_type(&server, &name);
            assert!(
                types.contains(&media_type.as_str()),
                "{name} is {media_type}"
            );
        }
    }
}

/// Only the last ending counts, and a name without one is bytes.
#[test]
fn other_names_are_bytes() {
    let server = Server::start(&[], |folder| {
        for name in [
            "plain",
            "mp4",
            "a.mp4.part",
            "a.",
            "a.mp4x",
            "a.mp4 ",
            "b.tar.mp4",
        ] {
            folder.write(name, "bytes");
        }
    });
    for name in ["plain", "mp4", "a.mp4.part", "a.", "a.mp4x", "a.mp4%20"] {
        assert_eq!(
            media_type(&server, name),
            "application/octet-stream",
            "{name}"
        );
    }
    assert_eq!(media_type(&server, "b.tar.mp4"), "video/mp4");
}

/// The listing names the same types, and lists what can be watched or heard.
#[test]
fn the_listing_names_the_same_types() {
    let server = Server::start(&[], |folder| {
        for (ending, _) in TYPES {
            folder.write(format!("a.{ending}"), "bytes");
        }
    });
    let listing = crate::json::Json::parse(server.get("/library.json", &[]).text());
    let mut listed = 0;
    for video in listing.at("videos").list() {
        let name = video.at("name").text();
        let listed_type = video.at("type").text();
        assert!(
            listed_type.starts_with("video/") || listed_type.starts_with("audio/"),
            "{name}"
        );
        assert_eq!(
            media_type(&server, name),
            listed_type.split(';').next().unwrap()
        );
        listed += 1;
    }
    assert!(listed >= 12, "only {listed} are listed");
    let text = server.get("/library.json", &[]).text().to_owned();
    for name in ["a.exe", "a.jpg", "a.vtt", "a.html"] {
        assert!(!text.contains(&format!("\"name\":\"{name}\"")), "{name}");
    }
}
