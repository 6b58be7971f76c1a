//! Hands out permits: all windows of a request at once, or none.

use super::cell::{Cell, LAST};
use super::keys::QuotaSubject;
use super::lane::Lane;
use super::permit::{Permit, QuotaWarning};
use super::policy::{QuotaKind, QuotaPolicy, Span};
use super::refusal::{self, Blocked, Refused};
use super::source::QuotaSource;
use super::time::{answer_time, since_start, start_time};
use crate::clock::{Clock, Timestamp};
use crate::error::Result;
use dashmap::mapref::entry::Entry;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// How many windows are kept at most. One that was used once takes about 70 bytes; idle ones leave by themselves.
const MAX_WINDOWS: usize = 2_000_000;
/// The pause between two looks for idle windows, each at one lane, in milliseconds.
const SWEEP_EVERY_MS: u64 = 20_000;
/// The pause between two sweeps of all lanes when the bound is reached, in milliseconds.
const FULL_SWEEP_PAUSE_MS: u64 = 1000;
/// One line of [`Limiter::status`]: how full one window is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaStatus {
    /// What is counted.
    pub kind: QuotaKind,
    /// The length of the window in milliseconds.
    pub window_ms: u64,
    /// How many requests fit in it.
    pub limit: u32,
    /// How many slots are occupied, requests in flight included.
    pub count: u32,
    /// How many requests could be sent now.
    pub remaining: u32,
    /// When the oldest occupied slot becomes free, or a window that TikTok closed opens; now if all is free.
    pub reset_at: Timestamp,
    /// How long it is until then.
    pub resets_in: Duration,
    /// Where this was counted.
    pub source: QuotaSource,
}

/// Keeps the request rates of all accounts of this process. Share it with its `Arc`.
///
/// It measures with [`Clock::monotonic`], so that setting the machine's clock changes nothing.
pub struct Limiter {
    policy: QuotaPolicy,
    pub(super) clock: Arc<dyn Clock>,
    /// At most two rules for each of seven kinds: a `u16` holds a bit for each.
    pub(super) lanes: Vec<Lane>,
    lanes_of: [u16; QuotaKind::ALL.len()],
    /// How many windows exist; counting a dashmap locks all of it.
    count: AtomicUsize,
    max: usize,
    /// Grows with each reset of a window: see [`Window`](super::window::Window).
    pub(super) epoch: AtomicU32,
    next_sweep: AtomicU64,
    next_full_sweep: AtomicU64,
    sweeps: AtomicUsize,
    pub(super) next_place: AtomicU64,
}

/// A request for slots.
#[derive(Clone, Copy)]
struct Ask<'a> {
    subject: &'a QuotaSubject,
    now: u64,
    /// Its place in the queues; `LAST` when it does not wait.
    place: u64,
}

/// What a request got.
struct Granted {
    epoch: u32,
    warned: u16,
}

