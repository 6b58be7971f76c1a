//! Parses the responses to token calls. A response with an `error` is a failure, regardless of its HTTP status
//! (docs/tiktok-api.md 2.5).

use super::refusal::{self, Step};
use super::token::{TokenSet, split_scopes};
use crate::clock::Timestamp;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result, Retry};
use crate::secret::Secret;
use serde_json::{Map, Value};
use std::time::Duration;

/// The assumed lifetime of an access token when TikTok states none: the shortest documented lifetime
/// (docs/tiktok-api.md 2.1). If the assumption is too long, TikTok responds with `access_token_invalid`, and the token
/// is then refreshed.
const ASSUMED_LIFETIME: Duration = Duration::from_secs(2 * 3600);
/// The maximum lifetime that is accepted: one day more than the longest documented lifetime (docs/tiktok-api.md 2.1).
const LONGEST_LIFETIME: Duration = Duration::from_secs(366 * 86400);

/// Parses the response to [`exchange_form`](super::exchange_form).
///
/// `expires_in` and `refresh_expires_in` are measured from `received_at` and may be numbers or strings. If a value is
/// absent or unreadable, the access token expires after two hours and the expiry of the refresh token is unknown. Zero
/// or less means that the token has expired at `received_at`. Values over 366 days are reduced to 366 days.
///
/// # Errors
/// `Unauthorized`, `Config`, `InvalidInput`, `Integrity` or `PermissionDenied` according to docs/tiktok-api.md 2.5;
/// `Unavailable` for a response without tokens (HTML, plain text, truncated JSON, no token, no `open_id`).
pub fn parse_token_reply(status: u16, body: &[u8], received_at: Timestamp) -> Result<TokenSet> {
    let reply = success(Step::Exchange, status, body)?;
    let open_id = reply.text("open_id").ok_or_else(|| {
        unreadable(
            Step::Exchange,
            status,
            "TikTok's token response has no user id (open_id); start the login again",
        )
    })?;
    token_set(Step::Exchange, status, &reply, open_id, received_at)
}

/// Parses the response to [`refresh_form`](super::refresh_form) for the account `open_id` (`None` when the caller does
/// not know it). If the response names no account, `open_id` is used, because a rotated refresh token must not be lost.
/// Lifetimes are parsed as in [`parse_token_reply`].
///
/// # Errors
/// As for [`parse_token_reply`], and `Integrity` when the response belongs to another account.
pub fn parse_refresh_reply(
    status: u16,
    body: &[u8],
    open_id: Option<&str>,
    received_at: Timestamp,
) -> Result<TokenSet> {
    let reply = success(Step::Refresh, status, body)?;
    let named = reply.text("open_id");
    if open_id.zip(named.as_deref()).is_some_and(|(ours, named)| ours != named) {
        return Err(Error::new(
            ErrorKind::Integrity,
            "TikTok returned tokens of another account, so they were discarded; ask the user to connect the \
             account again",
        )
        .with_dispatch(Dispatch::Answered)
        .with_http_status(status));
    }
    let open_id = open_id.map(str::to_owned).or(named).unwrap_or_default();
    token_set(Step::Refresh, status, &reply, open_id, received_at)
}

/// Parses the response to [`revoke_form`](super::revoke_form). An empty body or an object without an error means
/// success.
///
/// # Errors
/// `Unauthorized` when access is already revoked; `Unavailable` when TikTok did not respond as expected.
pub fn parse_revoke_reply(status: u16, body: &[u8]) -> Result<()> {
    if (200..300).contains(&status) && body.trim_ascii().is_empty() {
        return Ok(());
    }
    success(Step::Revoke, status, body)?;
    if (200..300).contains(&status) {
        return Ok(());
    }
    Err(unreadable(Step::Revoke, status, "TikTok did not confirm that access was revoked; try again later"))
}

/// A response without an error.
struct Reply(Map<String, Value>);

