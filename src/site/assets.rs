//! Owns the pages and their files, compiled into the binary.
//! Knows nothing of what they do.

/// A page, or a file that one needs.
#[derive(Debug)]
pub struct Asset {
    /// Where it is served.
    pub path: &'static str,
    /// As `Content-Type` has it.
    pub media_type: &'static str,
    /// Whether it is a page: a document that a person opens, with a policy of what it may load.
    pub is_page: bool,
    /// The file.
    pub bytes: &'static [u8],
    /// A digest of the bytes, quotes included.
    pub etag: EtagText,
}

/// `"` and 16 hex digits and `"`.
pub type EtagText = [u8; 18];

/// The first page.
pub static PAGE: Asset = page("/", include_bytes!("page/index.html"));

static OTHERS: [Asset; 16] = [
    page("/_/inspect", include_bytes!("page/inspect.html")),
    style("/_/inspect.css", include_bytes!("page/inspect.css")),
    script("/_/inspect.js", include_bytes!("page/inspect.js")),
    script(
        "/_/inspect/charts.js",
        include_bytes!("page/inspect/charts.js"),
    ),
    script(
        "/_/inspect/connections.js",
        include_bytes!("page/inspect/connections.js"),
    ),
    script(
        "/_/inspect/fields.js",
        include_bytes!("page/inspect/fields.js"),
    ),
    script(
        "/_/inspect/heads.js",
        include_bytes!("page/inspect/heads.js"),
    ),
    script(
        "/_/inspect/sessions.js",
        include_bytes!("page/inspect/sessions.js"),
    ),
    script(
        "/_/inspect/strip.js",
        include_bytes!("page/inspect/strip.js"),
    ),
    script(
        "/_/inspect/totals.js",
        include_bytes!("page/inspect/totals.js"),
    ),
    script(
        "/_/inspect/values.js",
        include_bytes!("page/inspect/values.js"),
    ),
    script(
        "/_/inspect/words.js",
        include_bytes!("page/inspect/words.js"),
    ),
    style("/_/page.css", include_bytes!("page/page.css")),
    script("/_/page.js", include_bytes!("page/page.js")),
    picture("/_/icon.svg", include_bytes!("page/icon.svg")),
    picture("/favicon.ico", include_bytes!("page/icon.svg")),
];

/// What a page may load: its own site, and nothing from elsewhere.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The asset at a path.
pub fn at(path: &[u8]) -> Option<&'static Asset> {
    OTHERS.iter().find(|asset| asset.path.as_bytes() == path)
}

const fn page(path: &'static str, bytes: &'static [u8]) -> Asset {
    Asset {
        is_page: true,
        ..asset(path, "text/html; charset=utf-8", bytes)
    }
}

const fn style(path: &'static str, bytes: &'static [u8]) -> Asset {
    asset(path, "text/css; charset=utf-8", bytes)
}

const fn script(path: &'static str, bytes: &'static [u8]) -> Asset {
    asset(path, "text/javascript; charset=utf-8", bytes)
}

const fn picture(path: &'static str, bytes: &'static [u8]) -> Asset {
    asset(path, "image/svg+xml", bytes)
}

const fn asset(path: &'static str, media_type: &'static str, bytes: &'static [u8]) -> Asset {
    Asset {
        path,
        media_type,
        is_page: false,
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
