//! The counter of a client's requests: this process, or Redis.

use super::keys::QuotaSubject;
use super::limiter::Limiter;
use super::limiter::Permit;
use super::limits::QuotaWindow;
use super::policy::QuotaKind;
#[cfg(feature = "redis")]
use super::redis::{DetectedRedis, RedisLimiter, RedisPermit};
use super::warning::QuotaWarning;
use crate::error::Result;
use std::sync::Arc;
use std::time::Duration;

/// The counter of a client's requests.
#[derive(Debug, Clone)]
pub(crate) enum QuotaBackend {
    /// Counts in the memory of this process.
    Local(Arc<Limiter>),
    /// Counts in a Redis for all processes that use it.
    #[cfg(feature = "redis")]
    Redis(Arc<RedisLimiter>),
    /// Counts in the Redis of `REDIS_URL` if it is suitable, else in the memory of this process.
    #[cfg(feature = "redis")]
    Detected(Arc<DetectedRedis>),
}

/// A permit to send one request. See [`Permit`].
#[must_use = "a permit that is dropped counts as a request that was sent"]
#[derive(Debug)]
pub(crate) enum BackendPermit<'a> {
    Local(Permit<'a>),
    #[cfg(feature = "redis")]
    Redis(RedisPermit<'a>),
}

impl QuotaBackend {
    /// Takes the slots for one request, waiting up to `max_wait` for them. See [`Limiter::acquire`].
    pub(crate) async fn acquire(
        &self,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
        max_wait: Duration,
    ) -> Result<BackendPermit<'_>> {
        match self {
            Self::Local(limiter) => limiter.acquire(kinds, subject, max_wait).await.map(BackendPermit::Local),
            #[cfg(feature = "redis")]
            Self::Redis(limiter) => {
                Box::pin(limiter.acquire(kinds, subject, max_wait)).await.map(BackendPermit::Redis)
            }
            #[cfg(feature = "redis")]
            Self::Detected(detected) => match Box::pin(detected.usable()).await {
                Some(limiter) => {
                    Box::pin(limiter.acquire(kinds, subject, max_wait)).await.map(BackendPermit::Redis)
                }
                None => detected.local().acquire(kinds, subject, max_wait).await.map(BackendPermit::Local),
            },
        }
    }

    /// Returns the usage that this process counted, without I/O. See [`Limiter::status`].
    pub(crate) fn status(&self, subject: &QuotaSubject) -> Vec<QuotaWindow> {
        self.limiter().status(subject)
    }

    /// Reads the usage from where it is counted.
    #[cfg_attr(not(feature = "redis"), expect(clippy::unused_async, reason = "only Redis needs I/O"))]
    pub(crate) async fn read(&self, subject: &QuotaSubject) -> Result<Vec<QuotaWindow>> {
        match self {
            Self::Local(limiter) => Ok(limiter.status(subject)),
            #[cfg(feature = "redis")]
            Self::Redis(limiter) => Box::pin(limiter.read(subject)).await,
            #[cfg(feature = "redis")]
            Self::Detected(detected) => match Box::pin(detected.usable()).await {
                Some(limiter) => Box::pin(limiter.read(subject)).await,
                None => Ok(detected.local().status(subject)),
            },
        }
    }

    /// Waits until Redis has the outcome of every request of this process.
    #[cfg_attr(not(feature = "redis"), expect(clippy::unused_async, reason = "only Redis needs I/O"))]
    pub(crate) async fn flush(&self) {
        match self {
            Self::Local(_) => {}
            #[cfg(feature = "redis")]
            Self::Redis(limiter) => limiter.flush().await,
            #[cfg(feature = "redis")]
            Self::Detected(detected) => detected.flush().await,
        }
    }

    pub(crate) fn check(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Result<()> {
        self.limiter().check(kinds, subject)
    }

    pub(crate) fn increment(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Vec<QuotaWarning> {
        match self {
            Self::Local(limiter) => limiter.increment(kinds, subject),
            #[cfg(feature = "redis")]
            Self::Redis(limiter) => limiter.increment(kinds, subject),
            #[cfg(feature = "redis")]
            Self::Detected(detected) => detected.increment(kinds, subject),
        }
    }

    pub(crate) fn reset(&self, subject: &QuotaSubject) {
        match self {
            Self::Local(limiter) => limiter.reset(subject),
            #[cfg(feature = "redis")]
            Self::Redis(limiter) => limiter.reset(subject),
            #[cfg(feature = "redis")]
            Self::Detected(detected) => detected.reset(subject),
        }
    }

    /// Returns the limiter of this process, unless Redis counts.
    #[cfg_attr(
        not(feature = "redis"),
        expect(clippy::unnecessary_wraps, clippy::unused_async, reason = "only Redis needs them")
    )]
    pub(super) async fn local_limiter(&self) -> Option<&Limiter> {
        match self {
            Self::Local(limiter) => Some(limiter),
            #[cfg(feature = "redis")]
            Self::Redis(_) => None,
            #[cfg(feature = "redis")]
            Self::Detected(detected) => match Box::pin(detected.usable()).await {
                Some(_) => None,
                None => Some(detected.local()),
            },
        }
    }

    /// Returns the limiter with the counts of this process.
    fn limiter(&self) -> &Limiter {
        match self {
            Self::Local(limiter) => limiter,
            #[cfg(feature = "redis")]
            Self::Redis(limiter) => limiter.local(),
            #[cfg(feature = "redis")]
            Self::Detected(detected) => detected.local(),
        }
    }
}

impl BackendPermit<'_> {
    /// Returns the windows that this request filled to 80 or 95 percent.
    pub(crate) fn warnings(&self) -> Vec<QuotaWarning> {
        match self {
            Self::Local(permit) => permit.warnings(),
            #[cfg(feature = "redis")]
            Self::Redis(permit) => permit.warnings(),
        }
    }

    /// Ends a request that TikTok has just answered (with any status except 429).
    pub(crate) fn complete(self) {
        match self {
            Self::Local(permit) => permit.complete(),
            #[cfg(feature = "redis")]
            Self::Redis(permit) => permit.complete(),
        }
    }

    /// Ends a request of which no byte was sent.
    pub(crate) fn release(self) {
        match self {
            Self::Local(permit) => permit.release(),
            #[cfg(feature = "redis")]
            Self::Redis(permit) => permit.release(),
        }
    }

    /// Ends a request that TikTok has just answered with 429.
    pub(crate) fn throttled(self) {
        match self {
            Self::Local(permit) => permit.throttled(),
            #[cfg(feature = "redis")]
            Self::Redis(permit) => permit.throttled(),
        }
    }
}
