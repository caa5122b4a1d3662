//! Owns what shells complete: every option with its help, and the values that are known.
//! Knows nothing of what was typed.

use crate::config::options::{ROWS, Row};
use crate::limits::Limits;

/// How a shell is told, in templates: `%n` is an option's name or letter, `%h` its help, `%v` what its value is called,
/// `%o` what is offered for it, and in that `%w` are the words; in `foot`, `%o` is every option.
struct Shell {
    name: &'static str,
    head: &'static str,
    /// For an option with a value, and without one.
    by_letter: [&'static str; 2],
    by_name: [&'static str; 2],
    anything: &'static str,
    files: &'static str,
    words: &'static str,
    /// Between names that a `=` follows, which the templates above write after a lone one.
    names: &'static str,
    between_names: &'static str,
    foot: &'static str,
    /// How a quote is written within quotes.
    quote: &'static str,
}

const SHELLS: [Shell; 3] = [
    Shell {
        name: "bash",
        head: "# What bash completes for reeld: source it, or keep it as /etc/bash_completion.d/reeld.\n\
            _reeld_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$word\"); }\n\
            _reeld_words() { COMPREPLY=($(compgen -S \"$2\" -W \"$1\" -- \"$word\")); }\n\
            _reeld() {\n  \
            local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]}\n  \
            # --option=word comes as three words.\n  \
            if [[ $word == = ]]; then word=; elif [[ $option == = ]]; then option=${COMP_WORDS[COMP_CWORD-2]}; fi\n  \
            COMPREPLY=()\n  case $option in\n",
        by_letter: ["    -%n) %o ;;\n", ""],
        by_name: ["    --%n) %o ;;\n", ""],
        anything: "",
        files: "_reeld_files -f",
        words: "_reeld_words '%w'",
        names: "compopt -o nospace 2>/dev/null; _reeld_words '%w' =",
        between_names: " ",
        foot: "    *) if [[ $word == -* ]]; then _reeld_words '%o'; else _reeld_files -d; fi ;;\n  esac\n}\n\
            complete -F _reeld reeld\n",
        quote: "'",
    },
    Shell {
        name: "zsh",
        head: "#compdef reeld\n\
            # What zsh completes for reeld: source it, or keep it as _reeld in a folder of $fpath.\n\
            _reeld() {\n  _arguments -s -S \\\n",
        by_letter: ["    '*-%n+[%h]:%v:%o' \\\n", "    '*-%n[%h]' \\\n"],
        by_name: ["    '*--%n=[%h]:%v:%o' \\\n", "    '*--%n[%h]' \\\n"],
        anything: " ",
        files: "_files",
        words: "(%w)",
        names: " compadd -S = - %w",
        between_names: " ",
        foot: "    ':DIR:_files -/'\n}\n\
            if [[ $funcstack[1] == _reeld ]]; then _reeld \"$@\"; else compdef _reeld reeld; fi\n",
        quote: "'\\''",
    },
    Shell {
        name: "fish",
        head: "# What fish completes for reeld: keep it as ~/.config/fish/completions/reeld.fish.\n\
            complete -c reeld -f -a '(__fish_complete_directories)'\n",
        by_letter: [
            "complete -c reeld -s %n %o -d '%h'\n",
            "complete -c reeld -s %n -d '%h'\n",
        ],
        by_name: [
            "complete -c reeld -l %n %o -d '%h'\n",
            "complete -c reeld -l %n -d '%h'\n",
        ],
        anything: "-x",
        files: "-r -F",
        words: "-x -a '%w'",
        names: "-x -a '%w='",
        between_names: "= ",
        foot: "",
        quote: "\\'",
    },
];

/// `--completions SHELL`.
pub(in crate::config) fn completions(name: &str) -> Result<String, String> {
    let Some(shell) = SHELLS.iter().find(|shell| shell.name == name) else {
        return Err(format!("--completions: '{name}' is not bash, zsh or fish"));
    };
    let mut out = shell.head.to_owned();
    let mut options = String::new();
    for row in ROWS {
        let kind = usize::from(row.value.is_empty());
        let help = row.help.replace('\'', shell.quote);
        let value = row.value.replace('\'', "").replace(':', "\\:");
        let offer = shell.offer(row);
        let mut bytes = [0; 4];
        let letter = row.short.map(|letter| &*letter.encode_utf8(&mut bytes));
        let spellings = [
            (letter, shell.by_letter, " -"),
            (Some(row.long), shell.by_name, " --"),
        ];
        for (name, templates, dashes) in spellings {
            let (Some(name), Some(template)) = (name, templates.get(kind)) else {
                continue;
            };
            options.push_str(dashes);
            options.push_str(name);
            fill(&mut out, template, &[name, &help, &value, &offer]);
        }
    }
    fill(&mut out, shell.foot, &["", "", "", &options]);
    Ok(out)
}

impl Shell {
    fn offer(&self, row: &Row) -> String {
        let mut out = String::new();
        let (template, words) = match row.value {
            "FILE" => (self.files, String::new()),
            "NAME=VALUE" => {
                let rows = Limits::default().rows();
                let names: Vec<_> = rows.into_iter().map(|(name, ..)| name).collect();
                (self.names, names.join(self.between_names))
            }
            words if words.contains('|') => (self.words, words.replace('|', " ")),
            _ => (self.anything, String::new()),
        };
        fill(&mut out, template, &["", "", "", "", &words]);
        out
    }
}

/// Appends a template with what stands for `%n`, `%h`, `%v`, `%o` and `%w`.
fn fill(out: &mut String, template: &str, fields: &[&str]) {
    let mut pieces = template.split('%');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (key, rest) = piece.split_at_checked(1).unwrap_or_default();
        let field = "nhvow".find(key).and_then(|place| fields.get(place));
        out.push_str(field.unwrap_or(&""));
        out.push_str(rest);
    }
}
