//! One rule: its fields, how Rust tests write it, and which rules make no sense.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::filter::TokenFilter;
use crate::routes::Endpoint;

/// One rule. The calls that match it are counted from the moment it is added; it acts from call `nth` on, `times` times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Names the rule among the rules of one emulator; given when it is added.
    #[serde(skip_deserializing)]
    pub id: u64,
    /// A rule that is off neither acts nor counts.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// A name such as `upload`, `video_list`, or a path such as `/v2/video/list/`; `*` is every endpoint.
    pub endpoint: String,
    /// Only calls of this app.
    #[serde(default)]
    pub client_key: Option<String>,
    /// Only calls for this user.
    #[serde(default)]
    pub username: Option<String>,
    /// Only calls about this publish task: its upload, its status, its cancel.
    #[serde(default)]
    pub publish_id: Option<String>,
    /// Only calls that carry this token.
    #[serde(default)]
    pub token: Option<TokenFilter>,
    /// First matching call that is hit, counted from 1.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many calls are hit; 0 is no end. Absent: 1, or no end for a rule with a probability.
    #[serde(default)]
    pub times: Option<u64>,
    /// Chance of each call from `nth` on, 0 to 1, drawn from the emulator's seed.
    #[serde(default)]
    pub probability: Option<f64>,
    /// A ready answer.
    #[serde(default)]
    pub preset: Option<Preset>,
    /// HTTP status of the answer.
    #[serde(default)]
    pub status: Option<u16>,
    /// `error.code` of an answer in TikTok's envelope, or `error` of an OAuth answer.
    #[serde(default)]
    pub code: Option<String>,
    /// A raw body instead of the envelope.
    #[serde(default)]
    pub body: Option<String>,
    /// Content type of the raw body; `text/html` when absent.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Real milliseconds to wait before anything else. Real and not virtual: it is the client's time-outs that are tested.
    #[serde(default)]
    pub delay_ms: u64,
    /// Reset the connection: before the body is read, unless one of the next three fields says when.
    #[serde(default)]
    pub reset: bool,
    /// Handle the request first, so that it takes effect, and only then answer wrongly or reset.
    #[serde(default)]
    pub after: bool,
    /// With `reset`: in the middle of the request, once this many bytes of its body were taken. Nothing takes effect.
    #[serde(default)]
    pub body_bytes: Option<u64>,
    /// With `reset`: in the middle of the answer, once this many bytes of its body went out. The request takes effect.
    #[serde(default)]
    pub answer_bytes: Option<u64>,
    /// Makes the JSON of the answer unreadable.
    #[serde(default)]
    pub corrupt: Option<Corruption>,
    /// Lets the answer trickle.
    #[serde(default)]
    pub throttle: Option<Throttle>,
    /// `Content-Range` of an upload's answer, whatever was stored.
    #[serde(default)]
    pub content_range: Option<String>,
    /// Matching calls so far.
    #[serde(skip_deserializing)]
    pub seen: u64,
    /// Calls on which it acted.
    #[serde(skip_deserializing)]
    pub hits: u64,
    /// Calls it chose, among them those on which an earlier rule acted.
    #[serde(skip)]
    pub(super) chosen: u64,
}

/// A ready answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// The HTML page of a proxy that reached nobody; status 502 unless the rule names another.
    ProxyHtml,
}

/// How the JSON of an answer is made unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Corruption {
    /// Its second half is missing, although the HTTP message is complete.
    Truncated,
    /// It is as long as before, but some of its bytes are others.
    Garbled,
}

/// An answer that trickles, in real time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// Bytes of the body at a time, at least 1.
    pub bytes: u64,
    /// Real milliseconds between them.
    pub every_ms: u64,
}

/// A rule that can never act; the text says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultError {
    reason: String,
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the fault rule was not added because it can never act: {}", self.reason)
    }
}

impl std::error::Error for FaultError {}

const fn one() -> u64 {
    1
}

const fn yes() -> bool {
    true
}

impl Fault {
    pub(crate) fn check(&self) -> Result<(), FaultError> {
        self.problem().map_or(Ok(()), |reason| Err(FaultError { reason }))
    }

    /// What is wrong with this rule, as a sentence that names the field.
    pub(crate) fn problem(&self) -> Option<String> {
        if self.endpoint != "*" && !Endpoint::ALL.iter().any(|e| self.names(*e)) {
            let names: Vec<&str> = Endpoint::ALL.iter().map(|e| e.name()).collect();
            return Some(format!(
                "no endpoint is called {:?}; use *, a path or one of {}",
                self.endpoint,
                names.join(", ")
            ));
        }
        let takes_no_effect = self.reset && !self.after && self.answer_bytes.is_none();
        let changes_answer =
            self.corrupt.is_some() || self.throttle.is_some() || self.content_range.is_some();
        let is_upload = self.endpoint == "*" || self.names(Endpoint::Upload);
        let sentence = if self.nth == 0 {
            "nth counts from 1"
        } else if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            "status must be 200 to 599"
        } else if self.probability.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            "probability must be 0 to 1"
        } else if self.body_bytes.is_some() && self.answer_bytes.is_some() {
            "body_bytes and answer_bytes are two different moments of a reset"
        } else if (self.body_bytes.is_some() || self.answer_bytes.is_some()) && !self.reset {
            "body_bytes and answer_bytes say when to reset, so reset must be true"
        } else if self.body_bytes.is_some() && self.after {
            "body_bytes resets before the request takes effect, so after cannot be true"
        } else if changes_answer && self.reset && self.answer_bytes.is_none() {
            "corrupt, throttle and content_range change an answer, and a reset without answer_bytes sends none"
        } else if self.answers() && takes_no_effect {
            "status, code, body and preset are an answer, and a reset without answer_bytes sends none"
        } else if self.throttle.is_some_and(|throttle| throttle.bytes == 0) {
            "throttle.bytes must be at least 1"
        } else if self.content_range.is_some() && !is_upload {
            "content_range is for the endpoint upload"
        } else if self.content_range.as_deref().is_some_and(|range| !is_printable(range)) {
            "content_range must be printable ASCII"
        } else if self.corrupt.is_some() && self.endpoint != "*" && is_upload && self.body.is_none() {
            "corrupt changes a body, and the answers of upload have none"
        } else {
            return None;
        };
        Some(sentence.to_owned())
    }

    pub(crate) fn names(&self, endpoint: Endpoint) -> bool {
        self.endpoint == "*"
            || self.endpoint == endpoint.name()
            || self.endpoint.trim_end_matches('/') == endpoint.path().trim_end_matches('/')
    }
}

/// Printable ASCII, as a header takes it.
pub(super) fn is_printable(text: &str) -> bool {
    text.bytes().all(|b| (0x20..0x7F).contains(&b))
}
