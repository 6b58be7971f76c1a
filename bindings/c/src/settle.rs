//! Settling publishes: status, cancelling, giving up.

use crate::client::{account, engine, toklink_client};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::outcome::toklink_publish_status;
use crate::status::toklink_status;
use crate::text::toklink_str;
use crate::{guard, handle};

/// Asks TikTok once how far a publish is. Give the status back with `toklink_publish_status_free`.
///
/// Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
/// connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_publish_status(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    publish_id: toklink_str,
    out_status: *mut *mut toklink_publish_status,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, publish_id) = unsafe {
            (
                Output::at(out_status)?,
                engine(client)?,
                account(tenant, open_id)?,
                publish_id.read("the publish id")?.to_owned(),
            )
        };
        let core = engine.client()?;
        let found =
            engine.wait("publish_status", async move { core.publish_status(&account, &publish_id).await })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Asks TikTok to stop a publish. Best effort, meant for videos and photos that TikTok fetches itself; a finished
/// post stays.
///
/// Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
/// connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_cancel_publish(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    publish_id: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (engine, account, publish_id) = unsafe {
            (engine(client)?, account(tenant, open_id)?, publish_id.read("the publish id")?.to_owned())
        };
        let core = engine.client()?;
        engine.wait("cancel_publish", async move { core.cancel_publish(&account, &publish_id).await })
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Gives up a publish of which nobody can say whether a post comes of it: its init, or the last chunk of its upload, may have
/// been sent. Then the same key may be used again. First look for the post in TikTok, and make sure that no other process
/// still works on this publish: one that sleeps with its request unsent could still post it.
///
/// Errors: `TOKLINK_ERR_CONFLICT` when TikTok has a task for it that can still complete, `TOKLINK_ERR_NOT_FOUND` for an
/// unknown key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_abandon_publish(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    idempotency_key: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (engine, account, idempotency_key) = unsafe {
            (
                engine(client)?,
                account(tenant, open_id)?,
                idempotency_key.read("the idempotency key")?.to_owned(),
            )
        };
        let core = engine.client()?;
        engine.wait("abandon_publish", async move { core.abandon_publish(&account, &idempotency_key).await })
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
