//! Waiting for a slot: in order, up to a deadline, and without a trace when given up.

use super::cell::LAST;
use super::keys::QuotaSubject;
use super::lane::Lane;
use super::limiter::Limiter;
use super::permit::Permit;
use super::policy::QuotaKind;
use super::refusal::{self, Refused};
use super::time::{since_start, start_time};
use crate::error::Result;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::Notify;

/// A place in the queue of one window, given up when it is dropped: a waiter that is cancelled holds up nobody.
struct Place<'a> {
    limiter: &'a Limiter,
    subject: QuotaSubject,
    /// The bit of the lane in whose queue it stands; 0 for none.
    bit: u16,
    number: u64,
    turn: Arc<Notify>,
}

impl Limiter {
    /// Like [`Limiter::try_acquire`], but waits up to `max_wait` for the slots. Refuses at once when they cannot be
    /// free by then.
    ///
    /// Who waits for the same window is let through in the order of the calls, and nobody, waiting or not, takes a
    /// slot that is due to one who came before. Dropping the future gives the place up. At most 10,000 requests wait
    /// for one window; more are refused at once.
    pub async fn acquire(
        &self,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
        max_wait: Duration,
    ) -> Result<Permit<'_>> {
        let lanes = self.lanes_of(kinds);
        let deadline = start_time(self.clock.monotonic().saturating_add(max_wait));
        let mut place: Option<Place<'_>> = None;
        loop {
            let number = place.as_ref().map_or(LAST, |place| place.number);
            let blocked = match self.take(lanes, subject, number) {
                Ok(permit) => return Ok(permit),
                Err(Refused::Full(blocked)) if blocked.full.earliest <= deadline => blocked,
                Err(refused) => return Err(self.refusal(refused)),
            };
            let place = place.get_or_insert_with(|| Place::new(self, *subject));
            if place.bit != blocked.bit {
                // Looks again once it stands in the queue: from then on it is told of every change.
                if !place.queue_up(blocked.bit) {
                    let wait = since_start(blocked.full.earliest).saturating_sub(self.clock.monotonic());
                    return Err(refusal::queue_full(blocked, wait));
                }
                continue;
            }
            // Only the first in the queue watches the clock for a slot; the others wait for their turn.
            let until = if blocked.full.first { blocked.full.earliest } else { deadline };
            // At least a millisecond, so that a clock that rounds its waits down cannot make this a busy loop.
            let pause = since_start(until).saturating_sub(self.clock.monotonic());
            let slept = self.clock.sleep(pause.max(Duration::from_millis(1)));
            tokio::select! {
                () = place.turn.notified() => {}
                () = slept => {}
            }
        }
    }
}

impl<'a> Place<'a> {
    fn new(limiter: &'a Limiter, subject: QuotaSubject) -> Self {
        let number = limiter.next_place.fetch_add(1, Ordering::Relaxed);
        Self { limiter, subject, bit: 0, number, turn: Arc::default() }
    }

    fn lane(&self) -> Option<&'a Lane> {
        self.limiter.lanes.get(self.bit.trailing_zeros() as usize)
    }

    /// Moves to the queue of another window; `false` when that is full. Its number stays, and with it its seniority.
    fn queue_up(&mut self, bit: u16) -> bool {
        self.leave();
        self.bit = bit;
        let Some(mut cell) = self.lane().and_then(|lane| lane.cell(&self.subject)) else {
            // The window has become idle and has left since: there is nothing to wait for.
            self.bit = 0;
            return true;
        };
        // One that is down to a lone answer is made a window again, to have a queue.
        let Some(lane) = self.lane() else { return true };
        let epoch = self.limiter.epoch.load(Ordering::Relaxed);
        cell.busy(lane.measures, epoch).wait(self.number, &self.turn)
    }

    fn leave(&mut self) {
        if let Some(mut cell) = self.lane().and_then(|lane| lane.cell(&self.subject))
            && let Some(busy) = cell.busy_already()
        {
            busy.leave(self.number);
        }
        self.bit = 0;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
#[path = "waiting_tests.rs"]
mod tests;
