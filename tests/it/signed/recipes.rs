//! The recipes of `docs/signing.md`: run out of that page, and compared with `reeld sign`.

use super::*;
use crate::server::{Outcome, tidy};

const PAGE: &str = include_str!("../../../docs/signing.md");

/// The blocks of code of one language.
fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    let found = PAGE.split(&begin).skip(1);
    found
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

/// A program with its arguments, where the keys are.
fn ran(server: &Server, program: &str, script: &str, args: &[&str]) -> Outcome {
    let mut command = Command::new(program);
    tidy(&mut command);
    command
        .current_dir(server.folder().outside("."))
        .arg(script)
        .args(args);
    command.env("REELD_SIGN_KEY", format!("{KEY}\n"));
    run(command)
}

#[test]
fn each_recipe_signs_as_we_do() {
    let server = start(&[], shows);
    // The page says: the first line.
    fs::write(
        server.folder().outside("keys"),
        format!("{KEY}\n{OLD_KEY}\n"),
    )
    .unwrap();
    let [shell] = blocks("bash")[..] else {
        panic!("one recipe in bash")
    };
    let [python] = blocks("python")[..] else {
        panic!("one recipe in Python")
    };
    let [node, web] = blocks("js")[..] else {
        panic!("two recipes in JavaScript")
    };
    let recipes = [
        ("bash", "sign.sh", shell),
        ("python3", "sign.py", python),
        ("node", "sign.mjs", node),
        ("node", "web.mjs", web),
    ];
    for (.., name, text) in recipes {
        assert!(
            text.lines().count() <= 12,
            "{name} has more than about ten lines"
        );
        fs::write(server.folder().outside(name), text).unwrap();
    }
    for (args, path, address) in [
        (&["shows/one/e1.mp4"][..], "shows/one/e1.mp4", ""),
        (&["a b/é 100%.mp4"], "a b/é 100%.mp4", ""),
        (&["shows/one", "--prefix"], "shows/one", ""),
        (&["", "--prefix"], "", ""),
        (&["a.mp4", "--ip", "127.0.0.1"], "a.mp4", "127.0.0.1"),
        (
            &["shows", "--prefix", "--ip", "2001:db8::1"],
            "shows",
            "2001:db8::1",
        ),
    ] {
        let args = [args, &["--for", "2h"]].concat();
        let printed = printed(&server, &args);
        let (base, _) = printed[0].split_once("/video/").unwrap();
        let claim = base["/s/".len()..].split('.').next().unwrap();
        for (program, name, _) in recipes {
            let outcome = ran(&server, program, name, &[path, claim, address]);
            assert_eq!(
                outcome.stdout.trim_end(),
                base,
                "{name} {path}: {outcome:?}"
            );
        }
        if address.is_empty() && args[1] != "--prefix" {
            let outcome = ran(&server, "python3", "sign.py", &[path, claim]);
            assert_eq!(
                outcome.stdout.trim_end(),
                base,
                "without an address: {outcome:?}"
            );
        }
        assert_eq!(base, sign_with(KEY, claim, path, address));
    }
}