impl Limiter {
    /// A limiter under `policy`.
    #[must_use]
    pub fn new(policy: QuotaPolicy, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self::bounded(policy, clock, MAX_WINDOWS))
    }

    fn bounded(policy: QuotaPolicy, clock: Arc<dyn Clock>, max: usize) -> Self {
        let mut lanes = Vec::new();
        let lanes_of = QuotaKind::ALL.map(|kind| {
            policy.rules(kind).iter().fold(0, |bits, &rule| {
                lanes.push(Lane::new(kind, rule));
                bits | 1 << (lanes.len() - 1)
            })
        });
        Self {
            policy,
            clock,
            lanes,
            lanes_of,
            count: AtomicUsize::new(0),
            max,
            epoch: AtomicU32::new(0),
            next_sweep: AtomicU64::new(0),
            next_full_sweep: AtomicU64::new(0),
            sweeps: AtomicUsize::new(0),
            next_place: AtomicU64::new(0),
        }
    }

    /// The policy it keeps.
    #[must_use]
    pub fn policy(&self) -> &QuotaPolicy {
        &self.policy
    }

    /// Takes a slot in every window of `kinds`, or in none.
    ///
    /// Refuses with [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited) (a minute window) or
    /// [`ErrorKind::QuotaExhausted`](crate::ErrorKind::QuotaExhausted) (a daily one) and
    /// [`Retry::After`](crate::Retry::After) the exact time at which the same call succeeds if nobody else calls
    /// before. While all slots belong to requests in flight that time is a lower bound. Slots that others wait for
    /// with [`Limiter::acquire`] are theirs.
    pub fn try_acquire(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Result<Permit<'_>> {
        self.take(self.lanes_of(kinds), subject, LAST).map_err(|refused| self.refusal(refused))
    }

    /// Whether [`Limiter::try_acquire`] would succeed now, and its refusal if not. Takes nothing.
    pub fn check(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Result<()> {
        let ask = Ask { subject, now: start_time(self.clock.monotonic()), place: LAST };
        match self.admit(self.lanes_of(kinds), ask, true) {
            Ok(_) => Ok(()),
            Err(refused) => Err(self.refusal(refused)),
        }
    }

    /// Counts a request that was answered just now and for which no permit was taken, whether it fits or not. Gives
    /// the warnings that this calls for, as [`Permit::warnings`] does.
    pub fn increment(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Vec<QuotaWarning> {
        let at = answer_time(self.clock.monotonic());
        let mut left = self.lanes_of(kinds);
        let mut warned = 0;
        while let Some(lane) = self.lanes.get(left.trailing_zeros() as usize) {
            let mut cell = lane.cells.entry(lane.key(subject)).or_insert_with(|| self.counted_cell());
            if lane.count(&mut cell, self.epoch.load(Ordering::Relaxed), at) {
                warned |= left & left.wrapping_neg();
            }
            left &= left.wrapping_sub(1);
        }
        if warned == 0 { Vec::new() } else { self.warnings(warned, subject) }
    }

    /// How full each window of `subject` is, those of its app included.
    #[must_use]
    pub fn status(&self, subject: &QuotaSubject) -> Vec<QuotaStatus> {
        let (now, today) = (self.clock.monotonic(), self.clock.now());
        let now_ms = start_time(now);
        let status = |lane: &Lane| {
            let cell = lane.cells.get(&lane.key(subject));
            let (count, remaining, reset_ms) = match &cell {
                Some(cell) => cell.view(lane.measures, now_ms),
                None => (0, lane.rule.limit(), now_ms),
            };
            let resets_in = since_start(reset_ms).saturating_sub(now);
            QuotaStatus {
                kind: lane.kind,
                window_ms: u64::from(lane.measures.length_ms),
                limit: lane.rule.limit(),
                count,
                remaining,
                reset_at: today.plus(resets_in),
                resets_in,
                source: QuotaSource::Memory,
            }
        };
        self.lanes.iter().map(status).collect()
    }

    /// Empties every window of `subject`, those that its app shares included. TikTok keeps counting: use it only
    /// when its limits were raised, or in tests.
    pub fn reset(&self, subject: &QuotaSubject) {
        for lane in &self.lanes {
            if let Some(mut cell) = lane.cell(subject) {
                cell.clear(self.epoch.fetch_add(1, Ordering::Relaxed) + 1);
            }
        }
    }

    #[inline]
    pub(super) fn lanes_of(&self, kinds: &[QuotaKind]) -> u16 {
        kinds.iter().fold(0, |bits, &kind| bits | self.lanes_of[kind.index()])
    }

    /// Takes the slots for a request that waits at `place`, or tells what holds it back.
    pub(super) fn take(
        &self,
        lanes: u16,
        subject: &QuotaSubject,
        place: u64,
    ) -> std::result::Result<Permit<'_>, Refused> {
        let now = start_time(self.clock.monotonic());
        if now >= self.next_sweep.load(Ordering::Relaxed) {
            self.sweep_one(now);
        }
        if lanes.is_power_of_two()
            && place == LAST
            && let Some(lane) = self.lanes.get(lanes.trailing_zeros() as usize)
            && let Some((epoch, warns)) = lane.take_plainly(subject, now, &self.epoch)
        {
            return Ok(Permit::new(self, *subject, lanes, if warns { lanes } else { 0 }, epoch));
        }
        let ask = Ask { subject, now, place };
        let granted = match self.admit(lanes, ask, false) {
            Err(Refused::NoRoom) if self.sweep_all(now) => self.admit(lanes, ask, false)?,
            outcome => outcome?,
        };
        Ok(Permit::new(self, *subject, lanes, granted.warned, granted.epoch))
    }

    /// Locks the lanes one after another and takes a slot in each on the way back, when all have one. Looks at all of
    /// them even when one is full, to tell which is full longest; `dry` then, it takes nothing.
    fn admit(&self, lanes: u16, ask: Ask<'_>, dry: bool) -> std::result::Result<Granted, Refused> {
        let Some(lane) = self.lanes.get(lanes.trailing_zeros() as usize) else {
            // Read with all locks held, so that a reset comes either before the whole of it or after.
            return Ok(Granted { epoch: self.epoch.load(Ordering::Relaxed), warned: 0 });
        };
        let (bit, others) = (lanes & lanes.wrapping_neg(), lanes & lanes.wrapping_sub(1));
        match lane.cells.entry(lane.key(ask.subject)) {
            Entry::Occupied(mut there) => {
                let cell = there.get_mut();
                let full = cell.admits(lane.measures, ask.now, ask.place).err();
                let rest = self.admit(others, ask, dry || full.is_some());
                match (full, rest) {
                    (None, Ok(mut granted)) => {
                        if !dry && lane.take(cell, granted.epoch, ask.place) {
                            granted.warned |= bit;
                        }
                        Ok(granted)
                    }
                    (None, Err(refused)) => Err(refused),
                    (Some(full), rest) => {
                        let Lane { kind, rule, .. } = *lane;
                        Err(longest(Blocked { bit, kind, rule, full }, rest.err()))
                    }
                }
            }
            Entry::Vacant(_) if dry => self.admit(others, ask, true),
            Entry::Vacant(_) if !self.count_in() => Err(Refused::NoRoom),
            Entry::Vacant(free) => {
                let rest = self.admit(others, ask, false);
                match rest {
                    Ok(mut granted) => {
                        let mut cell = Cell::default();
                        if lane.take(&mut cell, granted.epoch, ask.place) {
                            granted.warned |= bit;
                        }
                        free.insert(cell);
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

    pub(super) fn complete(&self, lanes: u16, subject: &QuotaSubject, epoch: u32) {
        let at = answer_time(self.clock.monotonic());
        let mut left = lanes;
        while let Some(lane) = self.lanes.get(left.trailing_zeros() as usize) {
            if let Some(mut cell) = lane.cell(subject)
                && let Some(busy) = cell.busy_already()
            {
                busy.window.complete(epoch, at);
                cell.settle(at);
            }
            left &= left.wrapping_sub(1);
        }
    }

    pub(super) fn release(&self, lanes: u16, subject: &QuotaSubject, epoch: u32) {
        for lane in self.each(lanes) {
            if let Some(mut cell) = lane.cell(subject)
                && let Some(busy) = cell.busy_already()
            {
                busy.window.release(epoch);
                busy.call_first();
            }
        }
    }

    pub(super) fn throttled(&self, lanes: u16, subject: &QuotaSubject, epoch: u32) {
        let at = answer_time(self.clock.monotonic());
        let (days, minutes) = self.split_by_day(lanes);
        self.release(days, subject, epoch);
        for lane in self.each(minutes) {
            // Not there when its request was forgotten by a reset: TikTok's word counts all the same.
            let mut cell = lane.cells.entry(lane.key(subject)).or_insert_with(|| self.counted_cell());
            let busy = cell.busy(lane.measures, self.epoch.load(Ordering::Relaxed));
            busy.window.complete(epoch, at);
            busy.window.close(at);
        }
    }

    pub(super) fn warnings(&self, lanes: u16, subject: &QuotaSubject) -> Vec<QuotaWarning> {
        let now = start_time(self.clock.monotonic());
        let warning = |lane: &Lane| {
            let (count, ..) = lane.cells.get(&lane.key(subject))?.view(lane.measures, now);
            Some(QuotaWarning {
                kind: lane.kind,
                window_ms: u64::from(lane.measures.length_ms),
                limit: lane.rule.limit(),
                count,
                percent: lane.warning_level(count),
            })
        };
        self.each(lanes).filter_map(warning).collect()
    }

    pub(super) fn refusal(&self, refused: Refused) -> crate::error::Error {
        match refused {
            Refused::NoRoom => refusal::no_room(self.max),
            Refused::Full(blocked) => {
                let wait = since_start(blocked.full.earliest).saturating_sub(self.clock.monotonic());
                refusal::full(blocked, wait, self.clock.now())
            }
        }
    }

    #[inline]
    pub(super) fn each(&self, lanes: u16) -> impl Iterator<Item = &Lane> {
        let mut left = lanes;
        std::iter::from_fn(move || {
            let lane = self.lanes.get(left.trailing_zeros() as usize);
            left &= left.wrapping_sub(1);
            lane
        })
    }

    /// The daily ones of `lanes`, and the others.
    fn split_by_day(&self, lanes: u16) -> (u16, u16) {
        let daily = |lane: &Lane| lane.rule.span() == Span::Day;
        let days = self.lanes.iter().rev().fold(0, |bits, lane| bits << 1 | u16::from(daily(lane)));
        (lanes & days, lanes & !days)
    }

    /// A cell that is let in beyond the bound if need be, since what has happened must be counted.
    pub(super) fn counted_cell(&self) -> Cell {
        self.count.fetch_add(1, Ordering::Relaxed);
        Cell::default()
    }

    fn count_in(&self) -> bool {
        let one_more = |count| (count < self.max).then_some(count + 1);
        self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    /// Clears the next lane in turn of idle windows. One thread does it; the others go on.
    #[cold]
    fn sweep_one(&self, now: u64) {
        if !due(&self.next_sweep, now, SWEEP_EVERY_MS) {
            return;
        }
        let turn = self.sweeps.fetch_add(1, Ordering::Relaxed);
        if let Some(lane) = self.lanes.get(turn % self.lanes.len().max(1)) {
            self.count.fetch_sub(lane.sweep(now), Ordering::Relaxed);
        }
    }

    /// Makes room by clearing all lanes; `false` when that was tried a moment ago.
    fn sweep_all(&self, now: u64) -> bool {
        let tried = due(&self.next_full_sweep, now, FULL_SWEEP_PAUSE_MS);
        if tried {
            let removed = self.lanes.iter().map(|lane| lane.sweep(now)).sum();
            self.count.fetch_sub(removed, Ordering::Relaxed);
        }
        tried
    }
}

/// Whether it is time, for one caller only.
fn due(next: &AtomicU64, now: u64, pause: u64) -> bool {
    let seen = next.load(Ordering::Relaxed);
    now >= seen && next.compare_exchange(seen, now + pause, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

fn longest(mine: Blocked, other: Option<Refused>) -> Refused {
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
