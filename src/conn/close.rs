//! Owns the reasons for which a connection ends.
//! Knows nothing of when each applies.

/// Why a connection ended. There is no end without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The last reply was sent, as both sides knew.
    Done,
    /// The peer closed between two requests.
    PeerClosed,
    /// The peer closed or reset in the middle of something.
    PeerGone,
    /// A request was refused.
    Refused,
    /// Its head took longer than `head_secs_max`.
    HeadTimeout,
    /// No request for `idle_secs_max`.
    Idle,
    /// The reader took nothing for `stall_secs_max`, as we or the kernel saw it, or for `rest_millis` while
    /// others needed its place.
    Stalled,
    /// The file became shorter than the reply promised.
    FileShrank,
    /// The file was rewritten in place.
    FileRewritten,
    /// The file could not be read.
    FileUnreadable,
    /// The disk did not bring its bytes within `stall_secs_max`.
    DiskTimeout,
    /// More page-ins than `page_ins_max` were waiting.
    DiskBusy,
    /// The server stops.
    Stopping,
    /// No reply was under way, and others needed its place.
    Evicted,
    /// Its address had twice `--max-per-client` connections.
    TooMany,
}

impl CloseReason {
    /// The name in logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::PeerClosed => "peer-closed",
            Self::PeerGone => "peer-gone",
            Self::Refused => "refused",
            Self::HeadTimeout => "head-timeout",
            Self::Idle => "idle",
            Self::Stalled => "stalled",
            Self::FileShrank => "file-shrank",
            Self::FileRewritten => "file-rewritten",
            Self::FileUnreadable => "file-unreadable",
            Self::DiskTimeout => "disk-timeout",
            Self::DiskBusy => "disk-busy",
            Self::Stopping => "stopping",
            Self::Evicted => "evicted",
            Self::TooMany => "too-many",
        }
    }

    /// Whether the socket is better reset: nobody shall wait for bytes that nobody reads, and a body
    /// that ends early must not look whole.
    pub const fn is_abrupt(self) -> bool {
        matches!(
            self,
            Self::Stalled
                | Self::FileShrank
                | Self::FileRewritten
                | Self::FileUnreadable
                | Self::DiskTimeout
                | Self::DiskBusy
        )
    }
}
