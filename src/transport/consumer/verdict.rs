//! The error table of the consumer API (docs/tiktok-api.md 7).

use crate::error::{ErrorKind, Owner, Retry};
use std::time::Duration;

/// The meaning of one of TikTok's errors for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) kind: ErrorKind,
    pub(crate) retry: Retry,
    pub(crate) owner: Owner,
    pub(crate) advice: &'static str,
}

/// The window in which TikTok counts requests: a sliding window of one minute (docs/tiktok-api.md 8).
const WINDOW: Duration = Duration::from_secs(60);
/// The limits of docs/tiktok-api.md 5.11 apply "within a 24 hour window".
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns the verdict on an error according to its code, or according to its HTTP status when the code is unknown
/// (docs/tiktok-api.md 7).
pub(crate) fn verdict(http_status: u16, code: &str) -> Verdict {
    use ErrorKind::{
        Conflict, InvalidInput, NotFound, PermissionDenied, QuotaExhausted, RateLimited, Rejected,
        Unauthorized, Unavailable,
    };
    use Owner::{App, TikTok, User};
    let (kind, retry, owner, advice) = match code {
        "access_token_invalid" => (
            Unauthorized,
            Retry::Never,
            User,
            "TikTok no longer accepts the access token; connect the account again",
        ),
        "scope_not_authorized" => (
            PermissionDenied,
            Retry::Never,
            User,
            "a scope is missing; connect the account again and grant it, or request approval for it in TikTok's portal",
        ),
        "scope_permission_missed" => (
            PermissionDenied,
            Retry::Never,
            User,
            "a requested field needs a scope that was not granted; connect the account again and grant it",
        ),
        "invalid_params" | "invalid_param" | "invalid_file_upload" => {
            (InvalidInput, Retry::Never, App, "TikTok rejected the request as invalid")
        }
        "invalid_publish_id" => {
            (NotFound, Retry::Never, User, "TikTok has no publish with this id; check the publish id")
        }
        "token_not_authorized_for_specified_publish_id" => {
            (PermissionDenied, Retry::Never, App, "this publish belongs to another account")
        }
        "publish_not_cancellable" => {
            (Conflict, Retry::Never, User, "this publish can no longer be cancelled")
        }
        "app_version_check_failed" => {
            (Rejected, Retry::Never, User, "the TikTok app on the creator's phone is too old; update it")
        }
        "spam_risk_too_many_posts" => (
            QuotaExhausted,
            Retry::After(DAY),
            User,
            "this creator's daily post limit across all apps is reached; try again tomorrow",
        ),
        "spam_risk_too_many_pending_share" => (
            QuotaExhausted,
            Retry::After(DAY),
            User,
            "the creator's inbox already has five drafts; post or delete one in the TikTok app",
        ),
        "spam_risk_user_banned_from_posting" => {
            (PermissionDenied, Retry::Never, User, "TikTok has banned this creator from posting")
        }
        "reached_active_user_cap" => (
            QuotaExhausted,
            Retry::After(DAY),
            App,
            "the app's daily limit of creators who post is reached; try again tomorrow, or ask TikTok for a higher \
             limit",
        ),
        "unaudited_client_can_only_post_to_private_accounts" => (
            PermissionDenied,
            Retry::Never,
            App,
            "the app has not passed TikTok's audit; until then use a private account and SELF_ONLY",
        ),
        "url_ownership_unverified" => (
            PermissionDenied,
            Retry::Never,
            App,
            "TikTok does not fetch this URL, because its domain is not verified for the app; verify it in the developer portal",
        ),
        "privacy_level_option_mismatch" => (
            InvalidInput,
            Retry::Never,
            App,
            "this creator cannot use that privacy level; offer only the levels in the creator info",
        ),
        "spam_risk" | "spam_risk_text" => (
            Rejected,
            Retry::Never,
            User,
            "TikTok classified the content as spam; change it before you try again",
        ),
        "rate_limit_exceeded" => (
            RateLimited,
            Retry::After(WINDOW),
            App,
            "TikTok's per-minute limit is reached; try again in one minute",
        ),
        "internal_error" => {
            (Unavailable, Retry::Backoff, TikTok, "TikTok had an internal error; try again later")
        }
        _ => return by_status(http_status),
    };
    Verdict { kind, retry, owner, advice }
}

fn by_status(http_status: u16) -> Verdict {
    use ErrorKind::{InvalidInput, NotFound, PermissionDenied, RateLimited, Unauthorized, Unavailable};
    let (kind, retry, owner, advice) = match http_status {
        401 => (
            Unauthorized,
            Retry::Never,
            Owner::User,
            "TikTok rejected the access token; connect the account again",
        ),
        403 => (PermissionDenied, Retry::Never, Owner::App, "TikTok does not allow this request"),
        404 => (NotFound, Retry::Never, Owner::App, "TikTok did not find the requested resource"),
        429 => (
            RateLimited,
            Retry::After(WINDOW),
            Owner::App,
            "TikTok's per-minute limit is reached; try again in one minute",
        ),
        400..=499 => (InvalidInput, Retry::Never, Owner::App, "TikTok rejected the request"),
        _ => (Unavailable, Retry::Backoff, Owner::TikTok, "TikTok had an internal error; try again later"),
    };
    Verdict { kind, retry, owner, advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_code_takes_precedence_over_the_status() {
        assert_eq!(verdict(200, "spam_risk_too_many_posts").kind, ErrorKind::QuotaExhausted);
        assert_eq!(verdict(400, "access_token_invalid").kind, ErrorKind::Unauthorized);
        assert_eq!(verdict(400, "spam_risk_too_many_pending_share").kind, ErrorKind::QuotaExhausted);
    }

    #[test]
    fn unknown_code_is_classified_by_its_status() {
        assert_eq!(verdict(400, "brand_new").kind, ErrorKind::InvalidInput);
        assert_eq!(verdict(503, "brand_new").retry, Retry::Backoff);
        assert_eq!(verdict(429, "").kind, ErrorKind::RateLimited);
    }
}
