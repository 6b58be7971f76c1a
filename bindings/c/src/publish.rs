//! Publishing, its outcome and its end.

use crate::callback::calling;
use crate::client::{account, engine, toklink_client};
use crate::completion::{Done, completed};
use crate::engine::Engine;
use crate::error::toklink_error;
use crate::handle::Output;
use crate::outcome::{toklink_publish_outcome, toklink_publish_progress};
use crate::progress::{self, Completed};
use crate::publish_request::{Listener, toklink_publish_request};
use crate::status::toklink_status;
use crate::text::toklink_str;
use crate::{guard, handle};
use core_toklink::{Client, PublishOptions, PublishOutcome, PublishProgress, Result};
use std::ffi::c_void;
use std::future::Future;

/// Hears how a publish or a wait ended. On `TOKLINK_OK` there is an outcome and no error, otherwise an error and no
/// outcome; what there is belongs to the host, who frees it.
pub type toklink_publish_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: u64,
        status: toklink_status,
        outcome: *mut toklink_publish_outcome,
        error: *mut toklink_error,
    ),
>;

/// The host's progress callback as the core's reports find it.
fn told(listener: Listener) -> Option<impl Fn(PublishProgress) -> bool + Copy + Send + Sync + 'static> {
    let callback = listener.callback?;
    Some(move |progress| {
        let progress = toklink_publish_progress::from(progress);
        // SAFETY: the host's own function and pointer; the progress lives until it returns.
        calling(|| unsafe { callback(listener.user_data.pointer(), &raw const progress) })
    })
}

/// Publishes while this thread waits, which is also the one that hears of progress.
pub(crate) fn publish<F: Future<Output = Result<PublishOutcome>> + Send + 'static>(
    engine: &Engine,
    name: &'static str,
    options: PublishOptions,
    listener: Listener,
    work: impl FnOnce(Client, PublishOptions) -> F,
) -> Result<PublishOutcome> {
    let core = engine.client()?;
    progress::wait(engine, name, told(listener).as_ref(), |cancel, progress| {
        work(core, PublishOptions { cancel, progress, ..options })
    })
}

/// Publishes while nobody waits; progress and the end are heard of on the thread of callbacks.
pub(crate) fn begin<F: Future<Output = Result<PublishOutcome>> + Send + 'static>(
    engine: &Engine,
    name: &'static str,
    number: Output<u64>,
    options: PublishOptions,
    listener: Listener,
    done: Done<Completed<toklink_publish_outcome>>,
    work: impl FnOnce(Client, PublishOptions) -> F,
) -> Result<()> {
    let core = engine.client()?;
    let work = |cancel, progress| work(core, PublishOptions { cancel, progress, ..options });
    progress::begin(engine, name, number, told(listener), work, done)
}

