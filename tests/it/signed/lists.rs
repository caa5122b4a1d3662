//! Lists: what is in one, for whom.

use super::*;
use crate::json::Json;

const OWNER: &str = "Authorization: Bearer correct horse battery";

fn names(list: &Json) -> Vec<&str> {
    list.at("videos")
        .list()
        .iter()
        .map(|title| title.at("name").text())
        .collect()
}

/// Every address in a list, behind its base, opens.
#[track_caller]
fn all_open(server: &Server, list: &Json) {
    let base = list.at("base").text();
    let mut count = 0;
    for title in list.at("videos").list() {
        let own = [title.get("href"), title.get("poster")];
        let subtitles = title.get("subtitles").map_or(&[][..], Json::list);
        let subtitles = subtitles.iter().map(|it| it.get("href"));
        for href in own.into_iter().chain(subtitles).flatten() {
            let target = format!("{base}{}", href.text());
            assert_eq!(server.get(&target, &[]).status, 200, "{target}");
            assert_eq!(server.get(href.text(), &[]).status, 403, "{href:?}");
            count += 1;
        }
    }
    assert!(count >= list.at("videos").list().len());
}

#[test]
fn of_what_is_covered() {
    let server = start(&[], shows);
    let get = |target: String| Json::parse(server.get(&target, &[]).text());
    let base = title("shows/one/e1.mp4");
    let one = get(format!("{base}/library.json?in=shows/one/e1.mp4"));
    assert_eq!(names(&one), ["shows/one/e1.mp4"]);
    assert_eq!(one.at("base").text(), base);
    let [title] = one.at("videos").list() else {
        panic!("{one:?}")
    };
    assert!(title.has("poster") && title.has("subtitles"), "{title:?}");
    all_open(&server, &one);

    let base = folder("shows");
    for query in [
        "shows",
        "shows/",
        "shows/one/e1.mp4",
        "shows%2Ftwo",
        "shows/none",
    ] {
        let some = get(format!("{base}/library.json?in={query}"));
        assert_eq!(
            names(&some),
            ["shows/one/e1.mp4", "shows/one/e2.mp4", "shows/two/e1.mp4"]
        );
        all_open(&server, &some);
    }
    for query in [
        "?in=showsx",
        "?in=",
        "",
        "?in=..",
        "?in=/shows",
        "?in=shows%2F%2e%2e",
    ] {
        let reply = server.get(&format!("{base}/library.json{query}"), &[]);
        refused(&reply, 403, "bad-signature");
    }
    let all = get(format!("{}/library.json", folder("")));
    assert_eq!(names(&all).len(), 7, "{all:?}");
    all_open(&server, &all);
    // One that covers nothing that is there.
    let none = get(format!("{}/library.json?in=none", folder("none")));
    assert_eq!(names(&none), [""; 0]);
}

/// A list says by its tag whether it is another one; and it is for one client alone.
#[test]
fn conditions() {
    let server = start(&[], shows);
    let base = folder("shows/one");
    for (target, field) in [
        (format!("{base}/library.json?in=shows/one"), "X: x"),
        ("/library.json".into(), OWNER),
    ] {
        let list = server.get(&target, &[field]);
        assert_eq!(list.status, 200, "{list:?}");
        assert_eq!(list.must("Cache-Control"), "private, no-cache");
        assert!(list.lists("Vary", "Authorization"), "{list:?}");
        let tag = format!("If-None-Match: {}", list.must("ETag"));
        assert_eq!(server.get(&target, &[field, &tag]).status, 304);
        let head = server.ask("HEAD", &target, &[field]);
        assert_eq!(head.must("Content-Length"), list.body.len().to_string());
    }
    let other = server.get(
        &format!("{}/library.json?in=shows/two", folder("shows/two")),
        &[],
    );
    let one = server.get(&format!("{base}/library.json?in=shows/one"), &[]);
    assert_ne!(other.must("ETag"), one.must("ETag"));
}

/// The owner gets all, with a signature for all of it.
#[test]
fn for_the_owner() {
    let server = start(&["--limit", "signed_list_secs=8"], shows);
    let reply = server.get("/library.json", &[OWNER]);
    let list = Json::parse(reply.text());
    assert_eq!(names(&list).len(), 7);
    let base = list.at("base").text();
    let expires: u64 = base[3..].split('-').next().unwrap().parse().unwrap();
    assert!((6..=8).contains(&(expires - now_secs())), "{base}");
    all_open(&server, &list);
    let root = server.get("/", &[OWNER, "Accept: application/json"]);
    assert_eq!(names(&Json::parse(root.text())).len(), 7);
    let lower = server.get("/library.json", &[&OWNER.replace("Bearer", "bearer")]);
    assert_eq!(lower.status, 200);
    // Another one in time, and the old one ends.
    crate::client::eventually("another base", || {
        let list = Json::parse(server.get("/library.json", &[OWNER]).text());
        list.at("base").text() != base
    });
    crate::client::eventually("its end", || {
        server.get(&format!("{base}/video/a.mp4"), &[]).status == 410
    });
    // The token opens the list and nothing else.
    refused(&server.get("/video/a.mp4", &[OWNER]), 403, "unsigned");
}

/// Wrong tokens are refused, and whoever shows many is not looked at for a while.
#[test]
fn wrong_tokens() {
    let server = start(&[], shows);
    for wrong in [
        "Authorization: Bearer correct horse",
        "Authorization: Basic correct horse battery",
    ] {
        refused(&server.get("/library.json", &[wrong]), 403, "wrong-token");
    }
    refused(
        &server.get("/library.json", &["Authorization: x"]),
        403,
        "unsigned",
    );
    assert_eq!(server.get("/library.json", &[OWNER]).status, 200);
    let mut last = 403;
    for at in 0..20 {
        let reply = server.get(
            "/library.json",
            &[&format!("Authorization: Bearer guess {at}")],
        );
        last = reply.status;
    }
    assert_eq!(last, 429);
    let reply = server.get("/library.json", &[OWNER]);
    refused(&reply, 429, "too-many-tries");
    assert!(reply.field("Retry-After").is_some(), "{reply:?}");
    // What is signed opens.
    assert_eq!(
        server
            .get(&format!("{}/video/a.mp4", title("a.mp4")), &[])
            .status,
        200
    );
}

/// Without a token of an owner nobody is one.
#[test]
fn without_an_owner() {
    let folder = Folder::new();
    shows(&folder);
    let mut command = reeld();
    command.env("REELD_SIGN_KEY", KEY).arg(folder.videos());
    let server = Server::spawn(command, folder, Pipes::Drained);
    for field in [OWNER, "Authorization: Bearer ", "X: x"] {
        refused(&server.get("/library.json", &[field]), 403, "unsigned");
    }
}
