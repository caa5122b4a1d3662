//! Prepares the pages' files when they are built in: without comments and spaces, with gzip, in a table.
//! Knows nothing of what they say; `src/site/assets.rs` serves the table.
//!
//! ```text
//! src/site/page/index.html        /                       pages are at their name, the first one at /
//! src/site/page/inspect.html      /_/inspect
//! src/site/page/inspect/strip.js  /_/inspect/strip.js     everything else where pages ask for it
//! ```

use std::error::Error;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::{Compression, GzBuilder};

const PAGES: &str = "src/site/page";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={PAGES}");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo says where to write")?);
    link(&out)?;
    let mut files = Vec::new();
    find(Path::new(PAGES), &mut files)?;
    files.sort();
    let mut table = format!("static ALL: [Asset; {}] = [\n", files.len());
    for (number, file) in files.iter().enumerate() {
        let mut plain = lean(&fs::read_to_string(file)?);
        match file.extension().and_then(OsStr::to_str) {
            Some("js") => plain = lean_script(&plain),
            Some("css") => plain = lean_style(&plain),
            Some("html") => plain = lean_page(&plain),
            _ => {}
        }
        // Without a time in it, the same file gives the same bytes.
        let mut gzip = GzBuilder::new()
            .mtime(0)
            .write(Vec::new(), Compression::best());
        gzip.write_all(plain.as_bytes())?;
        let to = out.join(format!("{number}.gz"));
        fs::write(&to, gzip.finish()?)?;
        let (path, media_type) =
            place(file).ok_or_else(|| format!("{file:?} is of no known kind"))?;
        let len = plain.len();
        writeln!(
            table,
            "    asset({path:?}, {media_type:?}, {len}, include_bytes!({to:?})),"
        )?;
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), table)?;
    Ok(())
}

/// What a release of ours has no use for, 130 KB of it.
///
/// The addresses that are put right at the start take a bit each instead of 24 bytes: Debian 12 (glibc 2.36) and musl
/// 1.2.4 read that. And nobody walks the stack: a panic aborts, and `net/sys.rs` says why there is no trace. Where the
/// real library for that is linked in as well, its tables stay.
fn link(out: &Path) -> Result<(), Box<dyn Error>> {
    let told = |name: &str| env::var(name).unwrap_or_default();
    if told("PROFILE") != "release" || told("CARGO_CFG_TARGET_OS") != "linux" {
        return Ok(());
    }
    println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    let is_static = told("CARGO_CFG_TARGET_FEATURE").contains("crt-static");
    if told("CARGO_CFG_TARGET_ENV") == "gnu" && !is_static {
        let script = out.join("no-stack-tables.ld");
        let tables = "*(.eh_frame) *(.eh_frame.*) *(.eh_frame_hdr)";
        fs::write(
            &script,
            format!("SECTIONS {{ /DISCARD/ : {{ {tables} }} }} INSERT BEFORE .text;"),
        )?;
        let script = script.display();
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr,-T,{script}");
    }
    Ok(())
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for found in fs::read_dir(folder)? {
        let found = found?;
        if found.file_type()?.is_dir() {
            find(&found.path(), files)?;
        } else {
            files.push(found.path());
        }
    }
    Ok(())
}

/// Where a file is served, and as what.
fn place(file: &Path) -> Option<(String, &'static str)> {
    let inside = file.strip_prefix(PAGES).ok()?.to_str()?;
    let (stem, ending) = inside.rsplit_once('.')?;
    Some(match ending {
        "html" if stem == "index" => ("/".to_owned(), "text/html; charset=utf-8"),
        "html" => (format!("/_/{stem}"), "text/html; charset=utf-8"),
        "css" => (format!("/_/{inside}"), "text/css; charset=utf-8"),
        "js" => (format!("/_/{inside}"), "text/javascript; charset=utf-8"),
        "svg" => (format!("/_/{inside}"), "image/svg+xml"),
        _ => return None,
    })
}

