//! Login of a web host: the browser returns to the host's own site.

use crate::account::accounts::toklink_account;
use crate::client::entry::{start, wait};
use crate::client::{engine, toklink_client};
use crate::ffi::error::{made, toklink_error};
use crate::ffi::guard;
use crate::ffi::input;
use crate::ffi::result::{self, Parts, View, free};
use crate::login::options::toklink_login_options;
use crate::runtime::operations::toklink_op;
use crate::runtime::task::Task;
use core_toklink::{LoginInspection, LoginResult, LoginStart, Result};
use std::ffi::{c_char, c_void};

/// A started login: the URL for the browser, and the cookie to set. Do not log the state or the cookie, because
/// together they can complete the login.
///
/// Threads: immutable; any thread may read it.
#[repr(C)]
pub struct toklink_login_start {
    /// The URL to which the browser is redirected.
    pub authorize_url: *const c_char,
    /// The single-use state, which TikTok returns in the callback.
    pub state: *const c_char,
    /// The name of the cookie. Each login has its own, so that logins in two tabs do not interfere.
    pub cookie_name: *const c_char,
    /// The value of the cookie. Set it as httpOnly, with sameSite lax, and as secure on https.
    pub cookie_value: *const c_char,
    /// The time after which the login expires, in milliseconds.
    pub cookie_max_age_ms: u64,
}

impl std::fmt::Debug for toklink_login_start {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("toklink_login_start").finish_non_exhaustive()
    }
}

impl View<LoginStart> for toklink_login_start {
    fn of(start: &LoginStart, parts: &mut Parts) -> Self {
        Self {
            authorize_url: parts.text(&start.authorize_url),
            state: parts.text(&start.state),
            cookie_name: parts.text(&start.cookie_name),
            cookie_value: parts.text(&start.cookie_value),
            cookie_max_age_ms: u64::try_from(start.cookie_max_age.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// The login that a callback belongs to.
///
/// Threads: immutable; any thread may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_login_inspection {
    /// The tenant of the account.
    pub tenant: *const c_char,
    /// The user who started the login.
    pub user_id: *const c_char,
    /// The path to which the user returns; empty if the login did not specify one.
    pub return_to: *const c_char,
    /// The cookie to delete.
    pub cookie_name: *const c_char,
}

impl View<LoginInspection> for toklink_login_inspection {
    fn of(login: &LoginInspection, parts: &mut Parts) -> Self {
        Self {
            tenant: parts.text(&login.tenant),
            user_id: parts.text(&login.user_id),
            return_to: parts.maybe(login.return_to.as_deref()),
            cookie_name: parts.text(&login.cookie_name),
        }
    }
}

/// A completed login with its connected account.
///
/// Threads: immutable; any thread may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_login_result {
    /// The account; never NULL.
    pub account: *const toklink_account,
    /// The login; never NULL.
    pub login: *const toklink_login_inspection,
}

impl View<LoginResult> for toklink_login_result {
    fn of(result: &LoginResult, parts: &mut Parts) -> Self {
        Self { account: parts.child(&result.account), login: parts.child(&result.login) }
    }
}

/// Receives the result of `toklink_complete_login`. On failure, `result` is NULL; on success, `error` is NULL. Both are
/// valid until the callback returns.
pub type toklink_login_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: toklink_op,
        result: *const toklink_login_result,
        error: *const toklink_error,
    ),
>;

/// Frees a started login. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_start_free(start: *const toklink_login_start) {
    // SAFETY: the caller follows the conventions of the header.
    guard::value((), || unsafe { free(start) });
}

/// Frees an inspection. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_inspection_free(inspection: *const toklink_login_inspection) {
    // SAFETY: the caller follows the conventions of the header.
    guard::value((), || unsafe { free(inspection) });
}

/// Frees a login result and its account. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_result_free(result: *const toklink_login_result) {
    // SAFETY: the caller follows the conventions of the header.
    guard::value((), || unsafe { free(result) });
}

