//! Takes the slots of a request in Redis, or in this process while a detected Redis is down.

use super::errors;
use super::health::Availability;
use super::limiter::RedisLimiter;
use super::permit::RedisPermit;
use super::scripts::{GrantedSlot, TakeReply};
use crate::error::{Error, Result};
use crate::quota::errors::window_full;
use crate::quota::keys::QuotaSubject;
use crate::quota::policy::QuotaKind;
use crate::quota::warning::{QuotaWarning, percent_of_level};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// The error of a denied request, and the time after which a retry can succeed.
struct Denied {
    error: Error,
    wait: Option<Duration>,
}

impl RedisLimiter {
    /// Takes the slots for one request, waiting up to `max_wait` for them. Waiters of this process are served in the order of
    /// the calls. Between processes, the first request to arrive after a slot becomes free gets it.
    pub(crate) async fn acquire<'a>(
        self: &'a Arc<Self>,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
        max_wait: Duration,
    ) -> Result<RedisPermit<'a>> {
        let numbers: Vec<_> = self.keys.limits.of_kinds(kinds).iter().collect();
        let window = numbers.first().map_or_else(String::new, |&number| self.keys.key(number, subject));
        let deadline = self.clock.monotonic().saturating_add(max_wait);
        let left = || deadline.saturating_sub(self.clock.monotonic());
        let mut head = None;
        if max_wait > Duration::ZERO && self.queues.has_waiters(&window) {
            head = self.queues.enqueue(&window, self.clock.as_ref(), left()).await;
        }
        loop {
            let denied = match self.attempt(kinds, &numbers, subject).await {
                Ok(permit) => return Ok(permit),
                Err(denied) => denied,
            };
            let Some(wait) = denied.wait.filter(|&wait| wait <= left()) else { return Err(denied.error) };
            if head.is_none() {
                head = self.queues.enqueue(&window, self.clock.as_ref(), left()).await;
                if head.is_none() {
                    return Err(denied.error);
                }
                continue;
            }
            // At least one millisecond, because a clock that rounds down could otherwise turn this into a busy loop.
            self.clock.sleep(wait.max(Duration::from_millis(1))).await;
        }
    }

    /// Makes one attempt, at Redis or in this process when a detected Redis is down.
    async fn attempt<'a>(
        self: &'a Arc<Self>,
        kinds: &[QuotaKind],
        numbers: &[u8],
        subject: &QuotaSubject,
    ) -> std::result::Result<RedisPermit<'a>, Denied> {
        let Availability::Up { known, proposed } = self.health.availability(self.clock.monotonic()) else {
            return self.acquire_without_redis(kinds, subject, self.unavailable());
        };
        let reply =
            self.scripts.take(&self.connection, &self.keys, numbers, subject, (&known, &proposed)).await;
        match reply {
            Ok(TakeReply::Granted { generation, slots, .. }) => {
                self.health.record_reply(&generation, self.clock.monotonic());
                Ok(RedisPermit {
                    limiter: self,
                    subject: *subject,
                    kinds: kinds.to_vec(),
                    warnings: self.warnings(numbers, &slots),
                    slots: numbers.iter().copied().zip(slots.iter().map(|slot| slot.ends)).collect(),
                    generation,
                    local: None,
                    runtime: Handle::current(),
                    finished: false,
                })
            }
            Ok(TakeReply::Full { generation, blocked, wait, .. }) => {
                self.health.record_reply(&generation, self.clock.monotonic());
                let error = match numbers.get(blocked) {
                    Some(&number) => window_full(*self.keys.limits.get(number), wait, self.clock.now()),
                    None => errors::counts_lost(wait),
                };
                Err(Denied { error, wait: Some(wait) })
            }
            Ok(TakeReply::Paused { generation, wait }) => {
                self.health.record_reply(&generation, self.clock.monotonic());
                let refused = Denied { error: errors::counts_lost(wait), wait: Some(wait) };
                self.acquire_without_redis(kinds, subject, refused)
            }
            lost => {
                let unavailable = self.unavailable();
                if !self.mark_down(&known, lost.is_err()) {
                    return Err(Denied { wait: Some(Duration::ZERO), ..unavailable });
                }
                self.acquire_without_redis(kinds, subject, unavailable)
            }
        }
    }

    fn warnings(&self, numbers: &[u8], slots: &[GrantedSlot]) -> Vec<QuotaWarning> {
        let due = numbers.iter().zip(slots).filter(|(_, slot)| slot.level > 0);
        let warning = |(&number, slot): (&u8, &GrantedSlot)| {
            self.keys.limits.get(number).warning(slot.count, percent_of_level(slot.level))
        };
        due.map(warning).collect()
    }

    fn unavailable(&self) -> Denied {
        Denied { error: errors::redis_unavailable(self.connection.certificate_fault()), wait: None }
    }

    /// Takes the slots from the limiter of this process, if it may count while Redis is unavailable.
    fn acquire_without_redis<'a>(
        self: &'a Arc<Self>,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
        refused: Denied,
    ) -> std::result::Result<RedisPermit<'a>, Denied> {
        if !self.fail_open {
            return Err(refused);
        }
        let local = self
            .local
            .try_acquire(kinds, subject)
            .map_err(|error| Denied { wait: error.retry_after(), error })?;
        Ok(RedisPermit {
            limiter: self,
            subject: *subject,
            kinds: kinds.to_vec(),
            slots: Vec::new(),
            generation: String::new(),
            warnings: local.warnings(),
            local: Some(local),
            runtime: Handle::current(),
            finished: false,
        })
    }
}
