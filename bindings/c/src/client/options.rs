//! The settings of a client, checked all at once.

use crate::ffi::input::{self, Options};
use crate::quota::policy::policy_of;
use crate::runtime::callback::{Kept, UserData, toklink_destroy};
use crate::runtime::engine::{Engine, Given};
use crate::runtime::log::{Log, toklink_log_callback};
use crate::runtime::queue::toklink_wake_callback;
use crate::store::host_store::{HostStore, toklink_store};
use core_toklink::config::ConfigBuilder;
use core_toklink::{
    CachePolicy, Client, Config, ConfigProblem, Error, RedisFallback, Result, RetryNotice, SqliteStore,
};
use std::ffi::{c_char, c_void};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// The settings of a client. Initialise them with `TOKLINK_OPTIONS_INIT`; a field that stays 0 or NULL has its default.
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
    /// The redirect URI of web logins that do not specify one.
    pub callback_url: *const c_char,
    /// The key that encrypts tokens: 64 hexadecimal digits, or base64 of 32 bytes; see `toklink_make_key`. This or
    /// `encryption_keys` is required.
    pub encryption_key: *const c_char,
    /// Several keys, as `kid:hex,kid:hex`: the first encrypts, all decrypt. Takes precedence over `encryption_key`.
    pub encryption_keys: *const c_char,
    /// Reads the settings that are NULL here from the environment: `TIKTOK_CLIENT_KEY`, `TIKTOK_CLIENT_SECRET`,
    /// `TIKTOK_CALLBACK_URL`, `TOKEN_ENCRYPTION_KEY`, `TOKEN_ENCRYPTION_KEYS`, `TIKTOK_API_BASE_URL`, `TIKTOK_AUTH_BASE_URL`,
    /// `TIKTOK_CA_FILE`, `SSL_CERT_FILE`, `TOKLINK_REDIS_URL`, `REDIS_URL`.
    pub use_environment: bool,
    /// Also decrypts the format of an earlier program (AES-256-GCM as `iv:tag:data` in hex).
    pub accept_legacy: bool,
    /// Allows relayed videos from loopback addresses, with or without TLS. Only for tests: it lets a user who chooses a
    /// video's URL reach services on this machine.
    pub relay_from_loopback: bool,
    /// Counts requests in this process only, even if the environment sets a Redis server.
    pub no_redis: bool,
    /// Another API host: https, or http on loopback. Default: TikTok's.
    pub api_base_url: *const c_char,
    /// Another host for the consent page: https, or http on loopback. Default: TikTok's.
    pub auth_base_url: *const c_char,
    /// A PEM file of certificate authorities to trust in addition to the built-in ones, for example that of a corporate
    /// proxy.
    pub ca_file: *const c_char,
    /// The SQLite file for accounts, publishes, metrics and counted requests; created if it does not exist. Default:
    /// the client's memory, which is lost when the client is freed.
    pub sqlite_path: *const c_char,
    /// The host's own store, used instead of SQLite; NULL: none. The struct is copied.
    pub store: *const toklink_store,
    /// The Redis server that counts requests for several processes (`redis://host:port`, or `rediss://` with TLS).
    /// Default: each process counts its own requests. See docs/QUOTAS.md.
    pub redis_url: *const c_char,
    /// The number of processes that share the limits while Redis is unavailable. Each process may then use every limit
    /// divided by this number. 0: requests are rejected with `TOKLINK_ERR_UNAVAILABLE`.
    pub redis_fallback_processes: u32,
    /// The limits, a `toklink_quota_policy`. 0: `TOKLINK_QUOTA_POLICY_STANDARD`.
    pub quota_policy: u32,
    /// Time for which the journal keeps a finished publish, in milliseconds; at least one day. An idempotency key that
    /// is used later posts again. 0: 30 days.
    pub journal_retention_ms: u64,
    /// Time for which a profile is cached, in milliseconds. 0: one hour; -1: not cached.
    pub user_cache_ms: i64,
    /// Time for which a page of videos is cached, in milliseconds. 0: 30 seconds; -1: not cached.
    pub video_cache_ms: i64,
    /// Time limit of an operation that calls TikTok, in milliseconds. A longer operation fails with
    /// `TOKLINK_REASON_TIMED_OUT`. 0: no limit except that of each request. Publishes, collections and logins have
    /// their own `timeout_ms`.
    pub timeout_ms: u64,
    /// Queues all callbacks until you call `toklink_dispatch`, and is called to request that. NULL: callbacks run on a
    /// thread of the client.
    pub wake: toklink_wake_callback,
    /// Receives one line for each finished operation and for each retried request; NULL: none.
    pub log: toklink_log_callback,
    /// Passed to `wake` and `log`.
    pub user_data: *mut c_void,
    /// Frees `user_data`; NULL: nothing to free. Called once for each `toklink_client_new`: see "Callbacks" at the top.
    pub destroy: toklink_destroy,
    /// The proxy for requests to TikTok: `http://host:port` or `https://host:port`, with `user:password@` before the host if needed.
    /// NULL: the proxy of the environment (`HTTPS_PROXY`), except for an API host on loopback. Videos of `relay_url` use no proxy.
    pub proxy_url: *const c_char,
    /// Time limit for connecting to TikTok, including the DNS lookup and TLS, in milliseconds. 0: 10000.
    pub connect_timeout_ms: u64,
    /// Time limit for one request to TikTok, including its response, in milliseconds; token requests have a limit of at
    /// most 20000. Uploads have their own limit, which depends on the number of bytes. 0: 30000.
    pub request_timeout_ms: u64,
    /// The maximum combined rate of all uploads of the client, in bytes per second; at least 10000. TikTok accepts the
    /// bytes of one video for an hour. 0: no limit.
    pub max_upload_bytes_per_second: u64,
}

