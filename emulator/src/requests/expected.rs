//! Compares the recorded requests with a test's expectations.

use std::error::Error;
use std::fmt;

use serde::Deserialize;

use crate::requests::RecordedRequest;
use crate::wire::Endpoint;

/// A request that a test expects. Only the fields that are set are compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedRequest {
    endpoint: String,
    #[serde(default = "default_one")]
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

const fn default_one() -> usize {
    1
}

impl From<&str> for ExpectedRequest {
    fn from(endpoint: &str) -> Self {
        Self::to(endpoint)
    }
}

impl ExpectedRequest {
    /// Expects one request to an endpoint (`user_info`) or to a path (`/v2/user/info/`).
    #[must_use]
    pub fn to(endpoint: &str) -> Self {
        Self { endpoint: endpoint.to_owned(), times: 1, ..Self::default() }
    }

    /// Expects `times` consecutive requests of this kind.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Expects this HTTP status; 0 means no response.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Expects this error code in the response.
    #[must_use]
    pub fn error_code(mut self, code: &str) -> Self {
        self.error_code = Some(code.to_owned());
        self
    }

    /// Expects a request from this app.
    #[must_use]
    pub fn client_key(mut self, client_key: &str) -> Self {
        self.client_key = Some(client_key.to_owned());
        self
    }

    /// Expects a request for this user.
    #[must_use]
    pub fn username(mut self, username: &str) -> Self {
        self.username = Some(username.to_owned());
        self
    }

    /// Expects a request about this publish task.
    #[must_use]
    pub fn publish_id(mut self, publish_id: &str) -> Self {
        self.publish_id = Some(publish_id.to_owned());
        self
    }

    /// Expects a body of exactly `bytes` bytes.
    #[must_use]
    pub fn body_bytes(mut self, bytes: u64) -> Self {
        self.body_bytes = Some(bytes);
        self
    }

    /// Expects this `Content-Range` header.
    #[must_use]
    pub fn content_range(mut self, range: &str) -> Self {
        self.content_range = Some(range.to_owned());
        self
    }

    /// Expects that a fault rule acted on the request, or that no rule did.
    #[must_use]
    pub fn faulted(mut self, faulted: bool) -> Self {
        self.faulted = Some(faulted);
        self
    }

    /// Rejects an unknown endpoint, because a misspelt name would otherwise pass as an endpoint without requests.
    fn check(&self) -> Result<(), RequestMismatch> {
        if self.endpoint.starts_with('/') || Endpoint::ALL.iter().any(|known| known.name() == self.endpoint) {
            return Ok(());
        }
        let (name, known) = (&self.endpoint, Endpoint::names());
        Err(RequestMismatch(format!("endpoint {name:?} does not exist; use a path or one of {known}")))
    }

    /// Returns the fields that differ, as `field: expected .., received ..`.
    fn differences(&self, recorded: &RecordedRequest) -> Vec<String> {
        let mut all = Vec::new();
        if recorded.endpoint != Some(self.endpoint.as_str()) && recorded.path != self.endpoint {
            all.push(format!("expected `{}`, received `{}`", self.endpoint, name(recorded)));
        }
        let mut compare = |field: &str, expected_value: Option<String>, recorded: Option<String>| {
            let Some(expected_value) = expected_value else { return };
            if recorded.as_ref() != Some(&expected_value) {
                let recorded = recorded.unwrap_or_else(|| "none".to_owned());
                all.push(format!("{field}: expected {expected_value}, received {recorded}"));
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

/// Error for recorded requests that differ from the expected ones. The message names the first difference and lists all
/// recorded requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestMismatch(String);

impl fmt::Display for RequestMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for RequestMismatch {}

/// Checks that exactly the expected requests were recorded, in this order.
pub(crate) fn compare(
    recorded: &[RecordedRequest],
    expected: &[ExpectedRequest],
) -> Result<(), RequestMismatch> {
    expected.iter().try_for_each(ExpectedRequest::check)?;
    let total = expected.iter().fold(0_usize, |sum, one| sum.saturating_add(one.times));
    let mut expected_value = expected.iter().flat_map(|one| std::iter::repeat_n(one, one.times));
    // The number of recorded requests limits the loop, because `times` can expect any number of requests.
    for at in 0..=recorded.len() {
        let differences = match (expected_value.next(), recorded.get(at)) {
            (Some(expected_value), Some(recorded)) => expected_value.differences(recorded),
            (Some(expected_value), None) => {
                vec![format!("expected `{}`, received none", expected_value.endpoint)]
            }
            (None, Some(recorded)) => vec![format!("expected none, received `{}`", name(recorded))],
            (None, None) => Vec::new(),
        };
        if !differences.is_empty() {
            let counts = format!("{total} expected, {} received", recorded.len());
            let message = format!("request {}: {}; {counts}", at + 1, differences.join("; "));
            return Err(RequestMismatch(message + &list(recorded, Some(at))));
        }
    }
    Ok(())
}

/// Checks that exactly `expected.times` recorded requests match `expected`, in any position.
pub(crate) fn count(recorded: &[RecordedRequest], expected: &ExpectedRequest) -> Result<(), RequestMismatch> {
    expected.check()?;
    let alike = recorded.iter().filter(|request| expected.differences(request).is_empty()).count();
    if alike == expected.times {
        return Ok(());
    }
    let message = format!(
        "expected {} requests to `{}` with the given fields, received {alike}; {} received in total",
        expected.times,
        expected.endpoint,
        recorded.len()
    );
    Err(RequestMismatch(message + &list(recorded, None)))
}

/// Formats one line for each request, with an arrow before the request at `marked`.
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
    fn expectation_with_an_unknown_endpoint_is_rejected() {
        let typo = ExpectedRequest::to("uplaod").times(0);
        for mismatch in [count(&[], &typo).unwrap_err(), compare(&[], &[typo]).unwrap_err()] {
            let text = mismatch.to_string();
            assert!(
                text.starts_with("endpoint \"uplaod\" does not exist; use a path or one of authorize,"),
                "{text}"
            );
        }
        assert_eq!(count(&[], &ExpectedRequest::to("/v2/nothing/").times(0)), Ok(()));
    }

    #[test]
    fn mismatch_names_a_missing_request() {
        let mismatch = compare(&[], &["token".into()]).unwrap_err();
        assert_eq!(
            mismatch.to_string(),
            "request 1: expected `token`, received none; 1 expected, 0 received"
        );
        assert_eq!(compare(&[], &[]), Ok(()));
        assert_eq!(compare(&[], &[ExpectedRequest::to("token").times(0)]), Ok(()));
    }
}
