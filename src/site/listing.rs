//! Owns `/library.json`: the titles as text.
//! Knows nothing of folders; it is handed the titles by who walked them.
//!
//! ```json
//! {"videos":[{"name":"shows/one/e1.mp4","href":"/video/shows/one/e1.mp4?v=…",
//!             "size":123,"modified":1700000000,"type":"video/mp4","poster":"/video/…/e1.jpg?v=…",
//!             "subtitles":[{"href":"/video/…/e1.en.srt?as=vtt&v=…","lang":"en"}]}]}
//! ```
//!
//! A title without a poster, or without subtitles, has no such member; subtitles may have a `label`. A title that
//! was looked into says what it is:
//!
//! ```json
//! "hls":"ok","secs":61.250,"width":1280,"height":720,"indexLast":true,"cut":true,"fragments":true
//! ```

use std::io::Write as _;

use crate::http::etag;
use crate::http::json::Quoted;
use crate::http::target;
use crate::library::entry::Identity;
use crate::library::packages::Verdict;
use crate::library::pager::Listing;
use crate::library::scan::Title;
use crate::library::sidecar::{Sidecar, Subtitle};
use crate::media::package::Facts;
use crate::media::unfit::Unfit;
use crate::range::write_number;

/// Writes the list. It is called on a thread of the pager, not on a loop.
pub fn render(titles: &[Title]) -> Listing {
    let mut out = Vec::with_capacity(64 + titles.len() * 160);
    out.extend_from_slice(b"{\"videos\":[");
    for (at, title) in titles.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"\n{\"name\":");
        _ = write!(out, "{}", Quoted(&String::from_utf8_lossy(&title.name)));
        out.extend_from_slice(b",\"href\":");
        write_link(&title.name, b"?v=", &title.identity, &mut out);
        out.extend_from_slice(b",\"size\":");
        write_number(title.identity.len, &mut out);
        out.extend_from_slice(b",\"modified\":");
        write_number(title.identity.modified_secs(), &mut out);
        out.extend_from_slice(b",\"type\":");
        _ = write!(out, "{}", Quoted(title.media_type.name));
        if let Some(poster) = &title.poster {
            out.extend_from_slice(b",\"poster\":");
            write_link(&poster.name, b"?v=", &poster.identity, &mut out);
        }
        write_subtitles(&title.subtitles, &mut out);
        if let Some(verdict) = &title.verdict {
            write_verdict(verdict, &mut out);
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"\n]}\n");
    let etag = etag::etag_text(etag::digest(&out));
    Listing {
        bytes: out.into(),
        etag: String::from_utf8_lossy(&etag).into_owned(),
    }
}

/// The part of a list that a signature for `path` covers, with the `base` that goes before each address in it: the
/// titles of a folder, or one title, whose sidecars then say what they are of. In a list each title has a
/// line, and what stands in quotes holds no quote that is not escaped.
pub fn covered(all: &[u8], base: &str, path: &[u8], is_title: bool) -> Vec<u8> {
    const HREF: &[u8] = b",\"href\":\"/video/";
    const TYPE: &[u8] = b",\"type\":";
    let find = |line: &[u8], what: &[u8]| line.windows(what.len()).position(|it| it == what);
    let mut below = Vec::with_capacity(path.len());
    target::encode(path, &mut below);
    below.push(if is_title { b'?' } else { b'/' });
    let mut of = b"?of=".to_vec();
    let segment = path.rsplit(|&byte| byte == b'/').next();
    target::encode(segment.unwrap_or_default(), &mut of);
    of.push(b'&');

    let mut out = Vec::new();
    _ = write!(out, "{{\"base\":\"{base}\",\"videos\":[");
    let mut is_first = true;
    for line in all.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b",").unwrap_or(line);
        let name = find(line, HREF).and_then(|at| line.get(at + HREF.len()..));
        if !name.is_some_and(|name| name.starts_with(&below)) {
            continue;
        }
        out.extend_from_slice(if is_first { b"\n" } else { b",\n" });
        is_first = false;
        let (title, sidecars) = line.split_at(match find(line, TYPE) {
            Some(at) if is_title => at,
            _ => line.len(),
        });
        out.extend_from_slice(title);
        for (at, part) in sidecars.split(|&byte| byte == b'?').enumerate() {
            out.extend_from_slice(if at > 0 { &of } else { b"" });
            out.extend_from_slice(part);
        }
    }
    out.extend_from_slice(b"\n]}\n");
    out
}

/// What is known of a title that was looked into.
fn write_verdict(verdict: &Verdict, out: &mut Vec<u8>) {
    let Facts {
        millis,
        width,
        height,
        is_index_last,
        is_cut,
        is_in_fragments,
    } = verdict.facts;
    out.extend_from_slice(b",\"hls\":\"");
    out.extend_from_slice(verdict.unfit.map_or("ok", Unfit::name).as_bytes());
    out.push(b'"');
    if millis > 0 {
        out.extend_from_slice(b",\"secs\":");
        write_number(millis / 1_000, out);
        out.push(b'.');
        let digits = [100, 10, 1].map(|part| millis / part % 10);
        digits.iter().for_each(|digit| write_number(*digit, out));
    }
    for (name, number) in [("width", width), ("height", height)] {
        if number > 0 {
            _ = write!(out, ",\"{name}\":{number}");
        }
    }
    for (name, is_so) in [
        ("indexLast", is_index_last),
        ("cut", is_cut),
        ("fragments", is_in_fragments),
    ] {
        if is_so {
            _ = write!(out, ",\"{name}\":true");
        }
    }
}

fn write_subtitles(subtitles: &[Subtitle], out: &mut Vec<u8>) {
    for (at, subtitle) in subtitles.iter().enumerate() {
        let Sidecar { name, identity } = &subtitle.file;
        // Browsers play WebVTT only: from anything else it is made.
        let query: &[u8] = if subtitle.is_vtt {
            b"?v="
        } else {
            b"?as=vtt&v="
        };
        out.extend_from_slice(if at == 0 {
            b",\"subtitles\":[{\"href\":"
        } else {
            b",{\"href\":"
        });
        write_link(name, query, identity, out);
        out.extend_from_slice(b",\"lang\":");
        _ = write!(out, "{}", Quoted(&subtitle.language));
        if !subtitle.label.is_empty() {
            out.extend_from_slice(b",\"label\":");
            _ = write!(out, "{}", Quoted(subtitle.label));
        }
        out.push(b'}');
    }
    if !subtitles.is_empty() {
        out.push(b']');
    }
}

/// Writes the address of one version of a file; encoded, it needs no escaping in JSON.
fn write_link(name: &[u8], query: &[u8], version: &Identity, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"/video/");
    target::encode(name, out);
    out.extend_from_slice(query);
    out.extend_from_slice(version.version().as_bytes());
    out.push(b'"');
}
