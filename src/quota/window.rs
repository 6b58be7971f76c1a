//! One exact sliding window. Pure: the caller passes the time in milliseconds.

use super::limits::Limit;
use super::policy::Span;
use super::queue::{Blocked, WakeSignal};
use std::collections::VecDeque;

/// The time from a window's base to the end of its first slot. No slot lasts longer, so no later slot ends before the base.
const REACH: u64 = 2 * Span::Day.as_millis() as u64;

/// Counts the requests in flight and those that were answered less than a window ago. A slot takes 4 bytes.
#[derive(Debug)]
pub(super) struct Window {
    /// The ends of the answered slots in milliseconds since the base, ascending.
    ends: VecDeque<u32>,
    /// The base of `ends`, in units of 1,024 ms.
    base: u32,
    /// Present while the window is closed or requests wait for it.
    blocked: Option<Box<Blocked>>,
    in_flight: u32,
    /// Permits from earlier epochs no longer change the counts, because [`Window::clear`] has removed them.
    epoch: u32,
    /// The number of the limit.
    pub(super) number: u8,
    /// The highest warning level that was emitted since the window was half empty.
    pub(super) warned: u8,
}

/// The reason why a window has no slot for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full {
    /// The earliest time at which the request fits.
    pub(super) earliest: u64,
    /// True when no other request waits before it.
    pub(super) first: bool,
}

impl Window {
    /// Creates an empty window for permits of `epoch` and later.
    pub(super) fn new(epoch: u32, number: u8) -> Self {
        Self { ends: VecDeque::new(), base: 0, blocked: None, in_flight: 0, epoch, number, warned: 0 }
    }

    /// Returns the number of occupied slots at `now`.
    #[inline]
    pub(super) fn count(&self, now: u64) -> u32 {
        self.in_flight.saturating_add(to_u32(self.ends.len() - self.ended(now)))
    }

    /// Returns the number of free slots at `now`.
    pub(super) fn remaining(&self, limit: &Limit, now: u64) -> u32 {
        if now < self.closed_until() { 0 } else { limit.rule.limit().saturating_sub(self.count(now)) }
    }

    /// Returns the time at which the oldest occupied slot becomes free (`now` if none is occupied), and not before a closed
    /// window opens.
    pub(super) fn reset_at(&self, limit: &Limit, now: u64) -> u64 {
        let open = now.max(self.closed_until());
        match self.ends.get(self.ended(now)) {
            Some(&end) => open.max(self.time(end)),
            None if self.in_flight > 0 => open.max(now + limit.length_ms()),
            None => open,
        }
    }

    /// Returns why a request with `ticket` does not fit at `now`, or `None` when it fits.
    #[inline]
    pub(super) fn full(&mut self, limit: &Limit, now: u64, ticket: u64) -> Option<Full> {
        // Far below the limit, skips the ended slots: reading them costs a cache miss if there are many windows.
        if self.blocked.is_none() && self.occupied() < limit.thresholds.warn_at[0] {
            return None;
        }
        self.drop_ended(now);
        let ahead = self.blocked.as_ref().map_or(0, |blocked| blocked.ahead_of(ticket));
        if self.fits(limit, now, ahead) { None } else { Some(self.wait_for(limit, now, ahead)) }
    }

    #[cold]
    fn wait_for(&self, limit: &Limit, now: u64, ahead: usize) -> Full {
        Full { earliest: self.earliest(limit, now, ahead), first: ahead == 0 }
    }

    /// Returns true when one more request fits at `now` besides `ahead` others. Agrees with [`Window::earliest`].
    #[inline]
    fn fits(&self, limit: &Limit, now: u64, ahead: usize) -> bool {
        let taken = self.in_flight as usize + self.ends.len() + ahead;
        taken < limit.rule.limit() as usize && now >= self.closed_until()
    }

    /// Returns the earliest time, `now` or later, at which one more request fits behind `ahead` others that start as early as
    /// they can. It is a lower bound: it assumes that requests in flight are answered at `now`, and later ones at once.
    fn earliest(&self, limit: &Limit, now: u64, ahead: usize) -> u64 {
        let open = now.max(self.closed_until());
        let (count, length) = (u64::from(self.count(now)), limit.length_ms());
        let limit = u64::from(limit.rule.limit());
        // The index of this request's slot, in the order in which slots become free.
        let Some(mut nth) = (count + ahead as u64).checked_sub(limit) else {
            return open;
        };
        // Each request ahead frees its slot one window after it took it.
        let mut rounds = 0;
        if let Some(behind) = nth.checked_sub(count.max(limit)) {
            rounds = behind / limit + 1;
            nth -= rounds * limit;
        }
        let nth = usize::try_from(nth).unwrap_or(usize::MAX).saturating_add(self.ended(now));
        let free_at = self.ends.get(nth).map_or(now + length, |&end| self.time(end));
        open.max(free_at) + rounds * length
    }

    /// Returns the number of slots, including ended slots that were not dropped yet.
    #[inline]
    fn occupied(&self) -> u32 {
        self.in_flight.saturating_add(to_u32(self.ends.len()))
    }