/// Leaves out what no browser needs: indentation, empty lines, and lines that are nothing but a comment. The
/// files are written so that this changes nothing: no text of theirs goes on over lines that begin so.
fn lean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut comment_ends = None;
    for line in text.lines().map(str::trim) {
        if let Some(end) = comment_ends {
            if line.ends_with(end) {
                comment_ends = None;
            }
            continue;
        }
        let opened = [("/*", "*/"), ("<!--", "-->")]
            .into_iter()
            .find(|(begin, _)| line.starts_with(begin));
        match opened {
            Some((_, end)) if line.ends_with(end) => continue,
            Some((_, end)) if !line.contains(end) => {
                comment_ends = Some(end);
                continue;
            }
            _ if line.is_empty() || line.starts_with("//") => continue,
            _ => {}
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Leaves out of a script the comments behind code, and the spaces around its signs. What may be a template, a
/// regular expression or a quoted quote stays as it is: this knows no more of the language than `"` and `//`.
fn lean_script(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let code = match line.rsplit_once(" // ") {
            Some((code, comment)) if !comment.contains(['"', '\'', '`']) => code.trim_end(),
            _ => line,
        };
        // Every other part is a template, which is left alone. Where one stands in another, all is.
        let parts: Vec<&str> = code.split('`').collect();
        let is_alone = |part: &&str| part.matches("${").count() == part.matches('}').count();
        let is_plain = |part: &&str| {
            let part = part.replace(" / ", " ");
            let mut unquoted = part.split('"').step_by(2);
            part.split('"').count() % 2 == 1 && !unquoted.any(|part| part.contains(['/', '\'']))
        };
        let is_known = parts.len() % 2 == 1
            && parts.iter().step_by(2).all(is_plain)
            && parts.iter().skip(1).step_by(2).all(is_alone);
        // Two of these beside each other are another sign.
        let signs = match code.contains("+ +") || code.contains("- -") {
            true => "={}(),;:?<>&|",
            false => "={}(),;:?<>&|![]*%+-",
        };
        if code.contains('\\') || !is_known {
            out.push_str(code);
        } else {
            for (number, part) in parts.iter().enumerate() {
                if number > 0 {
                    out.push('`');
                }
                if number % 2 == 1 {
                    out.push_str(part);
                } else {
                    squeeze(part, signs, &mut out);
                }
            }
            // Behind these the end of a line means nothing.
            if code.ends_with(['{', '(', '[', ',', ';']) {
                continue;
            }
        }
        out.push('\n');
    }
    out
}

/// Leaves out of a page the quotes around words that need none (addresses keep theirs), and ends of elements that go without saying.
fn lean_page(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split("=\"");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (value, rest) = part.split_once('"').unwrap_or((part, ""));
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.#".contains(&byte);
        if value.is_empty() || rest.starts_with('/') || !value.bytes().all(is_plain) {
            out.push_str(&format!("=\"{value}\"{rest}"));
        } else {
            out.push_str(&format!("={value}{rest}"));
        }
    }
    for end in ["</head>\n", "</body>\n", "</html>\n"] {
        out = out.replace(end, "");
    }
    // Nothing is shown between these.
    for begin in ["<link", "<meta", "<title", "<script"] {
        out = out.replace(&format!("\n{begin}"), begin);
    }
    out
}

/// The same for a style sheet, whose lines are joined as well. The space before a `:` means something.
fn lean_style(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        bare.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    bare.push_str(rest);
    let mut out = String::with_capacity(bare.len());
    squeeze(&bare.replace('\n', " "), "{};,>", &mut out);
    out.replace(": ", ":").replace(";}", "}")
}

/// Copies what stands outside of `"…"` without the spaces beside any of `signs`, and of several spaces one.
fn squeeze(text: &str, signs: &str, out: &mut String) {
    for (number, part) in text.split('"').enumerate() {
        if number > 0 {
            out.push('"');
        }
        if number % 2 == 1 {
            out.push_str(part);
            continue;
        }
        let mut letters = part.chars().peekable();
        let mut last = '"';
        while let Some(letter) = letters.next() {
            let is_beside = |other: char| other == ' ' || signs.contains(other);
            if letter == ' ' && (is_beside(last) || letters.peek().is_some_and(|&c| is_beside(c))) {
                continue;
            }
            out.push(letter);
            last = letter;
        }
    }
}
