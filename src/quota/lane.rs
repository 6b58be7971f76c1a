//! All windows of one rule, by the subjects that they count for.

use super::cell::{Busy, Cell, Measures};
use super::keys::{AlreadyHashed, QuotaSubject};
use super::policy::{QuotaKind, Rule};
use dashmap::DashMap;
use dashmap::mapref::one::RefMut;
use std::sync::atomic::{AtomicU32, Ordering};

/// Warnings are given when this many percent of a window are occupied.
const WARN_PERCENT: [u8; 2] = [80, 95];
/// A map keeps at least this much room when it shrinks.
const SPARE: usize = 4096;

/// One rule of the policy and its windows. All requests lock the lanes that they need in the order of the limiter's
/// list, one key in each, so that none can wait for another in a circle.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) kind: QuotaKind,
    pub(super) rule: Rule,
    pub(super) measures: Measures,
    warn_at: [u32; 2],
    /// Below this count, warnings that were given may be given again.
    calm_below: u32,
    pub(super) cells: DashMap<u128, Cell, AlreadyHashed>,
}

impl Lane {
    pub(super) fn new(kind: QuotaKind, rule: Rule) -> Self {
        let limit = rule.limit();
        let percent =
            |of: u8| u32::try_from((u64::from(limit) * u64::from(of)).div_ceil(100)).unwrap_or(limit);
        Self {
            kind,
            rule,
            measures: Measures { limit, length_ms: rule.span().as_millis() },
            warn_at: WARN_PERCENT.map(percent),
            calm_below: (limit / 2).max(1),
            cells: DashMap::default(),
        }
    }

    #[inline]
    pub(super) fn key(&self, subject: &QuotaSubject) -> u128 {
        subject.key(self.rule.scope())
    }

    #[inline]
    pub(super) fn cell(&self, subject: &QuotaSubject) -> Option<RefMut<'_, u128, Cell>> {
        self.cells.get_mut(&self.key(subject))
    }

    /// Takes a slot for a request that waited at `place`, and says whether that calls for a warning. The caller has
    /// seen that one is free.
    pub(super) fn take(&self, cell: &mut Cell, epoch: u32, place: u64) -> bool {
        let busy = cell.busy(self.measures, epoch);
        busy.leave(place);
        let count = busy.window.take();
        self.is_warning(busy, count)
    }

    /// Counts a request that was answered at `at`, whether it fits or not, and says whether that calls for a warning.
    pub(super) fn count(&self, cell: &mut Cell, epoch: u32, at: u64) -> bool {
        let busy = cell.busy(self.measures, epoch);
        busy.window.remember(at);
        let count = busy.window.count(at);
        let warns = self.is_warning(busy, count);
        cell.settle(at);
        warns
    }

    /// Takes a slot of a window that is in use already, if one is free and nobody waits: what nearly every request
    /// of a busy account does. Gives the epoch of the permit and whether a warning is called for; `None` when more
    /// must be looked at.
    #[inline]
    pub(super) fn take_plainly(
        &self,
        subject: &QuotaSubject,
        now: u64,
        epoch: &AtomicU32,
    ) -> Option<(u32, bool)> {
        let mut cell = self.cell(subject)?;
        let (count, busy) = cell.take_plainly(now)?;
        // Read with the lock held, so that a reset comes either before all of this or after.
        Some((epoch.load(Ordering::Relaxed), self.is_warning(busy, count)))
    }

    #[inline]
    fn is_warning(&self, busy: &mut Busy, count: u32) -> bool {
        if count <= self.calm_below {
            busy.warned = 0;
        }
        if count < self.warn_at[0] {
            return false;
        }
        let level = 1 + u8::from(count >= self.warn_at[1]);
        let rises = level > busy.warned;
        busy.warned = busy.warned.max(level);
        rises
    }

    /// The highest of the warning levels that `count` has reached, in percent.
    pub(super) fn warning_level(&self, count: u32) -> u8 {
        WARN_PERCENT[usize::from(count >= self.warn_at[1])]
    }

    /// Removes the windows that hold nothing that matters at `now` or later, and says how many.
    pub(super) fn sweep(&self, now: u64) -> usize {
        let mut removed = 0;
        self.cells.retain(|_, cell| {
            let keep = cell.keep(self.measures, now);
            removed += usize::from(!keep);
            keep
        });
        if removed > 0 && self.cells.capacity() / 4 > self.cells.len() + SPARE {
            self.cells.shrink_to_fit();
        }
        removed
    }
}
