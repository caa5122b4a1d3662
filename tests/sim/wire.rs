//! Owns how a stream of sent bytes is read as replies: by RFC 9112 6.3, with no code of the server's.
//! Knows nothing of what the replies should say.

use std::ops::Range;

/// One final reply; interim ones are counted on the next.
#[derive(Debug)]
pub(crate) struct Reply<'a> {
    pub(crate) status: u16,
    /// Names in lower case.
    fields: Vec<(String, &'a str)>,
    /// As much of the body as is there.
    pub(crate) body: &'a [u8],
    /// Whether head and body are all there.
    pub(crate) is_whole: bool,
    /// All its bytes that are there.
    pub(crate) raw: Range<usize>,
    /// How many `100 Continue` went before it.
    pub(crate) interims: usize,
}

impl Reply<'_> {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut all = self.fields.iter().filter(|(known, _)| known == name);
        all.next().map(|(_, value)| *value)
    }
}

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Reads replies until the bytes end; the last may be cut. `is_head` tells of the n-th request
/// whether its method was HEAD.
pub(crate) fn read(
    bytes: &[u8],
    is_head: impl Fn(usize) -> bool,
) -> Result<Vec<Reply<'_>>, String> {
    let mut replies = Vec::new();
    let (mut at, mut interims) = (0, 0);
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(CONTINUE) {
            interims += 1;
            at += CONTINUE.len();
            continue;
        }
        let reply = read_one(rest, at, is_head(replies.len()))
            .map_err(|why| format!("reply {}: {why}", replies.len()))?;
        at = reply.raw.end;
        replies.push(Reply { interims, ..reply });
        interims = 0;
    }
    Ok(replies)
}

fn read_one(rest: &[u8], at: usize, is_head: bool) -> Result<Reply<'_>, String> {
    let Some(end) = rest.windows(4).position(|window| window == b"\r\n\r\n") else {
        return read_cut(rest, at);
    };
    let head = std::str::from_utf8(&rest[..end]).map_err(|_| "a head that is no text")?;
    let mut lines = head.split("\r\n");
    let status = status_of(lines.next().unwrap_or_default())?;
    let fields = fields_of(lines)?;
    let field = |wanted: &str| {
        let mut all = fields.iter().filter(|(name, _)| name == wanted);
        all.next().map(|(_, value)| *value)
    };
    if field("date").is_none_or(|date| date.len() != 29 || !date.ends_with(" GMT")) {
        return Err("no Date".to_owned());
    }
    if field("transfer-encoding").is_some() {
        return Err("chunked, though every length is known".to_owned());
    }
    let promised = match (status, field("content-length")) {
        (204 | 304, None) => 0,
        (204, Some(_)) => return Err("Content-Length in a 204".to_owned()),
        (_, None) => return Err(format!("{status} without Content-Length")),
        (_, Some(text)) => text.parse::<usize>().map_err(|error| error.to_string())?,
    };
    // A head that came too slowly is answered before its method is known.
    let is_head = is_head && status != 408;
    let has_body = !is_head && status != 204 && status != 304;
    let len = if has_body { promised } else { 0 };
    let body = &rest[end + 4..];
    let body = &body[..body.len().min(len)];
    Ok(Reply {
        status,
        fields,
        body,
        is_whole: body.len() == len,
        raw: at..at + end + 4 + body.len(),
        interims: 0,
    })
}

/// Only the end of the stream may cut a head; what is there still begins as one.
fn read_cut(rest: &[u8], at: usize) -> Result<Reply<'_>, String> {
    const BEGIN: &[u8] = b"HTTP/1.1 ";
    let there = rest.len().min(BEGIN.len());
    if rest[..there] != BEGIN[..there] {
        let begin = rest[..rest.len().min(80)].escape_ascii();
        return Err(format!("no status line: {begin}"));
    }
    let line = rest
        .get(..12)
        .and_then(|line| std::str::from_utf8(line).ok());
    Ok(Reply {
        status: line.map_or(Ok(0), status_of)?,
        fields: Vec::new(),
        body: b"",
        is_whole: false,
        raw: at..at + rest.len(),
        interims: 0,
    })
}

fn status_of(line: &str) -> Result<u16, String> {
    let code = line
        .strip_prefix("HTTP/1.1 ")
        .and_then(|line| line.get(..3));
    code.and_then(|code| code.parse().ok())
        .ok_or_else(|| format!("bad status line {line:?}"))
}

fn fields_of<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<(String, &'a str)>, String> {
    let mut fields: Vec<(String, &str)> = Vec::new();
    for line in lines {
        let pair = line.split_once(": ");
        let (name, value) = pair.ok_or_else(|| format!("bad line {line:?}"))?;
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
        if name.is_empty() || !name.bytes().all(is_token) || value.contains(char::is_control) {
            return Err(format!("bad field {line:?}"));
        }
        let name = name.to_ascii_lowercase();
        if fields.iter().any(|(known, _)| *known == name) {
            return Err(format!("{name} twice"));
        }
        fields.push((name, value));
    }
    Ok(fields)
}

/// The parts of a `multipart/byteranges` body: each one's first byte, and its bytes.
pub(crate) fn parts<'a>(reply: &Reply<'a>) -> Result<Vec<(usize, &'a [u8])>, String> {
    let media_type = reply.field("content-type").unwrap_or_default();
    let boundary = media_type
        .strip_prefix("multipart/byteranges; boundary=")
        .ok_or_else(|| format!("not multipart: {media_type:?}"))?;
    let (mark, end) = (
        format!("\r\n--{boundary}\r\n"),
        format!("\r\n--{boundary}--\r\n"),
    );
    let mut found = Vec::new();
    let mut rest = reply.body;
    while let Some(part) = rest.strip_prefix(mark.as_bytes()) {
        let blank = part.windows(4).position(|window| window == b"\r\n\r\n");
        let blank = blank.ok_or("a part without a blank line")?;
        let head = std::str::from_utf8(&part[..blank]).map_err(|error| error.to_string())?;
        let mut lines = head.split("\r\n");
        let range = lines.find_map(|line| line.strip_prefix("Content-Range: "));
        let (first, last, _) = content_range(range.ok_or("a part without Content-Range")?)?;
        let bytes = part.get(blank + 4..blank + 5 + last - first);
        found.push((first, bytes.ok_or("a part is too short")?));
        rest = &part[blank + 5 + last - first..];
    }
    if rest == end.as_bytes() {
        Ok(found)
    } else {
        Err(format!("the parts end in {:?}", rest.escape_ascii()))
    }
}

/// First and last byte, inclusive, and the length of `bytes a-b/len`.
pub(crate) fn content_range(value: &str) -> Result<(usize, usize, usize), String> {
    let numbers = value.strip_prefix("bytes ").and_then(|value| {
        let (range, len) = value.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        Some((first.parse().ok()?, last.parse().ok()?, len.parse().ok()?))
    });
    let (first, last, len) = numbers.ok_or_else(|| format!("bad Content-Range {value:?}"))?;
    if first <= last && last < len {
        Ok((first, last, len))
    } else {
        Err(format!("impossible Content-Range {value:?}"))
    }
}
