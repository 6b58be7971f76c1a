//! Derives the status of an account from the outcome of a call. `docs/ACCOUNTS.md` contains the table of transitions.

use crate::error::{Error, ErrorKind};
use crate::model::AccountStatus;

/// Returns the status of an account after a call; `from` is its status before the call. `posting` is true for calls
/// that TikTok refuses while a creator is banned from posting.
#[expect(clippy::match_same_arms, reason = "the order of the arms matters")]
pub(crate) fn next_status(from: AccountStatus, outcome: Result<(), &Error>, posting: bool) -> AccountStatus {
    use AccountStatus::{Active, Disconnected, Error as NeedsAttention, Expired, RateLimited, Restricted};
    match (from, outcome) {
        // Only a new token pair or a login changes these statuses.
        (Expired | Disconnected, _) => from,
        (RateLimited | NeedsAttention, Ok(())) => Active,
        (Restricted, Ok(())) if posting => Active,
        (_, Ok(())) => from,
        (_, Err(error)) if error.tiktok_code() == Some("spam_risk_user_banned_from_posting") => Restricted,
        // A full quota window does not end a ban.
        (Restricted, Err(_)) => Restricted,
        // A full quota window of toklink's own limiter is not a response from TikTok.
        (_, Err(error)) if error.http_status() == Some(429) => RateLimited,
        (_, Err(error)) if needs_attention(error) => NeedsAttention,
        (_, Err(_)) => from,
    }
}

/// Returns true when the stored tokens cannot be decrypted, or TikTok refuses the app itself (docs/tiktok-api.md 2.5).
fn needs_attention(error: &Error) -> bool {
    error.kind() == ErrorKind::Integrity
        || matches!(error.tiktok_code(), Some("invalid_client" | "unauthorized_client"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use AccountStatus::{Active, Disconnected, Error as NeedsAttention, Expired, RateLimited, Restricted};

    const ALL: [AccountStatus; 6] = [Active, Expired, NeedsAttention, RateLimited, Restricted, Disconnected];

    fn error(kind: ErrorKind) -> Error {
        Error::new(kind, "planted")
    }

    #[test]
    fn account_status_follows_the_documented_table() {
        let throttled = error(ErrorKind::RateLimited).with_http_status(429);
        let banned =
            error(ErrorKind::PermissionDenied).with_tiktok_code("spam_risk_user_banned_from_posting");
        let sealed = error(ErrorKind::Integrity);
        let app = error(ErrorKind::Config).with_tiktok_code("invalid_client");
        let window = error(ErrorKind::RateLimited);
        let network = error(ErrorKind::Unavailable);
        let table: [(Result<(), &Error>, bool, [AccountStatus; 6]); 8] = [
            (Ok(()), false, [Active, Expired, Active, Active, Restricted, Disconnected]),
            (Ok(()), true, [Active, Expired, Active, Active, Active, Disconnected]),
            (
                Err(&throttled),
                true,
                [RateLimited, Expired, RateLimited, RateLimited, Restricted, Disconnected],
            ),
            (Err(&banned), true, [Restricted, Expired, Restricted, Restricted, Restricted, Disconnected]),
            (
                Err(&sealed),
                false,
                [NeedsAttention, Expired, NeedsAttention, NeedsAttention, Restricted, Disconnected],
            ),
            (
                Err(&app),
                false,
                [NeedsAttention, Expired, NeedsAttention, NeedsAttention, Restricted, Disconnected],
            ),
            (Err(&window), false, ALL),
            (Err(&network), true, ALL),
        ];
        for (outcome, posting, expected) in table {
            for (from, to) in ALL.into_iter().zip(expected) {
                assert_eq!(next_status(from, outcome, posting), to, "{from:?} after {outcome:?}");
            }
        }
    }
}
