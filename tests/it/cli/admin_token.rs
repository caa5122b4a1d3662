//! `--admin-token`: from a file, or from a variable; wrong ones are told at the start.

use super::assert_fails;
use crate::server::{Folder, Outcome, Pipes, Server, bare, reeld, run};

/// What a start with this flag and this variable comes to, which fails before anything is opened.
fn outcome(file: Option<&str>, variable: Option<&str>) -> Outcome {
    let mut command = bare();
    if let Some(file) = file {
        command.args(["--admin-token", file]);
    }
    if let Some(token) = variable {
        command.env("REELD_ADMIN_TOKEN", token);
    }
    run(command)
}

#[test]
fn a_file_that_holds_no_token() {
    let folder = Folder::new();
    for (bytes, why) in [
        (&b""[..], "8 characters"),
        (b"  short \n", "8 characters"),
        (b"one line\nand another", "one line"),
        (b"\xff\xfe not text at all", "cannot read"),
        (&[b'x'; 5_000], "one line"),
    ] {
        folder.write("token", bytes);
        let path = folder.path("token");
        let outcome = outcome(path.to_str(), None);
        assert_fails(&outcome, 2, why);
        for word in ["--admin-token", why, path.to_str().unwrap()] {
            assert!(outcome.stderr.contains(word), "{word}: {outcome:?}");
        }
        assert!(!outcome.stderr.contains("another"), "{outcome:?}");
    }
    for missing in [folder.path("none"), folder.videos()] {
        let outcome = outcome(missing.to_str(), None);
        assert_fails(&outcome, 2, "no such file");
        assert!(outcome.stderr.contains("cannot read"), "{outcome:?}");
    }
}

/// The variable is the token itself; its error names it and does not show the token.
#[test]
fn a_variable_that_is_no_token() {
    let outcome = outcome(None, Some("tiny"));
    assert_fails(&outcome, 2, "a short token");
    assert!(outcome.stderr.contains("REELD_ADMIN_TOKEN"), "{outcome:?}");
    assert!(!outcome.stderr.contains("tiny"), "{outcome:?}");
}

/// A flag wins, also over a variable that is wrong; an empty variable is none.
#[test]
fn tokens_that_are_taken() {
    for (file, variable) in [
        (Some("correct horse\n"), None),
        (Some("correct horse"), Some("tiny")),
        (None, Some("correct horse")),
        (None, Some("")),
    ] {
        let folder = Folder::new();
        folder.write("a.mp4", "inside");
        let mut command = reeld();
        if let Some(token) = file {
            std::fs::write(folder.outside("token"), token).unwrap();
            command.arg("--admin-token").arg(folder.outside("token"));
        }
        command.envs(variable.map(|token| ("REELD_ADMIN_TOKEN", token)));
        command.arg("-vv").arg(folder.videos());
        let server = Server::spawn(command, folder, Pipes::Drained);
        assert_eq!(server.get("/video/a.mp4", &[]).text(), "inside");
        let printed = server.stdout() + &server.stderr();
        assert!(!printed.contains("correct horse"), "{printed}");
    }
}
