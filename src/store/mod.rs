//! Where accounts, publishes, figures, leases and the day's requests are kept. Stores see sealed strings only; they hold no key.
//!
//! Two stores are inside: [`MemoryStore`] and [`SqliteStore`]. A host brings its own by implementing the traits;
//! every method must be durable when its future completes and must not call back into the client.

#[cfg(any(test, feature = "test-util"))]
pub mod conformance;
#[cfg(any(test, feature = "test-util"))]
mod conformance_journal;
#[cfg(any(test, feature = "test-util"))]
mod conformance_metrics;
#[cfg(any(test, feature = "test-util"))]
mod conformance_requests;
mod journal;
mod memory;
mod memory_metrics;
mod metrics;
mod private;
mod requests;
mod rows;
mod schema;
mod sqlite;
mod sqlite_journal;
mod sqlite_metrics;
mod sqlite_requests;

pub(crate) use journal::Settlement;
pub use journal::{JournalStore, PublishPhase, PublishRow};
pub use memory::MemoryStore;
pub use metrics::{Day, MetricsClaim, MetricsRow, MetricsStore};
pub use requests::{CountedRequest, RequestLog};
pub use sqlite::SqliteStore;

use crate::clock::{BoxFuture, Timestamp};
use crate::error::{Error, ErrorKind, Result};
use std::fmt::Debug;
use std::time::Duration;

/// Names one connected account: a TikTok user within a tenant (a workspace of the host; empty when it has none).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountKey {
    /// The host's tenant, for example a workspace id.
    pub tenant: String,
    /// TikTok's id of the user for this app (docs/tiktok-api.md 0.5).
    pub open_id: String,
}

impl AccountKey {
    /// Names the account `open_id` within `tenant`.
    #[must_use]
    pub fn new(tenant: impl Into<String>, open_id: impl Into<String>) -> Self {
        Self { tenant: tenant.into(), open_id: open_id.into() }
    }
}

/// Whether an account can be used, and who says so. `docs/ACCOUNTS.md` has the table of transitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccountStatus {
    /// Calls work. Set by a login, by a refresh, and by a call that succeeds after trouble.
    Active,
    /// The user must connect again. Set by a refresh that TikTok refused for good; a new pair or a login ends it.
    Expired,
    /// The last use failed for a reason that needs a look: the stored tokens do not open, or TikTok refuses the app.
    Error,
    /// TikTok refused a call for too many requests. The next call that succeeds ends it.
    RateLimited,
    /// TikTok has banned the creator from posting. The next post or creator info that succeeds ends it.
    Restricted,
    /// The host ended the connection; set before the row is erased, so that nobody renews its tokens meanwhile.
    Disconnected,
}

impl AccountStatus {
    /// The spelling that stores keep, for example `ACTIVE`.
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

    /// Reads the spelling that stores keep; anything unknown is [`AccountStatus::Error`].
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
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One connected account as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Which account.
    pub key: AccountKey,
    /// The nickname shown to people.
    pub display_name: String,
    /// The handle without `@`, when the profile scope was granted.
    pub username: Option<String>,
    /// A signed picture URL of TikTok's, good for hours.
    pub avatar_url: Option<String>,
    /// The scopes that the user granted. Empty means unknown, as in a row that the host's own code wrote: the account is then
    /// tried, and TikTok's answer decides.
    pub scopes: Vec<String>,
    /// The scopes that the login asked for; empty for a row of an earlier release.
    pub requested_scopes: Vec<String>,
    /// The access token, sealed.
    pub access_token_sealed: String,
    /// The refresh token, sealed; absent when TikTok gave none.
    pub refresh_token_sealed: Option<String>,
    /// When the access token ends.
    pub access_expires_at: Timestamp,
    /// When the refresh token ends, if known.
    pub refresh_expires_at: Option<Timestamp>,
    /// Whether the account can be used.
    pub status: AccountStatus,
    /// When the user last consented.
    pub connected_at: Timestamp,
    /// The host's own id of the person who connected it; empty when the host has none.
    pub connected_by: String,
    /// When a refresh that has not ended yet was begun: set before the token is sent, cleared by the swap.
    pub refresh_started_at: Option<Timestamp>,
}

/// The new tokens that a refresh writes, all at once or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSwap {
    /// The new access token, sealed.
    pub access_token_sealed: String,
    /// The new refresh token, sealed.
    pub refresh_token_sealed: Option<String>,
    /// When the new access token ends.
    pub access_expires_at: Timestamp,
    /// When the new refresh token ends, if known.
    pub refresh_expires_at: Option<Timestamp>,
    /// The scopes now granted; `None` leaves them as they were.
    pub scopes: Option<Vec<String>>,
}

