//! The id of an account: tenant and open id in one string.

use crate::ffi::error::{call, made, toklink_error};
use crate::ffi::input;
use crate::ffi::status::toklink_status;
use crate::ffi::text;
use core_toklink::{AccountKey, Error, Result};
use std::ffi::c_char;
use std::fmt::Write;

/// Escapes separators, percent signs and control characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '/' | '%') || letter.is_control() {
            for byte in letter.to_string().bytes() {
                // Writing to a String cannot fail.
                let _written = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(letter);
        }
    }
    out
}

fn unescaped(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            out.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok().filter(|text| !text.contains('\0'))
}

/// Returns the id of an account.
pub(crate) fn of(tenant: &str, open_id: &str) -> String {
    if tenant.is_empty() { escaped(open_id) } else { format!("{}/{}", escaped(tenant), escaped(open_id)) }
}

fn parsed(id: &str) -> Option<AccountKey> {
    let (tenant, open_id) = id.split_once('/').unwrap_or(("", id));
    let key = AccountKey::new(unescaped(tenant)?, unescaped(open_id)?);
    (!key.open_id.is_empty() && !open_id.contains('/')).then_some(key)
}

/// Reads the id of an account.
///
/// # Safety
/// The argument is NULL or a C string.
pub(crate) unsafe fn key(id: *const c_char) -> Result<AccountKey> {
    // SAFETY: the caller guarantees valid arguments.
    let id = unsafe { input::required(id, "account")? };
    parsed(&id).ok_or_else(|| {
        Error::invalid("account is not a valid account id; pass `id` of a toklink_account, or create one with toklink_account_id")
    })
}

/// Returns the id of the account `open_id` of `tenant`, which the functions of this header take as `account`. If
/// `tenant` is NULL or empty, as in a program with one tenant, the id is the open id, with special characters escaped.
/// Returns NULL on failure. Free it with `toklink_text_free`.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` if `open_id` is missing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_id(
    tenant: *const c_char,
    open_id: *const c_char,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    let work = || {
        // SAFETY: the header requires valid arguments.
        let (tenant, open_id) =
            unsafe { (input::text(tenant, "tenant")?, input::required(open_id, "open_id")?) };
        Ok(text::give(&of(tenant, &open_id))?.cast_const())
    };
    // SAFETY: the header requires valid arguments.
    unsafe { made(error, work) }.cast_mut()
}

/// Splits the id of an account. `out_tenant` and `out_open_id` receive strings that you free with `toklink_text_free`;
/// each may be NULL. The tenant is empty in a program with one tenant.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` if `account` is not an account id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_id_split(
    account: *const c_char,
    out_tenant: *mut *mut c_char,
    out_open_id: *mut *mut c_char,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the header requires valid arguments.
        let key = unsafe { key(account)? };
        let parts = [(out_tenant, &key.tenant), (out_open_id, &key.open_id)];
        for (out, part) in parts.into_iter().filter(|(out, _)| !out.is_null()) {
            // SAFETY: not NULL, and the header requires it to be writable.
            unsafe { out.write(text::give(part)?) };
        }
        Ok(())
    };
    // SAFETY: the header requires valid arguments.
    unsafe { call(error, work) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_id_round_trips_for_any_tenant() {
        for (tenant, open_id) in [("", "-000abc"), ("a/b", "x"), ("50%", "y/z"), ("Ünï", "\n")] {
            let key = parsed(&of(tenant, open_id)).unwrap();
            assert_eq!((key.tenant.as_str(), key.open_id.as_str()), (tenant, open_id));
        }
        assert_eq!(of("", "-000abc"), "-000abc");
        for wrong in ["", "a/", "a/b/c", "%", "%zz", "%00"] {
            assert!(parsed(wrong).is_none(), "{wrong}");
        }
    }
}