// SAFETY: `repr(C)`, starts with its size, and zero is valid for pointers, numbers, flags and callbacks.
unsafe impl Options for toklink_options {
    const NAME: &'static str = "toklink_options";
}

/// Starts the engine of a client.
///
/// # Safety
/// `options` is NULL or points to options that follow the conventions of the header.
pub(crate) unsafe fn build(given: *const toklink_options) -> Result<Arc<Engine>> {
    // SAFETY: guaranteed by the caller.
    let options = unsafe { input::options(given)? };
    let kept = Arc::new(Kept::new(options.user_data, options.destroy));
    // SAFETY: the caller's promise: NULL, or a store as the header says.
    let store = unsafe { options.store.as_ref() }.map(|_| unsafe { HostStore::of(options.store) });
    let store = store.transpose()?;
    // SAFETY: guaranteed by the caller.
    let config = unsafe { options.config(given.is_null() || options.use_environment)? };
    // SAFETY: guaranteed by the caller.
    let sqlite_path = unsafe { input::optional(options.sqlite_path, "sqlite_path")? };
    let (cache, fallback) = (options.cache(), options.fallback());
    let policy = policy_of(options.quota_policy)?;
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
    let retention =
        (options.journal_retention_ms > 0).then(|| Duration::from_millis(options.journal_retention_ms));
    let build = move || {
        let mut builder =
            Client::builder(config.build()?).cache(cache).redis_fallback(fallback).quota_policy(policy);
        if let Some(log) = weak_log {
            // Not a shared reference: the log contains the host's pointer, which the client must not keep.
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
            (Some(_), Some(_)) => {
                let problem =
                    ConfigProblem::new("sqlite_path", "is set together with store", "set only one of them");
                return Err(Error::config(vec![problem]));
            }
            (Some(path), None) => builder.store(Arc::new(SqliteStore::open(path)?)),
            (None, Some(store)) => builder.store(Arc::new(store)),
            (None, None) => builder,
        };
        builder.build()
    };
    Engine::start(build, given)
}

impl toklink_options {
    /// # Safety
    /// The texts are NULL or C strings.
    unsafe fn config(&self, use_environment: bool) -> Result<ConfigBuilder> {
        type Set = fn(ConfigBuilder, String) -> ConfigBuilder;
        let mut config = if use_environment { Config::from_env() } else { Config::builder() };
        let texts: [(*const c_char, &str, Set); 10] = [
            (self.client_key, "client_key", |c, v| c.client_key(v)),
            (self.client_secret, "client_secret", |c, v| c.client_secret(v)),
            (self.callback_url, "callback_url", |c, v| c.callback_url(v)),
            (self.encryption_key, "encryption_key", |c, v| c.encryption_key(v)),
            (self.encryption_keys, "encryption_keys", |c, v| c.encryption_keys(v)),
            (self.api_base_url, "api_base_url", |c, v| c.api_base_url(v)),
            (self.auth_base_url, "auth_base_url", |c, v| c.auth_base_url(v)),
            (self.ca_file, "ca_file", |c, v| c.ca_file(v)),
            (self.redis_url, "redis_url", |c, v| c.redis_url(v)),
            (self.proxy_url, "proxy_url", |c, v| c.proxy_url(v)),
        ];
        for (text, name, set) in texts {
            // SAFETY: guaranteed by the caller.
            if let Some(value) = unsafe { input::optional(text, name)? } {
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
        Ok(config)
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

    fn fallback(&self) -> RedisFallback {
        NonZeroU32::new(self.redis_fallback_processes)
            .map_or(RedisFallback::Refuse, |processes| RedisFallback::Share { processes })
    }
}
