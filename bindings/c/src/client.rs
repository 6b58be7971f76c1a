//! The client: made from options, asked for addresses and figures, freed once.

use crate::error::toklink_error;
use crate::handle::Output;
use crate::link::toklink_authorize_link;
use crate::options::toklink_client_options;
use crate::quota::toklink_quota_status;
use crate::status::toklink_status;
use crate::text::{Text, toklink_buf, toklink_str};
use crate::{guard, handle};
use core_toklink::{AccountKey, Client, SqliteStore};
use std::sync::Arc;

/// A client of TikTok for one app.
///
/// Thread safety: any number of threads may use one at the same time; free it when none does.
#[derive(Debug)]
pub struct toklink_client(Client);

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
        let mut builder = Client::builder(options.config.clone().build()?);
        if let Some(path) = &options.sqlite_path {
            builder = builder.store(Arc::new(SqliteStore::open(path)?));
        }
        out.set(handle::give(toklink_client(builder.build()?)));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Frees the client. What it handed out before stays. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_free(client: *mut toklink_client) {
    // SAFETY: the conventions of the header: ours, freed once, when no other thread uses it.
    guard::value((), || unsafe { handle::take(client) });
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
        let (out, client, link) = unsafe {
            let link = handle::read(link, "the authorize link")?;
            (Output::at(out_url)?, handle::read(client, "the client")?, link)
        };
        out.set(Text::new(&client.0.authorize_url(&link.0)?).into_buf());
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// How full each window of requests is for the account `open_id` of `tenant` (empty for a host with one tenant), as
/// it is now. Microseconds; nothing is sent. Give it back with `toklink_quota_status_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_quota_status(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    out_status: *mut *mut toklink_quota_status,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, client, account) = unsafe {
            let account = AccountKey::new(tenant.read("the tenant")?, open_id.read("the open id")?);
            (Output::at(out_status)?, handle::read(client, "the client")?, account)
        };
        out.set(handle::give(toklink_quota_status::new(client.0.quota_status(&account))));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
