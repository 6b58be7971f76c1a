//! Calls TikTok's token endpoints.

use super::{Body, HttpReply, HttpRequest, Method, Transport};
use crate::config::{Config, join};
use crate::error::Result;
use crate::oauth::{Form, encode_form};
use std::time::Duration;

/// The time limit of a call.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// The secret fields of a form.
const SECRETS: [&str; 5] = ["client_secret", "code", "code_verifier", "refresh_token", "token"];

/// Calls a token endpoint of TikTok with a form post, never with JSON (docs/tiktok-api.md 2), and parses the reply. Removes
/// the form's secrets from the error, because TikTok may repeat them in its error description.
pub(crate) async fn token_call<T>(
    transport: &dyn Transport,
    config: &Config,
    path: &str,
    form: Form,
    parse: impl FnOnce(&HttpReply) -> Result<T>,
) -> Result<T> {
    let url = join(&config.api_base_url, path);
    let headers = vec![("cache-control", "no-cache".to_owned())];
    let body = Body::Form(encode_form(&form));
    let timeout = CALL_TIMEOUT.min(config.network.request_timeout);
    let request = HttpRequest { method: Method::Post, url, authorization: None, headers, body, timeout };
    let reply = transport.send(request).await?;
    let secrets: Vec<_> =
        form.iter().filter(|(name, _)| SECRETS.contains(name)).map(|(_, secret)| secret.expose()).collect();
    parse(&reply).map_err(|error| error.without(&secrets))
}
