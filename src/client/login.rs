//! Login: consent, tokens, and the stored account.

use super::Client;
use crate::api::consumer::user::{GetUser, UserInfo};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Owner, Reason, Result, Retry};
use crate::model::{AccountKey, AccountStatus};
use crate::oauth::{
    self, AuthorizeRequest, Callback, DEFAULT_SCOPES, Form, LOGIN_TTL, LoginRequest, LoginState, TokenSet,
    exchange_form, parse_callback, parse_refresh_reply, parse_token_reply, refresh_form,
};
use crate::secret::Secret;
use crate::session::{Account, seal_tokens};
use crate::store::AccountRow;
use crate::transport::{HttpReply, token_call};
use serde::Serialize;
use std::fmt;
use std::time::Duration;
use tokio::sync::oneshot;

const TOKEN_PATH: &str = "/v2/oauth/token/";

/// Parameters of an authorize URL.
#[derive(Clone, Default)]
pub struct AuthorizeLink {
    /// A registered redirect URI. Default: the configured callback URL.
    pub redirect_uri: Option<String>,
    /// Opaque text that TikTok returns unchanged in the callback.
    pub state: String,
    /// PKCE challenge in TikTok's hex form; see [`crate::oauth::challenge_for`].
    pub code_challenge: Option<String>,
    /// The scopes to request. Default: [`DEFAULT_SCOPES`].
    pub scopes: Option<Vec<String>>,
    /// True to show the consent page even to a user who has already granted these scopes.
    pub disable_auto_auth: bool,
}

impl fmt::Debug for AuthorizeLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizeLink")
            .field("redirect_uri", &self.redirect_uri)
            .field("scopes", &self.scopes)
            .field("disable_auto_auth", &self.disable_auto_auth)
            .finish_non_exhaustive()
    }
}

/// Parameters of a login.
#[derive(Debug, Clone, Default)]
pub struct BeginLogin {
    /// The id of the user who is signed in to the host application.
    pub user_id: String,
    /// The tenant that the account will belong to.
    pub tenant: String,
    /// A registered redirect URI. Default: the configured callback URL.
    pub redirect_uri: Option<String>,
    /// The scopes to request. Default: [`DEFAULT_SCOPES`].
    pub scopes: Option<Vec<String>>,
    /// The path on the host's own site to which the user returns after the login.
    pub return_to: Option<String>,
}

/// A started login: the URL for the browser, and the cookie to set. `Debug` prints neither the state nor the cookie,
/// because together they can finish the login.
#[derive(Clone)]
pub struct LoginStart {
    /// URL to which the browser is redirected.
    pub authorize_url: String,
    /// The single-use state, which TikTok returns in the callback.
    pub state: String,
    /// Name of the cookie. Each login has its own, so that logins in two tabs do not interfere.
    pub cookie_name: String,
    /// Value of the cookie. Set it as httpOnly, with sameSite lax, and as secure on https.
    pub cookie_value: String,
    /// The time after which the login expires.
    pub cookie_max_age: Duration,
}

impl fmt::Debug for LoginStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginStart")
            .field("cookie_name", &self.cookie_name)
            .field("cookie_max_age", &self.cookie_max_age)
            .finish_non_exhaustive()
    }
}

/// The login that a callback belongs to, as recorded in the encrypted cookie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginInspection {
    /// The tenant that the account will belong to.
    pub tenant: String,
    /// The user who started the login.
    pub user_id: String,
    /// The path to which the user returns after the login.
    pub return_to: Option<String>,
    /// Name of the cookie to delete.
    pub cookie_name: String,
}

/// A finished login with its stored account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginResult {
    /// The login that was finished.
    #[serde(flatten)]
    pub login: LoginInspection,
    /// The connected account.
    pub account: Account,
    /// Scopes that were requested.
    pub requested_scopes: Vec<String>,
    /// Scopes that were requested but not granted.
    pub missing_scopes: Vec<String>,
}

impl Client {
    /// Returns the URL of TikTok's consent page.
    pub fn authorize_url(&self, link: &AuthorizeLink) -> Result<String> {
        let config = &self.shared.config;
        let redirect_uri = self.redirect_uri(link.redirect_uri.as_deref())?;
        let scopes = scopes_or_default(link.scopes.as_deref());
        let request = AuthorizeRequest {
            client_key: &config.client_key,
            redirect_uri: &redirect_uri,
            scopes: &scopes,
            state: &link.state,
            code_challenge: link.code_challenge.as_deref(),
            disable_auto_auth: link.disable_auto_auth,
        };
        oauth::authorize_url(&config.auth_base_url, &request).map_err(|e| e.with_operation("authorize_url"))
    }

