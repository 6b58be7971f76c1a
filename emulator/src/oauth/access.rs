//! Checks every API call: its token, its scopes and its rate limit.

use hyper::header;

use crate::model::{Session, World};
use crate::wire::{ApiError, Call, Endpoint};

/// Returns the session of the bearer token if the user granted one of `scopes` (docs/tiktok-api.md 14 E8: token first, then
/// scope).
pub(crate) fn session(world: &World, call: &mut Call, scopes: &[&str]) -> Result<Session, ApiError> {
    let token = call
        .header(header::AUTHORIZATION)
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::trim)
        .ok_or_else(ApiError::token)?;
    let found = world
        .access
        .get(token)
        .filter(|found| world.now_ms < found.expires_ms)
        .ok_or_else(ApiError::token)?;
    let session = Session {
        token: token.to_owned(),
        client_key: found.client_key.clone(),
        username: found.username.clone(),
        scopes: found.scopes.clone(),
    };
    call.details.client_key = Some(session.client_key.clone());
    if session.username.is_empty() {
        return Err(ApiError::scope());
    }
    call.details.username = Some(session.username.clone());
    let app_allows =
        |scope: &str| world.app(&session.client_key).is_some_and(|app| app.scopes.contains(&scope));
    if scopes.iter().any(|scope| session.scopes.contains(*scope) && app_allows(scope)) {
        Ok(session)
    } else {
        Err(ApiError::scope())
    }
}

/// Counts the request in the endpoint's sliding one-minute window, or returns `rate_limit_exceeded`.
pub(crate) fn check_rate(
    world: &mut World,
    endpoint: Endpoint,
    key: &str,
    per_minute: usize,
) -> Result<(), ApiError> {
    if !world.limits_on || world.limits.try_count(endpoint.name(), key, per_minute, world.now_ms) {
        Ok(())
    } else {
        Err(ApiError::rate())
    }
}
