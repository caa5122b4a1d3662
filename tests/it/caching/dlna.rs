//! DLNA: the fields that make a television set seek, for those that ask for them.

use crate::server::Server;

const ASK: &str = "getcontentFeatures.dlna.org: 1";
const FEATURES: &str =
    "DLNA.ORG_OP=01;DLNA.ORG_CI=0;DLNA.ORG_FLAGS=01700000000000000000000000000000";

/// Who asks for the features is told that bytes can be sought.
#[test]
fn features_for_who_asks() {
    let server = Server::with_digits(&[]);
    for method in ["GET", "HEAD"] {
        let reply = server.ask(method, "/video/a.mp4", &[ASK]);
        assert_eq!(reply.must("contentFeatures.dlna.org"), FEATURES, "{method}");
    }
    let reply = server.get("/video/a.mp4", &[ASK, "Range: bytes=0-0"]);
    assert_eq!(
        (reply.status, reply.must("contentFeatures.dlna.org")),
        (206, FEATURES)
    );
}

/// The mode of transfer is echoed when it is one of the three.
#[test]
fn the_mode_of_transfer() {
    let server = Server::with_digits(&[]);
    for mode in ["Streaming", "Interactive", "Background"] {
        let reply = server.get("/video/a.mp4", &[&format!("transferMode.dlna.org: {mode}")]);
        assert_eq!(reply.must("transferMode.dlna.org"), mode);
    }
    let reply = server.get("/video/a.mp4", &["transferMode.dlna.org: Other"]);
    assert_ne!(reply.field("transferMode.dlna.org"), Some("Other"));
}

/// Nobody else is bothered with them.
#[test]
fn nothing_for_others() {
    let reply = Server::with_digits(&[]).get("/video/a.mp4", &[]);
    assert!(
        !reply.fields.iter().any(|(name, _)| name.contains("dlna")),
        "{reply:?}"
    );
}
