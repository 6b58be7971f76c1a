//! A permit to send one request.

use super::keys::QuotaSubject;
use super::limiter::Limiter;
use super::warning::QuotaWarning;
use std::fmt;

/// A permit to send one request. It occupies a slot in each of the request's windows.
///
/// End it with [`Permit::complete`], [`Permit::throttled`] or [`Permit::release`]. A permit that is dropped counts as a
/// request that was answered at that moment.
#[must_use = "a permit that is dropped counts as a request that was sent"]
pub struct Permit<'a> {
    limiter: &'a Limiter,
    subject: QuotaSubject,
    /// One bit per rule of the limiter.
    rules: u16,
    warned: u16,
    epoch: u32,
}

impl<'a> Permit<'a> {
    pub(super) fn new(
        limiter: &'a Limiter,
        subject: QuotaSubject,
        rules: u16,
        warned: u16,
        epoch: u32,
    ) -> Self {
        Self { limiter, subject, rules, warned, epoch }
    }

    /// Returns the windows that this request filled to 80 or 95 percent. Each threshold warns once, and again after the window
    /// was half empty.
    #[must_use]
    pub fn warnings(&self) -> Vec<QuotaWarning> {
        if self.warned == 0 { Vec::new() } else { self.limiter.warnings(self.warned, &self.subject) }
    }

    /// Ends a request that TikTok has just answered (with any status except 429). The slots become free a full window from now.
    pub fn complete(self) {
        drop(self);
    }

    /// Ends a request of which no byte was sent. The slots are free immediately.
    pub fn release(mut self) {
        let rules = std::mem::take(&mut self.rules);
        self.limiter.release(rules, &self.subject, self.epoch);
    }

    /// Ends a request that TikTok has just answered with 429 `rate_limit_exceeded`, because other programs use the same limit or
    /// TikTok changed it. The minute windows close for their full length (TikTok sends no Retry-After, docs/tiktok-api.md 8).
    /// The daily slots are released, since TikTok served nothing.
    pub fn throttled(mut self) {
        let rules = std::mem::take(&mut self.rules);
        self.limiter.throttled(rules, &self.subject, self.epoch);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.rules != 0 {
            self.limiter.complete(self.rules, &self.subject, self.epoch);
        }
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("windows", &self.rules.count_ones()).finish_non_exhaustive()
    }
}
