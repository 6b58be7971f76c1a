//! `POST /v2/oauth/token/` (docs/tiktok-api.md 2.1 to 2.3).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::error::OauthError;
use super::pkce;
use crate::model::{Token, World};
use crate::settings::Rotation;
use crate::wire::{Call, pairs};

/// Lifetime of a client token, seconds (docs/tiktok-api.md 2.3).
const CLIENT_TOKEN_SECONDS: i64 = 7_200;

/// Fields of an OAuth form.
#[derive(Debug)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str, OauthError> {
        self.get(name).ok_or(OauthError::MALFORMED)
    }
}

/// Parses the form and checks the client key and secret. Returns the form and the client key.
pub(crate) fn client_form(world: &World, call: &mut Call) -> Result<(Form, String), OauthError> {
    if !call.is_content_type("application/x-www-form-urlencoded") {
        return Err(OauthError::MALFORMED);
    }
    let form = Form::new(pairs(&call.body));
    let client_key = form.require("client_key")?.to_owned();
    call.details.client_key = Some(client_key.clone());
    let secret = form.get("client_secret").ok_or(OauthError::NO_SECRET)?;
    if world.app(&client_key).is_none_or(|app| app.client_secret != secret) {
        return Err(OauthError::CLIENT);
    }
    Ok((form, client_key))
}

pub(crate) fn token(world: &mut World, call: &mut Call) -> Result<Value, OauthError> {
    let (form, client_key) = client_form(world, call)?;
    match form.require("grant_type")? {
        "authorization_code" => by_code(world, call, &form, &client_key),
        "refresh_token" => by_refresh(world, call, &form, &client_key),
        "client_credentials" => Ok(by_client(world, client_key)),
        _ => Err(OauthError::GRANT_TYPE),
    }
}

fn by_code(world: &mut World, call: &mut Call, form: &Form, client_key: &str) -> Result<Value, OauthError> {
    let (sent, redirect_uri) = (form.require("code")?, form.require("redirect_uri")?);
    let code =
        world.codes.get(sent).filter(|code| code.client_key == client_key && world.now_ms < code.expires_ms);
    let code = code.ok_or(OauthError::CODE)?;
    call.details.username = Some(code.username.clone());
    if code.redirect_uri != redirect_uri {
        return Err(OauthError::REDIRECT);
    }
    if !pkce::verifier_is_valid(code.challenge.as_deref(), form.get("code_verifier")) {
        return Err(OauthError::PKCE);
    }
    let code = world.codes.remove(sent).ok_or(OauthError::CODE)?;
    Ok(grant_tokens(world, &code.client_key, &code.username, code.scopes))
}

/// Issues the first token pair for the scopes that a user has granted.
pub(crate) fn grant_tokens(
    world: &mut World,
    client_key: &str,
    username: &str,
    scopes: BTreeSet<String>,
) -> Value {
    let expires_ms = world.now_ms + 1000 * world.settings.token_regime.refresh_seconds();
    let (client_key, username) = (client_key.to_owned(), username.to_owned());
    let refresh = Token { client_key, username, scopes, expires_ms, refreshes: 0 };
    let refresh_token = world.ids.token("rft");
    world.refresh.insert(refresh_token.clone(), refresh.clone());
    issue(world, &refresh, &refresh_token)
}

/// Refreshes a token pair. The new refresh token expires at the same time as the first one: `refresh_expires_in` counts
/// down from the consent (2.2, inferred).
fn by_refresh(
    world: &mut World,
    call: &mut Call,
    form: &Form,
    client_key: &str,
) -> Result<Value, OauthError> {
    let sent = form.require("refresh_token")?;
    let known = world.refresh.get(sent).filter(|t| t.client_key == client_key && world.now_ms < t.expires_ms);
    let mut refresh = known.cloned().ok_or(OauthError::REFRESH)?;
    call.details.username = Some(refresh.username.clone());
    refresh.refreshes += 1;
    let rotates = match world.settings.rotation {
        Rotation::Always => true,
        Rotation::Sometimes => refresh.refreshes.is_multiple_of(2),
        Rotation::Never => false,
    };
    let refresh_token = if rotates { world.ids.token("rft") } else { sent.to_owned() };
    world.refresh.remove(sent);
    world.refresh.insert(refresh_token.clone(), refresh.clone());
    Ok(issue(world, &refresh, &refresh_token))
}

/// Issues an access token. Earlier access tokens stay valid until they expire (2.2, inferred).
fn issue(world: &mut World, refresh: &Token, refresh_token: &str) -> Value {
    let expires_in = world.settings.token_regime.access_seconds();
    let access_token = world.ids.token("act");
    let access = Token { expires_ms: world.now_ms + 1000 * expires_in, ..refresh.clone() };
    // Removes expired tokens only when their number is a power of two: scanning all tokens at each call would dominate
    // the runtime.
    if world.access.len().is_power_of_two() {
        world.access.retain(|_, token| world.now_ms < token.expires_ms);
    }
    world.access.insert(access_token.clone(), access);
    json!({
        "access_token": access_token,
        "expires_in": expires_in,
        "open_id": world.ids.open_id(&refresh.client_key, &refresh.username),
        "refresh_expires_in": (refresh.expires_ms - world.now_ms) / 1000,
        "refresh_token": refresh_token,
        "scope": join_scopes(&refresh.scopes),
        "token_type": "Bearer",
    })
}

fn by_client(world: &mut World, client_key: String) -> Value {
    let access_token = world.ids.token("clt");
    let expires_ms = world.now_ms + 1000 * CLIENT_TOKEN_SECONDS;
    let token =
        Token { client_key, username: String::new(), scopes: BTreeSet::new(), expires_ms, refreshes: 0 };
    world.access.insert(access_token.clone(), token);
    json!({"access_token": access_token, "expires_in": CLIENT_TOKEN_SECONDS, "token_type": "Bearer"})
}

pub(crate) fn join_scopes(scopes: &BTreeSet<String>) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<_>>().join(",")
}
