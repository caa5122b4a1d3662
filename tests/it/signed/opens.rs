//! What a signature opens, and what is answered where there is no right one.

use super::*;

/// Each private address, and what it is without a signature.
#[test]
fn nothing_opens_without() {
    let server = start(&[], shows);
    for target in [
        "/video/a.mp4",
        "/video/a.mp4?v=1",
        "/video/none.mp4",
        "/video/.hidden",
        "/video/",
        "/video/%zz",
        "/video/a%2Fb",
        "/hls/a.mp4/master.m3u8",
        "/hls/none.mp4/m-1.m4s",
        "/hls/nothing",
        "/dash/a.mp4/manifest.mpd",
        "/library.json",
        "http://reeld.test/video/a.mp4",
    ] {
        refused(&server.get(target, &[]), 403, "unsigned");
    }
    let json = server.get("/", &["Accept: application/json"]);
    refused(&json, 403, "unsigned");
    // What is no secret.
    for target in ["/", "/_/page.js", "/_/health", "/_/metrics"] {
        assert_eq!(server.get(target, &[]).status, 200, "{target}");
    }
}

/// Without keys nobody is asked for a signature, and the prefix is no address.
#[test]
fn without_keys_all_is_as_it_was() {
    let server = Server::start(&[], shows);
    assert_eq!(server.get("/video/a.mp4", &[]).status, 200);
    refused(
        &server.get(&format!("{}/video/a.mp4", title("a.mp4")), &[]),
        404,
        "not-found",
    );
}

/// A title opens however it is served, and it alone.
#[test]
fn a_title() {
    let server = start(&[], shows);
    let base = title("shows/one/e1.mp4");
    for below in [
        "/video/shows/one/e1.mp4",
        "/video/shows/one/%651.mp4",
        "/video/sh%6Fws/one/e1%2Emp4?v=1&session=x",
        "/video/shows/one/e1.en.srt?of=e1.mp4",
        "/video/shows/one/e1.en.srt?as=vtt&of=e1.mp4",
        "/video/shows/one/e1.en.srt?of=%65%31.mp4",
        "/video/shows/one/e1.jpg?of=e1.mp4",
        "/video/shows/one/poster.jpg?of=e1.mp4",
    ] {
        assert_eq!(
            server.get(&format!("{base}{below}"), &[]).status,
            200,
            "{below}"
        );
    }
    // It is no film: but that is found out, and so it is opened.
    let hls = server.get(&format!("{base}/hls/shows/one/e1.mp4/master.m3u8"), &[]);
    assert!([422, 503].contains(&hls.status), "{hls:?}");
    for below in [
        "/video/shows/one/e2.mp4",
        "/video/shows/one/e1.mp4x",
        "/video/shows/one/e1.mp4/",
        "/video/shows/one/e1.mp",
        "/video/shows/one",
        "/video/shows/one/",
        "/video/shows//one/e1.mp4",
        "/video/shows/one/../one/e1.mp4",
        "/video/shows/one/./e1.mp4",
        "/video/shows%2Fone%2Fe1.mp4",
        "/video/shows/one/e1.mp4%00",
        "/video/%2573hows/one/e1.mp4",
        "/video/a.mp4",
        "/video/shows/one/e1.en.srt",
        "/video/shows/one/e1.en.srt?of=",
        "/video/shows/one/e1.en.srt?of=e2.mp4",
        "/video/shows/one/e2.srt?of=e1.mp4",
        "/video/shows/one/e2.mp4?of=e1.mp4",
        "/video/shows/two/e1.mp4?of=e1.mp4",
        "/video/shows/two/e1.en.srt?of=../one/e1.mp4",
        "/video/shows/two/e1.en.srt?of=%2E%2E%2Fone%2Fe1.mp4",
        "/hls/shows/one/e1.mp4",
        "/hls/shows/one/e2.mp4/master.m3u8",
        "/hls/shows/one/e1.mp4/x/master.m3u8",
        "/dash/shows/one/e2.mp4/manifest.mpd",
        "/library.json",
        "/library.json?in=shows/one",
        "/library.json?in=shows/one/e2.mp4",
    ] {
        refused(
            &server.get(&format!("{base}{below}"), &[]),
            403,
            "bad-signature",
        );
    }
}

