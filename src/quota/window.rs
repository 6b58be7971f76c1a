//! One exact sliding window. Pure: time is a number of milliseconds that the caller brings.

use std::collections::VecDeque;

/// Counts requests: those in flight, and those that were answered less than a window ago.
///
/// An answered request is one `u32`, its answer as an offset from `base`, so a full window of 600 slots takes
/// 2.4 kB; slots are made as they are needed. Nothing in the life of a request looks at more than the oldest few.
#[derive(Debug)]
pub(super) struct Window {
    limit: u32,
    length_ms: u32,
    in_flight: u32,
    /// Permits of an earlier epoch were forgotten by [`Window::clear`] and no longer change the counts.
    epoch: u32,
    /// Nothing fits before this time, because TikTok said so.
    closed_until: u64,
    base: u64,
    /// Ascending offsets from `base`.
    answers: VecDeque<u32>,
}

impl Window {
    /// An empty window of `length_ms` for at most `limit` requests, for permits of `epoch` and later.
    pub(super) fn new(limit: u32, length_ms: u32, epoch: u32) -> Self {
        Self { limit, length_ms, in_flight: 0, epoch, closed_until: 0, base: 0, answers: VecDeque::new() }
    }

    /// How many slots are occupied at `now`.
    pub(super) fn count(&self, now: u64) -> u32 {
        self.in_flight.saturating_add(to_u32(self.answers.len() - self.expired(now)))
    }

    /// How many requests fit at `now`.
    pub(super) fn remaining(&self, now: u64) -> u32 {
        if now < self.closed_until { 0 } else { self.limit.saturating_sub(self.count(now)) }
    }

    /// The earliest time, `now` or later, at which one more request fits after `ahead` others have been let through
    /// as early as they can. A request in flight is taken to be answered at `now`, and one that is let through at
    /// that moment: the earliest there is.
    pub(super) fn earliest(&self, now: u64, ahead: u32) -> u64 {
        let open = now.max(self.closed_until);
        let (count, limit) = (u64::from(self.count(now)), u64::from(self.limit));
        // In the order in which slots become free, the one that this request gets.
        let Some(mut nth) = (count + u64::from(ahead)).checked_sub(limit) else {
            return open;
        };
        // Behind those that are occupied come those of the requests ahead, each a window after the slot it got.
        let mut rounds = 0;
        if let Some(behind) = nth.checked_sub(count.max(limit)) {
            rounds = behind / limit + 1;
            nth -= rounds * limit;
        }
        let nth = usize::try_from(nth).unwrap_or(usize::MAX).saturating_add(self.expired(now));
        let free_at = self.answers.get(nth).map_or(now + self.length(), |&offset| self.expiry(offset));
        open.max(free_at) + rounds * self.length()
    }

    /// When the oldest occupied slot becomes free (`now` if none is occupied), and not before a closed window opens.
    pub(super) fn reset_at(&self, now: u64) -> u64 {
        let open = now.max(self.closed_until);
        match self.answers.get(self.expired(now)) {
            Some(&offset) => open.max(self.expiry(offset)),
            None if self.in_flight > 0 => open.max(now + self.length()),
            None => open,
        }
    }

    /// Whether one more request fits at `now` besides `ahead` others, as [`Window::earliest`] would say.
    #[inline]
    pub(super) fn admits(&mut self, now: u64, ahead: u32) -> bool {
        self.forget_expired(now);
        let taken = self.in_flight as usize + self.answers.len() + ahead as usize;
        taken < self.limit as usize && now >= self.closed_until
    }

    /// Occupies a slot for a request about to be sent, and says how many are occupied now. The caller has seen with
    /// [`Window::admits`] that one is free.
    #[inline]
    pub(super) fn take(&mut self) -> u32 {
        self.in_flight = self.in_flight.saturating_add(1);
        self.in_flight.saturating_add(to_u32(self.answers.len()))
    }

