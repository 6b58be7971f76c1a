//! Retention of ended publishes in the journal. During this time the idempotency key still finds the publish.

use super::journal::Journal;
use super::publisher::{PublishContext, Publisher};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Reason, Result};
use crate::model::AccountKey;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// The shortest interval between two searches of this process for expired rows.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);
/// The largest assumed difference between the clocks of two processes. A publish is deleted this long after its retention, because
/// a process whose clock is ahead must not delete a key that other processes still rely on. A lease that was never released is
/// deleted this long after its end.
const CLOCKS_APART: Duration = Duration::from_secs(24 * 60 * 60);

/// The schedule for deleting rows.
#[derive(Debug)]
pub(super) struct Retention {
    period: Duration,
    swept_ms: AtomicI64,
}

impl Retention {
    /// Keeps publishes for `period` after they ended.
    pub(super) fn new(period: Duration) -> Self {
        Self { period, swept_ms: AtomicI64::new(i64::MIN) }
    }

    /// Returns true when a search is due. The caller that gets `true` performs it.
    fn is_due(&self, now: Timestamp) -> bool {
        let (now, every) = (now.as_millis(), i64::try_from(SWEEP_EVERY.as_millis()).unwrap_or(i64::MAX));
        let swept = self.swept_ms.load(Ordering::Relaxed);
        now.saturating_sub(swept) >= every
            && self.swept_ms.compare_exchange(swept, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Publisher {
    /// Deletes publishes whose retention is over according to any clock, and leases that were never released. Runs at most
    /// once an hour. Errors of the store are left to the next run, so that no publish fails because of them.
    pub(crate) async fn sweep_journal(&self) {
        let now = self.pipeline.clock.now();
        if self.retention.is_due(now) {
            let _ = self.journal.expire(now.minus(self.retention.period).minus(CLOCKS_APART)).await;
            let _ = self.leases.expire(now.minus(CLOCKS_APART)).await;
        }
    }

    /// Deletes all journal rows and leases of `account`. Leases that are still held belong to running work and are deleted too.
    pub(crate) async fn forget(&self, account: &AccountKey) -> Result<()> {
        self.journal.forget(account).await?;
        self.leases.expire(self.pipeline.clock.now()).await
    }

    /// Rejects a call that was suspended for longer than the retention: its key may have been used and deleted since. Checked after
    /// the intent is recorded and before the init, because a row that has not ended is never deleted.
    pub(super) async fn within_retention(
        &self,
        context: &PublishContext<'_>,
        journal: &mut Journal,
    ) -> Result<()> {
        if self.pipeline.clock.now().since(context.since) < self.retention.period {
            return Ok(());
        }
        journal.give_up().await?;
        Err(Error::new(
            ErrorKind::Conflict,
            "this call was suspended for longer than the journal keeps a publish, so another call may have used its \
             idempotency key; look for the post in TikTok before you publish again",
        )
        .with_reason(Reason::StartUnclear))
    }
}
