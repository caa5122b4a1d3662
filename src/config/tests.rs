//! What may be typed as a table: flags, variables, which of them wins, and every line of complaint.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use proptest::prelude::*;

use super::tell::man::man;
use super::typed::variable;
use super::values::{address, size};
use super::{Command, Config, ROWS, read};
use crate::limits::Limits;
use crate::net::journal::Place;
use crate::net::sandbox::Wish;
use crate::ops::access::Format;
use crate::site::Cors;
use crate::site::guard::Hosts;

mod complaints;

type Variables<'a> = &'a [(&'a str, &'a str)];

fn command(args: &[&str], variables: Variables<'_>) -> Result<Command, String> {
    let args = args.iter().map(OsString::from);
    read(args, |name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    })
}

fn config_with(args: &[&str], variables: Variables<'_>) -> Config {
    match command(args, variables) {
        Ok(Command::Serve(config)) => *config,
        other => panic!("{args:?} {variables:?}: {other:?}"),
    }
}

fn config(args: &[&str]) -> Config {
    config_with(args, &[])
}

fn printed(args: &[&str]) -> String {
    match command(args, &[]).unwrap() {
        Command::Print(text) => text,
        other @ (Command::Serve(_) | Command::Sign(_) | Command::AskHealth(..)) => {
            panic!("{args:?}: {other:?}")
        }
    }
}

fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn nothing_is_needed() {
    let config = config(&[]);
    assert_eq!(config.folder, Path::new("videos"));
    assert_eq!(config.port, 8080);
    assert!(config.binds.is_empty());
    assert!((1..=4).contains(&config.workers));
    assert!(!config.follow_links && !config.is_quiet && !config.draws_code);
    assert_eq!(config.sandbox, Wish::On);
    assert_eq!(config.user, None);
    assert_eq!(config.access_log, None);
    assert_eq!(config.access_format, Format::Combined);
    assert_eq!(config.grace_secs, 30);
    assert_eq!(config.level, log::LevelFilter::Warn);
    assert_eq!(config.site.limits, Limits::default());
    assert_eq!(config.site.cors, Cors::Off);
    assert_eq!(config.site.hosts, Hosts::Only(Vec::new()));
    assert_eq!(config.site.max_age_secs, None);
    assert_eq!(config.site.cdn_max_age_secs, None);
    assert_eq!(config.site.reply_bytes_max, None);
    assert!(config.site.extra_fields.is_empty());
    assert!(!config.site.is_logged);
    assert!(config.site.admin_token.is_none());
}

#[test]
fn ports() {
    for (args, port) in [
        (&["-p", "81"][..], 81),
        (&["-p81"], 81),
        (&["-p=81"], 81),
        (&["--port", "81"], 81),
        (&["--port=81"], 81),
        (&["--port", "0"], 0),
        (&["--port", "65535"], 65_535),
        (&["--port", "1", "--port", "2"], 2),
    ] {
        assert_eq!(config(args).port, port, "{args:?}");
    }
}

#[test]
fn walls() {
    for (args, variables, wish) in [
        (&["--sandbox", "off"][..], &[][..], Wish::Off),
        (&["--sandbox=on"], &[], Wish::On),
        (
            &["--sandbox", "off", "--sandbox", "require"],
            &[],
            Wish::Require,
        ),
        (&[], &[("REELD_SANDBOX", "require")], Wish::Require),
        (&["--sandbox", "on"], &[("REELD_SANDBOX", "off")], Wish::On),
    ] {
        assert_eq!(config_with(args, variables).sandbox, wish, "{args:?}");
    }
    let user = config_with(&[], &[("REELD_USER", "54321:54322")]).user;
    assert_eq!(user.unwrap().name(), "54321");
}

#[test]
fn folders() {
    for (args, variables, folder) in [
        (&["films"][..], &[][..], "films"),
        (&["-p", "1", "films", "-q"], &[], "films"),
        (&["--", "--films"], &[], "--films"),
        (&[], &[("REELD_DIR", "other")], "other"),
        (&["films"], &[("REELD_DIR", "other")], "films"),
    ] {
        let found = config_with(args, variables).folder;
        assert_eq!(found, Path::new(folder), "{args:?}");
    }
    // A name of a folder is bytes, not text.
    let raw = OsString::from_vec(b"f\xff".to_vec());
    match read([raw.clone()], |_| None) {
        Ok(Command::Serve(config)) => assert_eq!(config.folder.as_os_str(), raw),
        other => panic!("{other:?}"),
    }
}

