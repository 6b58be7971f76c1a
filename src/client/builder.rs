//! Builder for a client.

use super::{Background, Client, Shared};
use crate::cache::{Cache, CachePolicy};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
#[cfg(feature = "redis")]
use crate::config::RedisChoice;
use crate::error::{ConfigProblem, Error, Result};
use crate::model::AccountKey;
use crate::oauth::ConsumedStates;
use crate::pipeline::{Pipeline, QuotaListener};
use crate::publish::Publisher;
#[cfg(feature = "redis")]
use crate::quota::{DetectedRedis, IgnoredListener, QuotaSubject, RedisLimiter, RedisSettings};
use crate::quota::{Limiter, QuotaBackend, QuotaPolicy, QuotaWarning, Subjects, UsageLog};
use crate::session::{Event, EventSender, Session};
use crate::store::{AccountStore, JournalStore, LeaseStore, MemoryStore, MetricsStore, UsageStore};
use crate::transport::retry::Budget;
use crate::transport::{HttpTransport, RetryListener, RetryNotice, Transport};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// The default time for which the journal keeps a finished publish.
const JOURNAL_RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The minimum of [`ClientBuilder::journal_retention`]. With a shorter one, the journal could delete a publish while a
/// suspended process still works on it.
pub const LEAST_JOURNAL_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// Builds a [`Client`]. Without a store, toklink keeps accounts only in the memory of this process.
#[derive(Debug)]
pub struct ClientBuilder {
    config: Config,
    accounts: Option<Arc<dyn AccountStore>>,
    journal: Option<Arc<dyn JournalStore>>,
    leases: Option<Arc<dyn LeaseStore>>,
    metrics: Option<Arc<dyn MetricsStore>>,
    usage: Option<Arc<dyn UsageStore>>,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    policy: QuotaPolicy,
    cache: CachePolicy,
    journal_retention: Duration,
    quota_listener: QuotaListener,
    retry_listener: RetryListener,
}

