//! All windows of one rule, by subject.

use super::key_state::{KeyState, QueuedWindow, WindowSize};
use super::keys::{AlreadyHashed, QuotaSubject};
use super::policy::{QuotaKind, Rule};
use super::warning::WarningThresholds;
use dashmap::DashMap;
use dashmap::mapref::one::RefMut;
use std::sync::atomic::{AtomicU32, Ordering};

/// The minimum spare capacity of a map that shrinks.
const SPARE: usize = 4096;

/// One rule of the policy and its windows. Every request locks its rules in the order of the limiter's list, one key of
/// each, so that two requests cannot deadlock.
#[derive(Debug)]
pub(super) struct RuleWindows {
    pub(super) kind: QuotaKind,
    pub(super) rule: Rule,
    pub(super) size: WindowSize,
    pub(super) warnings: WarningThresholds,
    pub(super) states: DashMap<u128, KeyState, AlreadyHashed>,
}

impl RuleWindows {
    pub(super) fn new(kind: QuotaKind, rule: Rule) -> Self {
        let limit = rule.limit();
        Self {
            kind,
            rule,
            size: WindowSize { limit, length_ms: rule.span().as_millis() },
            warnings: WarningThresholds::of(limit),
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
    /// permit's epoch and true if a warning is due, or `None` when the slow path has to decide.
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
        self.warnings.is_warning(&mut queued.warned, count)
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