#[test]
fn binds() {
    for (text, bound) in [
        ("127.0.0.1", "127.0.0.1:9"),
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("127.0.0.1:0", "127.0.0.1:0"),
        ("0.0.0.0", "0.0.0.0:9"),
        ("::1", "[::1]:9"),
        ("[::1]", "[::1]:9"),
        ("[::1]:80", "[::1]:80"),
        ("::", "[::]:9"),
        (":80", "[::]:80"),
        ("*", "[::]:9"),
        ("*:80", "[::]:80"),
        ("localhost", "127.0.0.1:9"),
        ("localhost:80", "127.0.0.1:80"),
        ("fe80::1%2", "-"),
    ] {
        let found = address(text, 9).ok();
        assert_eq!(found, bound.parse().ok(), "{text}");
    }
    // Flags may stand before the port that they use.
    let both = config(&["-b", "127.0.0.1", "-p", "9", "--bind=[::1]:80"]);
    assert_eq!(both.binds, addresses(&["127.0.0.1:9", "[::1]:80"]));
    let both = config_with(&[], &[("REELD_BIND", "127.0.0.1, [::1]:80"), ("PORT", "9")]);
    assert_eq!(both.binds, addresses(&["127.0.0.1:9", "[::1]:80"]));
}

#[test]
fn what_replies_need() {
    let site = config(&[
        "--reply-max",
        "1M",
        "--max-age=60",
        "--cdn-max-age",
        "3600",
        "--header",
        "X-One: 1",
        "--header",
        "x-two:  a: b\t ",
        "--header",
        "X-Empty:",
        "--limit",
        "ranges_max=2",
        "--limit=discard_bytes_max=1K",
        "--access-log",
        "-",
    ])
    .site;
    assert_eq!(site.reply_bytes_max, Some(1 << 20));
    assert_eq!(site.max_age_secs, Some(60));
    assert_eq!(site.cdn_max_age_secs, Some(3_600));
    let lines = String::from_utf8(site.extra_fields).unwrap();
    assert_eq!(lines, "X-One: 1\r\nx-two: a: b\r\nX-Empty: \r\n");
    let limits = Limits {
        ranges_max: 2,
        discard_bytes_max: 1_024,
        ..Limits::default()
    };
    assert_eq!(site.limits, limits);
    assert!(site.is_logged);
}

#[test]
fn origins() {
    let only = |origins: &[&str]| Cors::Only(origins.iter().map(ToString::to_string).collect());
    for (args, cors) in [
        (&["--cors", "*"][..], Cors::Any),
        (&["--cors", "https://a.example", "--cors=*"], Cors::Any),
        (
            &["--cors", "https://a.example"],
            only(&["https://a.example"]),
        ),
        (
            &["--cors", "http://tv:8080", "--cors", "null"],
            only(&["http://tv:8080", "null"]),
        ),
    ] {
        assert_eq!(config(args).site.cors, cors, "{args:?}");
    }
    let listed = config_with(
        &[],
        &[("REELD_CORS", "https://a.example, https://b.example")],
    );
    assert_eq!(
        listed.site.cors,
        only(&["https://a.example", "https://b.example"])
    );
}

#[test]
fn logs() {
    for (args, place, format) in [
        (&["--access-log", "off"][..], None, Format::Combined),
        (
            &["--access-log", "-"],
            Some(Place::Stdout),
            Format::Combined,
        ),
        (
            &["--access-log", "a.log", "--access-format", "json"],
            Some(Place::File("a.log".into())),
            Format::Json,
        ),
        (
            &[
                "--access-log",
                "-",
                "--access-log",
                "off",
                "--access-format=common",
            ],
            None,
            Format::Common,
        ),
    ] {
        let config = config(args);
        assert_eq!(config.site.is_logged, place.is_some(), "{args:?}");
        assert_eq!(
            (config.access_log, config.access_format),
            (place, format),
            "{args:?}"
        );
    }
    for (args, level) in [
        (&["-v"][..], log::LevelFilter::Info),
        (&["-vv"], log::LevelFilter::Debug),
        (&["--verbose", "-v", "-v"], log::LevelFilter::Debug),
        (&["-q"], log::LevelFilter::Error),
        (&["-q", "-v"], log::LevelFilter::Error),
    ] {
        assert_eq!(config(args).level, level, "{args:?}");
    }
    assert!(config(&["--quiet"]).is_quiet);
}

#[test]
fn hosts() {
    let only = |names: &[&str]| Hosts::Only(names.iter().map(|&name| name.to_owned()).collect());
    for (args, hosts) in [
        (&[][..], only(&[])),
        (&["--host", "tv"], only(&["tv"])),
        (
            &["--host", "tv", "--host=films.example.org"],
            only(&["tv", "films.example.org"]),
        ),
        (&["--host", "tv", "--host", "*"], Hosts::Any),
    ] {
        assert_eq!(config(args).site.hosts, hosts, "{args:?}");
    }
    let listed = config_with(&[], &[("REELD_HOST", "tv, films.example.org")]);
    assert_eq!(listed.site.hosts, only(&["tv", "films.example.org"]));
}

