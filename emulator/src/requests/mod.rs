//! The record of requests. Secrets are masked before anything is kept.

pub(crate) mod expected;

use std::collections::VecDeque;

use serde::Serialize;

use crate::wire::pairs;

/// Only this many are kept, so that a load test does not fill the memory.
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

/// A request to an endpoint of TikTok's, as it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedRequest {
    /// Counts from 1 since the start or the last reset.
    pub seq: u64,
    /// Virtual time of the answer, unix milliseconds.
    pub at_ms: i64,
    /// `GET`, `POST`, `PUT` and so on.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The query, with secrets replaced by `***`.
    pub query: String,
    /// `video_init` and so on; absent for an unknown path.
    pub endpoint: Option<&'static str>,
    /// HTTP status of the answer; 0 if the connection was reset or lost.
    pub status: u16,
    /// TikTok's error code, unless it is `ok`.
    pub error_code: Option<String>,
    /// The app, where the request showed it.
    pub client_key: Option<String>,
    /// The user, where the request showed it.
    pub username: Option<String>,
    /// The publish task, where there was one.
    pub publish_id: Option<String>,
    /// Bytes of the body that came.
    pub body_bytes: u64,
    /// Of an upload.
    pub content_range: Option<String>,
    /// A fault rule acted on it.
    pub faulted: bool,
    /// The log id of the answer.
    pub log_id: Option<String>,
}

/// The last requests, oldest first.
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

    /// The newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &RecordedRequest> {
        self.entries.iter().rev()
    }

    /// The number of the last request; 0 before the first.
    pub(crate) fn last_seq(&self) -> u64 {
        self.seq
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.entries.iter().filter(|entry| entry.path == what || entry.endpoint == Some(what)).count()
    }
}

/// The query with the values of secrets replaced.
pub(crate) fn masked(raw_query: &str) -> String {
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
    fn secrets_are_masked() {
        assert_eq!(masked("upload_id=1&upload_token=abc"), "upload_id=1&upload_token=***");
        assert_eq!(masked("fields=id,title"), "fields=id,title");
    }
}
