//! What an authorize link asks for.

use crate::error::toklink_error;
use crate::status::toklink_status;
use crate::text::toklink_str;
use crate::{guard, handle};
use core_toklink::{AuthorizeLink, Result};

/// What an authorize link asks for. Without scopes it asks for those that posting and reading need.
///
/// Thread safety: use one from one thread at a time.
#[derive(Debug, Default)]
pub struct toklink_authorize_link(pub(crate) AuthorizeLink);

/// Reads one text and puts it into the link.
///
/// # Safety
/// `link` is NULL or ours and used by no other thread, `value` is readable, `error` NULL or writable.
unsafe fn note(
    link: *mut toklink_authorize_link,
    value: toklink_str,
    name: &str,
    error: *mut *mut toklink_error,
    set: impl FnOnce(&mut AuthorizeLink, String),
) -> toklink_status {
    let work = || -> Result<()> {
        // SAFETY: the caller's promises.
        let (link, value) = unsafe { (handle::change(link, "the authorize link")?, value.read(name)?) };
        set(&mut link.0, value.to_owned());
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { guard::call(error, work) }
}

/// An empty link. Give it back with `toklink_authorize_link_free`. NULL only after a fault of the library.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_authorize_link_new() -> *mut toklink_authorize_link {
    guard::value(std::ptr::null_mut(), || handle::give(toklink_authorize_link::default()))
}

/// Frees the link; addresses made from it stay. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_authorize_link_free(link: *mut toklink_authorize_link) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(link) });
}

/// Sets what comes back with the callback. Required: unguessable and used once, or another could finish the login.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_authorize_link_set_state(
    link: *mut toklink_authorize_link,
    state: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(link, state, "the state", error, |l, v| l.state = v) }
}

/// Sets a registered redirect URI. Default: the client's callback URL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_authorize_link_set_redirect_uri(
    link: *mut toklink_authorize_link,
    redirect_uri: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(link, redirect_uri, "the redirect URI", error, |l, v| l.redirect_uri = Some(v)) }
}

/// Sets the PKCE challenge: SHA-256 of the verifier in lower-case hex, which is TikTok's form for desktop logins.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_authorize_link_set_code_challenge(
    link: *mut toklink_authorize_link,
    code_challenge: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(link, code_challenge, "the code challenge", error, |l, v| l.code_challenge = Some(v)) }
}

/// Asks for this scope, for example `video.list`, instead of the default ones. Call it once for each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_authorize_link_add_scope(
    link: *mut toklink_authorize_link,
    scope: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { note(link, scope, "the scope", error, |l, v| l.scopes.get_or_insert_default().push(v)) }
}

/// Whether the consent page is shown even to a user who granted the same before. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_authorize_link_set_disable_auto_auth(
    link: *mut toklink_authorize_link,
    disable: bool,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        unsafe { handle::change(link, "the authorize link")? }.0.disable_auto_auth = disable;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
