//! `--max-streams`: who is served, who waits, who is told to come back.
//!
//! Owns the queue as players and browsers meet it. The clients have addresses of their own, as a proxy names them.

mod connections;
mod places;
mod proxies;
mod viewers;
mod waiting;

use crate::bytes::clip;
use crate::client::{Reply, Wire, eventually, request};
use crate::json::Json;
use crate::packaged::{put, sample};
use crate::server::Server;

/// A film that fills every socket buffer, and two small ones.
fn start(args: &[&str]) -> Server {
    let mut all = vec!["--trusted-proxy", "127.0.0.0/8"];
    all.extend_from_slice(args);
    Server::start(&all, |folder| {
        folder.write("large.mp4", clip(1, 16_000_000));
        folder.write("a.mp4", "0123456789");
        folder.write("b.mp4", "9876543210");
        folder.write("c.mp4", "9876543210");
        folder.write("a.vtt", "WEBVTT\n");
        folder.write("a.jpg", "no picture");
        put(folder, "video.mp4", sample("video.mp4"));
    })
}

/// The field by which a proxy names a client.
fn by(client: u8) -> String {
    format!("X-Forwarded-For: 192.0.2.{client}")
}

/// A request of a client.
fn of(client: u8, target: &str, fields: &[&str]) -> String {
    let by = by(client);
    let mut all = vec![by.as_str()];
    all.extend_from_slice(fields);
    request("GET", target, &all)
}

/// One request of a client on a connection of its own.
fn ask(server: &Server, client: u8, target: &str, fields: &[&str]) -> Reply {
    let mut fields = fields.to_vec();
    fields.push("Connection: close");
    let mut wire = server.wire();
    wire.send(of(client, target, &fields));
    wire.reply()
}

/// A client that does not read what it has asked for: it keeps its place.
fn watch(server: &Server, client: u8) -> Wire {
    let mut wire = Wire::open_narrow(server.address());
    wire.send(of(client, "/video/large.mp4", &[]));
    assert_eq!(wire.head().status, 200);
    wire
}

/// A client that waits.
fn wait(server: &Server, client: u8, target: &str) -> Wire {
    let before = told(server, "queue");
    let mut wire = server.wire();
    wire.send(of(client, target, &[]));
    eventually("it waits", || told(server, "queue") > before);
    wire
}

/// A number of the admission, by its name.
fn told(server: &Server, name: &str) -> u64 {
    let stats = Json::parse(server.get("/_/stats", &[]).text());
    stats.at("admission").at(name).number()
}
