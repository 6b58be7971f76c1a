//! Functions that read and change quota windows. None of them calls TikTok.

use crate::client::account_id::key;
use crate::client::entry::wait;
use crate::client::{engine, toklink_client};
use crate::ffi::error::{call, made, toklink_error};
use crate::ffi::input;
use crate::ffi::result;
use crate::ffi::status::toklink_status;
use crate::ffi::text;
use crate::quota::windows::{kind_of, toklink_quota};
use crate::runtime::task::Task;
use core_toklink::{QuotaSnapshot, QuotaWindow};
use std::ffi::c_char;

/// Returns the account's quota windows as counted by this process, within microseconds. `toklink_read_quota` reads the
/// counts of all processes from Redis. Returns NULL on failure. Free the result with `toklink_quota_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_status(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_quota {
    let work = || {
        // SAFETY: the caller follows the conventions of the header.
        let (engine, account) = unsafe { (engine(client)?, key(account)?) };
        Ok(result::give::<toklink_quota, Vec<QuotaWindow>>(&engine.client()?.quota_status(&account)))
    };
    // SAFETY: the caller follows the conventions of the header.
    unsafe { made(error, work) }
}

/// Reads the account's quota windows from Redis, for all processes, or from this process if Redis is not configured.
/// Returns NULL on failure. Free the result with `toklink_quota_free`.
///
/// Errors: `TOKLINK_ERR_UNAVAILABLE` if Redis does not respond.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_read_quota(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_quota {
    // SAFETY: the caller follows the conventions of the header.
    unsafe {
        wait(client, error, |_| {
            let account = key(account)?;
            Ok(Task::new("read_quota", move |core| async move { core.read_quota(&account).await }))
        })
    }
}

/// Returns `TOKLINK_OK` if a request of this `toklink_quota_kind` is allowed now. Does not count a request.
///
/// Errors: `TOKLINK_ERR_RATE_LIMITED` or `TOKLINK_ERR_QUOTA_EXHAUSTED`, with the time until a request is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_check_quota(
    client: *const toklink_client,
    account: *const c_char,
    kind: u32,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the caller follows the conventions of the header.
        let (engine, account) = unsafe { (engine(client)?, key(account)?) };
        engine.client()?.check_quota(&account, kind_of(kind)?)
    };
    // SAFETY: the caller follows the conventions of the header.
    unsafe { call(error, work) }
}

/// Counts a request of this `toklink_quota_kind` that the host sent for the account without this client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_increment_quota(
    client: *const toklink_client,
    account: *const c_char,
    kind: u32,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the caller follows the conventions of the header.
        let (engine, account) = unsafe { (engine(client)?, key(account)?) };
        engine.client()?.increment_quota(&account, kind_of(kind)?);
        Ok(())
    };
    // SAFETY: the caller follows the conventions of the header.
    unsafe { call(error, work) }
}

/// Resets the account's quota windows to zero usage. TikTok keeps its own counts: only use this in tests, and after
/// TikTok changed its limits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reset_quota(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the caller follows the conventions of the header.
        let (engine, account) = unsafe { (engine(client)?, key(account)?) };
        engine.client()?.reset_quota(&account);
        Ok(())
    };
    // SAFETY: the caller follows the conventions of the header.
    unsafe { call(error, work) }
}

/// Returns the quota windows of all accounts as text, for `toklink_restore_quota` after a restart. The text contains no
/// account names. Returns NULL on failure. Free the text with `toklink_text_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_snapshot(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    let work = || {
        // SAFETY: the caller follows the conventions of the header.
        let engine = unsafe { engine(client)? };
        Ok(text::give(&engine.client()?.quota_snapshot().to_json()?)?.cast_const())
    };
    // SAFETY: the caller follows the conventions of the header.
    unsafe { made(error, work) }.cast_mut()
}

/// Adds the requests of a snapshot to the counts. Ignores requests whose windows have ended.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` if `snapshot` is not a snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_restore_quota(
    client: *const toklink_client,
    snapshot: *const c_char,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the caller follows the conventions of the header.
        let (engine, snapshot) = unsafe { (engine(client)?, input::required(snapshot, "snapshot")?) };
        engine.client()?.restore_quota(&QuotaSnapshot::from_json(&snapshot)?);
        Ok(())
    };
    // SAFETY: the caller follows the conventions of the header.
    unsafe { call(error, work) }
}
