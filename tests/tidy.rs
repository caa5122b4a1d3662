//! The rules of the house, read off the tree: who may name whom, where the clock, the poll, mappings and
//! `unsafe` live, and how every file begins.
//!
//! Owns the checks that a compiler does not make. Knows nothing of what the code does.

#![expect(clippy::unwrap_used, reason = "a tree that cannot be read has failed")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and what it may name besides itself. Arrows never go back.
///
/// ```text
/// main ─▶ config, net ─▶ conn ─▶ site ─▶ http, media, range, library
///                          library ─▶ media, http::{body, etag, gzip}, ops::metrics   http ─▶ range, limits
/// ```
const ROOMS: [(&str, &[&str]); 10] = [
    ("range", &[]),
    ("limits", &[]),
    ("http", &["range", "limits"]),
    ("media", &["range"]),
    (
        "library",
        &[
            "media",
            "http::body",
            "http::etag",
            "http::gzip",
            "ops::metrics",
            "range",
            "limits",
        ],
    ),
    (
        "site",
        &["http", "media", "range", "library", "ops", "limits"],
    ),
    ("ops", &["http"]),
    (
        "conn",
        &["site", "http", "media", "range", "library", "ops", "limits"],
    ),
    (
        "net",
        &[
            "conn", "site", "http", "media", "range", "library", "ops", "limits",
        ],
    ),
    // The values that an option can have belong to the rooms that it sets up.
    ("config", &["site", "ops", "http", "limits", "net"]),
];

/// Words that name no thing of this house.
const NO_WORDS: [&str; 7] = [
    "handler", "manager", "helper", "util", "utils", "context", "mgr",
];

#[test]
fn rooms_name_only_those_below_them() {
    expect_none(faults(|file, code, faults| {
        if file.is_test() || file.is_top() {
            return;
        }
        let room = file.room();
        let Some((_, below)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            return faults.push(format!("{file}: a room that has no place in the house"));
        };
        for path in crate_paths(code) {
            let is_below =
                |allowed: &&str| path == **allowed || path.starts_with(&format!("{allowed}::"));
            let is_own = path == room || path.starts_with(&format!("{room}::"));
            if !is_own && !below.iter().any(is_below) {
                faults.push(format!("{file}: {room} may not name {path}"));
            }
        }
        if code.contains("super::super") {
            faults.push(format!("{file}: two rooms up; name it from the crate"));
        }
    }));
}

#[test]
fn range_and_limits_need_nothing_but_std() {
    const CRATES: [&str; 13] = [
        "hmac_sha256",
        "httparse",
        "httpdate",
        "lexopt",
        "libc",
        "log",
        "memmap2",
        "miniz_oxide",
        "mio",
        "qrcodegen_no_heap",
        "rustix",
        "sha1_smol",
        "simple_logger",
    ];
    expect_none(faults(|file, code, faults| {
        if !file.is_test() && ["range", "limits"].contains(&file.room()) {
            let named = CRATES.iter().filter(|name| names_crate(code, name));
            faults.extend(named.map(|name| format!("{file} names {name}")));
        }
    }));
}

#[test]
fn each_dependency_is_named_in_one_place() {
    const PLACES: [(&str, &[&str]); 9] = [
        ("hmac_sha256", &["src/site/sign.rs"]),
        ("mio", &["src/net/", "src/main.rs"]),
        ("memmap2", &["src/library/map.rs"]),
        ("httparse", &["src/http/request.rs"]),
        ("httpdate", &["src/http/date.rs"]),
        ("lexopt", &["src/config.rs"]),
        ("miniz_oxide", &["src/site/assets.rs"]),
        ("sha1_smol", &["src/http/websocket/handshake.rs"]),
        ("qrcodegen_no_heap", &["src/ops/qr.rs"]),
    ];
    expect_none(faults(|file, code, faults| {
        for (name, places) in PLACES {
            let is_placed = places.iter().any(|place| file.path.starts_with(place));
            if !is_placed && !file.is_test() && names_crate(code, name) {
                faults.push(format!("{file} names {name}"));
            }
        }
    }));
}

#[test]
fn unsafe_stands_in_two_files() {
    expect_none(faults(|file, code, faults| {
        const MAY: [&str; 2] = ["src/library/map.rs", "src/net/sys.rs"];
        let may = MAY.contains(&file.path.as_str());
        if !may && words(code).any(|word| word == "unsafe") {
            faults.push(format!("{file} is unsafe"));
        }
    }));
}

