//! The Redis of `REDIS_URL`, which may belong to another program. It counts requests only when it responds and does not evict
//! keys, because a cache that evicts counts would allow too many requests.

use super::{RedisLimiter, errors};
use crate::clock::Clock;
use crate::quota::keys::QuotaSubject;
use crate::quota::limiter::Limiter;
use crate::quota::policy::{QuotaKind, QuotaPolicy};
use crate::quota::warning::QuotaWarning;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Called with the reason why the Redis is not used.
pub(crate) type IgnoredListener = Arc<dyn Fn(String) + Send + Sync>;

/// Counts in the Redis of `REDIS_URL` if it is suitable, else in this process. The first request checks it, once.
pub(crate) struct DetectedRedis {
    /// `None` when the URL is not valid.
    redis: Option<Arc<RedisLimiter>>,
    local: Arc<Limiter>,
    suitable: OnceCell<bool>,
    listener: IgnoredListener,
}

impl DetectedRedis {
    pub(crate) fn new(
        redis: Option<Arc<RedisLimiter>>,
        policy: QuotaPolicy,
        clock: Arc<dyn Clock>,
        listener: IgnoredListener,
    ) -> Arc<Self> {
        let local =
            redis.as_ref().map_or_else(|| Limiter::new(policy, clock), |redis| Arc::clone(&redis.local));
        Arc::new(Self { redis, local, suitable: OnceCell::new(), listener })
    }

    /// Returns the limiter that counts in Redis, if that is suitable. The first call queries the server, for at most two seconds.
    pub(crate) async fn usable(&self) -> Option<&Arc<RedisLimiter>> {
        let checked = self.suitable.get_or_init(|| async {
            match self.check_server().await {
                Ok(()) => true,
                Err(reason) => {
                    (self.listener)(reason);
                    false
                }
            }
        });
        let suitable = *checked.await;
        self.redis.as_ref().filter(|_| suitable)
    }

    /// Returns the limiter that counts in Redis, once the check has succeeded.
    fn used(&self) -> Option<&Arc<RedisLimiter>> {
        self.redis.as_ref().filter(|_| self.suitable.get() == Some(&true))
    }

    /// Returns the limiter of this process.
    pub(crate) fn local(&self) -> &Limiter {
        &self.local
    }

    pub(crate) fn increment(
        self: &Arc<Self>,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
    ) -> Vec<QuotaWarning> {
        if let Some(redis) = self.used() {
            return redis.increment(kinds, subject);
        }
        // Reported once the check has succeeded.
        if let (None, Some(redis)) = (self.suitable.get(), &self.redis) {
            redis.queue_report(kinds, subject);
        }
        self.local.increment(kinds, subject)
    }

    pub(crate) fn reset(self: &Arc<Self>, subject: &QuotaSubject) {
        self.local.reset(subject);
        let runtime = self.redis.as_ref().and_then(|redis| Some((redis, redis.runtime()?)));
        if let (None | Some(true), Some((redis, runtime))) = (self.suitable.get(), runtime) {
            let (detected, subject) = (Arc::clone(self), *subject);
            let reset = async move {
                if let Some(redis) = detected.usable().await {
                    redis.reset(&subject);
                }
            };
            redis.reports.spawn_on(reset, &runtime);
        }
    }

    pub(crate) async fn flush(&self) {
        if let Some(redis) = &self.redis {
            redis.flush().await;
        }
    }

    async fn check_server(&self) -> Result<(), String> {
        let redis = self.redis.as_ref().ok_or_else(errors::no_address)?;
        let policy = redis.eviction_policy().await?;
        if policy != "noeviction" && !policy.starts_with("volatile-") {
            return Err(errors::evicts(&policy));
        }
        Arc::clone(redis).report_pending().await;
        Ok(())
    }
}

impl RedisLimiter {
    /// Reads the eviction policy of the server. Some hosts forbid `CONFIG`, so `INFO` comes first.
    async fn eviction_policy(&self) -> Result<String, String> {
        if self.connection.is_cluster() {
            // Follows the redirect to the primary of the keys. The commands below name no key.
            let _ = self.scripts.read(&self.connection, &self.keys, &QuotaSubject::new("", "", "")).await;
        }
        let info = self.connection.query::<String>(&redis::cmd("INFO")).await;
        if let Ok(text) = &info {
            let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if field("role:") == Some("slave") {
                return Err(errors::replica());
            }
            if let Some(policy) = field("maxmemory_policy:") {
                return Ok(policy.to_owned());
            }
        }
        let mut command = redis::cmd("CONFIG");
        command.arg("GET").arg("maxmemory-policy");
        match self.connection.query::<HashMap<String, String>>(&command).await {
            Ok(answer) => answer.into_values().next().ok_or_else(errors::unknown_policy),
            // Only a Redis server responds with an error code.
            Err(error) if error.code().is_some() || info.is_ok() => Err(errors::unknown_policy()),
            Err(_) => Err(errors::no_answer(self.connection.certificate_fault())),
        }
    }
}

impl fmt::Debug for DetectedRedis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DetectedRedis").field("suitable", &self.suitable).finish_non_exhaustive()
    }
}
