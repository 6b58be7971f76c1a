//! Functions that start, resume, await, query and cancel a publish.

use crate::client::account_id::key;
use crate::client::entry::{start, start_done, toklink_done, wait, wait_done};
use crate::client::toklink_client;
use crate::ffi::error::toklink_error;
use crate::ffi::input;
use crate::ffi::status::toklink_status;
use crate::publish::options::{Request, destroy_without_client, toklink_publish_options};
use crate::publish::outcome::{toklink_publish, toklink_publish_done};
use crate::runtime::engine::Engine;
use crate::runtime::operations::toklink_op;
use crate::runtime::task::Task;
use core_toklink::{PublishOutcome, PublishStatus, Result};
use std::ffi::{c_char, c_void};
use std::ptr;

/// # Safety
/// The argument is NULL or points to valid options.
unsafe fn publish_video(
    engine: &Engine,
    options: *const toklink_publish_options,
    user_data: *mut c_void,
) -> Result<Task<PublishOutcome>> {
    // SAFETY: the caller guarantees valid arguments.
    let mut request = unsafe { Request::read(engine, options)? };
    let input = request.video()?;
    Ok(request.task("publish_video", user_data, move |core, account, options| async move {
        core.publish_video(&account, &input, &options).await
    }))
}

/// Posts a video: checks it, uploads it in chunks, and waits for TikTok's outcome, which takes up to a few minutes. A
/// file upload posts at most once per idempotency key, whatever processes live, sleep or die, as long as the store
/// keeps its conditional writes.
///
/// Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_INVALID_INPUT` if the video breaks a rule of
/// TikTok, before a byte is sent; `TOKLINK_ERR_REJECTED` if TikTok refused the post; `TOKLINK_ERR_CONFLICT` with a
/// reason if the key belongs to another publish, another attempt works on it (after a crash: for up to 60 s, then call
/// again), or TikTok may have received its last chunk; `TOKLINK_ERR_CANCELLED` if the host cancelled it.
/// `idempotency_key` of the error resumes the publish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_video(
    client: *const toklink_client,
    options: *const toklink_publish_options,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe {
        destroy_without_client(client, options);
        start(client, "publish_video", done, user_data, out_operation, |engine| {
            publish_video(engine, options, user_data)
        });
    }
}

/// Like `toklink_publish_video`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_publish_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_video_blocking(
    client: *const toklink_client,
    options: *const toklink_publish_options,
    error: *mut *mut toklink_error,
) -> *const toklink_publish {
    // SAFETY: the header requires valid arguments.
    unsafe {
        destroy_without_client(client, options);
        wait(client, error, |engine| publish_video(engine, options, ptr::null_mut()))
    }
}

/// # Safety
/// The argument is NULL or points to valid options.
unsafe fn publish_photos(
    engine: &Engine,
    options: *const toklink_publish_options,
    user_data: *mut c_void,
) -> Result<Task<PublishOutcome>> {
    // SAFETY: the caller guarantees valid arguments.
    let mut request = unsafe { Request::read(engine, options)? };
    let input = request.photos();
    Ok(request.task("publish_photos", user_data, move |core, account, options| async move {
        core.publish_photos(&account, &input, &options).await
    }))
}

/// Posts photos, which TikTok fetches from `photo_urls`, and waits for TikTok's outcome. The post is sent at most once
/// automatically: if TikTok's response is lost, every further call with the key fails with `TOKLINK_ERR_CONFLICT` until
/// `toklink_abandon_publish`.
///
/// Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_INVALID_INPUT` if the photos or settings break
/// a rule of TikTok, before a request is sent; `TOKLINK_ERR_REJECTED` if TikTok refused the post;
/// `TOKLINK_ERR_CONFLICT` with a reason if the key belongs to another publish, or TikTok may have received the post and
/// its response was lost; `TOKLINK_ERR_CANCELLED` if the host cancelled it. `idempotency_key` of the error resumes the
/// publish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_photos(
    client: *const toklink_client,
    options: *const toklink_publish_options,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe {
        destroy_without_client(client, options);
        start(client, "publish_photos", done, user_data, out_operation, |engine| {
            publish_photos(engine, options, user_data)
        });
    }
}

/// Like `toklink_publish_photos`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_publish_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_photos_blocking(
    client: *const toklink_client,
    options: *const toklink_publish_options,
    error: *mut *mut toklink_error,
) -> *const toklink_publish {
    // SAFETY: the header requires valid arguments.
    unsafe {
        destroy_without_client(client, options);
        wait(client, error, |engine| publish_photos(engine, options, ptr::null_mut()))
    }
}

/// # Safety
/// The string is NULL or a C string, and `options` is NULL or points to valid options.
unsafe fn resume_publish(
    engine: &Engine,
    publish: *const c_char,
    options: *const toklink_publish_options,
    user_data: *mut c_void,
) -> Result<Task<PublishOutcome>> {
    // SAFETY: the caller guarantees valid arguments.
    let (mut request, name) =
        unsafe { (Request::read(engine, options)?, input::required(publish, "publish")?) };
    let source = request.source();
    Ok(request.task("resume_publish", user_data, move |core, account, options| async move {
        core.resume_publish(&account, &name, source.as_ref(), &options).await
    }))
}

