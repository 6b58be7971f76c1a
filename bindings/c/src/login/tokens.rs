//! Token requests for hosts that store tokens themselves.

use crate::client::entry::{start, start_done, toklink_done, wait, wait_done};
use crate::client::toklink_client;
use crate::ffi::error::toklink_error;
use crate::ffi::guard;
use crate::ffi::input;
use crate::ffi::result::{self, Parts, View};
use crate::ffi::status::toklink_status;
use crate::runtime::operations::toklink_op;
use crate::runtime::task::Task;
use core_toklink::{Result, Secret, Timestamp, TokenSet};
use std::ffi::{c_char, c_void};

/// Tokens in clear text, for a host that stores them itself. Freeing them does not erase the memory.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
pub struct toklink_tokens {
    /// The access token: a secret.
    pub access_token: *const c_char,
    /// The refresh token: a secret; empty if TikTok returned none.
    pub refresh_token: *const c_char,
    /// TikTok's id of the user for this app.
    pub open_id: *const c_char,
    /// The granted scopes.
    pub scopes: *const *const c_char,
    /// Number of `scopes`.
    pub scope_count: usize,
    /// Time at which the access token expires, in milliseconds since 1970 (UTC).
    pub access_expires_at_ms: i64,
    /// Time at which the refresh token expires, in milliseconds since 1970 (UTC); -1 if unknown.
    pub refresh_expires_at_ms: i64,
}

impl std::fmt::Debug for toklink_tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("toklink_tokens").finish_non_exhaustive()
    }
}

impl View<TokenSet> for toklink_tokens {
    fn of(tokens: &TokenSet, parts: &mut Parts) -> Self {
        let (scopes, scope_count) = parts.texts(&tokens.scopes);
        Self {
            access_token: parts.text(tokens.access_token.expose()),
            refresh_token: parts.maybe(tokens.refresh_token.as_ref().map(Secret::expose)),
            open_id: parts.text(&tokens.open_id),
            scopes,
            scope_count,
            access_expires_at_ms: tokens.access_expires_at.as_millis(),
            refresh_expires_at_ms: tokens.refresh_expires_at.map_or(-1, Timestamp::as_millis),
        }
    }
}

/// Receives the result of `toklink_exchange_code` or `toklink_refresh_tokens`. `tokens` is NULL on failure and `error`
/// is NULL on success; both are valid until the callback returns.
pub type toklink_tokens_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: toklink_op,
        tokens: *const toklink_tokens,
        error: *const toklink_error,
    ),
>;

/// Frees tokens. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_tokens_free(tokens: *const toklink_tokens) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(tokens) });
}

/// # Safety
/// Each argument is NULL or a C string.
unsafe fn exchange_code(
    code: *const c_char,
    redirect_uri: *const c_char,
    verifier: *const c_char,
) -> Result<Task<TokenSet>> {
    // SAFETY: the caller guarantees valid arguments.
    let (code, redirect_uri, verifier) = unsafe {
        (
            Secret::new(input::required(code, "code")?),
            input::required(redirect_uri, "redirect_uri")?,
            input::optional(verifier, "verifier")?.map(Secret::new),
        )
    };
    Ok(Task::changing("exchange_code", move |core| async move {
        core.exchange_code(&code, &redirect_uri, verifier.as_ref()).await
    }))
}

/// Exchanges an authorization code that the host obtained itself for tokens. `verifier` is NULL if the URL had no
/// `code_challenge`. Stores nothing.
///
/// Errors: `TOKLINK_ERR_UNAUTHORIZED` if the code was already used, has expired or belongs to another app.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_exchange_code(
    client: *const toklink_client,
    code: *const c_char,
    redirect_uri: *const c_char,
    verifier: *const c_char,
    done: toklink_tokens_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe {
        start(client, "exchange_code", done, user_data, out_operation, |_| {
            exchange_code(code, redirect_uri, verifier)
        });
    }
}

/// Like `toklink_exchange_code`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_tokens_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_exchange_code_blocking(
    client: *const toklink_client,
    code: *const c_char,
    redirect_uri: *const c_char,
    verifier: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_tokens {
    // SAFETY: the header requires valid arguments.
    unsafe { wait(client, error, |_| exchange_code(code, redirect_uri, verifier)) }
}

/// # Safety
/// The argument is NULL or a C string.
unsafe fn refresh_tokens(refresh_token: *const c_char) -> Result<Task<TokenSet>> {
    // SAFETY: the caller guarantees valid arguments.
    let token = unsafe { Secret::new(input::required(refresh_token, "refresh_token")?) };
    Ok(Task::changing("refresh_tokens", move |core| async move { core.refresh_tokens(&token).await }))
}

/// Exchanges a refresh token that the host stores itself for new tokens. The old refresh token is invalid once TikTok
/// has responded. Never use this for connected accounts, whose tokens are refreshed automatically.
///
/// Errors: `TOKLINK_ERR_UNAUTHORIZED` if the token is invalid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_refresh_tokens(
    client: *const toklink_client,
    refresh_token: *const c_char,
    done: toklink_tokens_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe {
        start(client, "refresh_tokens", done, user_data, out_operation, |_| refresh_tokens(refresh_token));
    }
}

/// Like `toklink_refresh_tokens`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_tokens_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_refresh_tokens_blocking(
    client: *const toklink_client,
    refresh_token: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_tokens {
    // SAFETY: the header requires valid arguments.
    unsafe { wait(client, error, |_| refresh_tokens(refresh_token)) }
}

/// # Safety
/// The argument is NULL or a C string.
unsafe fn revoke(access_token: *const c_char) -> Result<Task<()>> {
    // SAFETY: the caller guarantees valid arguments.
    let token = unsafe { Secret::new(input::required(access_token, "access_token")?) };
    Ok(Task::changing("revoke", move |core| async move { core.revoke(&token).await }))
}

/// Revokes the consent of this access token, for a host that stores tokens itself.
///
/// Errors: the common request errors (see docs/ERRORS.md).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_revoke(
    client: *const toklink_client,
    access_token: *const c_char,
    done: toklink_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe { start_done(client, "revoke", done, user_data, out_operation, |_| revoke(access_token)) }
}

/// Like `toklink_revoke`, but blocks until the operation ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_revoke_blocking(
    client: *const toklink_client,
    access_token: *const c_char,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the header requires valid arguments.
    unsafe { wait_done(client, error, |_| revoke(access_token)) }
}