/// A folder opens with all below it, and nothing beside it.
#[test]
fn a_folder() {
    let server = start(&[], shows);
    let base = folder("shows/one");
    for name in [
        "shows/one/e1.mp4",
        "shows/one/e2.mp4",
        "shows/one/e1.en.srt?as=vtt",
    ] {
        assert_eq!(
            server.get(&format!("{base}/video/{name}"), &[]).status,
            200,
            "{name}"
        );
    }
    assert_eq!(
        server
            .get(&format!("{base}/video/shows/one/none.mp4"), &[])
            .status,
        404
    );
    for name in [
        "shows/two/e1.mp4",
        "shows/onex",
        "shows",
        "a.mp4",
        "shows/one%2Fe1.mp4",
    ] {
        refused(
            &server.get(&format!("{base}/video/{name}"), &[]),
            403,
            "bad-signature",
        );
    }
    refused(
        &server.get(&format!("{}/video/showsx/e1.mp4", folder("shows")), &[]),
        403,
        "bad-signature",
    );
    let all = folder("");
    for name in ["a.mp4", "showsx/e1.mp4", "shows/one/e1.mp4"] {
        assert_eq!(
            server.get(&format!("{all}/video/{name}"), &[]).status,
            200,
            "{name}"
        );
    }
    // Only what is signed is below it.
    for below in [
        "/_/page.js",
        "/_/health",
        "/_/live",
        "/s/1.x/",
        "/favicon.ico",
        "/video",
    ] {
        refused(&server.get(&format!("{all}{below}"), &[]), 404, "not-found");
    }
}

/// Any key opens, for the time that was signed, and for the address.
#[test]
fn keys_times_and_addresses() {
    let server = start(&[], shows);
    let get = |base: String| server.get(&format!("{base}/video/a.mp4"), &[]);
    let hour = later().to_string();
    assert_eq!(get(sign_with(OLD_KEY, &hour, "a.mp4", "")).status, 200);
    refused(
        &get(sign_with(&KEY.replace('V', "W"), &hour, "a.mp4", "")),
        403,
        "bad-signature",
    );

    let past = (now_secs() - 1).to_string();
    refused(&get(sign(&past, "a.mp4")), 410, "expired");
    refused(&get(sign(&past, "b.mp4")), 403, "bad-signature");
    refused(&get(sign("0", "a.mp4")), 410, "expired");
    assert_eq!(get(sign("99999999999", "a.mp4")).status, 200);
    refused(&get(sign("999999999999", "a.mp4")), 403, "bad-signature");

    let bound = format!("{hour}-ip");
    assert_eq!(
        get(sign_with(KEY, &bound, "a.mp4", "127.0.0.1")).status,
        200
    );
    for address in ["127.0.0.2", "", "::1", "::ffff:127.0.0.1", "127.0.0.10"] {
        refused(
            &get(sign_with(KEY, &bound, "a.mp4", address)),
            403,
            "bad-signature",
        );
    }
    let unbound = sign_with(KEY, &bound, "a.mp4", "127.0.0.1").replace("-ip", "");
    refused(&get(unbound), 403, "bad-signature");
}

/// Whoever has no right signature is told the same, byte for byte, of what is there and of what is not.
#[test]
fn nothing_is_told_of_what_is_there() {
    let server = start(&[], shows);
    fs::create_dir(server.folder().path("empty")).unwrap();
    server.folder().write("notes.txt", "0");
    for base in [
        String::new(),
        title("ab.mp4"),
        sign("17", "ab.mp4"),
        "/s/1.x".into(),
        "/s/".into(),
    ] {
        let mut first = None;
        for name in [
            "a.mp4",
            "none.mp4",
            "empty",
            "notes.txt",
            "shows/one/none.mp4",
            ".hidden",
            "a%2Fb",
            "%zz",
        ] {
            for (root, rest) in [
                ("/video/", ""),
                ("/hls/", "/master.m3u8"),
                ("/dash/", "/x"),
                ("/video/", "?as=vtt"),
            ] {
                let mut reply = server.get(&format!("{base}{root}{name}{rest}"), &[]);
                reply.fields.retain(|(name, _)| name != "Date");
                let known = first.get_or_insert_with(|| reply.clone());
                assert_eq!(format!("{known:?}"), format!("{reply:?}"), "{base} {name}");
            }
        }
        assert_eq!(first.unwrap().status, 403);
    }
}

