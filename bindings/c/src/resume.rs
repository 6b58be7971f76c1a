//! Going on with a publish that broke off.

use crate::client::{account, engine, toklink_client};
use crate::completion::completed;
use crate::engine::Engine;
use crate::error::toklink_error;
use crate::handle::Output;
use crate::outcome::toklink_publish_outcome;
use crate::publish::{begin, publish, toklink_publish_done};
use crate::publish_request::{Listener, toklink_publish_request};
use crate::status::toklink_status;
use crate::text::toklink_str;
use crate::{guard, handle};
use core_toklink::{PublishOptions, VideoSource};
use std::ffi::c_void;

/// What a request says of a publish that was begun before.
fn given(
    engine: &Engine,
    request: Option<&toklink_publish_request>,
) -> (Option<VideoSource>, PublishOptions, Listener) {
    match request {
        Some(request) => (request.source(engine), request.options(), request.listener()),
        None => (None, PublishOptions::default(), Listener::NONE),
    }
}

/// Goes on with a publish that a crash, a cancel or a failure interrupted, also in a new process: after the last byte that
/// TikTok has accepted. `publish_name` is its idempotency key or TikTok's publish id. `request` may be NULL; it is read for the
/// video alone (only needed when it came as bytes or as a stream, or has moved), for its progress callback and whether to
/// wait. Give the outcome back with `toklink_publish_outcome_free`.
///
/// Errors: those of every request; `TOKLINK_ERR_NOT_FOUND` when the journal has no such publish,
/// `TOKLINK_ERR_CONFLICT` when the video is not the one it began with or nothing of it could go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_resume_publish(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    publish_name: toklink_str,
    request: *const toklink_publish_request,
    out_outcome: *mut *mut toklink_publish_outcome,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, name, request) = unsafe {
            (
                Output::at(out_outcome)?,
                engine(client)?,
                account(tenant, open_id)?,
                publish_name.read("the name of the publish")?.to_owned(),
                request.as_ref(),
            )
        };
        let (source, options, listener) = given(&engine, request);
        let outcome = publish(&engine, "resume_publish", options, listener, |core, options| async move {
            core.resume_publish(&account, &name, source.as_ref(), &options).await
        })?;
        out.set(handle::give(outcome.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// `toklink_client_resume_publish` without waiting: see "Operations" at the top.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_resume_publish_async(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    publish_name: toklink_str,
    request: *const toklink_publish_request,
    done: toklink_publish_done,
    user_data: *mut c_void,
    out_operation: *mut u64,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, name, request) = unsafe {
            (
                Output::at(out_operation)?,
                engine(client)?,
                account(tenant, open_id)?,
                publish_name.read("the name of the publish")?.to_owned(),
                request.as_ref(),
            )
        };
        let (source, options, listener) = given(&engine, request);
        let done = completed(done, user_data)?;
        begin(&engine, "resume_publish", out, options, listener, done, |core, options| async move {
            core.resume_publish(&account, &name, source.as_ref(), &options).await
        })
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
