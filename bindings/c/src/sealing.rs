//! Sealing of values that a host keeps itself.

use crate::client::{account, engine, toklink_client};
use crate::error::toklink_error;
use crate::guard;
use crate::handle::Output;
use crate::status::toklink_status;
use crate::text::{Text, toklink_buf, toklink_str};
use core_toklink::Secret;

/// Seals `text` for one account and field; it opens nowhere else. Nothing is sent. Give the buffer back with
/// `toklink_buf_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_seal(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    field: toklink_str,
    text: toklink_str,
    out_sealed: *mut toklink_buf,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, field, text) = unsafe {
            (
                Output::at(out_sealed)?,
                engine(client)?,
                account(tenant, open_id)?,
                field.read("the field")?.to_owned(),
                text.read("the text")?.to_owned(),
            )
        };
        let sealed = engine.client()?.seal(&account, &field, &Secret::new(text))?;
        out.set(Text::new(&sealed).into_buf());
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Writes a valid access token of the account, refreshed first when it is about to expire, for code that calls TikTok itself.
/// The buffer then holds a secret; `toklink_buf_free` does not wipe it. Requests made with it are not counted: report them with
/// `toklink_client_increment_quota`.
///
/// Errors: `TOKLINK_ERR_NOT_FOUND` when no such account is connected, `TOKLINK_ERR_UNAUTHORIZED` when the user has to connect
/// again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_access_token(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    out_token: *mut toklink_buf,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account) =
            unsafe { (Output::at(out_token)?, engine(client)?, account(tenant, open_id)?) };
        let core = engine.client()?;
        let token = engine.wait("access_token", async move { core.access_token(&account).await })?;
        out.set(Text::exact(token.expose())?.into_buf());
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Opens what was sealed for exactly this account and field. The buffer then holds a secret; `toklink_buf_free`
/// does not wipe it, so overwrite it first if that matters.
///
/// Errors: `TOKLINK_ERR_INTEGRITY` when it was sealed for another place, under a key that is not in the ring, or
/// changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_unseal(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    field: toklink_str,
    sealed: toklink_str,
    out_text: *mut toklink_buf,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, field, sealed) = unsafe {
            (
                Output::at(out_text)?,
                engine(client)?,
                account(tenant, open_id)?,
                field.read("the field")?.to_owned(),
                sealed.read("the sealed value")?.to_owned(),
            )
        };
        let opened = engine.client()?.unseal(&account, &field, &sealed)?;
        out.set(Text::exact(opened.expose())?.into_buf());
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// The value under the current key and format: an empty buffer when it already is. Give the buffer back with
/// `toklink_buf_free`.
///
/// Errors: as for `toklink_client_unseal`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_reseal(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    field: toklink_str,
    sealed: toklink_str,
    out_sealed: *mut toklink_buf,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, field, sealed) = unsafe {
            (
                Output::at(out_sealed)?,
                engine(client)?,
                account(tenant, open_id)?,
                field.read("the field")?.to_owned(),
                sealed.read("the sealed value")?.to_owned(),
            )
        };
        let anew = engine.client()?.reseal(&account, &field, &sealed)?;
        out.set(anew.map_or_else(toklink_buf::empty, |sealed| Text::new(&sealed).into_buf()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
