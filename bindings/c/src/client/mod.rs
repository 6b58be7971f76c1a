//! The client: created from options, then closed and freed once.

pub mod account_id;
pub mod entry;
pub mod events;
pub mod options;

use crate::client::options::toklink_options;
use crate::ffi::error::{call, made, toklink_error};
use crate::ffi::input::{self, read};
use crate::ffi::status::toklink_status;
use crate::ffi::{guard, text};
use crate::runtime::engine::Engine;
use crate::runtime::operations::toklink_op;
use core_toklink::{Result, Secret};
use std::ffi::c_char;
use std::sync::Arc;

/// A TikTok client for one app. It runs two worker threads, one thread for callbacks, and threads for file access.
///
/// Threads: any number of threads may use a client at the same time. No call may start after the client is freed.
///
/// Signals: the library installs no signal handler and changes no signal mask of the host's threads. The client's own
/// threads block `SIGPIPE`, except the callback thread, so a connection that its peer closes only causes an error.
#[derive(Debug)]
pub struct toklink_client(Arc<Engine>);

/// Returns a shared reference to the engine of a client. Callers do not use `client` afterwards, because a callback may
/// free it.
///
/// # Safety
/// NULL, or a client of ours that is not freed before this returns.
pub(crate) unsafe fn engine(client: *const toklink_client) -> Result<Arc<Engine>> {
    // SAFETY: guaranteed by the caller.
    Ok(Arc::clone(&unsafe { read(client, "the client")? }.0))
}

/// Creates a client. If `options` is NULL, all settings come from the environment. The options are copied. Opens the
/// SQLite file if one is set, which takes a few milliseconds. Sends no request. Returns NULL on failure. Free the
/// client with `toklink_client_free`.
///
/// Errors: `TOKLINK_ERR_CONFIG` lists every missing or invalid setting in `problems`, or states why the file cannot be
/// used; `TOKLINK_ERR_INVALID_INPUT` if the options are not initialised. On failure, `destroy` of the options runs
/// before this function returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_new(
    options: *const toklink_options,
    error: *mut *mut toklink_error,
) -> *mut toklink_client {
    let work = || {
        // SAFETY: the caller follows the conventions of the header.
        let engine = unsafe { options::build(options)? };
        Ok(Box::into_raw(Box::new(toklink_client(engine))).cast_const())
    };
    // SAFETY: the caller follows the conventions of the header.
    unsafe { made(error, work) }.cast_mut()
}

/// Cancels all operations and waits until they have ended. Every later call fails with `TOKLINK_ERR_CLOSED`. Results
/// that the client returned stay valid. May be called more than once.
///
/// Errors: `TOKLINK_ERR_CONFLICT` with `TOKLINK_REASON_CLOSE_IN_CALLBACK` when called from a callback, because this
/// function would wait for that callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_close(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the caller follows the conventions of the header.
    unsafe { call(error, || engine(client)?.close()) }
}

/// Closes and frees the client. NULL is allowed. Calls that other threads, or an outer function on this thread, have
/// not finished are cancelled; the last of them frees the client's resources before it returns. Outside a callback,
/// when no such call is running: when this function returns, every completion and every `destroy` has been called, and
/// no callback is running. With `wake` set, queued callbacks run on this thread. In a callback, this function returns
/// immediately. Results that the client returned stay valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_free(client: *mut toklink_client) {
    guard::value((), || {
        if !client.is_null() {
            // SAFETY: from `toklink_client_new` and freed once, as the header requires.
            let toklink_client(engine) = *unsafe { Box::from_raw(client) };
            engine.free();
        }
    });
}

/// Asks the operation with this number to stop. Its completion then receives `TOKLINK_ERR_CANCELLED`, unless the
/// operation finishes first. A cancelled metrics collection succeeds with an incomplete report. Returns true if the
/// operation was still running; false for NULL and for unknown numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_cancel(client: *const toklink_client, operation: toklink_op) -> bool {
    // SAFETY: the caller follows the conventions of the header.
    guard::value(false, || unsafe { engine(client) }.is_ok_and(|engine| engine.cancel(operation)))
}

