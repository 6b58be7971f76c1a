//! Logins of web hosts: the browser returns to the host's site.

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

/// A started login: the URL for the browser and the cookie to set. State and cookie together complete the login, so log
/// neither.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
pub struct toklink_login_start {
    /// The URL to which the browser is redirected.
    pub authorize_url: *const c_char,
    /// The single-use state that the callback contains.
    pub state: *const c_char,
    /// The name of the cookie. Each login has its own, so that logins in two tabs work.
    pub cookie_name: *const c_char,
    /// The value of the cookie. Set it with `HttpOnly`, `SameSite=Lax`, and `Secure` on https.
    pub cookie_value: *const c_char,
    /// The maximum duration of the login in milliseconds.
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

/// The login to which a callback belongs.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_login_inspection {
    /// The tenant of the account.
    pub tenant: *const c_char,
    /// The user who started the login.
    pub user_id: *const c_char,
    /// The path to return to; empty if the login set none.
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

/// The result of a successful login.
///
/// Threads: immutable; any number of threads may read it.
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

/// Receives the result of `toklink_complete_login`. `result` is NULL on failure and `error` is NULL on success; both
/// are valid until the callback returns.
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
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { free(start) });
}

/// Frees an inspection. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_inspection_free(inspection: *const toklink_login_inspection) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { free(inspection) });
}

/// Frees a login result and its account. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_result_free(result: *const toklink_login_result) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { free(result) });
}

/// Starts a login that only the browser with the returned cookie can complete. Sends nothing. Returns NULL on failure.
/// Free the result with `toklink_login_start_free`.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` if `user_id` is missing; `TOKLINK_ERR_CONFIG` if neither the options nor the
/// client has a redirect URI.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_begin_login(
    client: *const toklink_client,
    options: *const toklink_login_options,
    error: *mut *mut toklink_error,
) -> *const toklink_login_start {
    // SAFETY: the header requires valid arguments.
    unsafe {
        wait(client, error, |_| {
            let request = input::options(options)?.request()?;
            Ok(Task::new("begin_login", move |core| async move { core.begin_login(request).await }))
        })
    }
}

/// Returns the login to which a callback (its query or its whole URL) belongs, also if the user declined. `cookies` is
/// the value of the request's `Cookie` header. Does not use up the state, so the host can check the user's permission
/// before `toklink_complete_login`. Returns NULL on failure. Free the result with `toklink_login_inspection_free`.
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
        // SAFETY: the header requires valid arguments.
        let (engine, callback, cookies) = unsafe {
            (engine(client)?, input::text(callback, "callback")?, input::text(cookies, "cookies")?)
        };
        let found = engine.client()?.inspect_login(callback, |name| cookie(cookies, name))?;
        Ok(result::give::<toklink_login_inspection, _>(&found))
    };
    // SAFETY: the header requires valid arguments.
    unsafe { made(error, work) }
}

/// # Safety
/// Each argument is NULL or a C string.
unsafe fn complete_login(
    callback: *const c_char,
    cookies: *const c_char,
    user_id: *const c_char,
) -> Result<Task<LoginResult>> {
    // SAFETY: the caller guarantees valid arguments.
    let (callback, cookies, user_id) = unsafe {
        (
            input::text(callback, "callback")?.to_owned(),
            input::text(cookies, "cookies")?.to_owned(),
            input::text(user_id, "user_id")?.to_owned(),
        )
    };
    Ok(Task::changing("complete_login", move |core| async move {
        core.complete_login(&callback, |name| cookie(&cookies, name), &user_id).await
    }))
}

/// Completes a web login: uses up the state, exchanges the code, reads the profile, and stores the account with
/// encrypted tokens. `user_id` is the host's current user, who must be the user who started the login.
///
/// Errors: `TOKLINK_ERR_UNAUTHORIZED` if the user declined; `TOKLINK_ERR_INTEGRITY` if state and cookie do not match or
/// were already used; `TOKLINK_ERR_PERMISSION_DENIED` if `user_id` is another user.
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
    // SAFETY: the header requires valid arguments.
    unsafe {
        start(client, "complete_login", done, user_data, out_operation, |_| {
            complete_login(callback, cookies, user_id)
        });
    }
}

/// Like `toklink_complete_login`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_login_result_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_complete_login_blocking(
    client: *const toklink_client,
    callback: *const c_char,
    cookies: *const c_char,
    user_id: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_login_result {
    // SAFETY: the header requires valid arguments.
    unsafe { wait(client, error, |_| complete_login(callback, cookies, user_id)) }
}

/// Returns the value of the cookie `name` in a `Cookie` header.
fn cookie(header: &str, name: &str) -> Option<String> {
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_name_must_match_completely() {
        let header = "a=1; toklink_ab=x=y; toklink_a=z";
        assert_eq!(cookie(header, "toklink_ab").as_deref(), Some("x=y"));
        assert_eq!(cookie(header, "toklink"), None);
        assert_eq!(cookie("", "a"), None);
    }
}
