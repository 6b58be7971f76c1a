//! Stores of accounts, publishes, metrics, leases and counted requests. Stores receive encrypted values only and have no key.
//!
//! Two stores are included: [`MemoryStore`] and [`SqliteStore`]. A host can implement the traits for its own store. Every method
//! must be durable when its future completes, and must not call back into the client.

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

pub(crate) use journal::FinalStatus;
pub use journal::{JournalStore, PublishRow};
pub use memory::MemoryStore;
pub use metrics::{MetricsClaim, MetricsRow, MetricsStore};
pub use requests::{CountedRequest, RequestLog};
pub use sqlite::SqliteStore;

use crate::clock::{BoxFuture, Timestamp};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccountKey, AccountStatus};
use std::fmt::Debug;
use std::time::Duration;

/// One connected account as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// The key of the account.
    pub key: AccountKey,
    /// The display name.
    pub display_name: String,
    /// The username without `@`, when the profile scope was granted.
    pub username: Option<String>,
    /// A signed URL of the profile picture, valid for hours.
    pub avatar_url: Option<String>,
    /// The scopes that the user granted. Empty means unknown, as in a row that the host's own code wrote. Calls are then sent, and
    /// TikTok's answer decides.
    pub scopes: Vec<String>,
    /// The scopes that the login requested; empty for a row of an earlier release.
    pub requested_scopes: Vec<String>,
    /// The access token, encrypted.
    pub access_token_sealed: String,
    /// The refresh token, encrypted; absent when TikTok issued none.
    pub refresh_token_sealed: Option<String>,
    /// Time at which the access token expires.
    pub access_expires_at: Timestamp,
    /// Time at which the refresh token expires, if known.
    pub refresh_expires_at: Option<Timestamp>,
    /// The status of the connection.
    pub status: AccountStatus,
    /// Time of the last consent of the user.
    pub connected_at: Timestamp,
    /// The host's id of the user who connected it; empty when the host has none.
    pub connected_by: String,
    /// Start of a refresh that has not finished. Set before the token is sent, cleared when the new tokens are stored.
    pub refresh_started_at: Option<Timestamp>,
}

/// The new tokens of a refresh, written atomically.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSwap {
    /// The new access token, encrypted.
    pub access_token_sealed: String,
    /// The new refresh token, encrypted.
    pub refresh_token_sealed: Option<String>,
    /// Time at which the new access token expires.
    pub access_expires_at: Timestamp,
    /// Time at which the new refresh token expires, if known.
    pub refresh_expires_at: Option<Timestamp>,
    /// The granted scopes; `None` keeps the stored ones.
    pub scopes: Option<Vec<String>>,
}

/// Both encrypted tokens of a row: what a re-encryption expects, and what it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPair {
    /// The access token, encrypted.
    pub access: String,
    /// The refresh token, encrypted; absent when TikTok issued none.
    pub refresh: Option<String>,
}

impl SealedPair {
    /// Returns both encrypted tokens of `row`.
    #[must_use]
    pub fn of(row: &AccountRow) -> Self {
        Self { access: row.access_token_sealed.clone(), refresh: row.refresh_token_sealed.clone() }
    }
}

/// A page of accounts in the order of their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountPage {
    /// The accounts; empty after the last page.
    pub rows: Vec<AccountRow>,
    /// Number of accounts in the whole store, if it is cheap to determine.
    pub total: Option<u64>,
    /// Accounts of the whole store that have no tokens and are therefore not in its pages: disconnected ones, kept for their
    /// history.
    pub without_tokens: u64,
}

/// Stores accounts. A successful [`AccountStore::swap`] also sets the status to active and ends the refresh.
///
/// Methods with a default implementation are optional for a host's own store; each documents what is unavailable without it.
pub trait AccountStore: Send + Sync + Debug {
    /// Returns the account, or `None`.
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>>;

    /// Returns the accounts of one tenant, or of all tenants, ordered by the time at which they connected.
    fn list<'a>(&'a self, tenant: Option<&'a str>) -> BoxFuture<'a, Result<Vec<AccountRow>>>;

    /// Writes a complete account after a login, replacing an existing one.
    fn save<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>>;

    /// Replaces the tokens if the encrypted refresh token is still `expected`. Returns false when it is not, or when the account
    /// does not exist.
    fn swap<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        next: &'a TokenSwap,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Records the start of a refresh if the encrypted refresh token is still `expected`. Returns false when it is not.
    fn begin_refresh<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Sets the status and ends any refresh if the encrypted refresh token is still `expected`. Returns false when it is not.
    fn set_status<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        status: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Deletes the account, and its metrics when they are kept in the same store. Returns false when there was none.
    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>>;

    /// Returns up to `limit` accounts of all tenants whose key comes after `after` (`None`: from the first one), in an order of
    /// keys that does not change when accounts are added or deleted. Without it, the whole list is read for each page.
    fn list_page<'a>(
        &'a self,
        after: Option<&'a AccountKey>,
        limit: usize,
    ) -> BoxFuture<'a, Result<AccountPage>> {
        Box::pin(async move { Ok(page_of(self.list(None).await?, after, limit)) })
    }

    /// Replaces the encrypted tokens if both still are `expected`. Changes nothing else: no status, no times and no open refresh.
    /// Returns false when one differs, or when the account does not exist. Without it, the key of the store cannot be changed while
    /// the store is used.
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
                "this store does not implement reseal, so its values cannot be moved to another key while it is in \
                 use; implement it",
            ))
        })
    }

    /// Sets the status if it is still `from`. Changes nothing else; an open refresh continues. Returns false when the status is
    /// another one. Without it, the store only shows statuses set by logins and refreshes.
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

/// Returns the page after `after` of a complete list.
pub(crate) fn page_of(mut rows: Vec<AccountRow>, after: Option<&AccountKey>, limit: usize) -> AccountPage {
    let total = u64::try_from(rows.len()).ok();
    rows.retain(|row| after.is_none_or(|after| row.key > *after));
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    rows.truncate(limit);
    AccountPage { rows, total, without_tokens: 0 }
}

/// Stores leases, which let one process work while others wait. Leases only save calls; no guarantee rests on them.
pub trait LeaseStore: Send + Sync + Debug {
    /// Acquires the lease `name` for `owner` until `now + ttl` if it is free, has expired or already belongs to `owner`.
    fn acquire<'a>(
        &'a self,
        name: &'a str,
        owner: &'a str,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Releases the lease if it still belongs to `owner`.
    fn release<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Deletes every lease that expired before `before`.
    fn expire(&self, before: Timestamp) -> BoxFuture<'_, Result<()>>;
}