/// Runs the queued callbacks on this thread: completions, progress, events and `destroy`. Does nothing for a client
/// without `wake`. Callbacks may call into the library, and may free the client.
///
/// Errors: `TOKLINK_ERR_CONFLICT` with `TOKLINK_REASON_AFTER_FORK` in a forked child.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_dispatch(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the caller follows the conventions of the header.
    unsafe { call(error, || engine(client)?.dispatch()) }
}

/// Refreshes the tokens of all accounts before they expire, at most `max_concurrency` accounts at a time (4 is a good
/// number). 0 stops the refresh. Several processes may do this on one store: each token is refreshed only once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_start_background_refresh(
    client: *const toklink_client,
    max_concurrency: usize,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the caller follows the conventions of the header.
    unsafe { call(error, || engine(client)?.start_background_refresh(max_concurrency)) }
}

/// Returns a new random encryption key of 64 hexadecimal digits, for `encryption_key` of the options. Store it where
/// only your program can read it, such as the system's key chain: without the key, the stored tokens are lost. Free it
/// with `toklink_text_free`. Returns NULL only if the system cannot provide random numbers.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_make_key() -> *mut c_char {
    guard::value(std::ptr::null_mut(), || {
        let key = core_toklink::vault::new_key();
        key.and_then(|key: Secret| text::give(key.expose())).unwrap_or(std::ptr::null_mut())
    })
}

/// Encrypts `value` for one account and field. It can only be decrypted for the same account and field. Sends no
/// request. Returns NULL on failure. Free the text with `toklink_text_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_seal(
    client: *const toklink_client,
    account: *const c_char,
    field: *const c_char,
    value: *const c_char,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    let work = || {
        // SAFETY: the caller follows the conventions of the header.
        let (engine, account, field, value) = unsafe {
            (
                engine(client)?,
                account_id::key(account)?,
                input::required(field, "field")?,
                input::text(value, "value")?.to_owned(),
            )
        };
        Ok(text::give(&engine.client()?.seal(&account, &field, &Secret::new(value))?)?.cast_const())
    };
    // SAFETY: the caller follows the conventions of the header.
    unsafe { made(error, work) }.cast_mut()
}

/// Decrypts a value that was encrypted for this account and field. Returns NULL on failure. The text is a secret; free
/// it with `toklink_text_free`.
///
/// Errors: `TOKLINK_ERR_INTEGRITY` if the value was changed, or was encrypted for another account or field, or with a
/// key that is not configured.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unseal(
    client: *const toklink_client,
    account: *const c_char,
    field: *const c_char,
    sealed: *const c_char,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    let work = || {
        // SAFETY: the caller follows the conventions of the header.
        let (engine, account, field, sealed) = unsafe {
            (
                engine(client)?,
                account_id::key(account)?,
                input::required(field, "field")?,
                input::required(sealed, "sealed")?,
            )
        };
        Ok(text::give(engine.client()?.unseal(&account, &field, &sealed)?.expose())?.cast_const())
    };
    // SAFETY: the caller follows the conventions of the header.
    unsafe { made(error, work) }.cast_mut()
}

/// Re-encrypts a value with the current key and format. Returns the value itself if it already uses them, and NULL on
/// failure. Free the text with `toklink_text_free`.
///
/// Errors: as for `toklink_unseal`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal(
    client: *const toklink_client,
    account: *const c_char,
    field: *const c_char,
    sealed: *const c_char,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    let work = || {
        // SAFETY: the caller follows the conventions of the header.
        let (engine, account, field, sealed) = unsafe {
            (
                engine(client)?,
                account_id::key(account)?,
                input::required(field, "field")?,
                input::required(sealed, "sealed")?,
            )
        };
        let new = engine.client()?.reseal(&account, &field, &sealed)?;
        Ok(text::give(&new.unwrap_or(sealed))?.cast_const())
    };
    // SAFETY: the caller follows the conventions of the header.
    unsafe { made(error, work) }.cast_mut()
}
