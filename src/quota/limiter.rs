//! Grants permits: a slot in all windows of a request, or in none.

use super::errors::{self, BlockingWindow};
use super::keys::{Fingerprint, QuotaSubject};
use super::limits::{Limit, LimitNumbers, Limits, Usage};
use super::permit::Permit;
use super::policy::{QuotaKind, QuotaPolicy, Scope, Span};
use super::queue::NO_TICKET;
use super::source::QuotaSource;
use super::time::{answer_time, since_start, start_time};
use super::warning::QuotaWarning;
use super::windows::{KeyedWindow, WindowTable, Windows};
use crate::clock::{Clock, Timestamp};
use crate::error::{Error, Result};
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

/// The usage of one window, as [`Limiter::status`] returns it.
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

/// Limits the request rates of all accounts of this process. Thread-safe: share it with its `Arc`.
///
/// It measures with [`Clock::monotonic`], so a change of the system time has no effect.
pub struct Limiter {
    policy: QuotaPolicy,
    pub(super) limits: Limits,
    pub(super) clock: Arc<dyn Clock>,
    apps: Windows,
    accounts: Windows,
    /// Incremented by each reset of a window: see [`Window`](super::window::Window).
    epoch: AtomicU32,
    pub(super) next_ticket: AtomicU64,
}

/// The locked windows of one subject.
pub(super) struct Locked<'a> {
    limiter: &'a Limiter,
    subject: &'a QuotaSubject,
    /// Locked before the account, so that two requests cannot deadlock.
    app: Option<MutexGuard<'a, WindowTable>>,
    account: Option<MutexGuard<'a, WindowTable>>,
    epoch: u32,
}