    /// Starts a login that only the browser with the returned cookie can finish. TikTok always shows the consent page.
    /// Otherwise a link from an attacker could connect an account without the user's knowledge.
    pub async fn begin_login(&self, request: BeginLogin) -> Result<LoginStart> {
        self.operation("begin_login", async {
            let login = LoginState::begin(
                LoginRequest {
                    tenant: request.tenant,
                    user_id: request.user_id,
                    redirect_uri: self.redirect_uri(request.redirect_uri.as_deref())?,
                    return_to: request.return_to,
                    scopes: scopes_or_default(request.scopes.as_deref()),
                },
                self.shared.clock.now(),
            )?;
            let link = AuthorizeLink {
                redirect_uri: Some(login.redirect_uri.clone()),
                state: login.state.clone(),
                code_challenge: Some(login.challenge()?),
                scopes: Some(login.scopes.clone()),
                disable_auto_auth: true,
            };
            let authorize_url = self.authorize_url(&link)?;
            let cookie_value = login.seal_cookie(&self.shared.config.vault)?;
            let cookie_name = login.cookie_name();
            Ok(LoginStart {
                authorize_url,
                state: login.state,
                cookie_name,
                cookie_value,
                cookie_max_age: LOGIN_TTL,
            })
        })
        .await
    }

    /// Returns the login that a callback belongs to, even when the user declined. Accepts the callback's query or its
    /// complete URL. The state stays valid: check the user's permission again before calling
    /// [`Client::complete_login`].
    pub fn inspect_login(
        &self,
        callback: &str,
        cookie: impl Fn(&str) -> Option<String>,
    ) -> Result<LoginInspection> {
        self.open_login(callback, cookie)
            .map(|login| inspection(&login))
            .map_err(|e| e.with_operation("inspect_login"))
    }

    /// Finishes a login: invalidates the state, exchanges the code, reads the profile, and stores the account with
    /// encrypted tokens. `user_id` is the user who is signed in now, who must be the user who started the login. If
    /// TikTok cannot return the profile, for example because of a limit or an outage, the account keeps the names from
    /// an earlier login, or has none.
    pub async fn complete_login(
        &self,
        callback: &str,
        cookie: impl Fn(&str) -> Option<String>,
        user_id: &str,
    ) -> Result<LoginResult> {
        let login = self.open_login(callback, cookie).map_err(|e| e.with_operation("complete_login"));
        self.operation("complete_login", async {
            let login = login?;
            if login.user_id != user_id {
                return Err(Error::new(
                    ErrorKind::PermissionDenied,
                    "this login was started by another user; sign in as that user, or start a new login",
                )
                .with_reason(Reason::LoginOfAnotherUser)
                .with_owner(Owner::User));
            }
            self.shared.consumed.consume(&login.state, self.shared.clock.now())?;
            let sent = [login.verifier.expose(), login.state.as_str()];
            let granted = parse_callback(callback).map_err(|error| error.without(&sent))?;
            let row = self.finished_login(&login, granted).await.map_err(start_again)?;
            let account = Account::from(row);
            let (requested_scopes, missing_scopes) =
                (account.requested_scopes.clone(), account.missing_scopes.clone());
            Ok(LoginResult { login: inspection(&login), account, requested_scopes, missing_scopes })
        })
        .await
    }

    /// Finishes the login in its own task, so that it completes even if the caller is dropped, for example by a time
    /// limit. The code is single-use: without a stored account, the user would have to consent again.
    /// an account the user would have to consent again.
    async fn finished_login(&self, login: &LoginState, granted: Callback) -> Result<AccountRow> {
        let (client, login) = (self.clone(), login.clone());
        let (sender, receiver) = oneshot::channel();
        self.shared.running.spawn(async move {
            // The send fails if the caller was dropped.
            let _ = sender.send(client.finish_login(&login, granted).await);
        });
        receiver.await.unwrap_or_else(|_| Err(Error::bug("the login task ended without a result")))
    }

    async fn finish_login(&self, login: &LoginState, granted: Callback) -> Result<AccountRow> {
        let tokens = self.exchange(&granted.code, &login.redirect_uri, Some(&login.verifier)).await?;
        let key = AccountKey::new(login.tenant.clone(), tokens.open_id.clone());
        let scopes = if tokens.scopes.is_empty() { granted.scopes } else { tokens.scopes.clone() };
        let call = GetUser::for_scopes(&scopes);
        let profile = match self.shared.pipeline.run_with(&key, &call, &tokens.access_token).await {
            Ok(user) => Profile::from(user),
            // TikTok rejects the new token even for its own user.
            Err(error) if error.http_status() == Some(401) => return Err(error),
            // The code is already used: without a stored account, the user would have to consent again.
            Err(_) => self.known_profile(&key).await?,
        };
        let row = self.row(key, &tokens, scopes, profile, login)?;
        self.shared.accounts.put(&row).await?;
        Ok(row)
    }

    /// Returns the profile that an earlier login stored, or an empty one for a new account.
    async fn known_profile(&self, key: &AccountKey) -> Result<Profile> {
        let row = self.shared.accounts.load(key).await?;
        Ok(row.map_or_else(Profile::default, |row| Profile {
            display_name: row.display_name,
            username: row.username,
            avatar_url: row.avatar_url,
        }))
    }

