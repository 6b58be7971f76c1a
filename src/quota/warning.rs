//! Warnings that a window is nearly full: the thresholds, and the rule for repeating them.

use super::policy::QuotaKind;

/// The percentages of occupied slots that cause a warning.
pub(super) const WARN_PERCENT: [u8; 2] = [80, 95];

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

    /// Returns true when `count` reaches a threshold that has not warned yet. `warned` is the number of thresholds that have.
    #[inline]
    pub(super) fn is_warning(&self, warned: &mut u8, count: u32) -> bool {
        if count <= self.rearm_below {
            *warned = 0;
        }
        if count < self.warn_at[0] {
            return false;
        }
        let level = 1 + u8::from(count >= self.warn_at[1]);
        let rises = level > *warned;
        *warned = level.max(*warned);
        rises
    }

    /// Returns the highest threshold that `count` has reached, in percent.
    pub(super) fn percent(&self, count: u32) -> u8 {
        WARN_PERCENT[usize::from(count >= self.warn_at[1])]
    }
}
