//! Who sees whom: everybody from this machine, oneself from elsewhere.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};

use crate::client::request;
use crate::json::Json;
use crate::server::{Folder, Server};
use crate::socket::{Page, only};

/// An address of this host that is not loopback: who connects to it comes from it.
fn outer_address() -> Option<Ipv4Addr> {
    // A connected UDP socket has the address that the route begins at; nothing is sent.
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(203, 0, 113, 1), 9)).ok()?;
    match socket.local_addr().ok()? {
        SocketAddr::V4(address) if !address.ip().is_loopback() => Some(*address.ip()),
        SocketAddr::V4(_) | SocketAddr::V6(_) => None,
    }
}

/// A server that is also reached from elsewhere, and how; none where there is no elsewhere.
fn start(args: &[&str]) -> Option<(Server, SocketAddr)> {
    let Some(ip) = outer_address() else {
        let word = "skipped: this host has no address but loopback\n";
        io::stderr().write_all(word.as_bytes()).unwrap();
        return None;
    };
    let bind = format!("{ip}:0");
    let server = Server::with_digits(&[&["-b", &bind], args].concat());
    let mut addresses = server.addresses().into_iter();
    let outer = addresses.find(|address| address.ip() == ip).unwrap();
    Some((server, outer))
}

fn open(address: SocketAddr, session: &str) -> Page {
    Page::open_at(address, &format!("/_/live?session={session}"), &[])
}

fn get(address: SocketAddr, session: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let target = format!("/video/a.mp4?session={session}");
    let asked = request("GET", &target, &["Range: bytes=0-3"]);
    stream.write_all(asked.as_bytes()).unwrap();
    stream
}