#[test]
fn a_flag_wins_over_its_variable() {
    for (args, variables, port) in [
        (&[][..], &[("REELD_PORT", "1")][..], 1),
        (&[], &[("PORT", "2")], 2),
        (&[], &[("PORT", "2"), ("REELD_PORT", "1")], 1),
        (&["-p", "3"], &[("PORT", "2"), ("REELD_PORT", "1")], 3),
        (&["-p", "3"], &[("REELD_PORT", "no number")], 3),
    ] {
        assert_eq!(
            config_with(args, variables).port,
            port,
            "{args:?} {variables:?}"
        );
    }
    // A list on the command line replaces the variable's, it is not added.
    let variables = [("REELD_BIND", "127.0.0.1:1"), ("REELD_CORS", "*")];
    let found = config_with(&["-b", "[::1]:2", "--cors", "null"], &variables);
    assert_eq!(found.binds, addresses(&["[::1]:2"]));
    assert_eq!(found.site.cors, Cors::Only(vec!["null".to_owned()]));
}

#[test]
fn every_option_is_a_variable() {
    assert_eq!(variable("cdn-max-age"), "REELD_CDN_MAX_AGE");
    let found = config_with(
        &[],
        &[
            ("REELD_WORKERS", "3"),
            ("REELD_REPLY_MAX", "512K"),
            ("REELD_MAX_AGE", "1"),
            ("REELD_CDN_MAX_AGE", "2"),
            ("REELD_HEADER", "X-One: a, b"),
            ("REELD_ACCESS_LOG", "-"),
            ("REELD_ACCESS_FORMAT", "json"),
            ("REELD_GRACE", "4"),
            ("REELD_LIMIT", "ranges_max=2, fields_max=5"),
            ("REELD_FOLLOW_LINKS", "1"),
            ("REELD_ADMIN_TOKEN", "correct horse"),
            ("REELD_QR", "yes"),
        ],
    );
    let token = found.site.admin_token.expect("a token");
    assert!(token.matches(b"correct horse") && found.draws_code);
    assert_eq!((found.workers, found.grace_secs), (3, 4));
    assert_eq!(found.site.reply_bytes_max, Some(512 << 10));
    assert_eq!(found.site.max_age_secs, Some(1));
    assert_eq!(found.site.cdn_max_age_secs, Some(2));
    assert_eq!(found.site.extra_fields, b"X-One: a, b\r\n");
    assert_eq!(found.access_log, Some(Place::Stdout));
    assert_eq!(found.access_format, Format::Json);
    assert_eq!(found.site.limits.ranges_max, 2);
    assert_eq!(found.site.limits.fields_max, 5);
    assert!(found.follow_links);
}

#[test]
fn switches_as_variables() {
    for (value, is_on) in [
        ("1", true),
        ("true", true),
        ("yes", true),
        ("", false),
        ("0", false),
        ("false", false),
        ("no", false),
    ] {
        let variables = [("REELD_FOLLOW_LINKS", value), ("REELD_QUIET", value)];
        let found = config_with(&[], &variables);
        assert_eq!(
            (found.follow_links, found.is_quiet),
            (is_on, is_on),
            "{value}"
        );
    }
}

#[test]
fn texts_to_print() {
    for args in [&["-h"][..], &["--help"], &["-p", "bad", "--help"]] {
        let text = printed(args);
        for row in ROWS {
            assert!(text.contains(&format!("--{} ", row.long)), "{}", row.long);
            assert!(text.contains(row.help), "{}", row.long);
        }
    }
    for args in [["-V"], ["--version"]] {
        assert_eq!(
            printed(&args),
            format!("reeld {}\n", env!("CARGO_PKG_VERSION"))
        );
    }
    let text = printed(&["--limits", "--limit", "ranges_max=3"]);
    for (name, _, unit, why) in Limits::default().rows() {
        assert!(
            text.contains(name) && text.contains(unit) && text.contains(why),
            "{name}"
        );
    }
    let row = text
        .lines()
        .find(|line| line.starts_with("ranges_max"))
        .unwrap();
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(
        words[..3],
        ["ranges_max", "3", "ranges"],
        "the bounds in force"
    );
}

#[test]
fn where_it_listens_was_said() {
    for (args, variables, by) in [
        (&[][..], &[][..], None),
        (&[], &[("PORT", "1")], None),
        (&["-p", "1"], &[], Some("--port")),
        (&["-p", "1"], &[("PORT", "1")], Some("--port")),
        (&[], &[("REELD_PORT", "1")], Some("REELD_PORT")),
        (&["-b", "::1", "-p", "1"], &[], Some("--bind")),
        (&[], &[("REELD_BIND", "::1")], Some("REELD_BIND")),
    ] {
        let found = config_with(args, variables).placed_by;
        assert_eq!(found.as_deref(), by, "{args:?} {variables:?}");
    }
}

