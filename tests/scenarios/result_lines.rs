//! Writes the result of an act in the format that all hosts use.

use crate::table::Lines;
use toklink::{Account, Error, LoginResult, PublishOutcome, PublishStatus, QuotaWindow};

pub(crate) fn failure(error: &Error) -> String {
    let mut lines = Lines::default();
    lines.add("error", error.kind().code());
    lines.add("operation", error.operation());
    lines.add("owner", error.owner().as_str());
    lines.add_some("http_status", error.http_status());
    lines.add_some("tiktok_code", error.tiktok_code());
    lines.add_some("fail_reason", error.fail_reason());
    lines.add_some("retry_minutes", error.retry_after().map(|pause| minutes(pause.as_millis())));
    lines.add_if("retryable", error.is_retryable());
    lines.add_if("may_have_been_sent", error.may_have_been_sent());
    lines.add_if("safe_to_repeat", error.is_safe_to_repeat());
    lines.add_if("names_a_publish", error.publish_id().is_some());
    lines.finish()
}

/// Rounds to minutes, so that the result is the same on every machine.
pub(crate) fn minutes(millis: u128) -> u128 {
    (millis + 30_000) / 60_000
}

pub(crate) fn connected(result: &LoginResult) -> String {
    let mut lines = Lines::default();
    lines.add("connected", result.account.username.as_deref().unwrap_or_default());
    lines.add_list("missing_scopes", &result.missing_scopes);
    lines.finish()
}

pub(crate) fn account(account: &Account) -> String {
    let mut lines = Lines::default();
    lines.add("tenant", &account.tenant);
    lines.add("display_name", &account.display_name);
    lines.add("username", account.username.as_deref().unwrap_or_default());
    lines.add("status", account.status.as_str());
    lines.add("connected_by", &account.connected_by);
    lines.add_list("scopes", &account.scopes);
    lines.add_list("missing_scopes", &account.missing_scopes);
    lines.finish()
}

pub(crate) fn outcome(outcome: &PublishOutcome) -> String {
    let mut lines = Lines::default();
    lines.add("state", spelled(&outcome.status));
    lines.add("phase", spelled(&outcome.phase));
    lines.add("posts", outcome.post_ids.len());
    lines.add("linked", outcome.share_url.is_some());
    lines.add("key", &outcome.idempotency_key);
    lines.add_list("warnings", &outcome.warnings);
    lines.add_some("uploaded_bytes", outcome.uploaded_bytes);
    lines.finish()
}

pub(crate) fn status(status: &PublishStatus) -> String {
    let mut lines = Lines::default();
    lines.add("state", spelled(&status.status));
    lines.add("posts", status.post_ids.len());
    lines.add_some("fail_reason", status.fail_reason.as_ref());
    lines.add_some("uploaded_bytes", status.uploaded_bytes);
    lines.finish()
}

pub(crate) fn windows(windows: &[QuotaWindow], kind: &str) -> String {
    let mut lines = Lines::default();
    for window in windows.iter().filter(|window| window.kind.as_str() == kind) {
        let (count, limit, rest) = (window.count, window.limit, window.remaining);
        lines.add(&format!("in {} ms", window.window_ms), format!("{count} of {limit}, {rest} are left"));
    }
    lines.finish()
}

/// Returns the value's JSON text without quotes.
pub(crate) fn spelled(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}
