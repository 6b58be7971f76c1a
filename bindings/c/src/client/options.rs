//! The settings of a client. All problems are reported together.

use crate::ffi::error::with_options;
use crate::ffi::input::{self, Options};
use crate::quota::policy::policy_of;
use crate::runtime::callback::{UserData, toklink_destroy};
use crate::runtime::engine::{Engine, Given};
use crate::runtime::kept::Kept;
use crate::runtime::log::{Log, toklink_log_callback};
use crate::runtime::queue::toklink_wake_callback;
use crate::store::host_store::{HostStore, toklink_store};
use core_toklink::client::{LEAST_JOURNAL_RETENTION, short_retention};
use core_toklink::config::ConfigBuilder;
use core_toklink::{CachePolicy, Client, Config, ConfigProblem, Error, Result, RetryNotice, SqliteStore};
use std::ffi::{c_char, c_void};
use std::sync::Arc;
use std::time::Duration;

/// The settings of a client. Initialise them with `TOKLINK_OPTIONS_INIT`. A field that is 0 or NULL has its default.
///
/// Threads: the library reads them only during `toklink_client_new`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_options {
    /// The size of this struct, which `TOKLINK_OPTIONS_INIT` sets.
    pub size: usize,
    /// The app's client key, from TikTok's developer portal. Required.
    pub client_key: *const c_char,
    /// The app's client secret, from TikTok's developer portal. Required.
    pub client_secret: *const c_char,
    /// The redirect URI of web logins that set none.
    pub callback_url: *const c_char,
    /// The key that encrypts tokens: 64 hexadecimal digits, or base64 of 32 bytes; see `toklink_make_key`. This or
    /// `encryption_keys` is required.
    pub encryption_key: *const c_char,
    /// Several keys as `kid:hex,kid:hex`. The first key encrypts, all keys decrypt. Takes precedence over
    /// `encryption_key`.
    pub encryption_keys: *const c_char,
    /// Reads the settings that are NULL here from the environment: `TIKTOK_CLIENT_KEY`, `TIKTOK_CLIENT_SECRET`,
    /// `TIKTOK_CALLBACK_URL`, `TOKEN_ENCRYPTION_KEY`, `TOKEN_ENCRYPTION_KEYS`, `TIKTOK_API_BASE_URL`,
    /// `TIKTOK_AUTH_BASE_URL`, `TIKTOK_CA_FILE`, `SSL_CERT_FILE`, `TOKLINK_REDIS_URL`, `REDIS_URL`.
    pub use_environment: bool,
    /// Also decrypts the legacy format (AES-256-GCM as `iv:tag:data` in hex).
    pub accept_legacy: bool,
    /// Allows `relay_url` to be a loopback address, with or without TLS. For tests only: a user who chooses the URL of
    /// a video could reach local services.
    pub relay_from_loopback: bool,
    /// Counts requests in this process only, even if the environment sets a Redis URL.
    pub no_redis: bool,
    /// The base URL of the API: https, or http on loopback. Default: TikTok's API.
    pub api_base_url: *const c_char,
    /// The base URL of the consent page: https, or http on loopback. Default: TikTok's page.
    pub auth_base_url: *const c_char,
    /// A PEM file with certificate authorities that are trusted in addition to the built-in ones, for example for a
    /// corporate proxy.
    pub ca_file: *const c_char,
    /// The SQLite file for accounts, publishes, metrics and counted requests; created if it does not exist. Default:
    /// memory that is lost when the client is freed.
    pub sqlite_path: *const c_char,
    /// A custom store instead of SQLite; NULL: none. The struct is copied.
    pub store: *const toklink_store,
    /// The Redis that counts the requests of several processes (`redis://`, `redis-cluster://` or `redis-sentinel://`;
    /// for TLS `rediss://`, `rediss-cluster://` or `rediss-sentinel://`). Default: each process counts its own requests.
    /// See docs/QUOTAS.md.
    pub redis_url: *const c_char,
    /// The limits, a `toklink_quota_policy`. 0: `TOKLINK_QUOTA_POLICY_STANDARD`.
    pub quota_policy: u32,
    /// Milliseconds for which the journal keeps a finished publish, at least one day. An idempotency key that is used
    /// again later posts again. 0: 30 days.
    pub journal_retention_ms: u64,
    /// Milliseconds for which a profile is cached. 0: one hour; -1: no cache.
    pub user_cache_ms: i64,
    /// Milliseconds for which a page of videos is cached. 0: 30 seconds; -1: no cache.
    pub video_cache_ms: i64,
    /// Milliseconds after which an operation fails with `TOKLINK_REASON_TIMED_OUT`. 0: only the limit of each request
    /// applies. Publishes, collections, reseals and logins have their own `timeout_ms`.
    pub timeout_ms: u64,
    /// Queues all callbacks until you call `toklink_dispatch`, and is called when a callback is queued. NULL: callbacks
    /// run on the client's callback thread.
    pub wake: toklink_wake_callback,
    /// Receives a line for each operation that ended and for each request that is retried; NULL: no log.
    pub log: toklink_log_callback,
    /// Passed to `wake` and `log`.
    pub user_data: *mut c_void,
    /// Frees `user_data`; may be NULL. Called once for each `toklink_client_new`; see "Callbacks" at the top.
    pub destroy: toklink_destroy,
    /// The proxy for requests to TikTok: `http://host:port` or `https://host:port`, with `user:password@` before the
    /// host if needed. NULL: `HTTPS_PROXY` of the environment, except if `api_base_url` is on loopback. Downloads from
    /// `relay_url` use no proxy.
    pub proxy_url: *const c_char,
    /// Milliseconds that a connection to TikTok may take, including the DNS lookup and TLS. 0: 10000.
    pub connect_timeout_ms: u64,
    /// Milliseconds that a request to TikTok may take, including its response; at most 20000 for token requests.
    /// Uploads of video bytes have a separate limit that depends on their size. 0: 30000.
    pub request_timeout_ms: u64,
    /// The maximum total rate of the client's uploads in bytes per second, at least 10000. TikTok accepts the bytes of
    /// a video for one hour. 0: no limit.
    pub max_upload_bytes_per_second: u64,
}

