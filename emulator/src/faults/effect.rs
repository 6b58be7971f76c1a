//! Effects of a fault rule.

use serde::{Deserialize, Serialize};

use super::error::FaultError;

/// The effect of a rule on a call: a delay, then a failure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultEffect {
    /// Delay before the failure, milliseconds. The delay runs in real time, because the client's timeouts do.
    pub delay_ms: u64,
    /// The failure. By default the endpoint sends its complete response.
    pub failure: Failure,
}

/// The failure itself: a reset, or a wrong response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Resets the connection before the request takes effect.
    ResetBefore {
        /// Number of request body bytes that are read first; `None` for none.
        body_bytes: Option<u64>,
    },
    /// Handles the request and resets the connection instead of responding.
    ResetAfter,
    /// Sends a response.
    Response {
        /// The rule's response; `None` sends the endpoint's own.
        replacement: Option<FaultResponse>,
        /// Lets the request take effect before the rule's response is sent. The endpoint's own response always takes
        /// effect.
        takes_effect: bool,
        /// Changes to the response.
        changes: ResponseChanges,
    },
}

/// A response that replaces the endpoint's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultResponse {
    /// HTTP status; 200 by default, 502 for a proxy's page.
    pub status: Option<u16>,
    /// The body.
    pub content: FaultContent,
}

/// Body of a [`FaultResponse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultContent {
    /// An error in the format of the endpoint.
    Error {
        /// `error.code` of TikTok's envelope, or `error` of an OAuth response; `internal_error` by default.
        code: Option<String>,
    },
    /// A raw body.
    Raw {
        /// The body.
        body: String,
        /// `text/html` by default.
        content_type: Option<String>,
    },
    /// HTML page of a proxy that cannot reach its upstream.
    ProxyHtml,
}

/// Changes to a response before it is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseChanges {
    /// Makes the JSON of the response invalid.
    pub corrupt: Option<Corruption>,
    /// Sends the response slowly.
    pub throttle: Option<Throttle>,
    /// `Content-Range` header of an upload response, regardless of the stored bytes.
    pub content_range: Option<String>,
    /// Resets the connection after this number of body bytes.
    pub cut_after: Option<u64>,
}

/// Kind of corruption that makes the JSON of a response invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Corruption {
    /// Sends only the first half of the JSON in a complete HTTP message.
    Truncated,
    /// Keeps the length but replaces some bytes.
    Garbled,
}

/// Slow transmission of a response, in real time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// Bytes per frame, at least 1.
    pub bytes: u64,
    /// Real milliseconds between two frames.
    pub every_ms: u64,
}

impl Default for Failure {
    fn default() -> Self {
        Self::Response { replacement: None, takes_effect: false, changes: ResponseChanges::default() }
    }
}

impl Failure {
    /// Validates the values. `is_upload` is true if the rule can act on uploads, `only_uploads` if it acts on nothing
    /// else.
    pub(super) fn check(&self, is_upload: bool, only_uploads: bool) -> Result<(), FaultError> {
        let Self::Response { replacement, changes, .. } = self else { return Ok(()) };
        let status = replacement.as_ref().and_then(|response| response.status);
        if status.is_some_and(|status| !(200..=599).contains(&status)) {
            return invalid("status", "200 to 599");
        }
        let raw = replacement.as_ref().and_then(|response| match &response.content {
            FaultContent::Raw { content_type, .. } => Some(content_type.as_deref().unwrap_or_default()),
            _ => None,
        });
        if raw.is_some_and(|content_type| !is_printable(content_type)) {
            return invalid("content_type", "printable ASCII");
        }
        if changes.throttle.is_some_and(|throttle| throttle.bytes == 0) {
            return invalid("throttle.bytes", "at least 1");
        }
        if changes.content_range.is_some() && !is_upload {
            return Err(FaultError::Contradiction {
                fields: &["content_range", "endpoint"],
                reason: "content_range only applies to uploads; set endpoint to upload",
            });
        }
        if changes.content_range.as_deref().is_some_and(|range| !is_printable(range)) {
            return invalid("content_range", "printable ASCII");
        }
        if changes.corrupt.is_some() && only_uploads && raw.is_none() {
            return Err(FaultError::Contradiction {
                fields: &["corrupt", "body"],
                reason: "corrupt needs a body, but upload responses have none; set body",
            });
        }
        Ok(())
    }
}

fn invalid(field: &'static str, allowed: &'static str) -> Result<(), FaultError> {
    Err(FaultError::InvalidValue { field, allowed })
}

/// Returns true if `text` is printable ASCII, as headers require.
fn is_printable(text: &str) -> bool {
    text.bytes().all(|b| (0x20..0x7F).contains(&b))
}
