//! Tokens that a host keeps itself.

use crate::client::{engine, toklink_client};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::view::{self, maybe, texts};
use crate::{guard, handle};
use core_toklink::{Secret, TokenSet};

/// Tokens in clear, for a host that keeps them itself. Freeing wipes nothing that was copied out.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
pub struct toklink_tokens {
    pub(crate) access_token: Text,
    pub(crate) refresh_token: Option<Text>,
    pub(crate) open_id: Text,
    pub(crate) scopes: Vec<Text>,
    pub(crate) access_expires_at_ms: i64,
    pub(crate) refresh_expires_at_ms: Option<i64>,
}

impl std::fmt::Debug for toklink_tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("toklink_tokens").field("open_id", &self.open_id).finish_non_exhaustive()
    }
}

impl From<TokenSet> for toklink_tokens {
    fn from(from: TokenSet) -> Self {
        Self {
            access_token: Text::new(from.access_token.expose()),
            refresh_token: maybe(from.refresh_token.as_ref().map(Secret::expose)),
            open_id: Text::new(&from.open_id),
            scopes: texts(&from.scopes),
            access_expires_at_ms: from.access_expires_at.as_millis(),
            refresh_expires_at_ms: from.refresh_expires_at.map(core_toklink::Timestamp::as_millis),
        }
    }
}

/// Frees the tokens. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_tokens_free(tokens: *mut toklink_tokens) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(tokens) });
}

/// The access token: a secret. Lives as long as the tokens.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_tokens_access_token(tokens: *const toklink_tokens) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(tokens, |held| Some(&held.access_token)) }
}

/// The refresh token: a secret; empty when TikTok gave none. Lives as long as the tokens.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_tokens_refresh_token(tokens: *const toklink_tokens) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(tokens, |held| held.refresh_token.as_ref()) }
}

/// TikTok's id of the user for this app. Lives as long as the tokens.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_tokens_open_id(tokens: *const toklink_tokens) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(tokens, |held| Some(&held.open_id)) }
}

/// How many scopes were granted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_tokens_scope_count(tokens: *const toklink_tokens) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(tokens, 0, |held| held.scopes.len()) }
}

/// The granted scope at `index`, from 0; empty beyond the last. Lives as long as the tokens.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_tokens_scope_at(tokens: *const toklink_tokens, index: usize) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(tokens, |held| held.scopes.get(index)) }
}

/// When the access token ends, in milliseconds since 1970 (UTC).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_tokens_access_expires_at_ms(tokens: *const toklink_tokens) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(tokens, 0, |held| held.access_expires_at_ms) }
}

/// When the refresh token ends, in milliseconds since 1970 (UTC). Returns whether it is known, and writes only
/// then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_tokens_refresh_expires_at_ms(
    tokens: *const toklink_tokens,
    out_value: *mut i64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(tokens, None, |held| held.refresh_expires_at_ms), out_value) }
}

/// Exchanges an authorization code that the host obtained itself; `verifier` is empty when the link had no
/// challenge. Nothing is stored. Give the tokens back with `toklink_tokens_free`.
///
/// Errors: `TOKLINK_ERR_UNAUTHORIZED` when the code was used, is too old or is another app's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_exchange_code(
    client: *const toklink_client,
    code: toklink_str,
    redirect_uri: toklink_str,
    verifier: toklink_str,
    out_tokens: *mut *mut toklink_tokens,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, code, redirect_uri, verifier) = unsafe {
            (
                Output::at(out_tokens)?,
                engine(client)?,
                code.read("the code")?.to_owned(),
                redirect_uri.read("the redirect URI")?.to_owned(),
                verifier.read("the verifier")?.to_owned(),
            )
        };
        let verifier = (!verifier.is_empty()).then(|| Secret::new(verifier));
        let code = Secret::new(code);
        let client_of_core = engine.client()?;
        let found = engine.wait("exchange_code", async move {
            client_of_core.exchange_code(&code, &redirect_uri, verifier.as_ref()).await
        })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Exchanges a refresh token that the host keeps itself: the old one is dead once TikTok has answered. Connected
/// accounts renew themselves and must not be refreshed this way. Give the tokens back with `toklink_tokens_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_refresh_tokens(
    client: *const toklink_client,
    refresh_token: toklink_str,
    out_tokens: *mut *mut toklink_tokens,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, refresh_token) = unsafe {
            (Output::at(out_tokens)?, engine(client)?, refresh_token.read("the refresh token")?.to_owned())
        };
        let refresh_token = Secret::new(refresh_token);
        let core = engine.client()?;
        let found =
            engine.wait("refresh_tokens", async move { core.refresh_tokens(&refresh_token).await })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Ends the consent that this access token came from, for a host that keeps tokens itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_revoke(
    client: *const toklink_client,
    access_token: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (engine, access_token) =
            unsafe { (engine(client)?, access_token.read("the access token")?.to_owned()) };
        let access_token = Secret::new(access_token);
        let core = engine.client()?;
        engine.wait("revoke", async move { core.revoke(&access_token).await })
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
