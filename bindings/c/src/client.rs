//! The client: made from options, closed and freed once.

use crate::engine::Engine;
use crate::error::toklink_error;
use crate::handle::Output;
use crate::link::toklink_authorize_link;
use crate::options::toklink_client_options;
use crate::status::toklink_status;
use crate::text::{Text, toklink_buf, toklink_str};
use crate::{guard, handle};
use core_toklink::{AccountKey, Result};
use std::sync::Arc;

/// A client of TikTok for one app, with threads of its own: two workers, one for callbacks, and some for files.
///
/// Thread safety: any number of threads may use one at the same time; no call may start once it is freed. A process that
/// forks may not use it in the child (`TOKLINK_ERR_CONFLICT`), but may free it there.
///
/// Signals: no handler is set, and no mask of the host's threads is changed. A peer that closes a connection is an error
/// here: `SIGPIPE` is blocked in the client's own threads, those of callbacks excepted.
#[derive(Debug)]
pub struct toklink_client(Arc<Engine>);

/// Returns a share of the engine behind a client. The handle is not looked at again, since a callback of the call that
/// this is for may free it.
///
/// # Safety
/// NULL, or a client of ours that is not freed before this returns.
pub(crate) unsafe fn engine(client: *const toklink_client) -> Result<Arc<Engine>> {
    // SAFETY: the caller's promise.
    Ok(Arc::clone(&unsafe { handle::read(client, "the client")? }.0))
}

/// The account that a call is about.
///
/// # Safety
/// Both texts are readable.
pub(crate) unsafe fn account(tenant: toklink_str, open_id: toklink_str) -> Result<AccountKey> {
    // SAFETY: the caller's promise.
    unsafe { Ok(AccountKey::new(tenant.read("the tenant")?, open_id.read("the open id")?)) }
}

/// Makes a client. The options are read, not taken: free them, or make another client from them. Opens the SQLite
/// file if one was set, which takes some milliseconds; nothing is sent.
///
/// Errors: `TOKLINK_ERR_CONFIG` names every setting that is missing or malformed at once, or says why the file
/// cannot be used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_new(
    options: *const toklink_client_options,
    out_client: *mut *mut toklink_client,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, options) =
            unsafe { (Output::at(out_client)?, handle::read(options, "the client options")?) };
        let engine = Engine::start(|| options.build(), options.listeners.clone())?;
        out.set(handle::give(toklink_client(engine)));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Cancels all operations, waits until they have ended, and refuses new work with `TOKLINK_ERR_CLOSED` from now on.
/// May be called again. Handles that the client gave out stay.
///
/// Errors: `TOKLINK_ERR_CONFLICT` from inside a callback, which this would wait for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_close(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    let work = || unsafe { engine(client)? }.close();
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Closes and frees the client. Calls that are still inside it, on other threads or beneath the callback that calls
/// this, are cancelled; the last of them ends the client before it returns. If there is none and this is not called from a
/// callback, then no callback runs when this returns, and none will: every completion and every `destroy` has been
/// called. From inside a callback it returns at once. What the client handed out before stays. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_free(client: *mut toklink_client) {
    guard::value((), || {
        // SAFETY: the conventions of the header: ours, freed once, when no other thread uses it.
        if let Some(toklink_client(engine)) = unsafe { handle::reclaim(client) } {
            engine.free();
        }
    });
}

/// Asks an operation to stop, by the number that its `_async` call gave. Its completion is then called with
/// `TOKLINK_ERR_CANCELLED`, unless it ended first (a sweep's with `TOKLINK_OK` and a report that is not complete). Returns whether it was still running. Numbers need no freeing and are
/// never used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_cancel(client: *const toklink_client, operation: u64) -> bool {
    // SAFETY: the conventions of the header.
    guard::value(false, || unsafe { engine(client) }.is_ok_and(|engine| engine.cancel(operation)))
}

/// The address of TikTok's consent page for this link; send the user's browser there. Nothing is sent. Give the
/// buffer back with `toklink_buf_free`.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` when a part of the link is malformed, `TOKLINK_ERR_CONFIG` when neither the
/// link nor the client has a redirect URI.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_authorize_url(
    client: *const toklink_client,
    link: *const toklink_authorize_link,
    out_url: *mut toklink_buf,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, link) = unsafe {
            let link = handle::read(link, "the authorize link")?;
            (Output::at(out_url)?, engine(client)?, link)
        };
        out.set(Text::new(&engine.client()?.authorize_url(&link.0)?).into_buf());
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Renews the tokens of all accounts before anyone needs them, at most `max_concurrency` accounts at a time (4 is a good
/// number); 0 stops it. Several processes may do this on one store: an account is renewed once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_start_background_refresh(
    client: *const toklink_client,
    max_concurrency: usize,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    let work = || unsafe { engine(client)? }.renew(max_concurrency);
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
