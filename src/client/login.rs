//! Login and its end: consent, tokens, disconnection.

use super::Client;
use crate::api::user::{GetUser, UserInfo};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Owner, Result, Retry};
use crate::oauth::{
    self, AuthorizeRequest, Callback, DEFAULT_SCOPES, Form, LOGIN_TTL, LoginRequest, LoginState, TokenSet,
    exchange_form, parse_callback, parse_refresh_reply, parse_token_reply, refresh_form,
};
use crate::secret::Secret;
use crate::session::{Account, seal_tokens, token_call};
use crate::store::{AccountKey, AccountRow, AccountStatus};
use crate::transport::HttpReply;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

const TOKEN_PATH: &str = "/v2/oauth/token/";

/// What an authorize link asks for.
#[derive(Clone, Default)]
pub struct AuthorizeLink {
    /// A registered redirect URI; default: the configured callback URL.
    pub redirect_uri: Option<String>,
    /// Comes back with the callback.
    pub state: String,
    /// TikTok's hex form; see [`crate::oauth::challenge_for`].
    pub code_challenge: Option<String>,
    /// Default: [`DEFAULT_SCOPES`].
    pub scopes: Option<Vec<String>>,
    /// Shows the consent page even to a user who granted the same before.
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

/// Who begins a login, and where it goes.
#[derive(Debug, Clone, Default)]
pub struct BeginLogin {
    /// The person signed in at the host.
    pub user_id: String,
    /// The tenant that the account is for.
    pub tenant: String,
    /// A registered redirect URI; default: the configured callback URL.
    pub redirect_uri: Option<String>,
    /// Default: [`DEFAULT_SCOPES`].
    pub scopes: Option<Vec<String>>,
    /// A path of the host's own site to go back to.
    pub return_to: Option<String>,
}

/// A login that has begun: where to send the browser, and the cookie to set on it. State and cookie together can finish
/// the login, so `Debug` shows neither.
#[derive(Clone)]
pub struct LoginStart {
    /// Send the browser here.
    pub authorize_url: String,
    /// Single use; comes back with the callback.
    pub state: String,
    /// Names the cookie; each flow has its own, so that two tabs work.
    pub cookie_name: String,
    /// The sealed state: set it httpOnly, sameSite lax, secure on https.
    pub cookie_value: String,
    /// How long the login may take.
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

/// Whose login a callback belongs to, as the sealed cookie says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginInspection {
    /// The tenant that the account is for.
    pub tenant: String,
    /// The person who began.
    pub user_id: String,
    /// The path to go back to.
    pub return_to: Option<String>,
    /// The cookie to delete.
    pub cookie_name: String,
}

/// A login that has ended with a stored account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginResult {
    /// Whose login it was.
    #[serde(flatten)]
    pub login: LoginInspection,
    /// The account.
    pub account: Account,
    /// Scopes that were asked for.
    pub requested_scopes: Vec<String>,
    /// Scopes that were asked for and not granted.
    pub missing_scopes: Vec<String>,
}

impl Client {
    /// The address of TikTok's consent page.
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

    /// Begins a login that only the browser holding the returned cookie can finish. The consent page is always shown,
    /// or a foreign link could connect an account silently.
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

    /// Says whose login a callback (its query or whole URL) belongs to, also when the user declined. Nothing is used
    /// up: ask for permission again before [`Client::complete_login`].
    pub fn inspect_login(
        &self,
        callback: &str,
        cookie: impl Fn(&str) -> Option<String>,
    ) -> Result<LoginInspection> {
        self.open_login(callback, cookie)
            .map(|login| inspection(&login))
            .map_err(|e| e.with_operation("inspect_login"))
    }

