//! The state of a window that grants nothing now: the time until which it is closed, and the requests that wait for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Notify;

/// The maximum number of requests that wait for one window. Further ones are refused.
pub(super) const MAX_WAITING: usize = 10_000;
/// The ticket of a request that does not wait. It is behind every waiter.
pub(super) const NO_TICKET: u64 = u64::MAX;

/// Wakes one waiter.
pub(super) type WakeSignal = Arc<Notify>;

#[derive(Debug, Default)]
pub(super) struct Blocked {
    /// Nothing fits before this time, because TikTok answered 429.
    pub(super) closed_until: u64,
    /// The waiters by ticket, oldest first. A request waits at the window with the longest wait, and keeps its ticket when
    /// another window blocks it later.
    waiting: BTreeMap<u64, WakeSignal>,
}

impl Blocked {
    /// Returns the number of waiters before `ticket`.
    pub(super) fn ahead_of(&self, ticket: u64) -> usize {
        match self.waiting.last_key_value() {
            None => 0,
            Some((&last, _)) if last < ticket => self.waiting.len(),
            Some(_) => self.waiting.range(..ticket).count(),
        }
    }

    /// Adds a waiter; returns `false` when the queue is full.
    pub(super) fn wait(&mut self, ticket: u64, wake: &WakeSignal) -> bool {
        if self.waiting.len() >= MAX_WAITING {
            return false;
        }
        self.waiting.insert(ticket, Arc::clone(wake));
        true
    }

    /// Removes a waiter, and wakes the next one if it was the first.
    pub(super) fn leave(&mut self, ticket: u64) {
        let was_first = self.waiting.first_key_value().is_some_and(|(&first, _)| first == ticket);
        self.waiting.remove(&ticket);
        if was_first {
            self.wake_first();
        }
    }

    /// Wakes the first waiter, since a slot may have become free early.
    pub(super) fn wake_first(&self) {
        if let Some((_, wake)) = self.waiting.first_key_value() {
            wake.notify_one();
        }
    }

    /// Returns true when the window is open at `now` and no request waits.
    #[inline]
    pub(super) fn is_over(&self, now: u64) -> bool {
        now >= self.closed_until && self.waiting.is_empty()
    }

    /// Returns the number of waiters.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }
}
