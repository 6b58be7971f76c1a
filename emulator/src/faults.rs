//! Faults by rule: what goes wrong, where, and on which call.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::routes::Endpoint;
use crate::wire::Reply;

/// One rule. Calls to its endpoint are counted from the moment it is added; it acts on calls `nth` to `nth + times - 1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// A name such as `upload`, `video_list`, or a path such as `/v2/video/list/`; `*` is every endpoint.
    pub endpoint: String,
    /// First call that is hit, counted from 1.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many calls are hit; 0 is no end.
    #[serde(default = "one")]
    pub times: u64,
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
    /// Reset the connection instead of answering.
    #[serde(default)]
    pub reset: bool,
    /// Handle the request first, so that it takes effect, and only then answer wrongly or reset.
    #[serde(default)]
    pub after: bool,
    /// Matching calls so far.
    #[serde(default, skip_deserializing)]
    pub seen: u64,
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

impl Fault {
    /// A rule that hits the first call to `endpoint` and, until told more, does nothing to it.
    #[must_use]
    pub fn on(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            nth: 1,
            times: 1,
            status: None,
            code: None,
            body: None,
            content_type: None,
            delay_ms: 0,
            reset: false,
            after: false,
            seen: 0,
        }
    }

    /// The first call that is hit, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = nth;
        self
    }

    /// How many calls are hit; 0 is no end.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    /// Answers with a status; the body is TikTok's envelope with `internal_error`.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Answers with a status and an error code in TikTok's shape.
    #[must_use]
    pub fn error(mut self, status: u16, code: &str) -> Self {
        self.status = Some(status);
        self.code = Some(code.to_owned());
        self
    }

    /// Answers with a raw body.
    #[must_use]
    pub fn raw(mut self, status: u16, content_type: &str, body: &str) -> Self {
        self.status = Some(status);
        self.content_type = Some(content_type.to_owned());
        self.body = Some(body.to_owned());
        self
    }

    /// Waits in real time before anything else.
    #[must_use]
    pub fn delay(mut self, by: Duration) -> Self {
        self.delay_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Resets the connection before the body is read: nothing takes effect.
    #[must_use]
    pub fn reset_before(mut self) -> Self {
        self.reset = true;
        self.after = false;
        self
    }

    /// Takes the body, does what it asks for, and resets the connection instead of answering.
    #[must_use]
    pub fn reset_after(mut self) -> Self {
        self.reset = true;
        self.after = true;
        self
    }

    /// Lets the request take effect before the wrong answer goes out.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        self.after = true;
        self
    }

    pub(crate) fn check(&self) -> Result<(), FaultError> {
        self.complaint().map_or(Ok(()), |reason| Err(FaultError { reason }))
    }

    /// What is wrong with this rule, as a sentence.
    pub(crate) fn complaint(&self) -> Option<String> {
        if self.endpoint != "*" && !Endpoint::ALL.iter().any(|e| self.names(*e)) {
            let names: Vec<&str> = Endpoint::ALL.iter().map(|e| e.name()).collect();
            return Some(format!(
                "no endpoint is called {:?}; use *, a path or one of {}",
                self.endpoint,
                names.join(", ")
            ));
        }
        if self.nth == 0 {
            return Some("nth counts from 1".to_owned());
        }
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Some("status must be 200 to 599".to_owned());
        }
        None
    }

    fn names(&self, endpoint: Endpoint) -> bool {
        self.endpoint == endpoint.name()
            || self.endpoint.trim_end_matches('/') == endpoint.path().trim_end_matches('/')
    }

    /// Counts the call; `true` if this rule acts on it.
    fn hits(&mut self, endpoint: Endpoint) -> bool {
        if self.endpoint != "*" && !self.names(endpoint) {
            return false;
        }
        self.seen += 1;
        self.seen >= self.nth && (self.times == 0 || self.seen - self.nth < self.times)
    }

    /// Whether it answers in the handler's place; a rule with a delay alone does not.
    pub(crate) fn answers(&self) -> bool {
        self.status.is_some() || self.body.is_some() || self.code.is_some()
    }

    pub(crate) fn reply(&self, endpoint: Endpoint, log_id: &str) -> Reply {
        let status =
            self.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
        if let Some(body) = &self.body {
            let kind =
                self.content_type.as_deref().filter(|kind| kind.bytes().all(|b| (0x20..0x7F).contains(&b)));
            return Reply::text(status, kind.unwrap_or("text/html"), Bytes::from(body.clone()));
        }
        let code = self.code.as_deref().unwrap_or("internal_error");
        let body = match endpoint {
            Endpoint::Token | Endpoint::Revoke | Endpoint::GetQrcode | Endpoint::CheckQrcode => {
                json!({"error": code, "error_description": "Injected by a fault rule.", "log_id": log_id})
            }
            Endpoint::Upload => return Reply::empty(status),
            _ => {
                json!({"data": {}, "error": {"code": code, "message": "Injected by a fault rule.", "log_id": log_id}})
            }
        };
        Reply::json(status, &body).with("x-tt-logid", log_id.to_owned())
    }
}

/// Counts the call on every rule and answers the first one that acts.
pub(crate) fn pick(rules: &mut [Fault], endpoint: Endpoint) -> Option<Fault> {
    let mut picked = None;
    for rule in rules {
        if rule.hits(endpoint) && picked.is_none() {
            picked = Some(rule.clone());
        }
    }
    picked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nth_and_times_choose_the_calls() {
        let mut rules = vec![Fault::on("upload").nth(2).times(2).status(500)];
        let hit: Vec<bool> = (0..5).map(|_| pick(&mut rules, Endpoint::Upload).is_some()).collect();
        assert_eq!(hit, [false, true, true, false, false]);
        assert!(pick(&mut rules, Endpoint::UserInfo).is_none());
    }

    #[test]
    fn a_rule_can_be_named_by_path_and_last_for_ever() {
        let mut rules = vec![Fault::on("/v2/video/list").times(0).status(500)];
        assert!((0..9).all(|_| pick(&mut rules, Endpoint::VideoList).is_some()));
        assert!(Fault::on("/v2/nothing/").complaint().is_some());
        assert!(Fault::on("*").status(200).complaint().is_none());
    }
}
