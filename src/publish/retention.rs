//! Retention of ended publishes in the journal. During this time the idempotency key still finds the publish.

use super::context::PublishContext;
use super::journal::Journal;
use super::publisher::Publisher;
use crate::error::{Error, ErrorKind, Reason, Result};
use crate::model::AccountKey;
use std::time::Duration;

/// The largest assumed difference between the clocks of two processes. A publish is deleted this long after its retention, because
/// a process whose clock is ahead must not delete a key that other processes still rely on. A lease that was never released is
/// deleted this long after its end.
const CLOCKS_APART: Duration = Duration::from_secs(24 * 60 * 60);

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