/// Ranges, conditions, HEAD and preflights are what they are elsewhere.
#[test]
fn ranges_and_conditions() {
    let server = start(&["--cors", "https://page.test"], shows);
    let target = format!("{}/video/a.mp4", title("a.mp4"));
    let part = server.get(&target, &["Range: bytes=2-4"]);
    assert_eq!((part.status, part.text()), (206, "234"));
    assert_eq!(part.must("Content-Range"), "bytes 2-4/10");
    let many = server.get(&target, &["Range: bytes=0-1,8-9"]);
    assert!(
        many.must("Content-Type")
            .starts_with("multipart/byteranges"),
        "{many:?}"
    );
    assert_eq!(server.get(&target, &["Range: bytes=10-"]).status, 416);
    let tag = format!("If-None-Match: {}", part.must("ETag"));
    assert_eq!(server.get(&target, &[&tag]).status, 304);
    let head = server.ask("HEAD", &target, &[]);
    assert_eq!((head.status, head.must("Content-Length")), (200, "10"));
    assert_eq!(server.ask("HEAD", "/video/a.mp4", &[]).status, 403);
    assert_eq!(server.ask("POST", &target, &[]).status, 405);

    let origin = [
        "Origin: https://page.test",
        "Access-Control-Request-Method: GET",
        "Access-Control-Request-Headers: range",
    ];
    let preflight = server.ask("OPTIONS", &target, &origin);
    assert_eq!(preflight.status, 204);
    assert_eq!(
        preflight.must("Access-Control-Allow-Origin"),
        "https://page.test"
    );
    // Who may read what comes may also read why nothing comes.
    let reply = server.get("/video/a.mp4", &origin[..1]);
    refused(&reply, 403, "unsigned");
    assert_eq!(
        reply.must("Access-Control-Allow-Origin"),
        "https://page.test"
    );
}

/// Caches keep nothing for longer than it opens, nor for others what opens for one.
#[test]
fn caches() {
    let server = start(&["--max-age", "60", "--cdn-max-age", "9000"], shows);
    let keeps = |base: &str, query: &str| {
        let reply = server.get(&format!("{base}/video/a.mp4{query}"), &[]);
        assert_eq!(reply.status, 200);
        let [ours, cdn] =
            ["Cache-Control", "CDN-Cache-Control"].map(|name| reply.field(name).map(str::to_owned));
        (
            ours.unwrap(),
            cdn,
            reply.must("ETag").trim_matches('"').to_owned(),
        )
    };
    let number = |field: &str| field.rsplit_once('=').unwrap().1.parse::<u64>().unwrap();
    let (ours, cdn, version) = keeps(&title("a.mp4"), "");
    assert_eq!(ours, "public, max-age=60");
    assert!((3_590..=3_600).contains(&number(&cdn.unwrap())));
    let (ours, ..) = keeps(&title("a.mp4"), &format!("?v={version}"));
    assert!(lasts_an_hour(&ours, "public"), "{ours}");
    let (ours, ..) = keeps(&sign(&(now_secs() + 30).to_string(), "a.mp4"), "");
    assert!(number(&ours) <= 30, "{ours}");
    let bound = sign_with(KEY, &format!("{}-ip", later()), "a.mp4", "127.0.0.1");
    let (ours, cdn, _) = keeps(&bound, &format!("?v={version}"));
    assert!(lasts_an_hour(&ours, "private") && cdn.is_none(), "{ours}");
}

