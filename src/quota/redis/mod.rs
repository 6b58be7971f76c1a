//! Counts requests in a Redis for several processes, by the clock of Redis. A request takes a slot in all of its windows, or
//! in none, in one round trip. `docs/QUOTAS.md` describes the stored data and the behavior while Redis is unavailable.

mod connection;
mod detected;
mod errors;
mod failover;
mod permit;
mod scripts;
mod topology;
mod wait_queue;
mod window_keys;

pub(crate) use detected::{DetectedRedis, IgnoredListener};
pub(crate) use permit::RedisPermit;

use super::errors::window_full;
use super::keys::QuotaSubject;
use super::limiter::Limiter;
use super::limits::QuotaWindow;
use super::policy::{QuotaKind, QuotaPolicy};
use super::source::QuotaSource;
use super::warning::{QuotaWarning, percent_of_level};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::tls::Roots;
use connection::Connection;
use failover::{Availability, RedisHealth};
use scripts::{GrantedSlot, PermitOutcome, Scripts, TakeReply};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;
use wait_queue::WaitQueues;
use window_keys::WindowKeys;

/// The settings of the Redis that counts.
#[derive(Debug, Clone)]
pub(crate) struct RedisSettings {
    /// The URL: see `topology`. It can contain a password.
    pub(crate) url: Secret,
    /// The trusted certificate authorities of a `rediss://` server.
    pub(crate) roots: Roots,
    /// True for the Redis of `REDIS_URL`, which was not configured for toklink. Without it, this process counts its own requests
    /// under the full limits instead of refusing them.
    pub(crate) detected: bool,
}

/// Called with `true` when Redis becomes unavailable and with `false` when it is available again.
pub(crate) type AvailabilityListener = Arc<dyn Fn(bool) + Send + Sync>;

/// Limits the request rates of one app with a Redis. Callable from any thread within a tokio runtime.
pub(crate) struct RedisLimiter {
    keys: WindowKeys,
    scripts: Scripts,
    connection: Connection,
    clock: Arc<dyn Clock>,
    /// True when requests use the limits of this process while Redis is unavailable.
    fail_open: bool,
    /// The requests of this process.
    local: Arc<Limiter>,
    health: RedisHealth,
    queues: WaitQueues,
    listener: AvailabilityListener,
    /// The tasks that report outcomes and counts to Redis.
    reports: TaskTracker,
    /// The runtime that created the limiter. Callers of synchronous methods can be outside of any runtime.
    home_runtime: Option<Handle>,
}

/// The error of a denied request, and the time after which a retry can succeed.
struct Denied {
    error: Error,
    wait: Option<Duration>,
}

impl RedisLimiter {
    pub(crate) fn new(
        policy: &QuotaPolicy,
        app: &QuotaSubject,
        settings: &RedisSettings,
        clock: Arc<dyn Clock>,
        listener: AvailabilityListener,
    ) -> Result<Arc<Self>> {
        Self::with_time_scale(policy, app, settings, clock, listener, 1)
    }

    /// Creates a limiter in which time runs `time_scale` times faster, because tests cannot wait for a day.
    fn with_time_scale(
        policy: &QuotaPolicy,
        app: &QuotaSubject,
        settings: &RedisSettings,
        clock: Arc<dyn Clock>,
        listener: AvailabilityListener,
        time_scale: u32,
    ) -> Result<Arc<Self>> {
        let connection = Connection::new(settings.url.expose(), &settings.roots, Arc::clone(&clock))?;
        Ok(Arc::new(Self {
            keys: WindowKeys::new(policy, app),
            scripts: Scripts::new(time_scale),
            connection,
            local: Limiter::new(policy.clone(), Arc::clone(&clock)),
            clock,
            fail_open: settings.detected,
            health: RedisHealth::default(),
            queues: WaitQueues::default(),
            listener,
            reports: TaskTracker::new(),
            home_runtime: Handle::try_current().ok(),
        }))
    }

    fn runtime(&self) -> Option<Handle> {
        Handle::try_current().ok().or_else(|| self.home_runtime.clone())
    }

    /// Returns the limiter with the requests of this process.
    pub(crate) fn local(&self) -> &Limiter {
        &self.local
    }

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

    /// Reports the outcome of a request to Redis. If that fails, the slot expires on its own, at most 45 seconds late.
    async fn finish(
        self: Arc<Self>,
        slots: &[(u8, u64)],
        subject: &QuotaSubject,
        generation: &str,
        outcome: PermitOutcome,
    ) {
        let reported =
            self.scripts.finish(&self.connection, &self.keys, slots, subject, generation, outcome).await;
        match reported {
            Ok(Some(_)) => {}
            lost => {
                self.mark_down(generation, lost.is_err());
            }
        }
    }

    /// Reads the usage of each window from Redis, or from this process while a detected Redis is down.
    pub(crate) async fn read(self: &Arc<Self>, subject: &QuotaSubject) -> Result<Vec<QuotaWindow>> {
        let availability = self.health.availability(self.clock.monotonic());
        if let Availability::Up { known, .. } = availability {
            match self.scripts.read(&self.connection, &self.keys, subject).await {
                Ok(usages) => {
                    let (limits, now) = (self.keys.limits.iter(), self.clock.now());
                    let windows = limits.zip(usages);
                    let windows =
                        windows.map(|((_, limit), usage)| limit.window(usage, now, QuotaSource::Redis));
                    return Ok(windows.collect());
                }
                Err(_) => {
                    self.mark_down(&known, true);
                }
            }
        }
        if self.fail_open { Ok(self.local.status(subject)) } else { Err(self.unavailable().error) }
    }

    /// Counts a request that had no permit and has just been answered.
    pub(crate) fn increment(
        self: &Arc<Self>,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
    ) -> Vec<QuotaWarning> {
        let warnings = self.local.increment(kinds, subject);
        if self.queue_report(kinds, subject)
            && let Some(runtime) = self.runtime()
        {
            let limiter = Arc::clone(self);
            self.reports.spawn_on(async move { limiter.report_pending().await }, &runtime);
        }
        warnings
    }

    /// Empties every window of `subject`, including those of its app.
    pub(crate) fn reset(self: &Arc<Self>, subject: &QuotaSubject) {
        self.local.reset(subject);
        if let Some(runtime) = self.runtime() {
            let (limiter, subject) = (Arc::clone(self), *subject);
            let reset = async move {
                if limiter.scripts.reset(&limiter.connection, &limiter.keys, &subject).await.is_err() {
                    limiter.mark_down("", true);
                }
            };
            self.reports.spawn_on(reset, &runtime);
        }
    }

    /// Waits until the outcomes of all ended requests are reported to Redis. Each attempt has a timeout.
    pub(crate) async fn flush(&self) {
        self.reports.close();
        self.reports.wait().await;
    }
}

impl fmt::Debug for RedisLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLimiter").field("fail_open", &self.fail_open).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
