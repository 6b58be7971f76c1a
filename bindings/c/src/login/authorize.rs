//! The URL of TikTok's consent page.

use crate::client::{engine, toklink_client};
use crate::ffi::error::{made, toklink_error};
use crate::ffi::input::{self, Options};
use crate::ffi::text;
use core_toklink::AuthorizeLink;
use std::ffi::c_char;

/// The parameters of a URL of TikTok's consent page, for hosts that implement the login themselves. Initialise them
/// with `TOKLINK_AUTHORIZE_OPTIONS_INIT`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_authorize_options {
    /// The size of this struct, which `TOKLINK_AUTHORIZE_OPTIONS_INIT` sets.
    pub size: usize,
    /// The registered redirect URI. NULL: `callback_url` of the client.
    pub redirect_uri: *const c_char,
    /// The random state that the callback contains. Required.
    pub state: *const c_char,
    /// The PKCE challenge. NULL: none.
    pub code_challenge: *const c_char,
    /// The scopes to request. NULL: the scopes that posting and reading need.
    pub scopes: *const *const c_char,
    /// Number of `scopes`.
    pub scope_count: usize,
    /// Shows the consent page even to a user who has already consented.
    pub disable_auto_auth: bool,
}

// SAFETY: `repr(C)`, starts with its size, and pointers, numbers and flags may be 0.
unsafe impl Options for toklink_authorize_options {
    const NAME: &'static str = "toklink_authorize_options";
}

/// Returns the URL of TikTok's consent page for the user's browser. Sends nothing. Returns NULL on failure. Free the
/// string with `toklink_text_free`.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` if an option is invalid; `TOKLINK_ERR_CONFIG` if neither the options nor the
/// client has a redirect URI.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_authorize_url(
    client: *const toklink_client,
    options: *const toklink_authorize_options,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    let work = || {
        // SAFETY: the header requires valid arguments.
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
    // SAFETY: the header requires valid arguments.
    unsafe { made(error, work) }.cast_mut()
}
