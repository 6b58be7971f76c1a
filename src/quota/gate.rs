//! Where the counts of a client are kept, and what every request passes.

use super::keys::QuotaSubject;
use super::limiter::{Limiter, QuotaStatus};
use super::permit::{Permit, QuotaWarning};
use super::policy::QuotaKind;
use super::snapshot::QuotaSnapshot;
use crate::error::Result;
use std::sync::Arc;
use std::time::Duration;

/// Counts in the memory of this process, or in one place that several processes share.
#[derive(Debug, Clone)]
pub(crate) enum Gate {
    /// In this process alone.
    Local(Arc<Limiter>),
}

/// The right to send one request. One that is dropped counts as a request that may have been sent.
#[must_use = "a permit that is dropped counts as a request that was sent"]
#[derive(Debug)]
pub(crate) enum Pass<'a> {
    Local(Permit<'a>),
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
        }
    }

    /// What this process knows without asking anybody. See [`Limiter::status`].
    pub(crate) fn status(&self, subject: &QuotaSubject) -> Vec<QuotaStatus> {
        self.here().status(subject)
    }

    pub(crate) fn check(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Result<()> {
        self.here().check(kinds, subject)
    }

    pub(crate) fn increment(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Vec<QuotaWarning> {
        self.here().increment(kinds, subject)
    }

    pub(crate) fn reset(&self, subject: &QuotaSubject) {
        self.here().reset(subject);
    }

    pub(crate) fn snapshot(&self) -> QuotaSnapshot {
        self.here().snapshot()
    }

    pub(crate) fn restore(&self, snapshot: &QuotaSnapshot) {
        self.here().restore(snapshot);
    }

    /// What this process counts itself.
    fn here(&self) -> &Limiter {
        match self {
            Self::Local(limiter) => limiter,
        }
    }
}

impl Pass<'_> {
    /// The windows that this request filled to 80 or 95 percent.
    pub(crate) fn warnings(&self) -> Vec<QuotaWarning> {
        match self {
            Self::Local(permit) => permit.warnings(),
        }
    }

    /// TikTok has answered just now (anything but a 429).
    pub(crate) fn complete(self) {
        match self {
            Self::Local(permit) => permit.complete(),
        }
    }

    /// The request was never sent, not one byte.
    pub(crate) fn release(self) {
        match self {
            Self::Local(permit) => permit.release(),
        }
    }

    /// TikTok has just answered 429.
    pub(crate) fn throttled(self) {
        match self {
            Self::Local(permit) => permit.throttled(),
        }
    }
}
