//! The state of one key: a single timestamp after one request, or a window with its queue while the key is in use.

use super::window::Window;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Notify;

/// The maximum number of requests that wait for one window. Further requests are refused.
const MAX_WAITING: usize = 10_000;
/// The ticket of a request that does not wait; it is higher than that of every waiter.
pub(super) const NO_TICKET: u64 = u64::MAX;

/// The window of one key. Most keys are used once or twice a day, so a single response needs no window of its own.
#[derive(Debug, Default)]
pub(super) struct KeyState {
    /// The completion time of the only request that may count while there is no window; 0 for none.
    last_answer: u64,
    queued: Option<Box<QueuedWindow>>,
}

/// A window and the requests that wait for it.
#[derive(Debug)]
pub(super) struct QueuedWindow {
    pub(super) window: Window,
    /// The waiters by ticket, oldest first. A request queues at the window with the longest wait, and keeps its ticket when
    /// it moves to another window.
    waiting: BTreeMap<u64, Arc<Notify>>,
    /// The highest warning level that was emitted since the window was last half empty.
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

/// The limit and length of a rule's windows.
#[derive(Debug, Clone, Copy)]
pub(super) struct WindowSize {
    pub(super) limit: u32,
    pub(super) length_ms: u32,
}

impl KeyState {
    /// Returns the window; creates one for permits of `epoch` and later if there is none.
    pub(super) fn queued_or_new(&mut self, size: WindowSize, epoch: u32) -> &mut QueuedWindow {
        let last_answer = self.last_answer;
        self.queued.get_or_insert_with(|| {
            let mut queued = Box::new(QueuedWindow::new(size, epoch));
            if last_answer > 0 {
                queued.window.record(last_answer);
            }
            queued
        })
    }

    /// Takes a slot of an existing window that has a free one and no waiters. Returns the count.
    #[inline]
    pub(super) fn try_take_fast(&mut self, now: u64) -> Option<(u32, &mut QueuedWindow)> {
        let queued = self.queued.as_deref_mut()?;
        if queued.waiting.is_empty() && queued.window.admits(now, 0) {
            Some((queued.window.take(), queued))
        } else {
            None
        }
    }

    /// Returns the window, if there is one. A key that is in use, has waiters or is closed always has one.
    #[inline]
    pub(super) fn queued_mut(&mut self) -> Option<&mut QueuedWindow> {
        self.queued.as_deref_mut()
    }

    /// Returns an error when a request with this ticket does not fit now.
    pub(super) fn admits(&mut self, size: WindowSize, now: u64, ticket: u64) -> Result<(), Full> {
        let last_answer_ends = self.last_answer_ends(size);
        match &mut self.queued {
            Some(queued) => queued.admits(now, ticket),
            None if size.limit > 1 || last_answer_ends <= now => Ok(()),
            None => Err(Full { earliest: last_answer_ends, first: true }),
        }
    }

    /// Returns the occupied slots, the free slots, and the time at which the next one becomes free.
    pub(super) fn usage(&self, size: WindowSize, now: u64) -> (u32, u32, u64) {
        match &self.queued {
            Some(queued) => {
                let window = &queued.window;
                (window.count(now), window.remaining(now), window.reset_at(now))
            }
            None if self.last_answer_ends(size) > now => (1, size.limit - 1, self.last_answer_ends(size)),
            None => (0, size.limit, now),
        }
    }

    /// Returns the completion times of the requests that count at `now`, with `now` for those in flight, and the time until which
    /// the window is closed.
    pub(super) fn answers(&self, size: WindowSize, now: u64) -> (Vec<u64>, u64) {
        match &self.queued {
            Some(queued) => {
                let live = |at: &u64| *at + u64::from(size.length_ms) > now;
                let flying = std::iter::repeat_n(now, queued.window.in_flight() as usize);
                let answers = queued.window.answer_times().filter(live).chain(flying).collect();
                (answers, queued.window.closed_until())
            }
            None if self.last_answer_ends(size) > now => (vec![self.last_answer], 0),
            None => (Vec::new(), 0),
        }
    }

    /// Compacts the state; returns false when nothing in it counts at `now` or later.
    pub(super) fn is_needed(&mut self, size: WindowSize, now: u64) -> bool {
        self.compact(now);
        match &self.queued {
            Some(queued) => !queued.waiting.is_empty() || !queued.window.is_idle(now),
            None => self.last_answer_ends(size) > now,
        }
    }

    /// Drops the window when a single response is all that it holds.
    #[inline]
    pub(super) fn compact(&mut self, now: u64) {
        if let Some(queued) = &self.queued
            && let Some(at) = queued.window.only_answer(now)
            && queued.waiting.is_empty()
        {
            *self = Self { last_answer: at, queued: None };
        }
    }

    /// Removes all requests, and ignores permits from before `epoch`. Wakes the first waiter.
    pub(super) fn clear(&mut self, epoch: u32) {
        self.last_answer = 0;
        if let Some(queued) = &mut self.queued {
            queued.window.clear(epoch);
            queued.warned = 0;
            queued.wake_first();
        }
    }

    fn last_answer_ends(&self, size: WindowSize) -> u64 {
        self.last_answer + u64::from(size.length_ms)
    }
}

impl QueuedWindow {
    fn new(size: WindowSize, epoch: u32) -> Self {
        let window = Window::new(size.limit, size.length_ms, epoch);
        Self { window, waiting: BTreeMap::new(), warned: 0 }
    }

    fn admits(&mut self, now: u64, ticket: u64) -> Result<(), Full> {
        let ahead = match self.waiting.last_key_value() {
            None => 0,
            Some((&last, _)) if last < ticket => self.waiting.len(),
            Some(_) => self.waiting.range(..ticket).count(),
        };
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        if self.window.admits(now, ahead) {
            return Ok(());
        }
        Err(Full { earliest: self.window.earliest(now, ahead), first: ahead == 0 })
    }

    /// Adds a waiter; returns `false` when the queue is full.
    pub(super) fn wait(&mut self, ticket: u64, wake: &Arc<Notify>) -> bool {
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

    /// Returns the number of waiters.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Wakes the first waiter, because a slot may have become free early.
    pub(super) fn wake_first(&self) {
        if let Some((_, wake)) = self.waiting.first_key_value() {
            wake.notify_one();
        }
    }
}
