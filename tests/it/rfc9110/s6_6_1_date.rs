//! RFC 9110 section 6.6.1: Date.

use crate::client::{get_digits, request, unix_secs};
use crate::server::Server;

/// A server with a clock MUST send Date in every 2xx, 3xx and 4xx (each reply that any test of
/// this crate reads is checked for a true one); the refusals of the parser are no exception.
#[test]
fn date_is_in_every_reply() {
    let server = Server::with_digits(&[]);
    let requests = [
        get_digits(&[]),
        get_digits(&["If-None-Match: *"]),
        get_digits(&["Range: bytes=0-0"]),
        get_digits(&["Range: bytes=99-"]),
        request("GET", "/video/none.mp4", &[]),
        request("GET", "/library.json", &[]),
        request("OPTIONS", "*", &[]),
        request("BREW", "/", &[]),
        "\r\nno http\r\n\r\n".to_owned(),
    ];
    for request in requests {
        assert!(unix_secs(server.answer(request).must("Date")) > 1_700_000_000);
    }
}
