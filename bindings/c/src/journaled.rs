//! One publish as the journal has it, whichever process works on it, and the request to stop it.

use crate::client::{account, engine, toklink_client};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::outcome::toklink_publish_outcome;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::view::{self, maybe};
use crate::{guard, handle};
use core_toklink::JournaledPublish;

/// A publish as the journal has it.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_journaled_publish {
    idempotency_key: Text,
    phase: Text,
    publish_id: Option<Text>,
    fail_reason: Option<Text>,
    accepted_bytes: u64,
    total_bytes: u64,
    photos: bool,
    draft: bool,
    cancel_requested: bool,
    outcome: Option<toklink_publish_outcome>,
    last_error: Option<toklink_error>,
    started_at_ms: i64,
    updated_at_ms: i64,
}

impl From<JournaledPublish> for toklink_journaled_publish {
    fn from(from: JournaledPublish) -> Self {
        Self {
            idempotency_key: Text::new(&from.idempotency_key),
            phase: Text::new(from.phase.as_str()),
            publish_id: maybe(from.publish_id.as_deref()),
            fail_reason: maybe(from.fail_reason.as_deref()),
            accepted_bytes: from.accepted_bytes,
            total_bytes: from.total_bytes,
            photos: from.photos,
            draft: from.draft,
            cancel_requested: from.cancel_requested,
            outcome: from.outcome.map(toklink_publish_outcome::from),
            last_error: from.last_error.as_ref().map(toklink_error::of),
            started_at_ms: from.started_at.as_millis(),
            updated_at_ms: from.updated_at.as_millis(),
        }
    }
}

/// Frees it with its outcome, its error and every view of its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_free(publish: *mut toklink_journaled_publish) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(publish) });
}

/// The key under which it is found. Lives as long as the publish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_idempotency_key(
    publish: *const toklink_journaled_publish,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(publish, |held| Some(&held.idempotency_key)) }
}

/// How far it has come: `INTENT`, `SENDING`, `LAST_CHUNK`, `PROCESSING`, `DONE` or `FAILED`. Lives as long as the publish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_phase(
    publish: *const toklink_journaled_publish,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(publish, |held| Some(&held.phase)) }
}

/// TikTok's id; empty while TikTok is not known to have a task for it. Lives as long as the publish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_publish_id(
    publish: *const toklink_journaled_publish,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(publish, |held| held.publish_id.as_ref()) }
}

/// TikTok's reason for a failed publish; empty when it gave none. Lives as long as the publish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_fail_reason(
    publish: *const toklink_journaled_publish,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(publish, |held| held.fail_reason.as_ref()) }
}

/// Bytes that TikTok has accepted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_accepted_bytes(
    publish: *const toklink_journaled_publish,
) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(publish, 0, |held| held.accepted_bytes) }
}

/// The size of the video in bytes; 0 for what TikTok fetches itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_total_bytes(
    publish: *const toklink_journaled_publish,
) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(publish, 0, |held| held.total_bytes) }
}

/// Whether it is photos rather than a video.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_photos(publish: *const toklink_journaled_publish) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::field(publish, false, |held| held.photos) }
}

/// Whether it goes to the creator's inbox rather than being posted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_draft(publish: *const toklink_journaled_publish) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::field(publish, false, |held| held.draft) }
}

/// Whether the attempt that works on it was asked to stop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_cancel_requested(
    publish: *const toklink_journaled_publish,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::field(publish, false, |held| held.cancel_requested) }
}

/// The outcome of a publish whose phase is `DONE`, else NULL. It has no warnings, and belongs to the publish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_outcome(
    publish: *const toklink_journaled_publish,
) -> *const toklink_publish_outcome {
    // SAFETY: the conventions of the header.
    unsafe { view::part(publish, |held| held.outcome.as_ref()) }
}

/// The error that the last attempt ended with; NULL while an attempt works on it, and when its process died. It belongs to
/// the publish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_last_error(
    publish: *const toklink_journaled_publish,
) -> *const toklink_error {
    // SAFETY: the conventions of the header.
    unsafe { view::part(publish, |held| held.last_error.as_ref()) }
}

/// When it started, in milliseconds since 1970 (UTC).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_started_at_ms(
    publish: *const toklink_journaled_publish,
) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(publish, 0, |held| held.started_at_ms) }
}

/// When the journal last wrote it, in milliseconds since 1970 (UTC). An attempt at work writes at least every 20 s.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_journaled_publish_updated_at_ms(
    publish: *const toklink_journaled_publish,
) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(publish, 0, |held| held.updated_at_ms) }
}

/// Finds what the journal has under the key, whichever process works on it; NULL in `out_publish` when there is nothing. Asks the
/// store alone. Give it back with `toklink_journaled_publish_free`.
///
/// Errors: `TOKLINK_ERR_UNAVAILABLE` when the store fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_find_publish(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    idempotency_key: toklink_str,
    out_publish: *mut *mut toklink_journaled_publish,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, key) = unsafe {
            (
                Output::at(out_publish)?,
                engine(client)?,
                account(tenant, open_id)?,
                idempotency_key.read("the idempotency key")?.to_owned(),
            )
        };
        let core = engine.client()?;
        let found = engine.wait("find_publish", async move { core.find_publish(&account, &key).await })?;
        out.set(found.map_or(std::ptr::null_mut(), |found| handle::give(found.into())));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Asks the attempt that works on a publish to stop, in whichever process on this store it runs, and gives the publish as it
/// is then. The attempt reads the request within 2 s and ends with `TOKLINK_ERR_CANCELLED`. A publish that is posted, and one
/// whose last attempt ended, stays as it is; the next attempt under the key starts without the request.
/// `toklink_client_cancel_publish` asks TikTok instead. Give it back with `toklink_journaled_publish_free`.
///
/// Errors: `TOKLINK_ERR_NOT_FOUND` when the journal has nothing of the key; `TOKLINK_ERR_UNAVAILABLE` when the store fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_request_cancel(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    idempotency_key: toklink_str,
    out_publish: *mut *mut toklink_journaled_publish,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, key) = unsafe {
            (
                Output::at(out_publish)?,
                engine(client)?,
                account(tenant, open_id)?,
                idempotency_key.read("the idempotency key")?.to_owned(),
            )
        };
        let core = engine.client()?;
        let asked =
            engine.wait("request_cancel", async move { core.request_cancel(&account, &key).await })?;
        out.set(handle::give(asked.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