// SAFETY: `repr(C)`, starts with its size, and pointers, numbers, flags and callbacks may be 0.
unsafe impl Options for toklink_options {
    const NAME: &'static str = "toklink_options";
}

/// Creates a client's engine from its options.
///
/// # Safety
/// The argument is NULL or points to valid options.
pub(crate) unsafe fn build(given: *const toklink_options) -> Result<Arc<Engine>> {
    // SAFETY: the caller guarantees valid arguments.
    let options = unsafe { input::options(given)? };
    let kept = Arc::new(Kept::new(options.user_data, options.destroy));
    let mut problems = Problems::default();
    // SAFETY: the caller guarantees that `store` is NULL or points to a valid store.
    let store = unsafe { options.store.as_ref() }.map(|_| unsafe { HostStore::of(options.store) });
    let store = problems.of(store.transpose())?.flatten();
    // SAFETY: the caller guarantees valid arguments.
    let config = unsafe { options.config(given.is_null() || options.use_environment, &mut problems) };
    // SAFETY: the caller guarantees valid arguments.
    let sqlite_path = unsafe { problems.text(options.sqlite_path, "sqlite_path") };
    if sqlite_path.is_some() && !options.store.is_null() {
        problems.0.push(ConfigProblem::new(
            "sqlite_path",
            "is set together with store",
            "set only one of them",
        ));
    }
    let cache = options.cache();
    let policy = problems.of(policy_of(options.quota_policy))?.unwrap_or_default();
    let retention =
        (options.journal_retention_ms > 0).then(|| Duration::from_millis(options.journal_retention_ms));
    let short = retention.filter(|retention| *retention < LEAST_JOURNAL_RETENTION);
    problems.0.extend(short.map(short_retention));
    let config = problems.of(config.build())?;
    let (Some(config), []) = (config, &problems.0[..]) else { return Err(Error::config(problems.0)) };
    let mut all = vec![kept.clone()];
    all.extend(store.as_ref().map(HostStore::kept));
    let log = options.log.map(|_| Arc::new(Log::new(options.log, Arc::clone(&kept))));
    let weak_log = log.as_ref().map(Arc::downgrade);
    let given = Given {
        log,
        kept: all,
        wake: options.wake.map(|wake| (wake, UserData(options.user_data))),
        timeout: (options.timeout_ms > 0).then(|| Duration::from_millis(options.timeout_ms)),
    };
    let build = move || {
        let mut builder = Client::builder(config).cache(cache).quota_policy(policy);
        if let Some(log) = weak_log {
            // A weak reference, because the log keeps the host's pointer alive and the core's client must not.
            let retried = move |notice: &RetryNotice| {
                if let Some(log) = log.upgrade() {
                    log.retried(notice);
                }
            };
            builder = builder.on_retry(retried);
        }
        if let Some(retention) = retention {
            builder = builder.journal_retention(retention);
        }
        builder = match (sqlite_path, store) {
            (Some(path), _) => builder.store(Arc::new(SqliteStore::open(path)?)),
            (None, Some(store)) => builder.store(Arc::new(store)),
            (None, None) => builder,
        };
        builder.build()
    };
    Engine::start(build, given)
}

