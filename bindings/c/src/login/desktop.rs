//! Logins of desktop programs: the browser returns to a page on this machine.

use crate::account::accounts::toklink_account;
use crate::client::entry::{start, wait};
use crate::client::toklink_client;
use crate::ffi::error::{toklink_error, with_options};
use crate::ffi::input;
use crate::ffi::result::Parts;
use crate::login::loopback::{Loopback, Pages, Visit};
use crate::login::options::toklink_login_options;
use crate::runtime::callback::{UserData, calling};
use crate::runtime::operations::{Stop, toklink_op};
use crate::runtime::task::{Context, Task, Tell};
use core_toklink::{Account, Client, Error, ErrorKind, LoginStart, Owner, Reason, Result};
use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The user id for hosts without users, such as a program for one person.
const USER: &str = "desktop";
/// Milliseconds for TikTok's responses after the browser has returned: two requests, one of them with retries.
const COMPLETION_MS: u64 = 120_000;
/// Maximum time that a login waits for the browser, in milliseconds. Its cookie expires after this time.
const MAX_WAIT_MS: u64 = 600_000;
/// Maximum size of a page that the host sets.
const MAX_PAGE_BYTES: usize = 1024 * 1024;

/// Opens `url` in the user's browser. The URL is valid until the callback returns. Called on the calling thread of a
/// blocking call, otherwise on the callback thread. Returns true on success; false cancels the login.
pub type toklink_open_url_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, url: *const c_char) -> bool>;

/// Receives the result of `toklink_login`. `account` is NULL on failure and `error` is NULL on success; both are valid
/// until the callback returns.
pub type toklink_account_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: toklink_op,
        account: *const toklink_account,
        error: *const toklink_error,
    ),
>;

/// # Safety
/// The argument is NULL or points to valid options.
unsafe fn login(
    options: *const toklink_login_options,
    open_url: toklink_open_url_callback,
    user_data: *mut c_void,
) -> Result<Task<Account>> {
    let Some(open_url) = open_url else {
        return Err(Error::invalid("open_url is NULL; pass a function that opens the user's browser"));
    };
    // SAFETY: the caller guarantees valid arguments.
    let (options, mut request, pages) = unsafe {
        let options = input::options(options)?;
        let pages = Pages {
            done: page(options.done_page_html, "done_page_html")?,
            error: page(options.error_page_html, "error_page_html")?,
        };
        (options, options.request()?, pages)
    };
    if request.user_id.is_empty() {
        USER.clone_into(&mut request.user_id);
    }
    let wait_ms = if options.timeout_ms == 0 { MAX_WAIT_MS } else { options.timeout_ms.min(MAX_WAIT_MS) };
    let url = Arc::new(Mutex::new(String::new()));
    let (shown, user_data) = (Arc::clone(&url), UserData(user_data));
    let tell: Tell = Arc::new(move || {
        let mut parts = Parts::default();
        let url = parts.text(&shown.lock().unwrap_or_else(PoisonError::into_inner));
        // SAFETY: the host's function and pointer; the URL is valid until it returns.
        calling(|| unsafe { open_url(user_data.pointer(), url) })
    });
    let task = Task::with_context("login", move |Context { client, wake, stop, .. }| async move {
        let page = Loopback::open(request.redirect_uri.as_deref(), pages).await?;
        request.redirect_uri = Some(page.redirect_uri.clone());
        let user_id = request.user_id.clone();
        let start = client.begin_login(request).await?;
        url.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&start.authorize_url);
        wake();
        let finished = finish(&client, page, start, &user_id, Duration::from_millis(wait_ms), &stop).await;
        finished.map_err(|error| error.with_operation("login"))
    });
    Ok(task.telling(Some(tell)).within(wait_ms + COMPLETION_MS))
}

/// # Safety
/// The argument is NULL or a C string.
unsafe fn page(html: *const c_char, name: &str) -> Result<Option<String>> {
    // SAFETY: the caller guarantees valid arguments.
    let page = unsafe { input::optional(html, name)? };
    match page.as_ref().map_or(0, String::len) {
        length if length > MAX_PAGE_BYTES => {
            Err(Error::invalid(format!("{name} has {length} bytes; use at most {MAX_PAGE_BYTES}")))
        }
        _ => Ok(page),
    }
}

