//! Asking and changing how full the windows of requests are. Nothing here sends anything.

use crate::client::{account, engine, toklink_client};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::quota::{kind_of, toklink_quota_status};
use crate::status::toklink_status;
use crate::text::{Text, toklink_buf, toklink_str};
use crate::{guard, handle};
use core_toklink::QuotaSnapshot;

/// How full each window of requests is for the account `open_id` of `tenant` (empty for a host with one tenant), as
/// this process knows it now; `toklink_client_read_quota` asks the Redis that several processes count in. Microseconds; nothing is sent. Give it back with `toklink_quota_status_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_quota_status(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    out_status: *mut *mut toklink_quota_status,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account) =
            unsafe { (Output::at(out_status)?, engine(client)?, account(tenant, open_id)?) };
        out.set(handle::give(toklink_quota_status::new(engine.client()?.quota_status(&account))));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// How full each window is where the requests are counted: for all processes when a Redis counts them, else the same as
/// `toklink_client_quota_status`. Asks Redis, never TikTok. Give it back with `toklink_quota_status_free`.
///
/// Errors: `TOKLINK_ERR_UNAVAILABLE` when Redis is away and nothing is shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_read_quota(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    out_status: *mut *mut toklink_quota_status,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account) =
            unsafe { (Output::at(out_status)?, engine(client)?, account(tenant, open_id)?) };
        let core = engine.client()?;
        let found = engine.wait("read_quota", async move { core.read_quota(&account).await })?;
        out.set(handle::give(toklink_quota_status::new(found)));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Whether a request of this `toklink_quota_kind` would be let through now. Counts nothing.
///
/// Errors: `TOKLINK_ERR_RATE_LIMITED` or `TOKLINK_ERR_QUOTA_EXHAUSTED` with the time until it would be.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_check_quota(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    kind: u32,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (engine, account) = unsafe { (engine(client)?, account(tenant, open_id)?) };
        engine.client()?.check_quota(&account, kind_of(kind)?)
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Counts a request of this `toklink_quota_kind` that was made for the account by other means than this client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_increment_quota(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    kind: u32,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (engine, account) = unsafe { (engine(client)?, account(tenant, open_id)?) };
        engine.client()?.increment_quota(&account, kind_of(kind)?);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Forgets what was counted for the account. TikTok does not forget: for tests and after a change of limits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_reset_quota(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (engine, account) = unsafe { (engine(client)?, account(tenant, open_id)?) };
        engine.client()?.reset_quota(&account);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// What the windows of all accounts hold, as text for `toklink_client_restore_quota` after a restart. It names no
/// account. Give the buffer back with `toklink_buf_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_quota_snapshot(
    client: *const toklink_client,
    out_snapshot: *mut toklink_buf,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine) = unsafe { (Output::at(out_snapshot)?, engine(client)?) };
        out.set(Text::new(&engine.client()?.quota_snapshot().to_json()?).into_buf());
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Counts the requests of a snapshot besides those counted already, as far as they still matter.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` when it is no snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_restore_quota(
    client: *const toklink_client,
    snapshot: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (engine, snapshot) = unsafe { (engine(client)?, snapshot.read("the snapshot")?) };
        engine.client()?.restore_quota(&QuotaSnapshot::from_json(snapshot)?);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
