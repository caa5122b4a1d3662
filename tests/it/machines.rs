//! What machines ask: is it well, what was counted, what was watched.
//!
//! Owns `/_/health`, `/_/stats`, `/_/metrics` and the log's line for each stream. The text format is
//! read by a parser of our own, stricter than any that collects it.

mod metrics;
mod streams;

use crate::json::Json;
use crate::server::Server;

/// The members of a map of counts, and their sum.
fn sum(map: &Json) -> u64 {
    map.members().values().map(Json::number).sum()
}

/// All that is asked by machines is of this moment, has the right type, and has a HEAD.
#[test]
fn heads_and_types() {
    let server = Server::with_digits(&[]);
    for (target, media_type) in [
        ("/_/health", "text/plain; charset=utf-8"),
        ("/_/stats", "application/json"),
        ("/_/metrics", "text/plain; version=0.0.4; charset=utf-8"),
    ] {
        for target in [target.to_owned(), format!("{target}?x=y")] {
            let get = server.get(&target, &[]);
            assert_eq!(get.status, 200, "{get:?}");
            assert_eq!(get.must("Content-Type"), media_type);
            assert_eq!(get.must("Cache-Control"), "no-store");
            assert_eq!(get.field("ETag"), None);
            let head = server.ask("HEAD", &target, &[]);
            let but_length = |reply: &crate::client::Reply| {
                let mut fields = reply.lasting_fields();
                fields.retain(|(name, _)| name != "Content-Length");
                fields
            };
            assert_eq!((head.status, but_length(&head)), (200, but_length(&get)));
            assert!(head.content_length() > 0);
        }
        let none = format!("{target}/");
        assert_eq!(server.get(&none, &[]).status, 404);
        let post = server.answer(crate::client::request("POST", target, &[]));
        assert_eq!(post.status, 405);
    }
}

#[test]
fn health() {
    let server = Server::with_digits(&[]);
    assert_eq!(server.get("/_/health", &[]).text(), "ok\n");
    // It asks nothing of the disk.
    std::fs::remove_dir_all(server.folder().videos()).unwrap();
    assert_eq!(server.get("/_/health", &[]).text(), "ok\n");
}

/// The numbers of `/_/stats` fit each other, whatever has happened.
#[test]
fn stats_add_up() {
    // One worker, so that what was answered before is counted before.
    let server = Server::with_digits(&["--workers", "1"]);
    let mut kept: Vec<_> = (0..7).map(|_| server.wire()).collect();
    for (n, wire) in kept.iter_mut().enumerate() {
        for _ in 0..n {
            wire.send(crate::client::get_digits(&[]));
            wire.reply();
        }
    }
    for target in ["/video/none.mp4", "/video/%zz", "/library.json", "/"] {
        server.get(target, &[]);
    }
    server.answer("nonsense\r\n\r\n");
    let reply = server.get("/_/stats", &[]);
    let stats = Json::parse(reply.text());
    let number = |name: &str| stats.at(name).number();
    assert!(number("uptime") < 60);
    assert_eq!(sum(stats.at("phases")), number("connections"), "{stats:?}");
    assert_eq!(sum(stats.at("statuses")), number("requests"), "{stats:?}");
    let phase = |name| stats.at("phases").at(name).number();
    let streams = phase("sending") + phase("blocked") + phase("disk") + phase("paced");
    assert_eq!(streams, number("streams"), "{stats:?}");
    // Who asks may not have been put in a phase yet.
    let gone = number("accepted") - number("connections") - sum(stats.at("closes"));
    assert!(gone <= 1, "{stats:?}");
    assert_eq!(number("accepted"), 7 + 4 + 1 + 1);
    assert_eq!(
        number("requests"),
        21 + 4 + 1,
        "this one is not answered yet"
    );
    assert_eq!(sum(stats.at("refusals")), 3);
}

/// Ten askers at once, while others come and go: every answer is whole.
#[test]
fn asked_by_many() {
    let server = Server::with_digits(&["--workers", "2"]);
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let stats = Json::parse(server.get("/_/stats", &[]).text());
                    assert_eq!(sum(stats.at("phases")), stats.at("connections").number());
                    assert_eq!(sum(stats.at("statuses")), stats.at("requests").number());
                    metrics::scrape(&server);
                }
            });
        }
    });
}
