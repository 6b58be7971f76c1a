//! The `fields` query parameter, which is always required (docs/tiktok-api.md 4, 14 E5).

use crate::model::Session;
use crate::wire::{ApiError, Call};
use hyper::StatusCode;

/// A response field and the scope that it requires.
pub(crate) type FieldScope = (&'static str, &'static str);

/// Returns the requested fields. Rejects unknown names with `invalid_params` and missing scopes with
/// `scope_permission_missed`.
pub(crate) fn requested_fields(
    call: &Call,
    session: &Session,
    known: &[FieldScope],
) -> Result<Vec<&'static str>, ApiError> {
    let requested = call.query("fields").unwrap_or_default();
    let mut out = Vec::new();
    for name in requested.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let Some((name, scope)) = known.iter().find(|(field, _)| *field == name) else {
            let message = "One or more fields in request is invalid: fields contains an unknown name.";
            return Err(ApiError::params(message));
        };
        if !session.scopes.contains(*scope) {
            let message =
                format!("Access token is invalid, some fields need additional scopes. Missing: {scope}");
            return Err(ApiError::new(StatusCode::BAD_REQUEST, "scope_permission_missed", &message));
        }
        out.push(*name);
    }
    if out.is_empty() {
        return Err(ApiError::params("One or more fields in request is invalid: fields is required."));
    }
    Ok(out)
}
