//! One exact sliding window. Pure: the caller passes the time in milliseconds.

use std::collections::VecDeque;

/// Counts the requests in flight and those that were answered less than a window ago.
///
/// A completed request takes one `u32`, the offset of its response from `base`, so a full window of 600 slots takes 2.4 kB.
/// Memory grows with use. A request only reads the oldest few slots.
#[derive(Debug)]
pub(super) struct Window {
    limit: u32,
    length_ms: u32,
    in_flight: u32,
    /// [`Window::clear`] starts a new epoch. Permits of earlier epochs no longer change the counts.
    epoch: u32,
    /// No request fits before this time, because TikTok responded with 429.
    closed_until: u64,
    base: u64,
    /// Ascending offsets from `base`.
    answers: VecDeque<u32>,
}

impl Window {
    /// Creates an empty window of `length_ms` for at most `limit` requests, for permits of `epoch` and later.
    pub(super) fn new(limit: u32, length_ms: u32, epoch: u32) -> Self {
        Self { limit, length_ms, in_flight: 0, epoch, closed_until: 0, base: 0, answers: VecDeque::new() }
    }

    /// Returns the number of occupied slots at `now`.
    pub(super) fn count(&self, now: u64) -> u32 {
        self.in_flight.saturating_add(to_u32(self.answers.len() - self.expired(now)))
    }

    /// Returns the number of free slots at `now`.
    pub(super) fn remaining(&self, now: u64) -> u32 {
        if now < self.closed_until { 0 } else { self.limit.saturating_sub(self.count(now)) }
    }

    /// Returns the earliest time, `now` or later, at which one more request fits after `ahead` others that start as early as
    /// they can. It is a lower bound: it assumes that requests in flight are answered at `now`, and later ones at once.
    pub(super) fn earliest(&self, now: u64, ahead: u32) -> u64 {
        let open = now.max(self.closed_until);
        let (count, limit) = (u64::from(self.count(now)), u64::from(self.limit));
        // The index of this request's slot, in the order in which slots become free.
        let Some(mut nth) = (count + u64::from(ahead)).checked_sub(limit) else {
            return open;
        };
        // Each request ahead frees its slot one window after it took it.
        let mut rounds = 0;
        if let Some(behind) = nth.checked_sub(count.max(limit)) {
            rounds = behind / limit + 1;
            nth -= rounds * limit;
        }
        let nth = usize::try_from(nth).unwrap_or(usize::MAX).saturating_add(self.expired(now));
        let free_at = self.answers.get(nth).map_or(now + self.length(), |&offset| self.expiry(offset));
        open.max(free_at) + rounds * self.length()
    }

    /// Returns the time at which the oldest occupied slot becomes free (`now` if none is occupied), and not before a closed
    /// window opens.
    pub(super) fn reset_at(&self, now: u64) -> u64 {
        let open = now.max(self.closed_until);
        match self.answers.get(self.expired(now)) {
            Some(&offset) => open.max(self.expiry(offset)),
            None if self.in_flight > 0 => open.max(now + self.length()),
            None => open,
        }
    }

    /// Returns true when one more request fits at `now` besides `ahead` others. Agrees with [`Window::earliest`].
    #[inline]
    pub(super) fn admits(&mut self, now: u64, ahead: u32) -> bool {
        self.drop_expired(now);
        let taken = self.in_flight as usize + self.answers.len() + ahead as usize;
        taken < self.limit as usize && now >= self.closed_until
    }

    /// Occupies a slot for a request about to be sent, and returns the number of occupied slots. The caller has checked
    /// [`Window::admits`].
    #[inline]
    pub(super) fn take(&mut self) -> u32 {
        self.in_flight = self.in_flight.saturating_add(1);
        self.in_flight.saturating_add(to_u32(self.answers.len()))
    }

    /// Ends a request of `epoch` that was answered at `at`. Its slot stays occupied for a window from then.
    #[inline]
    pub(super) fn complete(&mut self, epoch: u32, at: u64) {
        if self.end_request(epoch) {
            self.record(at);
        }
    }