impl Limiter {
    /// Creates a limiter with `policy`.
    #[must_use]
    pub fn new(policy: QuotaPolicy, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            limits: Limits::new(&policy),
            policy,
            clock,
            apps: Windows::default(),
            accounts: Windows::default(),
            epoch: AtomicU32::new(0),
            next_ticket: AtomicU64::new(0),
        })
    }

    /// Returns the policy.
    #[must_use]
    pub fn policy(&self) -> &QuotaPolicy {
        &self.policy
    }

    /// Takes a slot in every window of `kinds`, or in none.
    ///
    /// Slots that other calls wait for with [`Limiter::acquire`] are reserved for them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited) (a minute window is full) or
    /// [`ErrorKind::QuotaExhausted`](crate::ErrorKind::QuotaExhausted) (a daily one). [`Retry::After`](crate::Retry::After) is
    /// the exact time at which the same call succeeds if no other call comes first. While all slots belong to requests in
    /// flight, that time is a lower bound.
    pub fn try_acquire(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Result<Permit<'_>> {
        self.take(self.limits.of_kinds(kinds), subject, NO_TICKET).map_err(|blocked| self.error(blocked))
    }

    /// Returns the error that [`Limiter::try_acquire`] would return now. Takes no slot.
    pub fn check(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Result<()> {
        let (numbers, now) = (self.limits.of_kinds(kinds), start_time(self.clock.monotonic()));
        match self.lock(&numbers, subject).blocking(&numbers, now, NO_TICKET) {
            None => Ok(()),
            Some(blocked) => Err(self.error(blocked)),
        }
    }

    /// Counts a request that was answered just now and that had no permit, even above the limit. Returns the warnings that
    /// this causes, as [`Permit::warnings`] does.
    pub fn increment(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Vec<QuotaWarning> {
        let (numbers, at) = (self.limits.of_kinds(kinds), answer_time(self.clock.monotonic()));
        let mut locked = self.lock(&numbers, subject);
        let count = |&number: &u8| {
            let limit = self.limits.get(number);
            let keyed = locked.get_or_create(number, at);
            keyed.window.record(at + limit.length_ms());
            keyed.warning(limit, keyed.window.count(at))
        };
        numbers.iter().filter_map(count).collect()
    }

    /// Returns the usage of each window of `subject`, those of its app included.
    #[must_use]
    pub fn status(&self, subject: &QuotaSubject) -> Vec<QuotaWindow> {
        let (now, wall) = (self.clock.monotonic(), self.clock.now());
        let now_ms = start_time(now);
        let mut locked = self.lock_all(subject);
        let status = |(number, limit): (u8, &Limit)| {
            let (count, remaining, reset_at) = match locked.get(number) {
                Some(KeyedWindow { window, .. }) => {
                    (window.count(now_ms), window.remaining(limit, now_ms), window.reset_at(limit, now_ms))
                }
                None => (0, limit.rule.limit(), now_ms),
            };
            let usage = Usage { count, remaining, resets_in: since_start(reset_at).saturating_sub(now) };
            limit.window(usage, wall, QuotaSource::Memory)
        };
        self.limits.iter().map(status).collect()
    }

    /// Empties every window of `subject`, those of its app included. TikTok keeps its own counts: use this only when TikTok
    /// raised its limits, or in tests.
    pub fn reset(&self, subject: &QuotaSubject) {
        let mut locked = self.lock_all(subject);
        let epoch = self.epoch.fetch_add(1, Ordering::Relaxed) + 1;
        for (number, _) in self.limits.iter() {
            if let Some(keyed) = locked.get(number) {
                keyed.window.clear(epoch);
                keyed.warned = 0;
            }
        }
    }

    /// Takes the slots for the request with `ticket`, or returns the window that blocks it.
    #[inline]
    pub(super) fn take(
        &self,
        numbers: LimitNumbers,
        subject: &QuotaSubject,
        ticket: u64,
    ) -> std::result::Result<Permit<'_>, BlockingWindow> {
        let now = start_time(self.clock.monotonic());
        let mut locked = self.lock(&numbers, subject);
        if let Some(blocked) = locked.blocking(&numbers, now, ticket) {
            return Err(blocked);
        }
        let epoch = locked.epoch;
        let take = |&number: &u8| {
            let keyed = locked.get_or_create(number, now);
            let count = keyed.window.take(ticket);
            keyed.warning(self.limits.get(number), count)
        };
        let warnings = numbers.iter().filter_map(take).collect();
        Ok(Permit::new(self, *subject, numbers, warnings, epoch))
    }

    pub(super) fn complete(&self, numbers: &LimitNumbers, subject: &QuotaSubject, epoch: u32) {
        let at = answer_time(self.clock.monotonic());
        let mut locked = self.lock(numbers, subject);
        for &number in numbers {
            if let Some(keyed) = locked.get(number) {
                keyed.window.complete(epoch, at + self.limits.get(number).length_ms());
            }
        }
    }

    pub(super) fn release(&self, numbers: &LimitNumbers, subject: &QuotaSubject, epoch: u32) {
        let mut locked = self.lock(numbers, subject);
        for &number in numbers {
            if let Some(keyed) = locked.get(number) {
                keyed.window.release(epoch);
            }
        }
    }

    pub(super) fn throttled(&self, numbers: &LimitNumbers, subject: &QuotaSubject, epoch: u32) {
        let at = answer_time(self.clock.monotonic());
        let mut locked = self.lock(numbers, subject);
        for &number in numbers {
            let limit = self.limits.get(number);
            let window = &mut locked.get_or_create(number, at).window;
            match limit.rule.span() {
                // TikTok served nothing.
                Span::Day => window.release(epoch),
                Span::Minute => {
                    window.complete(epoch, at + limit.length_ms());
                    window.close(at + limit.length_ms());
                }
            }
        }
    }

    /// Returns the limit, the key and the answered slots of each window, with the time left of each slot.
    #[cfg(feature = "redis")]
    pub(super) fn answered(&self) -> Vec<(u8, Fingerprint, Vec<Duration>)> {
        let now = self.clock.monotonic();
        let slots = |keyed: &KeyedWindow| {
            let left = keyed.window.ends().map(|end| since_start(end).saturating_sub(now));
            (keyed.limit, keyed.key, left.filter(|left| !left.is_zero()).collect())
        };
        let tables = self.apps.tables().chain(self.accounts.tables());
        tables.flat_map(|table| table.iter().map(slots).collect::<Vec<_>>()).collect()
    }

    /// Counts requests of `key` under a limit that were answered `ages` ago.
    pub(super) fn restore(&self, number: u8, key: Fingerprint, ages: &[Duration]) {
        let (now, limit) = (self.clock.monotonic(), self.limits.get(number));
        let windows = self.windows(limit.rule.scope());
        let mut table = windows.lock(key);
        let epoch = self.epoch.load(Ordering::Relaxed);
        let keyed = table.get_or_create(key, number, epoch, start_time(now));
        for &age in ages {
            let left = limit.rule.span().duration().saturating_sub(age);
            if !left.is_zero() {
                keyed.window.record(answer_time(now + left));
            }
        }
    }

    pub(super) fn error(&self, blocked: BlockingWindow) -> Error {
        let wait = since_start(blocked.full.earliest).saturating_sub(self.clock.monotonic());
        errors::window_full(blocked.limit, wait, self.clock.now())
    }

    /// Locks the windows of `subject` under the limits `numbers`.
    #[inline]
    pub(super) fn lock<'a>(&'a self, numbers: &LimitNumbers, subject: &'a QuotaSubject) -> Locked<'a> {
        let is = |scope: Scope| numbers.iter().any(|&number| self.limits.get(number).rule.scope() == scope);
        self.lock_scopes(is(Scope::App), is(Scope::Account), subject)
    }

    fn lock_all<'a>(&'a self, subject: &'a QuotaSubject) -> Locked<'a> {
        self.lock_scopes(true, true, subject)
    }

    #[inline]
    fn lock_scopes<'a>(&'a self, app: bool, account: bool, subject: &'a QuotaSubject) -> Locked<'a> {
        let app = app.then(|| self.apps.lock(subject.key(Scope::App)));
        let account = account.then(|| self.accounts.lock(subject.key(Scope::Account)));
        // Read with the locks held, so that a reset comes before or after the whole step.
        Locked { limiter: self, subject, app, account, epoch: self.epoch.load(Ordering::Relaxed) }
    }

    fn windows(&self, scope: Scope) -> &Windows {
        match scope {
            Scope::App => &self.apps,
            Scope::Account => &self.accounts,
        }
    }
}

