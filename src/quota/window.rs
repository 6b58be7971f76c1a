//! One exact sliding window. Pure: time is a number of milliseconds that the caller brings.

use std::collections::VecDeque;

/// Counts requests: those in flight, and those that were answered less than a window ago.
///
/// An answered request is one `u32`, its answer as an offset from `base`, so a full window of 600 slots takes
/// 2.4 kB; slots are made as they are needed.
#[derive(Debug)]
pub(super) struct Window {
    limit: u32,
    length_ms: u32,
    in_flight: u32,
    /// Bumped by [`Window::clear`], so that permits given before it no longer change the counts.
    generation: u32,
    /// Nothing fits before this time, because TikTok said so.
    closed_until: u64,
    base: u64,
    /// Ascending offsets from `base`.
    answers: VecDeque<u32>,
}

/// Proof of a slot taken from one window, to be given back to the same window exactly once.
#[derive(Debug)]
pub(super) struct Ticket {
    generation: u32,
}

impl Window {
    /// An empty window of `length_ms` for at most `limit` requests.
    pub(super) fn new(limit: u32, length_ms: u32) -> Self {
        Self {
            limit,
            length_ms,
            in_flight: 0,
            generation: 0,
            closed_until: 0,
            base: 0,
            answers: VecDeque::new(),
        }
    }

    /// How many slots are occupied at `now`.
    pub(super) fn count(&self, now: u64) -> u32 {
        self.in_flight.saturating_add(to_u32(self.answers.len() - self.expired(now)))
    }

    /// How many requests fit at `now`.
    pub(super) fn remaining(&self, now: u64) -> u32 {
        if now < self.closed_until { 0 } else { self.limit.saturating_sub(self.count(now)) }
    }

    /// The earliest time, `now` or later, at which one more request fits if no other is taken before. A slot whose
    /// request is still in flight is taken to be answered at `now`, the earliest there is.
    pub(super) fn earliest(&self, now: u64) -> u64 {
        let open = now.max(self.closed_until);
        // The slots beyond the limit, and one more, must become free.
        let must_free = (self.count(now) + 1).saturating_sub(self.limit) as usize;
        if must_free == 0 {
            return open;
        }
        let nth = self.expired(now) + must_free - 1;
        let free_at = self.answers.get(nth).map_or(now + self.length(), |&offset| self.expiry(offset));
        open.max(free_at)
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

    /// Occupies a slot for a request about to be sent. The caller has seen that one is free.
    pub(super) fn take(&mut self, now: u64) -> Ticket {
        self.forget_expired(now);
        self.in_flight = self.in_flight.saturating_add(1);
        Ticket { generation: self.generation }
    }

    /// The request was answered at `at`: its slot stays occupied for a full window from then.
    pub(super) fn complete(&mut self, ticket: &Ticket, at: u64) {
        if self.land(ticket) {
            self.remember(at);
        }
    }

    /// The request was never sent: its slot is free at once.
    pub(super) fn release(&mut self, ticket: &Ticket) {
        self.land(ticket);
    }

    /// TikTok answered at `at` that the window is full: nothing fits until all it may have counted has left.
    pub(super) fn close(&mut self, at: u64) {
        self.closed_until = self.closed_until.max(at + self.length());
    }

    /// Forgets everything; tickets given before count no more.
    pub(super) fn clear(&mut self) {
        *self = Self { generation: self.generation.wrapping_add(1), ..Self::new(self.limit, self.length_ms) };
    }

    /// Whether it holds nothing that could matter at `now` or later.
    pub(super) fn is_idle(&self, now: u64) -> bool {
        now >= self.closed_until && self.count(now) == 0
    }

    fn land(&mut self, ticket: &Ticket) -> bool {
        let known = ticket.generation == self.generation;
        if known {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        known
    }

    fn length(&self) -> u64 {
        u64::from(self.length_ms)
    }

    fn expiry(&self, offset: u32) -> u64 {
        self.base + u64::from(offset) + self.length()
    }

    /// How many of the remembered answers no longer count at `now`.
    fn expired(&self, now: u64) -> usize {
        self.answers.partition_point(|&offset| self.expiry(offset) <= now)
    }

    fn forget_expired(&mut self, now: u64) {
        let expired = self.expired(now);
        self.answers.drain(..expired);
    }

    fn remember(&mut self, at: u64) {
        self.forget_expired(at);
        self.rebase(at);
        if self.answers.len() == self.answers.capacity() {
            let wanted = (self.answers.len() * 2).clamp(4, self.limit.max(4) as usize);
            self.answers.reserve_exact(wanted.saturating_sub(self.answers.len()).max(1));
        }
        // Two threads can bring their answers in the other order, a moment apart.
        let offset = self.offset(at);
        let place = self.answers.partition_point(|&earlier| earlier <= offset);
        self.answers.insert(place, offset);
    }

    /// Moves `base` when `at` lies before it or too far after it for an offset.
    fn rebase(&mut self, at: u64) {
        let oldest = self.answers.front().map_or(at, |&offset| self.base + u64::from(offset));
        if at < self.base || at - self.base > u64::from(u32::MAX) {
            let base = oldest.min(at);
            for offset in &mut self.answers {
                *offset = to_offset(self.base + u64::from(*offset) - base);
            }
            self.base = base;
        }
    }

    fn offset(&self, at: u64) -> u32 {
        to_offset(at - self.base)
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
