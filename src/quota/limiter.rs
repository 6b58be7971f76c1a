//! Grants permits: a slot in every window of a request, or in none.

use super::errors::{self, BlockingWindow, Refused};
use super::key_state::{KeyState, NO_TICKET};
use super::keys::QuotaSubject;
use super::permit::Permit;
use super::policy::{QuotaKind, QuotaPolicy, Span};
use super::rule_windows::RuleWindows;
use super::source::QuotaSource;
use super::time::{answer_time, since_start, start_time};
use super::warning::QuotaWarning;
use crate::clock::{Clock, Timestamp};
use crate::error::Result;
use dashmap::mapref::entry::Entry;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// The maximum number of windows. A window that was used once takes about 70 bytes; idle windows are removed.
const MAX_WINDOWS: usize = 2_000_000;
/// The pause between two sweeps, each of which removes the idle windows of one rule, in milliseconds.
const SWEEP_EVERY_MS: u64 = 20_000;
/// The pause between two sweeps of all rules while the number of windows is at its maximum, in milliseconds.
const FULL_SWEEP_PAUSE_MS: u64 = 1000;

/// The usage of one window, as [`Limiter::status`] returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaWindow {
    /// The kind of request.
    pub kind: QuotaKind,
    /// The length of the window in milliseconds.
    pub window_ms: u64,
    /// The maximum number of requests in the window.
    pub limit: u32,
    /// The number of occupied slots, including those of requests in flight.
    pub count: u32,
    /// The number of requests that could be sent now.
    pub remaining: u32,
    /// The time at which the oldest occupied slot becomes free, or at which a window closed by TikTok opens again; the
    /// current time if all slots are free.
    pub reset_at: Timestamp,
    /// The time left until `reset_at`.
    pub resets_in: Duration,
    /// The counter of these requests: this process or Redis.
    pub source: QuotaSource,
}

/// Limits the request rates of all accounts of this process. Thread-safe: share it with its `Arc`.
///
/// It measures with [`Clock::monotonic`], so a change of the system time has no effect.
pub struct Limiter {
    policy: QuotaPolicy,
    pub(super) clock: Arc<dyn Clock>,
    /// At most two rules for each of seven kinds, so a `u16` holds one bit per rule.
    pub(super) rule_windows: Vec<RuleWindows>,
    rules_of: [u16; QuotaKind::ALL.len()],
    /// The number of windows. Stored separately, because counting the entries of a `DashMap` locks all of it.
    count: AtomicUsize,
    max: usize,
    /// Incremented by each reset of a window: see [`Window`](super::window::Window).
    pub(super) epoch: AtomicU32,
    next_sweep: AtomicU64,
    next_full_sweep: AtomicU64,
    sweeps: AtomicUsize,
    pub(super) next_ticket: AtomicU64,
}

/// A request for slots.
#[derive(Clone, Copy)]
struct SlotRequest<'a> {
    subject: &'a QuotaSubject,
    now: u64,
    /// Its ticket in the queues; [`NO_TICKET`] when it does not wait.
    ticket: u64,
}

/// The slots that a request got.
struct Granted {
    epoch: u32,
    warned: u16,
}