    /// Exchanges an authorization code that the caller obtained itself. Nothing is stored.
    pub async fn exchange_code(
        &self,
        code: &Secret,
        redirect_uri: &str,
        verifier: Option<&Secret>,
    ) -> Result<TokenSet> {
        self.operation("exchange_code", self.exchange(code, redirect_uri, verifier)).await
    }

    /// Exchanges a refresh token that the caller stores itself. The old token is invalid as soon as TikTok responds. Do
    /// not use this method for stored accounts, which toklink refreshes automatically.
    pub async fn refresh_tokens(&self, refresh_token: &Secret) -> Result<TokenSet> {
        self.operation("refresh_tokens", async {
            let config = &self.shared.config;
            let form = refresh_form(&config.client_key, &config.client_secret, refresh_token);
            self.token_call(TOKEN_PATH, form, |reply| {
                parse_refresh_reply(reply.status, &reply.body, None, self.shared.clock.now())
            })
            .await
        })
        .await
    }

    async fn exchange(
        &self,
        code: &Secret,
        redirect_uri: &str,
        verifier: Option<&Secret>,
    ) -> Result<TokenSet> {
        let config = &self.shared.config;
        let form = exchange_form(&config.client_key, &config.client_secret, code, redirect_uri, verifier);
        self.token_call(TOKEN_PATH, form, |reply| {
            parse_token_reply(reply.status, &reply.body, self.shared.clock.now())
        })
        .await
    }

    pub(super) async fn token_call<T>(
        &self,
        path: &str,
        form: Form,
        parse: impl FnOnce(&HttpReply) -> Result<T>,
    ) -> Result<T> {
        token_call(&*self.shared.transport, &self.shared.config, path, form, parse).await
    }

    fn open_login(&self, callback: &str, cookie: impl Fn(&str) -> Option<String>) -> Result<LoginState> {
        let state = oauth::callback_state(callback).ok_or_else(|| {
            Error::new(
                ErrorKind::Integrity,
                "the callback has no state, so it is not from TikTok; start the login again",
            )
        })?;
        let value = cookie(&oauth::cookie_name(&state));
        oauth::open_cookie(&self.shared.config.vault, &state, value.as_deref(), self.shared.clock.now())
    }

    fn redirect_uri(&self, given: Option<&str>) -> Result<String> {
        given.or(self.shared.config.callback_url()).map(str::to_owned).ok_or_else(|| {
            Error::new(
                ErrorKind::Config,
                "the redirect URI is missing; set TIKTOK_CALLBACK_URL or pass one with the call",
            )
        })
    }

    fn row(
        &self,
        key: AccountKey,
        tokens: &TokenSet,
        scopes: Vec<String>,
        profile: Profile,
        login: &LoginState,
    ) -> Result<AccountRow> {
        let config = &self.shared.config;
        let (sealed, expiry) = seal_tokens(&config.vault, &config.client_key, &key, tokens, None)?;
        let now: Timestamp = self.shared.clock.now();
        Ok(AccountRow {
            key,
            display_name: profile.display_name,
            username: profile.username,
            avatar_url: profile.avatar_url,
            scopes,
            requested_scopes: login.scopes.clone(),
            access_token_sealed: sealed.access,
            refresh_token_sealed: sealed.refresh,
            access_expires_at: expiry.access,
            refresh_expires_at: expiry.refresh,
            status: AccountStatus::Active,
            connected_at: now,
            connected_by: login.user_id.clone(),
            refresh_started_at: None,
        })
    }
}

/// The part of a profile that toklink stores with an account.
#[derive(Debug, Default)]
struct Profile {
    display_name: String,
    username: Option<String>,
    avatar_url: Option<String>,
}

impl From<UserInfo> for Profile {
    fn from(user: UserInfo) -> Self {
        Self { display_name: user.display_name, username: user.username, avatar_url: user.avatar_url }
    }
}

fn inspection(login: &LoginState) -> LoginInspection {
    LoginInspection {
        tenant: login.tenant.clone(),
        user_id: login.user_id.clone(),
        return_to: login.return_to.clone(),
        cookie_name: login.cookie_name(),
    }
}

/// Adds to the message that the login must be started again. The state and the code are single-use, so no other remedy
/// applies. For a rate limit, the error keeps the pause before a new login.
fn start_again(error: Error) -> Error {
    if !error.is_retryable() {
        return error;
    }
    if error.kind() == ErrorKind::RateLimited {
        let message = format!("{}, then start the login again", error.message());
        return error.with_message(message);
    }
    let message = if error.owner() == Owner::TikTok {
        "the login failed because TikTok returned an unexpected response; start the login again".to_owned()
    } else {
        format!("{}; the authorization code is used up, so start the login again", error.message())
    };
    error.with_retry(Retry::Never).with_message(message)
}

fn scopes_or_default(scopes: Option<&[String]>) -> Vec<String> {
    scopes.map_or_else(|| DEFAULT_SCOPES.iter().map(|&scope| scope.to_owned()).collect(), <[String]>::to_vec)
}