impl ClientBuilder {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            accounts: None,
            journal: None,
            leases: None,
            metrics: None,
            usage: None,
            transport: None,
            clock: None,
            policy: QuotaPolicy::default(),
            cache: CachePolicy::default(),
            journal_retention: JOURNAL_RETENTION,
            quota_listener: QuotaListener::default(),
            retry_listener: RetryListener::default(),
        }
    }

    /// Sets one store for accounts, the journal, leases, metrics and usage.
    #[must_use]
    pub fn store<S>(self, store: Arc<S>) -> Self
    where
        S: AccountStore + JournalStore + LeaseStore + MetricsStore + UsageStore + 'static,
    {
        let (journal, leases) = (Arc::clone(&store), Arc::clone(&store));
        let (metrics, usage) = (Arc::clone(&store), Arc::clone(&store));
        self.accounts(store).journal(journal).leases(leases).metrics(metrics).usage(usage)
    }

    /// Sets the account store.
    #[must_use]
    pub fn accounts(mut self, store: Arc<dyn AccountStore>) -> Self {
        self.accounts = Some(store);
        self
    }

    /// Sets the store of the publish journal. All processes that may use the same idempotency key must share it.
    /// Otherwise each of them posts.
    #[must_use]
    pub fn journal(mut self, store: Arc<dyn JournalStore>) -> Self {
        self.journal = Some(store);
        self
    }

    /// Sets the lease store. Processes that share it wait for each other instead of doing the same work twice.
    /// Correctness does not depend on it: without leases, no video is posted twice and no token is lost.
    #[must_use]
    pub fn leases(mut self, store: Arc<dyn LeaseStore>) -> Self {
        self.leases = Some(store);
        self
    }

    /// Sets the metrics store.
    #[must_use]
    pub fn metrics(mut self, store: Arc<dyn MetricsStore>) -> Self {
        self.metrics = Some(store);
        self
    }

    /// Sets the store that records the requests of daily windows, so that the counts survive a restart. Not used with
    /// Redis, which keeps the counts itself.
    #[must_use]
    pub fn usage(mut self, store: Arc<dyn UsageStore>) -> Self {
        self.usage = Some(store);
        self
    }

    /// Sets the HTTP client.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets the policy that limits requests; the default is [`QuotaPolicy::planned`].
    #[must_use]
    pub fn quota_policy(mut self, policy: QuotaPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets how long reads are cached; the default is [`CachePolicy::default`].
    #[must_use]
    pub fn cache(mut self, policy: CachePolicy) -> Self {
        self.cache = policy;
        self
    }

    /// Sets how long the journal keeps a finished publish. The default is 30 days, the minimum one day. During this
    /// time, a call with the same idempotency key finds the publish. A key that is used later, or after the account was
    /// disconnected, posts again. The client deletes older rows when a publish or a metrics collection starts, at most
    /// once an hour. It deletes them one day late, because the clocks of two machines may differ by up to a day.
    #[must_use]
    pub fn journal_retention(mut self, period: Duration) -> Self {
        self.journal_retention = period;
        self
    }

    /// Sets a callback for quota warnings. The client calls it once when a request fills a quota window to 80 percent
    /// and once at 95 percent, and again after usage has fallen below half of the window. The callback runs before the
    /// request is sent, on the thread that sends it, and must not block.
    #[must_use]
    pub fn on_quota_warning(
        mut self,
        listen: impl Fn(&AccountKey, &QuotaWarning) + Send + Sync + 'static,
    ) -> Self {
        self.quota_listener = QuotaListener::new(listen);
        self
    }

    /// Sets a callback that is called before each retry of a failed request, for example to log it. It runs on the
    /// thread that sends the request, and must not block.
    #[must_use]
    pub fn on_retry(mut self, listen: impl Fn(&RetryNotice) + Send + Sync + 'static) -> Self {
        self.retry_listener = RetryListener::new(listen);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// `Config` when [`ClientBuilder::journal_retention`] is less than a day, or Redis does not support the quota
    /// policy.
    pub fn build(self) -> Result<Client> {
        if self.journal_retention < LEAST_JOURNAL_RETENTION {
            return Err(Error::config(vec![short_retention(self.journal_retention)]));
        }
        let config = Arc::new(self.config);
        let memory = Arc::new(MemoryStore::new());
        let accounts = self.accounts.unwrap_or_else(|| Arc::clone(&memory) as _);
        let journal = self.journal.unwrap_or_else(|| Arc::clone(&memory) as _);
        let metrics = self.metrics.unwrap_or_else(|| Arc::clone(&memory) as _);
        let usage = self.usage.unwrap_or_else(|| Arc::clone(&memory) as _);
        let leases: Arc<dyn LeaseStore> = self.leases.unwrap_or(memory);
        let clock: Arc<dyn Clock> = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let transport: Arc<dyn Transport> = match self.transport {
            Some(transport) => transport,
            None => Arc::new(HttpTransport::new(&config)?),
        };
        let running = TaskTracker::new();
        let events = Arc::new(EventSender::new());
        let session = Session::new(
            Arc::clone(&config),
            Arc::clone(&accounts),
            Arc::clone(&leases),
            Arc::clone(&transport),
            Arc::clone(&clock),
            Arc::clone(&events),
            running.clone(),
        );
        let listener = with_events(self.quota_listener, &events, &clock);
        #[cfg(feature = "redis")]
        let quotas = quota_backend(self.policy, &config, &clock, &events)?;
        #[cfg(not(feature = "redis"))]
        let quotas = QuotaBackend::Local(Limiter::new(self.policy, Arc::clone(&clock)));
        let pipeline = Pipeline {
            config: Arc::clone(&config),
            session: session.clone(),
            events: Arc::clone(&events),
            quotas,
            subjects: Arc::new(Subjects::new(&config.client_key)),
            usage_log: Arc::new(UsageLog::new(usage, Arc::clone(&clock))),
            cache: Arc::new(Cache::new(self.cache, Arc::clone(&clock))),
            transport: Arc::clone(&transport),
            clock: Arc::clone(&clock),
            listener,
            retries: self.retry_listener,
            budget: Arc::new(Budget::new()),
        };
        let publisher = Publisher::new(pipeline.clone(), journal, leases, self.journal_retention);
        let consumed = ConsumedStates::new();
        let background = Background::default();
        let shared = Shared {
            config,
            accounts,
            metrics,
            transport,
            clock,
            session,
            events,
            pipeline,
            publisher,
            consumed,
            running,
            background,
        };
        Ok(Client { shared: Arc::new(shared) })
    }
}

/// Returns the problem of a [`ClientBuilder::journal_retention`] below [`LEAST_JOURNAL_RETENTION`], for a host that lists all problems
/// of its options together.
#[must_use]
pub fn short_retention(period: Duration) -> ConfigProblem {
    let least = LEAST_JOURNAL_RETENTION.as_millis();
    let fix = format!("use at least {least} ms (one day), or an idempotency key could post twice");
    ConfigProblem::new("journal_retention", format!("is {} ms", period.as_millis()), fix)
}

/// Returns a listener that also emits each warning as an event.
fn with_events(listener: QuotaListener, events: &Arc<EventSender>, clock: &Arc<dyn Clock>) -> QuotaListener {
    let (events, clock) = (Arc::clone(events), Arc::clone(clock));
    QuotaListener::new(move |account, warning| {
        let (account_key, at) = (account.clone(), clock.now());
        events.emit(Event::QuotaWarning { account: account_key, at, warning: *warning });
        listener.notify(account, std::slice::from_ref(warning));
    })
}

/// Returns the request counter: Redis when it is configured, otherwise the memory of this process.
#[cfg(feature = "redis")]
fn quota_backend(
    policy: QuotaPolicy,
    config: &Config,
    clock: &Arc<dyn Clock>,
    events: &Arc<EventSender>,
) -> Result<QuotaBackend> {
    let (url, detected) = match config.redis.clone() {
        RedisChoice::None => return Ok(QuotaBackend::Local(Limiter::new(policy, Arc::clone(clock)))),
        RedisChoice::Required(url) => (Some(url), false),
        RedisChoice::Found(url) => (Some(url), true),
        RedisChoice::NoAddress => (None, true),
    };
    let app = QuotaSubject::new(&config.client_key, "", "");
    let settings = url.map(|url| RedisSettings { url, roots: config.roots.clone(), detected });
    let (sender, time) = (Arc::clone(events), Arc::clone(clock));
    let listener = move |lost| {
        let at = time.now();
        sender.emit(if lost {
            Event::RedisUnavailable { at, sharing: detected }
        } else {
            Event::RedisAvailable { at }
        });
    };
    let limiter = settings
        .map(|settings| RedisLimiter::new(&policy, &app, &settings, Arc::clone(clock), Arc::new(listener)));
    if !detected && let Some(limiter) = limiter {
        return limiter.map(QuotaBackend::Redis);
    }
    let (sender, time) = (Arc::clone(events), Arc::clone(clock));
    let ignored: IgnoredListener =
        Arc::new(move |reason| sender.emit(Event::RedisIgnored { at: time.now(), reason }));
    // A URL that the Redis client rejects counts as invalid.
    let limiter = limiter.and_then(Result::ok);
    Ok(QuotaBackend::Detected(DetectedRedis::new(limiter, policy, Arc::clone(clock), ignored)))
}
