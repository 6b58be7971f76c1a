//! Calls TikTok's token endpoints.

use super::{Body, HttpReply, HttpRequest, Method, Transport};
use crate::config::{Config, join};
use crate::error::Result;
use crate::oauth::{Form, encode_form};
use std::time::Duration;

/// The time limit of a call.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// Calls a token endpoint of TikTok with a form post, never with JSON (docs/tiktok-api.md 2).
pub(crate) async fn token_call(
    transport: &dyn Transport,
    config: &Config,
    path: &str,
    form: Form,
) -> Result<HttpReply> {
    let url = join(&config.api_base_url, path);
    let headers = vec![("cache-control", "no-cache".to_owned())];
    let body = Body::Form(encode_form(&form));
    let timeout = CALL_TIMEOUT.min(config.network.request_timeout);
    transport
        .send(HttpRequest { method: Method::Post, url, authorization: None, headers, body, timeout })
        .await
}
