//! What a request is told that gets no permit.

use super::cell::Full;
use super::policy::{QuotaKind, Rule, Span};
use super::time::spoken;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Retry};
use std::time::Duration;

/// Why a request got no permit.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refused {
    Full(Blocked),
    /// No window can be made for a new key.
    NoRoom,
}

/// The window that holds a request back longest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocked {
    /// The bit of its lane.
    pub(super) bit: u16,
    pub(super) kind: QuotaKind,
    pub(super) rule: Rule,
    pub(super) full: Full,
}

pub(super) fn full(blocked: Blocked, wait: Duration, now: Timestamp) -> Error {
    let Blocked { kind, rule, .. } = blocked;
    let message = format!(
        "The limit of {} {} ({}) in {} is reached; the next is possible in {}, at {}: try again then.",
        rule.limit(),
        kind.plural(),
        kind.as_str(),
        rule.span().words(),
        spoken(wait),
        now.plus(wait).to_iso8601(),
    );
    refused(blocked, wait, message)
}

pub(super) fn queue_full(blocked: Blocked, wait: Duration) -> Error {
    let message = format!(
        "Too many requests of this process wait for a slot of the {} in {} already; try again in {}, or start fewer \
         at a time.",
        blocked.kind.plural(),
        blocked.rule.span().words(),
        spoken(wait),
    );
    refused(blocked, wait, message)
}

pub(super) fn no_room(max: usize) -> Error {
    let message = format!(
        "All {max} quota windows of this process are in use, so a new account must wait: try again in a minute, or \
         spread the accounts over more processes."
    );
    Error::new(ErrorKind::RateLimited, message).with_retry(Retry::After(Span::Minute.duration()))
}

fn refused(blocked: Blocked, wait: Duration, message: String) -> Error {
    let kind = match blocked.rule.span() {
        Span::Minute => ErrorKind::RateLimited,
        Span::Day => ErrorKind::QuotaExhausted,
    };
    Error::new(kind, message).with_retry(Retry::After(wait))
}
