//! Common parts of all API calls.

use super::endpoint::Endpoint;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result, Retry};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A request in a form that any transport can send.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiRequest {
    /// The endpoint to call.
    pub endpoint: Endpoint,
    /// The value of the query parameter `fields`. TikTok expects it in the query string even for POST
    /// (docs/tiktok-api.md 4).
    pub fields: &'static str,
    /// The JSON body. `None` sends the request as a GET.
    pub body: Option<Value>,
}

/// An API call: its request, and the parser for the `data` of its response.
pub trait Call: Send + Sync {
    /// The parsed response.
    type Output;

    /// Builds the request.
    fn request(&self) -> ApiRequest;

    /// Parses the `data` of a successful response.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when the data differs from TikTok's documentation.
    fn parse(&self, data: Value) -> Result<Self::Output>;
}

/// Parses `data` into a wire struct.
pub(crate) fn read<T: DeserializeOwned>(data: Value) -> Result<T> {
    serde_json::from_value(data).map_err(|source| {
        Error::new(
            ErrorKind::Unavailable,
            "TikTok's response lacks a documented field; try again, and report it if it persists",
        )
        .with_dispatch(Dispatch::Answered)
        .with_retry(Retry::Backoff)
        .with_owner(Owner::TikTok)
        .with_source(Shape(source.classify()))
    })
}

/// The reason why a response could not be parsed. It omits the response's content, which serde's own message would
/// quote.
#[derive(Debug)]
struct Shape(serde_json::error::Category);

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "unexpected shape of the response ({:?})", self.0)
    }
}

impl std::error::Error for Shape {}

/// Reads a number that TikTok may send as a string; `null` becomes zero.
pub(crate) fn lenient_number<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<i64, D::Error> {
    let value: Value = serde::Deserialize::deserialize(deserializer)?;
    Ok(match &value {
        Value::Number(number) => number.as_i64().unwrap_or(0),
        Value::String(text) => text.trim().parse().unwrap_or(0),
        _ => 0,
    })
}

/// Reads an optional number that TikTok may send as a string.
pub(crate) fn lenient_option<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<i64>, D::Error> {
    let value: Value = serde::Deserialize::deserialize(deserializer)?;
    Ok(match &value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// Reads a string that may be `null`.
pub(crate) fn lenient_text<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<String, D::Error> {
    let value: Option<String> = serde::Deserialize::deserialize(deserializer)?;
    Ok(value.unwrap_or_default())
}

/// Returns an id that TikTok sends as a number or as a string, with all its digits.
pub(crate) fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) if id.is_u64() || id.is_i64() => Some(id.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[test]
    fn ids_keep_all_digits_when_sent_as_numbers_or_strings() {
        let value: Value = serde_json::from_str("[7590547243062919890, \"7590547243062919891\"]").unwrap();
        let ids: Vec<_> = value.as_array().unwrap().iter().filter_map(id_text).collect();
        assert_eq!(ids, ["7590547243062919890", "7590547243062919891"]);
        for none in [json!(""), json!(1.5), json!(null), json!({})] {
            assert_eq!(id_text(&none), None, "{none}");
        }
    }

    #[test]
    fn numeric_string_is_parsed_and_other_text_is_ignored() {
        for (value, number) in [
            (json!(7), Some(7)),
            (json!(" 7 "), Some(7)),
            (json!("x"), None),
            (json!(null), None),
            (json!([7]), None),
        ] {
            assert_eq!(lenient_option(&value).unwrap(), number, "{value}");
            assert_eq!(lenient_number(&value).unwrap(), number.unwrap_or(0), "{value}");
        }
    }

    #[test]
    fn parse_error_omits_the_content_of_the_response() {
        #[derive(Debug, Deserialize)]
        struct Wanted {
            _count: u8,
        }
        let error = read::<Wanted>(json!({ "_count": "s3cret" })).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(cause, "unexpected shape of the response (Data)");
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}
