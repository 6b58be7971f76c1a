//! The synchronous operations, named as in `js/client-interface.ts`.

use crate::account;
use crate::input::Fields;
use crate::outcome::{unknown, value};
use serde_json::{Value, json};
use std::time::Duration;
use toklink::{AccountKey, AuthorizeLink, Client, QuotaWindow, Result, Secret, WebhookCheck};

/// Runs the operation `name` with `input` (JSON text).
pub(crate) fn run(client: &Client, name: &str, input: &str) -> Result<Value> {
    let mut input = Fields::parse(input)?;
    let input = &mut input;
    match name {
        "authorizeUrl" => authorize_url(client, input),
        "inspectLogin" => {
            let callback = input.text("callback")?;
            let cookies = input.named_texts("cookies")?;
            value(&client.inspect_login(&callback, |name| cookies.get(name).cloned())?)
        }
        "verifyWebhook" => verify_webhook(client, input),
        "quotaStatus" => Ok(client.quota_status(&account::read(input)?).iter().map(quota).collect()),
        "resetQuota" => {
            client.reset_quota(&account::read(input)?);
            Ok(Value::Null)
        }
        "invalidateCache" => {
            client.invalidate_cache(&account::read(input)?);
            Ok(Value::Null)
        }
        "seal" => {
            let (key, field) = place(input)?;
            let text = Secret::from(input.text("text")?);
            value(&client.seal(&key, &field, &text)?)
        }
        "unseal" => {
            let (key, field) = place(input)?;
            Ok(json!(client.unseal(&key, &field, &input.text("sealed")?)?.expose()))
        }
        "reseal" => {
            let (key, field) = place(input)?;
            value(&client.reseal(&key, &field, &input.text("sealed")?)?)
        }
        _ => Err(unknown(name)),
    }
}

fn authorize_url(client: &Client, input: &mut Fields) -> Result<Value> {
    let link = AuthorizeLink {
        redirect_uri: input.optional_text("redirectUri")?,
        state: input.text("state")?,
        code_challenge: input.optional_text("codeChallenge")?,
        scopes: input.optional_texts("scopes")?,
        disable_auto_auth: input.flag("disableAutoAuth")?,
    };
    value(&client.authorize_url(&link)?)
}

fn verify_webhook(client: &Client, input: &mut Fields) -> Result<Value> {
    let (signature, body) = (input.text("signature")?, input.text("body")?);
    let mut check = WebhookCheck::default();
    if let Some(mut given) = input.optional_object("check")? {
        let secrets = given.optional_texts("previousSecrets")?.unwrap_or_default();
        check.previous_secrets = secrets.into_iter().map(Secret::from).collect();
        if let Some(seconds) = given.optional_whole::<u32>("toleranceSec")? {
            check.tolerance = Duration::from_secs(seconds.into());
        }
        given.finish()?;
    }
    value(&client.verify_webhook(&signature, body.as_bytes(), &check)?)
}

/// Reads the row and column of an encrypted value.
fn place(input: &mut Fields) -> Result<(AccountKey, String)> {
    let mut place = input.object("place")?;
    let key = account::key(&mut place)?;
    let field = place.text("field")?;
    place.finish()?;
    Ok((key, field))
}

pub(crate) fn quota(status: &QuotaWindow) -> Value {
    json!({
        "kind": status.kind.as_str(),
        "windowMs": status.window_ms,
        "limit": status.limit,
        "count": status.count,
        "remaining": status.remaining,
        "resetAt": status.reset_at,
        "source": status.source.as_str(),
    })
}
