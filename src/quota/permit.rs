//! The right to send one request.

use super::policy::Span;
use super::window::{Ticket, Window};
use crate::clock::Clock;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One window, as the limiter's map and the permits that hold a slot of it share it.
#[derive(Debug)]
pub(super) struct Shared(Mutex<Window>);

impl Shared {
    pub(super) fn new(window: Window) -> Arc<Self> {
        Arc::new(Self(Mutex::new(window)))
    }

    /// A window's methods do not unwind half-way, so a poisoned lock is as good as any.
    pub(super) fn lock(&self) -> MutexGuard<'_, Window> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) window: Arc<Shared>,
    pub(super) ticket: Ticket,
    pub(super) span: Span,
}

/// The right to send one request, holding a slot in each of its windows.
///
/// Say how it ended: [`Permit::complete`], [`Permit::throttled`] or [`Permit::release`]. A permit that is dropped
/// counts as a request that may have been sent until then.
#[must_use = "a permit that is dropped counts as a request that was sent"]
pub struct Permit {
    slots: Vec<Slot>,
    clock: Arc<dyn Clock>,
}

impl Permit {
    pub(super) fn new(slots: Vec<Slot>, clock: Arc<dyn Clock>) -> Self {
        Self { slots, clock }
    }

    /// TikTok has answered just now (anything but a 429): the slots become free a full window from now.
    pub fn complete(self) {
        drop(self);
    }

    /// The request was never sent, not one byte: the slots are free at once.
    pub fn release(mut self) {
        for slot in self.slots.drain(..) {
            slot.window.lock().release(&slot.ticket);
        }
    }

    /// TikTok has just answered 429 `rate_limit_exceeded`: others use the same window, or its rules have changed. The
    /// minute windows stay closed for their full length (TikTok sends no Retry-After, docs/tiktok-api.md 8); daily
    /// slots are given back, since nothing was served.
    pub fn throttled(mut self) {
        let at = answer_time(self.clock.monotonic());
        for slot in self.slots.drain(..) {
            let mut window = slot.window.lock();
            match slot.span {
                Span::Minute => {
                    window.complete(&slot.ticket, at);
                    window.close(at);
                }
                Span::Day => window.release(&slot.ticket),
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.slots.is_empty() {
            return;
        }
        let at = answer_time(self.clock.monotonic());
        for slot in self.slots.drain(..) {
            slot.window.lock().complete(&slot.ticket, at);
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("slots", &self.slots.len()).finish_non_exhaustive()
    }
}

/// The millisecond of an answer, rounded up: a slot must never be free before a full window has passed.
fn answer_time(monotonic: Duration) -> u64 {
    u64::try_from(monotonic.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}
