//! Owns the fields by which browsers are told to keep other people's pages away from ours.
//! Knows nothing of who asks: `site/guard` keeps out whom it can see.
//!
//! Files of the library carry none of them: other pages and players may show films, and each byte counts there.

/// For what is ours alone (the list, what was counted, what a page needs): no other site may have it as an image, a
/// script or a font, and none may frame it.
pub const PRIVATE: &[u8] =
    b"Cross-Origin-Resource-Policy: same-origin\r\nX-Frame-Options: DENY\r\n";

/// For pages besides: what they may load (their own site, and nothing from elsewhere) and use, that no other site is
/// told where somebody came from, and that who opened it in a window has no hold on that.
pub const PAGE: &[u8] = b"Cross-Origin-Resource-Policy: same-origin\r\n\
X-Frame-Options: DENY\r\n\
Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
Referrer-Policy: no-referrer\r\n\
Cross-Origin-Opener-Policy: same-origin\r\n\
Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n";
