//! RFC 9112 section 3.1: the method is a token, and its case counts.

use crate::client::request;
use crate::server::Server;

/// A method that the server knows but does not allow here is 405, with Allow (RFC 9110 15.5.6).
#[test]
fn known_methods_are_not_allowed() {
    let server = Server::with_digits(&[]);
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE"] {
        for target in ["/video/a.mp4", "/video/none.mp4", "/"] {
            let reply = server.refusal(request(method, target, &[]));
            assert_eq!(reply.status, 405, "{method} {target}");
            assert_eq!(reply.must("Allow"), "GET, HEAD, OPTIONS");
            assert!(
                reply.text().contains("method-not-allowed"),
                "{:?}",
                reply.text()
            );
        }
    }
    let reply = server.refusal("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n");
    assert_eq!(reply.status, 405);
}

/// A method that the server does not know is 501 (RFC 9110 section 9.1).
#[test]
fn unknown_methods_are_not_implemented() {
    let long = "A".repeat(200);
    let methods = [
        "BREW",
        "get",
        "Get",
        "GETT",
        "PROPFIND",
        "X-!#$%&'*+.^_`|~9",
        &long,
    ];
    let requests = methods.map(|method| request(method, "/video/a.mp4", &[]));
    Server::with_digits(&[]).refuses(501, "unknown-method", &requests);
}
