//! RFC 9112 section 3: `method SP request-target SP HTTP-version`, with single spaces.

use crate::server::Server;

/// An invalid request line SHOULD be answered with 400, and MUST NOT be repaired into a guess.
#[test]
fn a_malformed_request_line_is_refused() {
    let lines = [
        "GET  /video/a.mp4 HTTP/1.1",
        "GET /video/a.mp4  HTTP/1.1",
        "GET /video/a.mp4 HTTP/1.1 ",
        " GET /video/a.mp4 HTTP/1.1",
        "GET /video/a b.mp4 HTTP/1.1",
        "GET HTTP/1.1",
        "G(T /video/a.mp4 HTTP/1.1",
        "G\u{e9}T /video/a.mp4 HTTP/1.1",
    ];
    let requests = lines.map(|line| format!("{line}\r\nHost: a\r\n\r\n"));
    Server::with_digits(&[]).refuses(400, "bad-request-line", &requests);
}

/// A tab is no space: whichever reason is given, it does not part the line.
#[test]
fn a_tab_is_refused() {
    let server = Server::with_digits(&[]);
    for line in ["GET\t/video/a.mp4 HTTP/1.1", "GET /video/a.mp4\tHTTP/1.1"] {
        assert_eq!(
            server.refusal(format!("{line}\r\nHost: a\r\n\r\n")).status,
            400
        );
    }
}

/// A request line that is longer than the server reads: 414 for the target.
#[test]
fn a_target_too_long_is_refused() {
    let line = |len| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(len));
    let endless = format!("GET /{}", "a".repeat(20_000));
    let requests = [line(8192), line(100_000), endless];
    Server::with_digits(&[]).refuses(414, "target-too-long", &requests);
}
