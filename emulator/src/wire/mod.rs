//! Requests and responses in TikTok's format: the envelope and its errors (docs/tiktok-api.md 7), the Janus 404 (0.6).

mod endpoint;

use bytes::Bytes;
use hyper::{HeaderMap, Method, StatusCode, header};
use serde_json::{Map, Value, json};

pub(crate) use endpoint::Endpoint;

/// A request with its complete body.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) raw_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) details: CallDetails,
}

/// Details that the handler of a request determines, for the request record.
#[derive(Debug, Default, Clone)]
pub(crate) struct CallDetails {
    pub(crate) client_key: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) publish_id: Option<String>,
    pub(crate) error_code: Option<String>,
}

impl Call {
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        pairs(self.raw_query.as_bytes()).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns true if the request has this content type; parameters such as the charset are ignored.
    pub(crate) fn is_content_type(&self, expected: &str) -> bool {
        self.header(header::CONTENT_TYPE)
            .and_then(|value| value.split(';').next())
            .is_some_and(|value| value.trim().eq_ignore_ascii_case(expected))
    }

    /// Parses the body as a JSON object. An empty body counts as `{}`.
    pub(crate) fn json_object(&self) -> Result<Map<String, Value>, ApiError> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) | Err(_) => Err(ApiError::params("The request body is not a JSON object.")),
        }
    }
}

/// Decodes the `key=value` pairs of a query or a form.
pub(crate) fn pairs(raw: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(raw).into_owned().collect()
}

/// A response that is ready to send.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) pace: Pace,
}

/// Transmission of a response body: immediate and complete, unless a fault rule changes it.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Pace {
    /// Bytes per frame, and real milliseconds between two frames.
    pub(crate) throttle: Option<(u64, u64)>,
    /// Resets the connection after this number of bytes.
    pub(crate) cut_after: Option<u64>,
}

impl Reply {
    pub(crate) fn text(status: StatusCode, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body: body.into(), pace: Pace::default() }
    }

    pub(crate) fn html(status: StatusCode, body: String) -> Self {
        Self::text(status, "text/html; charset=utf-8", body)
    }

    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new(), pace: Pace::default() }
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::empty(StatusCode::FOUND).with("location", to.to_owned())
    }

    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Returns TikTok's response to an internal error (docs/tiktok-api.md 7), for a bug in the emulator.
    pub(crate) fn internal_error() -> Self {
        let error = json!({"code": "internal_error", "message": "The emulator has a bug.", "log_id": ""});
        Self::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({"data": {}, "error": error}))
    }

    /// Returns the response to an unknown path, a wrong method or a missing slash (docs/tiktok-api.md 0.6).
    pub(crate) fn janus() -> Self {
        Self::text(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "Unsupported path(Janus)")
    }

    /// Returns the envelope `{data, error}` (docs/tiktok-api.md 7).
    pub(crate) fn envelope(result: Result<Value, ApiError>, log_id: &str) -> Self {
        match result {
            Ok(data) => {
                let error = json!({"code": "ok", "message": "", "log_id": log_id});
                let body = if data.is_null() {
                    json!({"error": error})
                } else {
                    json!({"data": data, "error": error})
                };
                Self::json(StatusCode::OK, &body)
            }
            Err(error) => {
                let inner = json!({"code": error.code, "message": error.message, "log_id": log_id});
                Self::json(error.status, &json!({"data": {}, "error": inner}))
            }
        }
        .with("x-tt-logid", log_id.to_owned())
    }
}

/// An error in the envelope (docs/tiktok-api.md 7).
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned() }
    }

    pub(crate) fn params(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_params", message)
    }

    pub(crate) fn forbidden(code: &'static str, message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    pub(crate) fn token() -> Self {
        let message = "The access token is invalid or not found in the request.";
        Self::new(StatusCode::UNAUTHORIZED, "access_token_invalid", message)
    }

    pub(crate) fn scope() -> Self {
        let message = "The user did not authorize the scope required for completing this request.";
        Self::new(StatusCode::UNAUTHORIZED, "scope_not_authorized", message)
    }

    pub(crate) fn rate() -> Self {
        let message = "The API rate limit was exceeded. Please try again later.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", message)
    }
}
