//! The rules of a policy, numbered. Memory and Redis count under the same numbers and with the same thresholds.

use super::limiter::QuotaWindow;
use super::policy::{QuotaKind, QuotaPolicy, Rule};
use super::source::QuotaSource;
use super::warning::{QuotaWarning, WarningThresholds};
use crate::clock::Timestamp;
use smallvec::SmallVec;
use std::time::Duration;

/// The numbers of the limits of a request, each once.
pub(super) type LimitNumbers = SmallVec<[u8; 8]>;

/// One rule of a policy: the limit of the windows of one kind of request and one length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub(super) kind: QuotaKind,
    pub(super) rule: Rule,
    pub(super) thresholds: WarningThresholds,
}

/// The usage of one window at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage {
    pub(super) count: u32,
    pub(super) remaining: u32,
    pub(super) resets_in: Duration,
}

/// All limits of a policy.
#[derive(Debug)]
pub(super) struct Limits {
    all: Vec<Limit>,
    /// The numbers of the limits of each kind.
    by_kind: [LimitNumbers; QuotaKind::ALL.len()],
}

impl Limits {
    pub(super) fn new(policy: &QuotaPolicy) -> Self {
        let mut all = Vec::new();
        let by_kind = QuotaKind::ALL.map(|kind| {
            let number = |&rule: &Rule| {
                all.push(Limit { kind, rule, thresholds: WarningThresholds::of(rule.limit()) });
                // At most two rules for each of seven kinds.
                (all.len() - 1) as u8
            };
            policy.rules(kind).iter().map(number).collect()
        });
        Self { all, by_kind }
    }

    #[inline]
    pub(super) fn get(&self, number: u8) -> &Limit {
        &self.all[usize::from(number)]
    }

    /// Returns the limits with their numbers, in the order of [`QuotaKind::ALL`].
    pub(super) fn iter(&self) -> impl Iterator<Item = (u8, &Limit)> {
        (0..).zip(&self.all)
    }

    /// Returns the numbers of the limits of a request of `kinds`.
    #[inline]
    pub(super) fn of_kinds(&self, kinds: &[QuotaKind]) -> LimitNumbers {
        let mut numbers = LimitNumbers::new();
        for kind in kinds {
            for number in &self.by_kind[kind.index()] {
                if !numbers.contains(number) {
                    numbers.push(*number);
                }
            }
        }
        numbers
    }
}

impl Limit {
    /// Returns the length of the window in milliseconds.
    #[inline]
    pub(super) fn length_ms(&self) -> u64 {
        u64::from(self.rule.span().as_millis())
    }

    pub(super) fn warning(&self, count: u32, percent: u8) -> QuotaWarning {
        let (window_ms, limit) = (self.length_ms(), self.rule.limit());
        QuotaWarning { kind: self.kind, window_ms, limit, count, percent }
    }

    pub(super) fn window(&self, usage: Usage, now: Timestamp, source: QuotaSource) -> QuotaWindow {
        QuotaWindow {
            kind: self.kind,
            window_ms: self.length_ms(),
            limit: self.rule.limit(),
            count: usage.count,
            remaining: usage.remaining,
            reset_at: now.plus(usage.resets_in),
            resets_in: usage.resets_in,
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_of_two_kinds_has_the_limits_of_both_once() {
        let limits = Limits::new(&QuotaPolicy::planned());
        let kinds = |kinds: &[QuotaKind]| {
            let numbers = limits.of_kinds(kinds);
            numbers.iter().map(|&number| limits.get(number).kind).collect::<Vec<_>>()
        };
        let post = [QuotaKind::PublishInit, QuotaKind::VideoUpload];
        assert_eq!(kinds(&post), post);
        assert_eq!(kinds(&[QuotaKind::VideoUpload, QuotaKind::VideoUpload]), [QuotaKind::VideoUpload]);
        assert_eq!(kinds(&[QuotaKind::UserInfo]).len(), 2, "a minute and a day");
    }
}
