//! Owns what shells complete: every option with its help, and the values that are known.
//! Knows nothing of what was typed.

use crate::config::options::{ROWS, Row};
use crate::limits::Limits;

/// `--completions SHELL`.
pub(in crate::config) fn completions(shell: &str) -> Result<String, String> {
    match shell {
        "bash" => Ok(bash()),
        "zsh" => Ok(zsh()),
        "fish" => Ok(fish()),
        _ => Err(format!("--completions: '{shell}' is not bash, zsh or fish")),
    }
}

/// What can stand behind an option that has a value.
enum Offer {
    /// What nobody can guess.
    Anything,
    Files,
    Words(String),
    /// Names that a `=` follows.
    Names(String),
}

impl Row {
    fn offer(&self) -> Offer {
        match self.value {
            "FILE" => Offer::Files,
            "NAME=VALUE" => {
                let rows = Limits::default().rows();
                let names: Vec<_> = rows.into_iter().map(|(name, ..)| name).collect();
                Offer::Names(names.join(" "))
            }
            words if words.contains('|') => Offer::Words(words.replace('|', " ")),
            _ => Offer::Anything,
        }
    }

    /// `-p`, or nothing.
    fn short(&self) -> String {
        self.short
            .map_or_else(String::new, |letter| ['-', letter].iter().collect())
    }
}

fn bash() -> String {
    const FILES: &str = "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen";
    let mut out = String::from(
        "# What bash completes for reeld: source it, or keep it as /etc/bash_completion.d/reeld.\n\
         _reeld() {\n  \
         local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]}\n  \
         # --option=word comes as three words.\n  \
         if [[ $word == = ]]; then word=; elif [[ $option == = ]]; then option=${COMP_WORDS[COMP_CWORD-2]}; fi\n  \
         COMPREPLY=()\n  case $option in\n",
    );
    let mut options = String::new();
    for row in ROWS {
        let short = row.short();
        let between = if short.is_empty() { "" } else { "|" };
        put(&mut options, &[&short, " --", row.long, " "]);
        if row.value.is_empty() {
            continue;
        }
        put(&mut out, &["    ", &short, between, "--", row.long, ") "]);
        match row.offer() {
            Offer::Anything => {}
            Offer::Files => put(&mut out, &[FILES, " -f -- \"$word\")"]),
            Offer::Words(words) => {
                put(
                    &mut out,
                    &["COMPREPLY=($(compgen -W '", &words, "' -- \"$word\"))"],
                );
            }
            Offer::Names(names) => put(
                &mut out,
                &[
                    "compopt -o nospace 2>/dev/null; COMPREPLY=($(compgen -S = -W '",
                    &names,
                    "' -- \"$word\"))",
                ],
            ),
        }
        out.push_str(" ;;\n");
    }
    put(
        &mut out,
        &[
            "    *) if [[ $word == -* ]]; then COMPREPLY=($(compgen -W '",
            &options,
            "' -- \"$word\"))\n      else ",
            FILES,
            " -d -- \"$word\"); fi ;;\n  esac\n}\ncomplete -F _reeld reeld\n",
        ],
    );
    out
}

fn zsh() -> String {
    let mut out = String::from(
        "#compdef reeld\n# What zsh completes for reeld: source it, or keep it as _reeld in a folder of $fpath.\n\
         _reeld() {\n  _arguments -s -S \\\n",
    );
    for row in ROWS {
        let has_value = !row.value.is_empty();
        let signs = if has_value { ["+", "="] } else { ["", ""] };
        let mut tail = String::new();
        put(&mut tail, &["[", row.help, "]"]);
        if has_value {
            put(&mut tail, &[":", &row.value.replace(':', "\\:"), ":"]);
            match row.offer() {
                Offer::Anything => tail.push(' '),
                Offer::Files => tail.push_str("_files"),
                Offer::Words(words) => put(&mut tail, &["(", &words, ")"]),
                Offer::Names(names) => put(&mut tail, &[" compadd -S = - ", &names]),
            }
        }
        let tail = tail.replace('\'', "'\\''");
        let short = row.short();
        if !short.is_empty() {
            put(&mut out, &["    '*", &short, signs[0], &tail, "' \\\n"]);
        }
        put(&mut out, &["    '*--", row.long, signs[1], &tail, "' \\\n"]);
    }
    out.push_str(
        "    ':DIR:_files -/'\n}\n\
         if [[ $funcstack[1] == _reeld ]]; then _reeld \"$@\"; else compdef _reeld reeld; fi\n",
    );
    out
}

fn fish() -> String {
    let mut out = String::from(
        "# What fish completes for reeld: keep it as ~/.config/fish/completions/reeld.fish.\n\
         complete -c reeld -f -a '(__fish_complete_directories)'\n",
    );
    for row in ROWS {
        let short = row.short();
        let letter = short
            .strip_prefix('-')
            .map_or(["", ""], |letter| [" -s ", letter]);
        put(
            &mut out,
            &["complete -c reeld -l ", row.long, letter[0], letter[1]],
        );
        if !row.value.is_empty() {
            match row.offer() {
                Offer::Anything => out.push_str(" -x"),
                Offer::Files => out.push_str(" -r -F"),
                Offer::Words(words) => put(&mut out, &[" -x -a '", &words, "'"]),
                Offer::Names(names) => {
                    put(&mut out, &[" -x -a '", &names.replace(' ', "= "), "='"]);
                }
            }
        }
        put(&mut out, &[" -d '", &row.help.replace('\'', "\\'"), "'\n"]);
    }
    out
}

/// Appends one after another.
fn put(out: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| out.push_str(part));
}
