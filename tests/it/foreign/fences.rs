//! What browsers are told of who may show and embed what.

use super::start;

const OF_PAGES: [(&str, &str); 3] = [
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];
const PRIVATE: [(&str, &str); 2] = [
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
];

/// Pages may be shown by nobody else, and what is private may be had by no other page, in any way.
#[test]
fn around_what_is_ours() {
    let server = start(&[]);
    for target in [
        "/",
        "/_/inspect",
        "/library.json",
        "/_/page.css",
        "/_/page.js",
        "/_/icon.svg",
        "/favicon.ico",
        "/_/stats",
        "/_/metrics",
        "/_/health",
    ] {
        let reply = server.answer(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assert_eq!(reply.status, 200, "{target}");
        assert_eq!(reply.must("X-Content-Type-Options"), "nosniff", "{target}");
        for (name, value) in PRIVATE {
            assert_eq!(reply.must(name), value, "{target}");
        }
        let is_page = ["/", "/_/inspect"].contains(&target);
        for (name, value) in OF_PAGES {
            assert_eq!(reply.field(name), is_page.then_some(value), "{target}");
        }
        let policy = reply.field("Content-Security-Policy").unwrap_or_default();
        assert_eq!(
            policy.contains("frame-ancestors 'none'"),
            is_page,
            "{target}"
        );
    }
}

/// A film carries none of it: players of other pages and TVs show it, and each byte counts.
#[test]
fn not_around_films() {
    let server = start(&["--host", "*"]);
    for (target, range) in [
        ("/video/a.mp4", "Range: bytes=0-1"),
        ("/video/a.mp4", "Range: bytes=0-1,5-6"),
        ("/video/a.mp4", "X: y"),
        ("/video/a.srt?as=vtt", "X: y"),
    ] {
        let reply = server.get(target, &[range]);
        assert!(reply.status < 300, "{reply:?}");
        assert_eq!(reply.must("X-Content-Type-Options"), "nosniff");
        for (name, _) in OF_PAGES.iter().chain(&PRIVATE) {
            assert_eq!(reply.field(name), None, "{target} {range}");
        }
    }
}
