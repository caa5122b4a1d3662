//! Owns what is counted of titles, and how that is told.
//! Knows nothing of how they are packaged.

use std::fmt::Write as _;

use super::{family, labelled, write_object};

/// What is known of titles that are packaged.
#[derive(Debug, Clone, Default)]
pub struct Titles {
    /// How many were read.
    pub read: u64,
    /// How much memory is kept of them.
    pub kept_bytes: u64,
    /// Those that were refused, by reason.
    pub refused: Vec<(&'static str, u64)>,
}

impl Titles {
    /// The same for scripts, behind other members.
    pub fn write_json(&self, out: &mut String) {
        _ = write!(
            out,
            ",\"packages_read\":{},\"packages_kept_bytes\":{}",
            self.read, self.kept_bytes
        );
        write_object("packages_refused", self.refused.iter().copied(), out);
    }

    /// For Prometheus.
    pub(super) fn write(&self, out: &mut String) {
        let help = "Titles that were read to be packaged.";
        family("packages_read_total", "counter", help, out);
        _ = writeln!(out, "reeld_packages_read_total {}", self.read);
        let help = "Memory that packages and their texts take.";
        family("packages_kept_bytes", "gauge", help, out);
        _ = writeln!(out, "reeld_packages_kept_bytes {}", self.kept_bytes);
        let help = "Titles that were read and cannot be packaged, by reason.";
        let refused = self.refused.iter().copied();
        labelled(
            ("packages_refused_total", "counter", help),
            "reason",
            refused,
            out,
        );
    }
}
