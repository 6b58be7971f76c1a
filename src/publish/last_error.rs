//! Converts the error of an attempt to the format that the journal stores, so that another process can return the
//! error.

use crate::error::{Dispatch, Error, ErrorKind, Owner, Reason, Retry};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The maximum length of a recorded message, in characters.
const LONGEST: usize = 1000;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorRecord {
    code: String,
    message: String,
    #[serde(default)]
    reason: String,
    owner: String,
    dispatch: String,
    #[serde(default)]
    safe_to_repeat: bool,
    #[serde(default)]
    retryable: bool,
    retry_after_ms: Option<u64>,
    tiktok_code: Option<String>,
    http_status: Option<u16>,
    log_id: Option<String>,
    fail_reason: Option<String>,
}

const OWNERS: [Owner; 4] = [Owner::User, Owner::App, Owner::TikTok, Owner::Toklink];
const DISPATCHES: [(Dispatch, &str); 3] =
    [(Dispatch::NotSent, "not_sent"), (Dispatch::MaybeSent, "maybe_sent"), (Dispatch::Answered, "answered")];

/// Returns `error` as JSON text. Errors contain no secrets, so neither does the text. The underlying error is dropped.
pub(super) fn to_text(error: &Error) -> String {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let dispatch = DISPATCHES.iter().find(|(dispatch, _)| *dispatch == error.dispatch());
    let record = ErrorRecord {
        code: error.kind().code().to_owned(),
        message: error.message().chars().take(LONGEST).collect(),
        reason: error.reason().code().to_owned(),
        owner: error.owner().as_str().to_owned(),
        dispatch: dispatch.map_or("", |(_, name)| name).to_owned(),
        safe_to_repeat: error.is_safe_to_repeat(),
        retryable: error.is_retryable(),
        retry_after_ms: error.retry_after().map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
        tiktok_code: text(error.tiktok_code()),
        http_status: error.http_status(),
        log_id: text(error.log_id()),
        fail_reason: text(error.fail_reason()),
    };
    // Strings, numbers and booleans can always be serialized as JSON.
    serde_json::to_string(&record).unwrap_or_default()
}

/// Parses an error from its JSON text. Text that this version cannot read becomes an `Internal` error whose request may
/// have been sent.
pub(super) fn of_text(text: &str) -> Error {
    let Ok(record) = serde_json::from_str::<ErrorRecord>(text) else { return unreadable() };
    let kind = ErrorKind::ALL.into_iter().find(|kind| kind.code() == record.code);
    let owner = OWNERS.into_iter().find(|owner| owner.as_str() == record.owner);
    let dispatch = DISPATCHES.into_iter().find(|(_, name)| *name == record.dispatch);
    let (Some(kind), Some(owner), Some((dispatch, _))) = (kind, owner, dispatch) else { return unreadable() };
    // A later version may have recorded a reason that this version lacks.
    let reason = Reason::ALL.iter().copied().find(|reason| reason.code() == record.reason);
    let retry = match record.retry_after_ms {
        Some(ms) => Retry::After(Duration::from_millis(ms)),
        None if record.retryable => Retry::Backoff,
        None => Retry::Never,
    };
    let mut error = Error::new(kind, record.message)
        .with_reason(reason.unwrap_or(Reason::Other))
        .with_owner(owner)
        .with_dispatch(dispatch)
        .with_retry(retry)
        .with_safe_to_repeat(record.safe_to_repeat)
        .with_log_id(record.log_id.as_deref());
    if let Some(code) = &record.tiktok_code {
        error = error.with_tiktok_code(code);
    }
    if let Some(status) = record.http_status {
        error = error.with_http_status(status);
    }
    if let Some(reason) = &record.fail_reason {
        error = error.with_fail_reason(reason);
    }
    error
}

fn unreadable() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the last attempt of this publish failed with an error that this version cannot read; query the status of \
         the publish",
    )
    .with_dispatch(Dispatch::MaybeSent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_error_is_restored_unchanged() {
        let plain = Error::invalid("the video is too long; cut it");
        let full = Error::new(ErrorKind::Rejected, "refused")
            .with_owner(Owner::TikTok)
            .with_dispatch(Dispatch::MaybeSent)
            .with_retry(Retry::After(Duration::from_millis(1500)))
            .with_safe_to_repeat(true)
            .with_tiktok_code("spam_risk")
            .with_http_status(403)
            .with_log_id(Some("2026"))
            .with_fail_reason("file_format_check_failed");
        for error in [plain, full.clone(), full.with_retry(Retry::Backoff)] {
            assert_eq!(format!("{:?}", of_text(&to_text(&error))), format!("{error:?}"));
        }
    }

    #[test]
    fn unreadable_text_becomes_an_internal_maybe_sent_error() {
        for text in ["", "{}", r#"{"code":"NEW","message":"","owner":"user","dispatch":"not_sent"}"#] {
            let error = of_text(text);
            assert!(error.kind() == ErrorKind::Internal && error.may_have_been_sent(), "{text}");
        }
    }
}