fn sessions(list: &Json) -> Vec<&str> {
    let named = list.list().iter().filter_map(|one| one.get("session"));
    let mut all: Vec<&str> = named.map(Json::text).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Loopback sees everybody's connections and strips, and heads of its own session only; elsewhere
/// two sessions see nothing of each other, and no address.
#[test]
fn two_sessions() {
    let Some((server, outer)) = start(&[]) else {
        return;
    };
    let mut owner = Page::open(&server, "owner");
    let (mut one, mut two) = (open(outer, "one"), open(outer, "two"));
    assert_eq!(owner.hello.at("sees").text(), "all");
    assert_eq!(one.hello.at("sees").text(), "own");
    for page in [&mut owner, &mut one, &mut two] {
        page.watch();
    }
    let _kept = [
        get(outer, "one"),
        get(outer, "two"),
        get(server.address(), "one"),
        get(server.address(), "owner"),
    ];
    two.say("report name=a.mp4&position=77.5");
    two.is_heard();

    for (page, session, strips) in [(&mut one, "one", 2), (&mut two, "two", 1)] {
        page.view("its own strips", |view| {
            view.at("spans").list().len() >= strips
        });
        let view = page.fresh_view();
        assert_eq!(view.at("spans").list().len(), strips);
        assert_eq!(view.at("sees").text(), "own");
        assert_eq!(view.at("more").number(), 0);
        for list in ["connections", "spans"] {
            assert_eq!(sessions(view.at(list)), [session]);
            for entry in view.at(list).list() {
                assert_eq!(entry.get("peer"), None);
            }
        }
        assert_eq!(view.at("heads").list().len(), strips);
        assert_eq!(view.at("connections").list().len(), strips + 1);
        let all = format!("{view:?}");
        let other = if session == "one" { "two" } else { "one" };
        assert!(!all.contains(&format!("session={other}")), "{all}");
        assert_eq!(all.contains("77.5"), session == "two", "{all}");
    }
    let view = owner.fresh_view();
    assert_eq!(view.at("spans").list().len(), 4);
    for list in ["connections", "spans"] {
        assert_eq!(sessions(view.at(list)), ["one", "owner", "two"]);
    }
    let peers: Vec<&str> = view
        .at("spans")
        .list()
        .iter()
        .map(|span| span.at("peer").text())
        .collect();
    assert!(peers.contains(&"127.0.0.1") && peers.contains(&outer.ip().to_string().as_str()));
    let head = only(view.at("heads"), "one's own head", |_| true);
    assert!(head.at("request").text().contains("session=owner"));
}

/// From elsewhere nothing is seen of what names no session.
#[test]
fn who_names_no_session() {
    let Some((server, outer)) = start(&[]) else {
        return;
    };
    let mut page = open(outer, "me");
    page.watch();
    server.get("/video/a.mp4", &[]);
    server.get("/video/a.mp4?session=", &[]);
    server.get("/video/a.mp4?session=m%65", &[]);
    server.get("/video/a.mp4?session=me2", &[]);
    let view = page.fresh_view();
    assert!(view.at("spans").list().is_empty(), "{view:?}");
    assert!(view.at("heads").list().is_empty(), "{view:?}");
    assert_eq!(view.at("connections").list().len(), 1);
}

/// Connections that change from one session to another belong to the last.
#[test]
fn a_connection_that_changes_sessions() {
    let server = Server::with_digits(&[]);
    let mut page = Page::open(&server, "me");
    page.watch();
    let mut wire = server.wire();
    for session in ["one", "two"] {
        wire.send(request(
            "GET",
            &format!("/video/a.mp4?session={session}"),
            &[],
        ));
        wire.reply();
    }
    let view = page.fresh_view();
    assert_eq!(sessions(view.at("spans")), ["one", "two"]);
    assert_eq!(sessions(view.at("connections")), ["me", "two"]);
}

/// Tokens can be tried five times; with the sixth the socket is closed. Without a token of the
/// owner's every one is wrong, the empty one too.
#[test]
fn wrong_tokens() {
    let server = Server::with_digits(&[]);
    let mut page = Page::open(&server, "me");
    for token in ["", "guess", "x", " ", &"y".repeat(3000)] {
        page.say(&format!("admin {token}"));
        let answer = page.told();
        assert_eq!(answer.at("type").text(), "refused");
        assert_eq!(answer.at("why").text(), "wrong token");
    }
    page.say("admin last");
    let (code, why) = page.closed();
    assert_eq!((code, why.as_str()), (1008, "too many wrong tokens"));
    // Each socket has its own tries.
    let mut page = Page::open(&server, "me");
    page.say("admin guess");
    assert_eq!(page.told().at("why").text(), "wrong token");
    page.close();
}

/// Elsewhere a wrong token shows nothing more.
#[test]
fn wrong_tokens_from_elsewhere() {
    let Some((server, outer)) = start(&[]) else {
        return;
    };
    let mut page = open(outer, "me");
    page.say("admin ");
    assert_eq!(page.told().at("type").text(), "refused");
    page.watch();
    server.get("/video/a.mp4?session=other", &[]);
    let view = page.fresh_view();
    assert_eq!(view.at("sees").text(), "own");
    assert!(view.at("spans").list().is_empty(), "{view:?}");
}

/// Who says the right token sees everybody from elsewhere, too, and is greeted anew.
#[test]
fn the_right_token() {
    let folder = Folder::new();
    folder.write("token", "open sesame\n");
    let path = folder.path("token");
    let Some((server, outer)) = start(&["--admin-token", path.to_str().unwrap()]) else {
        return;
    };
    let (mut owner, mut guest) = (open(outer, "owner"), open(outer, "guest"));
    for page in [&mut owner, &mut guest] {
        assert_eq!(page.hello.at("sees").text(), "own");
    }
    owner.say("admin open");
    assert_eq!(owner.told().at("why").text(), "wrong token");
    owner.say("admin open sesame");
    let hello = owner.told();
    assert_eq!(hello.at("type").text(), "hello");
    assert_eq!(hello.at("sees").text(), "all");
    owner.watch();
    guest.watch();
    let _kept = get(outer, "guest");
    let view = owner.view("the guest's request", |view| {
        !view.at("spans").list().is_empty()
    });
    assert_eq!(sessions(view.at("spans")), ["guest"]);
    assert!(
        view.at("heads").list().is_empty(),
        "heads are their owner's alone"
    );
    assert_eq!(sessions(guest.fresh_view().at("connections")), ["guest"]);
    drop(server);
}
