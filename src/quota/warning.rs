//! Warnings that a window is nearly full: the thresholds, and the rule for repeating them.

use super::policy::QuotaKind;

/// The percentages of occupied slots that cause a warning.
const WARN_PERCENT: [u8; 2] = [80, 95];

/// A warning that a window is nearly full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaWarning {
    /// The kind of request.
    pub kind: QuotaKind,
    /// The length of the window in milliseconds.
    pub window_ms: u64,
    /// The maximum number of requests in the window.
    pub limit: u32,
    /// The number of occupied slots, including those of requests in flight.
    pub count: u32,
    /// The threshold that was reached: 80 or 95 percent.
    pub percent: u8,
}

/// The thresholds of one limit, in requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct WarningThresholds {
    /// The lowest counts that reach each of [`WARN_PERCENT`].
    pub(super) warn_at: [u32; 2],
    /// At or below this count, warnings that were emitted may be emitted again.
    pub(super) rearm_below: u32,
}

impl WarningThresholds {
    pub(super) fn of(limit: u32) -> Self {
        let percent =
            |of: u8| u32::try_from((u64::from(limit) * u64::from(of)).div_ceil(100)).unwrap_or(limit);
        Self { warn_at: WARN_PERCENT.map(percent), rearm_below: (limit / 2).max(1) }
    }

    /// Returns true when `count` may cause a warning, or the end of one that was emitted.
    #[inline]
    pub(super) fn matter(&self, level: u8, count: u32) -> bool {
        level > 0 || count >= self.warn_at[0]
    }

    /// Returns the percentage of the threshold that `count` reaches, if it has not warned yet. `level` is the number of
    /// thresholds that have.
    #[inline]
    pub(super) fn reached(&self, level: &mut u8, count: u32) -> Option<u8> {
        if count <= self.rearm_below {
            *level = 0;
        }
        if count < self.warn_at[0] {
            return None;
        }
        let reached = 1 + u8::from(count >= self.warn_at[1]);
        let rises = reached > *level;
        *level = reached.max(*level);
        rises.then(|| percent_of_level(reached))
    }
}

/// Returns the percentage of a warning level, 1 or 2.
pub(super) const fn percent_of_level(level: u8) -> u8 {
    if level > 1 { WARN_PERCENT[1] } else { WARN_PERCENT[0] }
}
