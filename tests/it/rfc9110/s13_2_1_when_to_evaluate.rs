//! RFC 9110 section 13.2.1: when preconditions are evaluated.

use crate::client::request;
use crate::server::Server;

/// A server MUST ignore them where the answer without them would be neither 2xx nor 412.
#[test]
fn errors_come_first() {
    let server = Server::with_digits(&[]);
    let fields = ["If-None-Match: *", "If-Match: \"other\"", "If-Match: *"];
    for field in fields {
        assert_eq!(
            server.get("/video/none.mp4", &[field]).status,
            404,
            "{field}"
        );
        assert_eq!(server.get("/none", &[field]).status, 404, "{field}");
        let reply = server.refusal(request("POST", "/video/a.mp4", &[field]));
        assert_eq!(reply.status, 405, "{field}");
    }
}
