//! The Redis limiter of one app: its state, and the calls that take no slot.

use super::connection::Connection;
use super::errors;
use super::health::{Availability, RedisHealth};
use super::scripts::Scripts;
use super::wait_queue::WaitQueues;
use super::window_keys::WindowKeys;
use crate::clock::Clock;
use crate::error::Result;
use crate::quota::keys::QuotaSubject;
use crate::quota::limiter::Limiter;
use crate::quota::limits::QuotaWindow;
use crate::quota::policy::{QuotaKind, QuotaPolicy};
use crate::quota::source::QuotaSource;
use crate::quota::warning::QuotaWarning;
use crate::secret::Secret;
use crate::tls::Roots;
use std::fmt;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

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
    pub(super) keys: WindowKeys,
    pub(super) scripts: Scripts,
    pub(super) connection: Connection,
    pub(super) clock: Arc<dyn Clock>,
    /// True if requests use the limits of this process while Redis is unavailable.
    pub(super) fail_open: bool,
    /// Counts the requests of this process.
    pub(super) local: Arc<Limiter>,
    pub(super) health: RedisHealth,
    pub(super) queues: WaitQueues,
    pub(super) listener: AvailabilityListener,
    /// The tasks that report outcomes and counts to Redis.
    pub(super) reports: TaskTracker,
    /// The runtime that created the limiter. Callers of synchronous methods can be outside of any runtime.
    pub(super) home_runtime: Option<Handle>,
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
    pub(super) fn with_time_scale(
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

    pub(super) fn runtime(&self) -> Option<Handle> {
        Handle::try_current().ok().or_else(|| self.home_runtime.clone())
    }

    /// Returns the limiter with the requests of this process.
    pub(crate) fn local(&self) -> &Limiter {
        &self.local
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
        if self.fail_open {
            Ok(self.local.status(subject))
        } else {
            Err(errors::redis_unavailable(self.connection.certificate_fault()))
        }
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
