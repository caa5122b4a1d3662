//! What shells complete, asked of the shells themselves.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::process::Command;

use crate::server::{Folder, bare, run};

/// The script for a shell, in a file.
fn script(folder: &Folder, shell: &str) -> String {
    let mut command = bare();
    command.args(["--completions", shell]);
    let outcome = run(command);
    assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""), "{shell}");
    let path = folder.outside(&format!("reeld.{shell}"));
    fs::write(&path, outcome.stdout).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What a program prints; nothing if it is not installed, which is said past the harness.
fn printed(program: &str, args: &[&str]) -> Option<String> {
    match Command::new(program).args(args).output() {
        Ok(output) => {
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success() && stderr.is_empty(),
                "{program} {args:?}: {stderr}"
            );
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            _ = writeln!(std::io::stderr(), "skipped: {program} is not installed");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

/// Calls the function as bash does, with the words as bash splits them.
#[test]
fn bash() {
    let folder = Folder::new();
    folder.write("films/a film.mp4", "");
    folder.write("films/b.mp4", "");
    let script = script(&folder, "bash");
    let films = folder.path("films").to_str().unwrap().to_owned();
    let half = &films[..films.len() - 2];
    for (words, completed) in [
        (&["reeld", "--trans"][..], &["--transfer"][..]),
        (&["reeld", "--admin-token"], &["--admin-token"]),
        (&["reeld", "-q", "--cor"], &["--cors"]),
        (&["reeld", "--transfer", ""], &["copy", "splice"]),
        (&["reeld", "--transfer", "s"], &["splice"]),
        (&["reeld", "--transfer", "="], &["copy", "splice"]),
        (&["reeld", "--transfer", "=", "c"], &["copy"]),
        (&["reeld", "--access-format", "co"], &["common", "combined"]),
        (&["reeld", "--limit", "ranges"], &["ranges_max="]),
        (&["reeld", "-p", ""], &[]),
        (&["reeld", "--port", "8"], &[]),
        (&["reeld", half], &[&films]),
        (&["reeld", "--qr", half], &[&films]),
        (&["reeld", "--access-log", half], &[&films]),
        (
            &["reeld", "--access-log", &format!("{films}/")],
            &[&format!("{films}/a film.mp4"), &format!("{films}/b.mp4")],
        ),
    ] {
        let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let ask = format!(
            "source '{script}'; COMP_WORDS=({}); COMP_CWORD={}; _reeld; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            quoted.join(" "),
            words.len() - 1,
        );
        let Some(told) = printed("bash", &["--norc", "-c", &ask]) else {
            return;
        };
        let mut told: Vec<&str> = told.lines().filter(|line| !line.is_empty()).collect();
        let mut completed: Vec<&str> = completed.to_vec();
        told.sort_unstable();
        completed.sort_unstable();
        assert_eq!(told, completed, "{words:?}");
    }
    // Bash has been told for which command.
    let known = printed(
        "bash",
        &[
            "--norc",
            "-c",
            &format!("source '{script}'; complete -p reeld"),
        ],
    );
    assert!(known.is_none_or(|known| known.contains("-F _reeld reeld")));
}

/// Fish completes without a terminal when it is asked to.
#[test]
fn fish() {
    let folder = Folder::new();
    folder.write("films/a.mp4", "");
    let script = script(&folder, "fish");
    printed("fish", &["--no-config", "-n", &script]);
    for (line, completed) in [
        ("reeld --trans", &["--transfer"][..]),
        ("reeld --transfer ", &["copy", "splice"]),
        ("reeld --transfer=s", &["--transfer=splice"]),
        ("reeld --access-format j", &["json"]),
        ("reeld --limit ranges", &["ranges_max="]),
        ("reeld --port ", &[]),
    ] {
        let ask = format!("source '{script}'; complete -C '{line}'");
        let Some(told) = printed("fish", &["--no-config", "-c", &ask]) else {
            return;
        };
        let told: Vec<&str> = told
            .lines()
            .map(|line| line.split('\t').next().unwrap())
            .collect();
        assert_eq!(told, completed, "{line}");
    }
}

/// Zsh completes for a person at a terminal only; here it reads the script, and takes it as a completion.
#[test]
fn zsh() {
    let folder = Folder::new();
    let script = script(&folder, "zsh");
    printed("zsh", &["-f", "-n", &script]);
    let ask = format!(
        "autoload -U compinit; compinit -u -D; source '{script}'; print $_comps[reeld]; functions _reeld >/dev/null"
    );
    if let Some(told) = printed("zsh", &["-f", "-c", &ask]) {
        assert_eq!(told, "_reeld\n");
    }
}
