//! How long the journal remembers a publish that ended: the time in which its idempotency key still finds it.

use super::driver::{Beginning, Publisher};
use super::journal::Journal;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::store::AccountKey;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How often this process looks for what is too old, at most.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);
/// How far the clocks of two processes may be apart. A publish is deleted this much after its retention: a process ahead of the
/// others must not forget a key that theirs still count on. A lease that nobody gave back is deleted this much after its end.
const CLOCKS_APART: Duration = Duration::from_secs(24 * 60 * 60);

/// When to delete what.
#[derive(Debug)]
pub(super) struct Retention {
    kept: Duration,
    swept_ms: AtomicI64,
}

impl Retention {
    /// Keeps publishes for `kept` after they ended.
    pub(super) fn new(kept: Duration) -> Self {
        Self { kept, swept_ms: AtomicI64::new(i64::MIN) }
    }

    /// True when it is time to look; the caller who gets `true` does it.
    fn is_due(&self, now: Timestamp) -> bool {
        let (now, every) = (now.as_millis(), i64::try_from(SWEEP_EVERY.as_millis()).unwrap_or(i64::MAX));
        let swept = self.swept_ms.load(Ordering::Relaxed);
        now.saturating_sub(swept) >= every
            && self.swept_ms.compare_exchange(swept, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Publisher {
    /// Deletes publishes that ended longer ago than the retention, by any clock, and leases that nobody gave back; at most once an hour. What
    /// the store refuses is left for the next time: no publish may fail for it.
    pub(crate) async fn sweep_journal(&self) {
        let now = self.pipeline.clock.now();
        if self.retention.is_due(now) {
            let _ = self.journal.expire(now.minus(self.retention.kept).minus(CLOCKS_APART)).await;
            let _ = self.leases.expire(now.minus(CLOCKS_APART)).await;
        }
    }

    /// Erases what journal and leases hold of `account`. Leases that are still held belong to running work, and go with it.
    pub(crate) async fn forget(&self, account: &AccountKey) -> Result<()> {
        self.journal.forget(account).await?;
        self.leases.expire(self.pipeline.clock.now()).await
    }

    /// Refuses a call that stood still for longer than the journal remembers: its key may have been used and forgotten since.
    /// Asked once the intent is written and before the init: a row without an end is never forgotten.
    pub(super) async fn within_retention(&self, begun: &Beginning<'_>, journal: &mut Journal) -> Result<()> {
        if self.pipeline.clock.now().since(begun.since) < self.retention.kept {
            return Ok(());
        }
        journal.give_up().await?;
        Err(Error::new(
            ErrorKind::Conflict,
            "this call stood still for longer than the journal keeps a publish, so another call may have used its idempotency \
             key; look for the post in TikTok, then publish again",
        ))
    }
}