/// What was signed a moment ago for an hour may be kept for that.
fn lasts_an_hour(field: &str, whose: &str) -> bool {
    let secs = field
        .strip_prefix(whose)
        .and_then(|rest| rest.strip_prefix(", max-age="));
    secs.is_some_and(|secs| (3_500..=3_600).contains(&secs.parse::<u64>().unwrap()))
}

/// Names are signed as they are, and asked for in any encoding.
#[test]
fn names() {
    let server = start(&[], shows);
    let base = title("a b/é 100%.mp4");
    for name in [
        "a%20b/%C3%A9%20100%25.mp4",
        "%61%20%62/%c3%a9%20100%25.mp4",
        "a%20b/é%20100%25.mp4",
    ] {
        assert_eq!(
            server.get(&format!("{base}/video/{name}"), &[]).status,
            200,
            "{name}"
        );
    }
    for name in ["a%20b/e%CC%81%20100%25.mp4", "a+b/%C3%A9+100%25.mp4"] {
        refused(
            &server.get(&format!("{base}/video/{name}"), &[]),
            403,
            "bad-signature",
        );
    }
    let list = server.get(
        &format!("{base}/library.json?in=a+b/%C3%A9%20100%25.mp4"),
        &[],
    );
    assert_eq!(list.status, 200, "{list:?}");
}

/// A film as HLS: everything that its playlists lead to is relative, and opens.
#[test]
fn a_film_as_hls() {
    let film = Path::new(env!("CARGO_MANIFEST_DIR")).join("videos/video.mp4");
    let server = start(&[], |folder| {
        folder.write("shows/video.mp4", fs::read(film).unwrap());
        folder.set_modified(
            "shows/video.mp4",
            SystemTime::now() - Duration::from_secs(3_600),
        );
    });
    for base in [title("shows/video.mp4"), folder("shows"), folder("")] {
        let root = format!("{base}/hls/shows/video.mp4");
        let mut todo = vec!["master.m3u8".to_owned()];
        let mut known = Vec::new();
        while let Some(name) = todo.pop() {
            let reply = server.get(&format!("{root}/{name}"), &[]);
            assert_eq!(reply.status, 200, "{name}: {reply:?}");
            let keep = reply.must("Cache-Control");
            assert!(
                keep == "no-cache" || lasts_an_hour(keep, "public"),
                "{name}: {keep}"
            );
            if name.contains(".m3u8") {
                for line in reply.text().lines() {
                    let inside = line
                        .split("URI=\"")
                        .skip(1)
                        .map(|rest| rest.split('"').next().unwrap());
                    let found = inside.chain(
                        Some(line).filter(|line| !line.starts_with('#') && !line.is_empty()),
                    );
                    for found in found.map(str::to_owned) {
                        assert!(!found.starts_with('/') && !found.contains(".."), "{found}");
                        if !known.contains(&found) {
                            todo.push(found.clone());
                            known.push(found);
                        }
                    }
                }
            }
        }
        assert!(known.len() > 8, "{known:?}");
        assert_eq!(
            server
                .get(&format!("{base}/dash/shows/video.mp4/manifest.mpd"), &[])
                .status,
            200
        );
        assert_eq!(
            server
                .get(&format!("{base}/video/shows/video.mp4?as=faststart"), &[])
                .status,
            200
        );
        let wrong = root.replace("/s/1", "/s/2");
        refused(
            &server.get(&format!("{wrong}/{}", known[0]), &[]),
            403,
            "bad-signature",
        );
    }
}

/// A connection that had a right signature has no right to anything else.
#[test]
fn one_connection() {
    let server = start(&[], shows);
    let mut wire = server.wire();
    for (base, status) in [
        (title("a.mp4"), 200),
        (String::new(), 403),
        (title("ab.mp4"), 403),
        (title("a.mp4"), 200),
    ] {
        wire.send(request("GET", &format!("{base}/video/a.mp4"), &[]));
        assert_eq!(wire.reply().status, status);
    }
}
