//! The state of a login. It is random, encrypted into a cookie in the browser that started the login, and used once.

use crate::clock::Timestamp;
use crate::encoding::{hex, random};
use crate::error::{Error, ErrorKind, Reason, Result, Retry};
use crate::oauth::{authorize, pkce};
use crate::secret::Secret;
use crate::vault::{Purpose, SealContext, Vault};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The time limit of a login.
pub const LOGIN_TTL: Duration = Duration::from_secs(600);

/// The maximum length of a cookie value, in bytes. Servers commonly accept 8 KiB of headers, which leaves space for
/// four such cookies and the host's own cookies.
const MAX_COOKIE: usize = 1536;
/// The maximum length of the return path, in bytes.
const MAX_RETURN_TO: usize = 256;
/// Maximum number of consumed states in memory: about 4 MB, enough for more than a hundred logins per second.
const MAX_CONSUMED: usize = 65_536;

/// The host's data for a new login.
#[derive(Debug, Clone)]
pub struct LoginRequest {
    /// The tenant (workspace) that the account will belong to; empty when the host has no tenants.
    pub tenant: String,
    /// The host's own user; empty when the host has none.
    pub user_id: String,
    /// The redirect URI of the authorize call.
    pub redirect_uri: String,
    /// A path on the host's site to which the user returns after the login.
    pub return_to: Option<String>,
    /// The requested scopes.
    pub scopes: Vec<String>,
}

/// A login in progress.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LoginState {
    /// 32 random bytes in base64url, sent to TikTok and returned in the callback.
    pub state: String,
    /// The PKCE verifier.
    pub verifier: Secret,
    /// As in [`LoginRequest`].
    pub tenant: String,
    /// As in [`LoginRequest`].
    pub user_id: String,
    /// As in [`LoginRequest`].
    pub redirect_uri: String,
    /// As in [`LoginRequest`].
    pub return_to: Option<String>,
    /// As in [`LoginRequest`].
    pub scopes: Vec<String>,
    /// Start of the login; the login expires [`LOGIN_TTL`] later.
    pub issued_at: Timestamp,
}

/// Content of the cookie. It does not contain the state, which is necessary to decrypt the cookie.
#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    v: Cow<'a, str>,
    t: Cow<'a, str>,
    u: Cow<'a, str>,
    r: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    b: Option<Cow<'a, str>>,
    s: Cow<'a, [String]>,
    i: i64,
}

impl LoginState {
    /// Starts a login with a new state and verifier.
    ///
    /// # Errors
    /// `InvalidInput` for a redirect URI or scopes that TikTok would refuse, or for a `return_to` that is not a path on
    /// the host's site; `Internal` when the operating system returns no random bytes.
    pub fn begin(request: LoginRequest, now: Timestamp) -> Result<Self> {
        authorize::check_redirect_uri(&request.redirect_uri)?;
        authorize::check_scopes(&request.scopes)?;
        if let Some(path) = &request.return_to {
            check_return_to(path)?;
        }
        Ok(Self {
            state: URL_SAFE_NO_PAD.encode(random::bytes::<32>()?.as_slice()),
            verifier: pkce::Pkce::generate()?.verifier,
            tenant: request.tenant,
            user_id: request.user_id,
            redirect_uri: request.redirect_uri,
            return_to: request.return_to,
            scopes: request.scopes,
            issued_at: now,
        })
    }

    /// Returns the PKCE challenge for the authorize call.
    ///
    /// # Errors
    /// `InvalidInput` when the verifier was replaced by an invalid one.
    pub fn challenge(&self) -> Result<String> {
        pkce::challenge_for(self.verifier.expose())
    }

    /// Returns the name of this login's cookie.
    #[must_use]
    pub fn cookie_name(&self) -> String {
        cookie_name(&self.state)
    }

    /// Returns the value of this login's cookie. Set the cookie with `HttpOnly`, `SameSite=Lax`, [`LOGIN_TTL`] as its
    /// maximum age and, on https, `Secure`.
    ///
    /// # Errors
    /// `InvalidInput` when the value would be longer than 1.5 KiB.
    pub fn seal_cookie(&self, vault: &Vault) -> Result<String> {
        let wire = Wire {
            v: Cow::Borrowed(self.verifier.expose()),
            t: Cow::Borrowed(&self.tenant),
            u: Cow::Borrowed(&self.user_id),
            r: Cow::Borrowed(&self.redirect_uri),
            b: self.return_to.as_deref().map(Cow::Borrowed),
            s: Cow::Borrowed(&self.scopes),
            i: self.issued_at.as_millis(),
        };
        let json =
            serde_json::to_string(&wire).map_err(|_| Error::bug("a login state could not be serialized"))?;
        let cookie = vault.seal(&context(&field(&self.state)), &Secret::new(json))?;
        if cookie.len() > MAX_COOKIE {
            return Err(Error::invalid(
                "the login state does not fit into a cookie of 1.5 KiB; shorten return_to, the tenant or user id, or \
                 the redirect URI",
            ));
        }
        Ok(cookie)
    }
}

