//! TikTok's OAuth errors, with the remedy and the owner of each error (docs/tiktok-api.md 1.3 and 2.5).

use crate::error::{Dispatch, Error, ErrorKind, Owner, Reason, Retry, harmless};
use std::time::Duration;

/// TikTok counts requests in windows of one minute (docs/tiktok-api.md 8) and does not report when a window ends.
const RATE_WINDOW: Duration = Duration::from_secs(60);

/// The step that TikTok refused. The remedy for an error code depends on the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The consent page, which reports through the callback.
    Consent,
    /// The exchange of an authorization code.
    Exchange,
    /// The refresh of a token.
    Refresh,
    /// The revocation of access.
    Revoke,
}

/// Returns the error for TikTok's `code`. `said` is TikTok's description, which is shortened to one line of limited
/// length.
pub(super) fn error(step: Step, code: &str, said: &str) -> Error {
    let (kind, message) = verdict(step, code, &said.to_ascii_lowercase());
    let said = harmless(said);
    let message = if said.is_empty() {
        message.to_owned()
    } else {
        format!("{message} (TikTok's description: {said})")
    };
    let owner = match kind {
        ErrorKind::Unauthorized => Owner::User,
        ErrorKind::Unavailable | ErrorKind::RateLimited => Owner::TikTok,
        ErrorKind::Internal => Owner::Toklink,
        _ => Owner::App,
    };
    let retry = match code {
        "rate_limit_exceeded" => Retry::After(RATE_WINDOW),
        "server_error" | "temporarily_unavailable" | "internal_error" => Retry::Backoff,
        _ => Retry::Never,
    };
    Error::new(kind, message)
        .with_dispatch(Dispatch::Answered)
        .with_owner(owner)
        .with_retry(retry)
        .with_tiktok_code(code)
        .with_reason(match code {
            "access_denied" if step == Step::Consent => Reason::LoginDeclined,
            _ if step == Step::Consent => Reason::LoginRefused,
            _ => Reason::Other,
        })
}

fn verdict(step: Step, code: &str, said: &str) -> (ErrorKind, &'static str) {
    match code {
        "access_denied" if step == Step::Consent => (
            ErrorKind::Unauthorized,
            "the user declined to connect the TikTok account; start a new login when the user agrees",
        ),
        "access_denied" => (
            ErrorKind::Unauthorized,
            "the user's consent is no longer valid; ask the user to connect the account again",
        ),
        "invalid_grant" => match step {
            Step::Refresh => (
                ErrorKind::Unauthorized,
                "TikTok no longer accepts the refresh token; ask the user to connect the account again",
            ),
            Step::Revoke => {
                (ErrorKind::Unauthorized, "TikTok no longer accepts the token; access was already revoked")
            }
            Step::Consent | Step::Exchange => (
                ErrorKind::Unauthorized,
                "the authorization code has expired or was already used; start the login again",
            ),
        },
        "invalid_client" => (
            ErrorKind::Config,
            "TikTok rejected the client key and secret; check that both belong to the same app, and that a sandbox \
             key is not combined with a production secret",
        ),
        "unauthorized_client" => (
            ErrorKind::Config,
            "TikTok does not allow this operation for the app; check in TikTok's portal that Login Kit is added and the \
             app is approved",
        ),
        "invalid_scope" => (
            ErrorKind::PermissionDenied,
            "the app may not request one of the scopes; add its product in TikTok's portal and request approval",
        ),
        "invalid_request" => invalid_request(step, said),
        "unsupported_response_type" => (
            ErrorKind::Config,
            "TikTok does not support this login method for the app; check its platform settings",
        ),
        "unsupported_grant_type" => {
            (ErrorKind::Internal, "TikTok does not support this grant type; please report it")
        }
        "rate_limit_exceeded" => {
            (ErrorKind::RateLimited, "TikTok's limit for login requests is reached; try again in one minute")
        }
        "server_error" | "temporarily_unavailable" | "internal_error" => {
            (ErrorKind::Unavailable, "TikTok's login service failed; try again later")
        }
        _ => {
            (ErrorKind::Unavailable, "TikTok rejected the login for an undocumented reason; try again later")
        }
    }
}

/// Distinguishes the causes of `invalid_request` by TikTok's description (docs/tiktok-api.md 2.5).
fn invalid_request(step: Step, said: &str) -> (ErrorKind, &'static str) {
    if said.contains("redirect_uri") || said.contains("redirect uri") {
        return (
            ErrorKind::Config,
            "the redirect URI is not registered, or differs from that of the login; compare TIKTOK_CALLBACK_URL \
             exactly, including a final slash",
        );
    }
    if said.contains("code verifier") || said.contains("code challenge") || said.contains("code_verifier") {
        return (
            ErrorKind::Integrity,
            "the PKCE verifier does not match, so the login was started elsewhere; start the login again",
        );
    }
    if said.contains("secret") {
        return (ErrorKind::Config, "the request contained no client secret; set TIKTOK_CLIENT_SECRET");
    }
    match step {
        Step::Consent => (
            ErrorKind::Config,
            "TikTok rejected the login request as invalid; check the client key, the redirect URI and the scopes",
        ),
        Step::Exchange | Step::Refresh | Step::Revoke => (
            ErrorKind::InvalidInput,
            "TikTok rejected the token request as invalid; check that the code or token is complete",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_temporary_oauth_errors_are_retryable() {
        for code in ["server_error", "temporarily_unavailable"] {
            assert_eq!(error(Step::Refresh, code, "").retry(), Retry::Backoff);
        }
        assert_eq!(error(Step::Exchange, "rate_limit_exceeded", "").retry_after(), Some(RATE_WINDOW));
        for code in ["invalid_grant", "invalid_client", "invalid_request", "access_denied", "novel"] {
            assert_eq!(error(Step::Refresh, code, "").retry(), Retry::Never);
        }
    }
}
