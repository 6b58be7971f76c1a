//! Connected accounts without their tokens.

use crate::client::account_id::{self, key};
use crate::client::entry::{
    start_done, start_text, toklink_done, toklink_text_done, wait, wait_done, wait_text,
};
use crate::client::{engine, toklink_client};
use crate::ffi::error::{call, toklink_error};
use crate::ffi::guard;
use crate::ffi::input;
use crate::ffi::result::{self, Parts, View};
use crate::ffi::status::toklink_status;
use crate::runtime::operations::toklink_op;
use crate::runtime::task::Task;
use core_toklink::{Account, AccountStatus, Result};
use std::ffi::{c_char, c_void};

/// The state of a connected account. Later versions add numbers.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_account_status {
    /// A state that this header version does not define.
    TOKLINK_ACCOUNT_OTHER = 0,
    /// Calls work.
    TOKLINK_ACCOUNT_ACTIVE = 1,
    /// The user must connect again.
    TOKLINK_ACCOUNT_EXPIRED = 2,
    /// The last call failed; check its error.
    TOKLINK_ACCOUNT_ERROR = 3,
    /// TikTok rejected a request because of its rate limit. The next successful call resets this state.
    TOKLINK_ACCOUNT_RATE_LIMITED = 4,
    /// TikTok has banned the creator from posting.
    TOKLINK_ACCOUNT_RESTRICTED = 5,
    /// The host disconnected the account.
    TOKLINK_ACCOUNT_DISCONNECTED = 6,
}

impl From<AccountStatus> for toklink_account_status {
    fn from(from: AccountStatus) -> Self {
        match from {
            AccountStatus::Active => Self::TOKLINK_ACCOUNT_ACTIVE,
            AccountStatus::Expired => Self::TOKLINK_ACCOUNT_EXPIRED,
            AccountStatus::Error => Self::TOKLINK_ACCOUNT_ERROR,
            AccountStatus::RateLimited => Self::TOKLINK_ACCOUNT_RATE_LIMITED,
            AccountStatus::Restricted => Self::TOKLINK_ACCOUNT_RESTRICTED,
            AccountStatus::Disconnected => Self::TOKLINK_ACCOUNT_DISCONNECTED,
            _ => Self::TOKLINK_ACCOUNT_OTHER,
        }
    }
}

/// A connected account without its tokens.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_account {
    /// The account id that the functions of this header take: tenant and open id in one string.
    pub id: *const c_char,
    /// The tenant; empty in a program with one tenant.
    pub tenant: *const c_char,
    /// TikTok's id of the user for this app.
    pub open_id: *const c_char,
    /// The nickname at the time of the login; empty if TikTok did not return the profile then.
    pub display_name: *const c_char,
    /// The handle without `@`; empty without the scope `user.info.profile`.
    pub username: *const c_char,
    /// A signed URL of the profile picture, valid for several hours; empty if there is none.
    pub avatar_url: *const c_char,
    /// The host's user who connected the account.
    pub connected_by: *const c_char,
    /// The granted scopes.
    pub scopes: *const *const c_char,
    /// Number of `scopes`.
    pub scope_count: usize,
    /// The scopes that the login requested and the user did not grant.
    pub missing_scopes: *const *const c_char,
    /// Number of `missing_scopes`.
    pub missing_scope_count: usize,
    /// The state of the account.
    pub status: toklink_account_status,
    /// Time at which the account was connected, in milliseconds since 1970 (UTC).
    pub connected_at_ms: i64,
    /// Time at which the access token expires, in milliseconds since 1970 (UTC); it is refreshed automatically.
    pub token_expires_at_ms: i64,
}

impl View<Account> for toklink_account {
    fn of(account: &Account, parts: &mut Parts) -> Self {
        let (scopes, scope_count) = parts.texts(&account.scopes);
        let (missing_scopes, missing_scope_count) = parts.texts(&account.missing_scopes);
        Self {
            id: parts.text(&account_id::of(&account.tenant, &account.account_id)),
            tenant: parts.text(&account.tenant),
            open_id: parts.text(&account.account_id),
            display_name: parts.text(&account.display_name),
            username: parts.maybe(account.username.as_deref()),
            avatar_url: parts.maybe(account.avatar_url.as_deref()),
            connected_by: parts.text(&account.connected_by),
            scopes,
            scope_count,
            missing_scopes,
            missing_scope_count,
            status: account.status.into(),
            connected_at_ms: account.connected_at.as_millis(),
            token_expires_at_ms: account.token_expires_at.as_millis(),
        }
    }
}

