//! `reeld sign`, and where keys come from.

use super::*;
use crate::server::Outcome;

fn sign_command(folder: &Folder, args: &[&str]) -> Outcome {
    fs::write(folder.outside("keys"), KEY).unwrap();
    let mut command = bare();
    command.arg("sign").args(args);
    command.arg("--sign-key-file").arg(folder.outside("keys"));
    run(command)
}

/// What it prints opens.
#[test]
fn what_is_printed_opens() {
    let server = start(&[], shows);
    let host = "http://reeld.test";
    let title = printed(
        &server,
        &[
            "a b/é 100%.mp4",
            "--for",
            "15m",
            "--base",
            "http://reeld.test/",
        ],
    );
    let [file, hls, page] = [0, 1, 2].map(|at| title[at].strip_prefix(host).unwrap());
    assert!(file.ends_with("/video/a%20b/%C3%A9%20100%25.mp4"), "{file}");
    assert_eq!(server.get(file, &[]).status, 200);
    assert_ne!(server.get(hls, &[]).status, 403);
    let (base, hash) = page.split_once('#').unwrap();
    assert_eq!(hash, "play=/video/a%20b/%C3%A9%20100%25.mp4");
    let reply = server.get(base, &[]);
    assert!(
        reply.must("Content-Type").starts_with("text/html"),
        "{reply:?}"
    );
    assert_eq!(reply.must("Referrer-Policy"), "no-referrer");
    let expires: u64 = file[3..].split('.').next().unwrap().parse().unwrap();
    assert!((895..=900).contains(&(expires - now_secs())), "{expires}");

    let folder = printed(&server, &["/shows/one/", "--for", "7d", "--prefix"]);
    assert_eq!(server.get(&format!("{}e1.mp4", folder[0]), &[]).status, 200);
    assert_eq!(server.get(&folder[1], &[]).status, 200);
    assert!(folder[2].ends_with("/#in=shows/one"), "{folder:?}");

    let all = printed(
        &server,
        &["", "--for", "90s", "--prefix", "--ip", "::ffff:127.0.0.1"],
    );
    assert_eq!(server.get(&format!("{}a.mp4", all[0]), &[]).status, 200);
    assert_eq!(server.get(&all[1], &[]).status, 200);
    let other = printed(&server, &["a.mp4", "--for=2h", "--ip=10.0.0.1"]);
    refused(&server.get(&other[0], &[]), 403, "bad-signature");
    // No film: no HLS of it.
    assert_eq!(printed(&server, &["a.webm", "--for", "1h"]).len(), 2);
}

/// It opens for as long as was said, and no longer.
#[test]
fn it_expires() {
    let server = start(&[], shows);
    let target = printed(&server, &["a.mp4", "--for", "2s"]).swap_remove(0);
    assert_eq!(server.get(&target, &[]).status, 200);
    crate::client::eventually("its end", || server.get(&target, &[]).status == 410);
    refused(&server.get(&target, &[]), 410, "expired");
}

/// The variable holds the keys themselves; the flag wins.
#[test]
fn keys_from_the_environment() {
    let folder = Folder::new();
    shows(&folder);
    let mut command = reeld();
    command
        .env("REELD_SIGN_KEY", format!("{KEY}\n{OLD_KEY}"))
        .arg(folder.videos());
    let server = Server::spawn(command, folder, Pipes::Drained);
    for key in [KEY, OLD_KEY] {
        let base = sign_with(key, &later().to_string(), "a.mp4", "");
        assert_eq!(server.get(&format!("{base}/video/a.mp4"), &[]).status, 200);
    }
    fs::write(server.folder().outside("keys"), OLD_KEY).unwrap();
    for (variable, value, opens) in [
        ("REELD_SIGN_KEY", KEY, true),
        (
            "REELD_SIGN_KEY_FILE",
            server.folder().outside("keys").to_str().unwrap(),
            true,
        ),
        (
            "REELD_SIGN_KEY",
            "some-other-key,0123456789-abcdefgh",
            false,
        ),
    ] {
        let mut command = bare();
        command
            .args(["sign", "a.mp4", "--for", "1h"])
            .env(variable, value);
        let outcome = run(command);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        let target = outcome.stdout.lines().next().unwrap();
        let status = server.get(target, &[]).status;
        assert_eq!(status == 200, opens, "{variable} {status}");
    }
}

