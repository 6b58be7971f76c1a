//! Errors for requests that Redis does not allow, and the reasons why a detected Redis is not used.

use crate::error::{Error, ErrorKind, Owner, Retry};
use crate::quota::time::format_duration;
use crate::tls::CertificateFault;
use std::time::Duration;

pub(super) fn bad_address() -> Error {
    Error::new(
        ErrorKind::Config,
        "TOKLINK_REDIS_URL is not a valid Redis URL; use redis://host:port, redis-cluster://host:port or \
         redis-sentinel://host:port?sentinelServiceName=name, with rediss for TLS",
    )
}

fn unavailable(message: String, retry: Retry) -> Error {
    Error::new(ErrorKind::Unavailable, message).with_owner(Owner::App).with_retry(retry)
}

/// Returns the error for a request while Redis is unavailable. A retry does not help when the server's certificate was refused.
pub(super) fn redis_unavailable(fault: Option<CertificateFault>) -> Error {
    if let Some(fault) = fault {
        return Error::new(ErrorKind::Config, fault.sentence("the Redis server")).with_source(fault);
    }
    unavailable(
        "Redis does not respond, so nothing was sent to TikTok; check that it runs and that TOKLINK_REDIS_URL (or \
         the option redisUrl) is correct"
            .to_owned(),
        Retry::Backoff,
    )
}

pub(super) fn counts_lost(wait: Duration) -> Error {
    unavailable(
        format!(
            "Redis lost its counts, so nothing is sent for {}, until no earlier request counts; retry then, and \
             enable persistence in Redis (appendonly yes)",
            format_duration(wait)
        ),
        Retry::After(wait),
    )
}

/// Returns the reason why the Redis of `REDIS_URL` does not count. Such a Redis may belong to another program, so it never
/// stops a request.
fn ignored(fault: &str) -> String {
    format!(
        "REDIS_URL is not used and each process counts its own requests: {fault}; set TOKLINK_REDIS_URL to a Redis \
         for toklink, or disable Redis (redisUrl: false)"
    )
}

pub(super) fn no_address() -> String {
    ignored(
        "it is not a Redis URL (redis://host:port, redis-cluster:// or redis-sentinel://, with rediss for TLS)",
    )
}

pub(super) fn no_answer(fault: Option<CertificateFault>) -> String {
    let refused = fault.map(|fault| fault.sentence("the Redis server"));
    ignored(
        refused
            .as_deref()
            .unwrap_or("the server does not respond like Redis, or rejects the user or password"),
    )
}

pub(super) fn replica() -> String {
    ignored("the server is a replica, which accepts no writes")
}

pub(super) fn unknown_policy() -> String {
    ignored("the server reports its eviction policy neither in INFO nor in CONFIG GET maxmemory-policy")
}

pub(super) fn evicts(policy: &str) -> String {
    // The text comes from the server.
    let known = policy.len() <= 20 && policy.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let policy = if known { policy } else { "unknown" };
    ignored(&format!(
        "its maxmemory-policy is {policy}, which evicts counts; use noeviction or one of volatile-*"
    ))
}