/// Resumes a publish after a crash, a cancel or a failure, also in another process. Continues after the last complete
/// chunk that TikTok accepted. `publish` is its idempotency key or TikTok's publish id. The options need `account`, and
/// the video if it was passed as `data` or `read` or if its file has moved; `progress`, `no_wait` and `timeout_ms`
/// apply.
///
/// Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the journal has no such publish;
/// `TOKLINK_ERR_CONFLICT` with a reason if the video differs, nothing can be resumed, or another attempt works on the
/// publish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_resume_publish(
    client: *const toklink_client,
    publish: *const c_char,
    options: *const toklink_publish_options,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe {
        destroy_without_client(client, options);
        start(client, "resume_publish", done, user_data, out_operation, |engine| {
            resume_publish(engine, publish, options, user_data)
        });
    }
}

/// Like `toklink_resume_publish`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_publish_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_resume_publish_blocking(
    client: *const toklink_client,
    publish: *const c_char,
    options: *const toklink_publish_options,
    error: *mut *mut toklink_error,
) -> *const toklink_publish {
    // SAFETY: the header requires valid arguments.
    unsafe {
        destroy_without_client(client, options);
        wait(client, error, |engine| resume_publish(engine, publish, options, ptr::null_mut()))
    }
}

/// # Safety
/// The string is NULL or a C string, and `options` is NULL or points to valid options.
unsafe fn wait_for_publish(
    engine: &Engine,
    publish_id: *const c_char,
    options: *const toklink_publish_options,
    user_data: *mut c_void,
) -> Result<Task<PublishOutcome>> {
    // SAFETY: the caller guarantees valid arguments.
    let (request, id) =
        unsafe { (Request::read(engine, options)?, input::required(publish_id, "publish_id")?) };
    Ok(request.task("wait_for_publish", user_data, move |core, account, options| async move {
        core.wait_for_publish(&account, &id, &options).await
    }))
}

/// Waits for TikTok's outcome of a publish. Queries the status within the quota. The options need `account`; `progress`
/// and `timeout_ms` apply.
///
/// Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_REJECTED` if TikTok refused the post;
/// `TOKLINK_ERR_CANCELLED` if the host cancelled the operation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_wait_for_publish(
    client: *const toklink_client,
    publish_id: *const c_char,
    options: *const toklink_publish_options,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe {
        destroy_without_client(client, options);
        start(client, "wait_for_publish", done, user_data, out_operation, |engine| {
            wait_for_publish(engine, publish_id, options, user_data)
        });
    }
}

/// Like `toklink_wait_for_publish`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_publish_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_wait_for_publish_blocking(
    client: *const toklink_client,
    publish_id: *const c_char,
    options: *const toklink_publish_options,
    error: *mut *mut toklink_error,
) -> *const toklink_publish {
    // SAFETY: the header requires valid arguments.
    unsafe {
        destroy_without_client(client, options);
        wait(client, error, |engine| wait_for_publish(engine, publish_id, options, ptr::null_mut()))
    }
}

/// # Safety
/// Each argument is NULL or a C string.
unsafe fn publish_status(account: *const c_char, publish_id: *const c_char) -> Result<Task<PublishStatus>> {
    // SAFETY: the caller guarantees valid arguments.
    let (account, id) = unsafe { (key(account)?, input::required(publish_id, "publish_id")?) };
    Ok(Task::new("publish_status", move |core| async move { core.publish_status(&account, &id).await }))
}

/// Queries the status of a publish. Sends one request.
///
/// Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_status(
    client: *const toklink_client,
    account: *const c_char,
    publish_id: *const c_char,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe {
        start(client, "publish_status", done, user_data, out_operation, |_| {
            publish_status(account, publish_id)
        });
    }
}

/// Like `toklink_publish_status`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_publish_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_status_blocking(
    client: *const toklink_client,
    account: *const c_char,
    publish_id: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_publish {
    // SAFETY: the header requires valid arguments.
    unsafe { wait(client, error, |_| publish_status(account, publish_id)) }
}

/// # Safety
/// Each argument is NULL or a C string.
unsafe fn cancel_publish(account: *const c_char, publish_id: *const c_char) -> Result<Task<()>> {
    // SAFETY: the caller guarantees valid arguments.
    let (account, id) = unsafe { (key(account)?, input::required(publish_id, "publish_id")?) };
    Ok(Task::changing("cancel_publish", move |core| async move { core.cancel_publish(&account, &id).await }))
}

/// Asks TikTok to cancel a publish whose video or photos TikTok fetches itself. TikTok may post it nevertheless; a
/// finished post remains.
///
/// Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_cancel_publish(
    client: *const toklink_client,
    account: *const c_char,
    publish_id: *const c_char,
    done: toklink_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe {
        start_done(client, "cancel_publish", done, user_data, out_operation, |_| {
            cancel_publish(account, publish_id)
        });
    }
}

/// Like `toklink_cancel_publish`, but blocks until the operation ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_cancel_publish_blocking(
    client: *const toklink_client,
    account: *const c_char,
    publish_id: *const c_char,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the header requires valid arguments.
    unsafe { wait_done(client, error, |_| cancel_publish(account, publish_id)) }
}
