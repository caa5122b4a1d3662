//! Pages of another origin: what they may not have of the socket, and of everything below `/_/`.

use super::start;
use crate::client::{Reply, request};
use crate::server::Server;
use crate::socket::UPGRADE;

/// Below `/_/`, and what upgrades. The page's own host is `localhost`, as `ask` says it.
const FENCED: [&str; 8] = [
    "/_/stats",
    "/_/metrics",
    "/_/health",
    "/_/inspect",
    "/_/page.js",
    "/_/icon.svg",
    "/_/none",
    "/_/live?session=a",
];

fn ask(server: &Server, method: &str, target: &str, fields: &[&str]) -> Reply {
    let mut all = fields.to_vec();
    if target.contains("session=") {
        all.extend(UPGRADE);
    }
    let mut wire = server.wire();
    wire.send(request(method, target, &all).replace("reeld.test", "localhost:8080"));
    let mut reply = wire.head();
    if method != "HEAD" && reply.status != 101 {
        let len = reply.content_length();
        reply.body = wire.take(usize::try_from(len).unwrap());
    }
    reply
}

fn assert_refused(reply: &Reply, case: &str) {
    assert_eq!(reply.status, 403, "{case}: {reply:?}");
    assert!(reply.text().contains("foreign-origin"), "{case}: {reply:?}");
}

/// What stands there without a guard.
fn status_of(target: &str) -> u16 {
    match target {
        "/_/none" => 404,
        socket if socket.contains("session=") => 101,
        _ => 200,
    }
}

const OWN: [&str; 3] = [
    "http://localhost:8080",
    "https://localhost:8080",
    "HTTP://LOCALHOST:8080",
];
const FOREIGN: [&str; 8] = [
    "http://evil.test",
    "https://evil.test:8080",
    "null",
    "http://localhost",
    "http://localhost:8081",
    "http://x.localhost:8080",
    "http://localhost:8080.evil.test",
    "",
];

/// Each address with each origin, with nobody let in, with one, and with all.
#[test]
fn every_origin_at_every_address() {
    let friend = "https://friend.test";
    for (cors, lets_in) in [
        (&[][..], &[][..]),
        (&["--cors", friend], &[friend][..]),
        (&["--cors", "null", "--cors", friend], &["null", friend]),
        (&["--cors", "*"], &["*"]),
    ] {
        let server = start(cors);
        for target in FENCED.into_iter().chain(["/?session=a"]) {
            for origin in OWN.iter().chain(&FOREIGN).chain(&[friend]) {
                let reply = ask(&server, "GET", target, &[&format!("Origin: {origin}")]);
                let case = format!("{target} from {origin:?} with {cors:?}");
                if OWN.contains(origin) || lets_in.contains(origin) || lets_in == ["*"] {
                    assert_eq!(reply.status, status_of(target), "{case}: {reply:?}");
                } else {
                    assert_refused(&reply, &case);
                }
            }
        }
    }
}

/// What a foreign page embeds says no origin; browsers say where it comes from all the same.
#[test]
fn what_is_embedded() {
    for (cors, is_open) in [
        (&[][..], false),
        (&["--cors", "http://a.test"], false),
        (&["--cors", "*"], true),
    ] {
        let server = start(cors);
        for target in FENCED {
            for site in ["cross-site", "same-site", "same-origin", "none"] {
                for kind in ["image", "script", "empty", "iframe", "object", "document"] {
                    let fields = [
                        format!("Sec-Fetch-Site: {site}"),
                        format!("Sec-Fetch-Dest: {kind}"),
                    ];
                    let reply = ask(
                        &server,
                        "GET",
                        target,
                        &fields.each_ref().map(String::as_str),
                    );
                    let case = format!("{target}, {fields:?} with {cors:?}");
                    let is_visit = kind == "document" && target == "/_/inspect";
                    if is_open || is_visit || ["same-origin", "none"].contains(&site) {
                        assert_eq!(reply.status, status_of(target), "{case}: {reply:?}");
                    } else {
                        assert_refused(&reply, &case);
                    }
                }
            }
        }
    }
}

/// Without either it is a program, or a browser that says nothing; a second origin hides no first one.
#[test]
fn in_other_words() {
    let server = start(&[]);
    for target in FENCED {
        assert_eq!(ask(&server, "GET", target, &[]).status, status_of(target));
        let two = ["Origin: http://localhost:8080", "Origin: http://evil.test"];
        assert_refused(&ask(&server, "GET", target, &two), target);
        let both = ["Origin: http://evil.test", "Sec-Fetch-Site: same-origin"];
        assert_refused(&ask(&server, "GET", target, &both), target);
    }
    for method in ["OPTIONS", "HEAD", "POST"] {
        let reply = ask(&server, method, "/_/stats", &["Origin: http://evil.test"]);
        assert_eq!(reply.status, 403, "{method}");
    }
    let absolute = "http://localhost:8080/_/stats";
    assert_refused(
        &ask(&server, "GET", absolute, &["Origin: http://evil.test"]),
        absolute,
    );
}

/// Films and the list are as they were: whether a foreign page may read them is for the browser to decide by `--cors`.
#[test]
fn elsewhere_nothing_changes() {
    let server = start(&[]);
    for target in ["/", "/library.json", "/video/a.mp4", "/video/a.srt?as=vtt"] {
        for fields in [
            &["Origin: http://evil.test"][..],
            &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Dest: video"],
        ] {
            let reply = ask(&server, "GET", target, fields);
            assert_eq!(reply.status, 200, "{target}");
            assert_eq!(reply.field("Access-Control-Allow-Origin"), None);
        }
    }
}
