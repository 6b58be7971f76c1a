//! TikTok's OAuth errors, with the remedy and the owner of each (docs/tiktok-api.md 1.3 and 2.5).

use crate::error::{Dispatch, Error, ErrorKind, Owner, Retry, harmless};

/// Step of a login at which TikTok refused. The remedy for a code depends on the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The consent page, through the callback.
    Consent,
    /// The exchange of an authorization code.
    Exchange,
    /// The refresh of a token.
    Refresh,
    /// The revocation of access.
    Revoke,
}

/// Returns the error for TikTok's `code`. `said` is TikTok's description, of which one line of limited length is kept.
pub(super) fn error(step: Step, code: &str, said: &str) -> Error {
    let (kind, message) = verdict(step, code, &said.to_ascii_lowercase());
    let said = harmless(said);
    let message =
        if said.is_empty() { message.to_owned() } else { format!("{message} (TikTok says: {said})") };
    let owner = match kind {
        ErrorKind::Unauthorized => Owner::User,
        ErrorKind::Unavailable | ErrorKind::RateLimited => Owner::TikTok,
        ErrorKind::Internal => Owner::Toklink,
        _ => Owner::App,
    };
    let passing =
        matches!(code, "server_error" | "temporarily_unavailable" | "internal_error" | "rate_limit_exceeded");
    Error::new(kind, message)
        .with_dispatch(Dispatch::Answered)
        .with_owner(owner)
        .with_retry(if passing { Retry::Backoff } else { Retry::Never })
        .with_tiktok_code(code)
}

fn verdict(step: Step, code: &str, said: &str) -> (ErrorKind, &'static str) {
    match code {
        "access_denied" if step == Step::Consent => (
            ErrorKind::Unauthorized,
            "the user declined to connect the TikTok account; ask again when they want to",
        ),
        "access_denied" => {
            (ErrorKind::Unauthorized, "the user's consent is gone; ask the user to connect the account again")
        }
        "invalid_grant" => match step {
            Step::Refresh => (
                ErrorKind::Unauthorized,
                "TikTok no longer accepts the refresh token; ask the user to connect the account again",
            ),
            Step::Revoke => {
                (ErrorKind::Unauthorized, "TikTok no longer knows the token; the grant is already gone")
            }
            Step::Consent | Step::Exchange => (
                ErrorKind::Unauthorized,
                "the authorization code is expired or was used before; start the sign-in again",
            ),
        },
        "invalid_client" => (
            ErrorKind::Config,
            "TikTok does not know this client key and secret as a pair; check that both belong to the same app and \
             that a sandbox key is not mixed with a production secret",
        ),
        "unauthorized_client" => (
            ErrorKind::Config,
            "the app may not do this; check in TikTok's portal that Login Kit is added and the app is approved",
        ),
        "invalid_scope" => (
            ErrorKind::PermissionDenied,
            "the app may not ask for one of the scopes; add its product in TikTok's portal and have it approved",
        ),
        "invalid_request" => invalid_request(step, said),
        "unsupported_response_type" => (
            ErrorKind::Config,
            "TikTok does not support this way of signing in for the app; check its platform settings",
        ),
        "unsupported_grant_type" => {
            (ErrorKind::Internal, "TikTok did not know the kind of token call; please report it")
        }
        "rate_limit_exceeded" => {
            (ErrorKind::RateLimited, "TikTok's limit of sign-in calls was reached; try again later")
        }
        "server_error" | "temporarily_unavailable" | "internal_error" => {
            (ErrorKind::Unavailable, "TikTok's sign-in service failed; try again later")
        }
        _ => (
            ErrorKind::Unavailable,
            "TikTok refused the sign-in for a reason that it does not document; try again later",
        ),
    }
}

/// Distinguishes the causes of one code by its description (docs/tiktok-api.md 2.5).
fn invalid_request(step: Step, said: &str) -> (ErrorKind, &'static str) {
    if said.contains("redirect_uri") || said.contains("redirect uri") {
        return (
            ErrorKind::Config,
            "the redirect URI is not the registered one, or not the one that the sign-in began with; check \
             TIKTOK_CALLBACK_URL byte for byte, with its last slash",
        );
    }
    if said.contains("code verifier") || said.contains("code challenge") || said.contains("code_verifier") {
        return (
            ErrorKind::Integrity,
            "the sign-in was not finished by the one who began it (the PKCE verifier does not fit); start it again",
        );
    }
    if said.contains("secret") {
        return (ErrorKind::Config, "TikTok missed the client secret; set TIKTOK_CLIENT_SECRET");
    }
    match step {
        Step::Consent => (
            ErrorKind::Config,
            "TikTok could not read the sign-in request; check client key, redirect URI and scopes",
        ),
        Step::Exchange | Step::Refresh | Step::Revoke => (
            ErrorKind::InvalidInput,
            "TikTok could not read the token call; check that code or token is complete",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_temporary_failures_are_retryable() {
        for code in ["server_error", "temporarily_unavailable"] {
            assert_eq!(error(Step::Refresh, code, "").retry(), Retry::Backoff);
        }
        for code in ["invalid_grant", "invalid_client", "invalid_request", "access_denied", "novel"] {
            assert_eq!(error(Step::Refresh, code, "").retry(), Retry::Never);
        }
    }
}
