//! Owns the page's own files, compiled into the binary, as they are and with gzip.
//! Knows nothing of what the page does.

/// A file of the page.
#[derive(Debug)]
pub struct Asset {
    /// Where it is served.
    pub path: &'static str,
    /// As `Content-Type` has it.
    pub media_type: &'static str,
    /// As it was written.
    pub plain: Form,
    /// The same with gzip, where that is smaller.
    pub gzip: Option<Form>,
}

/// One representation of an asset.
#[derive(Debug)]
pub struct Form {
    /// What is sent.
    pub bytes: &'static [u8],
    /// A digest of the bytes, quotes included: each form has its own.
    pub etag: EtagText,
}

/// `"` and 16 hex digits and `"`.
pub type EtagText = [u8; 18];

/// A file of `page/` with what `build.rs` made of it.
macro_rules! asset {
    ($path:literal, $media_type:literal, $file:literal) => {
        asset(
            $path,
            $media_type,
            include_bytes!(concat!("page/", $file)),
            include_bytes!(concat!(env!("OUT_DIR"), "/", $file, ".gz")),
        )
    };
}

/// The page itself.
pub static PAGE: Asset = asset!("/", "text/html; charset=utf-8", "index.html");

static OTHERS: [Asset; 4] = [
    asset!("/_/page.css", "text/css; charset=utf-8", "page.css"),
    asset!("/_/page.js", "text/javascript; charset=utf-8", "page.js"),
    asset!("/_/icon.svg", "image/svg+xml", "icon.svg"),
    asset!("/favicon.ico", "image/svg+xml", "icon.svg"),
];

/// What the page may load: itself, and nothing from elsewhere.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The asset at a path.
pub fn at(path: &[u8]) -> Option<&'static Asset> {
    OTHERS.iter().find(|asset| asset.path.as_bytes() == path)
}

const fn asset(
    path: &'static str,
    media_type: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
) -> Asset {
    Asset {
        path,
        media_type,
        plain: form(plain),
        gzip: if gzip.len() < plain.len() {
            Some(form(gzip))
        } else {
            None
        },
    }
}

const fn form(bytes: &'static [u8]) -> Form {
    Form {
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
