//! The account store: one row for each connected account, changed by conditional updates.

use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use crate::model::{AccountKey, AccountStatus};
use std::fmt::Debug;

/// Number of rows in a page of [`all_accounts`].
const PAGE: usize = 500;

/// A connected account as a store keeps it.
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
    /// The scopes that the user granted. Empty means unknown, for example in a row that the host's own code wrote.
    /// Calls are then sent, and TikTok's response decides.
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
    /// Time at which the user last gave consent.
    pub connected_at: Timestamp,
    /// The host's id of the user who connected the account; empty when the host has no users.
    pub connected_by: String,
    /// Start of a refresh that has not finished. Set before the token is sent, cleared when the new tokens are stored.
    pub refresh_started_at: Option<Timestamp>,
}

/// Both encrypted tokens of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedTokens {
    /// The access token, encrypted.
    pub access: String,
    /// The refresh token, encrypted; absent when TikTok issued none.
    pub refresh: Option<String>,
}

impl SealedTokens {
    /// Returns both encrypted tokens of `row`.
    #[must_use]
    pub fn of(row: &AccountRow) -> Self {
        Self { access: row.access_token_sealed.clone(), refresh: row.refresh_token_sealed.clone() }
    }
}

/// The stored values on which an update depends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// The encrypted refresh token; `None` expects a row without a refresh token.
    RefreshToken(Option<String>),
    /// Both encrypted tokens.
    Tokens(SealedTokens),
    /// The status.
    Status(AccountStatus),
}

impl Expected {
    /// Returns the condition that the stored refresh token is still the token of `row`.
    #[must_use]
    pub fn refresh_token_of(row: &AccountRow) -> Self {
        Self::RefreshToken(row.refresh_token_sealed.clone())
    }

    /// Returns true if `row` satisfies the condition.
    #[must_use]
    pub fn matches(&self, row: &AccountRow) -> bool {
        match self {
            Self::RefreshToken(token) => row.refresh_token_sealed == *token,
            Self::Tokens(tokens) => SealedTokens::of(row) == *tokens,
            Self::Status(status) => row.status == *status,
        }
    }
}

/// Times at which the tokens of a row expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenExpiry {
    /// Time at which the access token expires.
    pub access: Timestamp,
    /// Time at which the refresh token expires, if known.
    pub refresh: Option<Timestamp>,
}

/// The state of a refresh, as a row records it in `refresh_started_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshState {
    /// A refresh started at this time, and its result has not been stored.
    Started(Timestamp),
    /// No refresh is in progress.
    Ended,
}

/// The values that an update writes. `None` keeps the stored value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountPatch {
    /// Both encrypted tokens.
    pub tokens: Option<SealedTokens>,
    /// The times at which the tokens expire.
    pub expiry: Option<TokenExpiry>,
    /// The granted scopes.
    pub scopes: Option<Vec<String>>,
    /// The status.
    pub status: Option<AccountStatus>,
    /// The state of the refresh.
    pub refresh: Option<RefreshState>,
}

impl AccountPatch {
    /// Returns a patch that sets the status and nothing else.
    #[must_use]
    pub fn status(status: AccountStatus) -> Self {
        Self { status: Some(status), ..Self::default() }
    }

    /// Returns a patch that sets the status and ends the recorded refresh.
    #[must_use]
    pub fn status_without_refresh(status: AccountStatus) -> Self {
        Self { refresh: Some(RefreshState::Ended), ..Self::status(status) }
    }

    /// Returns a patch that records the start of a refresh.
    #[must_use]
    pub fn refresh_started(at: Timestamp) -> Self {
        Self { refresh: Some(RefreshState::Started(at)), ..Self::default() }
    }

    /// Returns a patch that replaces both encrypted tokens.
    #[must_use]
    pub fn tokens(tokens: SealedTokens) -> Self {
        Self { tokens: Some(tokens), ..Self::default() }
    }

    /// Writes the values to `row`.
    pub fn apply(&self, row: &mut AccountRow) {
        let Self { tokens, expiry, scopes, status, refresh } = self;
        if let Some(SealedTokens { access, refresh }) = tokens {
            row.access_token_sealed.clone_from(access);
            row.refresh_token_sealed.clone_from(refresh);
        }
        if let Some(TokenExpiry { access, refresh }) = expiry {
            row.access_expires_at = *access;
            row.refresh_expires_at = *refresh;
        }
        if let Some(scopes) = scopes {
            row.scopes.clone_from(scopes);
        }
        if let Some(status) = status {
            row.status = *status;
        }
        match refresh {
            Some(RefreshState::Started(at)) => row.refresh_started_at = Some(*at),
            Some(RefreshState::Ended) => row.refresh_started_at = None,
            None => {}
        }
    }
}

/// A page of accounts in the order of their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountPage {
    /// The accounts; empty after the last page.
    pub rows: Vec<AccountRow>,
    /// Number of accounts in the whole store, if it is cheap to determine.
    pub total: Option<u64>,
    /// Number of accounts in the whole store that have no tokens: disconnected accounts, kept for their history. The
    /// pages do not contain them.
    pub without_tokens: u64,
}

/// Stores accounts.
///
/// [`Expected::matches`] and [`AccountPatch::apply`] implement an update for a store that reads and writes whole rows
/// in a transaction.
pub trait AccountStore: Send + Sync + Debug {
    /// Returns the account, or `None`.
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>>;

    /// Returns up to `limit` accounts of one tenant, or of all tenants, whose key comes after `after`; `None` starts at
    /// the first account. The order depends only on the keys, so that it does not change when accounts are added or
    /// deleted.
    fn list<'a>(
        &'a self,
        tenant: Option<&'a str>,
        after: Option<&'a AccountKey>,
        limit: usize,
    ) -> BoxFuture<'a, Result<AccountPage>>;

    /// Writes a complete account after a login, and replaces an existing one.
    fn put<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>>;

    /// Writes the values of `patch` atomically if the stored values match `expected`. Returns false when they do not
    /// match, or when the account does not exist.
    fn update<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: &'a Expected,
        patch: &'a AccountPatch,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Deletes the account, and its metrics when the same store keeps them. Returns false when the account did not
    /// exist.
    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>>;
}

/// Returns all accounts of one tenant, or of all tenants, in the order in which they connected.
pub(crate) async fn all_accounts(store: &dyn AccountStore, tenant: Option<&str>) -> Result<Vec<AccountRow>> {
    let mut all: Vec<AccountRow> = Vec::new();
    loop {
        let after = all.last().map(|row| row.key.clone());
        let page = store.list(tenant, after.as_ref(), PAGE).await?;
        if page.rows.is_empty() {
            break;
        }
        all.extend(page.rows);
    }
    all.sort_by(|a, b| (a.connected_at, &a.key).cmp(&(b.connected_at, &b.key)));
    Ok(all)
}