/// Connected accounts, sorted by the time of their connection.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_account_list {
    /// The accounts.
    pub items: *const *const toklink_account,
    /// Number of `items`.
    pub count: usize,
}

impl View<Vec<Account>> for toklink_account_list {
    fn of(accounts: &Vec<Account>, parts: &mut Parts) -> Self {
        let (items, count) = parts.children(accounts);
        Self { items, count }
    }
}

/// Frees an account. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_free(account: *const toklink_account) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(account) });
}

/// Frees a list of accounts and the accounts in it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_list_free(list: *const toklink_account_list) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(list) });
}

/// Lists the connected accounts of `tenant`, or of all tenants if it is NULL. Reads only the store. Returns NULL on
/// failure. Free the list with `toklink_account_list_free`.
///
/// Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_list_accounts(
    client: *const toklink_client,
    tenant: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_account_list {
    // SAFETY: the header requires valid arguments.
    unsafe {
        wait(client, error, |_| {
            let tenant =
                (!tenant.is_null()).then(|| input::text(tenant, "tenant").map(str::to_owned)).transpose()?;
            Ok(Task::new("accounts", move |core| async move { core.accounts(tenant.as_deref()).await }))
        })
    }
}

/// Loads one connected account. Reads only the store. Returns NULL on failure. Free the account with
/// `toklink_account_free`.
///
/// Errors: `TOKLINK_ERR_NOT_FOUND` if the account is not connected; `TOKLINK_ERR_UNAVAILABLE` if the store fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_load_account(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_account {
    // SAFETY: the header requires valid arguments.
    unsafe {
        wait(client, error, |_| {
            let account = key(account)?;
            Ok(Task::new("account", move |core| async move { core.account(&account).await }))
        })
    }
}

/// Deletes the cached profile and videos of the account, so that the next read sends a request. Posts, webhooks and new
/// tokens do this automatically. Sends nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_invalidate_cache(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the header requires valid arguments.
        let (engine, account) = unsafe { (engine(client)?, key(account)?) };
        engine.client()?.invalidate_cache(&account);
        Ok(())
    };
    // SAFETY: the header requires valid arguments.
    unsafe { call(error, work) }
}

/// # Safety
/// The argument is NULL or a C string.
unsafe fn disconnect(account: *const c_char) -> Result<Task<()>> {
    // SAFETY: the caller guarantees valid arguments.
    let account = unsafe { key(account)? };
    Ok(Task::changing("disconnect", move |core| async move { core.disconnect(&account).await }))
}

/// Disconnects an account: revokes its token at TikTok and deletes the account, its publishes and its metrics from the
/// store. Running publishes fail.
///
/// Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_disconnect(
    client: *const toklink_client,
    account: *const c_char,
    done: toklink_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe { start_done(client, "disconnect", done, user_data, out_operation, |_| disconnect(account)) }
}

/// Like `toklink_disconnect`, but blocks until the operation ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_disconnect_blocking(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the header requires valid arguments.
    unsafe { wait_done(client, error, |_| disconnect(account)) }
}

/// # Safety
/// The argument is NULL or a C string.
unsafe fn access_token(account: *const c_char) -> Result<Task<String>> {
    // SAFETY: the caller guarantees valid arguments.
    let account = unsafe { key(account)? };
    let name = "access_token";
    Ok(Task::new(name, move |core| async move { Ok(core.access_token(&account).await?.expose().to_owned()) }))
}

/// Returns a valid access token of the account for code that calls TikTok directly. Refreshes the token first if it is
/// about to expire. The string is a secret. Requests with it are not counted; report them with
/// `toklink_increment_quota`.
///
/// Errors: `TOKLINK_ERR_NOT_FOUND` if the account is not connected, `TOKLINK_ERR_UNAUTHORIZED` if the user has to
/// connect again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_access_token(
    client: *const toklink_client,
    account: *const c_char,
    done: toklink_text_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe { start_text(client, "access_token", done, user_data, out_operation, |_| access_token(account)) }
}

/// Like `toklink_access_token`, but blocks until the operation ends. Returns NULL on failure. Free the string with
/// `toklink_text_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_access_token_blocking(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    // SAFETY: the header requires valid arguments.
    unsafe { wait_text(client, error, |_| access_token(account)) }
}
