//! What a client needs to know, collected setting by setting and judged all at once.

use crate::callback::{Kept, toklink_destroy};
use crate::error::toklink_error;
use crate::host_store::HostStore;
use crate::host_store::toklink_store_callbacks;
use crate::log::{Log, toklink_log_callback};
use crate::quota::{QuotaListener, toklink_quota_warning_callback};
use crate::status::toklink_status;
use crate::text::toklink_str;
use crate::{guard, handle};
use core_toklink::config::ConfigBuilder;
use core_toklink::{
    CachePolicy, Client, Config, Error, ErrorKind, QuotaPolicy, RedisFallback, Result, SqliteStore,
};
use std::ffi::c_void;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Settings of a client. A setter only notes; `toklink_client_new` judges all of them and names every fault at
/// once.
///
/// Thread safety: use one from one thread at a time.
#[derive(Debug, Default)]
pub struct toklink_client_options {
    config: ConfigBuilder,
    sqlite_path: Option<PathBuf>,
    pub(crate) policy: Option<QuotaPolicy>,
    pub(crate) cache: CachePolicy,
    pub(crate) redis_fallback: RedisFallback,
    pub(crate) journal_retention: Option<Duration>,
    pub(crate) listeners: Listeners,
}

/// What the host gave to be called. The options have a share of each, and so has every client made from them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listeners {
    pub(crate) store: Option<Arc<HostStore>>,
    pub(crate) quota_warning: Option<Arc<QuotaListener>>,
    pub(crate) log: Option<Arc<Log>>,
}

impl toklink_client_options {
    /// A client of the core with all of this.
    pub(crate) fn build(&self) -> Result<Client> {
        let mut builder = Client::builder(self.config.clone().build()?)
            .cache(self.cache)
            .redis_fallback(self.redis_fallback);
        if let Some(policy) = &self.policy {
            builder = builder.quota_policy(policy.clone());
        }
        if let Some(retention) = self.journal_retention {
            builder = builder.journal_retention(retention);
        }
        builder = match (&self.sqlite_path, &self.listeners.store) {
            (Some(_), Some(_)) => {
                let sentence = "both an SQLite file and a store of the host's own are set: choose one";
                return Err(Error::new(ErrorKind::Config, sentence));
            }
            (Some(path), None) => builder.store(Arc::new(SqliteStore::open(path)?)),
            (None, Some(store)) => builder.store(Arc::clone(store)),
            (None, None) => builder,
        };
        if let Some(listener) = self.listeners.quota_warning.clone() {
            builder = builder.on_quota_warning(move |account, warning| listener.hear(account, warning));
        }
        builder.build()
    }

    pub(crate) fn update(&mut self, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) {
        self.config = change(std::mem::take(&mut self.config));
    }
}

/// Reads one text and notes it.
///
/// # Safety
/// `options` is NULL or ours and used by no other thread, `value` is readable, `error` NULL or writable.
pub(crate) unsafe fn note(
    options: *mut toklink_client_options,
    value: toklink_str,
    name: &str,
    error: *mut *mut toklink_error,
    set: impl FnOnce(&mut toklink_client_options, &str),
) -> toklink_status {
    let work = || -> Result<()> {
        // SAFETY: the caller's promises.
        let (options, value) = unsafe { (handle::change(options, "the client options")?, value.read(name)?) };
        set(options, value);
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { guard::call(error, work) }
}

/// Empty settings. Give them back with `toklink_client_options_free`. NULL only after a fault of the library.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_client_options_new() -> *mut toklink_client_options {
    guard::value(std::ptr::null_mut(), || handle::give(toklink_client_options::default()))
}

/// Settings filled from the environment: `TIKTOK_CLIENT_KEY`, `TIKTOK_CLIENT_SECRET`, `TIKTOK_CALLBACK_URL`,
/// `TOKEN_ENCRYPTION_KEY`, `TOKEN_ENCRYPTION_KEYS`, `TIKTOK_API_BASE_URL`, `TIKTOK_AUTH_BASE_URL`, `TIKTOK_CA_FILE`,
/// `SSL_CERT_FILE`, `TOKLINK_REDIS_URL`, `REDIS_URL`. White space and one pair of quotes around a value are removed. What is set afterwards wins. Give them back with `toklink_client_options_free`. NULL only after a fault of the library.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_client_options_from_env() -> *mut toklink_client_options {
    guard::value(std::ptr::null_mut(), || {
        handle::give(toklink_client_options {
            config: Config::from_env(),
            ..toklink_client_options::default()
        })
    })
}

/// Frees the settings; clients made from them stay. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_free(options: *mut toklink_client_options) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(options) });
}

/// Sets the app's client key, from TikTok's developer portal. Required.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_client_key(
    options: *mut toklink_client_options,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(options, value, "the client key", error, |o, v| o.update(|c| c.client_key(v))) }
}

/// Sets the app's client secret, beside the client key in TikTok's developer portal. Required.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_client_secret(
    options: *mut toklink_client_options,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(options, value, "the client secret", error, |o, v| o.update(|c| c.client_secret(v))) }
}