    /// Occupies a slot for a request about to be sent. Returns the number of slots, including ended slots that were not dropped yet.
    /// Requires that [`Window::full`] returned `None`.
    #[inline]
    pub(super) fn take(&mut self) -> u32 {
        self.in_flight = self.in_flight.saturating_add(1);
        self.occupied()
    }

    /// Frees a slot that was just taken, because another window of the request is full.
    pub(super) fn give_back(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Ends a request of `epoch` that was answered at `at`.
    #[inline]
    pub(super) fn complete(&mut self, epoch: u32, limit: &Limit, at: u64) {
        if self.end_request(epoch) {
            self.record(limit, at);
        }
    }

    /// Ends a request of `epoch` that was not sent. Its slot is free immediately.
    pub(super) fn release(&mut self, epoch: u32) {
        self.end_request(epoch);
        self.wake_first();
    }

    /// Occupies a slot for a request that was answered at `at`, even above the limit.
    #[inline]
    pub(super) fn record(&mut self, limit: &Limit, at: u64) {
        if self.ends.len() == self.ends.capacity() {
            // Response times are rounded up, so slots that end in the same millisecond may still count.
            self.drop_ended(at.saturating_sub(1));
        }
        self.insert(at + limit.length_ms());
    }

    /// Occupies a slot until `end`.
    #[inline]
    pub(super) fn insert(&mut self, end: u64) {
        if self.ends.len() == self.ends.capacity() {
            // Reserves exactly one slot at first, because most accounts send one request per window.
            self.ends.reserve_exact(self.ends.len() / 4 + 1);
        }
        if self.ends.is_empty() || end.saturating_sub(self.time(0)) > u64::from(u32::MAX) {
            self.move_base(end);
        }
        let end = u32::try_from(end.saturating_sub(self.time(0))).unwrap_or(u32::MAX);
        if self.ends.back().is_none_or(|&last| last <= end) {
            self.ends.push_back(end);
        } else {
            // Two threads can record their response times in reverse order.
            self.ends.insert(self.ends.partition_point(|&earlier| earlier <= end), end);
        }
    }

    /// Sets the base for a slot that ends at `end`. Slots that it cannot represent ended a day ago or earlier.
    #[cold]
    fn move_base(&mut self, end: u64) {
        let base = u32::try_from(end.saturating_sub(REACH) >> 10).unwrap_or(u32::MAX);
        let shift = base.saturating_sub(self.base).saturating_mul(1 << 10);
        self.ends.iter_mut().for_each(|end| *end = end.saturating_sub(shift));
        self.base = base;
    }

    /// Returns the time of a distance from the base.
    #[inline]
    fn time(&self, distance: u32) -> u64 {
        (u64::from(self.base) << 10) + u64::from(distance)
    }

    /// Closes the window until `until`, because TikTok answered 429.
    pub(super) fn close(&mut self, until: u64) {
        let blocked = self.blocked.get_or_insert_default();
        blocked.closed_until = blocked.closed_until.max(until);
    }

    /// Removes all requests and ignores permits from before `epoch`. Wakes the first waiter.
    pub(super) fn clear(&mut self, epoch: u32) {
        let mut blocked = self.blocked.take();
        if let Some(blocked) = &mut blocked {
            blocked.closed_until = 0;
        }
        *self = Self { blocked, ..Self::new(epoch, self.number) };
        self.wake_first();
    }

    /// Returns true if no slot is occupied at `now`, the window is open and no request waits for it.
    pub(super) fn is_idle(&self, now: u64) -> bool {
        self.count(now) == 0 && self.blocked.as_ref().is_none_or(|blocked| blocked.is_over(now))
    }

    /// Returns the ends of the answered slots, ascending.
    #[cfg(feature = "redis")]
    pub(super) fn ends(&self) -> impl Iterator<Item = u64> {
        self.ends.iter().map(|&end| self.time(end))
    }

    /// Adds a waiter; returns `false` when the queue is full.
    pub(super) fn wait(&mut self, ticket: u64, wake: &WakeSignal) -> bool {
        self.blocked.get_or_insert_default().wait(ticket, wake)
    }

    /// Removes a waiter, and wakes the next one if it was the first.
    #[inline]
    pub(super) fn leave(&mut self, ticket: u64) {
        if let Some(blocked) = &mut self.blocked {
            blocked.leave(ticket);
        }
    }

    /// Returns the number of waiters.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.blocked.as_ref().map_or(0, |blocked| blocked.waiting())
    }

    fn wake_first(&self) {
        if let Some(blocked) = &self.blocked {
            blocked.wake_first();
        }
    }

    #[inline]
    fn closed_until(&self) -> u64 {
        self.blocked.as_ref().map_or(0, |blocked| blocked.closed_until)
    }

    #[inline]
    fn end_request(&mut self, epoch: u32) -> bool {
        let is_current = epoch >= self.epoch;
        if is_current {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        is_current
    }

    /// Returns the number of answered slots that no longer count at `now`.
    fn ended(&self, now: u64) -> usize {
        self.ends.partition_point(|&end| self.time(end) <= now)
    }

    #[inline]
    fn drop_ended(&mut self, now: u64) {
        while self.ends.front().is_some_and(|&end| self.time(end) <= now) {
            self.ends.pop_front();
        }
        if self.blocked.as_ref().is_some_and(|blocked| blocked.is_over(now)) {
            self.blocked = None;
        }
    }
}

fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
