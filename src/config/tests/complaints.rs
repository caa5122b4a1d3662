//! Every line that a wrong option is answered with.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::{Variables, command, read};

fn complaint(args: &[&str], variables: Variables<'_>) -> String {
    match command(args, variables) {
        Err(why) => why,
        Ok(command) => panic!("{args:?} {variables:?}: {command:?}"),
    }
}

#[test]
fn about_words_and_numbers() {
    for (args, why) in [
        (&["--colour"][..], "invalid option '--colour'"),
        (&["-x"], "invalid option '-x'"),
        (&["a", "b"], "more than one folder was named"),
        (&["--port"], "missing argument for option '--port'"),
        (&["-p"], "missing argument for option '-p'"),
        (
            &["--quiet=yes"],
            "unexpected argument for option '--quiet': \"yes\"",
        ),
        (&["--port", "http"], "--port: 'http' is not a number"),
        (&["--port", ""], "--port: '' is not a number"),
        (&["--port", "-1"], "--port: '-1' is not a number"),
        (
            &["--port", "65536"],
            "--port: 65536 is not a port (0 to 65535)",
        ),
        (&["--workers", "0"], "--workers: 0 is not from 1 to 64"),
        (&["--workers", "65"], "--workers: 65 is not from 1 to 64"),
        (&["--workers", "many"], "--workers: 'many' is not a number"),
        (&["--grace", "soon"], "--grace: 'soon' is not a number"),
        (&["--max-age", "1h"], "--max-age: '1h' is not a number"),
        (
            &["--cdn-max-age", "1h"],
            "--cdn-max-age: '1h' is not a number",
        ),
        (
            &["--reply-max", "0"],
            "--reply-max: at least one byte must be sent",
        ),
    ] {
        assert_eq!(complaint(args, &[]), why, "{args:?}");
    }
}

#[test]
fn about_values() {
    for (args, why) in [
        (
            &["--access-format", "xml"][..],
            "--access-format: 'xml' is not common, combined or json",
        ),
        (
            &["--limit", "ranges_max"],
            "--limit: 'ranges_max' is not NAME=VALUE",
        ),
        (
            &["--limit", "x=1"],
            "--limit: there is no limit 'x' (see --limits)",
        ),
        (
            &["--limit", "ranges_max=0"],
            "--limit: ranges_max must be from 1 to 64, not 0",
        ),
        (
            &["--limit", "ranges_max=few"],
            "--limit: 'few' is not a size, e.g. 512K or 1M",
        ),
        (
            &["--sandbox", "yes"],
            "--sandbox: 'yes' is not on, off or require",
        ),
        (
            &["--user", "54321"],
            "--user: name a group as well, as in 54321:GROUP",
        ),
        (
            &["--header", "X-One"],
            "--header: 'X-One' is not 'NAME: VALUE'",
        ),
        (&["--header", ": 1"], "--header: '' cannot be a field name"),
        (
            &["--header", "X One: 1"],
            "--header: 'X One' cannot be a field name",
        ),
        (
            &["--header", "X\r\nY: 1"],
            "--header: 'X\r\nY' cannot be a field name",
        ),
        (
            &["--header", "Date: now"],
            "--header: Date is the server's own to say",
        ),
        (
            &["--header", "ETAG: \"a\""],
            "--header: ETAG is the server's own to say",
        ),
        (
            &["--header", "X: a\r\nY: b"],
            "--header: the value of X has bytes that no field can carry",
        ),
        (
            &["--bind", "example.org"],
            "--bind: 'example.org' is no address, e.g. 127.0.0.1 or [::1]:8080",
        ),
        (
            &["--bind", "127.0.0.1:http"],
            "--bind: '127.0.0.1:http' is no address, e.g. 127.0.0.1 or [::1]:8080",
        ),
        (
            &["--bind", "127.0.0.1:65536"],
            "--bind: '127.0.0.1:65536' is no address, e.g. 127.0.0.1 or [::1]:8080",
        ),
    ] {
        assert_eq!(complaint(args, &[]), why, "{args:?}");
    }
}

#[test]
fn about_origins() {
    for origin in [
        "a.example",
        "https://",
        "://a",
        "https://a.example/",
        "https://a\r\nX: b",
    ] {
        let why = format!("--cors: '{origin}' is no origin, e.g. https://example.org");
        assert_eq!(complaint(&["--cors", origin], &[]), why);
    }
}

/// A complaint names what the user wrote: the flag or the variable.
#[test]
fn complaints_about_variables() {
    for (name, value, why) in [
        ("REELD_PORT", "http", "REELD_PORT: 'http' is not a number"),
        ("REELD_GRACE", " ", "REELD_GRACE: ' ' is not a number"),
        ("REELD_WORKERS", "x", "REELD_WORKERS: 'x' is not a number"),
    ] {
        assert_eq!(complaint(&[], &[(name, value)]), why);
    }
    for name in ["REELD_PORT", "REELD_QUIET", "REELD_BIND", "REELD_HEADER"] {
        let raw = |asked: &str| (asked == name).then(|| OsString::from_vec(vec![0xff]));
        let why = read([], raw).unwrap_err();
        assert_eq!(why, format!("{name}: the value is not text"));
    }
    let raw = [OsString::from("--port"), OsString::from_vec(vec![0xff])];
    let why = read(raw, |_| None).unwrap_err();
    assert_eq!(why, "port: the value is not text");
}

/// Whichever line of complaint: it says what it is about.
#[test]
fn a_complaint_about_a_size_names_its_flag() {
    assert_eq!(
        complaint(&["--reply-max", "much"], &[]),
        "--reply-max: 'much' is not a size, e.g. 512K or 1M"
    );
}

#[test]
fn a_complaint_about_port_names_port() {
    assert_eq!(
        complaint(&[], &[("PORT", "http")]),
        "PORT: 'http' is not a number"
    );
}

/// Many tools pass a variable on that nobody has set.
#[test]
fn an_empty_variable_is_not_set() {
    for empty in [
        "PORT",
        "REELD_PORT",
        "REELD_GRACE",
        "REELD_BIND",
        "REELD_WORKERS",
    ] {
        let command = read([], |name| (name == empty).then(OsString::new));
        assert!(
            matches!(command, Ok(super::super::Command::Serve(_))),
            "{empty}: {command:?}"
        );
    }
}
