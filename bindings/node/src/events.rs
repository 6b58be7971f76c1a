//! Passes events to JavaScript without waiting. A listener that is too slow receives the number of missed events.

use crate::operation_sync::quota;
use crate::outcome::{camel, describe};
use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use serde_json::{Value, json};
use toklink::{AccountKey, Event, Events};

/// Maximum number of events queued for JavaScript's thread.
const QUEUE: usize = 256;

/// JavaScript's listener. The reference is weak, so that it does not keep the process alive.
pub(crate) type Listener = ThreadsafeFunction<String, (), String, Status, false, true, QUEUE>;

/// Forwards events until the client or JavaScript's environment is closed.
pub(crate) async fn pass_on(mut events: Events, listener: Listener) {
    let mut missed = 0;
    while let Some(event) = events.next().await {
        if missed > 0 && send(&listener, &Event::Lagged { count: missed }) == Status::Ok {
            missed = 0;
        }
        match send(&listener, &event) {
            Status::Ok => {}
            Status::QueueFull => {
                missed += if let Event::Lagged { count } = event { count } else { 1 };
            }
            _ => return,
        }
    }
}

fn send(listener: &Listener, event: &Event) -> Status {
    match text(event) {
        // This addon does not support this kind of event yet, so no listener expects it.
        None => Status::Ok,
        Some(text) => listener.call(text, ThreadsafeFunctionCallMode::NonBlocking),
    }
}

fn text(event: &Event) -> Option<String> {
    let value = match event {
        Event::Refreshed { account, at, token_expires_at } => {
            json!({ "type": "refreshed", "account": key(account), "at": at, "tokenExpiresAt": token_expires_at })
        }
        Event::RefreshFailed { account, at, error } => {
            let error = describe("refreshTokens", error);
            json!({ "type": "refreshFailed", "account": key(account), "at": at, "error": error })
        }
        Event::Revoked { account, at } => json!({ "type": "revoked", "account": key(account), "at": at }),
        Event::ScopesReduced { account, at, lost, scopes } => {
            json!({ "type": "scopesReduced", "account": key(account), "at": at, "lost": lost, "scopes": scopes })
        }
        Event::KeyRetired { key, at } => json!({ "type": "keyRetired", "key": key, "at": at }),
        Event::QuotaWarning { account, at, warning } => json!({
            "type": "quotaWarning",
            "account": key(account),
            "at": at,
            "kind": warning.kind.as_str(),
            "windowMs": warning.window_ms,
            "limit": warning.limit,
            "count": warning.count,
            "percent": warning.percent,
        }),
        Event::RedisUnavailable { at, sharing } => {
            json!({ "type": "redisUnavailable", "at": at, "sharing": sharing })
        }
        Event::RedisAvailable { at } => json!({ "type": "redisAvailable", "at": at }),
        Event::RedisIgnored { at, reason } => json!({ "type": "redisIgnored", "at": at, "reason": reason }),
        Event::Called { account, at, operation, error, quota: window } => {
            let operation = camel(operation);
            json!({
                "type": "called",
                "account": key(account),
                "at": at,
                "operation": operation,
                "error": error.as_ref().map(|error| describe(&operation, error)),
                "quota": window.as_ref().map(quota),
            })
        }
        Event::Lagged { count } => json!({ "type": "lagged", "count": count }),
        _ => return None,
    };
    Some(value.to_string())
}

fn key(account: &AccountKey) -> Value {
    json!({ "tenant": account.tenant, "accountId": account.open_id })
}
