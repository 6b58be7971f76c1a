//! What recorded in, held against what a test expects.

use std::error::Error;
use std::fmt;

use serde::Deserialize;

use crate::requests::RecordedRequest;

/// One request that a test expects. Only what is named is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedRequest {
    endpoint: String,
    #[serde(default = "once")]
    times: usize,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    error_code: Option<String>,
    #[serde(default)]
    client_key: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    publish_id: Option<String>,
    #[serde(default)]
    body_bytes: Option<u64>,
    #[serde(default)]
    content_range: Option<String>,
    #[serde(default)]
    faulted: Option<bool>,
}

const fn once() -> usize {
    1
}

impl From<&str> for ExpectedRequest {
    fn from(endpoint: &str) -> Self {
        Self::to(endpoint)
    }
}

impl ExpectedRequest {
    /// One request to an endpoint (`user_info`), or to a path (`/v2/user/info/`).
    #[must_use]
    pub fn to(endpoint: &str) -> Self {
        Self { endpoint: endpoint.to_owned(), times: 1, ..Self::default() }
    }

    /// So many of them in a row.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Answered with this HTTP status; 0 is no answer.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Answered with this error code.
    #[must_use]
    pub fn error_code(mut self, code: &str) -> Self {
        self.error_code = Some(code.to_owned());
        self
    }

    /// Sent by this app.
    #[must_use]
    pub fn client_key(mut self, client_key: &str) -> Self {
        self.client_key = Some(client_key.to_owned());
        self
    }

    /// Sent for this user.
    #[must_use]
    pub fn username(mut self, username: &str) -> Self {
        self.username = Some(username.to_owned());
        self
    }

    /// About this publish task.
    #[must_use]
    pub fn publish_id(mut self, publish_id: &str) -> Self {
        self.publish_id = Some(publish_id.to_owned());
        self
    }

    /// With a body of so many bytes.
    #[must_use]
    pub fn body_bytes(mut self, bytes: u64) -> Self {
        self.body_bytes = Some(bytes);
        self
    }

    /// With this `Content-Range`.
    #[must_use]
    pub fn content_range(mut self, range: &str) -> Self {
        self.content_range = Some(range.to_owned());
        self
    }

    /// Hit by a fault rule, or not.
    #[must_use]
    pub fn faulted(mut self, faulted: bool) -> Self {
        self.faulted = Some(faulted);
        self
    }

    /// The fields that differ, as `field expected, recorded`.
    fn differences(&self, recorded: &RecordedRequest) -> Vec<String> {
        let mut all = Vec::new();
        if recorded.endpoint != Some(self.endpoint.as_str()) && recorded.path != self.endpoint {
            all.push(format!("expected `{}`, recorded `{}`", self.endpoint, name(recorded)));
        }
        let mut compare = |field: &str, wanted: Option<String>, recorded: Option<String>| {
            let Some(wanted) = wanted else { return };
            if recorded.as_ref() != Some(&wanted) {
                let recorded = recorded.unwrap_or_else(|| "none".to_owned());
                all.push(format!("{field}: expected {wanted}, recorded {recorded}"));
            }
        };
        compare("status", text(self.status.as_ref()), Some(recorded.status.to_string()));
        compare("error_code", self.error_code.clone(), recorded.error_code.clone());
        compare("client_key", self.client_key.clone(), recorded.client_key.clone());
        compare("username", self.username.clone(), recorded.username.clone());
        compare("publish_id", self.publish_id.clone(), recorded.publish_id.clone());
        compare("body_bytes", text(self.body_bytes.as_ref()), Some(recorded.body_bytes.to_string()));
        compare("content_range", self.content_range.clone(), recorded.content_range.clone());
        compare("faulted", text(self.faulted.as_ref()), Some(recorded.faulted.to_string()));
        all
    }
}

fn text<T: ToString>(value: Option<&T>) -> Option<String> {
    value.map(ToString::to_string)
}

fn name(request: &RecordedRequest) -> &str {
    request.endpoint.unwrap_or(&request.path)
}

/// The record differs from what was expected; the message names the first difference and lists what recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestMismatch(String);

impl fmt::Display for RequestMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for RequestMismatch {}

/// Exactly these requests recorded, in this order.
pub(crate) fn compare(
    recorded: &[RecordedRequest],
    expected: &[ExpectedRequest],
) -> Result<(), RequestMismatch> {
    let total = expected.iter().fold(0_usize, |sum, one| sum.saturating_add(one.times));
    let mut wanted = expected.iter().flat_map(|one| std::iter::repeat_n(one, one.times));
    // Ends at the first difference, however many are expected.
    for at in 0..=recorded.len() {
        let differences = match (wanted.next(), recorded.get(at)) {
            (Some(wanted), Some(recorded)) => wanted.differences(recorded),
            (Some(wanted), None) => vec![format!("expected `{}`, recorded none", wanted.endpoint)],
            (None, Some(recorded)) => vec![format!("expected none, recorded `{}`", name(recorded))],
            (None, None) => Vec::new(),
        };
        if !differences.is_empty() {
            let counts = format!("{total} expected, {} recorded", recorded.len());
            let message = format!("request {}: {}; {counts}", at + 1, differences.join("; "));
            return Err(RequestMismatch(message + &list(recorded, Some(at))));
        }
    }
    Ok(())
}

/// Exactly `expected.times` requests of the whole record are like this one, wherever they are.
pub(crate) fn count(recorded: &[RecordedRequest], expected: &ExpectedRequest) -> Result<(), RequestMismatch> {
    let alike = recorded.iter().filter(|request| expected.differences(request).is_empty()).count();
    if alike == expected.times {
        return Ok(());
    }
    let message = format!(
        "expected {} requests to `{}` with the fields named, recorded {alike}; {} recorded in all",
        expected.times,
        expected.endpoint,
        recorded.len()
    );
    Err(RequestMismatch(message + &list(recorded, None)))
}

/// One line for each request, with an arrow before the one at `marked`.
fn list(recorded: &[RecordedRequest], marked: Option<usize>) -> String {
    let line = |(at, request): (usize, &RecordedRequest)| {
        let arrow = if marked == Some(at) { "->" } else { "  " };
        let mut line = format!("\n{arrow} {:>3} {:<13} {}", at + 1, name(request), request.status);
        let fields = [
            ("", &request.error_code),
            ("", &request.content_range),
            ("@", &request.username),
            ("", &request.publish_id),
        ];
        for (mark, value) in fields {
            if let Some(value) = value {
                line.push_str(&[" ", mark, value].concat());
            }
        }
        if request.faulted { line + " (faulted)" } else { line }
    };
    recorded.iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_request_is_named() {
        let mismatch = compare(&[], &["token".into()]).unwrap_err();
        assert_eq!(
            mismatch.to_string(),
            "request 1: expected `token`, recorded none; 1 expected, 0 recorded"
        );
        assert_eq!(compare(&[], &[]), Ok(()));
        assert_eq!(compare(&[], &[ExpectedRequest::to("token").times(0)]), Ok(()));
    }
}