/// Returns the name of the cookie that belongs to `state`. Each login has its own cookie, so that several logins in one
/// browser are independent.
#[must_use]
pub fn cookie_name(state: &str) -> String {
    format!("toklink_login_{}", &hash_hex(state)[..16])
}

/// Decrypts the cookie that belongs to the callback's `state`. `cookie_value` is the value of the cookie named by
/// [`cookie_name`], if the browser sent that cookie.
///
/// # Errors
/// `Integrity` when the cookie is missing or belongs to another login; `Unauthorized` after [`LOGIN_TTL`].
pub fn open_cookie(
    vault: &Vault,
    state: &str,
    cookie_value: Option<&str>,
    now: Timestamp,
) -> Result<LoginState> {
    let foreign = || {
        Error::new(ErrorKind::Integrity, "this login was not started in this browser; start it here")
            .with_reason(Reason::LoginFromAnotherBrowser)
    };
    let cookie = cookie_value.filter(|cookie| cookie.len() <= MAX_COOKIE).ok_or_else(foreign)?;
    let json = vault.open(&context(&field(state)), cookie).map_err(|error| foreign().with_source(error))?;
    let wire: Wire<'_> = serde_json::from_str(json.expose()).map_err(|_| foreign())?;
    let issued_at = Timestamp::from_millis(wire.i);
    if now.since(issued_at) > LOGIN_TTL {
        return Err(Error::new(
            ErrorKind::Unauthorized,
            "the login expired after 10 minutes; start it again",
        )
        .with_reason(Reason::LoginExpired));
    }
    Ok(LoginState {
        state: state.to_owned(),
        verifier: Secret::new(wire.v.into_owned()),
        tenant: wire.t.into_owned(),
        user_id: wire.u.into_owned(),
        redirect_uri: wire.r.into_owned(),
        return_to: wire.b.map(Cow::into_owned),
        scopes: wire.s.into_owned(),
        issued_at,
    })
}

fn check_return_to(path: &str) -> Result<()> {
    // A browser interprets both "//host" and "/\host" as a URL on another host.
    let elsewhere = !path.starts_with('/') || path.starts_with("//") || path.contains('\\');
    if elsewhere || path.len() > MAX_RETURN_TO || path.chars().any(char::is_control) {
        return Err(Error::invalid(
            "return_to must be a path on this site, such as /settings/accounts, of at most 256 bytes",
        ));
    }
    Ok(())
}

fn context(field: &str) -> SealContext<'_> {
    SealContext { purpose: Purpose::Login, client_key: "", tenant: "", open_id: "", field }
}

fn field(state: &str) -> String {
    format!("login:{}", hash_hex(state))
}

fn hash(state: &str) -> [u8; 32] {
    Sha256::digest(state.as_bytes()).into()
}

fn hash_hex(state: &str) -> String {
    hex::encode(&hash(state))
}

/// The consumed states. Each state is stored until its login would have expired.
#[derive(Debug, Default)]
pub struct ConsumedStates(Mutex<Consumed>);

#[derive(Debug, Default)]
struct Consumed {
    known: HashSet<[u8; 32]>,
    /// The states in the order in which they were used, which is also the order in which they expire.
    order: VecDeque<(Timestamp, [u8; 32])>,
}

impl ConsumedStates {
    /// Creates an empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Marks `state` as used. Call it after [`open_cookie`] and before the code is exchanged.
    ///
    /// # Errors
    /// `Integrity` when the state was used before; `Unavailable` when more than 65,536 logins were completed within ten
    /// minutes.
    pub fn consume(&self, state: &str, now: Timestamp) -> Result<()> {
        let hash = hash(state);
        let mut consumed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((_, old)) = consumed.order.front().copied().filter(|(until, _)| *until < now) {
            consumed.order.pop_front();
            consumed.known.remove(&old);
        }
        if consumed.known.contains(&hash) {
            return Err(Error::new(
                ErrorKind::Integrity,
                "this login was already used; start a new one if the account is not connected",
            )
            .with_reason(Reason::LoginAlreadyUsed));
        }
        if consumed.known.len() >= MAX_CONSUMED {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "too many logins are open; try again in ten minutes",
            )
            .with_retry(Retry::After(LOGIN_TTL))
            .with_owner(crate::error::Owner::App));
        }
        consumed.known.insert(hash);
        consumed.order.push_back((now.plus(LOGIN_TTL), hash));
        Ok(())
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
