//! What a client needs to know, collected setting by setting and judged all at once.

use crate::error::toklink_error;
use crate::status::toklink_status;
use crate::text::toklink_str;
use crate::{guard, handle};
use core_toklink::config::ConfigBuilder;
use core_toklink::{Config, Result};
use std::path::PathBuf;

/// Settings of a client. A setter only notes; `toklink_client_new` judges all of them and names every fault at
/// once.
///
/// Thread safety: use one from one thread at a time.
#[derive(Debug, Default)]
pub struct toklink_client_options {
    pub(crate) config: ConfigBuilder,
    pub(crate) sqlite_path: Option<PathBuf>,
}

impl toklink_client_options {
    fn update(&mut self, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) {
        self.config = change(std::mem::take(&mut self.config));
    }
}

/// Reads one text and notes it.
///
/// # Safety
/// `options` is NULL or ours and used by no other thread, `value` is readable, `error` NULL or writable.
unsafe fn note(
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
/// `TOKEN_ENCRYPTION_KEY`, `TOKEN_ENCRYPTION_KEYS`, `TIKTOK_API_BASE_URL`, `TIKTOK_AUTH_BASE_URL`. What is set
/// afterwards wins. Give them back with `toklink_client_options_free`. NULL only after a fault of the library.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_client_options_from_env() -> *mut toklink_client_options {
    guard::value(std::ptr::null_mut(), || {
        handle::give(toklink_client_options { config: Config::from_env(), sqlite_path: None })
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

/// Keeps accounts, journal and leases in this SQLite file, which is made (mode 0600) if there is none. The path is
/// UTF-8. Without it they live as long as the client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_sqlite_path(
    options: *mut toklink_client_options,
    path: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(options, path, "the SQLite path", error, |o, v| o.sqlite_path = Some(PathBuf::from(v))) }
}
