//! Owns what shells complete: every option with its help, and the values that are known.
//! Knows nothing of what was typed.

use std::fmt::Write as _;

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

/// What can stand behind an option.
enum Offer {
    /// Nothing: it is a switch.
    Nothing,
    /// Something that nobody can guess.
    Anything,
    Files,
    Words(String),
    /// Names that a `=` follows.
    Names(String),
}

impl Row {
    fn offer(&self) -> Offer {
        match self.value {
            "" => Offer::Nothing,
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
}

fn bash() -> String {
    let mut out = String::from(
        "# What bash completes for reeld: source it, or keep it as /etc/bash_completion.d/reeld.\n\
         _reeld() {\n  \
         local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]}\n  \
         # --option=word comes as three words.\n  \
         if [[ $word == = ]]; then word=; elif [[ $option == = ]]; then option=${COMP_WORDS[COMP_CWORD-2]}; fi\n  \
         COMPREPLY=()\n  case $option in\n",
    );
    const FILES: &str = "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen";
    let mut options = String::new();
    for row in ROWS {
        let mut names = String::new();
        if let Some(letter) = row.short {
            _ = write!(names, "-{letter} ");
        }
        _ = write!(names, "--{}", row.long);
        _ = write!(options, "{names} ");
        let reply = match row.offer() {
            Offer::Nothing => continue,
            Offer::Anything => String::new(),
            Offer::Files => format!("{FILES} -f -- \"$word\")"),
            Offer::Words(words) => format!("COMPREPLY=($(compgen -W '{words}' -- \"$word\"))"),
            Offer::Names(names) => format!(
                "compopt -o nospace 2>/dev/null; COMPREPLY=($(compgen -S = -W '{names}' -- \"$word\"))"
            ),
        };
        _ = writeln!(out, "    {}) {reply} ;;", names.replace(' ', "|"));
    }
    _ = write!(
        out,
        "    *) if [[ $word == -* ]]; then COMPREPLY=($(compgen -W '{options}' -- \"$word\"))\n      \
         else {FILES} -d -- \"$word\"); fi ;;\n  esac\n}}\ncomplete -F _reeld reeld\n"
    );
    out
}

fn zsh() -> String {
    let mut out = String::from(
        "#compdef reeld\n# What zsh completes for reeld: source it, or keep it as _reeld in a folder of $fpath.\n\
         _reeld() {\n  _arguments -s -S \\\n",
    );
    for row in ROWS {
        let action = match row.offer() {
            Offer::Nothing => None,
            Offer::Anything => Some(" ".to_owned()),
            Offer::Files => Some("_files".to_owned()),
            Offer::Words(words) => Some(format!("({words})")),
            Offer::Names(names) => Some(format!(" compadd -S = - {names}")),
        };
        let value = action.map(|action| format!(":{}:{action}", row.value.replace(':', "\\:")));
        let value = value.unwrap_or_default();
        let (long, help) = (row.long, row.help);
        let is_valued = !value.is_empty();
        if let Some(letter) = row.short {
            let sign = if is_valued { "+" } else { "" };
            let spec = format!("*-{letter}{sign}[{help}]{value}");
            _ = writeln!(out, "    {} \\", quoted(&spec, "'\\''"));
        }
        let sign = if is_valued { "=" } else { "" };
        let spec = format!("*--{long}{sign}[{help}]{value}");
        _ = writeln!(out, "    {} \\", quoted(&spec, "'\\''"));
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
        _ = write!(out, "complete -c reeld -l {}", row.long);
        if let Some(letter) = row.short {
            _ = write!(out, " -s {letter}");
        }
        match row.offer() {
            Offer::Nothing => {}
            Offer::Anything => out.push_str(" -x"),
            Offer::Files => out.push_str(" -r -F"),
            Offer::Words(words) => _ = write!(out, " -x -a '{words}'"),
            Offer::Names(names) => {
                _ = write!(out, " -x -a '{}='", names.replace(' ', "= "));
            }
        }
        _ = writeln!(out, " -d {}", quoted(row.help, "\\'"));
    }
    out
}

/// In single quotes, which each shell lets one out of in its own way.
fn quoted(text: &str, quote: &str) -> String {
    format!("'{}'", text.replace('\'', quote))
}
