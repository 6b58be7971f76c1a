//! The permit of a request that Redis counts, or this process while a detected Redis is unavailable.

use super::RedisLimiter;
use super::scripts::PermitOutcome;
use crate::quota::keys::QuotaSubject;
use crate::quota::limiter::Permit;
use crate::quota::policy::QuotaKind;
use crate::quota::warning::QuotaWarning;
use std::fmt;
use std::sync::Arc;
use tokio::runtime::Handle;

/// A permit to send one request. Like a [`Permit`], it counts as answered when it is dropped. A separate task reports the
/// outcome to Redis, so no caller waits for it. The slots stay occupied until then.
#[must_use = "a permit that is dropped counts as a request that was sent"]
pub(crate) struct RedisPermit<'a> {
    pub(super) limiter: &'a Arc<RedisLimiter>,
    pub(super) subject: QuotaSubject,
    pub(super) kinds: Vec<QuotaKind>,
    /// The slots in Redis, by number of the limit and end. Empty when only this process counts.
    pub(super) slots: Vec<(u8, u64)>,
    pub(super) generation: String,
    /// The slots in the windows of this process, when Redis does not count.
    pub(super) local: Option<Permit<'a>>,
    pub(super) warnings: Vec<QuotaWarning>,
    /// The runtime for the report, because a permit can be dropped outside of any runtime.
    pub(super) runtime: Handle,
    pub(super) finished: bool,
}

impl RedisPermit<'_> {
    pub(crate) fn warnings(&self) -> Vec<QuotaWarning> {
        self.warnings.clone()
    }

    pub(crate) fn complete(self) {
        drop(self);
    }

    pub(crate) fn release(mut self) {
        self.finish(PermitOutcome::Release);
    }

    pub(crate) fn throttled(mut self) {
        self.finish(PermitOutcome::Throttled);
    }

    fn finish(&mut self, outcome: PermitOutcome) {
        self.finished = true;
        let sent = outcome != PermitOutcome::Release;
        match (self.local.take(), outcome) {
            (Some(local), PermitOutcome::Complete) => local.complete(),
            (Some(local), PermitOutcome::Release) => local.release(),
            (Some(local), PermitOutcome::Throttled) => local.throttled(),
            // Requests that Redis granted are counted here too, in case Redis loses its counts.
            (None, _) if sent => drop(self.limiter.local.increment(&self.kinds, &self.subject)),
            (None, _) => {}
        }
        let (limiter, subject) = (Arc::clone(self.limiter), self.subject);
        if !self.slots.is_empty() {
            let (slots, generation) = (std::mem::take(&mut self.slots), std::mem::take(&mut self.generation));
            let report = async move { limiter.finish(&slots, &subject, &generation, outcome).await };
            self.limiter.reports.spawn_on(report, &self.runtime);
        } else if sent && self.limiter.queue_report(&self.kinds, &subject) {
            let report = async move { limiter.report_pending().await };
            self.limiter.reports.spawn_on(report, &self.runtime);
        }
    }
}

impl Drop for RedisPermit<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.finish(PermitOutcome::Complete);
        }
    }
}

impl fmt::Debug for RedisPermit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisPermit").field("kinds", &self.kinds).finish_non_exhaustive()
    }
}
