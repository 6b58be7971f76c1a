//! The phases of a publish.

/// Phase of a publish, as the journal records it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublishPhase {
    /// The request that starts the publish may have been sent.
    Intent,
    /// TikTok issued a `publish_id`; bytes are being sent, and the last chunk was not sent.
    Sending,
    /// The last chunk may have been sent, so a post may result from it.
    LastChunk,
    /// All bytes were accepted; TikTok processes the video.
    Processing,
    /// TikTok reported the publish as posted or delivered.
    Done,
    /// The publish ended without a post.
    Failed,
}

impl PublishPhase {
    /// Returns the spelling that stores use, for example `SENDING`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "INTENT",
            Self::Sending => "SENDING",
            Self::LastChunk => "LAST_CHUNK",
            Self::Processing => "PROCESSING",
            Self::Done => "DONE",
            Self::Failed => "FAILED",
        }
    }

    /// Parses the spelling that stores use.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "INTENT" => Self::Intent,
            "SENDING" => Self::Sending,
            "LAST_CHUNK" => Self::LastChunk,
            "PROCESSING" => Self::Processing,
            "DONE" => Self::Done,
            "FAILED" => Self::Failed,
            _ => return None,
        })
    }
}
