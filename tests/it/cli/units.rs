//! What lies in `dist`, and the Dockerfile: what a machine that runs them would make of them, as far as it can be asked.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::process::Command;

use crate::server::{Folder, PROGRAM, bare, run};

const FILES: [&str; 3] = ["dist/reeld.service", "dist/reeld.socket", "Dockerfile"];

fn text(name: &str) -> String {
    fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A variable that is named there is one that the server reads, and an option one that it has.
#[test]
fn they_name_what_there_is() {
    let mut command = bare();
    command.arg("--help");
    let help = run(command).stdout;
    for file in FILES {
        let text = text(file);
        let words =
            text.split(|letter: char| !letter.is_ascii_alphanumeric() && !"_-".contains(letter));
        for word in words {
            let option = match word.strip_prefix("REELD_") {
                Some("DIR") => continue,
                Some(name) => format!("--{}", name.to_ascii_lowercase().replace('_', "-")),
                None if file != "Dockerfile" && word.starts_with("--") => word.to_owned(),
                None => continue,
            };
            assert!(help.contains(&format!("{option} ")), "{file} names {word}");
        }
    }
}

/// The health check is the one that the tests of `--healthcheck` run.
#[test]
fn the_image_asks_for_health() {
    let text = text("Dockerfile");
    assert!(text.contains("HEALTHCHECK CMD [\"/reeld\", \"--healthcheck\"]"));
    assert!(text.contains("USER 65534:65534") && text.contains("FROM scratch"));
}

/// What `systemd-analyze` says; nothing where it is not installed, which is said past the harness.
fn analyzed(args: &[&str]) -> Option<String> {
    match Command::new("systemd-analyze").args(args).output() {
        Ok(output) => {
            let all = [output.stdout, output.stderr].concat();
            let all = String::from_utf8_lossy(&all).into_owned();
            assert!(output.status.success(), "{args:?}: {all}");
            Some(all)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            _ = writeln!(
                std::io::stderr(),
                "skipped: systemd-analyze is not installed"
            );
            None
        }
        Err(error) => panic!("systemd-analyze: {error}"),
    }
}

/// systemd finds nothing to complain of, and finds it hardened.
#[test]
fn units() {
    let Some(version) = analyzed(&["--version"]) else {
        return;
    };
    let version: u32 = version.split(' ').nth(1).unwrap().parse().unwrap();
    let folder = Folder::new();
    // The program is not installed, nor is its manual page.
    let mut service = text("dist/reeld.service").replace("/usr/local/bin/reeld", PROGRAM);
    service = service.replace("Documentation=man:reeld(1)\n", "");
    if version < 253 {
        service = service.replace("Type=notify-reload", "Type=notify");
    }
    let [service_path, socket_path] = ["reeld.service", "reeld.socket"]
        .map(|name| folder.outside(name).to_str().unwrap().to_owned());
    fs::write(&service_path, service).unwrap();
    fs::write(&socket_path, text("dist/reeld.socket")).unwrap();
    let complaints = analyzed(&["verify", &service_path, &socket_path]).unwrap();
    // Other units of this machine may have faults of their own.
    assert!(!complaints.contains("reeld"), "{complaints}");
    // In tenths: how much it could do if it were taken over.
    analyzed(&[
        "security",
        "--offline=true",
        "--threshold=15",
        &service_path,
    ]);
}