#[test]
fn one_file_reads_the_clock() {
    expect_none(faults(|file, code, faults| {
        for call in ["Instant::now", "SystemTime::now", ".elapsed("] {
            if file.path != "src/net/clock.rs" && code.contains(call) {
                faults.push(format!("{file} calls {call}"));
            }
        }
    }));
}

#[test]
fn every_file_begins_with_its_map() {
    expect_none(faults(|file, _, faults| {
        let begin: String = file
            .text
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .collect();
        if begin.is_empty() {
            faults.push(format!("{file} says nothing of itself"));
        } else if !file.is_test() && !file.is_top() {
            for half in ["Owns", "nothing of"] {
                if !begin.contains(half) {
                    faults.push(format!("{file} does not say \"{half}\""));
                }
            }
        }
    }));
}

#[test]
fn names_say_what_a_thing_is() {
    expect_none(faults(|file, code, faults| {
        for word in words(code) {
            let mut parts = parts_of(word);
            if parts.any(|part| NO_WORDS.contains(&part.as_str())) {
                faults.push(format!("{file} has a {word}"));
            }
        }
    }));
}

#[test]
fn nothing_is_left_for_later() {
    // Put together, or this file would find itself.
    let marks = [
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("TO", "DO"),
    ];
    let mut faults = Vec::new();
    for path in tree(Path::new(ROOT), &["rs", "md"]) {
        let text = fs::read_to_string(&path).unwrap();
        let found = marks
            .iter()
            .filter(|mark| words(&text).any(|word| word == **mark));
        faults.extend(found.map(|mark| format!("{}: {mark}", path.display())));
    }
    expect_none(faults);
}

#[test]
fn documents_name_things_and_not_lines() {
    let mut faults = Vec::new();
    for path in tree(Path::new(ROOT), &["md"]) {
        let text = fs::read_to_string(&path).unwrap();
        let numbered = |line: &&str| {
            line.match_indices(".rs:").any(|(at, ending)| {
                line[at + ending.len()..].starts_with(|next: char| next.is_ascii_digit())
            })
        };
        let found = text.lines().filter(numbered);
        faults.extend(found.map(|line| format!("{}: {line}", path.display())));
    }
    expect_none(faults);
}

/// The reader of code itself.
#[test]
fn code_is_told_from_comments_and_strings() {
    let code = code_of("a(\"// b\"); // c\n'\\''; /* d /* e */ */ r#\"f\"#; &'g h; '\"'; i");
    let found: Vec<&str> = words(&code).collect();
    assert_eq!(found, ["a", "g", "h", "i"]);
    let paths = crate_paths("use crate::{http::{body::Body, date}, range}; crate::net::sys::x()");
    assert_eq!(paths, ["http::body", "http::date", "range", "net::sys"]);
    let parts: Vec<String> = parts_of("HttpHandler_of").collect();
    assert_eq!(parts, ["http", "handler", "of"]);
}

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

struct File {
    /// From the top of the tree, with `/`.
    path: String,
    text: String,
}

impl std::fmt::Display for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)
    }
}

impl File {
    /// `http` for `src/http/body.rs`, `conn` for `src/conn.rs`.
    fn room(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap();
        inside.split(['/', '.']).next().unwrap()
    }

    /// Tests beside the code may borrow from anywhere.
    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    fn is_top(&self) -> bool {
        ["src/lib.rs", "src/main.rs"].contains(&self.path.as_str())
    }
}

/// What a rule finds in the files of `src/`: it is given each one, and its code alone.
fn faults(rule: impl Fn(&File, &str, &mut Vec<String>)) -> Vec<String> {
    let mut faults = Vec::new();
    let paths = tree(&Path::new(ROOT).join("src"), &["rs"]);
    assert!(paths.len() > 20, "the tree was not found");
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let inside = path.strip_prefix(ROOT).unwrap();
        let path = inside.to_str().unwrap().to_owned();
        let code = code_of(&text);
        rule(&File { path, text }, &code, &mut faults);
    }
    faults
}

fn expect_none(faults: Vec<String>) {
    let list = faults.iter().fold(String::new(), |mut list, fault| {
        _ = write!(list, "\n  {fault}");
        list
    });
    assert!(faults.is_empty(), "{list}");
}

