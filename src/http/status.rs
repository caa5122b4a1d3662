//! Owns the status codes that this server sends, and the type of a refusal.
//! Knows nothing of when they are sent.

/// A status code with its reason phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Status(u16);

macro_rules! statuses {
    ($($name:ident = $code:literal, $reason:literal;)*) => {
        impl Status {
            $(#[doc = $reason] pub const $name: Self = Self($code);)*

            /// The words behind the number.
            pub const fn reason(self) -> &'static str {
                match self.0 {
                    $($code => $reason,)*
                    _ => "",
                }
            }

            /// The first line of a reply head.
            pub const fn line(self) -> &'static str {
                match self.0 {
                    $($code => concat!("HTTP/1.1 ", $code, " ", $reason, "\r\n"),)*
                    _ => "HTTP/1.1 500 Internal Server Error\r\n",
                }
            }
        }
    };
}

statuses! {
    SWITCHING_PROTOCOLS = 101, "Switching Protocols";
    OK = 200, "OK";
    NO_CONTENT = 204, "No Content";
    PARTIAL_CONTENT = 206, "Partial Content";
    NOT_MODIFIED = 304, "Not Modified";
    BAD_REQUEST = 400, "Bad Request";
    FORBIDDEN = 403, "Forbidden";
    NOT_FOUND = 404, "Not Found";
    METHOD_NOT_ALLOWED = 405, "Method Not Allowed";
    REQUEST_TIMEOUT = 408, "Request Timeout";
    GONE = 410, "Gone";
    PRECONDITION_FAILED = 412, "Precondition Failed";
    CONTENT_TOO_LARGE = 413, "Content Too Large";
    URI_TOO_LONG = 414, "URI Too Long";
    RANGE_NOT_SATISFIABLE = 416, "Range Not Satisfiable";
    EXPECTATION_FAILED = 417, "Expectation Failed";
    MISDIRECTED_REQUEST = 421, "Misdirected Request";
    UNPROCESSABLE_CONTENT = 422, "Unprocessable Content";
    UPGRADE_REQUIRED = 426, "Upgrade Required";
    TOO_MANY_REQUESTS = 429, "Too Many Requests";
    HEAD_TOO_LARGE = 431, "Request Header Fields Too Large";
    NOT_IMPLEMENTED = 501, "Not Implemented";
    UNAVAILABLE = 503, "Service Unavailable";
    VERSION_NOT_SUPPORTED = 505, "HTTP Version Not Supported";
}

impl Status {
    /// The number.
    pub const fn code(self) -> u16 {
        self.0
    }
}

/// An answer to a peer's fault: the status, and a word that names the fault.
///
/// The word is in the reply's body, in the access log and in the metrics, so that whoever
/// sees one can find the line of source that decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// What the RFC says to answer.
    pub status: Status,
    /// The name of the reason, in words joined by hyphens.
    pub why: &'static str,
}

impl Refusal {
    /// A refusal; `why` is one of a closed set of names.
    pub const fn new(status: Status, why: &'static str) -> Self {
        Self { status, why }
    }

    /// 400 with a name.
    pub const fn bad(why: &'static str) -> Self {
        Self::new(Status::BAD_REQUEST, why)
    }
}
