//! Validates authorize requests and issues codes (docs/tiktok-api.md 1.1 to 1.4).

use std::collections::BTreeSet;
use std::fmt;

use super::pkce;
use super::scopes::BASIC;
use super::token::join_scopes;
use crate::model::{Code, World};
use crate::wire::{Call, pairs};

/// A valid authorize request.
#[derive(Debug)]
pub(crate) struct AuthorizeRequest {
    pub(crate) client_key: String,
    pub(crate) app_name: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) redirect_uri: String,
    pub(crate) state: String,
    pub(crate) challenge: Option<String>,
    pub(crate) may_skip_page: bool,
}

impl AuthorizeRequest {
    /// Validates the query. The error is the name of the invalid parameter, which the error page shows (1.3).
    pub(crate) fn parse(world: &World, raw_query: &str) -> Result<Self, &'static str> {
        let all = pairs(raw_query.as_bytes());
        let get = |name: &str| all.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let require = |name: &'static str| get(name).filter(|value| !value.is_empty()).ok_or(name);
        let app = world.app(require("client_key")?).ok_or("client_key")?;
        if require("response_type")? != "code" {
            return Err("response_type");
        }
        let mut scopes = BTreeSet::from([BASIC.to_owned()]);
        for scope in require("scope")?.split(',') {
            if !app.scopes.contains(&scope) {
                return Err("scope");
            }
            scopes.insert(scope.to_owned());
        }
        let redirect_uri = require("redirect_uri")?;
        if !app.redirects.iter().any(|rule| rule.accepts(redirect_uri)) {
            return Err("redirect_uri");
        }
        let state = require("state")?;
        let challenge = get("code_challenge").filter(|value| !value.is_empty());
        let method = get("code_challenge_method");
        if !pkce::challenge_is_acceptable(challenge, method, redirect_uri, world.settings.strict_pkce) {
            return Err("code_challenge");
        }
        Ok(Self {
            client_key: app.client_key.clone(),
            app_name: app.name.clone(),
            scopes,
            redirect_uri: redirect_uri.to_owned(),
            state: state.to_owned(),
            challenge: challenge.map(str::to_owned),
            may_skip_page: get("disable_auto_auth").is_none_or(|value| value == "0"),
        })
    }

    /// Returns true if `username` has already granted all requested scopes and the page can be skipped (1.1
    /// `disable_auto_auth`).
    pub(crate) fn already_granted(&self, world: &World, username: &str) -> bool {
        let key = (self.client_key.clone(), username.to_owned());
        let admitted = world.app(&self.client_key).is_some_and(|app| app.admits(username));
        self.may_skip_page
            && admitted
            && world.grants.get(&key).is_some_and(|granted| self.scopes.is_subset(granted))
    }

    /// Consents to `scopes` as `username` and returns the redirect URL (1.3).
    pub(crate) fn allow(&self, world: &mut World, username: &str, scopes: BTreeSet<String>) -> String {
        let granted = join_scopes(&scopes);
        let challenge = self.challenge.clone();
        let code = issue_code(world, &self.client_key, username, scopes, &self.redirect_uri, challenge);
        self.redirect(&[("code", &code), ("scopes", &granted), ("state", &self.state)])
    }

    /// Returns the redirect URL for a user who pressed Cancel (1.3).
    pub(crate) fn deny(&self) -> String {
        let description = "The user denied the authorization request";
        self.redirect(&[
            ("error", "access_denied"),
            ("error_description", description),
            ("state", &self.state),
        ])
    }

    fn redirect(&self, query: &[(&str, &str)]) -> String {
        let pairs: Vec<String> =
            query.iter().map(|(key, value)| format!("{key}={}", percent(value))).collect();
        format!("{}?{}", self.redirect_uri, pairs.join("&"))
    }
}

/// Percent-encodes everything except unreserved characters, including the `*` and `!` in a code (0.5).
fn percent(value: &str) -> String {
    let encoded = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    value.bytes().map(encoded).collect()
}

pub(super) fn issue_code(
    world: &mut World,
    client_key: &str,
    username: &str,
    scopes: BTreeSet<String>,
    redirect_uri: &str,
    challenge: Option<String>,
) -> String {
    let key = (client_key.to_owned(), username.to_owned());
    world.grants.entry(key).or_default().extend(scopes.iter().cloned());
    let now_ms = world.now_ms;
    world.codes.retain(|_, code| now_ms < code.expires_ms);
    let code = world.ids.code();
    let entry = Code {
        client_key: client_key.to_owned(),
        username: username.to_owned(),
        scopes,
        redirect_uri: redirect_uri.to_owned(),
        challenge,
        expires_ms: now_ms.saturating_add(world.settings.code_lifetime_ms),
    };
    world.codes.insert(code.clone(), entry);
    code
}

/// Error for a grant that the authorize page would reject. Names the invalid argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantError {
    /// `client_key`, `username`, `scope`, `redirect_uri` or `code_challenge`.
    pub parameter: &'static str,
}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the authorize page would reject this {}; use a valid value that is registered for the app",
            self.parameter
        )
    }
}

impl std::error::Error for GrantError {}

/// Grants access without a browser, under the rules of the authorize page. Returns the decoded code.
pub(crate) fn grant(
    world: &mut World,
    client_key: &str,
    username: &str,
    scopes: &[&str],
    redirect_uri: &str,
    challenge: Option<&str>,
) -> Result<String, GrantError> {
    let rejected = |parameter| GrantError { parameter };
    let app = world.app(client_key).ok_or(rejected("client_key"))?;
    if world.user(username).is_none() || !app.admits(username) {
        return Err(rejected("username"));
    }
    if scopes.iter().any(|scope| !app.scopes.contains(scope)) {
        return Err(rejected("scope"));
    }
    if !app.redirects.iter().any(|rule| rule.accepts(redirect_uri)) {
        return Err(rejected("redirect_uri"));
    }
    if !pkce::challenge_is_acceptable(challenge, None, redirect_uri, world.settings.strict_pkce) {
        return Err(rejected("code_challenge"));
    }
    let mut granted: BTreeSet<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
    granted.insert(BASIC.to_owned());
    Ok(issue_code(world, client_key, username, granted, redirect_uri, challenge.map(str::to_owned)))
}

/// Name of the cookie that stores which user is logged in to the emulated TikTok.
const SESSION_COOKIE: &str = "emulator_user";

/// Returns the user who is logged in to TikTok in this browser, if any.
pub(crate) fn browser_user(call: &Call) -> Option<String> {
    let cookies = call.header(hyper::header::COOKIE)?;
    let found =
        cookies.split(';').filter_map(|part| part.trim().split_once('=')).find(|(k, _)| *k == SESSION_COOKIE);
    found.map(|(_, value)| value.to_owned())
}

pub(crate) fn session_cookie(username: &str) -> String {
    format!("{SESSION_COOKIE}={username}; Path=/; HttpOnly; SameSite=Lax")
}
