//! Owns the addresses in which a signature is handed out: of a title, or of a folder.
//! Knows nothing of who types them, nor of whether anything is there.

use std::net::IpAddr;

use super::{Claim, Keys};
use crate::http::target;
use crate::library::name::Name;
use crate::media::mime;

/// What is to be opened, and for whom.
#[derive(Debug)]
pub struct Link {
    path: Vec<u8>,
    is_prefix: bool,
    address: Option<IpAddr>,
}

impl Link {
    /// For a path as the library has it; the error is for who typed it.
    pub fn new(path: &[u8], is_prefix: bool, address: Option<IpAddr>) -> Result<Self, String> {
        let mut name = path.strip_prefix(b"/").unwrap_or(path);
        if is_prefix {
            name = name.strip_suffix(b"/").unwrap_or(name);
        }
        let is_all = is_prefix && name.is_empty();
        if name.is_empty() && !is_all {
            return Err("which title? Or a folder, with --prefix".into());
        }
        if !is_all && Name::check(name).is_none() {
            return Err(format!("nothing is served as '{}'", path.escape_ascii()));
        }
        Ok(Self {
            path: name.to_vec(),
            is_prefix,
            address,
        })
    }

    /// The addresses, a line each, with `base` before them.
    ///
    /// ```text
    /// /s/TOKEN/video/shows/e1.mp4               a title: the file,
    /// /s/TOKEN/hls/shows/e1.mp4/master.m3u8     the same as HLS, where its name says that it may be,
    /// /s/TOKEN/#play=/video/shows/e1.mp4        and the page with a player for it
    ///
    /// /s/TOKEN/video/shows/                     a folder: what stands before its files,
    /// /s/TOKEN/library.json?in=shows            its list,
    /// /s/TOKEN/#in=shows                        and the page with that
    /// ```
    pub fn addresses(&self, keys: &Keys, expires: u64, base: &str) -> String {
        let Self {
            path,
            is_prefix,
            address,
        } = self;
        let slashes = path.iter().filter(|byte| **byte == b'/').count();
        let names = if path.is_empty() { 0 } else { slashes + 1 };
        let claim = Claim {
            expires,
            names: is_prefix.then_some(names),
            is_bound: address.is_some(),
        };
        let token = keys.sign(claim, path, *address);
        let mut name = Vec::new();
        target::encode(path, &mut name);
        // What is encoded is ASCII.
        let name = &*String::from_utf8_lossy(&name);
        let lines = match (is_prefix, names) {
            (true, 0) => [
                ["/video/", "", ""],
                ["/library.json", "", ""],
                ["/", "", ""],
            ],
            (true, _) => [
                ["/video/", name, "/"],
                ["/library.json?in=", name, ""],
                ["/#in=", name, ""],
            ],
            (false, _) => [
                ["/video/", name, ""],
                ["/hls/", name, "/master.m3u8"],
                ["/#play=/video/", name, ""],
            ],
        };
        let mut out = String::new();
        for [root, name, end] in lines {
            if root != "/hls/" || mime::is_packaged(path) {
                out.extend([base, "/s/", &token, root, name, end, "\n"]);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Link;

    #[test]
    fn what_can_be_signed() {
        for (path, is_prefix, name) in [
            ("a.mp4", false, Some("a.mp4")),
            ("/a b/é.mp4", false, Some("a b/é.mp4")),
            ("", false, None),
            ("/", false, None),
            ("a/", false, None),
            ("a/../b", false, None),
            (".a", true, None),
            ("", true, Some("")),
            ("/", true, Some("")),
            ("/a/b/", true, Some("a/b")),
            ("a//", true, None),
        ] {
            let link = Link::new(path.as_bytes(), is_prefix, None);
            let found = link.ok().map(|link| link.path);
            assert_eq!(found.as_deref(), name.map(str::as_bytes), "{path}");
        }
    }
}