/// Posts a video: judged, uploaded in chunks, and waited for. A file upload posts at most once per idempotency key, whatever
/// processes live, sleep or die, as long as the store keeps its conditional writes. Blocks for as
/// long as that takes: the upload, and up to some minutes until TikTok has an outcome. Give the outcome back with
/// `toklink_publish_outcome_free`.
///
/// Errors: those of every request; `TOKLINK_ERR_INVALID_INPUT` when the video breaks a rule of TikTok's, before a byte is
/// sent; `TOKLINK_ERR_REJECTED` when TikTok refused the post; `TOKLINK_ERR_CONFLICT` when the key belongs to another
/// publish, another process took this one over, or its last chunk is unclear; `TOKLINK_ERR_CANCELLED` when the host stopped
/// it. `toklink_error_idempotency_key` returns the key to resume with.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_publish_video(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    request: *const toklink_publish_request,
    out_outcome: *mut *mut toklink_publish_outcome,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, request) = unsafe {
            (
                Output::at(out_outcome)?,
                engine(client)?,
                account(tenant, open_id)?,
                handle::read(request, "the publish request")?,
            )
        };
        let (input, options, listener) = (request.video(&engine)?, request.options(), request.listener());
        let outcome = publish(&engine, "publish_video", options, listener, |core, options| async move {
            core.publish_video(&account, &input, &options).await
        })?;
        out.set(handle::give(outcome.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// `toklink_client_publish_video` without waiting: see "Operations" at the top.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_publish_video_async(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    request: *const toklink_publish_request,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut u64,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, request) = unsafe {
            (
                Output::at(out_operation)?,
                engine(client)?,
                account(tenant, open_id)?,
                handle::read(request, "the publish request")?,
            )
        };
        let (input, options, listener) = (request.video(&engine)?, request.options(), request.listener());
        let done = completed(done, user_data)?;
        begin(&engine, "publish_video", out, options, listener, done, |core, options| async move {
            core.publish_video(&account, &input, &options).await
        })
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Posts photos, which TikTok fetches from their addresses. They are sent at most once automatically: when the answer to
/// the init is lost, the key stays a conflict until `toklink_client_abandon_publish`. Blocks until TikTok
/// has an outcome. Give it back with `toklink_publish_outcome_free`.
///
/// Errors: those of every request; `TOKLINK_ERR_INVALID_INPUT` when the photos or settings break a rule of TikTok's, before
/// a request is sent; `TOKLINK_ERR_REJECTED` when TikTok refused the post; `TOKLINK_ERR_CONFLICT` when the key belongs to
/// another publish, or when TikTok may have the post and its answer was lost; `TOKLINK_ERR_CANCELLED` when the host stopped
/// it. `toklink_error_idempotency_key` returns the key to resume with.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_publish_photos(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    request: *const toklink_publish_request,
    out_outcome: *mut *mut toklink_publish_outcome,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, request) = unsafe {
            (
                Output::at(out_outcome)?,
                engine(client)?,
                account(tenant, open_id)?,
                handle::read(request, "the publish request")?,
            )
        };
        let (input, options, listener) = (request.photos(), request.options(), request.listener());
        let outcome = publish(&engine, "publish_photos", options, listener, |core, options| async move {
            core.publish_photos(&account, &input, &options).await
        })?;
        out.set(handle::give(outcome.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// `toklink_client_publish_photos` without waiting: see "Operations" at the top.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_publish_photos_async(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    request: *const toklink_publish_request,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut u64,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, request) = unsafe {
            (
                Output::at(out_operation)?,
                engine(client)?,
                account(tenant, open_id)?,
                handle::read(request, "the publish request")?,
            )
        };
        let (input, options, listener) = (request.photos(), request.options(), request.listener());
        let done = completed(done, user_data)?;
        begin(&engine, "publish_photos", out, options, listener, done, |core, options| async move {
            core.publish_photos(&account, &input, &options).await
        })
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Asks, within the limits, until a publish has an outcome. `request` is read for its progress callback alone and
/// may be NULL. Give the outcome back with `toklink_publish_outcome_free`.
///
/// Errors: those of every request; `TOKLINK_ERR_REJECTED` when TikTok refused the post, `TOKLINK_ERR_CANCELLED` when the
/// host stopped the wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_wait_for_publish(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    publish_id: toklink_str,
    request: *const toklink_publish_request,
    out_outcome: *mut *mut toklink_publish_outcome,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, publish_id, request) = unsafe {
            (
                Output::at(out_outcome)?,
                engine(client)?,
                account(tenant, open_id)?,
                publish_id.read("the publish id")?.to_owned(),
                request.as_ref(),
            )
        };
        let listener = request.map_or(Listener::NONE, toklink_publish_request::listener);
        let options = PublishOptions::default();
        let outcome = publish(&engine, "wait_for_publish", options, listener, |core, options| async move {
            core.wait_for_publish(&account, &publish_id, &options).await
        })?;
        out.set(handle::give(outcome.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// `toklink_client_wait_for_publish` without waiting: see "Operations" at the top.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_wait_for_publish_async(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    publish_id: toklink_str,
    request: *const toklink_publish_request,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut u64,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, publish_id, request) = unsafe {
            (
                Output::at(out_operation)?,
                engine(client)?,
                account(tenant, open_id)?,
                publish_id.read("the publish id")?.to_owned(),
                request.as_ref(),
            )
        };
        let listener = request.map_or(Listener::NONE, toklink_publish_request::listener);
        let options = PublishOptions::default();
        let done = completed(done, user_data)?;
        begin(&engine, "wait_for_publish", out, options, listener, done, |core, options| async move {
            core.wait_for_publish(&account, &publish_id, &options).await
        })
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
