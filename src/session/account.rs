//! A connected account in the format for hosts, and the encryption of its tokens.

use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{AccountKey, AccountStatus};
use crate::oauth::TokenSet;
use crate::store::{AccountRow, SealedTokens, TokenExpiry};
use crate::vault::{Purpose, SealContext, Vault};
use serde::Serialize;

/// The column of the encrypted access token. Each encrypted value is bound to the name of its column.
pub(crate) const ACCESS_TOKEN: &str = "access_token";
pub(crate) const REFRESH_TOKEN: &str = "refresh_token";

/// A connected account without its tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The host's tenant.
    pub tenant: String,
    /// TikTok's id for the user within this app (`open_id`).
    pub account_id: String,
    /// The display name; empty if TikTok limited or failed the profile request at login.
    pub display_name: String,
    /// The username without `@`, when the profile scope was granted.
    pub username: Option<String>,
    /// A signed URL of the profile picture, valid for hours after connecting.
    pub avatar_url: Option<String>,
    /// The scopes that the user granted; empty while unknown, until a refresh returns them.
    pub scopes: Vec<String>,
    /// The scopes that the login requested; empty for a login by an earlier release, which did not record them.
    pub requested_scopes: Vec<String>,
    /// Scopes that were requested but are not granted now; empty while the granted scopes are unknown.
    pub missing_scopes: Vec<String>,
    /// The status of the connection.
    pub status: AccountStatus,
    /// Time at which the user last gave consent.
    pub connected_at: Timestamp,
    /// Time at which the access token expires. toklink refreshes the token earlier.
    pub token_expires_at: Timestamp,
    /// The host's id of the user who connected the account.
    pub connected_by: String,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let is_missing = |scope: &&String| !row.scopes.is_empty() && !row.scopes.contains(scope);
        let missing_scopes = row.requested_scopes.iter().filter(is_missing).cloned().collect();
        Self {
            tenant: row.key.tenant,
            account_id: row.key.open_id,
            display_name: row.display_name,
            username: row.username,
            avatar_url: row.avatar_url,
            scopes: row.scopes,
            requested_scopes: row.requested_scopes,
            missing_scopes,
            status: row.status,
            connected_at: row.connected_at,
            token_expires_at: row.access_expires_at,
            connected_by: row.connected_by,
        }
    }
}

/// Returns the account and the column to which an encrypted value is bound.
pub(crate) fn seal_context<'a>(
    purpose: Purpose,
    client_key: &'a str,
    key: &'a AccountKey,
    field: &'a str,
) -> SealContext<'a> {
    SealContext { purpose, client_key, tenant: &key.tenant, open_id: &key.open_id, field }
}

/// Encrypts a token pair for the account `key`. If the response contained no refresh token, the refresh token in
/// `stored` is kept.
pub(crate) fn seal_tokens(
    vault: &Vault,
    client_key: &str,
    key: &AccountKey,
    tokens: &TokenSet,
    stored: Option<&AccountRow>,
) -> Result<(SealedTokens, TokenExpiry)> {
    let seal = |field, token| vault.seal(&seal_context(Purpose::Token, client_key, key, field), token);
    let (refresh_token_sealed, refresh_expires_at) = match &tokens.refresh_token {
        Some(token) => (Some(seal(REFRESH_TOKEN, token)?), tokens.refresh_expires_at),
        None => stored.map_or((None, None), |row| (row.refresh_token_sealed.clone(), row.refresh_expires_at)),
    };
    let sealed =
        SealedTokens { access: seal(ACCESS_TOKEN, &tokens.access_token)?, refresh: refresh_token_sealed };
    Ok((sealed, TokenExpiry { access: tokens.access_expires_at, refresh: refresh_expires_at }))
}