/// Both tokens of a row as they are sealed: what a reseal expects, and what it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPair {
    /// The access token, sealed.
    pub access: String,
    /// The refresh token, sealed; absent when TikTok gave none.
    pub refresh: Option<String>,
}

impl SealedPair {
    /// The pair that `row` holds.
    #[must_use]
    pub fn of(row: &AccountRow) -> Self {
        Self { access: row.access_token_sealed.clone(), refresh: row.refresh_token_sealed.clone() }
    }
}

/// Some accounts in the order of their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountPage {
    /// The accounts; none when there are no more.
    pub rows: Vec<AccountRow>,
    /// How many accounts the whole store holds, where that is cheap to know.
    pub total: Option<u64>,
    /// Accounts that the whole store keeps without tokens and therefore leaves out of its pages: disconnected ones, kept for
    /// their history.
    pub without_tokens: u64,
}

/// Keeps accounts. A successful [`AccountStore::swap`] also sets the status to active and ends the refresh.
///
/// The methods with a body are optional for a host's own store; each says what is lost without it.
pub trait AccountStore: Send + Sync + Debug {
    /// The account, or `None`.
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>>;

    /// The accounts of one tenant, or of all tenants, ordered by when they connected.
    fn list<'a>(&'a self, tenant: Option<&'a str>) -> BoxFuture<'a, Result<Vec<AccountRow>>>;

    /// Writes a whole account after a login, replacing what was there.
    fn save<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>>;

    /// Replaces the tokens if the sealed refresh token still is `expected`; `false` when it is not, or the account
    /// is gone.
    fn swap<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        next: &'a TokenSwap,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Notes that a refresh begins, if the sealed refresh token still is `expected`; `false` when it is not.
    fn begin_refresh<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Sets the status and ends any refresh, if the sealed refresh token still is `expected`; `false` when it is not.
    fn set_status<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        status: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Erases the account, and its figures where they are kept in the same place; `false` when there was none.
    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>>;

    /// Up to `limit` accounts of all tenants whose key comes after `after` (none: from the first), in an order of keys
    /// that stays the same while accounts come and go. Without it the whole list is read for each page.
    fn list_page<'a>(
        &'a self,
        after: Option<&'a AccountKey>,
        limit: usize,
    ) -> BoxFuture<'a, Result<AccountPage>> {
        Box::pin(async move { Ok(page_of(self.list(None).await?, after, limit)) })
    }

    /// Replaces the sealed tokens and nothing else (not the status, no times, no refresh that has begun) if both still
    /// are `expected`; `false` when one is not, or the account is gone. Without it the store cannot change its key
    /// while it is used.
    fn reseal<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: &'a SealedPair,
        next: &'a SealedPair,
    ) -> BoxFuture<'a, Result<bool>> {
        let _ = (key, expected, next);
        Box::pin(async {
            Err(Error::new(
                ErrorKind::Config,
                "this store has no reseal, so its values cannot be moved to another key while it is used: implement it",
            ))
        })
    }

    /// Sets the status and nothing else (a refresh that has begun goes on) if it still is `from`; `false` when it is
    /// not. Without it the store shows no status but those of logins and refreshes.
    fn mark<'a>(
        &'a self,
        key: &'a AccountKey,
        from: AccountStatus,
        to: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>> {
        let _ = (key, from, to);
        Box::pin(async { Ok(false) })
    }
}

/// The page after `after` of a whole list.
pub(crate) fn page_of(mut rows: Vec<AccountRow>, after: Option<&AccountKey>, limit: usize) -> AccountPage {
    let total = u64::try_from(rows.len()).ok();
    rows.retain(|row| after.is_none_or(|after| row.key > *after));
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    rows.truncate(limit);
    AccountPage { rows, total, without_tokens: 0 }
}

/// Keeps leases: they let one process work while others wait. They only save calls; no promise rests on them.
pub trait LeaseStore: Send + Sync + Debug {
    /// Takes the lease `name` for `owner` until `now + ttl` if it is free, has ended or is already `owner`'s.
    fn acquire<'a>(
        &'a self,
        name: &'a str,
        owner: &'a str,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Gives the lease back if it still is `owner`'s.
    fn release<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Deletes every lease that ended before `before`.
    fn expire(&self, before: Timestamp) -> BoxFuture<'_, Result<()>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_word_in_json_and_in_a_row() {
        for status in [AccountStatus::Active, AccountStatus::Expired, AccountStatus::Disconnected] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(AccountStatus::parse(status.as_str()), status);
        }
    }
}