    /// Finishes a login: the state is used up, the code exchanged, the profile read, the account stored with sealed
    /// tokens. `user_id` is the person signed in now and must be the one who began.
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
                    "this sign-in was begun by another person; sign in as that person or start again",
                )
                .with_owner(Owner::User));
            }
            self.shared.consumed.consume(&login.state, self.shared.clock.now())?;
            let granted = parse_callback(callback)?;
            let row = self.finish_login(&login, granted).await.map_err(start_again)?;
            let account = Account::from(row);
            let (requested_scopes, missing_scopes) =
                (account.requested_scopes.clone(), account.missing_scopes.clone());
            Ok(LoginResult { login: inspection(&login), account, requested_scopes, missing_scopes })
        })
        .await
    }

    async fn finish_login(&self, login: &LoginState, granted: Callback) -> Result<AccountRow> {
        let tokens = self.exchange(&granted.code, &login.redirect_uri, Some(&login.verifier)).await?;
        let key = AccountKey::new(login.tenant.clone(), tokens.open_id.clone());
        let scopes = if tokens.scopes.is_empty() { granted.scopes } else { tokens.scopes.clone() };
        let call = GetUser::for_scopes(&scopes);
        let user = self.shared.pipeline.run_with(&key, &call, &tokens.access_token).await?;
        let row = self.row(key, &tokens, scopes, user, login)?;
        self.shared.accounts.save(&row).await?;
        Ok(row)
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

    /// Exchanges a refresh token that the caller keeps itself. The old one is dead once TikTok has answered; stored
    /// accounts are renewed by themselves and must not be refreshed this way.
    pub async fn refresh_tokens(&self, refresh_token: &Secret) -> Result<TokenSet> {
        self.operation("refresh_tokens", async {
            let config = &self.shared.config;
            let reply = self
                .token_call(
                    TOKEN_PATH,
                    refresh_form(&config.client_key, &config.client_secret, refresh_token),
                )
                .await?;
            parse_refresh_reply(reply.status, &reply.body, None, self.shared.clock.now())
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
        let reply = self.token_call(TOKEN_PATH, form).await?;
        parse_token_reply(reply.status, &reply.body, self.shared.clock.now())
    }

    pub(super) async fn token_call(&self, path: &str, form: Form) -> Result<HttpReply> {
        token_call(&*self.shared.transport, &self.shared.config, path, form).await
    }

    fn open_login(&self, callback: &str, cookie: impl Fn(&str) -> Option<String>) -> Result<LoginState> {
        let state = oauth::callback_state(callback).ok_or_else(|| {
            Error::new(
                ErrorKind::Integrity,
                "the callback carries no state, so it is not TikTok's; start the sign-in again",
            )
        })?;
        let value = cookie(&oauth::cookie_name(&state));
        oauth::open_cookie(&self.shared.config.vault, &state, value.as_deref(), self.shared.clock.now())
    }

    fn redirect_uri(&self, given: Option<&str>) -> Result<String> {
        given.or(self.shared.config.callback_url()).map(str::to_owned).ok_or_else(|| {
            Error::new(
                ErrorKind::Config,
                "no redirect URI: set TIKTOK_CALLBACK_URL or give one with the call",
            )
        })
    }

    fn row(
        &self,
        key: AccountKey,
        tokens: &TokenSet,
        scopes: Vec<String>,
        user: UserInfo,
        login: &LoginState,
    ) -> Result<AccountRow> {
        let config = &self.shared.config;
        let sealed = seal_tokens(&config.vault, &config.client_key, &key, tokens, None)?;
        let now: Timestamp = self.shared.clock.now();
        Ok(AccountRow {
            key,
            display_name: user.display_name,
            username: user.username,
            avatar_url: user.avatar_url,
            scopes,
            requested_scopes: login.scopes.clone(),
            access_token_sealed: sealed.access_token_sealed,
            refresh_token_sealed: sealed.refresh_token_sealed,
            access_expires_at: sealed.access_expires_at,
            refresh_expires_at: sealed.refresh_expires_at,
            status: AccountStatus::Active,
            connected_at: now,
            connected_by: login.user_id.clone(),
            refresh_started_at: None,
        })
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

/// State and code are used up: what might help elsewhere cannot help here.
fn start_again(error: Error) -> Error {
    if !error.is_retryable() {
        return error;
    }
    let message = if error.owner() == Owner::TikTok {
        "the sign-in could not be finished, since TikTok did not answer as it should; start it again"
            .to_owned()
    } else {
        format!("{}; TikTok's code is used up, so then start the sign-in again", error.message())
    };
    error.with_retry(Retry::Never).with_message(message)
}

fn scopes_or_default(scopes: Option<&[String]>) -> Vec<String> {
    scopes.map_or_else(|| DEFAULT_SCOPES.iter().map(|&scope| scope.to_owned()).collect(), <[String]>::to_vec)
}
