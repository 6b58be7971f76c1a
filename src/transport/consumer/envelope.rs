//! Parses TikTok's responses as tolerantly as docs/tiktok-api.md 7 requires: an error with HTTP status 200, an `error`
//! that is a string or an object, ids that are numbers or strings, and HTML or plain text instead of JSON.

use super::verdict::verdict;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result, Retry, harmless};
use crate::transport::HttpReply;
use serde_json::{Map, Value};

/// Returns the `data` of a successful response.
///
/// # Errors
/// The error for TikTok's code or HTTP status; [`ErrorKind::Unavailable`] when the response does not come from TikTok.
pub fn decode(reply: &HttpReply) -> Result<Value> {
    let Ok(Value::Object(mut body)) = serde_json::from_slice::<Value>(&reply.body) else {
        return Err(foreign(reply));
    };
    let error = body.remove("error").unwrap_or(Value::Null);
    let (code, message, log_id) = match &error {
        Value::Object(error) => (
            text(error, "code"),
            text(error, "message"),
            text(error, "log_id").or_else(|| text(error, "logid")),
        ),
        Value::String(code) => (Some(code.as_str()), text(&body, "error_description"), text(&body, "log_id")),
        _ => (None, None, None),
    };
    let success = (200..300).contains(&reply.status);
    match code {
        Some("ok") if success => Ok(body.remove("data").unwrap_or(Value::Object(Map::new()))),
        None if success => body.remove("data").ok_or_else(|| foreign(reply)),
        _ => {
            let code = code.filter(|code| *code != "ok").unwrap_or_default();
            Err(refusal(reply, code, message, log_id))
        }
    }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn refusal(reply: &HttpReply, code: &str, message: Option<&str>, log_id: Option<&str>) -> Error {
    let verdict = verdict(reply.status, code);
    let said = match message {
        Some(message) if matches!(verdict.kind, ErrorKind::InvalidInput | ErrorKind::Unavailable) => {
            format!("{} (TikTok: {})", verdict.advice, harmless(message))
        }
        _ => verdict.advice.to_owned(),
    };
    Error::new(verdict.kind, said)
        .with_dispatch(Dispatch::Answered)
        .with_retry(verdict.retry)
        .with_owner(verdict.owner)
        .with_tiktok_code(code)
        .with_http_status(reply.status)
        .with_log_id(log_id.or(reply.log_id.as_deref()))
}

/// The start of the plain text that TikTok's gateway returns for an unknown path or method (docs/tiktok-api.md 0.6).
const UNSUPPORTED_PATH: &[u8] = b"Unsupported path";

fn foreign(reply: &HttpReply) -> Error {
    let error = if reply.body.starts_with(UNSUPPORTED_PATH) {
        Error::new(
            ErrorKind::Config,
            "TikTok does not support this path; check TIKTOK_API_BASE_URL, or report this if it is not set",
        )
    } else {
        match reply.status {
            401 | 403 | 429 => {
                let verdict = verdict(reply.status, "");
                Error::new(verdict.kind, verdict.advice).with_retry(verdict.retry).with_owner(verdict.owner)
            }
            status => Error::new(
                ErrorKind::Unavailable,
                format!(
                    "unexpected HTTP {status} response, probably from a proxy or an outage; try again later"
                ),
            )
            .with_retry(Retry::Backoff)
            .with_owner(Owner::TikTok),
        }
    };
    error
        .with_dispatch(Dispatch::Answered)
        .with_http_status(reply.status)
        .with_log_id(reply.log_id.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> HttpReply {
        HttpReply { status, log_id: None, content_range: None, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn response_with_code_ok_is_a_success() {
        let data =
            decode(&reply(200, r#"{"data":{"a":1},"error":{"code":"ok","message":"","log_id":"L1"}}"#));
        assert_eq!(data.unwrap()["a"], 1);
    }

    #[test]
    fn successful_response_without_data_is_an_empty_object() {
        assert_eq!(decode(&reply(200, r#"{"error":{"code":"ok"}}"#)).unwrap(), Value::Object(Map::new()));
    }

    #[test]
    fn successful_response_needs_data_but_no_error_object() {
        assert_eq!(decode(&reply(200, r#"{"data":{"a":1}}"#)).unwrap()["a"], 1);
        for body in ["{}", r#"{"error":{}}"#] {
            assert_eq!(decode(&reply(200, body)).unwrap_err().kind(), ErrorKind::Unavailable, "{body}");
        }
    }

    #[test]
    fn error_in_a_response_with_status_200_is_recognized() {
        let error =
            decode(&reply(200, r#"{"data":{},"error":{"code":"spam_risk_too_many_posts","log_id":"L2"}}"#))
                .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::QuotaExhausted);
        assert_eq!(error.tiktok_code(), Some("spam_risk_too_many_posts"));
        assert_eq!(error.log_id(), Some("L2"));
    }

    #[test]
    fn flat_error_object_is_recognized() {
        let error =
            decode(&reply(400, r#"{"error":"invalid_params","error_description":"no","log_id":"L3"}"#))
                .unwrap_err();
        assert_eq!((error.kind(), error.log_id()), (ErrorKind::InvalidInput, Some("L3")));
    }

    #[test]
    fn code_ok_with_an_error_status_is_not_a_success() {
        let error = decode(&reply(500, r#"{"data":{},"error":{"code":"ok"}}"#)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }

    #[test]
    fn html_or_malformed_response_is_unavailable() {
        for body in
            ["<html>502</html>", "", "[]", "null", "{", "\u{0}\u{1}", r#"{"error":17}"#, r#"{"data":null,"#]
        {
            let error = decode(&reply(502, body)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{body}");
            assert!(!error.message().contains("html"));
        }
    }

    #[test]
    fn gateway_text_for_an_unknown_path_is_a_config_error() {
        assert_eq!(decode(&reply(404, "Unsupported path(Janus)")).unwrap_err().kind(), ErrorKind::Config);
    }
}
