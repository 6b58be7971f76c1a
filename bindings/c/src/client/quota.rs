//! Functions that read and change the quota windows. None of them sends a request to TikTok.

use crate::client::account_id::key;
use crate::client::entry::wait;
use crate::client::{engine, toklink_client};
use crate::ffi::error::{call, made, toklink_error};
use crate::ffi::result;
use crate::ffi::status::toklink_status;
use crate::quota::windows::{kind_of, toklink_quota};
use crate::runtime::task::Task;
use core_toklink::QuotaWindow;
use std::ffi::c_char;

/// Returns the account's windows as this process counts them, without I/O. `toklink_read_quota` includes the requests
/// of other processes that Redis counts. Returns NULL on failure. Free the result with `toklink_quota_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_status(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_quota {
    let work = || {
        // SAFETY: the header requires valid arguments.
        let (engine, account) = unsafe { (engine(client)?, key(account)?) };
        Ok(result::give::<toklink_quota, Vec<QuotaWindow>>(&engine.client()?.quota_status(&account)))
    };
    // SAFETY: the header requires valid arguments.
    unsafe { made(error, work) }
}

/// Reads the account's windows from Redis if it counts the requests, and otherwise from this process. Returns NULL on
/// failure. Free the result with `toklink_quota_free`.
///
/// Errors: `TOKLINK_ERR_UNAVAILABLE` if Redis does not respond.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_read_quota(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_quota {
    // SAFETY: the header requires valid arguments.
    unsafe {
        wait(client, error, |_| {
            let account = key(account)?;
            Ok(Task::new("read_quota", move |core| async move { core.read_quota(&account).await }))
        })
    }
}

/// Returns `TOKLINK_OK` if a request of this `toklink_quota_kind` is allowed now. Does not count a request.
///
/// Errors: `TOKLINK_ERR_RATE_LIMITED` or `TOKLINK_ERR_QUOTA_EXHAUSTED` with `retry_after_ms`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_check_quota(
    client: *const toklink_client,
    account: *const c_char,
    kind: u32,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the header requires valid arguments.
        let (engine, account) = unsafe { (engine(client)?, key(account)?) };
        engine.client()?.check_quota(&account, kind_of(kind)?)
    };
    // SAFETY: the header requires valid arguments.
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
        // SAFETY: the header requires valid arguments.
        let (engine, account) = unsafe { (engine(client)?, key(account)?) };
        engine.client()?.increment_quota(&account, kind_of(kind)?);
        Ok(())
    };
    // SAFETY: the header requires valid arguments.
    unsafe { call(error, work) }
}

/// Resets the account's counters, for tests and after a change of limits. TikTok's own counters do not change.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reset_quota(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the header requires valid arguments.
        let (engine, account) = unsafe { (engine(client)?, key(account)?) };
        engine.client()?.reset_quota(&account);
        Ok(())
    };
    // SAFETY: the header requires valid arguments.
    unsafe { call(error, work) }
}
