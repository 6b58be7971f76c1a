//! What a request is told that gets no permit because of Redis.

use crate::error::{Error, ErrorKind, Owner, Retry};
use crate::quota::policy::QuotaKind;
use crate::quota::time::spoken;
use crate::tls::CertificateFault;
use std::time::Duration;

pub(super) fn bad_address() -> Error {
    Error::new(
        ErrorKind::Config,
        "REDIS_URL is not a valid Redis URL; use redis://host:port, or rediss://host:port for TLS",
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
         REDIS_URL leads to it, or let each process use a share of the limits meanwhile (redisAway)."
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
