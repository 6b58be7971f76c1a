//! Errors for requests that get no permit.

use super::key_state::Full;
use super::policy::{QuotaKind, Rule, Span};
use super::time::format_duration;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Retry};
use std::time::Duration;

/// The reason why a request got no permit.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refused {
    Full(BlockingWindow),
    /// The limiter has the maximum number of windows, and this key has none.
    TooManyWindows,
}

/// The full window with the longest wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockingWindow {
    /// The bit of the window's rule.
    pub(super) bit: u16,
    pub(super) kind: QuotaKind,
    pub(super) rule: Rule,
    pub(super) full: Full,
}

pub(super) fn window_full(blocked: BlockingWindow, wait: Duration, now: Timestamp) -> Error {
    let BlockingWindow { kind, rule, .. } = blocked;
    let message = format!(
        "the limit of {} {} ({}) per {} is reached; retry in {}, at {}",
        rule.limit(),
        kind.plural(),
        kind.as_str(),
        rule.span().words(),
        format_duration(wait),
        now.plus(wait).to_iso8601(),
    );
    refused(blocked, wait, message)
}

pub(super) fn queue_full(blocked: BlockingWindow, wait: Duration) -> Error {
    let message = format!(
        "too many {} are already waiting for the limit per {}; retry in {}, or lower the concurrency",
        blocked.kind.plural(),
        blocked.rule.span().words(),
        format_duration(wait),
    );
    refused(blocked, wait, message)
}

pub(super) fn too_many_windows(max: usize) -> Error {
    let message = format!(
        "all {max} quota windows of this process are in use; retry in a minute, or distribute the accounts over \
         more processes"
    );
    Error::new(ErrorKind::RateLimited, message).with_retry(Retry::After(Span::Minute.duration()))
}

fn refused(blocked: BlockingWindow, wait: Duration, message: String) -> Error {
    let kind = match blocked.rule.span() {
        Span::Minute => ErrorKind::RateLimited,
        Span::Day => ErrorKind::QuotaExhausted,
    };
    Error::new(kind, message).with_retry(Retry::After(wait))
}