    /// Ends a request of `epoch` that was not sent. Its slot is free immediately.
    pub(super) fn release(&mut self, epoch: u32) {
        self.end_request(epoch);
    }

    /// Closes the window for its full length from `at`, when TikTok responded with 429.
    pub(super) fn close(&mut self, at: u64) {
        self.close_until(at + self.length());
    }

    /// Closes the window until `until`.
    pub(super) fn close_until(&mut self, until: u64) {
        self.closed_until = self.closed_until.max(until);
    }

    /// Removes all counts, and ignores permits from before `epoch`.
    pub(super) fn clear(&mut self, epoch: u32) {
        *self = Self::new(self.limit, self.length_ms, epoch);
    }

    /// Returns true when nothing in the window counts at `now` or later.
    pub(super) fn is_idle(&self, now: u64) -> bool {
        now >= self.closed_until && self.count(now) == 0
    }

    /// Returns the completion time if a single response is all that the window holds at `now`.
    #[inline]
    pub(super) fn only_answer(&self, now: u64) -> Option<u64> {
        match self.answers.len() {
            1 if self.in_flight == 0 && now >= self.closed_until => self.answer_times().next(),
            _ => None,
        }
    }

    /// Returns the recorded completion times, oldest first.
    pub(super) fn answer_times(&self) -> impl Iterator<Item = u64> {
        self.answers.iter().map(|&offset| self.base + u64::from(offset))
    }

    /// Returns the number of requests in flight.
    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Returns the time until which the window is closed. A time in the past means that it is open.
    pub(super) fn closed_until(&self) -> u64 {
        self.closed_until
    }

    /// Counts a request that was answered at `at`, even above the limit.
    #[inline]
    pub(super) fn record(&mut self, at: u64) {
        let offset = at.checked_sub(self.base).and_then(|distance| u32::try_from(distance).ok());
        match offset {
            Some(offset)
                if self.answers.len() < self.answers.capacity()
                    && self.answers.back().is_none_or(|&latest| latest <= offset) =>
            {
                self.answers.push_back(offset);
            }
            _ => self.insert_sorted(at),
        }
    }

    /// Records a response that cannot be appended without growing or sorting.
    #[cold]
    fn insert_sorted(&mut self, at: u64) {
        self.drop_expired(at);
        self.rebase(at);
        if self.answers.len() == self.answers.capacity() {
            let wanted = (self.answers.len() * 2).clamp(4, self.limit.max(4) as usize);
            self.answers.reserve_exact(wanted.saturating_sub(self.answers.len()).max(1));
        }
        let offset = to_offset(at - self.base);
        // Two threads can record their responses in reverse order.
        let position = self.answers.partition_point(|&earlier| earlier <= offset);
        self.answers.insert(position, offset);
    }

    #[inline]
    fn end_request(&mut self, epoch: u32) -> bool {
        let is_current = epoch >= self.epoch;
        if is_current {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        is_current
    }

    #[inline]
    fn length(&self) -> u64 {
        u64::from(self.length_ms)
    }

    #[inline]
    fn expiry(&self, offset: u32) -> u64 {
        self.base + u64::from(offset) + self.length()
    }

    /// Returns the number of recorded responses that no longer count at `now`.
    fn expired(&self, now: u64) -> usize {
        self.answers.partition_point(|&offset| self.expiry(offset) <= now)
    }

    #[inline]
    fn drop_expired(&mut self, now: u64) {
        while self.answers.front().is_some_and(|&offset| self.expiry(offset) <= now) {
            self.answers.pop_front();
        }
    }

    /// Moves `base` when `at` is earlier, or too much later for an offset.
    fn rebase(&mut self, at: u64) {
        if at >= self.base && u32::try_from(at - self.base).is_ok() {
            return;
        }
        let base = self.answer_times().next().map_or(at, |oldest| oldest.min(at));
        for offset in &mut self.answers {
            *offset = to_offset(self.base + u64::from(*offset) - base);
        }
        self.base = base;
    }
}

fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The responses that count lie within one window, and the longest window (24 hours) is far shorter than 2^32 ms (49 days).
fn to_offset(distance: u64) -> u32 {
    u32::try_from(distance).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
