//! Where the counts of a client are kept, and what every request passes.

use super::keys::QuotaSubject;
use super::limiter::{Limiter, QuotaStatus};
use super::permit::{Permit, QuotaWarning};
use super::policy::QuotaKind;
#[cfg(feature = "redis")]
use super::shared::{FoundRedis, SharedLimiter, SharedPass};
use super::snapshot::QuotaSnapshot;
use crate::error::Result;
use std::sync::Arc;
use std::time::Duration;

/// Counts in the memory of this process, or in one place that several processes share.
#[derive(Debug, Clone)]
pub(crate) enum Gate {
    /// In this process alone.
    Local(Arc<Limiter>),
    /// In a Redis.
    #[cfg(feature = "redis")]
    Shared(Arc<SharedLimiter>),
    /// In a Redis that nobody named for toklink, if it suits; else in this process alone.
    #[cfg(feature = "redis")]
    Found(Arc<FoundRedis>),
}

/// The right to send one request. One that is dropped counts as a request that may have been sent.
#[must_use = "a permit that is dropped counts as a request that was sent"]
#[derive(Debug)]
pub(crate) enum Pass<'a> {
    Local(Permit<'a>),
    #[cfg(feature = "redis")]
    Shared(SharedPass<'a>),
}

impl Gate {
    /// Takes the slots for one request, waiting up to `max_wait` for them. See [`Limiter::acquire`].
    pub(crate) async fn acquire(
        &self,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
        max_wait: Duration,
    ) -> Result<Pass<'_>> {
        match self {
            Self::Local(limiter) => limiter.acquire(kinds, subject, max_wait).await.map(Pass::Local),
            #[cfg(feature = "redis")]
            Self::Shared(limiter) => {
                Box::pin(limiter.acquire(kinds, subject, max_wait)).await.map(Pass::Shared)
            }
            #[cfg(feature = "redis")]
            Self::Found(found) => match Box::pin(found.usable()).await {
                Some(limiter) => Box::pin(limiter.acquire(kinds, subject, max_wait)).await.map(Pass::Shared),
                None => found.local().acquire(kinds, subject, max_wait).await.map(Pass::Local),
            },
        }
    }

    /// What this process knows without asking anybody. See [`Limiter::status`].
    pub(crate) fn status(&self, subject: &QuotaSubject) -> Vec<QuotaStatus> {
        match self {
            Self::Local(limiter) => limiter.status(subject),
            #[cfg(feature = "redis")]
            Self::Shared(limiter) => limiter.own_status(subject),
            #[cfg(feature = "redis")]
            Self::Found(found) => found.status(subject),
        }
    }

    /// What is known where the counts are kept, which may have to be asked.
    #[cfg_attr(not(feature = "redis"), expect(clippy::unused_async, reason = "memory answers at once"))]
    pub(crate) async fn read(&self, subject: &QuotaSubject) -> Result<Vec<QuotaStatus>> {
        match self {
            Self::Local(limiter) => Ok(limiter.status(subject)),
            #[cfg(feature = "redis")]
            Self::Shared(limiter) => Box::pin(limiter.read(subject)).await,
            #[cfg(feature = "redis")]
            Self::Found(found) => match Box::pin(found.usable()).await {
                Some(limiter) => Box::pin(limiter.read(subject)).await,
                None => Ok(found.local().status(subject)),
            },
        }
    }

    /// Waits until it is told elsewhere how the requests of this process ended.
    #[cfg_attr(not(feature = "redis"), expect(clippy::unused_async, reason = "memory knows at once"))]
    pub(crate) async fn settled(&self) {
        match self {
            Self::Local(_) => {}
            #[cfg(feature = "redis")]
            Self::Shared(limiter) => limiter.settled().await,
            #[cfg(feature = "redis")]
            Self::Found(found) => found.settled().await,
        }
    }

    pub(crate) fn check(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Result<()> {
        self.here().check(kinds, subject)
    }

    pub(crate) fn increment(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Vec<QuotaWarning> {
        match self {
            Self::Local(limiter) => limiter.increment(kinds, subject),
            #[cfg(feature = "redis")]
            Self::Shared(limiter) => limiter.increment(kinds, subject),
            #[cfg(feature = "redis")]
            Self::Found(found) => found.increment(kinds, subject),
        }
    }

    pub(crate) fn reset(&self, subject: &QuotaSubject) {
        match self {
            Self::Local(limiter) => limiter.reset(subject),
            #[cfg(feature = "redis")]
            Self::Shared(limiter) => limiter.reset(subject),
            #[cfg(feature = "redis")]
            Self::Found(found) => found.reset(subject),
        }
    }

    pub(crate) fn snapshot(&self) -> QuotaSnapshot {
        self.here().snapshot()
    }

    pub(crate) fn restore(&self, snapshot: &QuotaSnapshot) {
        self.here().restore(snapshot);
    }

    /// The windows, when this process alone counts in them.
    #[cfg_attr(
        not(feature = "redis"),
        expect(clippy::unnecessary_wraps, clippy::unused_async, reason = "nobody else counts without it")
    )]
    pub(super) async fn local(&self) -> Option<&Limiter> {
        match self {
            Self::Local(limiter) => Some(limiter),
            #[cfg(feature = "redis")]
            Self::Shared(_) => None,
            #[cfg(feature = "redis")]
            Self::Found(found) => match Box::pin(found.usable()).await {
                Some(_) => None,
                None => Some(found.local()),
            },
        }
    }

    /// What this process counts itself.
    fn here(&self) -> &Limiter {
        match self {
            Self::Local(limiter) => limiter,
            #[cfg(feature = "redis")]
            Self::Shared(limiter) => limiter.own(),
            #[cfg(feature = "redis")]
            Self::Found(found) => found.local(),
        }
    }
}

impl Pass<'_> {
    /// The windows that this request filled to 80 or 95 percent.
    pub(crate) fn warnings(&self) -> Vec<QuotaWarning> {
        match self {
            Self::Local(permit) => permit.warnings(),
            #[cfg(feature = "redis")]
            Self::Shared(pass) => pass.warnings(),
        }
    }

    /// TikTok has answered just now (anything but a 429).
    pub(crate) fn complete(self) {
        match self {
            Self::Local(permit) => permit.complete(),
            #[cfg(feature = "redis")]
            Self::Shared(pass) => pass.complete(),
        }
    }

    /// The request was never sent, not one byte.
    pub(crate) fn release(self) {
        match self {
            Self::Local(permit) => permit.release(),
            #[cfg(feature = "redis")]
            Self::Shared(pass) => pass.release(),
        }
    }

    /// TikTok has just answered 429.
    pub(crate) fn throttled(self) {
        match self {
            Self::Local(permit) => permit.throttled(),
            #[cfg(feature = "redis")]
            Self::Shared(pass) => pass.throttled(),
        }
    }
}
