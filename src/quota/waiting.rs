//! Waits for a slot, in order and up to a deadline. A cancelled wait has no side effects.

use super::errors::{self, Refused};
use super::key_state::NO_TICKET;
use super::keys::QuotaSubject;
use super::limiter::Limiter;
use super::permit::Permit;
use super::policy::QuotaKind;
use super::rule_windows::RuleWindows;
use super::time::{since_start, start_time};
use crate::error::Result;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::Notify;

/// A waiter in the queue of one window. Dropping it leaves the queue, so a cancelled waiter blocks no other.
struct Waiter<'a> {
    limiter: &'a Limiter,
    subject: QuotaSubject,
    /// The bit of the rule in whose queue it waits; 0 for none.
    bit: u16,
    ticket: u64,
    wake: Arc<Notify>,
}

impl Limiter {
    /// Takes the slots like [`Limiter::try_acquire`], but waits up to `max_wait` for them. Fails immediately when they cannot
    /// be free by then.
    ///
    /// Waiters of a window are served in the order of the calls. Calls that do not wait cannot overtake them. Dropping the
    /// future leaves the queue. At most 10,000 requests wait for one window; further requests fail at once.
    pub async fn acquire(
        &self,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
        max_wait: Duration,
    ) -> Result<Permit<'_>> {
        let rules = self.rules_of(kinds);
        let deadline = start_time(self.clock.monotonic().saturating_add(max_wait));
        let mut waiter: Option<Waiter<'_>> = None;
        loop {
            let ticket = waiter.as_ref().map_or(NO_TICKET, |waiter| waiter.ticket);
            let blocked = match self.take(rules, subject, ticket) {
                Ok(permit) => return Ok(permit),
                Err(Refused::Full(blocked)) if blocked.full.earliest <= deadline => blocked,
                Err(refused) => return Err(self.error(refused)),
            };
            let waiter = waiter.get_or_insert_with(|| Waiter::new(self, *subject));
            if waiter.bit != blocked.bit {
                // Checks again after entering the queue: only from then on does a change wake it.
                if !waiter.enqueue(blocked.bit) {
                    let wait = since_start(blocked.full.earliest).saturating_sub(self.clock.monotonic());
                    return Err(errors::queue_full(blocked, wait));
                }
                continue;
            }
            // Only the first waiter watches the clock for a slot. It wakes the next one.
            let until = if blocked.full.first { blocked.full.earliest } else { deadline };
            // At least one millisecond, because a clock that rounds down could otherwise turn this into a busy loop.
            let pause = since_start(until).saturating_sub(self.clock.monotonic());
            let slept = self.clock.sleep(pause.max(Duration::from_millis(1)));
            tokio::select! {
                () = waiter.wake.notified() => {}
                () = slept => {}
            }
        }
    }
}

impl<'a> Waiter<'a> {
    fn new(limiter: &'a Limiter, subject: QuotaSubject) -> Self {
        let ticket = limiter.next_ticket.fetch_add(1, Ordering::Relaxed);
        Self { limiter, subject, bit: 0, ticket, wake: Arc::default() }
    }

    fn windows(&self) -> Option<&'a RuleWindows> {
        self.limiter.rule_windows.get(self.bit.trailing_zeros() as usize)
    }

    /// Moves to the queue of another window; returns `false` when that is full. Keeps its ticket, and therefore its position.
    fn enqueue(&mut self, bit: u16) -> bool {
        self.leave();
        self.bit = bit;
        let Some(mut state) = self.windows().and_then(|windows| windows.state(&self.subject)) else {
            // The window was idle and has been removed, so there is nothing to wait for.
            self.bit = 0;
            return true;
        };
        // A key that only holds a completion time needs a window for its queue.
        let Some(windows) = self.windows() else { return true };
        let epoch = self.limiter.epoch.load(Ordering::Relaxed);
        state.queued_or_new(windows.size, epoch).wait(self.ticket, &self.wake)
    }

    fn leave(&mut self) {
        if let Some(mut state) = self.windows().and_then(|windows| windows.state(&self.subject))
            && let Some(queued) = state.queued_mut()
        {
            queued.leave(self.ticket);
        }
        self.bit = 0;
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
#[path = "waiting_tests.rs"]
mod tests;
