//! Parses control calls and creates the errors for rejected ones.

use hyper::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::wire::Call;

/// Status and message of a rejected control call.
pub(super) type ControlError = (StatusCode, String);
pub(super) type ControlResult = Result<Value, ControlError>;

/// Parses the JSON body of a control call. The error message contains the field, line and column.
pub(super) fn parse<T: DeserializeOwned>(call: &Call) -> Result<T, ControlError> {
    serde_json::from_slice(&call.body).map_err(|error| bad_request(&error.to_string()))
}

pub(super) fn bad_request(reason: &str) -> ControlError {
    (StatusCode::BAD_REQUEST, format!("invalid control call: {reason}"))
}
