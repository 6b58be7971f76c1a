//! The right to send one request, counted by Redis or within this process's share.

use super::SharedLimiter;
use super::script::Landing;
use crate::quota::keys::QuotaSubject;
use crate::quota::permit::{Permit, QuotaWarning};
use crate::quota::policy::QuotaKind;
use std::fmt;
use std::sync::Arc;
use tokio::runtime::Handle;

/// As [`Permit`]: one that is dropped counts as a request that may have been sent. How it ended is told to Redis by a
/// task of its own, since nobody should wait for that; the slot is held until then.
#[must_use = "a permit that is dropped counts as a request that was sent"]
pub(crate) struct SharedPass<'a> {
    pub(super) limiter: &'a Arc<SharedLimiter>,
    pub(super) subject: QuotaSubject,
    pub(super) kinds: Vec<QuotaKind>,
    /// Its slots in Redis, by lane and end; none when it is of this process's share alone.
    pub(super) slots: Vec<(usize, u64)>,
    pub(super) mark: String,
    /// Its slots within this process's share.
    pub(super) own: Option<Permit<'a>>,
    pub(super) warnings: Vec<QuotaWarning>,
    /// A permit can be dropped outside of the runtime that its end is told on.
    pub(super) runtime: Handle,
    pub(super) landed: bool,
}

impl SharedPass<'_> {
    pub(crate) fn warnings(&self) -> Vec<QuotaWarning> {
        self.warnings.clone()
    }

    pub(crate) fn complete(self) {
        drop(self);
    }

    pub(crate) fn release(mut self) {
        self.land(Landing::Release);
    }

    pub(crate) fn throttled(mut self) {
        self.land(Landing::Throttled);
    }

    fn land(&mut self, landing: Landing) {
        self.landed = true;
        let sent = landing != Landing::Release;
        match (self.own.take(), landing) {
            (Some(own), Landing::Complete) => own.complete(),
            (Some(own), Landing::Release) => own.release(),
            (Some(own), Landing::Throttled) => own.throttled(),
            // What Redis let through is remembered here too, in case Redis forgets it.
            (None, _) if sent => drop(self.limiter.own.increment(&self.kinds, &self.subject)),
            (None, _) => {}
        }
        let (limiter, subject) = (Arc::clone(self.limiter), self.subject);
        if !self.slots.is_empty() {
            let (slots, mark) = (std::mem::take(&mut self.slots), std::mem::take(&mut self.mark));
            let told = async move { limiter.settle(&slots, &subject, &mark, landing).await };
            self.limiter.telling.spawn_on(told, &self.runtime);
        } else if sent && self.limiter.note_unreported(&self.kinds, &subject) {
            let told = async move { limiter.report_pending().await };
            self.limiter.telling.spawn_on(told, &self.runtime);
        }
    }
}

impl Drop for SharedPass<'_> {
    fn drop(&mut self) {
        if !self.landed {
            self.land(Landing::Complete);
        }
    }
}

impl fmt::Debug for SharedPass<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedPass").field("kinds", &self.kinds).finish_non_exhaustive()
    }
}
