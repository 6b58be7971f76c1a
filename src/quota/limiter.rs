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
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
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

/// A request that asks for slots.
struct Request<'a> {
    subject: &'a QuotaSubject,
    /// The time in milliseconds.
    now: u64,
    ticket: u64,
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
        let now = start_time(self.clock.monotonic());
        let mut blocked = None;
        self.each(self.limits.of_kinds(kinds), subject, |limit, keyed| {
            if let Some(full) = keyed.window.full(limit, now, NO_TICKET) {
                blocked = longest(blocked, BlockingWindow { number: keyed.limit, limit: *limit, full });
            }
        });
        blocked.map_or(Ok(()), |blocked| Err(self.error(blocked)))
    }

    /// Counts a request that was answered just now and that had no permit, even above the limit. Returns the warnings that
    /// this causes, as [`Permit::warnings`] does.
    pub fn increment(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Vec<QuotaWarning> {
        let at = answer_time(self.clock.monotonic());
        let count = |number: u8| {
            let limit = self.limits.get(number);
            self.with_window(number, subject.key(limit.rule.scope()), at, |keyed| {
                keyed.window.record(limit, at);
                keyed.warning(limit, keyed.window.count(at))
            })
        };
        self.limits.of_kinds(kinds).iter().filter_map(count).collect()
    }

    /// Returns the usage of each window of `subject`, those of its app included.
    #[must_use]
    pub fn status(&self, subject: &QuotaSubject) -> Vec<QuotaWindow> {
        let (now, wall) = (self.clock.monotonic(), self.clock.now());
        let now_ms = start_time(now);
        let unused =
            |limit: &Limit| Usage { count: 0, remaining: limit.rule.limit(), resets_in: Duration::ZERO };
        let unused = |(_, limit): (u8, &Limit)| limit.window(unused(limit), wall, QuotaSource::Memory);
        let mut windows: Vec<_> = self.limits.iter().map(unused).collect();
        self.each(self.limits.every(), subject, |limit, KeyedWindow { window, limit: number, .. }| {
            let usage = Usage {
                count: window.count(now_ms),
                remaining: window.remaining(limit, now_ms),
                resets_in: since_start(window.reset_at(limit, now_ms)).saturating_sub(now),
            };
            windows[usize::from(*number)] = limit.window(usage, wall, QuotaSource::Memory);
        });
        windows
    }

    /// Empties every window of `subject`, those of its app included. TikTok keeps its own counts: use this only when TikTok
    /// raised its limits, or in tests.
    pub fn reset(&self, subject: &QuotaSubject) {
        self.each(self.limits.every(), subject, |_, keyed| {
            keyed.window.clear(self.epoch.fetch_add(1, Ordering::Relaxed) + 1);
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
        let request = Request { subject, now: start_time(self.clock.monotonic()), ticket };
        let mut warnings = Vec::new();
        let epoch = self.take_in(limits, &request, &mut warnings, None)?;
        Ok(Permit { limiter: self, subject: *subject, limits, warnings, epoch })
    }

    /// Takes the slots in the windows of the first scope of `limits`, and with their lock held those of the other scope. Takes no
    /// slot when a window is full, or when `blocked` is set. Returns the epoch.
    ///
    /// The windows of the app are locked first, so that two requests cannot deadlock.
    #[inline]
    fn take_in(
        &self,
        limits: LimitSet,
        request: &Request<'_>,
        warnings: &mut Vec<QuotaWarning>,
        mut blocked: Option<BlockingWindow>,
    ) -> std::result::Result<u32, BlockingWindow> {
        let (scope, mine, rest) = self.limits.first_scope(limits);
        let key = request.subject.key(scope);
        let mut table = self.windows(scope).lock(key);
        let (mut taken, mut is_notable) = (LimitSet::default(), request.ticket != NO_TICKET);
        for number in mine.iter() {
            let limit = self.limits.get(number);
            let keyed = table.get_or_create(key, number, self.epoch(), request.now);
            if let Some(full) = keyed.window.full(limit, request.now, request.ticket) {
                blocked = longest(blocked, BlockingWindow { number, limit: *limit, full });
            } else {
                is_notable |= limit.thresholds.matter(keyed.warned, keyed.window.take());
                taken = taken.with(LimitSet::of(number));
            }
        }
        let epoch = if rest.is_empty() {
            // Read with all locks held, so that it is not older than a reset of one of the windows.
            blocked.map_or_else(|| Ok(self.epoch()), Err)
        } else {
            self.take_in(rest, request, warnings, blocked)
        };
        if epoch.is_err() {
            self.each_of(&mut table, taken, key, |_, keyed| keyed.window.give_back());
        } else if is_notable {
            self.each_of(&mut table, mine, key, |limit, keyed| {
                keyed.window.leave(request.ticket);
                warnings.extend(keyed.warning(limit, keyed.window.count(request.now)));
            });
        }
        epoch
    }

    #[inline]
    fn complete(&self, limits: LimitSet, subject: &QuotaSubject, epoch: u32) {
        let at = answer_time(self.clock.monotonic());
        self.each(limits, subject, |limit, keyed| keyed.window.complete(epoch, limit, at));
    }

    fn release(&self, limits: LimitSet, subject: &QuotaSubject, epoch: u32) {
        self.each(limits, subject, |_, keyed| keyed.window.release(epoch));
    }

    fn throttled(&self, limits: LimitSet, subject: &QuotaSubject, epoch: u32) {
        let at = answer_time(self.clock.monotonic());
        self.each(limits, subject, |limit, KeyedWindow { window, .. }| match limit.rule.span() {
            // TikTok served nothing.
            Span::Day => window.release(epoch),
            Span::Minute => {
                window.complete(epoch, limit, at);
                window.close(at + limit.length_ms());
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
        let (now, span) = (self.clock.monotonic(), self.limits.get(number).rule.span());
        let left = ages.iter().map(|&age| span.duration().saturating_sub(age)).filter(|left| !left.is_zero());
        self.with_window(number, key, start_time(now), |keyed| {
            left.for_each(|left| keyed.window.insert(answer_time(now + left)));
        });
    }

    pub(super) fn error(&self, blocked: BlockingWindow) -> Error {
        let wait = since_start(blocked.full.earliest).saturating_sub(self.clock.monotonic());
        errors::window_full(blocked.limit, wait, self.clock.now())
    }

    /// Changes each existing window of `subject` under `limits`. Locks one scope after the other.
    #[inline]
    pub(super) fn each(
        &self,
        limits: LimitSet,
        subject: &QuotaSubject,
        mut change: impl FnMut(&Limit, &mut KeyedWindow),
    ) {
        let mut left = limits;
        while !left.is_empty() {
            let (scope, mine, rest) = self.limits.first_scope(left);
            let key = subject.key(scope);
            self.each_of(&mut self.windows(scope).lock(key), mine, key, &mut change);
            left = rest;
        }
    }

    #[inline]
    fn each_of(
        &self,
        table: &mut WindowTable,
        limits: LimitSet,
        key: Fingerprint,
        mut change: impl FnMut(&Limit, &mut KeyedWindow),
    ) {
        for number in limits.iter() {
            if let Some(keyed) = table.get(key, number) {
                change(self.limits.get(number), keyed);
            }
        }
    }

    /// Changes one window, created if there is none.
    fn with_window<T>(
        &self,
        number: u8,
        key: Fingerprint,
        now: u64,
        change: impl FnOnce(&mut KeyedWindow) -> T,
    ) -> T {
        let mut table = self.windows(self.limits.get(number).rule.scope()).lock(key);
        change(table.get_or_create(key, number, self.epoch(), now))
    }

    fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Relaxed)
    }

    fn windows(&self, scope: Scope) -> &Windows {
        match scope {
            Scope::App => &self.apps,
            Scope::Account => &self.accounts,
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