/// All files with one of these endings, without what is built or fetched.
fn tree(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap_or_default();
        let is_built = name == "node_modules" || path.join("CACHEDIR.TAG").exists();
        if path.is_symlink() || name.starts_with('.') || is_built {
            continue;
        }
        if path.is_dir() {
            found.extend(tree(&path, endings));
        } else if endings
            .iter()
            .any(|ending| path.extension().is_some_and(|known| known == *ending))
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Rust without its comments and literals: each becomes a space.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = comment(rest).or_else(|| literal(rest, code.chars().next_back()));
        let taken = skipped.unwrap_or_else(|| first.len_utf8());
        code.push_str(if skipped.is_some() {
            " "
        } else {
            &rest[..taken]
        });
        rest = &rest[taken..];
    }
    code
}

/// The length of the comment that `text` begins with.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let (mut at, mut depth) = (2, 1);
    while depth > 0 && at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
        } else if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else {
            at += rest.chars().next().unwrap().len_utf8();
        }
    }
    Some(at)
}

/// The length of the string or character that `text` begins with; `before` is what stands before it.
fn literal(text: &str, before: Option<char>) -> Option<usize> {
    let in_word = before.is_some_and(|before| before.is_alphanumeric() || before == '_');
    if let Some(raw) = text
        .strip_prefix('r')
        .filter(|_| !in_word || before == Some('b'))
    {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let inner = &raw[hashes + 1..];
            let len = inner.find(&end).map_or(inner.len(), |at| at + end.len());
            return Some(1 + hashes + 1 + len);
        }
    }
    if let Some(inner) = text.strip_prefix('"') {
        return Some(1 + until_quote(inner, '"'));
    }
    // `'a'` and `'\n'` are characters; `'a` alone is a lifetime.
    let inner = text.strip_prefix('\'')?;
    let mut letters = inner.chars();
    let first = letters.next()?;
    let is_character = first == '\\' || letters.next() == Some('\'');
    is_character.then(|| 1 + until_quote(inner, '\''))
}

/// One past the closing quote, a backslash hiding what follows it.
fn until_quote(inner: &str, quote: char) -> usize {
    let mut is_hidden = false;
    for (at, letter) in inner.char_indices() {
        if letter == quote && !is_hidden {
            return at + 1;
        }
        is_hidden = letter == '\\' && !is_hidden;
    }
    inner.len()
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
}

/// `HttpHandler_of` is http, handler, of.
fn parts_of(word: &str) -> impl Iterator<Item = String> {
    let mut parts = vec![String::new()];
    let mut was_small = false;
    for letter in word.chars() {
        if letter == '_' || (was_small && letter.is_uppercase()) {
            parts.push(String::new());
        }
        if letter != '_' {
            parts.last_mut().unwrap().extend(letter.to_lowercase());
        }
        was_small = letter.is_lowercase();
    }
    parts.into_iter().filter(|part| !part.is_empty())
}

fn names_crate(code: &str, name: &str) -> bool {
    let path = format!("{name}::");
    code.match_indices(&path).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        before.is_none_or(|before| !before.is_alphanumeric() && before != '_' && before != ':')
    })
}

/// What the code names of this crate, two segments deep: `http::body`.
fn crate_paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        branch(&code[at + path.len()..], "", &mut found);
    }
    found
}

/// Follows one branch of a path: `body::Body`, or `{body::Body, date}`.
fn branch(code: &str, above: &str, found: &mut Vec<String>) {
    let code = code.trim_start();
    if let Some(inner) = code.strip_prefix('{') {
        let (mut depth, mut start) = (0usize, 0);
        for (at, letter) in inner.char_indices() {
            match letter {
                '{' => depth += 1,
                ',' | '}' if depth == 0 => {
                    branch(&inner[start..at], above, found);
                    start = at + 1;
                    if letter == '}' {
                        return;
                    }
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        return;
    }
    let Some(name) = words(code).next().filter(|name| code.starts_with(name)) else {
        return;
    };
    let after = code[name.len()..].strip_prefix("::");
    match (above, after) {
        ("", Some(rest)) => branch(rest, name, found),
        ("", None) => found.push(name.to_owned()),
        _ => found.push(format!("{above}::{name}")),
    }
}