/// Waits at most `limit` for the browser and completes the login.
async fn finish(
    client: &Client,
    page: Loopback,
    start: LoginStart,
    user_id: &str,
    limit: Duration,
    stop: &Stop,
) -> Result<Account> {
    let redirect_uri = page.redirect_uri.clone();
    let mut visits = page.visits();
    let cookie = |name: &str| (name == start.cookie_name).then(|| start.cookie_value.clone());
    let ours = async {
        while let Some(visit) = visits.recv().await {
            if client.inspect_login(&visit.target, cookie).is_ok() {
                return Some(visit);
            }
            let words =
                "This page belongs to another login. Return to the program and start the login there.";
            visit.fail("Another login", words).await;
        }
        None
    };
    let visit: Option<Visit> = tokio::time::timeout(limit, ours).await.unwrap_or_default();
    let visit = visit.ok_or_else(|| late(limit, &redirect_uri))?;
    let (name, value) = (start.cookie_name.clone(), start.cookie_value.clone());
    let own = move |asked: &str| (asked == name).then(|| value.clone());
    stop.sends_changes();
    match client.complete_login(&visit.target, own, user_id).await {
        Ok(result) => {
            visit.succeed().await;
            Ok(result.account)
        }
        Err(error) => {
            visit.fail("Not connected", &with_options(error.message())).await;
            Err(error)
        }
    }
}

/// Returns the error for a browser that did not return. TikTok's page shows some refusals without a redirect
/// (docs/tiktok-api.md 1.3), and only the user sees that page.
fn late(limit: Duration, redirect_uri: &str) -> Error {
    let sentence = format!(
        "the browser did not return within {} ms; start the login again, or if TikTok's page reported client_key, redirect_uri or scope, \
         correct it in the developer portal (the redirect URI was {redirect_uri})",
        limit.as_millis()
    );
    Error::new(ErrorKind::Unauthorized, sentence)
        .with_reason(Reason::LoginTimedOut)
        .with_owner(Owner::User)
        .with_operation("login")
}

/// Logs in a user of a desktop program: listens on loopback, calls `open_url` with the URL of TikTok's consent page,
/// waits until the browser returns, and stores the account with encrypted tokens. `options` may be NULL. `open_url` and
/// `done` receive the same `user_data`. Register `http://127.0.0.1:PORT/callback/`, or your `redirect_uri`, as a
/// desktop redirect URI of the app.
///
/// Errors: `TOKLINK_ERR_UNAUTHORIZED` with `TOKLINK_REASON_LOGIN_DECLINED` or `TOKLINK_REASON_LOGIN_TIMED_OUT`;
/// `TOKLINK_ERR_CONFIG` or `TOKLINK_ERR_UNAVAILABLE` with `TOKLINK_REASON_LOGIN_REFUSED` if TikTok's redirect reports
/// that it refused the app or its scopes; `TOKLINK_ERR_CONFIG` if the redirect URI is not on loopback or its port is in
/// use; `TOKLINK_ERR_CANCELLED` if `open_url` returned false. TikTok reports an unknown client key or redirect URI only
/// on its page, without a redirect; the login then times out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login(
    client: *const toklink_client,
    options: *const toklink_login_options,
    open_url: toklink_open_url_callback,
    done: toklink_account_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe { start(client, "login", done, user_data, out_operation, |_| login(options, open_url, user_data)) }
}

/// Like `toklink_login`, but blocks until the operation ends. Returns NULL on failure. Free the account with
/// `toklink_account_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_blocking(
    client: *const toklink_client,
    options: *const toklink_login_options,
    open_url: toklink_open_url_callback,
    user_data: *mut c_void,
    error: *mut *mut toklink_error,
) -> *const toklink_account {
    // SAFETY: the header requires valid arguments.
    unsafe { wait(client, error, |_| login(options, open_url, user_data)) }
}
