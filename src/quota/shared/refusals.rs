//! What a request is told that gets no permit because of Redis.

use crate::error::{Error, ErrorKind, Owner, Retry};
use crate::quota::policy::QuotaKind;
use crate::quota::time::spoken;
use crate::tls::CertificateFault;
use std::time::Duration;

pub(super) fn bad_address() -> Error {
    Error::new(
        ErrorKind::Config,
        "TOKLINK_REDIS_URL is not a valid Redis URL; use redis://host:port, or rediss://host:port for TLS",
    )
}

fn unavailable(message: String, retry: Retry) -> Error {
    Error::new(ErrorKind::Unavailable, message).with_owner(Owner::App).with_retry(retry)
}

/// Trying again does not help when the server's certificate was refused.
pub(super) fn away(fault: Option<CertificateFault>) -> Error {
    if let Some(fault) = fault {
        return Error::new(ErrorKind::Config, fault.sentence("the Redis server")).with_source(fault);
    }
    unavailable(
        "The Redis that counts requests does not answer, so nothing was sent to TikTok: check that it runs and that \
         TOKLINK_REDIS_URL (or the option redisUrl) leads to it, or let each process use a share of the limits meanwhile (redisAway)."
            .to_owned(),
        Retry::Backoff,
    )
}

pub(super) fn share_begins(wait: Duration) -> Error {
    unavailable(
        format!(
            "The Redis that counts requests does not answer, and what other processes sent just before still counts: \
             this process may use its share of the limits in {}.",
            spoken(wait)
        ),
        Retry::After(wait),
    )
}

pub(super) fn no_share(kind: QuotaKind) -> Error {
    unavailable(
        format!(
            "The Redis that counts requests does not answer, and among so many processes no {} fit in one's share: \
             try again when it is back.",
            kind.plural()
        ),
        Retry::Backoff,
    )
}

pub(super) fn quiet(wait: Duration) -> Error {
    unavailable(
        format!(
            "The Redis that counts requests has lost its counts, as after a restart without persistence: until no \
             earlier request counts any more, in {}, nothing is sent. Turn its persistence on (appendonly yes).",
            spoken(wait)
        ),
        Retry::After(wait),
    )
}

/// Says that the Redis of `REDIS_URL` does not count, and why. Such a Redis may belong to another program, so that nothing is
/// refused because of it.
fn ignored(fault: &str) -> String {
    format!(
        "REDIS_URL is not used and each process counts its own requests: {fault}; set TOKLINK_REDIS_URL to a Redis for \
         toklink, or turn Redis off (redisUrl: false)"
    )
}

pub(super) fn no_address() -> String {
    ignored("it is not a Redis URL (redis://host:port or rediss://host:port)")
}

pub(super) fn no_answer(fault: Option<CertificateFault>) -> String {
    let refused = fault.map(|fault| fault.sentence("the Redis server"));
    ignored(
        refused
            .as_deref()
            .unwrap_or("the server does not answer as a Redis, or refuses the user or password"),
    )
}

pub(super) fn replica() -> String {
    ignored("the server is a replica, which takes no writes")
}

pub(super) fn unknown_policy() -> String {
    ignored("the server shows its eviction policy neither in INFO nor in CONFIG GET maxmemory-policy")
}

pub(super) fn evicts(policy: &str) -> String {
    // The text comes from the server.
    let known = policy.len() <= 20 && policy.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let policy = if known { policy } else { "unknown" };
    ignored(&format!(
        "its maxmemory-policy is {policy}, which evicts counts; use noeviction or one of volatile-*"
    ))
}
