//! Owns the pages and their files, compiled into the binary with gzip.
//! Knows nothing of what they do; `build.rs` makes the table from `page/`.

use crate::http::etag::{EtagText, digest, etag_text};
use crate::site::fence;

/// A page, or a file that one needs.
#[derive(Debug)]
pub struct Asset {
    /// Where it is served.
    pub path: &'static str,
    /// As `Content-Type` has it.
    pub media_type: &'static str,
    /// Its length without gzip.
    pub plain_len: usize,
    /// The file with gzip: nearly everybody takes it so.
    pub gzip: &'static [u8],
    /// A digest, quotes included: each form has its own.
    pub gzip_etag: EtagText,
    /// The same for the form without gzip.
    pub plain_etag: EtagText,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The asset at a path.
pub fn at(path: &[u8]) -> Option<&'static Asset> {
    // Browsers ask for it on their own.
    let path = match path {
        b"/favicon.ico" => b"/_/icon.svg",
        path => path,
    };
    ALL.iter().find(|asset| asset.path.as_bytes() == path)
}

impl Asset {
    /// Whether it is a page, and not a file that one needs.
    pub fn is_page(&self) -> bool {
        self.media_type.starts_with("text/html")
    }

    /// How browsers are to fence it in.
    pub fn fence(&self) -> &'static [u8] {
        if self.is_page() {
            fence::PAGE
        } else {
            fence::PRIVATE
        }
    }

    /// The file without gzip, for the few who do not take it.
    pub fn plain(&self) -> Vec<u8> {
        // Ten bytes of head and eight of tail are what gzip is around deflate.
        let end = self.gzip.len().saturating_sub(8);
        let deflated = self.gzip.get(10..end).unwrap_or_default();
        let plain = miniz_oxide::inflate::decompress_to_vec_with_limit(deflated, self.plain_len);
        plain.unwrap_or_default()
    }
}

const fn asset(
    path: &'static str,
    media_type: &'static str,
    plain_len: usize,
    gzip: &'static [u8],
) -> Asset {
    let digest = digest(gzip);
    Asset {
        path,
        media_type,
        plain_len,
        gzip,
        gzip_etag: etag_text(digest),
        plain_etag: etag_text(!digest),
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, at};

    #[test]
    fn gzip_comes_off_again() {
        for asset in &ALL {
            let plain = asset.plain();
            assert_eq!(plain.len(), asset.plain_len, "{}", asset.path);
            assert!(plain.len() > asset.gzip.len(), "{}", asset.path);
            assert_ne!(asset.plain_etag, asset.gzip_etag);
            assert!(std::str::from_utf8(&plain).is_ok(), "{}", asset.path);
        }
        assert!(at(b"/favicon.ico").is_some() && at(b"/").is_some());
    }

    #[test]
    fn all_together_are_light() {
        let (plain, gzip) = ALL.iter().fold((0, 0), |(plain, gzip), asset| {
            (plain + asset.plain_len, gzip + asset.gzip.len())
        });
        assert!(plain < 110_000, "{plain} bytes of pages");
        assert!(gzip < 46_000, "{gzip} bytes of pages on the wire");
    }
}