impl Reply {
    /// Returns the field `name` from the top level or, as in an earlier version of the API, from `data`.
    fn field(&self, name: &str) -> Option<&Value> {
        let data = || self.0.get("data").and_then(Value::as_object).and_then(|data| data.get(name));
        self.0.get(name).or_else(data).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.field(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Returns a number of whole seconds, which may be a number or a string.
    fn seconds(&self, name: &str) -> Option<i64> {
        match self.field(name)? {
            Value::Number(number) => number.as_i64().or_else(|| saturate(number.as_f64()?)),
            Value::String(text) => {
                let text = text.trim();
                text.parse().ok().or_else(|| saturate(text.parse().ok()?))
            }
            _ => None,
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates, which is what is wanted")]
fn saturate(number: f64) -> Option<i64> {
    (!number.is_nan()).then_some(number as i64)
}

fn success(step: Step, status: u16, body: &[u8]) -> Result<Reply> {
    let Ok(Value::Object(object)) = serde_json::from_slice(body) else {
        return Err(not_json(step, status, body));
    };
    match failure(step, &object) {
        // An undocumented error code, with the HTTP status of a rate limit.
        Some(error) if status == 429 && error.kind() == ErrorKind::Unavailable => {
            Err(unreadable(step, status, error.message()).with_log_id(error.log_id()))
        }
        Some(error) => Err(error.with_http_status(status)),
        None => Ok(Reply(object)),
    }
}

/// Returns the error in a response: `error` is a string or an object, and `ok` means success.
fn failure(step: Step, object: &Map<String, Value>) -> Option<Error> {
    let text = |object: &Map<String, Value>, names: &[&str]| {
        names.iter().find_map(|name| object.get(*name)?.as_str().map(str::to_owned))
    };
    let (code, said, log_id) = match object.get("error")? {
        Value::String(code) => (
            code.clone(),
            text(object, &["error_description", "message"]),
            text(object, &["log_id", "logid"]),
        ),
        Value::Object(error) => (
            text(error, &["code", "error"]).unwrap_or_default(),
            text(error, &["message", "description", "error_description"]),
            text(error, &["log_id", "logid"]).or_else(|| text(object, &["log_id", "logid"])),
        ),
        Value::Null | Value::Bool(false) => return None,
        other => (other.to_string(), None, None),
    };
    if code == "ok" || (code.is_empty() && said.is_none()) {
        return None;
    }
    Some(refusal::error(step, &code, &said.unwrap_or_default()).with_log_id(log_id.as_deref()))
}

fn token_set(
    step: Step,
    status: u16,
    reply: &Reply,
    open_id: String,
    received_at: Timestamp,
) -> Result<TokenSet> {
    let access_token = reply.text("access_token").ok_or_else(|| {
        unreadable(
            step,
            status,
            "TikTok's token response contains no token; try again later, then connect the account again",
        )
    })?;
    let ends = |lifetime: Duration| received_at.plus(lifetime);
    let expires_in = reply.seconds("expires_in").map(lifetime);
    Ok(TokenSet {
        access_token: Secret::new(access_token),
        refresh_token: reply.text("refresh_token").map(Secret::new),
        open_id,
        scopes: scopes(reply),
        access_expires_at: ends(expires_in.unwrap_or(ASSUMED_LIFETIME)),
        refresh_expires_at: reply.seconds("refresh_expires_in").map(lifetime).map(ends),
        expires_in,
        token_type: reply.text("token_type").unwrap_or_else(|| "Bearer".to_owned()),
    })
}

fn lifetime(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).min(LONGEST_LIFETIME)
}

fn scopes(reply: &Reply) -> Vec<String> {
    match reply.field("scope").or_else(|| reply.field("scopes")) {
        Some(Value::String(list)) => split_scopes(list),
        Some(Value::Array(list)) => {
            list.iter().filter_map(|scope| scope.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the error for an HTML or plain-text response, such as those of TikTok's edge servers (docs/tiktok-api.md
/// 0.6).
fn not_json(step: Step, status: u16, body: &[u8]) -> Error {
    if body.trim_ascii().starts_with(b"Unsupported path") {
        return unreadable(
            step,
            status,
            "the configured API URL has no login endpoint; check TIKTOK_API_BASE_URL",
        )
        .with_retry(Retry::Never)
        .with_owner(Owner::App);
    }
    unreadable(step, status, "TikTok returned an unexpected response to the token request; try again later")
}

/// Returns the error for an unreadable response. An authorization code is used up even when the response cannot be
/// read, so only the other calls can be retried.
fn unreadable(step: Step, status: u16, message: &str) -> Error {
    if status == 429 {
        return refusal::error(step, "rate_limit_exceeded", "").with_http_status(status);
    }
    let retry = if step == Step::Exchange && status < 500 { Retry::Never } else { Retry::Backoff };
    Error::new(ErrorKind::Unavailable, message)
        .with_dispatch(Dispatch::Answered)
        .with_retry(retry)
        .with_http_status(status)
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
