//! The rules of a policy, numbered. Memory and Redis count under the same numbers and with the same thresholds.

use super::policy::{QuotaKind, QuotaPolicy, Rule, Scope};
use super::source::QuotaSource;
use super::warning::{QuotaWarning, WarningThresholds};
use crate::clock::Timestamp;
use std::time::Duration;

/// The limits of a request, one bit for each number. Seven kinds have at most two limits each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LimitSet(u16);

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

/// The usage of one window, as [`Limiter::status`](super::Limiter::status) returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaWindow {
    /// The kind of request.
    pub kind: QuotaKind,
    /// The length of the window in milliseconds.
    pub window_ms: u64,
    /// The maximum number of requests in the window.
    pub limit: u32,
    /// The number of occupied slots, requests in flight included.
    pub count: u32,
    /// The number of requests that could be sent now.
    pub remaining: u32,
    /// The time at which the oldest occupied slot becomes free, or at which a window that TikTok closed opens. Now if all
    /// slots are free.
    pub reset_at: Timestamp,
    /// The time left until `reset_at`.
    pub resets_in: Duration,
    /// The place where the requests were counted.
    pub source: QuotaSource,
}

/// All limits of a policy.
#[derive(Debug)]
pub(super) struct Limits {
    all: Vec<Limit>,
    by_kind: [LimitSet; QuotaKind::ALL.len()],
    /// The limits of all accounts of an app together.
    of_app: LimitSet,
}

impl LimitSet {
    pub(super) const fn of(number: u8) -> Self {
        Self(1 << number)
    }

    #[inline]
    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline]
    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    #[inline]
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[inline]
    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Returns the numbers of the limits, in ascending order.
    #[inline]
    pub(super) fn iter(self) -> impl Iterator<Item = u8> {
        let mut left = self;
        std::iter::from_fn(move || {
            let number = u8::try_from(left.0.trailing_zeros()).ok().filter(|_| !left.is_empty())?;
            left = left.without(Self::of(number));
            Some(number)
        })
    }
}

impl Limits {
    pub(super) fn new(policy: &QuotaPolicy) -> Self {
        let (mut all, mut of_app) = (Vec::new(), LimitSet::default());
        let by_kind = QuotaKind::ALL.map(|kind| {
            policy.rules(kind).iter().fold(LimitSet::default(), |set, &rule| {
                let number = LimitSet(1 << all.len());
                all.push(Limit { kind, rule, thresholds: WarningThresholds::of(rule.limit()) });
                if rule.scope() == Scope::App {
                    of_app = of_app.with(number);
                }
                set.with(number)
            })
        });
        Self { all, by_kind, of_app }
    }

    #[inline]
    pub(super) fn get(&self, number: u8) -> &Limit {
        &self.all[usize::from(number)]
    }

    /// Returns the limits with their numbers, in the order of [`QuotaKind::ALL`].
    pub(super) fn iter(&self) -> impl Iterator<Item = (u8, &Limit)> {
        (0..).zip(&self.all)
    }

    /// Returns the limits of a request of `kinds`.
    #[inline]
    pub(super) fn of_kinds(&self, kinds: &[QuotaKind]) -> LimitSet {
        kinds.iter().fold(LimitSet::default(), |set, kind| set.with(self.by_kind[kind.index()]))
    }

    /// Splits a set that is not empty: returns the scope of its first windows, their limits, and the others. The app comes first.
    #[inline]
    pub(super) fn first_scope(&self, limits: LimitSet) -> (Scope, LimitSet, LimitSet) {
        let (of_app, of_account) = (limits.and(self.of_app), limits.without(self.of_app));
        if of_app.is_empty() {
            (Scope::Account, of_account, LimitSet::default())
        } else {
            (Scope::App, of_app, of_account)
        }
    }

    /// Returns all limits.
    pub(super) fn every(&self) -> LimitSet {
        self.of_kinds(&QuotaKind::ALL)
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
            numbers.iter().map(|number| limits.get(number).kind).collect::<Vec<_>>()
        };
        let post = [QuotaKind::PublishInit, QuotaKind::VideoUpload];
        assert_eq!(kinds(&post), post);
        assert_eq!(kinds(&[QuotaKind::VideoUpload, QuotaKind::VideoUpload]), [QuotaKind::VideoUpload]);
        assert_eq!(kinds(&[QuotaKind::UserInfo]).len(), 2, "a minute and a day");
    }
}
