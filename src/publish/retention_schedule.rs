//! The schedule for deleting ended publishes.

use crate::clock::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// The minimum interval between two deletions in this process.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);
/// Schedules the deletion of ended publishes.
#[derive(Debug)]
pub(super) struct RetentionSchedule {
    pub(super) period: Duration,
    swept_ms: AtomicI64,
}

impl RetentionSchedule {
    /// Keeps publishes for `period` after they end.
    pub(super) fn new(period: Duration) -> Self {
        Self { period, swept_ms: AtomicI64::new(i64::MIN) }
    }

    /// Returns true when a deletion is due. The caller that receives `true` performs it.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let (now, every) = (now.as_millis(), i64::try_from(SWEEP_EVERY.as_millis()).unwrap_or(i64::MAX));
        let swept = self.swept_ms.load(Ordering::Relaxed);
        now.saturating_sub(swept) >= every
            && self.swept_ms.compare_exchange(swept, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}
