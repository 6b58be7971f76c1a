//! Login of a web host: the browser comes back to the host's own site.

use crate::account::toklink_account;
use crate::client::{engine, toklink_client};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::login_request::toklink_login_request;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::view::{self, maybe};
use crate::{guard, handle};
use core_toklink::{LoginInspection, LoginResult, LoginStart};

/// A login that has begun: where to send the browser, and the cookie to set on it. State and cookie together can
/// finish the login, so log neither.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
pub struct toklink_login_start {
    pub(crate) authorize_url: Text,
    pub(crate) state: Text,
    pub(crate) cookie_name: Text,
    pub(crate) cookie_value: Text,
    pub(crate) cookie_max_age_ms: u64,
}

impl std::fmt::Debug for toklink_login_start {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("toklink_login_start").field("cookie_name", &self.cookie_name).finish_non_exhaustive()
    }
}

impl From<LoginStart> for toklink_login_start {
    fn from(from: LoginStart) -> Self {
        Self {
            authorize_url: Text::new(&from.authorize_url),
            state: Text::new(&from.state),
            cookie_name: Text::new(&from.cookie_name),
            cookie_value: Text::new(&from.cookie_value),
            cookie_max_age_ms: u64::try_from(from.cookie_max_age.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// Frees it and every view of its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_start_free(start: *mut toklink_login_start) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(start) });
}

/// Send the browser here. Lives as long as the login start.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_start_authorize_url(start: *const toklink_login_start) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(start, |held| Some(&held.authorize_url)) }
}

/// Single use; comes back with the callback. Lives as long as the login start.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_start_state(start: *const toklink_login_start) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(start, |held| Some(&held.state)) }
}

/// Names the cookie; each login has its own, so that two tabs work. Lives as long as the login start.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_start_cookie_name(start: *const toklink_login_start) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(start, |held| Some(&held.cookie_name)) }
}

/// The value of the cookie: set it httpOnly, sameSite lax, secure on https. Lives as long as the login start.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_start_cookie_value(start: *const toklink_login_start) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(start, |held| Some(&held.cookie_value)) }
}

/// How long the login may take, in milliseconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_start_cookie_max_age_ms(start: *const toklink_login_start) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(start, 0, |held| held.cookie_max_age_ms) }
}

/// Whose login a callback belongs to.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_login_inspection {
    pub(crate) tenant: Text,
    pub(crate) user_id: Text,
    pub(crate) return_to: Option<Text>,
    pub(crate) cookie_name: Text,
}

impl From<LoginInspection> for toklink_login_inspection {
    fn from(from: LoginInspection) -> Self {
        Self {
            tenant: Text::new(&from.tenant),
            user_id: Text::new(&from.user_id),
            return_to: maybe(from.return_to.as_deref()),
            cookie_name: Text::new(&from.cookie_name),
        }
    }
}

/// Frees it and every view of its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_inspection_free(inspection: *mut toklink_login_inspection) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(inspection) });
}

/// The tenant that the account is for. Lives as long as the inspection, or the login result that it is part of.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_inspection_tenant(
    inspection: *const toklink_login_inspection,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(inspection, |held| Some(&held.tenant)) }
}

/// The person who began. Lives as long as the inspection, or the login result that it is part of.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_inspection_user_id(
    inspection: *const toklink_login_inspection,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(inspection, |held| Some(&held.user_id)) }
}

/// The path to go back to; empty when the login named none. Lives as long as the inspection, or the login result
/// that it is part of.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_inspection_return_to(
    inspection: *const toklink_login_inspection,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(inspection, |held| held.return_to.as_ref()) }
}

/// The cookie to delete. Lives as long as the inspection, or the login result that it is part of.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_inspection_cookie_name(
    inspection: *const toklink_login_inspection,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(inspection, |held| Some(&held.cookie_name)) }
}

/// A login that has ended with a stored account.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_login_result {
    pub(crate) account: toklink_account,
    pub(crate) login: toklink_login_inspection,
}

impl From<LoginResult> for toklink_login_result {
    fn from(from: LoginResult) -> Self {
        Self { account: from.account.into(), login: from.login.into() }
    }
}

/// Frees the result with its account. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_result_free(result: *mut toklink_login_result) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(result) });
}

/// The account; it belongs to the result. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_result_account(
    result: *const toklink_login_result,
) -> *const toklink_account {
    // SAFETY: the conventions of the header.
    unsafe { view::part(result, |held| Some(&held.account)) }
}

/// Whose login it was; it belongs to the result. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_result_login(
    result: *const toklink_login_result,
) -> *const toklink_login_inspection {
    // SAFETY: the conventions of the header.
    unsafe { view::part(result, |held| Some(&held.login)) }
}

/// Begins a login that only the browser holding the returned cookie can finish. Nothing is sent. Give it back
/// with `toklink_login_start_free`.
///
/// Errors: `TOKLINK_ERR_CONFIG` when neither the request nor the client has a redirect URI.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_begin_login(
    client: *const toklink_client,
    request: *const toklink_login_request,
    out_start: *mut *mut toklink_login_start,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, request) = unsafe {
            (Output::at(out_start)?, engine(client)?, handle::read(request, "the login request")?.0.clone())
        };
        let core = engine.client()?;
        let found = engine.wait("begin_login", async move { core.begin_login(request).await })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Says whose login a callback (its query or whole URL) belongs to, also when the user declined. `cookies` is the
/// value of the request's Cookie header. Nothing is used up: ask for permission again before
/// `toklink_client_complete_login`. Give it back with `toklink_login_inspection_free`.
///
/// Errors: `TOKLINK_ERR_INTEGRITY` when state and cookie do not belong together.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_inspect_login(
    client: *const toklink_client,
    callback: toklink_str,
    cookies: toklink_str,
    out_inspection: *mut *mut toklink_login_inspection,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, callback, cookies) = unsafe {
            (
                Output::at(out_inspection)?,
                engine(client)?,
                callback.read("the callback")?.to_owned(),
                cookies.read("the cookies")?.to_owned(),
            )
        };
        let found = engine.client()?.inspect_login(&callback, |name| cookie(&cookies, name))?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Finishes a login: the state is used up, the code exchanged, the profile read, the account stored with sealed
/// tokens. `user_id` is the person signed in now and must be the one who began. Give the result back with
/// `toklink_login_result_free`.
///
/// Errors: `TOKLINK_ERR_UNAUTHORIZED` when the user declined, `TOKLINK_ERR_INTEGRITY` when state and cookie do
/// not belong together or were used before, `TOKLINK_ERR_PERMISSION_DENIED` for another person.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_complete_login(
    client: *const toklink_client,
    callback: toklink_str,
    cookies: toklink_str,
    user_id: toklink_str,
    out_result: *mut *mut toklink_login_result,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, callback, cookies, user_id) = unsafe {
            (
                Output::at(out_result)?,
                engine(client)?,
                callback.read("the callback")?.to_owned(),
                cookies.read("the cookies")?.to_owned(),
                user_id.read("the user id")?.to_owned(),
            )
        };
        let core = engine.client()?;
        let found = engine.wait("complete_login", async move {
            core.complete_login(&callback, |name| cookie(&cookies, name), &user_id).await
        })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// The cookie of this name in a Cookie header.
fn cookie(header: &str, name: &str) -> Option<String> {
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let header = "a=1; toklink_ab=x=y; toklink_a=z";
        assert_eq!(cookie(header, "toklink_ab").as_deref(), Some("x=y"));
        assert_eq!(cookie(header, "toklink"), None);
        assert_eq!(cookie("", "a"), None);
    }
}
