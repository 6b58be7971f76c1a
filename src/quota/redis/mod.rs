//! Counts requests in a Redis for several processes, by the clock of Redis. A request takes a slot in all of its windows, or
//! in none, in one round trip. `docs/QUOTAS.md` describes the stored data and the behavior while Redis is unavailable.

mod connection;
mod detected;
mod errors;
mod failover;
mod permit;
mod scripts;
mod wait_queue;
mod window_keys;

pub(crate) use detected::{DetectedRedis, IgnoredListener};
pub use failover::RedisFallback;
pub(crate) use permit::RedisPermit;

use super::errors::{BlockingWindow, window_full};
use super::key_state::Full;
use super::keys::QuotaSubject;
use super::limiter::{Limiter, QuotaWindow};
use super::permit::Permit;
use super::policy::{QuotaKind, QuotaPolicy};
use super::source::QuotaSource;
use super::warning::{QuotaWarning, WARN_PERCENT};
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
    /// A `redis://` or `rediss://` URL. It can contain a password.
    pub(crate) url: Secret,
    /// The trusted certificate authorities of a `rediss://` server.
    pub(crate) roots: Roots,
    pub(crate) fallback: RedisFallback,
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
    fallback: RedisFallback,
    /// True when requests use the full limits while Redis is unavailable.
    fail_open: bool,
    /// The requests of this process, under its share of the limits.
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
            local: Limiter::new(settings.fallback.share_of(policy)?, Arc::clone(&clock)),
            clock,
            fallback: settings.fallback,
            fail_open: settings.detected && settings.fallback == RedisFallback::Refuse,
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
        let rules = self.keys.of_kinds(kinds);
        let window =
            rules.first().and_then(|&n| self.keys.all().get(n)).map_or_else(String::new, |l| l.key(subject));
        let deadline = self.clock.monotonic().saturating_add(max_wait);
        let left = || deadline.saturating_sub(self.clock.monotonic());
        let mut head = None;
        if max_wait > Duration::ZERO && self.queues.has_waiters(&window) {
            head = self.queues.enqueue(&window, self.clock.as_ref(), left()).await;
        }
        loop {
            let denied = match self.attempt(kinds, &rules, subject).await {
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

    /// Makes one attempt, at Redis or at this process's share when Redis is down.
    async fn attempt<'a>(
        self: &'a Arc<Self>,
        kinds: &[QuotaKind],
        rules: &[usize],
        subject: &QuotaSubject,
    ) -> std::result::Result<RedisPermit<'a>, Denied> {
        let (known, proposed, also_local) = match self.health.availability(self.clock.monotonic()) {
            Availability::Down { since } => return self.acquire_without_redis(kinds, subject, since),
            Availability::Up { known, proposed, also_local } => (known, proposed, also_local),
        };
        // Other processes may still use shares that Redis has not counted, so a slot of each is needed.
        let local = if also_local { Some(self.local_permit(kinds, subject)?) } else { None };
        let reply =
            self.scripts.take(&self.connection, &self.keys, rules, subject, (&known, &proposed)).await;
        match reply {
            Ok(TakeReply::Granted { generation, slots, .. }) => {
                self.health.record_reply(&generation, self.clock.monotonic());
                let warnings = self.warnings(rules, &slots);
                let slots = rules.iter().copied().zip(slots.iter().map(|slot| slot.ends)).collect();
                Ok(RedisPermit {
                    limiter: self,
                    subject: *subject,
                    kinds: kinds.to_vec(),
                    slots,
                    generation,
                    local,
                    warnings,
                    runtime: Handle::current(),
                    finished: false,
                })
            }
            Ok(TakeReply::Full { generation, blocked, wait, .. }) => {
                self.health.record_reply(&generation, self.clock.monotonic());
                release(local);
                Err(self.full(rules, blocked, wait))
            }
            Ok(TakeReply::Paused { generation, wait }) => {
                self.health.record_reply(&generation, self.clock.monotonic());
                release(local);
                if self.fail_open {
                    return self.acquire_locally(kinds, subject);
                }
                Err(Denied { error: errors::counts_lost(wait), wait: Some(wait) })
            }
            lost => {
                release(local);
                let error = errors::redis_unavailable(self.connection.certificate_fault());
                let retry_now = Denied { error, wait: Some(Duration::ZERO) };
                let since = self.mark_down(&known, lost.is_err()).ok_or(retry_now)?;
                self.acquire_without_redis(kinds, subject, since)
            }
        }
    }

    fn full(&self, rules: &[usize], blocked: usize, wait: Duration) -> Denied {
        let rule_keys = rules.get(blocked).and_then(|&number| self.keys.all().get(number));
        let full = |rule_keys: &window_keys::RuleKeys| {
            let full = Full { earliest: 0, first: true };
            let blocked = BlockingWindow { bit: 0, kind: rule_keys.kind, rule: rule_keys.rule, full };
            window_full(blocked, wait, self.clock.now())
        };
        Denied { error: rule_keys.map_or_else(|| errors::counts_lost(wait), full), wait: Some(wait) }
    }

    fn warnings(&self, rules: &[usize], slots: &[GrantedSlot]) -> Vec<QuotaWarning> {
        let warning = |(&number, slot): (&usize, &GrantedSlot)| {
            let rule_keys = self.keys.all().get(number).filter(|_| slot.level > 0)?;
            Some(QuotaWarning {
                kind: rule_keys.kind,
                window_ms: u64::from(rule_keys.rule.span().as_millis()),
                limit: rule_keys.rule.limit(),
                count: slot.count,
                percent: WARN_PERCENT[usize::from(slot.level > 1)],
            })
        };
        rules.iter().zip(slots).filter_map(warning).collect()
    }

    /// Reports the outcome of a request to Redis. If that fails, the slot expires on its own, at most 45 seconds late.
    async fn finish(
        self: Arc<Self>,
        slots: &[(usize, u64)],
        subject: &QuotaSubject,
        generation: &str,
        outcome: PermitOutcome,
    ) {
        let reported =
            self.scripts.finish(&self.connection, &self.keys, slots, subject, generation, outcome).await;
        match reported {
            Ok(Some(_)) => {}
            lost => drop(self.mark_down(generation, lost.is_err())),
        }
    }

    /// Reads the usage of each window from Redis, or from this process's share while Redis is down.
    pub(crate) async fn read(self: &Arc<Self>, subject: &QuotaSubject) -> Result<Vec<QuotaWindow>> {
        let availability = self.health.availability(self.clock.monotonic());
        if let Availability::Up { known, .. } = availability {
            match self.scripts.read(&self.connection, &self.keys, subject).await {
                Ok(usages) => {
                    let wall = self.clock.now();
                    let status =
                        |(rule_keys, usage): (&window_keys::RuleKeys, scripts::WindowUsage)| QuotaWindow {
                            kind: rule_keys.kind,
                            window_ms: u64::from(rule_keys.rule.span().as_millis()),
                            limit: rule_keys.rule.limit(),
                            count: usage.count,
                            remaining: usage.remaining,
                            reset_at: wall.plus(usage.resets_in),
                            resets_in: usage.resets_in,
                            source: QuotaSource::Redis,
                        };
                    return Ok(self.keys.all().iter().zip(usages).map(status).collect());
                }
                Err(_) => drop(self.mark_down(&known, true)),
            }
        }
        match self.fallback {
            RedisFallback::Refuse if !self.fail_open => {
                Err(errors::redis_unavailable(self.connection.certificate_fault()))
            }
            RedisFallback::Refuse | RedisFallback::Share { .. } => Ok(self.local_status(subject)),
        }
    }

    /// Returns the usage of this process's share.
    pub(crate) fn local_status(&self, subject: &QuotaSubject) -> Vec<QuotaWindow> {
        let mut windows = self.local.status(subject);
        for window in &mut windows {
            window.source = QuotaSource::MemoryShare;
        }
        windows
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

fn release(local: Option<Permit<'_>>) {
    if let Some(local) = local {
        local.release();
    }
}

impl fmt::Debug for RedisLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLimiter").field("fallback", &self.fallback).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
