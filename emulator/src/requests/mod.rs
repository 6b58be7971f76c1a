//! Records requests. Masks secrets before storing anything.

pub(crate) mod expected;

use std::collections::VecDeque;

use serde::Serialize;

use crate::wire::pairs;

/// Maximum number of recorded requests. Older requests are dropped, so that a load test does not exhaust the memory.
const MAX_RECORDED: usize = 10_000;
const SECRET_KEYS: [&str; 9] = [
    "upload_token",
    "code",
    "code_verifier",
    "client_secret",
    "access_token",
    "refresh_token",
    "token",
    "state",
    "code_challenge",
];

/// A recorded request to one of TikTok's endpoints, with the status of the response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedRequest {
    /// Number of the request since the start or the last reset. Counting starts at 1.
    pub seq: u64,
    /// Virtual time of the response, Unix milliseconds.
    pub at_ms: i64,
    /// `GET`, `POST`, `PUT` or another method.
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Query with secrets replaced by `***`.
    pub query: String,
    /// Endpoint name, such as `video_init`; absent for an unknown path.
    pub endpoint: Option<&'static str>,
    /// HTTP status of the response; 0 if the connection was reset or lost.
    pub status: u16,
    /// TikTok's error code; absent for `ok`.
    pub error_code: Option<String>,
    /// Client key of the calling app, if known.
    pub client_key: Option<String>,
    /// Username of the token's user, if known.
    pub username: Option<String>,
    /// Publish ID of the task that the request concerns, if any.
    pub publish_id: Option<String>,
    /// Number of received body bytes.
    pub body_bytes: u64,
    /// `Content-Range` header of an upload.
    pub content_range: Option<String>,
    /// True if a fault rule acted on the request.
    pub faulted: bool,
    /// Log ID of the response.
    pub log_id: Option<String>,
}

/// The most recent requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Log {
    seq: u64,
    entries: VecDeque<RecordedRequest>,
}

impl Log {
    pub(crate) fn add(&mut self, mut entry: RecordedRequest) {
        self.seq += 1;
        entry.seq = self.seq;
        if self.entries.len() == MAX_RECORDED {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.entries.iter().cloned().collect()
    }

    /// Returns the requests, newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &RecordedRequest> {
        self.entries.iter().rev()
    }

    /// Returns the number of the last request; 0 before the first.
    pub(crate) fn last_seq(&self) -> u64 {
        self.seq
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.entries.iter().filter(|entry| entry.path == what || entry.endpoint == Some(what)).count()
    }
}

/// Returns the query with the values of all secrets replaced by `***`.
pub(crate) fn mask_query(raw_query: &str) -> String {
    let shown: Vec<String> = pairs(raw_query.as_bytes())
        .into_iter()
        .map(|(key, value)| {
            if SECRET_KEYS.contains(&key.as_str()) { format!("{key}=***") } else { format!("{key}={value}") }
        })
        .collect();
    shown.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_secrets_are_masked() {
        assert_eq!(mask_query("upload_id=1&upload_token=abc"), "upload_id=1&upload_token=***");
        assert_eq!(mask_query("fields=id,title"), "fields=id,title");
    }
}