#[test]
fn whom_health_is_asked_of() {
    for (args, variables, asked) in [
        (&[][..], &[][..], &["127.0.0.1:8080"][..]),
        (&[], &[("PORT", "81")], &["127.0.0.1:81"]),
        (&[], &[("REELD_BIND", "[::1]:81")], &["[::1]:81"]),
        (&["-b", "*", "-p", "81", "films"], &[], &["127.0.0.1:81"]),
        (
            &["-b", "0.0.0.0:81", "-b", "10.0.0.7:82"],
            &[],
            &["127.0.0.1:81", "10.0.0.7:82"],
        ),
    ] {
        let args: Vec<&str> = args.iter().copied().chain(["--healthcheck"]).collect();
        let Ok(Command::AskHealth(found, patience)) = command(&args, variables) else {
            panic!("{args:?} does not ask");
        };
        assert_eq!(found, addresses(asked), "{args:?}");
        assert_eq!(patience.as_secs(), 5);
    }
    let why = command(&["--healthcheck", "-p", "0"], &[]).unwrap_err();
    assert!(why.contains("not 0"), "{why}");
    // It is asked by somebody; as a setting it would turn a server into a question.
    assert!(matches!(
        command(&[], &[("REELD_HEALTHCHECK", "1")]),
        Ok(Command::Serve(_))
    ));
}

/// What a value is called says what a shell offers for it.
#[test]
fn what_shells_offer() {
    for shell in ["bash", "zsh", "fish"] {
        let text = printed(&["--completions", shell]);
        for row in ROWS {
            assert!(text.contains(row.long), "{shell}: {}", row.long);
            let words = row.value.replace('|', " ");
            assert!(
                !row.value.contains('|') || text.contains(&words),
                "{shell}: {}",
                row.long
            );
        }
        assert!(text.contains("ranges_max"), "{shell}");
    }
    let why = command(&["--completions", "csh"], &[]).unwrap_err();
    assert_eq!(why, "--completions: 'csh' is not bash, zsh or fish");
}

#[test]
fn sizes() {
    for (text, bytes) in [
        ("0", 0),
        ("1500", 1_500),
        ("1k", 1 << 10),
        ("64K", 64 << 10),
        ("1M", 1 << 20),
        ("2m", 2 << 20),
        ("3G", 3 << 30),
        ("18446744073709551615", u64::MAX),
        ("17179869183G", 17_179_869_183 << 30),
    ] {
        assert_eq!(size(text), Ok(bytes), "{text}");
    }
    for text in [
        "",
        "K",
        "1KK",
        "1KB",
        "1 K",
        "K1",
        "1.5M",
        "-1",
        "1T",
        "0x10",
        "one",
        "18446744073709551616",
        "17179869184G",
    ] {
        let why = format!("'{text}' is not a size, e.g. 512K or 1M");
        assert_eq!(size(text), Err(why), "{text}");
    }
}

proptest! {
    #[test]
    fn any_words_are_understood_or_refused_in_one_line(
        words in prop::collection::vec("(--?)?[a-z]{0,12}(=[ -~]{0,8})?|[ -~]{0,10}", 0..6),
    ) {
        if let Err(why) = command(&words.iter().map(String::as_str).collect::<Vec<_>>(), &[]) {
            prop_assert_eq!(why.lines().count(), 1, "{}", why);
        }
    }

    /// A field from the command line can never break a head in two.
    #[test]
    fn extra_fields_are_whole_lines(field in "[ -~\r\n\t\0]{0,20}: ?[ -~\r\n\t\0\u{e9}]{0,20}") {
        if let Ok(Command::Serve(config)) = command(&["--header", &field], &[]) {
            let lines = config.site.extra_fields;
            let feeds = lines.iter().filter(|&&byte| byte == b'\n').count();
            prop_assert_eq!(feeds, 1);
            prop_assert!(lines.ends_with(b"\r\n") && !lines.starts_with(b"\r"));
        }
    }

    #[test]
    fn addresses_are_read_back(ip: u32, port: u16) {
        let written = SocketAddr::from((std::net::Ipv4Addr::from(ip), port));
        prop_assert_eq!(address(&written.to_string(), 1), Ok(written));
    }
}

#[test]
fn the_manual_page_names_every_option() {
    let page = man();
    for row in ROWS {
        let name = row.long.replace('-', "\\-");
        assert!(page.contains(&format!("\\fB\\-\\-{name}\\fR")), "{name}");
    }
    assert!(page.starts_with(".TH REELD 1"));
    assert!(page.lines().all(|line| !line.starts_with('\'')), "{page}");
}