/// A line says what is wrong, and neither it nor anything else says a key.
#[test]
fn wrong_keys() {
    let folder = Folder::new();
    for (text, why) in [
        ("", "none"),
        ("\n# only a remark\n", "none"),
        ("short-secret-key", "32"),
        ("secret key of words with spaces, which is long", "guess"),
        ("ssssssssssssssssssssssssssssssssssssssss", "guess"),
        ("geheimgehéimgeheimgeheimgeheimgeheim", "guess"),
    ] {
        fs::write(folder.outside("keys"), text).unwrap();
        let mut served = reeld();
        served
            .arg("--sign-key-file")
            .arg(folder.outside("keys"))
            .arg(folder.videos());
        let mut signed = bare();
        signed
            .args(["sign", "a", "--for", "1h", "--sign-key-file"])
            .arg(folder.outside("keys"));
        for command in [served, signed] {
            let outcome = run(command);
            assert_eq!(outcome.code, Some(2), "{text}: {outcome:?}");
            assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
            assert!(outcome.stderr.contains(why), "{text}: {outcome:?}");
            assert!(
                text.len() < 16 || !outcome.stderr.contains(&text[..12]),
                "{outcome:?}"
            );
        }
    }
    let outcome = run({
        let mut command = reeld();
        command
            .arg("--sign-key-file")
            .arg(folder.outside("nowhere"));
        command
    });
    assert!(
        outcome.code == Some(2) && outcome.stderr.contains("nowhere"),
        "{outcome:?}"
    );
}

/// What cannot be signed is said, with exit 2.
#[test]
fn wrong_orders() {
    let folder = Folder::new();
    for args in [
        &["--for", "1h"][..],
        &["a.mp4"],
        &["", "--for", "1h"],
        &["a", "b", "--for", "1h"],
        &["../a", "--for", "1h"],
        &[".a", "--for", "1h", "--prefix"],
        &["a", "--for", "0s"],
        &["a", "--for", "1"],
        &["a", "--for", "2000d"],
        &["a", "--for", "1h", "--ip", "home"],
        &["a", "--for", "1h", "--base", "tv"],
        &["a", "--for", "1h", "--port", "1"],
    ] {
        let outcome = sign_command(&folder, args);
        assert_eq!(
            (outcome.code, &*outcome.stdout),
            (Some(2), ""),
            "{args:?}: {outcome:?}"
        );
        assert_eq!(outcome.stderr.lines().count(), 1, "{args:?}: {outcome:?}");
    }
    let mut command = bare();
    command.args(["sign", "a", "--for", "1h"]);
    assert_eq!(run(command).code, Some(2), "no keys");
}

#[test]
fn its_help() {
    let mut command = bare();
    command.args(["sign", "--help"]);
    let outcome = run(command);
    assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""));
    for word in [
        "reeld sign PATH",
        "--for TIME",
        "--prefix",
        "--ip ADDR",
        "--base URL",
        "--sign-key-file",
    ] {
        assert!(outcome.stdout.contains(word), "{}", outcome.stdout);
    }
}

/// A folder may be called so.
#[test]
fn a_folder_called_sign() {
    let folder = Folder::new();
    folder.write("sign/a.mp4", "inside");
    let mut command = reeld();
    command.current_dir(folder.videos()).arg("./sign");
    let server = Server::spawn(command, folder, Pipes::Drained);
    assert_eq!(server.get("/video/a.mp4", &[]).text(), "inside");
}