/// Starts a login that only the browser with the returned cookie can complete. Sends no request. Returns NULL on
/// failure. Free the result with `toklink_login_start_free`.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` without a user; `TOKLINK_ERR_CONFIG` if neither the options nor the client have a redirect URI.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_begin_login(
    client: *const toklink_client,
    options: *const toklink_login_options,
    error: *mut *mut toklink_error,
) -> *const toklink_login_start {
    // SAFETY: the caller follows the conventions of the header.
    unsafe {
        wait(client, error, |_| {
            let request = input::options(options)?.request()?;
            Ok(Task::new("begin_login", move |core| async move { core.begin_login(request).await }))
        })
    }
}

/// Returns the login to which a callback belongs, even if the user declined. `callback` is its query or its complete
/// URL. `cookies` is the value of the request's Cookie header. The state stays valid: check the user's permission again
/// before you call `toklink_complete_login`. Returns NULL on failure. Free the result with
/// `toklink_login_inspection_free`.
///
/// Errors: `TOKLINK_ERR_INTEGRITY` if state and cookie do not match.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_inspect_login(
    client: *const toklink_client,
    callback: *const c_char,
    cookies: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_login_inspection {
    let work = || {
        // SAFETY: the caller follows the conventions of the header.
        let (engine, callback, cookies) = unsafe {
            (engine(client)?, input::text(callback, "callback")?, input::text(cookies, "cookies")?)
        };
        let found = engine.client()?.inspect_login(callback, |name| cookie(cookies, name))?;
        Ok(result::give::<toklink_login_inspection, _>(&found))
    };
    // SAFETY: the caller follows the conventions of the header.
    unsafe { made(error, work) }
}

/// # Safety
/// The texts are NULL or C strings.
unsafe fn complete_login(
    callback: *const c_char,
    cookies: *const c_char,
    user_id: *const c_char,
) -> Result<Task<LoginResult>> {
    // SAFETY: guaranteed by the caller.
    let (callback, cookies, user_id) = unsafe {
        (
            input::text(callback, "callback")?.to_owned(),
            input::text(cookies, "cookies")?.to_owned(),
            input::text(user_id, "user_id")?.to_owned(),
        )
    };
    Ok(Task::new("complete_login", move |core| async move {
        core.complete_login(&callback, |name| cookie(&cookies, name), &user_id).await
    }))
}

/// Completes a web login: invalidates the state, exchanges the code, reads the profile, and stores the account with
/// encrypted tokens. `user_id` is the host's user who is signed in now, who must be the user who started the login.
///
/// Errors: `TOKLINK_ERR_UNAUTHORIZED` if the user declined; `TOKLINK_ERR_INTEGRITY` if the state and the cookie do not
/// match or were used before; `TOKLINK_ERR_PERMISSION_DENIED` if another user started the login.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_complete_login(
    client: *const toklink_client,
    callback: *const c_char,
    cookies: *const c_char,
    user_id: *const c_char,
    done: toklink_login_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the caller follows the conventions of the header.
    unsafe {
        start(client, "complete_login", done, user_data, out_operation, |_| {
            complete_login(callback, cookies, user_id)
        });
    }
}

/// Runs `toklink_complete_login` and blocks until it has finished. Returns NULL on failure. Free the result with
/// `toklink_login_result_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_complete_login_blocking(
    client: *const toklink_client,
    callback: *const c_char,
    cookies: *const c_char,
    user_id: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_login_result {
    // SAFETY: the caller follows the conventions of the header.
    unsafe { wait(client, error, |_| complete_login(callback, cookies, user_id)) }
}

/// Returns the cookie of this name from a Cookie header.
fn cookie(header: &str, name: &str) -> Option<String> {
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_is_found_by_its_exact_name() {
        let header = "a=1; toklink_ab=x=y; toklink_a=z";
        assert_eq!(cookie(header, "toklink_ab").as_deref(), Some("x=y"));
        assert_eq!(cookie(header, "toklink"), None);
        assert_eq!(cookie("", "a"), None);
    }
}
