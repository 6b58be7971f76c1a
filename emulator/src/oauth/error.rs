//! Flat error bodies of the OAuth endpoints (docs/tiktok-api.md 2.5).

use hyper::StatusCode;
use serde_json::json;

use crate::settings::OauthErrors;
use crate::wire::Reply;

/// An OAuth error: `error` and `error_description`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OauthError {
    pub(crate) error: &'static str,
    pub(crate) description: &'static str,
}

impl OauthError {
    pub(crate) const MALFORMED: Self = Self::new("invalid_request", "The request parameters are malformed.");
    pub(crate) const NO_SECRET: Self = Self::new("invalid_request", "Client secret is missed in request.");
    pub(crate) const REDIRECT: Self =
        Self::new("invalid_request", "Redirect_uri is not matched with the uri when requesting code.");
    pub(crate) const PKCE: Self = Self::new("invalid_request", "Code verifier or code challenge is invalid.");
    pub(crate) const CLIENT: Self = Self::new("invalid_client", "Client key or secret is incorrect.");
    pub(crate) const CODE: Self = Self::new("invalid_grant", "Authorization code is expired.");
    pub(crate) const REFRESH: Self = Self::new("invalid_grant", "Refresh token is invalid or expired.");
    pub(crate) const GRANT_TYPE: Self =
        Self::new("unsupported_grant_type", "The grant type is not supported.");

    const fn new(error: &'static str, description: &'static str) -> Self {
        Self { error, description }
    }

    pub(crate) fn reply(self, statuses: OauthErrors, log_id: &str) -> Reply {
        let status = match (statuses, self.error) {
            (OauthErrors::Ok200, _) => StatusCode::OK,
            (OauthErrors::Client4xx, "invalid_client") => StatusCode::UNAUTHORIZED,
            (OauthErrors::Client4xx, _) => StatusCode::BAD_REQUEST,
        };
        let body = json!({"error": self.error, "error_description": self.description, "log_id": log_id});
        Reply::json(status, &body).with("x-tt-logid", log_id.to_owned())
    }
}
