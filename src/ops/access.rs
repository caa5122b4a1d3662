//! Owns the line of the access log for one reply.
//! Knows nothing of where lines go.
//!
//! ```text
//! common     peer - - [time] "GET /video/a.mp4 HTTP/1.1" 206 1024 range=0-1023 secs=0.002 mbs=0.5 end=done
//! combined   … 206 1024 "referer" "agent" range=…
//! json       {"time":…,"peer":…,…}
//! ```
//!
//! What a peer sent is escaped: no line can be forged, and no terminal driven, by a request.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use crate::http::{date, json};

/// Which format the lines have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// NCSA common log format, and our four values behind it.
    Common,
    /// With referer and agent.
    #[default]
    Combined,
    /// One object a line.
    Json,
}

/// One reply that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When it began, in whole seconds since 1970.
    pub unix_secs: u64,
    /// Who asked.
    pub peer: IpAddr,
    /// As it was written; empty where the head could not be read.
    pub method: Vec<u8>,
    /// As it was written.
    pub target: Vec<u8>,
    /// Whether the peer spoke HTTP/1.1, else 1.0.
    pub is_http11: bool,
    /// What was answered.
    pub status: u16,
    /// First and last byte, inclusive, of a single range.
    pub range: Option<(u64, u64)>,
    /// Bytes of the body that the socket took.
    pub bytes: u64,
    /// From the request to the last byte.
    pub took: Duration,
    /// `done`, or why the connection ended before.
    pub end: &'static str,
    /// As it was written.
    pub referer: Vec<u8>,
    /// As it was written.
    pub agent: Vec<u8>,
}

impl Record {
    /// Appends the line, its end included.
    pub fn write(&self, format: Format, out: &mut String) {
        match format {
            Format::Common => self.write_ncsa(false, out),
            Format::Combined => self.write_ncsa(true, out),
            Format::Json => self.write_json(out),
        }
        out.push('\n');
    }

    fn write_ncsa(&self, is_combined: bool, out: &mut String) {
        _ = write!(out, "{} - - [{}] \"", self.peer, log_time(self.unix_secs));
        if self.method.is_empty() {
            out.push('-');
        } else {
            escape(&self.method, out);
            out.push(' ');
            escape(&self.target, out);
            out.push_str(if self.is_http11 {
                " HTTP/1.1"
            } else {
                " HTTP/1.0"
            });
        }
        _ = write!(out, "\" {} {}", self.status, self.bytes);
        if is_combined {
            for field in [&self.referer, &self.agent] {
                out.push_str(" \"");
                escape(if field.is_empty() { b"-" } else { field }, out);
                out.push('"');
            }
        }
        match self.range {
            Some((first, last)) => _ = write!(out, " range={first}-{last}"),
            None => out.push_str(" range=-"),
        }
        let (millis, speed) = (
            self.took.as_millis(),
            kilobytes_per_second(self.bytes, self.took),
        );
        _ = write!(out, " secs={}.{:03}", millis / 1_000, millis % 1_000);
        _ = write!(
            out,
            " mbs={}.{} end={}",
            speed / 1_000,
            speed / 100 % 10,
            self.end
        );
    }

    fn write_json(&self, out: &mut String) {
        let date = date::format(self.unix_secs);
        _ = write!(
            out,
            "{{\"time\":\"{}\",\"peer\":\"{}\"",
            date.escape_ascii(),
            self.peer
        );
        for (name, value) in [("method", &self.method), ("target", &self.target)] {
            write_json_field(name, value, out);
        }
        let version = if self.is_http11 { "1.1" } else { "1.0" };
        _ = write!(out, ",\"version\":\"{version}\",\"status\":{}", self.status);
        _ = write!(out, ",\"bytes\":{}", self.bytes);
        match self.range {
            Some((first, last)) => _ = write!(out, ",\"range\":\"{first}-{last}\""),
            None => out.push_str(",\"range\":null"),
        }
        let (micros, speed) = (
            self.took.as_micros(),
            kilobytes_per_second(self.bytes, self.took),
        );
        _ = write!(
            out,
            ",\"secs\":{}.{:06}",
            micros / 1_000_000,
            micros % 1_000_000
        );
        _ = write!(out, ",\"mbs\":{}.{:03}", speed / 1_000, speed % 1_000);
        _ = write!(out, ",\"end\":\"{}\"", self.end);
        for (name, value) in [("referer", &self.referer), ("agent", &self.agent)] {
            write_json_field(name, value, out);
        }
        out.push('}');
    }
}

/// Thousands of bytes a second, that is thousandths of MB/s; nothing where it took no time.
pub fn kilobytes_per_second(bytes: u64, took: Duration) -> u128 {
    u128::from(bytes)
        .saturating_mul(1_000)
        .checked_div(took.as_micros())
        .unwrap_or(0)
}

/// As Apache and nginx do: quotes, backslashes and all that is not printable ASCII become `\xhh`.
fn escape(bytes: &[u8], out: &mut String) {
    for &byte in bytes {
        if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\') || byte == b' ' {
            out.push(char::from(byte));
        } else {
            _ = write!(out, "\\x{byte:02x}");
        }
    }
}

fn write_json_field(name: &str, value: &[u8], out: &mut String) {
    _ = write!(out, ",\"{name}\":");
    json::write_bytes(value, out);
}

/// `06/Nov/1994:08:49:37 +0000`
fn log_time(unix_secs: u64) -> String {
    // Sun, 06 Nov 1994 08:49:37 GMT
    let date = date::format(unix_secs).escape_ascii().to_string();
    let part = |range: std::ops::Range<usize>| date.get(range).unwrap_or_default();
    format!(
        "{}/{}/{}:{} +0000",
        part(5..7),
        part(8..11),
        part(12..16),
        part(17..25)
    )
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    use super::{Format, Record};

    fn record() -> Record {
        Record {
            unix_secs: 784_111_777,
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            method: b"GET".to_vec(),
            target: b"/video/a.mp4".to_vec(),
            is_http11: true,
            status: 206,
            range: Some((0, 1_023)),
            bytes: 1_024,
            took: Duration::from_millis(2),
            end: "done",
            referer: b"\"quoted\"".to_vec(),
            agent: b"tv\x1b[2J".to_vec(),
        }
    }

    #[test]
    fn each_format() {
        for (format, line) in [
            (
                Format::Common,
                "127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /video/a.mp4 HTTP/1.1\" 206 1024 \
                 range=0-1023 secs=0.002 mbs=0.5 end=done\n",
            ),
            (
                Format::Combined,
                "127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /video/a.mp4 HTTP/1.1\" 206 1024 \
                 \"\\x22quoted\\x22\" \"tv\\x1b[2J\" range=0-1023 secs=0.002 mbs=0.5 end=done\n",
            ),
            (
                Format::Json,
                "{\"time\":\"Sun, 06 Nov 1994 08:49:37 GMT\",\"peer\":\"127.0.0.1\",\
                 \"method\":\"GET\",\"target\":\"/video/a.mp4\",\"version\":\"1.1\",\
                 \"status\":206,\"bytes\":1024,\"range\":\"0-1023\",\"secs\":0.002000,\
                 \"mbs\":0.512,\"end\":\"done\",\"referer\":\"\\\"quoted\\\"\",\
                 \"agent\":\"tv\\u001b[2J\"}\n",
            ),
        ] {
            let mut out = String::new();
            record().write(format, &mut out);
            assert_eq!(out, line);
        }
    }
}
