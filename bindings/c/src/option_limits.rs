//! Settings of a client about limits: what is counted where, and how long a read is shown again.

use crate::error::toklink_error;
use crate::options::{note, toklink_client_options};
use crate::status::toklink_status;
use crate::text::toklink_str;
use crate::{guard, handle};
use core_toklink::{ConfigBuilder, Error, QuotaPolicy, RedisFallback, Result};
use std::num::NonZeroU32;
use std::time::Duration;

/// Which limits a client keeps. New numbers may come.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_quota_policy {
    /// The limits that TikTok documents, and 24 uploads per account and day. The default.
    TOKLINK_QUOTA_POLICY_STANDARD = 0,
    /// The standard limits, and 100 profile reads and 100 video pages per account and day.
    TOKLINK_QUOTA_POLICY_PLANNED = 1,
    /// What TikTok documents, and nothing else.
    TOKLINK_QUOTA_POLICY_DOCUMENTED = 2,
}

/// Changes the settings.
///
/// # Safety
/// `options` is NULL or ours and used by no other thread, `error` NULL or writable.
unsafe fn change(
    options: *mut toklink_client_options,
    error: *mut *mut toklink_error,
    set: impl FnOnce(&mut toklink_client_options) -> Result<()>,
) -> toklink_status {
    // SAFETY: the caller's promises.
    unsafe { guard::call(error, || set(handle::change(options, "the client options")?)) }
}

/// Counts requests in this Redis (`redis://host:port`, or `rediss://` with TLS) for all processes that use it, instead of each
/// for itself. Default: `TOKLINK_REDIS_URL`; else the Redis of `REDIS_URL`, if it answers and its eviction policy is
/// `noeviction` or `volatile-*`. `toklink_client_new` does not wait for it. While Redis is unavailable, requests fail with
/// `TOKLINK_ERR_UNAVAILABLE` unless `toklink_client_options_set_redis_fallback_share` is set. The client emits
/// `TOKLINK_EVENT_REDIS_UNAVAILABLE` and `TOKLINK_EVENT_REDIS_AVAILABLE`. See docs/QUOTAS.md.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_redis_url(
    options: *mut toklink_client_options,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(options, value, "the Redis URL", error, |o, v| o.update(|c| c.redis_url(v))) }
}

/// Uses no Redis, whatever the environment names: each process counts its own requests.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_no_redis(
    options: *mut toklink_client_options,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe {
        change(options, error, |options| {
            options.update(ConfigBuilder::no_redis);
            Ok(())
        })
    }
}

/// Sets the maximum number of processes that use this Redis for the same app. While Redis is unavailable, each process may then
/// use every limit divided by `processes`, counted in its memory. That starts 105 seconds after Redis was lost, when no earlier
/// request counts in a minute window. 0, the default, refuses requests instead.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_redis_fallback_share(
    options: *mut toklink_client_options,
    processes: u32,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let fallback = NonZeroU32::new(processes)
        .map_or(RedisFallback::Refuse, |processes| RedisFallback::Share { processes });
    // SAFETY: the conventions of the header.
    unsafe {
        change(options, error, |options| {
            options.redis_fallback = fallback;
            Ok(())
        })
    }
}

/// Keeps the limits of this `toklink_quota_policy`.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` for a number that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_quota_policy(
    options: *mut toklink_client_options,
    policy: u32,
    error: *mut *mut toklink_error,
) -> toklink_status {
    use toklink_quota_policy::{
        TOKLINK_QUOTA_POLICY_DOCUMENTED, TOKLINK_QUOTA_POLICY_PLANNED, TOKLINK_QUOTA_POLICY_STANDARD,
    };
    let named = || match policy {
        number if number == TOKLINK_QUOTA_POLICY_STANDARD as u32 => Ok(QuotaPolicy::standard()),
        number if number == TOKLINK_QUOTA_POLICY_PLANNED as u32 => Ok(QuotaPolicy::planned()),
        number if number == TOKLINK_QUOTA_POLICY_DOCUMENTED as u32 => Ok(QuotaPolicy::documented()),
        _ => Err(Error::invalid(format!("{policy} is no toklink_quota_policy: pass one of its values"))),
    };
    // SAFETY: the conventions of the header.
    unsafe {
        change(options, error, |options| {
            options.policy = Some(named()?);
            Ok(())
        })
    }
}

/// Sets how long the journal keeps a publish after it ended, in milliseconds. It is the time in which an idempotency key still
/// finds its publish: used later, or after the account was disconnected, it posts again. Default: 30 days; the least is one day.
/// The client deletes older rows itself when a publish or a sweep of metrics starts, at most once an hour and a day late, since
/// the clocks of two machines may be a day apart.
///
/// Errors: `toklink_client_new` returns `TOKLINK_ERR_CONFIG` for less than a day.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_journal_retention(
    options: *mut toklink_client_options,
    retention_ms: u64,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe {
        change(options, error, |options| {
            options.journal_retention = Some(Duration::from_millis(retention_ms));
            Ok(())
        })
    }
}

/// Shows a profile that was read again for `user_info_ms`, a page of videos for `videos_ms`; 0 asks TikTok each time. Default:
/// an hour and 30 seconds. `toklink_client_invalidate_cache` forgets what was read of one account.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_options_set_cache(
    options: *mut toklink_client_options,
    user_info_ms: u64,
    videos_ms: u64,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let (user_info, videos) = (Duration::from_millis(user_info_ms), Duration::from_millis(videos_ms));
    // SAFETY: the conventions of the header.
    unsafe {
        change(options, error, |options| {
            options.cache = options.cache.with_user_info(user_info).with_videos(videos);
            Ok(())
        })
    }
}
