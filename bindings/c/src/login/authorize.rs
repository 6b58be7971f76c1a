//! The URL of TikTok's consent page.

use crate::client::{engine, toklink_client};
use crate::ffi::error::{made, toklink_error};
use crate::ffi::input::{self, Options};
use crate::ffi::text;
use core_toklink::AuthorizeLink;
use std::ffi::c_char;

/// The parameters of an authorize URL, for hosts that run the login themselves. Initialise them with
/// `TOKLINK_AUTHORIZE_OPTIONS_INIT`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_authorize_options {
    /// The size of this struct, which `TOKLINK_AUTHORIZE_OPTIONS_INIT` sets.
    pub size: usize,
    /// The registered redirect URI. NULL: the client's `callback_url`.
    pub redirect_uri: *const c_char,
    /// Random text that TikTok returns unchanged in the callback. Required.
    pub state: *const c_char,
    /// The PKCE challenge. NULL: none.
    pub code_challenge: *const c_char,
    /// The scopes to request. NULL: the scopes for posting and reading.
    pub scopes: *const *const c_char,
    /// Number of `scopes`.
    pub scope_count: usize,
    /// Shows the consent page even to a user who has consented before.
    pub disable_auto_auth: bool,
}

// SAFETY: `repr(C)`, starts with its size, and zero is valid for pointers, numbers and flags.
unsafe impl Options for toklink_authorize_options {
    const NAME: &'static str = "toklink_authorize_options";
}

/// Returns the URL of TikTok's consent page, to which you redirect the user's browser. Sends no request. Returns NULL
/// on failure. Free the text with `toklink_text_free`.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` if a parameter is invalid; `TOKLINK_ERR_CONFIG` if neither the options nor the
/// client have a redirect URI.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_authorize_url(
    client: *const toklink_client,
    options: *const toklink_authorize_options,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    let work = || {
        // SAFETY: the caller follows the conventions of the header.
        let (engine, link) = unsafe {
            let options = input::options(options)?;
            let scopes = input::texts(options.scopes, options.scope_count, "scopes")?;
            let link = AuthorizeLink {
                redirect_uri: input::optional(options.redirect_uri, "redirect_uri")?,
                state: input::text(options.state, "state")?.to_owned(),
                code_challenge: input::optional(options.code_challenge, "code_challenge")?,
                scopes: (!scopes.is_empty()).then_some(scopes),
                disable_auto_auth: options.disable_auto_auth,
            };
            (engine(client)?, link)
        };
        Ok(text::give(&engine.client()?.authorize_url(&link)?)?.cast_const())
    };
    // SAFETY: the caller follows the conventions of the header.
    unsafe { made(error, work) }.cast_mut()
}
