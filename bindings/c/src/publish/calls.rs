//! Functions that start, resume, wait for, query and cancel publishes.

use crate::client::account_id::key;
use crate::client::entry::{start, start_done, toklink_done, wait, wait_done};
use crate::client::toklink_client;
use crate::ffi::error::toklink_error;
use crate::ffi::input;
use crate::ffi::status::toklink_status;
use crate::publish::options::{Request, toklink_publish_options};
use crate::publish::outcome::{toklink_publish, toklink_publish_done};
use crate::runtime::engine::Engine;
use crate::runtime::operations::toklink_op;
use crate::runtime::task::Task;
use core_toklink::{PublishOutcome, PublishStatus, Result};
use std::ffi::{c_char, c_void};
use std::ptr;

/// # Safety
/// `options` is NULL or points to options that follow the conventions of the header.
unsafe fn publish_video(
    engine: &Engine,
    options: *const toklink_publish_options,
    user_data: *mut c_void,
) -> Result<Task<PublishOutcome>> {
    // SAFETY: guaranteed by the caller.
    let mut request = unsafe { Request::read(engine, options)? };
    let input = request.video()?;
    Ok(request.task("publish_video", user_data, move |core, account, options| async move {
        core.publish_video(&account, &input, &options).await
    }))
}

/// Posts a video: checks it, uploads it in chunks, and waits for TikTok's outcome, which takes up to a few minutes. A
/// file upload posts at most once per idempotency key, even when processes are suspended or die, provided that the
/// store implements conditional writes correctly.
///
/// Errors: those of every request; `TOKLINK_ERR_INVALID_INPUT` if the video violates one of TikTok's rules, before a
/// byte is sent; `TOKLINK_ERR_REJECTED` if TikTok rejected the post; `TOKLINK_ERR_CONFLICT` with a reason if the key
/// belongs to another publish, another attempt works on it (after a crash: for up to 60 s, then call again), or its
/// last chunk is unclear; `TOKLINK_ERR_CANCELLED` if the host stopped it. `idempotency_key` of the error resumes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_video(
    client: *const toklink_client,
    options: *const toklink_publish_options,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the caller follows the conventions of the header.
    unsafe {
        start(client, "publish_video", done, user_data, out_operation, |engine| {
            publish_video(engine, options, user_data)
        });
    }
}

/// Runs `toklink_publish_video` and blocks until it has finished. Returns NULL on failure. Free the result with
/// `toklink_publish_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_video_blocking(
    client: *const toklink_client,
    options: *const toklink_publish_options,
    error: *mut *mut toklink_error,
) -> *const toklink_publish {
    // SAFETY: the caller follows the conventions of the header.
    unsafe { wait(client, error, |engine| publish_video(engine, options, ptr::null_mut())) }
}

/// # Safety
/// `options` is NULL or points to options that follow the conventions of the header.
unsafe fn publish_photos(
    engine: &Engine,
    options: *const toklink_publish_options,
    user_data: *mut c_void,
) -> Result<Task<PublishOutcome>> {
    // SAFETY: guaranteed by the caller.
    let mut request = unsafe { Request::read(engine, options)? };
    let input = request.photos();
    Ok(request.task("publish_photos", user_data, move |core, account, options| async move {
        core.publish_photos(&account, &input, &options).await
    }))
}

/// Posts photos, which TikTok fetches from `photo_urls`, and waits for TikTok's outcome. The library sends the request
/// at most once: if its response is lost, the key fails with a conflict until you call `toklink_abandon_publish`.
///
/// Errors: those of every request; `TOKLINK_ERR_INVALID_INPUT` if the photos or settings violates one of TikTok's
/// rules, before a request is sent; `TOKLINK_ERR_REJECTED` if TikTok rejected the post; `TOKLINK_ERR_CONFLICT` with a
/// reason if the key belongs to another publish, or TikTok may have the post and its response was lost;
/// `TOKLINK_ERR_CANCELLED` if the host stopped it. `idempotency_key` of the error resumes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_photos(
    client: *const toklink_client,
    options: *const toklink_publish_options,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the caller follows the conventions of the header.
    unsafe {
        start(client, "publish_photos", done, user_data, out_operation, |engine| {
            publish_photos(engine, options, user_data)
        });
    }
}

/// Runs `toklink_publish_photos` and blocks until it has finished. Returns NULL on failure. Free the result with
/// `toklink_publish_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_photos_blocking(
    client: *const toklink_client,
    options: *const toklink_publish_options,
    error: *mut *mut toklink_error,
) -> *const toklink_publish {
    // SAFETY: the caller follows the conventions of the header.
    unsafe { wait(client, error, |engine| publish_photos(engine, options, ptr::null_mut())) }
}

/// # Safety
/// The text is NULL or a C string. `options` is NULL or points to options that follow the conventions of the header.
unsafe fn resume_publish(
    engine: &Engine,
    publish: *const c_char,
    options: *const toklink_publish_options,
    user_data: *mut c_void,
) -> Result<Task<PublishOutcome>> {
    // SAFETY: guaranteed by the caller.
    let (mut request, name) =
        unsafe { (Request::read(engine, options)?, input::required(publish, "publish")?) };
    let source = request.source();
    Ok(request.task("resume_publish", user_data, move |core, account, options| async move {
        core.resume_publish(&account, &name, source.as_ref(), &options).await
    }))
}

