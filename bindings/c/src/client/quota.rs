//! Reads and changes of the windows. Nothing here asks TikTok.

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

/// Returns the windows of the account as this process knows them, within microseconds; `toklink_read_quota` asks the Redis that several
/// processes count in. Returns NULL on failure. Free it with `toklink_quota_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_status(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_quota {
    let work = || {
        // SAFETY: the conventions of the header.
        let (engine, account) = unsafe { (engine(client)?, key(account)?) };
        Ok(result::give::<toklink_quota, Vec<QuotaWindow>>(&engine.client()?.quota_status(&account)))
    };
    // SAFETY: the conventions of the header.
    unsafe { made(error, work) }
}

/// Reads the windows where the requests are counted: in Redis for all processes if one is set, else in this process. Returns NULL on
/// failure. Free it with `toklink_quota_free`.
///
/// Errors: `TOKLINK_ERR_UNAVAILABLE` if Redis does not answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_read_quota(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_quota {
    // SAFETY: the conventions of the header.
    unsafe {
        wait(client, error, |_| {
            let account = key(account)?;
            Ok(Task::new("read_quota", move |core| async move { core.read_quota(&account).await }))
        })
    }
}

/// Returns `TOKLINK_OK` if a request of this `toklink_quota_kind` could be sent now. Counts nothing.
///
/// Errors: `TOKLINK_ERR_RATE_LIMITED` or `TOKLINK_ERR_QUOTA_EXHAUSTED` with the time until it could be.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_check_quota(
    client: *const toklink_client,
    account: *const c_char,
    kind: u32,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (engine, account) = unsafe { (engine(client)?, key(account)?) };
        engine.client()?.check_quota(&account, kind_of(kind)?)
    };
    // SAFETY: the conventions of the header.
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
        // SAFETY: the conventions of the header.
        let (engine, account) = unsafe { (engine(client)?, key(account)?) };
        engine.client()?.increment_quota(&account, kind_of(kind)?);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { call(error, work) }
}

/// Removes what was counted for the account. TikTok still counts it: for tests, and after a change of limits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reset_quota(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (engine, account) = unsafe { (engine(client)?, key(account)?) };
        engine.client()?.reset_quota(&account);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { call(error, work) }
}

/// Returns the windows of all accounts as text for `toklink_restore_quota` after a restart. It names no account. Returns NULL on
/// failure. Free the text with `toklink_text_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_snapshot(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    let work = || {
        // SAFETY: the conventions of the header.
        let engine = unsafe { engine(client)? };
        Ok(text::give(&engine.client()?.quota_snapshot().to_json()?)?.cast_const())
    };
    // SAFETY: the conventions of the header.
    unsafe { made(error, work) }.cast_mut()
}

/// Counts the requests of a snapshot in addition to those counted already, as far as they still matter.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` if it is not a snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_restore_quota(
    client: *const toklink_client,
    snapshot: *const c_char,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (engine, snapshot) = unsafe { (engine(client)?, input::required(snapshot, "snapshot")?) };
        engine.client()?.restore_quota(&QuotaSnapshot::from_json(&snapshot)?);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { call(error, work) }
}