/// The problems of all options, which are reported in one error.
#[derive(Debug, Default)]
struct Problems(Vec<ConfigProblem>);

impl Problems {
    /// Collects the problems of a configuration error, except for options that already have one, and returns `None`.
    /// Returns other errors.
    fn of<T>(&mut self, outcome: Result<T>) -> Result<Option<T>> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.problems().is_empty() => Err(error),
            Err(error) => {
                let known: Vec<String> = self.0.iter().map(|known| with_options(known.variable())).collect();
                let new =
                    error.problems().iter().filter(|new| !known.contains(&with_options(new.variable())));
                self.0.extend(new.cloned());
                Ok(None)
            }
        }
    }

    /// Reads a string that may be NULL or empty. Adds a problem if it is not UTF-8, and returns U+FFFD, so that the option
    /// is not reported as missing too.
    ///
    /// # Safety
    /// `text` is NULL or a C string.
    unsafe fn text(&mut self, text: *const c_char, variable: &str) -> Option<String> {
        // SAFETY: the caller guarantees valid arguments.
        unsafe { input::optional(text, variable) }.unwrap_or_else(|_| {
            self.0.push(ConfigProblem::new(variable, "is not UTF-8", "convert it to UTF-8"));
            Some(char::REPLACEMENT_CHARACTER.to_string())
        })
    }
}

impl toklink_options {
    /// # Safety
    /// The strings are NULL or C strings.
    unsafe fn config(&self, use_environment: bool, problems: &mut Problems) -> ConfigBuilder {
        type Set = fn(ConfigBuilder, String) -> ConfigBuilder;
        let mut config = if use_environment { Config::from_env() } else { Config::builder() };
        let texts: [(*const c_char, &str, Set); 10] = [
            (self.client_key, "TIKTOK_CLIENT_KEY", |c, v| c.client_key(v)),
            (self.client_secret, "TIKTOK_CLIENT_SECRET", |c, v| c.client_secret(v)),
            (self.callback_url, "TIKTOK_CALLBACK_URL", |c, v| c.callback_url(v)),
            (self.encryption_key, "TOKEN_ENCRYPTION_KEY", |c, v| c.encryption_key(v)),
            (self.encryption_keys, "TOKEN_ENCRYPTION_KEYS", |c, v| c.encryption_keys(v)),
            (self.api_base_url, "TIKTOK_API_BASE_URL", |c, v| c.api_base_url(v)),
            (self.auth_base_url, "TIKTOK_AUTH_BASE_URL", |c, v| c.auth_base_url(v)),
            (self.ca_file, "TIKTOK_CA_FILE", |c, v| c.ca_file(v)),
            (self.redis_url, "TOKLINK_REDIS_URL", |c, v| c.redis_url(v)),
            (self.proxy_url, "proxy_url (proxyUrl)", |c, v| c.proxy_url(v)),
        ];
        for (text, variable, set) in texts {
            // SAFETY: the caller guarantees valid arguments.
            if let Some(value) = unsafe { problems.text(text, variable) } {
                config = set(config, value);
            }
        }
        let limit = |ms: u64| (ms > 0).then(|| Duration::from_millis(ms));
        if let Some(limit) = limit(self.connect_timeout_ms) {
            config = config.connect_timeout(limit);
        }
        if let Some(limit) = limit(self.request_timeout_ms) {
            config = config.request_timeout(limit);
        }
        if self.max_upload_bytes_per_second > 0 {
            config = config.max_upload_bytes_per_second(self.max_upload_bytes_per_second);
        }
        if self.no_redis {
            config = config.no_redis();
        }
        if self.accept_legacy {
            config = config.accept_legacy(true);
        }
        if self.relay_from_loopback {
            config = config.relay_from_loopback(true);
        }
        config
    }

    fn cache(&self) -> CachePolicy {
        let age = |ms: i64| match ms {
            0 => None,
            ms => Some(Duration::from_millis(u64::try_from(ms).unwrap_or(0))),
        };
        let mut cache = CachePolicy::default();
        if let Some(age) = age(self.user_cache_ms) {
            cache = cache.with_user_info(age);
        }
        if let Some(age) = age(self.video_cache_ms) {
            cache = cache.with_videos(age);
        }
        cache
    }
}
