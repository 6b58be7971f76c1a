//! Fields of a rule, and validation.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::filter::TokenFilter;
use crate::routes::Endpoint;

/// One rule. It counts the matching calls since its creation, and acts on `times` of them from call `nth` on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// ID of the rule, assigned when it is added.
    #[serde(skip_deserializing)]
    pub id: u64,
    /// A disabled rule neither acts nor counts calls.
    #[serde(default = "default_true")]
    pub enabled: bool,
    /// Name such as `upload` or `video_list`, path such as `/v2/video/list/`, or `*` for every endpoint.
    pub endpoint: String,
    /// Limits the rule to calls of this app.
    #[serde(default)]
    pub client_key: Option<String>,
    /// Limits the rule to calls for this user.
    #[serde(default)]
    pub username: Option<String>,
    /// Limits the rule to calls about this publish task: its uploads, status and cancel calls.
    #[serde(default)]
    pub publish_id: Option<String>,
    /// Limits the rule to calls with this token.
    #[serde(default)]
    pub token: Option<TokenFilter>,
    /// First matching call on which the rule acts, from 1.
    #[serde(default = "default_one")]
    pub nth: u64,
    /// Number of calls on which the rule acts; 0 for no limit. Absent: 1, or no limit with a probability.
    #[serde(default)]
    pub times: Option<u64>,
    /// Probability for each call from `nth` on, 0 to 1, drawn from the seed of the emulator.
    #[serde(default)]
    pub probability: Option<f64>,
    /// Predefined response.
    #[serde(default)]
    pub preset: Option<Preset>,
    /// HTTP status of the response.
    #[serde(default)]
    pub status: Option<u16>,
    /// `error.code` of a response in TikTok's envelope, or `error` of an OAuth response.
    #[serde(default)]
    pub code: Option<String>,
    /// Raw body instead of the envelope.
    #[serde(default)]
    pub body: Option<String>,
    /// Content type of the raw body; `text/html` by default.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Delay before any other effect, real milliseconds. The delay is in real time because the timeouts of the client are.
    #[serde(default)]
    pub delay_ms: u64,
    /// Resets the connection: before the body is read, unless `after`, `body_bytes` or `answer_bytes` selects another moment.
    #[serde(default)]
    pub reset: bool,
    /// Handles the request first, then sends the rule's response or resets.
    #[serde(default)]
    pub after: bool,
    /// With `reset`: resets after this number of bytes of the request body. The request has no effect.
    #[serde(default)]
    pub body_bytes: Option<u64>,
    /// With `reset`: resets after this number of bytes of the response body. The request takes effect.
    #[serde(default)]
    pub answer_bytes: Option<u64>,
    /// Makes the JSON of the response invalid.
    #[serde(default)]
    pub corrupt: Option<Corruption>,
    /// Sends the response slowly.
    #[serde(default)]
    pub throttle: Option<Throttle>,
    /// `Content-Range` of the response to an upload, regardless of what was stored.
    #[serde(default)]
    pub content_range: Option<String>,
    /// Number of matching calls so far.
    #[serde(skip_deserializing)]
    pub seen: u64,
    /// Number of calls on which the rule acted.
    #[serde(skip_deserializing)]
    pub hits: u64,
    /// Number of selected calls, including those on which an earlier rule acted.
    #[serde(skip)]
    pub(super) chosen: u64,
}

/// Predefined responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// HTML page of a proxy that cannot reach its upstream; status 502 unless the rule sets another.
    ProxyHtml,
}

/// Way of making the JSON of a response invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Corruption {
    /// The second half is missing, although the HTTP message is complete.
    Truncated,
    /// The length is the same, but some bytes are replaced.
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

/// Error for a rule that can never act; the message states the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultError {
    reason: String,
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid fault rule: {}", self.reason)
    }
}

impl std::error::Error for FaultError {}

const fn default_one() -> u64 {
    1
}

const fn default_true() -> bool {
    true
}

impl Fault {
    pub(crate) fn check(&self) -> Result<(), FaultError> {
        self.problem().map_or(Ok(()), |reason| Err(FaultError { reason }))
    }

    /// Returns the reason why this rule is invalid, naming the field, or `None`.
    pub(crate) fn problem(&self) -> Option<String> {
        if self.endpoint != "*" && !Endpoint::ALL.iter().any(|e| self.names(*e)) {
            let names: Vec<&str> = Endpoint::ALL.iter().map(|e| e.name()).collect();
            return Some(format!(
                "endpoint {:?} does not exist; use *, a path or one of {}",
                self.endpoint,
                names.join(", ")
            ));
        }
        let takes_no_effect = self.reset && !self.after && self.answer_bytes.is_none();
        let changes_answer =
            self.corrupt.is_some() || self.throttle.is_some() || self.content_range.is_some();
        let is_upload = self.endpoint == "*" || self.names(Endpoint::Upload);
        let message = if self.nth == 0 {
            "nth must be at least 1"
        } else if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            "status must be 200 to 599"
        } else if self.probability.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            "probability must be 0 to 1"
        } else if self.body_bytes.is_some() && self.answer_bytes.is_some() {
            "body_bytes and answer_bytes exclude each other; set one of them"
        } else if (self.body_bytes.is_some() || self.answer_bytes.is_some()) && !self.reset {
            "body_bytes and answer_bytes select the moment of a reset; set reset to true"
        } else if self.body_bytes.is_some() && self.after {
            "body_bytes resets before the request takes effect; set after to false"
        } else if changes_answer && self.reset && self.answer_bytes.is_none() {
            "corrupt, throttle and content_range need a response, but a reset without answer_bytes sends none; set answer_bytes"
        } else if self.answers() && takes_no_effect {
            "status, code, body and preset are a response, but a reset without answer_bytes sends none; set answer_bytes"
        } else if self.throttle.is_some_and(|throttle| throttle.bytes == 0) {
            "throttle.bytes must be at least 1"
        } else if self.content_range.is_some() && !is_upload {
            "content_range only applies to uploads; set endpoint to upload"
        } else if self.content_range.as_deref().is_some_and(|range| !is_printable(range)) {
            "content_range must be printable ASCII"
        } else if self.corrupt.is_some() && self.endpoint != "*" && is_upload && self.body.is_none() {
            "corrupt needs a body, but upload responses have none; set body"
        } else {
            return None;
        };
        Some(message.to_owned())
    }

    pub(crate) fn names(&self, endpoint: Endpoint) -> bool {
        self.endpoint == "*"
            || self.endpoint == endpoint.name()
            || self.endpoint.trim_end_matches('/') == endpoint.path().trim_end_matches('/')
    }
}

/// Returns true if `text` is printable ASCII, as required in a header.
pub(super) fn is_printable(text: &str) -> bool {
    text.bytes().all(|b| (0x20..0x7F).contains(&b))
}
