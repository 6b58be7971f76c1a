//! Waits for a slot: in order, up to a deadline, and without side effects on cancellation.

use super::errors;
use super::keys::QuotaSubject;
use super::limiter::Limiter;
use super::limiter::Permit;
use super::limits::LimitSet;
use super::policy::QuotaKind;
use super::queue::{NO_TICKET, WakeSignal};
use super::time::{since_start, start_time};
use crate::error::Result;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A waiter in the queue of one window. Dropping it removes it from the queue, so a cancelled waiter does not block the others.
struct Waiter<'a> {
    limiter: &'a Limiter,
    subject: QuotaSubject,
    /// The number of the limit that it waits for.
    limit: Option<u8>,
    ticket: u64,
    wake: WakeSignal,
}

impl Limiter {
    /// Takes the slots like [`Limiter::try_acquire`], but waits up to `max_wait` for them. Fails immediately when they cannot
    /// be free by then.
    ///
    /// Waiters of a window are served in the order of the calls. Calls that do not wait cannot overtake them. Dropping the
    /// future leaves the queue. At most 10,000 requests wait for one window; additional requests fail at once.
    pub async fn acquire(
        &self,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
        max_wait: Duration,
    ) -> Result<Permit<'_>> {
        let limits = self.limits.of_kinds(kinds);
        let deadline = start_time(self.clock.monotonic().saturating_add(max_wait));
        let mut waiter: Option<Waiter<'_>> = None;
        loop {
            let ticket = waiter.as_ref().map_or(NO_TICKET, |waiter| waiter.ticket);
            let blocked = match self.take(limits, subject, ticket) {
                Ok(permit) => return Ok(permit),
                Err(blocked) if blocked.full.earliest <= deadline => blocked,
                Err(blocked) => return Err(self.error(blocked)),
            };
            let waiter = waiter.get_or_insert_with(|| Waiter::new(self, *subject));
            if waiter.limit != Some(blocked.number) {
                // Retries after it has entered the queue, because a change only wakes queued requests.
                if !waiter.enqueue(blocked.number) {
                    let wait = since_start(blocked.full.earliest).saturating_sub(self.clock.monotonic());
                    return Err(errors::queue_full(blocked.limit, wait));
                }
                continue;
            }
            // Only the first waiter sleeps until a slot is free. It then wakes the next one.
            let until = if blocked.full.first { blocked.full.earliest } else { deadline };
            // At least a millisecond, so that a clock that rounds down cannot make this a busy loop.
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
        Self { limiter, subject, limit: None, ticket, wake: WakeSignal::default() }
    }

    /// Moves to the queue of another window; returns `false` if that queue is full. Keeps the ticket, and therefore the position.
    fn enqueue(&mut self, number: u8) -> bool {
        self.leave();
        // If another request has removed the idle window in the meantime, there is nothing to wait for.
        let mut entered = true;
        self.limiter.each(LimitSet::of(number), &self.subject, |_, keyed| {
            entered = keyed.window.wait(self.ticket, &self.wake);
            self.limit = entered.then_some(number);
        });
        entered
    }

    fn leave(&mut self) {
        if let Some(number) = self.limit.take() {
            self.limiter
                .each(LimitSet::of(number), &self.subject, |_, keyed| keyed.window.leave(self.ticket));
        }
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
