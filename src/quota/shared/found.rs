//! A Redis that the environment names for other programs too. It counts requests only when it answers and keeps what it is
//! given: a cache that throws counts out would let too many requests through.

use super::{SharedLimiter, refusals};
use crate::clock::Clock;
use crate::quota::keys::QuotaSubject;
use crate::quota::limiter::{Limiter, QuotaStatus};
use crate::quota::permit::QuotaWarning;
use crate::quota::policy::{QuotaKind, QuotaPolicy};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Receives why the Redis is not used.
pub(crate) type IgnoredListener = Arc<dyn Fn(String) + Send + Sync>;

/// Counts in the Redis of `REDIS_URL` if it suits, else in this process. Examined once, by the first request.
pub(crate) struct FoundRedis {
    /// `None` when the address is not that of a Redis.
    shared: Option<Arc<SharedLimiter>>,
    local: Arc<Limiter>,
    suits: OnceCell<bool>,
    listener: IgnoredListener,
}

impl FoundRedis {
    pub(crate) fn new(
        shared: Option<Arc<SharedLimiter>>,
        policy: QuotaPolicy,
        clock: Arc<dyn Clock>,
        listener: IgnoredListener,
    ) -> Arc<Self> {
        let local =
            shared.as_ref().map_or_else(|| Limiter::new(policy, clock), |shared| Arc::clone(&shared.own));
        Arc::new(Self { shared, local, suits: OnceCell::new(), listener })
    }

    /// Returns the limiter that counts in Redis, if that suits. The first call asks the server, for at most two seconds.
    pub(crate) async fn usable(&self) -> Option<&Arc<SharedLimiter>> {
        let examined = self.suits.get_or_init(|| async {
            match self.examine().await {
                Ok(()) => true,
                Err(reason) => {
                    (self.listener)(reason);
                    false
                }
            }
        });
        let suits = *examined.await;
        self.shared.as_ref().filter(|_| suits)
    }

    /// Returns the limiter that counts in Redis once it is known to suit.
    fn used(&self) -> Option<&Arc<SharedLimiter>> {
        self.shared.as_ref().filter(|_| self.suits.get() == Some(&true))
    }

    /// Returns the windows of this process.
    pub(crate) fn local(&self) -> &Limiter {
        &self.local
    }

    pub(crate) fn status(&self, subject: &QuotaSubject) -> Vec<QuotaStatus> {
        self.used().map_or_else(|| self.local.status(subject), |shared| shared.own_status(subject))
    }

    pub(crate) fn increment(
        self: &Arc<Self>,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
    ) -> Vec<QuotaWarning> {
        if let Some(shared) = self.used() {
            return shared.increment(kinds, subject);
        }
        // Reported once the server is known to suit.
        if let (None, Some(shared)) = (self.suits.get(), &self.shared) {
            shared.note_unreported(kinds, subject);
        }
        self.local.increment(kinds, subject)
    }

    pub(crate) fn reset(self: &Arc<Self>, subject: &QuotaSubject) {
        self.local.reset(subject);
        let runtime = self.shared.as_ref().and_then(|shared| Some((shared, shared.runtime()?)));
        if let (None | Some(true), Some((shared, runtime))) = (self.suits.get(), runtime) {
            let (found, subject) = (Arc::clone(self), *subject);
            let emptied = async move {
                if let Some(shared) = found.usable().await {
                    shared.reset(&subject);
                }
            };
            shared.telling.spawn_on(emptied, &runtime);
        }
    }

    pub(crate) async fn settled(&self) {
        if let Some(shared) = &self.shared {
            shared.settled().await;
        }
    }

    async fn examine(&self) -> Result<(), String> {
        let shared = self.shared.as_ref().ok_or_else(refusals::no_address)?;
        let policy = shared.eviction_policy().await?;
        if policy != "noeviction" && !policy.starts_with("volatile-") {
            return Err(refusals::evicts(&policy));
        }
        Arc::clone(shared).report_pending().await;
        Ok(())
    }
}

impl SharedLimiter {
    /// Reads what the server throws out when its memory is full. Some hosts forbid `CONFIG`, so that `INFO` comes first.
    async fn eviction_policy(&self) -> Result<String, String> {
        let info = self.link.ask::<String>(&redis::cmd("INFO")).await;
        if let Ok(text) = &info {
            let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if field("role:") == Some("slave") {
                return Err(refusals::replica());
            }
            if let Some(policy) = field("maxmemory_policy:") {
                return Ok(policy.to_owned());
            }
        }
        let mut question = redis::cmd("CONFIG");
        question.arg("GET").arg("maxmemory-policy");
        match self.link.ask::<HashMap<String, String>>(&question).await {
            Ok(answer) => answer.into_values().next().ok_or_else(refusals::unknown_policy),
            // An error with a code is the answer of a Redis.
            Err(error) if error.code().is_some() || info.is_ok() => Err(refusals::unknown_policy()),
            Err(_) => Err(refusals::no_answer(self.link.certificate_fault())),
        }
    }
}

impl fmt::Debug for FoundRedis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FoundRedis").field("suits", &self.suits).finish_non_exhaustive()
    }
}
