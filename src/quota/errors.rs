//! Errors of requests that get no permit.

use super::limits::Limit;
use super::policy::Span;
use super::time::format_duration;
use super::window::Full;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Retry};
use std::time::Duration;

/// The full window with the longest wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockingWindow {
    /// The number of its limit.
    pub(super) number: u8,
    pub(super) limit: Limit,
    pub(super) full: Full,
}

pub(super) fn window_full(limit: Limit, wait: Duration, now: Timestamp) -> Error {
    let Limit { kind, rule, .. } = limit;
    let message = format!(
        "the limit of {} {} ({}) per {} is reached; retry in {}, at {}",
        rule.limit(),
        kind.plural(),
        kind.as_str(),
        rule.span().words(),
        format_duration(wait),
        now.plus(wait).to_iso8601(),
    );
    refused(limit, wait, message)
}

pub(super) fn queue_full(limit: Limit, wait: Duration) -> Error {
    let message = format!(
        "too many {} are already waiting for the limit per {}; retry in {}, or lower the concurrency",
        limit.kind.plural(),
        limit.rule.span().words(),
        format_duration(wait),
    );
    refused(limit, wait, message)
}

fn refused(limit: Limit, wait: Duration, message: String) -> Error {
    let kind = match limit.rule.span() {
        Span::Minute => ErrorKind::RateLimited,
        Span::Day => ErrorKind::QuotaExhausted,
    };
    Error::new(kind, message).with_retry(Retry::After(wait))
}