/// Resumes a publish that a crash, a cancellation or a failure interrupted, even in another process. Continues after
/// the last complete chunk that TikTok accepted. `publish` is the idempotency key or TikTok's publish id. The options
/// must contain the account. They must also contain the video if it came as bytes or from a reader, or if its file has
/// moved. `progress`, `no_wait` and `timeout_ms` apply.
///
/// Errors: those of every request; `TOKLINK_ERR_NOT_FOUND` if the journal has no such publish; `TOKLINK_ERR_CONFLICT`
/// with a reason if the video differs, the publish cannot be resumed, or another attempt works on it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_resume_publish(
    client: *const toklink_client,
    publish: *const c_char,
    options: *const toklink_publish_options,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the caller follows the conventions of the header.
    unsafe {
        start(client, "resume_publish", done, user_data, out_operation, |engine| {
            resume_publish(engine, publish, options, user_data)
        });
    }
}

/// Runs `toklink_resume_publish` and blocks until it has finished. Returns NULL on failure. Free the result with
/// `toklink_publish_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_resume_publish_blocking(
    client: *const toklink_client,
    publish: *const c_char,
    options: *const toklink_publish_options,
    error: *mut *mut toklink_error,
) -> *const toklink_publish {
    // SAFETY: the caller follows the conventions of the header.
    unsafe { wait(client, error, |engine| resume_publish(engine, publish, options, ptr::null_mut())) }
}

/// # Safety
/// The text is NULL or a C string. `options` is NULL or points to options that follow the conventions of the header.
unsafe fn wait_for_publish(
    engine: &Engine,
    publish_id: *const c_char,
    options: *const toklink_publish_options,
    user_data: *mut c_void,
) -> Result<Task<PublishOutcome>> {
    // SAFETY: guaranteed by the caller.
    let (request, id) =
        unsafe { (Request::read(engine, options)?, input::required(publish_id, "publish_id")?) };
    Ok(request.task("wait_for_publish", user_data, move |core, account, options| async move {
        core.wait_for_publish(&account, &id, &options).await
    }))
}

/// Queries a publish, within TikTok's limits, until it has an outcome. The options must contain the account; `progress`
/// and `timeout_ms` apply.
///
/// Errors: those of every request; `TOKLINK_ERR_REJECTED` if TikTok rejected the post; `TOKLINK_ERR_CANCELLED` if the
/// host stopped the wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_wait_for_publish(
    client: *const toklink_client,
    publish_id: *const c_char,
    options: *const toklink_publish_options,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the caller follows the conventions of the header.
    unsafe {
        start(client, "wait_for_publish", done, user_data, out_operation, |engine| {
            wait_for_publish(engine, publish_id, options, user_data)
        });
    }
}

/// Runs `toklink_wait_for_publish` and blocks until it has finished. Returns NULL on failure. Free the result with
/// `toklink_publish_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_wait_for_publish_blocking(
    client: *const toklink_client,
    publish_id: *const c_char,
    options: *const toklink_publish_options,
    error: *mut *mut toklink_error,
) -> *const toklink_publish {
    // SAFETY: the caller follows the conventions of the header.
    unsafe { wait(client, error, |engine| wait_for_publish(engine, publish_id, options, ptr::null_mut())) }
}

/// # Safety
/// The texts are NULL or C strings.
unsafe fn publish_status(account: *const c_char, publish_id: *const c_char) -> Result<Task<PublishStatus>> {
    // SAFETY: guaranteed by the caller.
    let (account, id) = unsafe { (key(account)?, input::required(publish_id, "publish_id")?) };
    Ok(Task::new("publish_status", move |core| async move { core.publish_status(&account, &id).await }))
}

/// Queries the status of a publish once.
///
/// Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_status(
    client: *const toklink_client,
    account: *const c_char,
    publish_id: *const c_char,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the caller follows the conventions of the header.
    unsafe {
        start(client, "publish_status", done, user_data, out_operation, |_| {
            publish_status(account, publish_id)
        });
    }
}

/// Runs `toklink_publish_status` and blocks until it has finished. Returns NULL on failure. Free the result with
/// `toklink_publish_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_status_blocking(
    client: *const toklink_client,
    account: *const c_char,
    publish_id: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_publish {
    // SAFETY: the caller follows the conventions of the header.
    unsafe { wait(client, error, |_| publish_status(account, publish_id)) }
}

/// # Safety
/// The texts are NULL or C strings.
unsafe fn cancel_publish(account: *const c_char, publish_id: *const c_char) -> Result<Task<()>> {
    // SAFETY: guaranteed by the caller.
    let (account, id) = unsafe { (key(account)?, input::required(publish_id, "publish_id")?) };
    Ok(Task::new("cancel_publish", move |core| async move { core.cancel_publish(&account, &id).await }))
}

/// Asks TikTok to stop a publish whose media TikTok fetches itself. TikTok may not comply. A finished post stays.
///
/// Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_cancel_publish(
    client: *const toklink_client,
    account: *const c_char,
    publish_id: *const c_char,
    done: toklink_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the caller follows the conventions of the header.
    unsafe {
        start_done(client, "cancel_publish", done, user_data, out_operation, |_| {
            cancel_publish(account, publish_id)
        });
    }
}

/// Runs `toklink_cancel_publish` and blocks until it has finished.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_cancel_publish_blocking(
    client: *const toklink_client,
    account: *const c_char,
    publish_id: *const c_char,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the caller follows the conventions of the header.
    unsafe { wait_done(client, error, |_| cancel_publish(account, publish_id)) }
}