    /// A request that was permitted in `epoch` was answered at `at`: its slot stays occupied for a window from then.
    #[inline]
    pub(super) fn complete(&mut self, epoch: u32, at: u64) {
        if self.land(epoch) {
            self.remember(at);
        }
    }

    /// A request that was permitted in `epoch` was never sent: its slot is free at once.
    pub(super) fn release(&mut self, epoch: u32) {
        self.land(epoch);
    }

    /// TikTok answered at `at` that the window is full: nothing fits until all it may have counted has left.
    pub(super) fn close(&mut self, at: u64) {
        self.close_until(at + self.length());
    }

    /// Nothing fits before `until`.
    pub(super) fn close_until(&mut self, until: u64) {
        self.closed_until = self.closed_until.max(until);
    }

    /// Forgets everything; permits from before `epoch` count no more.
    pub(super) fn clear(&mut self, epoch: u32) {
        *self = Self::new(self.limit, self.length_ms, epoch);
    }

    /// Whether it holds nothing that could matter at `now` or later.
    pub(super) fn is_idle(&self, now: u64) -> bool {
        now >= self.closed_until && self.count(now) == 0
    }

    /// The one answer that is all it holds at `now`, if it is so.
    #[inline]
    pub(super) fn only_answer(&self, now: u64) -> Option<u64> {
        match self.answers.len() {
            1 if self.in_flight == 0 && now >= self.closed_until => self.answer_times().next(),
            _ => None,
        }
    }

    /// When the remembered answers came, oldest first.
    pub(super) fn answer_times(&self) -> impl Iterator<Item = u64> {
        self.answers.iter().map(|&offset| self.base + u64::from(offset))
    }

    /// How many requests are in flight.
    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Until when it is closed; in the past when it is open.
    pub(super) fn closed_until(&self) -> u64 {
        self.closed_until
    }

    /// Counts a request that was answered at `at`, whether it fits or not.
    #[inline]
    pub(super) fn remember(&mut self, at: u64) {
        let offset = at.checked_sub(self.base).and_then(|distance| u32::try_from(distance).ok());
        match offset {
            Some(offset)
                if self.answers.len() < self.answers.capacity()
                    && self.answers.back().is_none_or(|&latest| latest <= offset) =>
            {
                self.answers.push_back(offset);
            }
            _ => self.make_place(at),
        }
    }

    /// Remembers what cannot simply go to the end.
    #[cold]
    fn make_place(&mut self, at: u64) {
        self.forget_expired(at);
        self.rebase(at);
        if self.answers.len() == self.answers.capacity() {
            let wanted = (self.answers.len() * 2).clamp(4, self.limit.max(4) as usize);
            self.answers.reserve_exact(wanted.saturating_sub(self.answers.len()).max(1));
        }
        let offset = to_offset(at - self.base);
        // Two threads can bring their answers in the other order, a moment apart.
        let place = self.answers.partition_point(|&earlier| earlier <= offset);
        self.answers.insert(place, offset);
    }

    #[inline]
    fn land(&mut self, epoch: u32) -> bool {
        let known = epoch >= self.epoch;
        if known {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        known
    }

    #[inline]
    fn length(&self) -> u64 {
        u64::from(self.length_ms)
    }

    #[inline]
    fn expiry(&self, offset: u32) -> u64 {
        self.base + u64::from(offset) + self.length()
    }

    /// How many of the remembered answers no longer count at `now`.
    fn expired(&self, now: u64) -> usize {
        self.answers.partition_point(|&offset| self.expiry(offset) <= now)
    }

    #[inline]
    fn forget_expired(&mut self, now: u64) {
        while self.answers.front().is_some_and(|&offset| self.expiry(offset) <= now) {
            self.answers.pop_front();
        }
    }

    /// Moves `base` when `at` lies before it or too far after it for an offset.
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

/// Live answers lie within one window of each other, and the longest window is far shorter than 2^32 ms (49 days).
fn to_offset(distance: u64) -> u32 {
    u32::try_from(distance).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
