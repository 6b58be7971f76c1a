//! Options of a login.

use crate::ffi::input::{self, Options};
use core_toklink::{BeginLogin, Result};
use std::ffi::c_char;

/// The settings of a login. Initialise them with `TOKLINK_LOGIN_OPTIONS_INIT`.
///
/// Threads: the library reads them only during the call to which they are passed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_login_options {
    /// The size of this struct, which `TOKLINK_LOGIN_OPTIONS_INIT` sets.
    pub size: usize,
    /// The tenant of the account. NULL: none, for a program with one tenant.
    pub tenant: *const c_char,
    /// The host's user who logs in. Only this user may complete a web login. Required for `toklink_begin_login`,
    /// optional for `toklink_login`.
    pub user_id: *const c_char,
    /// The registered redirect URI. NULL: the client's `callback_url`; for `toklink_login`,
    /// `http://127.0.0.1:0/callback/`, where port 0 means any free port.
    pub redirect_uri: *const c_char,
    /// The scopes to request. NULL: the scopes for posting and reading.
    pub scopes: *const *const c_char,
    /// Number of `scopes`.
    pub scope_count: usize,
    /// A path on the host's own site, which `toklink_complete_login` returns. Web logins only.
    pub return_to: *const c_char,
    /// Time limit of `toklink_login` for the browser to return, in milliseconds; at most 600000. 0: 600000.
    pub timeout_ms: u64,
    /// The HTML page that the browser shows after a successful `toklink_login`. NULL: a short page in English. Scripts
    /// and remote resources are blocked; inline styles and images work.
    pub done_page_html: *const c_char,
    /// The HTML page that the browser shows after a failed login, or when it belongs to another login. `{message}` in
    /// the page is replaced with the reason in English. NULL: a short page in English.
    pub error_page_html: *const c_char,
}

// SAFETY: `repr(C)`, starts with its size, and zero is valid for pointers and numbers.
unsafe impl Options for toklink_login_options {
    const NAME: &'static str = "toklink_login_options";
}

impl toklink_login_options {
    /// Converts the options to a login request of the core.
    ///
    /// # Safety
    /// The texts are as the header says.
    pub(crate) unsafe fn request(&self) -> Result<BeginLogin> {
        // SAFETY: guaranteed by the caller.
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
