//! No signature, token or key is in any log, nor in the live view.

use super::*;
use crate::client::eventually;
use crate::socket::Page;

/// Every line of every output while all of it is used.
#[test]
fn nothing_is_in_a_log() {
    for format in ["common", "combined", "json"] {
        let server = start(
            &["-v", "-v", "--access-log", "-", "--access-format", format],
            shows,
        );
        let base = title("shows/one/e1.mp4");
        let signature = base.split_once('.').unwrap().1.to_owned();
        let referer = format!("Referer: http://tv{base}/#x");
        let owner = "Authorization: Bearer correct horse battery";
        server.get(&format!("{base}/video/shows/one/e1.mp4"), &[&referer]);
        server.get(&format!("{base}/video/none.mp4"), &[]);
        server.get(&format!("http://tv{base}/video/a.mp4"), &[]);
        server.get(&format!("{}/video/a.mp4", base.replace('.', "%2E")), &[]);
        server.get(&base, &[]);
        server.get(&format!("{base}?x"), &[]);
        server.get("/library.json", &[owner]);
        server.get(
            "/library.json",
            &["Authorization: Bearer correct horse bat"],
        );
        server.answer(format!("GET {base}/ HTTP/1.1\r\n\r\n"));
        server.answer(format!("BREW {base}/video/a HTTP/1.1\r\nHost: x\r\n\r\n"));
        eventually("ten records", || {
            server.stdout().matches("end").count() >= 10
        });
        let outcome = server.stop(crate::posix::SIGTERM);
        let all = format!("{}{}", outcome.stdout, outcome.stderr);
        for secret in [
            &signature[..],
            &signature[..10],
            &signature[33..],
            KEY,
            OLD_KEY,
            "correct horse",
        ] {
            assert!(!all.contains(secret), "{format}: {secret} in {all}");
        }
        assert!(all.contains(".*/video/shows/one/e1.mp4"), "{all}");
        assert!(all.contains("stream 127.0.0.1 shows/one/e1.mp4"), "{all}");
    }
}

/// Whoever watches sees requests without what opens them.
#[test]
fn nothing_is_in_the_live_view() {
    let server = start(&[], shows);
    let mut page = Page::open(&server, "me");
    assert_eq!(
        page.hello.at("sees").text(),
        "own",
        "not even this host sees the names of others"
    );
    page.watch();
    page.fresh_view();
    let base = title("shows/one/e1.mp4");
    let signature = base.split_once('.').unwrap().1;
    let target = format!("{base}/video/shows/one/e1.mp4?session=me");
    let fields = [
        "Authorization: Bearer correct horse battery",
        "Cookie: secret=1",
        &format!("Referer: http://tv{base}/"),
    ];
    server.get(&target, &fields);
    let view = page.view("the head", |view| !view.at("heads").list().is_empty());
    let text = format!("{view:?}");
    for secret in [signature, "correct horse", "secret=1"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains(".*/video/shows/one/e1.mp4"), "{text}");
    // A request on its way.
    let mut wire = server.wire();
    wire.send(request("GET", &target, &[]));
    wire.reply();
    let text = format!("{:?}", page.fresh_view());
    assert!(!text.contains(signature), "{text}");

    page.say("admin correct horse battery");
    let text = format!("{:?}", page.fresh_view());
    assert!(!text.contains(signature), "{text}");
}

/// Nor among the arguments or in what is told of the configuration.
#[test]
fn nothing_is_in_the_list_of_processes() {
    let server = start(&[], shows);
    let line = fs::read(format!("/proc/{}/cmdline", server.pid())).unwrap();
    let line = String::from_utf8_lossy(&line);
    assert!(!line.contains(KEY) && !line.contains(TOKEN), "{line}");
    assert!(!server.stdout().contains(KEY) && !server.stderr().contains(KEY));
}
