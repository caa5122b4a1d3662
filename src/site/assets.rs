//! Owns the page's own files, compiled into the binary.
//! Knows nothing of what the page does.

/// A file of the page.
#[derive(Debug)]
pub struct Asset {
    /// Where it is served.
    pub path: &'static str,
    /// As `Content-Type` has it.
    pub media_type: &'static str,
    /// The file.
    pub bytes: &'static [u8],
    /// A digest of the bytes, quotes included.
    pub etag: EtagText,
}

/// `"` and 16 hex digits and `"`.
pub type EtagText = [u8; 18];

/// The page itself.
pub static PAGE: Asset = asset(
    "/",
    "text/html; charset=utf-8",
    include_bytes!("page/index.html"),
);

static OTHERS: [Asset; 17] = [
    asset(
        "/_/page.css",
        "text/css; charset=utf-8",
        include_bytes!("page/page.css"),
    ),
    asset(
        "/_/icon.svg",
        "image/svg+xml",
        include_bytes!("page/icon.svg"),
    ),
    asset(
        "/favicon.ico",
        "image/svg+xml",
        include_bytes!("page/icon.svg"),
    ),
    script("/_/dom.js", include_bytes!("page/dom.js")),
    script("/_/keys.js", include_bytes!("page/keys.js")),
    script("/_/learned.js", include_bytes!("page/learned.js")),
    script("/_/library.js", include_bytes!("page/library.js")),
    script("/_/list.js", include_bytes!("page/list.js")),
    script("/_/live.js", include_bytes!("page/live.js")),
    script("/_/notice.js", include_bytes!("page/notice.js")),
    script("/_/page.js", include_bytes!("page/page.js")),
    script("/_/places.js", include_bytes!("page/places.js")),
    script("/_/player.js", include_bytes!("page/player.js")),
    script("/_/posters.js", include_bytes!("page/posters.js")),
    script("/_/store.js", include_bytes!("page/store.js")),
    script("/_/unplayable.js", include_bytes!("page/unplayable.js")),
    script("/_/words.js", include_bytes!("page/words.js")),
];

/// What the page may load: itself, and nothing from elsewhere.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The asset at a path.
pub fn at(path: &[u8]) -> Option<&'static Asset> {
    OTHERS.iter().find(|asset| asset.path.as_bytes() == path)
}

const fn script(path: &'static str, bytes: &'static [u8]) -> Asset {
    asset(path, "text/javascript; charset=utf-8", bytes)
}

const fn asset(path: &'static str, media_type: &'static str, bytes: &'static [u8]) -> Asset {
    Asset {
        path,
        media_type,
        bytes,
        etag: etag_text(digest(bytes)),
    }
}

/// FNV-1a: it tells versions of our own bytes apart, nothing more.
pub const fn digest(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// A digest as an entity tag.
pub const fn etag_text(digest: u64) -> EtagText {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'"'; 18];
    let mut at = 16;
    let mut rest = digest;
    while at > 0 {
        text[at] = DIGITS[(rest & 15) as usize];
        rest >>= 4;
        at -= 1;
    }
    text
}