impl Limiter {
    /// Creates a limiter with `policy`.
    #[must_use]
    pub fn new(policy: QuotaPolicy, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self::bounded(policy, clock, MAX_WINDOWS))
    }

    fn bounded(policy: QuotaPolicy, clock: Arc<dyn Clock>, max: usize) -> Self {
        let mut rule_windows = Vec::new();
        let rules_of = QuotaKind::ALL.map(|kind| {
            policy.rules(kind).iter().fold(0, |bits, &rule| {
                rule_windows.push(RuleWindows::new(kind, rule));
                bits | 1 << (rule_windows.len() - 1)
            })
        });
        Self {
            policy,
            clock,
            rule_windows,
            rules_of,
            count: AtomicUsize::new(0),
            max,
            epoch: AtomicU32::new(0),
            next_sweep: AtomicU64::new(0),
            next_full_sweep: AtomicU64::new(0),
            sweeps: AtomicUsize::new(0),
            next_ticket: AtomicU64::new(0),
        }
    }

    /// Returns the policy.
    #[must_use]
    pub fn policy(&self) -> &QuotaPolicy {
        &self.policy
    }

    /// Takes a slot in every window of `kinds`, or in none.
    ///
    /// Slots for which other calls wait with [`Limiter::acquire`] are reserved for them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited) (a minute window is full) or
    /// [`ErrorKind::QuotaExhausted`](crate::ErrorKind::QuotaExhausted) (a daily one). [`Retry::After`](crate::Retry::After) is
    /// the exact time after which the same call succeeds, unless another call takes the slot. While all slots belong to requests in
    /// flight, it is a lower bound.
    pub fn try_acquire(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Result<Permit<'_>> {
        self.take(self.rules_of(kinds), subject, NO_TICKET).map_err(|refused| self.error(refused))
    }

    /// Returns the error that [`Limiter::try_acquire`] would return now. Takes no slot.
    pub fn check(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Result<()> {
        let request = SlotRequest { subject, now: start_time(self.clock.monotonic()), ticket: NO_TICKET };
        match self.admit(self.rules_of(kinds), request, true) {
            Ok(_) => Ok(()),
            Err(refused) => Err(self.error(refused)),
        }
    }

    /// Counts a request that had no permit and has just been answered, even above the limit. Returns the warnings that
    /// this causes, as [`Permit::warnings`] does.
    pub fn increment(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Vec<QuotaWarning> {
        let at = answer_time(self.clock.monotonic());
        let mut left = self.rules_of(kinds);
        let mut warned = 0;
        while let Some(windows) = self.rule_windows.get(left.trailing_zeros() as usize) {
            let mut state = windows.states.entry(windows.key(subject)).or_insert_with(|| self.new_state());
            if windows.count(&mut state, self.epoch.load(Ordering::Relaxed), at) {
                warned |= left & left.wrapping_neg();
            }
            left &= left.wrapping_sub(1);
        }
        if warned == 0 { Vec::new() } else { self.warnings(warned, subject) }
    }

    /// Returns the usage of each window of `subject`, including those of its app.
    #[must_use]
    pub fn status(&self, subject: &QuotaSubject) -> Vec<QuotaWindow> {
        let (now, wall) = (self.clock.monotonic(), self.clock.now());
        let now_ms = start_time(now);
        let status = |windows: &RuleWindows| {
            let state = windows.states.get(&windows.key(subject));
            let (count, remaining, reset_ms) = match &state {
                Some(state) => state.usage(windows.size, now_ms),
                None => (0, windows.rule.limit(), now_ms),
            };
            let resets_in = since_start(reset_ms).saturating_sub(now);
            QuotaWindow {
                kind: windows.kind,
                window_ms: u64::from(windows.size.length_ms),
                limit: windows.rule.limit(),
                count,
                remaining,
                reset_at: wall.plus(resets_in),
                resets_in,
                source: QuotaSource::Memory,
            }
        };
        self.rule_windows.iter().map(status).collect()
    }

    /// Empties every window of `subject`, including those of its app. TikTok keeps its own counts: use this only when TikTok
    /// raised its limits, or in tests.
    pub fn reset(&self, subject: &QuotaSubject) {
        for windows in &self.rule_windows {
            if let Some(mut state) = windows.state(subject) {
                state.clear(self.epoch.fetch_add(1, Ordering::Relaxed) + 1);
            }
        }
    }

    #[inline]
    pub(super) fn rules_of(&self, kinds: &[QuotaKind]) -> u16 {
        kinds.iter().fold(0, |bits, &kind| bits | self.rules_of[kind.index()])
    }

    /// Takes the slots for the request with `ticket`, or returns the window that blocks it.
    pub(super) fn take(
        &self,
        rules: u16,
        subject: &QuotaSubject,
        ticket: u64,
    ) -> std::result::Result<Permit<'_>, Refused> {
        let now = start_time(self.clock.monotonic());
        if now >= self.next_sweep.load(Ordering::Relaxed) {
            self.sweep_next(now);
        }
        if rules.is_power_of_two()
            && ticket == NO_TICKET
            && let Some(windows) = self.rule_windows.get(rules.trailing_zeros() as usize)
            && let Some((epoch, warns)) = windows.try_take_fast(subject, now, &self.epoch)
        {
            return Ok(Permit::new(self, *subject, rules, if warns { rules } else { 0 }, epoch));
        }
        let request = SlotRequest { subject, now, ticket };
        let granted = match self.admit(rules, request, false) {
            Err(Refused::TooManyWindows) if self.sweep_all(now) => self.admit(rules, request, false)?,
            outcome => outcome?,
        };
        Ok(Permit::new(self, *subject, rules, granted.warned, granted.epoch))
    }

    /// Locks the rules one after another, then takes a slot in each if all of them have one. Checks all of them even
    /// when one is full, to find the longest wait. Takes nothing when `peek_only`.
    fn admit(
        &self,
        rules: u16,
        request: SlotRequest<'_>,
        peek_only: bool,
    ) -> std::result::Result<Granted, Refused> {
        let Some(windows) = self.rule_windows.get(rules.trailing_zeros() as usize) else {
            // Read with all locks held, so that a reset comes before or after the whole step.
            return Ok(Granted { epoch: self.epoch.load(Ordering::Relaxed), warned: 0 });
        };
        let (bit, others) = (rules & rules.wrapping_neg(), rules & rules.wrapping_sub(1));
        match windows.states.entry(windows.key(request.subject)) {
            Entry::Occupied(mut there) => {
                let state = there.get_mut();
                let full = state.admits(windows.size, request.now, request.ticket).err();
                let rest = self.admit(others, request, peek_only || full.is_some());
                match (full, rest) {
                    (None, Ok(mut granted)) => {
                        if !peek_only && windows.take(state, granted.epoch, request.ticket) {
                            granted.warned |= bit;
                        }
                        Ok(granted)
                    }
                    (None, Err(refused)) => Err(refused),
                    (Some(full), rest) => {
                        let RuleWindows { kind, rule, .. } = *windows;
                        Err(longest(BlockingWindow { bit, kind, rule, full }, rest.err()))
                    }
                }
            }
            Entry::Vacant(_) if peek_only => self.admit(others, request, true),
            Entry::Vacant(_) if !self.reserve_window() => Err(Refused::TooManyWindows),
            Entry::Vacant(free) => {
                let rest = self.admit(others, request, false);
                match rest {
                    Ok(mut granted) => {
                        let mut state = KeyState::default();
                        if windows.take(&mut state, granted.epoch, request.ticket) {
                            granted.warned |= bit;
                        }
                        free.insert(state);
                        Ok(granted)
                    }
                    Err(refused) => {
                        self.count.fetch_sub(1, Ordering::Relaxed);
                        Err(refused)
                    }
                }
            }
        }
    }

    pub(super) fn complete(&self, rules: u16, subject: &QuotaSubject, epoch: u32) {
        let at = answer_time(self.clock.monotonic());
        let mut left = rules;
        while let Some(windows) = self.rule_windows.get(left.trailing_zeros() as usize) {
            if let Some(mut state) = windows.state(subject)
                && let Some(queued) = state.queued_mut()
            {
                queued.window.complete(epoch, at);
                state.compact(at);
            }
            left &= left.wrapping_sub(1);
        }
    }

    pub(super) fn release(&self, rules: u16, subject: &QuotaSubject, epoch: u32) {
        for windows in self.each(rules) {
            if let Some(mut state) = windows.state(subject)
                && let Some(queued) = state.queued_mut()
            {
                queued.window.release(epoch);
                queued.wake_first();
            }
        }
    }

    pub(super) fn throttled(&self, rules: u16, subject: &QuotaSubject, epoch: u32) {
        let at = answer_time(self.clock.monotonic());
        let (days, minutes) = self.split_by_day(rules);
        self.release(days, subject, epoch);
        for windows in self.each(minutes) {
            // A reset may have removed the window, but TikTok's 429 still counts.
            let mut state = windows.states.entry(windows.key(subject)).or_insert_with(|| self.new_state());
            let queued = state.queued_or_new(windows.size, self.epoch.load(Ordering::Relaxed));
            queued.window.complete(epoch, at);
            queued.window.close(at);
        }
    }

    pub(super) fn warnings(&self, rules: u16, subject: &QuotaSubject) -> Vec<QuotaWarning> {
        let now = start_time(self.clock.monotonic());
        let warning = |windows: &RuleWindows| {
            let (count, ..) = windows.states.get(&windows.key(subject))?.usage(windows.size, now);
            Some(QuotaWarning {
                kind: windows.kind,
                window_ms: u64::from(windows.size.length_ms),
                limit: windows.rule.limit(),
                count,
                percent: windows.warnings.percent(count),
            })
        };
        self.each(rules).filter_map(warning).collect()
    }

    pub(super) fn error(&self, refused: Refused) -> crate::error::Error {
        match refused {
            Refused::TooManyWindows => errors::too_many_windows(self.max),
            Refused::Full(blocked) => {
                let wait = since_start(blocked.full.earliest).saturating_sub(self.clock.monotonic());
                errors::window_full(blocked, wait, self.clock.now())
            }
        }
    }

    #[inline]
    pub(super) fn each(&self, rules: u16) -> impl Iterator<Item = &RuleWindows> {
        let mut left = rules;
        std::iter::from_fn(move || {
            let windows = self.rule_windows.get(left.trailing_zeros() as usize);
            left &= left.wrapping_sub(1);
            windows
        })
    }

    /// Splits `rules` into the daily ones and the others.
    fn split_by_day(&self, rules: u16) -> (u16, u16) {
        let daily = |windows: &RuleWindows| windows.rule.span() == Span::Day;
        let days =
            self.rule_windows.iter().rev().fold(0, |bits, windows| bits << 1 | u16::from(daily(windows)));
        (rules & days, rules & !days)
    }

    /// Creates a state even when the maximum number of windows is reached, because a request that was sent must be counted.
    pub(super) fn new_state(&self) -> KeyState {
        self.count.fetch_add(1, Ordering::Relaxed);
        KeyState::default()
    }

    fn reserve_window(&self) -> bool {
        let one_more = |count| (count < self.max).then_some(count + 1);
        self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    /// Removes the idle windows of the next rule. One thread does it; the others continue.
    #[cold]
    fn sweep_next(&self, now: u64) {
        if !due(&self.next_sweep, now, SWEEP_EVERY_MS) {
            return;
        }
        let turn = self.sweeps.fetch_add(1, Ordering::Relaxed);
        if let Some(windows) = self.rule_windows.get(turn % self.rule_windows.len().max(1)) {
            self.count.fetch_sub(windows.sweep(now), Ordering::Relaxed);
        }
    }

    /// Removes the idle windows of all rules; returns `false` when that was tried less than a second ago.
    fn sweep_all(&self, now: u64) -> bool {
        let tried = due(&self.next_full_sweep, now, FULL_SWEEP_PAUSE_MS);
        if tried {
            let removed = self.rule_windows.iter().map(|windows| windows.sweep(now)).sum();
            self.count.fetch_sub(removed, Ordering::Relaxed);
        }
        tried
    }
}

/// Returns true to one caller when the time has passed.
fn due(next: &AtomicU64, now: u64, pause: u64) -> bool {
    let seen = next.load(Ordering::Relaxed);
    now >= seen && next.compare_exchange(seen, now + pause, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

fn longest(mine: BlockingWindow, other: Option<Refused>) -> Refused {
    match other {
        Some(Refused::Full(other)) if other.full.earliest > mine.full.earliest => Refused::Full(other),
        _ => Refused::Full(mine),
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("policy", &self.policy)
            .field("windows", &self.count.load(Ordering::Relaxed))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "limiter_tests.rs"]
mod tests;
