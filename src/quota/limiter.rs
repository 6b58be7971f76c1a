//! Grants permits: a slot in all windows of a request, or in none.

use super::errors::{self, BlockingWindow};
use super::keys::{Fingerprint, QuotaSubject};
use super::limits::{Limit, LimitSet, Limits, QuotaWindow, Usage};
use super::policy::{QuotaKind, QuotaPolicy, Scope, Span};
use super::queue::NO_TICKET;
use super::source::QuotaSource;
use super::time::{answer_time, since_start, start_time};
use super::warning::QuotaWarning;
use super::windows::{KeyedWindow, WindowTable, Windows};
use crate::clock::Clock;
use crate::error::{Error, Result};
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

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

/// The right to send one request. It occupies a slot in each of the request's windows.
///
/// End it with [`Permit::complete`], [`Permit::throttled`] or [`Permit::release`]. A permit that is dropped counts as a
/// request that was answered at that moment.
#[must_use = "a permit that is dropped counts as a request that was sent"]
pub struct Permit<'a> {
    limiter: &'a Limiter,
    subject: QuotaSubject,
    /// Empty once the permit has ended.
    limits: LimitSet,
    warnings: Vec<QuotaWarning>,
    epoch: u32,
}

/// The locked windows of one subject.
pub(super) struct Locked<'a> {
    limiter: &'a Limiter,
    subject: &'a QuotaSubject,
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
    #[inline]
    pub fn try_acquire(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Result<Permit<'_>> {
        self.take(self.limits.of_kinds(kinds), subject, NO_TICKET).map_err(|blocked| self.error(blocked))
    }

    /// Returns the error that [`Limiter::try_acquire`] would return now. Takes no slot.
    pub fn check(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Result<()> {
        let (limits, now) = (self.limits.of_kinds(kinds), start_time(self.clock.monotonic()));
        let mut blocked = None;
        self.lock(limits, subject).each(limits, |limit, keyed| {
            if let Some(full) = keyed.window.full(limit, now, NO_TICKET) {
                blocked = longest(blocked, BlockingWindow { number: keyed.limit, limit: *limit, full });
            }
        });
        blocked.map_or(Ok(()), |blocked| Err(self.error(blocked)))
    }

    /// Counts a request that was answered just now and that had no permit, even above the limit. Returns the warnings that
    /// this causes, as [`Permit::warnings`] does.
    pub fn increment(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Vec<QuotaWarning> {
        let (limits, at) = (self.limits.of_kinds(kinds), answer_time(self.clock.monotonic()));
        let mut locked = self.lock(limits, subject);
        let count = |number: u8| {
            let limit = self.limits.get(number);
            let keyed = locked.get_or_create(number, at);
            keyed.window.record(at + limit.length_ms());
            keyed.warning(limit, keyed.window.count(at))
        };
        limits.iter().filter_map(count).collect()
    }

    /// Returns the usage of each window of `subject`, those of its app included.
    #[must_use]
    pub fn status(&self, subject: &QuotaSubject) -> Vec<QuotaWindow> {
        let (now, wall) = (self.clock.monotonic(), self.clock.now());
        let now_ms = start_time(now);
        let mut locked = self.lock(self.limits.every(), subject);
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
        let mut locked = self.lock(self.limits.every(), subject);
        let epoch = self.epoch.fetch_add(1, Ordering::Relaxed) + 1;
        locked.each(self.limits.every(), |_, keyed| {
            keyed.window.clear(epoch);
            keyed.warned = 0;
        });
    }

    /// Takes the slots for the request with `ticket`, or returns the window that blocks it.
    #[inline]
    pub(super) fn take(
        &self,
        limits: LimitSet,
        subject: &QuotaSubject,
        ticket: u64,
    ) -> std::result::Result<Permit<'_>, BlockingWindow> {
        let now = start_time(self.clock.monotonic());
        let mut locked = self.lock(limits, subject);
        let (mut taken, mut blocked) = (LimitSet::default(), None);
        let mut is_notable = ticket != NO_TICKET;
        for number in limits.iter() {
            let limit = self.limits.get(number);
            let keyed = locked.get_or_create(number, now);
            if let Some(full) = keyed.window.full(limit, now, ticket) {
                blocked = longest(blocked, BlockingWindow { number, limit: *limit, full });
            } else {
                let count = keyed.window.take();
                is_notable |= limit.thresholds.matter(keyed.warned, count);
                taken = taken.with(LimitSet::of(number));
            }
        }
        if let Some(blocked) = blocked {
            locked.each(taken, |_, keyed| keyed.window.give_back());
            return Err(blocked);
        }
        let mut warnings = Vec::new();
        if is_notable {
            locked.each(limits, |limit, keyed| {
                keyed.window.leave(ticket);
                warnings.extend(keyed.warning(limit, keyed.window.count(now)));
            });
        }
        Ok(Permit { limiter: self, subject: *subject, limits, warnings, epoch: locked.epoch })
    }

    #[inline]
    pub(super) fn complete(&self, limits: LimitSet, subject: &QuotaSubject, epoch: u32) {
        let at = answer_time(self.clock.monotonic());
        self.lock(limits, subject)
            .each(limits, |limit, keyed| keyed.window.complete(epoch, at + limit.length_ms()));
    }

    pub(super) fn release(&self, limits: LimitSet, subject: &QuotaSubject, epoch: u32) {
        self.lock(limits, subject).each(limits, |_, keyed| keyed.window.release(epoch));
    }

    pub(super) fn throttled(&self, limits: LimitSet, subject: &QuotaSubject, epoch: u32) {
        let at = answer_time(self.clock.monotonic());
        self.lock(limits, subject).each(limits, |limit, KeyedWindow { window, .. }| {
            match limit.rule.span() {
                // TikTok served nothing.
                Span::Day => window.release(epoch),
                Span::Minute => {
                    window.complete(epoch, at + limit.length_ms());
                    window.close(at + limit.length_ms());
                }
            }
        });
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

    /// Locks the windows of `subject` under `limits`: those of the app first, so that two requests cannot deadlock.
    #[inline]
    pub(super) fn lock<'a>(&'a self, limits: LimitSet, subject: &'a QuotaSubject) -> Locked<'a> {
        let (of_app, of_account) = (limits.and(self.limits.of_app), limits.without(self.limits.of_app));
        let app = (!of_app.is_empty()).then(|| self.apps.lock(subject.key(Scope::App)));
        let account = (!of_account.is_empty()).then(|| self.accounts.lock(subject.key(Scope::Account)));
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
    /// Returns the windows of `scope`. Locks them if [`Limiter::lock`] has not.
    #[inline]
    fn table(&mut self, scope: Scope) -> &mut MutexGuard<'a, WindowTable> {
        let table = match scope {
            Scope::App => &mut self.app,
            Scope::Account => &mut self.account,
        };
        table.get_or_insert_with(|| self.limiter.windows(scope).lock(self.subject.key(scope)))
    }

    #[inline]
    pub(super) fn get(&mut self, number: u8) -> Option<&mut KeyedWindow> {
        let scope = self.limiter.limits.get(number).rule.scope();
        let key = self.subject.key(scope);
        self.table(scope).get(key, number)
    }

    #[inline]
    fn get_or_create(&mut self, number: u8, now: u64) -> &mut KeyedWindow {
        let scope = self.limiter.limits.get(number).rule.scope();
        let (key, epoch) = (self.subject.key(scope), self.epoch);
        self.table(scope).get_or_create(key, number, epoch, now)
    }

    /// Changes each existing window under `limits`.
    #[inline]
    fn each(&mut self, limits: LimitSet, mut change: impl FnMut(&Limit, &mut KeyedWindow)) {
        let limiter = self.limiter;
        for number in limits.iter() {
            if let Some(keyed) = self.get(number) {
                change(limiter.limits.get(number), keyed);
            }
        }
    }
}

/// Returns the window with the longer wait.
fn longest(one: Option<BlockingWindow>, other: BlockingWindow) -> Option<BlockingWindow> {
    one.filter(|one| one.full.earliest >= other.full.earliest).or(Some(other))
}

impl KeyedWindow {
    /// Returns the warning that is due at `count` occupied slots.
    #[inline]
    fn warning(&mut self, limit: &Limit, count: u32) -> Option<QuotaWarning> {
        let percent = limit.thresholds.reached(&mut self.warned, count)?;
        Some(limit.warning(count, percent))
    }
}

impl Permit<'_> {
    /// Returns the windows that this request filled to 80 or 95 percent. Each threshold warns once, and again after the window
    /// was half empty.
    #[must_use]
    pub fn warnings(&self) -> Vec<QuotaWarning> {
        self.warnings.clone()
    }

    /// Ends a request that TikTok has just answered (anything but a 429). The slots become free a full window from now.
    #[inline]
    pub fn complete(self) {
        drop(self);
    }

    /// Ends a request of which no byte was sent. The slots are free at once.
    pub fn release(mut self) {
        let limits = std::mem::take(&mut self.limits);
        self.limiter.release(limits, &self.subject, self.epoch);
    }

    /// Ends a request that TikTok has just answered with 429 `rate_limit_exceeded`, because other programs use the same limit or
    /// TikTok changed it. The minute windows close for their full length (TikTok sends no Retry-After, docs/tiktok-api.md 8).
    /// The daily slots are released, since TikTok served nothing.
    pub fn throttled(mut self) {
        let limits = std::mem::take(&mut self.limits);
        self.limiter.throttled(limits, &self.subject, self.epoch);
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.limits.is_empty() {
            self.limiter.complete(self.limits, &self.subject, self.epoch);
        }
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("windows", &self.limits.len()).finish_non_exhaustive()
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