/// Sets the redirect URI that is used when a login names none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_callback_url(
    options: *mut toklink_client_options,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(options, value, "the callback URL", error, |o, v| o.update(|c| c.callback_url(v))) }
}

/// Sets the one key that seals tokens: 64 hex digits, or base64 of 32 bytes. This or a ring of keys is required.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_encryption_key(
    options: *mut toklink_client_options,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(options, value, "the encryption key", error, |o, v| o.update(|c| c.encryption_key(v))) }
}

/// Sets a ring of keys, `kid:hex,kid:hex`: the first seals, all open. Used instead of a single key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_encryption_keys(
    options: *mut toklink_client_options,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(options, value, "the encryption keys", error, |o, v| o.update(|c| c.encryption_keys(v))) }
}

/// Sets another API host: https, or http on loopback. Default: TikTok's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_api_base_url(
    options: *mut toklink_client_options,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(options, value, "the API base URL", error, |o, v| o.update(|c| c.api_base_url(v))) }
}

/// Sets another host of the authorize page: https, or http on loopback. Default: TikTok's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_auth_base_url(
    options: *mut toklink_client_options,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(options, value, "the authorize base URL", error, |o, v| o.update(|c| c.auth_base_url(v))) }
}

/// Trusts the authorities whose certificates this PEM file holds, such as that of a corporate proxy, in addition to the
/// built-in ones. The path is UTF-8. `toklink_client_new` reads the file, and fails with `TOKLINK_ERR_CONFIG` when it holds
/// no certificate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_ca_file(
    options: *mut toklink_client_options,
    path: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(options, path, "the CA file", error, |o, v| o.update(|c| c.ca_file(v))) }
}

/// Keeps accounts, the journal of publishes, the figures of each day, leases and the requests of the day in this SQLite
/// file, which is made (mode 0600) if there is none. A file that others can read becomes private; a symbolic link is
/// refused. The path is UTF-8. Without it they live as long as the client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_sqlite_path(
    options: *mut toklink_client_options,
    path: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(options, path, "the SQLite path", error, |o, v| o.sqlite_path = Some(PathBuf::from(v))) }
}

/// Whether values in the format of an earlier program (AES-256-GCM as `iv:tag:data` in hex) open. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_accept_legacy(
    options: *mut toklink_client_options,
    accept: bool,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        unsafe { handle::change(options, "the client options")? }
            .update(|config| config.accept_legacy(accept));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Sets whether relayed videos may be read from loopback addresses, also without TLS. Default: false, also when the API host
/// is on loopback. For tests with a video host on this machine: whoever names the address of a video can otherwise reach its
/// services.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_relay_from_loopback(
    options: *mut toklink_client_options,
    allow: bool,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        unsafe { handle::change(options, "the client options")? }
            .update(|config| config.relay_from_loopback(allow));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Keeps accounts, the journal of publishes, the figures of each day, leases and the requests of the day in a store of the
/// host's own instead of SQLite. The struct is copied. These options, until a later call replaces it, and every client made from
/// them keep its `user_data`; for its `destroy` see "Callbacks" at the top.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` when one of `get`, `swap` and `list` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_store(
    options: *mut toklink_client_options,
    store: *const toklink_store_callbacks,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    let store = unsafe { store.as_ref() };
    let kept = store.map(|store| Kept::new(store.user_data, store.destroy));
    let work = || {
        let (Some(store), Some(kept)) = (store, kept) else {
            return Err(Error::invalid("the store is NULL: pass its functions"));
        };
        let store = HostStore::new(store, kept)?;
        // SAFETY: the conventions of the header.
        let options = unsafe { handle::change(options, "the client options")? };
        let before = options.listeners.store.replace(Arc::new(store));
        // Only now, since `destroy` may use the options.
        drop(before);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Calls `callback` when a request fills a quota window to 80 and to 95 percent. These options, until a later call
/// replaces it, and every client made from them keep `user_data`; for `destroy` (may be NULL) see "Callbacks" at the top.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_quota_warning(
    options: *mut toklink_client_options,
    callback: toklink_quota_warning_callback,
    user_data: *mut c_void,
    destroy: toklink_destroy,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let listener = QuotaListener::new(callback, Kept::new(user_data, destroy));
    let work = || {
        // SAFETY: the conventions of the header.
        let options = unsafe { handle::change(options, "the client options")? };
        let before = options.listeners.quota_warning.replace(Arc::new(listener));
        // Only now, since `destroy` may use the options.
        drop(before);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Calls `callback` with a line for each operation that ended. These options, until a later call replaces it, and every
/// client made from them keep `user_data`; for `destroy` (may be NULL) see "Callbacks" at the top.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_log(
    options: *mut toklink_client_options,
    callback: toklink_log_callback,
    user_data: *mut c_void,
    destroy: toklink_destroy,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let log = Log::new(callback, Kept::new(user_data, destroy));
    let work = || {
        // SAFETY: the conventions of the header.
        let options = unsafe { handle::change(options, "the client options")? };
        let before = options.listeners.log.replace(Arc::new(log));
        // Only now, since `destroy` may use the options.
        drop(before);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