impl<'a> Locked<'a> {
    /// Returns the table with the windows under limit `number`. Locks it if [`Limiter::lock`] has not.
    #[inline]
    fn table(&mut self, scope: Scope) -> &mut MutexGuard<'a, WindowTable> {
        let key = self.subject.key(scope);
        match scope {
            Scope::App => self.app.get_or_insert_with(|| self.limiter.apps.lock(key)),
            Scope::Account => self.account.get_or_insert_with(|| self.limiter.accounts.lock(key)),
        }
    }

    #[inline]
    pub(super) fn get(&mut self, number: u8) -> Option<&mut KeyedWindow> {
        let scope = self.limiter.limits.get(number).rule.scope();
        let key = self.subject.key(scope);
        self.table(scope).get(key, number)
    }

    #[inline]
    pub(super) fn get_or_create(&mut self, number: u8, now: u64) -> &mut KeyedWindow {
        let scope = self.limiter.limits.get(number).rule.scope();
        let (key, epoch) = (self.subject.key(scope), self.epoch);
        self.table(scope).get_or_create(key, number, epoch, now)
    }

    /// Returns the window with the longest wait for the request with `ticket`, or `None` when it fits now.
    #[inline]
    fn blocking(&mut self, numbers: &LimitNumbers, now: u64, ticket: u64) -> Option<BlockingWindow> {
        let limits = &self.limiter.limits;
        let full = |&number: &u8| {
            let limit = limits.get(number);
            let full = self.get(number)?.window.full(limit, now, ticket)?;
            Some(BlockingWindow { number, limit: *limit, full })
        };
        numbers.iter().filter_map(full).max_by_key(|blocked| blocked.full.earliest)
    }
}

impl KeyedWindow {
    /// Returns the warning that is due at `count` occupied slots.
    #[inline]
    fn warning(&mut self, limit: &Limit, count: u32) -> Option<QuotaWarning> {
        let percent = limit.thresholds.reached(&mut self.warned, count)?;
        Some(limit.warning(count, percent))
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("policy", &self.policy).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "limiter_tests.rs"]
mod tests;
