//! Who begins a login, and where it goes.

use crate::error::toklink_error;
use crate::status::toklink_status;
use crate::text::toklink_str;
use crate::{guard, handle};
use core_toklink::BeginLogin;

/// Who begins a login, and where it goes. It is read, not taken: use it as often as you like.
///
/// Thread safety: use one from one thread at a time.
#[derive(Debug, Default)]
pub struct toklink_login_request(pub(crate) BeginLogin);

/// An empty request, which asks for the default scopes. Give it back with `toklink_login_request_free`. NULL only after a fault of the library.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_login_request_new() -> *mut toklink_login_request {
    guard::value(std::ptr::null_mut(), || handle::give(toklink_login_request::default()))
}

/// Frees the request. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_request_free(request: *mut toklink_login_request) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(request) });
}

/// Sets the person signed in at the host, who alone may finish a web login. A desktop login needs none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_request_set_user_id(
    request: *mut toklink_login_request,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (request, value) =
            unsafe { (handle::change(request, "the login request")?, value.read("the user id")?.to_owned()) };
        request.0.user_id = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Sets the tenant that the account is for. Default: empty, for a host with one tenant.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_request_set_tenant(
    request: *mut toklink_login_request,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (request, value) =
            unsafe { (handle::change(request, "the login request")?, value.read("the tenant")?.to_owned()) };
        request.0.tenant = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Sets a registered redirect URI. Default: the client's callback URL; for a desktop login
/// `http://127.0.0.1:0/callback/`, where the port 0 stands for any free one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_request_set_redirect_uri(
    request: *mut toklink_login_request,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (request, value) = unsafe {
            (handle::change(request, "the login request")?, value.read("the redirect URI")?.to_owned())
        };
        request.0.redirect_uri = Some(value);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Sets a path of the host's own site to go back to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_request_set_return_to(
    request: *mut toklink_login_request,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (request, value) = unsafe {
            (handle::change(request, "the login request")?, value.read("the path to return to")?.to_owned())
        };
        request.0.return_to = Some(value);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Asks for this scope, for example `video.list`, instead of the default ones. Call it once for each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_login_request_add_scope(
    request: *mut toklink_login_request,
    scope: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (request, scope) =
            unsafe { (handle::change(request, "the login request")?, scope.read("the scope")?.to_owned()) };
        request.0.scopes.get_or_insert_default().push(scope);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
