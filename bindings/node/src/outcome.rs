//! Converts results and errors to JSON text. TypeScript throws every error as one class.

use futures_util::FutureExt;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use toklink::{ConfigProblem, Error, ErrorKind, Result};

/// Returns the outcome of `operation` as JSON text.
pub(crate) fn encode(operation: &str, result: Result<Value>) -> Value {
    match result {
        Ok(value) => json!({ "ok": value }),
        Err(error) => json!({ "error": describe(operation, &error) }),
    }
}

/// Converts a result of the core to JSON. Failing to serialize a value is a bug in toklink.
pub(crate) fn value(result: &impl Serialize) -> Result<Value> {
    serde_json::to_value(result).map_err(|_| {
        Error::new(ErrorKind::Internal, "toklink could not serialize the result; please report it")
    })
}

/// Runs `work` and converts a panic, which would end the host's process, into an error.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(panicked()))
}

/// Awaits `work` and converts a panic into an error.
pub(crate) async fn guarded_async<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err(panicked()))
}

fn panicked() -> Error {
    Error::new(
        ErrorKind::Internal,
        "toklink stopped this operation because of an internal error; please report it",
    )
}

/// An error that the host's code threw, identified by its JavaScript ID. It becomes the `cause` of the reported error.
#[derive(Debug)]
pub(crate) struct HostFault(pub(crate) u64);

impl fmt::Display for HostFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error thrown by the host")
    }
}

impl std::error::Error for HostFault {}

/// Returns the ID of the host's error that caused `error`.
pub(crate) fn fault_of(error: &Error) -> Option<u64> {
    let first: &(dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(first), |error| error.source())
        .find_map(|error| error.downcast_ref::<HostFault>())
        .map(|fault| fault.0)
}

/// Returns the fields of `ToklinkError`. Its message and codes contain no secret. The only part of its source is the ID
/// of the host's error.
pub(crate) fn describe(operation: &str, error: &Error) -> Value {
    let operation =
        if error.operation().is_empty() { operation.to_owned() } else { camel(error.operation()) };
    json!({
        "code": error.kind().code(),
        "reason": error.reason().code(),
        "message": message_of(error),
        "operation": operation,
        "tiktokCode": error.tiktok_code(),
        "httpStatus": error.http_status(),
        "logId": error.log_id(),
        "retryable": error.is_retryable(),
        "retryAfterMs": error.retry_after().map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
        "owner": error.owner().as_str(),
        "mayHaveBeenSent": error.may_have_been_sent(),
        "safeToRepeat": error.is_safe_to_repeat(),
        "idempotencyKey": error.idempotency_key(),
        "failReason": error.fail_reason(),
        "publishId": error.publish_id(),
        "problems": error.problems().iter().map(problem).collect::<Vec<_>>(),
        "fault": fault_of(error),
    })
}

fn problem(problem: &ConfigProblem) -> Value {
    json!({ "variable": setting(problem.variable()), "problem": problem.problem(), "fix": problem.fix() })
}

/// Returns the JavaScript name of a setting: its environment variable, or its option if it has no variable.
fn setting(name: &str) -> String {
    match name {
        "connect_timeout" | "request_timeout" => camel(name) + "Ms",
        option if option.starts_with(|first: char| first.is_ascii_lowercase()) => camel(option),
        variable => variable.to_owned(),
    }
}

/// Returns the message of an error, with settings under their JavaScript names.
fn message_of(error: &Error) -> String {
    let named = |text: String, problem: &ConfigProblem| {
        text.replace(problem.variable(), &setting(problem.variable()))
    };
    error.problems().iter().fold(error.message().to_owned(), named)
}

/// Converts a name such as `publish_video` to JavaScript's `publishVideo`.
pub(crate) fn camel(name: &str) -> String {
    let mut upper = false;
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else {
            out.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    out
}

/// Returns the error for an unknown operation, which only occurs if the JavaScript package and the addon have different
/// versions.
pub(crate) fn unknown(name: &str) -> Error {
    let known = name.bytes().all(|b| b.is_ascii_alphabetic());
    let name = if known { name } else { "this operation" };
    Error::new(
        ErrorKind::Internal,
        format!("the addon has no operation {name}; install the same version of toklink and toklink-native"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use toklink::{Dispatch, Retry};

    #[test]
    fn error_reaches_javascript_with_every_field() {
        let error = Error::new(ErrorKind::RateLimited, "wait a little")
            .with_operation("publish_video")
            .with_dispatch(Dispatch::MaybeSent)
            .with_retry(Retry::After(Duration::from_millis(1500)))
            .with_http_status(429)
            .with_tiktok_code("rate_limit_exceeded");
        let outcome = encode("publishVideo", Err(error));
        let fields = &outcome["error"];
        assert_eq!(fields["code"], "RATE_LIMITED");
        assert_eq!(fields["operation"], "publishVideo");
        assert_eq!(fields["retryAfterMs"], 1500);
        assert_eq!(fields["mayHaveBeenSent"], true);
        assert_eq!(fields["publishId"], Value::Null);
    }

    #[test]
    fn host_error_id_is_found_inside_other_errors() {
        let store = Error::new(ErrorKind::Unavailable, "the store failed").with_source(HostFault(7));
        let error = Error::new(ErrorKind::Unauthorized, "not refreshed").with_source(store);
        assert_eq!(describe("userInfo", &error)["fault"], 7);
        assert_eq!(describe("userInfo", &Error::invalid("odd"))["fault"], Value::Null);
    }

    #[test]
    fn panic_becomes_an_error() {
        let result: Result<()> = guarded(|| panic!("planted"));
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Internal);
    }
}
