//! The client: creation from options, close and free.

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

/// A TikTok client for one app. It runs two worker threads, a callback thread, and threads that read files.
///
/// Threads: any number of threads may use a client at the same time. No call may start after it is freed.
///
/// Signals: the library installs no handler and does not change the signal masks of the host's threads. The client's
/// threads block `SIGPIPE`, except for the callback thread, so a connection that the peer closed is reported as an
/// error.
#[derive(Debug)]
pub struct toklink_client(Arc<Engine>);

/// Returns a shared reference to the client's engine. The caller must not use the client afterwards, because a callback
/// may free it.
///
/// # Safety
/// `client` is NULL or a client of this library that is not freed before this function returns.
pub(crate) unsafe fn engine(client: *const toklink_client) -> Result<Arc<Engine>> {
    // SAFETY: the caller guarantees valid arguments.
    Ok(Arc::clone(&unsafe { read(client, "client")? }.0))
}

/// Creates a client. `options` may be NULL; all settings then come from the environment. The options are copied. Opens
/// the SQLite file if one is set, which takes a few milliseconds. Sends nothing. Returns NULL on failure. Free the
/// client with `toklink_client_free`.
///
/// Errors: `TOKLINK_ERR_CONFIG` lists every missing or invalid setting in `problems`, or states why the file cannot be
/// used; `TOKLINK_ERR_INVALID_INPUT` if the options are not initialised. On failure, `destroy` of the options is called
/// before this function returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_new(
    options: *const toklink_options,
    error: *mut *mut toklink_error,
) -> *mut toklink_client {
    let work = || {
        // SAFETY: the header requires valid arguments.
        let engine = unsafe { options::build(options)? };
        Ok(Box::into_raw(Box::new(toklink_client(engine))).cast_const())
    };
    // SAFETY: the header requires valid arguments.
    unsafe { made(error, work) }.cast_mut()
}

/// Cancels all operations and waits until they have ended. Every later operation fails with `TOKLINK_ERR_CLOSED`. Results
/// that the client returned stay valid. It may be called more than once.
///
/// Errors: `TOKLINK_ERR_CONFLICT` with `TOKLINK_REASON_CLOSE_IN_CALLBACK` if it is called in a callback, which it would
/// wait for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_close(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the header requires valid arguments.
    unsafe { call(error, || engine(client)?.close()) }
}

/// Closes and frees the client. NULL is allowed. Cancels blocking calls of other threads, and the blocking call whose
/// callback calls this function; the last of them shuts the client down before it returns. If there are none and this
/// is not called in a callback, then every completion and every `destroy` has been called when this function returns,
/// and no callback runs any more. With `wake` set, queued callbacks run on this thread. In a callback, this function
/// returns at once. Results that the client returned stay valid. Waits for the response to a token refresh, at most 20
/// seconds, because TikTok may already have replaced the account's tokens. In a callback, and beside a blocking call of
/// another thread, it does not wait: keep the process alive until the last `destroy` has been called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_free(client: *mut toklink_client) {
    guard::value((), || {
        if !client.is_null() {
            // SAFETY: `toklink_client_new` created it, and the header requires that it is freed once.
            let toklink_client(engine) = *unsafe { Box::from_raw(client) };
            engine.free();
        }
    });
}

/// Cancels an operation by its number. Its completion then receives `TOKLINK_ERR_CANCELLED`, unless the operation has
/// already ended. A cancelled collection of metrics ends with a report whose `complete` is false. Returns true if the
/// operation was still running; false for NULL and for unknown numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_cancel(client: *const toklink_client, operation: toklink_op) -> bool {
    // SAFETY: the header requires valid arguments.
    guard::value(false, || unsafe { engine(client) }.is_ok_and(|engine| engine.cancel(operation)))
}

/// Runs the queued callbacks on this thread: completions, progress, events, log lines and `destroy`. Does nothing for a
/// client without `wake`. Callbacks may call the library and may free the client.
///
/// Errors: `TOKLINK_ERR_CONFLICT` with `TOKLINK_REASON_AFTER_FORK` in a forked child.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_dispatch(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the header requires valid arguments.
    unsafe { call(error, || engine(client)?.dispatch()) }
}

/// Starts to refresh the tokens of all accounts before they expire, at most `max_concurrency` accounts at a time (4 is
/// a good value); 0 stops it. Several processes may do this with one store; each account is refreshed once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_start_background_refresh(
    client: *const toklink_client,
    max_concurrency: usize,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the header requires valid arguments.
    unsafe { call(error, || engine(client)?.start_background_refresh(max_concurrency)) }
}

/// Returns a new random encryption key of 64 hexadecimal digits for `encryption_key` of the options. Store it where
/// only your program can read it, such as the system's key chain. Without it, the stored tokens are lost. Free it with
/// `toklink_text_free`. Returns NULL only if the system provides no random numbers.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_make_key() -> *mut c_char {
    guard::value(std::ptr::null_mut(), || {
        let key = core_toklink::vault::new_key();
        key.and_then(|key: Secret| text::give(key.expose())).unwrap_or(std::ptr::null_mut())
    })
}

/// Encrypts `value` for one account and field. It can be decrypted only for the same account and field. Sends nothing.
/// Returns NULL on failure. Free the string with `toklink_text_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_seal(
    client: *const toklink_client,
    account: *const c_char,
    field: *const c_char,
    value: *const c_char,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    let work = || {
        // SAFETY: the header requires valid arguments.
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
    // SAFETY: the header requires valid arguments.
    unsafe { made(error, work) }.cast_mut()
}

/// Decrypts a value that was encrypted for this account and field. Returns NULL on failure. Free the string, which is a
/// secret, with `toklink_text_free`.
///
/// Errors: `TOKLINK_ERR_INTEGRITY` if the value was encrypted for another account or field or with a key that is not
/// configured, or if it was modified.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unseal(
    client: *const toklink_client,
    account: *const c_char,
    field: *const c_char,
    sealed: *const c_char,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    let work = || {
        // SAFETY: the header requires valid arguments.
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
    // SAFETY: the header requires valid arguments.
    unsafe { made(error, work) }.cast_mut()
}

/// Encrypts a value again with the current key and format. Returns a copy of the value if it is already current, and
/// NULL on failure. Free the string with `toklink_text_free`.
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
        // SAFETY: the header requires valid arguments.
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
    // SAFETY: the header requires valid arguments.
    unsafe { made(error, work) }.cast_mut()
}
