//! The key and the status of an account.

/// Identifies one connected account: a TikTok user within a tenant (a workspace of the host; empty when the host has no tenants).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountKey {
    /// The host's tenant, for example a workspace id.
    pub tenant: String,
    /// TikTok's id for the user within this app (docs/tiktok-api.md 0.5).
    pub open_id: String,
}

impl AccountKey {
    /// Creates the key of the account `open_id` within `tenant`.
    #[must_use]
    pub fn new(tenant: impl Into<String>, open_id: impl Into<String>) -> Self {
        Self { tenant: tenant.into(), open_id: open_id.into() }
    }
}

/// Status of an account. `docs/ACCOUNTS.md` has the table of transitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccountStatus {
    /// Calls work. Set by a login, by a refresh, and by a call that succeeds after a failure.
    Active,
    /// The user must connect again. Set when TikTok permanently refuses a refresh; cleared by a new token pair or a
    /// login.
    Expired,
    /// The last call failed for a reason that the operator must examine: the stored tokens cannot be decrypted, or
    /// TikTok refuses the app.
    Error,
    /// TikTok refused a call because of too many requests. Cleared by the next call that succeeds.
    RateLimited,
    /// TikTok has banned the creator from posting. Cleared by the next post or creator-info call that succeeds.
    Restricted,
    /// The host disconnected the account. Set before the account is deleted from the store, so that no process
    /// refreshes its tokens.
    Disconnected,
}

impl AccountStatus {
    /// Returns the spelling that stores use, for example `ACTIVE`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Expired => "EXPIRED",
            Self::Error => "ERROR",
            Self::RateLimited => "RATE_LIMITED",
            Self::Restricted => "RESTRICTED",
            Self::Disconnected => "DISCONNECTED",
        }
    }

    /// Parses the spelling that stores use; unknown values become [`AccountStatus::Error`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "ACTIVE" => Self::Active,
            "EXPIRED" => Self::Expired,
            "RATE_LIMITED" => Self::RateLimited,
            "RESTRICTED" | "SUSPENDED" => Self::Restricted,
            "DISCONNECTED" => Self::Disconnected,
            _ => Self::Error,
        }
    }
}

impl serde::Serialize for AccountStatus {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_status_is_one_word_in_json_and_in_the_store() {
        for status in [AccountStatus::Active, AccountStatus::Expired, AccountStatus::Disconnected] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(AccountStatus::parse(status.as_str()), status);
        }
    }
}
