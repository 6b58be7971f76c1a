//! The schedule for deleting ended publishes.

use crate::clock::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// The shortest interval between two searches of this process for expired rows.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);
/// The schedule for deleting rows.
#[derive(Debug)]
pub(super) struct RetentionSchedule {
    pub(super) period: Duration,
    swept_ms: AtomicI64,
}

impl RetentionSchedule {
    /// Keeps publishes for `period` after they ended.
    pub(super) fn new(period: Duration) -> Self {
        Self { period, swept_ms: AtomicI64::new(i64::MIN) }
    }

    /// Returns true when a search is due. The caller that gets `true` performs it.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let (now, every) = (now.as_millis(), i64::try_from(SWEEP_EVERY.as_millis()).unwrap_or(i64::MAX));
        let swept = self.swept_ms.load(Ordering::Relaxed);
        now.saturating_sub(swept) >= every
            && self.swept_ms.compare_exchange(swept, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}
