//! Keeps ended publishes in the journal for a retention period. During this period, an idempotency key still finds its
//! publish.

use super::context::PublishContext;
use super::journal::Journal;
use super::publisher::Publisher;
use crate::error::{Error, ErrorKind, Reason, Result};
use crate::model::AccountKey;
use std::time::Duration;

/// The largest assumed difference between the clocks of two processes. A publish is deleted this long after its
/// retention period, because a process whose clock is ahead must not delete a key that other processes still rely on. A
/// lease that was never released is deleted this long after its expiry.
const CLOCKS_APART: Duration = Duration::from_secs(24 * 60 * 60);

impl Publisher {
    /// Deletes publishes whose retention period is over according to any clock, and leases that were never released.
    /// Runs at most once an hour. Ignores errors of the store, so that no publish fails because of them; the next run
    /// tries again.
    pub(crate) async fn sweep_journal(&self) {
        let now = self.pipeline.clock.now();
        if self.retention.is_due(now) {
            let _ = self.journal.expire(now.minus(self.retention.period).minus(CLOCKS_APART)).await;
            let _ = self.leases.expire(now.minus(CLOCKS_APART)).await;
        }
    }

    /// Deletes all journal rows and leases of `account`, including the leases of running work.
    pub(crate) async fn forget(&self, account: &AccountKey) -> Result<()> {
        self.journal.forget(account).await?;
        self.leases.expire(self.pipeline.clock.now()).await
    }

    /// Rejects a call that was suspended for longer than the retention period, because its key may have been used and
    /// deleted in that time. This check runs after the intent is recorded, because a row that has not ended is never
    /// deleted, and before the publish is created on TikTok.
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
