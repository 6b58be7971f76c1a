//! All windows of one rule, by subject.

use super::key_state::{KeyState, QueuedWindow, WindowSize};
use super::keys::{AlreadyHashed, QuotaSubject};
use super::policy::{QuotaKind, Rule};
use dashmap::DashMap;
use dashmap::mapref::one::RefMut;
use std::sync::atomic::{AtomicU32, Ordering};

/// The percentages of occupied slots that cause a warning.
const WARN_PERCENT: [u8; 2] = [80, 95];
/// A map keeps at least this spare capacity when it shrinks.
const SPARE: usize = 4096;

/// One rule of the policy and its windows. Every request locks its rules in the order of the limiter's list, one key in
/// each, so that two requests cannot deadlock.
#[derive(Debug)]
pub(super) struct RuleWindows {
    pub(super) kind: QuotaKind,
    pub(super) rule: Rule,
    pub(super) size: WindowSize,
    warn_at: [u32; 2],
    /// At or below this count, warnings that were emitted may be emitted again.
    rearm_below: u32,
    pub(super) states: DashMap<u128, KeyState, AlreadyHashed>,
}

impl RuleWindows {
    pub(super) fn new(kind: QuotaKind, rule: Rule) -> Self {
        let limit = rule.limit();
        let percent =
            |of: u8| u32::try_from((u64::from(limit) * u64::from(of)).div_ceil(100)).unwrap_or(limit);
        Self {
            kind,
            rule,
            size: WindowSize { limit, length_ms: rule.span().as_millis() },
            warn_at: WARN_PERCENT.map(percent),
            rearm_below: (limit / 2).max(1),
            states: DashMap::default(),
        }
    }

    #[inline]
    pub(super) fn key(&self, subject: &QuotaSubject) -> u128 {
        subject.key(self.rule.scope())
    }

    #[inline]
    pub(super) fn state(&self, subject: &QuotaSubject) -> Option<RefMut<'_, u128, KeyState>> {
        self.states.get_mut(&self.key(subject))
    }

    /// Takes a slot for the request with `ticket`, and returns true if that causes a warning. The caller has checked that a
    /// slot is free.
    pub(super) fn take(&self, state: &mut KeyState, epoch: u32, ticket: u64) -> bool {
        let queued = state.queued_or_new(self.size, epoch);
        queued.leave(ticket);
        let count = queued.window.take();
        self.is_warning(queued, count)
    }

    /// Counts a request that was answered at `at`, even above the limit, and returns true if that causes a warning.
    pub(super) fn count(&self, state: &mut KeyState, epoch: u32, at: u64) -> bool {
        let queued = state.queued_or_new(self.size, epoch);
        queued.window.record(at);
        let count = queued.window.count(at);
        let warns = self.is_warning(queued, count);
        state.compact(at);
        warns
    }

    /// Takes a slot of an existing window that has a free one and no waiters: the common case of a busy account. Returns the
    /// permit's epoch and true if a warning is due, or `None` when the slow path must decide.
    #[inline]
    pub(super) fn try_take_fast(
        &self,
        subject: &QuotaSubject,
        now: u64,
        epoch: &AtomicU32,
    ) -> Option<(u32, bool)> {
        let mut state = self.state(subject)?;
        let (count, queued) = state.try_take_fast(now)?;
        // Read with the lock held, so that a reset comes before or after the whole step.
        Some((epoch.load(Ordering::Relaxed), self.is_warning(queued, count)))
    }

    #[inline]
    fn is_warning(&self, queued: &mut QueuedWindow, count: u32) -> bool {
        if count <= self.rearm_below {
            queued.warned = 0;
        }
        if count < self.warn_at[0] {
            return false;
        }
        let level = 1 + u8::from(count >= self.warn_at[1]);
        let rises = level > queued.warned;
        queued.warned = queued.warned.max(level);
        rises
    }

    /// Returns the highest warning level that `count` has reached, in percent.
    pub(super) fn warning_level(&self, count: u32) -> u8 {
        WARN_PERCENT[usize::from(count >= self.warn_at[1])]
    }

    /// Removes the windows that are idle at `now`, and returns their number.
    pub(super) fn sweep(&self, now: u64) -> usize {
        let mut removed = 0;
        self.states.retain(|_, state| {
            let needed = state.is_needed(self.size, now);
            removed += usize::from(!needed);
            needed
        });
        if removed > 0 && self.states.capacity() / 4 > self.states.len() + SPARE {
            self.states.shrink_to_fit();
        }
        removed
    }
}
