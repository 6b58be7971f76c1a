//! The client: created from options, closed and freed once.

pub mod account_id;
pub mod entry;
pub mod events;
pub mod options;
pub mod quota;
pub mod reseal;

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

/// A client of TikTok for one app. It runs two worker threads, one thread for callbacks, and threads for files.
///
/// Threads: any number of threads may use one at the same time; no call may start once it is freed.
///
/// Signals: the library sets no handler and changes no mask of the host's threads. A peer that closes a connection is an error
/// here: `SIGPIPE` is blocked in the client's own threads, except that of callbacks.
#[derive(Debug)]
pub struct toklink_client(Arc<Engine>);

/// Returns a share of the engine behind a client. The client is not used again after this, since a callback may free it.
///
/// # Safety
/// NULL, or a client of ours that is not freed before this returns.
pub(crate) unsafe fn engine(client: *const toklink_client) -> Result<Arc<Engine>> {
    // SAFETY: the caller's promise.
    Ok(Arc::clone(&unsafe { read(client, "the client")? }.0))
}

/// Creates a client. `options` may be NULL: then all settings come from the environment. The options are copied. Opens the SQLite
/// file if one is set, which takes some milliseconds; sends nothing. Returns NULL on failure. Free the client with
/// `toklink_client_free`.
///
/// Errors: `TOKLINK_ERR_CONFIG` lists every missing or invalid setting in `problems`, or says why the file cannot be used;
/// `TOKLINK_ERR_INVALID_INPUT` if the options are not initialised. `destroy` of the options then runs before this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_new(
    options: *const toklink_options,
    error: *mut *mut toklink_error,
) -> *mut toklink_client {
    let work = || {
        // SAFETY: the conventions of the header.
        let engine = unsafe { options::build(options)? };
        Ok(Box::into_raw(Box::new(toklink_client(engine))).cast_const())
    };
    // SAFETY: the conventions of the header.
    unsafe { made(error, work) }.cast_mut()
}

/// Cancels all operations, waits until they have ended, and makes every later call fail with `TOKLINK_ERR_CLOSED`. Results that
/// the client returned stay valid. Call it any number of times.
///
/// Errors: `TOKLINK_ERR_CONFLICT` with `TOKLINK_REASON_CLOSE_IN_CALLBACK` from a callback, which this would wait for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_close(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { call(error, || engine(client)?.close()) }
}

/// Closes and frees the client. NULL is allowed. Calls that are still inside of it, on other threads or below the callback that
/// calls this, are cancelled; the last of them ends the client before it returns. Otherwise, and not from a callback: when this
/// returns, every completion and every `destroy` has been called, and no callback runs any more. With `wake` set, the callbacks
/// that still wait run on this thread. From a callback it returns at once. Results that the client returned stay valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_free(client: *mut toklink_client) {
    guard::value((), || {
        if !client.is_null() {
            // SAFETY: from `toklink_client_new` and freed once: the convention of the header.
            let toklink_client(engine) = *unsafe { Box::from_raw(client) };
            engine.free();
        }
    });
}

/// Asks an operation to stop, by its number. Its completion then receives `TOKLINK_ERR_CANCELLED`, unless the operation ended
/// first. A collection of metrics that is cancelled ends with a report that is not complete. Returns whether the operation was
/// still running; false for NULL and for unknown numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_cancel(client: *const toklink_client, operation: toklink_op) -> bool {
    // SAFETY: the conventions of the header.
    guard::value(false, || unsafe { engine(client) }.is_ok_and(|engine| engine.cancel(operation)))
}

/// Runs the callbacks that wait for this thread: completions, progress, events and `destroy`. Does nothing for a client without
/// `wake`. Callbacks may call into the library, and may free the client.
///
/// Errors: `TOKLINK_ERR_CONFLICT` with `TOKLINK_REASON_AFTER_FORK` in a forked child.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_dispatch(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { call(error, || engine(client)?.dispatch()) }
}

/// Refreshes the tokens of all accounts before they are needed, at most `max_concurrency` accounts at a time (4 is a good number);
/// 0 stops it. Several processes may do this on one store: each account is refreshed once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_start_background_refresh(
    client: *const toklink_client,
    max_concurrency: usize,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { call(error, || engine(client)?.start_background_refresh(max_concurrency)) }
}

/// Returns a new random encryption key, 64 hexadecimal digits, for `encryption_key` of the options. Store it where only your
/// program can read it, such as the key chain of the system: without it, the stored tokens are lost. Free it with
/// `toklink_text_free`. NULL only if the system has no random numbers.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_make_key() -> *mut c_char {
    guard::value(std::ptr::null_mut(), || {
        let key = core_toklink::vault::new_key();
        key.and_then(|key: Secret| text::give(key.expose())).unwrap_or(std::ptr::null_mut())
    })
}

/// Encrypts `value` for one account and field: it can be decrypted only for the same account and field. Sends nothing. Returns NULL
/// on failure. Free the text with `toklink_text_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_seal(
    client: *const toklink_client,
    account: *const c_char,
    field: *const c_char,
    value: *const c_char,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    let work = || {
        // SAFETY: the conventions of the header.
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
    // SAFETY: the conventions of the header.
    unsafe { made(error, work) }.cast_mut()
}

/// Decrypts a value that was encrypted for exactly this account and field. Returns NULL on failure. Free the text, which is
/// a secret, with `toklink_text_free`.
///
/// Errors: `TOKLINK_ERR_INTEGRITY` if it was encrypted for another account or field, under a key that is not configured, or
/// changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unseal(
    client: *const toklink_client,
    account: *const c_char,
    field: *const c_char,
    sealed: *const c_char,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    let work = || {
        // SAFETY: the conventions of the header.
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
    // SAFETY: the conventions of the header.
    unsafe { made(error, work) }.cast_mut()
}

/// Encrypts a value again with the current key and format. Returns the value itself if it is current already, and NULL on
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
        // SAFETY: the conventions of the header.
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
    // SAFETY: the conventions of the header.
    unsafe { made(error, work) }.cast_mut()
}
