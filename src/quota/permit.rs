//! The right to send one request.

use super::keys::QuotaSubject;
use super::limiter::Limiter;
use super::policy::QuotaKind;
use std::fmt;

/// The right to send one request, holding a slot in each of its windows.
///
/// Say how it ended: [`Permit::complete`], [`Permit::throttled`] or [`Permit::release`]. A permit that is dropped
/// counts as a request that may have been sent until then.
#[must_use = "a permit that is dropped counts as a request that was sent"]
pub struct Permit<'a> {
    limiter: &'a Limiter,
    subject: QuotaSubject,
    /// One bit per lane of the limiter.
    lanes: u16,
    warned: u16,
    epoch: u32,
}

/// A window has become so full that somebody should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaWarning {
    /// What is counted.
    pub kind: QuotaKind,
    /// The length of the window in milliseconds.
    pub window_ms: u64,
    /// How many requests fit in it.
    pub limit: u32,
    /// How many slots are occupied, requests in flight included.
    pub count: u32,
    /// Which mark was passed: 80 or 95 percent.
    pub percent: u8,
}

impl<'a> Permit<'a> {
    pub(super) fn new(
        limiter: &'a Limiter,
        subject: QuotaSubject,
        lanes: u16,
        warned: u16,
        epoch: u32,
    ) -> Self {
        Self { limiter, subject, lanes, warned, epoch }
    }

    /// The windows that this request filled to 80 or 95 percent. Each mark is told once, and again after the window
    /// was half empty.
    #[must_use]
    pub fn warnings(&self) -> Vec<QuotaWarning> {
        if self.warned == 0 { Vec::new() } else { self.limiter.warnings(self.warned, &self.subject) }
    }

    /// TikTok has answered just now (anything but a 429): the slots become free a full window from now.
    pub fn complete(self) {
        drop(self);
    }

    /// The request was never sent, not one byte: the slots are free at once.
    pub fn release(mut self) {
        let lanes = std::mem::take(&mut self.lanes);
        self.limiter.release(lanes, &self.subject, self.epoch);
    }

    /// TikTok has just answered 429 `rate_limit_exceeded`: others use the same window, or its rules have changed. The
    /// minute windows stay closed for their full length (TikTok sends no Retry-After, docs/tiktok-api.md 8); daily
    /// slots are given back, since nothing was served.
    pub fn throttled(mut self) {
        let lanes = std::mem::take(&mut self.lanes);
        self.limiter.throttled(lanes, &self.subject, self.epoch);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.lanes != 0 {
            self.limiter.complete(self.lanes, &self.subject, self.epoch);
        }
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("windows", &self.lanes.count_ones()).finish_non_exhaustive()
    }
}
