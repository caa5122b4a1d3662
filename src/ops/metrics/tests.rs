//! What is added up, and how it is told.

use std::time::Duration;

use super::{Metrics, Phase, Titles};

#[test]
fn workers_are_added_up() {
    let metrics = Metrics::new(2, 1_000);
    let (one, two) = (metrics.of_worker(0), metrics.of_worker(1));
    for worker in [&one, &two] {
        worker.accepted.add(2);
        worker.change(None, Some(Phase::Idle));
        worker.change(None, Some(Phase::Head));
    }
    one.change(Some(Phase::Head), Some(Phase::Blocked));
    two.change(Some(Phase::Head), None);
    one.replied(206, Duration::from_millis(1));
    two.replied(206, Duration::from_secs(7_200));
    two.replied(404, Duration::from_millis(2_500));
    two.refusals.add("not-found");
    one.closes.add("done");
    two.closes.add("done");

    let titles = Titles {
        read: 3,
        kept_bytes: 5_000,
        refused: vec![("mp3-in-mp4", 2)],
    };
    let text = metrics.prometheus(&titles);
    for line in [
        "reeld_accepted_total 4",
        "reeld_connections{phase=\"idle\"} 2",
        "reeld_connections{phase=\"blocked\"} 1",
        "reeld_connections{phase=\"head\"} 0",
        "reeld_streams 1",
        "reeld_packages_read_total 3",
        "reeld_packages_kept_bytes 5000",
        "reeld_packages_refused_total{reason=\"mp3-in-mp4\"} 2",
        "reeld_requests_total{status=\"206\"} 2",
        "reeld_requests_total{status=\"404\"} 1",
        "reeld_refusals_total{reason=\"not-found\"} 1",
        "reeld_closes_total{reason=\"done\"} 2",
        "reeld_reply_seconds_bucket{le=\"0.001\"} 1",
        "reeld_reply_seconds_bucket{le=\"1\"} 1",
        "reeld_reply_seconds_bucket{le=\"5\"} 2",
        "reeld_reply_seconds_bucket{le=\"3600\"} 2",
        "reeld_reply_seconds_bucket{le=\"+Inf\"} 3",
        "reeld_reply_seconds_sum 7202.501000",
        "reeld_reply_seconds_count 3",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in\n{text}");
    }
    let mut json = String::new();
    metrics.write_json(&metrics.totals(), 1_060, &mut json);
    assert!(json.starts_with("\"uptime\":60,\"connections\":3,\"streams\":1,\"accepted\":4"));
    assert!(
        json.contains("\"statuses\":{\"206\":2,\"404\":1}"),
        "{json}"
    );
}
