//! Options of a login.

use crate::ffi::input::{self, Options};
use core_toklink::{BeginLogin, Result};
use std::ffi::c_char;

/// The settings of a login. Initialise them with `TOKLINK_LOGIN_OPTIONS_INIT`.
///
/// Threads: the library reads them only during the call that takes them.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_login_options {
    /// The size of this struct, which `TOKLINK_LOGIN_OPTIONS_INIT` sets.
    pub size: usize,
    /// The tenant of the account. NULL: none, for a program with one tenant.
    pub tenant: *const c_char,
    /// The host's user who logs in; only this user may complete a web login. Required for `toklink_begin_login`,
    /// optional for `toklink_login`.
    pub user_id: *const c_char,
    /// The registered redirect URI. NULL: `callback_url` of the client; for `toklink_login`,
    /// `http://127.0.0.1:0/callback/`, where port 0 means any free port.
    pub redirect_uri: *const c_char,
    /// The scopes to request. NULL: the scopes that posting and reading need.
    pub scopes: *const *const c_char,
    /// Number of `scopes`.
    pub scope_count: usize,
    /// A path of the host's site that `toklink_complete_login` returns; for web logins.
    pub return_to: *const c_char,
    /// Milliseconds that `toklink_login` waits for the browser, larger values count as 600000. 0: 600000.
    pub timeout_ms: u64,
    /// The HTML page that `toklink_login` shows after a successful login, at most 1048576 bytes. NULL: a short page in
    /// English. Scripts and remote resources are blocked; inline styles and `data:` images work.
    pub done_page_html: *const c_char,
    /// The HTML page that `toklink_login` shows after a failed login or to a browser of another login, at most 1048576
    /// bytes. `{message}` is replaced by the reason in English. NULL: a short page in English.
    pub error_page_html: *const c_char,
}

// SAFETY: `repr(C)`, starts with its size, and pointers and numbers may be 0.
unsafe impl Options for toklink_login_options {
    const NAME: &'static str = "toklink_login_options";
}

impl toklink_login_options {
    /// Converts the options for the core.
    ///
    /// # Safety
    /// The strings are NULL or C strings.
    pub(crate) unsafe fn request(&self) -> Result<BeginLogin> {
        // SAFETY: the caller guarantees valid arguments.
        let (tenant, user_id, redirect_uri, scopes, return_to) = unsafe {
            (
                input::text(self.tenant, "tenant")?,
                input::text(self.user_id, "user_id")?,
                input::optional(self.redirect_uri, "redirect_uri")?,
                input::texts(self.scopes, self.scope_count, "scopes")?,
                input::optional(self.return_to, "return_to")?,
            )
        };
        let mut request = BeginLogin::default();
        tenant.clone_into(&mut request.tenant);
        user_id.clone_into(&mut request.user_id);
        request.redirect_uri = redirect_uri;
        request.scopes = (!scopes.is_empty()).then_some(scopes);
        request.return_to = return_to;
        Ok(request)
    }
}
