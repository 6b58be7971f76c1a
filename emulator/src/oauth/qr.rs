//! Login with a QR code (docs/tiktok-api.md 1.5).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::authorize::issue_code;
use super::error::OauthError;
use super::scopes::BASIC;
use super::token::{Form, client_form};
use crate::model::{QrLogin, QrStage, World};
use crate::wire::{Call, pairs};

/// Returns the placeholder that apps replace with their own ticket.
pub(crate) fn ticket_placeholder() -> String {
    "tobefilled".to_owned()
}

/// Handles `get_qrcode`, which requires no secret.
pub(crate) fn start(world: &mut World, call: &mut Call) -> Result<Value, OauthError> {
    if !call.is_content_type("application/x-www-form-urlencoded") {
        return Err(OauthError::MALFORMED);
    }
    let form = Form::new(pairs(&call.body));
    let client_key = form.require("client_key")?.to_owned();
    call.details.client_key = Some(client_key.clone());
    let app = world.app(&client_key).ok_or(OauthError::CLIENT)?;
    let mut scopes = BTreeSet::from([BASIC.to_owned()]);
    for scope in form.require("scope")?.split(',') {
        if !app.scopes.contains(&scope) {
            return Err(OauthError::MALFORMED);
        }
        scopes.insert(scope.to_owned());
    }
    let state = form.require("state")?.to_owned();
    let token = world.ids.uuid();
    let expires_ms = world.now_ms.saturating_add(world.settings.code_lifetime_ms);
    let url = format!("aweme://authorize?client_key={client_key}&client_ticket={}", ticket_placeholder());
    world
        .qr_logins
        .insert(token.clone(), QrLogin { client_key, scopes, state, expires_ms, stage: QrStage::New });
    Ok(json!({"scan_qrcode_url": url, "token": token}))
}

/// Handles `check_qrcode`. The first call after the consent returns the authorization code.
pub(crate) fn check(world: &mut World, call: &mut Call) -> Result<Value, OauthError> {
    let (form, client_key) = client_form(world, call)?;
    let token = form.require("token")?;
    let known = world.qr_logins.get(token).filter(|login| login.client_key == client_key);
    let login = known.ok_or(OauthError::MALFORMED)?;
    let (state, scopes) = (login.state.clone(), login.scopes.clone());
    let status = match &login.stage {
        QrStage::Utilised => "utilised",
        _ if world.now_ms >= login.expires_ms => "expired",
        QrStage::New => "new",
        QrStage::Confirmed { username, ticket } => {
            let (username, ticket) = (username.clone(), ticket.clone());
            call.details.username = Some(username.clone());
            let redirect_uri = world
                .app(&client_key)
                .and_then(|app| app.redirects.iter().find_map(|rule| rule.exact()))
                .unwrap_or_default()
                .to_owned();
            let code = issue_code(world, &client_key, &username, scopes, &redirect_uri, None);
            if let Some(login) = world.qr_logins.get_mut(token) {
                login.stage = QrStage::Utilised;
            }
            return Ok(json!({
                "client_ticket": ticket, "status": "confirmed", "code": code,
                "redirect_uri": redirect_uri, "state": state,
            }));
        }
    };
    // TikTok receives the ticket when the code is scanned.
    Ok(json!({"client_ticket": "", "status": status}))
}

/// Scans the QR code with its `ticket` and consents as the user. Returns false if the QR code is unknown, used or
/// expired.
pub(crate) fn confirm(world: &mut World, token: &str, username: &str, ticket: &str) -> bool {
    let now_ms = world.now_ms;
    let (apps, logins) = (&world.apps, &mut world.qr_logins);
    let admits = |key: &str| apps.iter().any(|app| app.client_key == key && app.admits(username));
    let login = logins.get_mut(token).filter(|login| admits(&login.client_key));
    let Some(login) = login.filter(|login| login.stage == QrStage::New && now_ms < login.expires_ms) else {
        return false;
    };
    login.stage = QrStage::Confirmed { username: username.to_owned(), ticket: ticket.to_owned() };
    true
}
