//! RFC 9112 section 5.2: a value that is continued on the next line.

use crate::client::get_digits;
use crate::server::Server;

/// A server that gets obs-fold MUST refuse it with 400, or put spaces in its place.
#[test]
fn a_folded_value_is_refused() {
    let folded = [
        ["X: y", " z"],
        ["X: y", "\tz"],
        ["X: y", " Content-Length: 5"],
        ["Range: bytes=0-1,", "  5-6"],
        ["X: y", " "],
    ];
    let requests = folded.map(|lines| get_digits(&lines));
    Server::with_digits(&[]).refuses(400, "obs-fold", &requests);
}
